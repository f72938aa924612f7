"""Subscores as people read them."""

from __future__ import annotations

from examgen.analyses.reported.parts import Document, Parts, ReportedLine, ReportedTable, notes_of, number
from examgen.analyses.subscores import TOTAL
from examgen.core.words import listed, tell, tell_n


def of_subscores(found: Document) -> Parts:
    """Whether the scores of parts are worth reporting."""
    rows = found["subscores"]
    yield ReportedLine(
        tell_n(
            "{n_candidates} candidates, {n} form",
            "{n_candidates} candidates, {n} forms",
            len(found["forms"]),
            n_candidates=found["n_candidates"],
        ),
        "bold",
    )
    heads = [
        tell("part"), tell("items"), "n", tell("reliability"), tell("own score"), tell("total score"),
        tell("both scores"), tell("augmented"), tell("conclusion"),
    ]  # fmt: skip
    fields = ("reliability", "prmse_s", "prmse_x", "prmse_sx", "prmse_augmented")
    verdicts = {
        "worth": tell("worth reporting"),
        "not_worth": tell("no more than the total"),
        "undecided": tell("undecided"),
        "unknown": tell("unknown"),
    }
    lines = [
        [
            row["subscore"],
            _items_of(row),
            row["n"],
            *(number(row[one], 2) for one in fields),
            verdicts[row["verdict"]],
        ]
        for row in rows
    ]
    yield ReportedTable(tell("parts"), heads, lines, wide=True)
    if not rows:
        yield from notes_of(found)
        return
    yield ReportedLine(
        tell(
            "own score, total, both, augmented: share of the differences between candidates in "
            "this part that is explained by its own score, by the total, by both, and by all "
            "parts together."
        )
    )
    for instead in dict.fromkeys(row["instead"] for row in rows if row["instead"] is not None):
        parts = [
            tell_n(
                "{name} ({items} item)",
                "{name} ({items} items)",
                row["n_items_most"],
                name=row["subscore"],
                items=_items_of(row),
            )
            for row in rows
            if row["instead"] == instead
        ]
        advice = (
            tell_n(
                "the score for {names} tells no more than the total. Report only the total",
                "the scores for {names} tell no more than the total. Report only the total",
                len(parts),
                names=listed(parts),
            )
            if instead == TOTAL
            else tell_n(
                "the score for {names} tells no more than the total. Report {instead} instead",
                "the scores for {names} tell no more than the total. Report {instead} instead",
                len(parts),
                names=listed(parts),
                instead=instead,
            )
        )
        yield ReportedLine(advice)
    if doubtful := [row["subscore"] for row in rows if row["verdict"] == "undecided"]:
        yield ReportedLine(tell("too few candidates to decide: {names}", names=listed(doubtful)), "yellow")
    yield from notes_of(found)


def _items_of(row: Document) -> str:
    """How many items a part has, from the least to the most of the forms."""
    least, most = row["n_items"], row["n_items_most"]
    return str(least) if least == most else f"{least}–{most}"
