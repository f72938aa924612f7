"""How often pass and fail would repeat, and how often they are right, in words."""

from __future__ import annotations

from typing import Any

from examgen.analyses.reported.parts import Parts, ReportedLine, ReportedTable, notes_of, number
from examgen.core.words import tell


def of_exam(found: dict[str, Any]) -> Parts:
    """Of the totals of an exam, by its pass rule."""
    [row] = found["methods"]
    if row["consistency"] is not None:
        for said in (
            tell(
                "about {n} of 100 candidates would get the same decision on a parallel form (kappa {kappa})",
                n=_of_100(row["consistency"]),
                kappa=number(row["kappa"], 2),
            ),
            tell(
                "about {n} of 100 who passed would pass again; about {fail} of 100 who failed "
                "would fail again",
                n=_of_100(row["pass_again"]),
                fail=_of_100(row["fail_again"]),
            ),
            tell(
                "according to true scores about {right} of 100 decisions are right, "
                "{false_pass} pass but should not, and {false_fail} fail but should not",
                right=_of_100(row["accuracy"]),
                false_pass=number(100 * row["false_pass"], 1),
                false_fail=number(100 * row["false_fail"], 1),
            ),
        ):
            yield ReportedLine(said, "bold")
    if found["forms"]:
        yield ReportedTable(
            tell("totals of the forms"),
            [tell("form"), tell("candidates"), tell("cut"), tell("points"), tell("alpha")],
            [
                [one["form"], one["n"], f"{one['cut']:g}", f"{one['points']:g}", number(one["reliability"])]
                for one in found["forms"]
            ],
        )
    yield from notes_of(found)  # of one method, which need not be named


def _of_100(share: float | None, digits: int = 0) -> str:
    return number(None if share is None else 100 * share, digits)


_RELIABILITIES = {"alpha": tell("alpha"), "kr21": tell("KR-21"), "given": tell("as given")}
_FIELDS = ("consistency", "kappa", "accuracy", "false_pass", "false_fail", "pass_rate", "pass_again")


def of_totals(found: dict[str, Any]) -> Parts:
    """Of responses or totals, by each method and cut."""
    yield ReportedLine(
        tell(
            "{n} candidates, scores from {low} to {high}, reliability {reliability} ({kind})",
            n=found["n_candidates"],
            low=f"{found['min_score']:g}",
            high=f"{found['max_score']:g}",
            reliability=number(found["reliability"]),
            kind=_RELIABILITIES[found["reliability_kind"]],
        ),
        "bold",
    )
    for cut in found["cuts"]:
        own = [row for row in found["methods"] if row["cut"] == cut]
        yield from _table(tell("cut {cut}", cut=f"{cut:g}"), own)
    if found["levels"]:
        yield from _table(tell("levels of all cuts"), found["levels"])
    yield ReportedLine(
        tell(
            "consistency: share of all candidates with the same decision on a parallel form. "
            "kappa: the same beyond chance. accuracy: share with the decision of their true "
            "score. false pass: pass although the true score is below the cut; false fail: the "
            "reverse. pass again: share of those passing who would also pass on the parallel "
            "form."
        )
    )
    yield from notes_of(
        {"notes": [note | {"item": note["method"] or note["item"]} for note in found["notes"]]}
    )


def _table(title: str, own: list[dict[str, Any]]) -> Parts:
    rows = [[row["method"], *(number(row[field]) for field in _FIELDS)] for row in own]
    yield ReportedTable(
        title,
        [
            tell("method"),
            tell("consistency"),
            tell("kappa"),
            tell("accuracy"),
            tell("false pass"),
            tell("false fail"),
            tell("pass"),
            tell("pass again"),
        ],
        rows,
        wide=True,
    )
