"""What an exam analysis found → context of `analysis.html`: the test, the key alarm, a page for each item.

Takes the plain values of the analysis and the texts of the items as HTML; shows numbers rounded, and a dash
where there is none. The report holds keys: it is for those who may see them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from examgen.core.scored_run import UNRELEASED, ReleaseState
from examgen.core.text.characters import printed_letters
from examgen.core.words import Pair, tell, tell_n
from examgen.rendering.parts import (
    draft_words,
    face_addresses,
    release_mark,
    release_notice,
    synthetic_words,
)
from examgen.rendering.plot import in_both
from examgen.reports.analysis_report import figures
from examgen.reports.analysis_report.forms import form_tables, test_figures, test_words
from examgen.reports.analysis_report.items import (
    COLUMNS,
    Document,
    ItemText,
    item_page,
    item_words,
    number,
)
from examgen.reports.analysis_report.words import (
    REASONS,
    SURE,
    examined_words,
    half_examined_words,
    note_words,
    subscore_words,
)


def analysis_report(found: Document, texts: Mapping[str, ItemText], choices: str) -> dict[str, object]:
    """Everything that the page shows; `choices` says how options are lettered (`thai` or `latin`)."""
    letters = printed_letters(choices)
    anchors = {row["name"]: f"item-{n}" for n, row in enumerate(found["items"], start=1)}
    return {
        "exam": found["exam"],
        "title": found["title"],
        "facts": _facts(found),
        "notices": _notices(found),
        "release_mark": "" if _state(found).state == "released" else release_mark(_state(found)),
        "tiles": _tiles(found),
        "alarms": [_alarm(one, found, anchors) for one in found["alarms"]],
        "unexamined": examined_words(found["n_items"], found["n_examined"], found["min_n"]),
        "half_examined": half_examined_words(
            found["n_items"], found["n_examined"] - found["n_fully_examined"], found["min_n_fully"]
        ),
        "n_examined": found["n_examined"],
        "form_tables": form_tables(found["forms"]),
        "test_words": test_words(found),
        "subscore_words": subscore_words(found["subscores"]),
        "figures": test_figures(found),
        "item_heads": [head for head, _, _ in COLUMNS],
        "items": [
            item_page(row, found, texts.get(row["name"]), anchors[row["name"]], letters)
            for row in found["items"]
        ],
        "item_words": item_words(found),
        "notes": note_words([note for note in found["notes"] if note["code"] != "forms-not-linked"]),
        "faces": face_addresses(),
        "printed": False,
    }


# ── the head ─────────────────────────────────────────────────────────────────────────────────


def _facts(found: Document) -> list[tuple[Pair, str]]:
    model = found["irt"]["model"]
    return [
        (tell("run"), str(found["run"])),
        (tell("fingerprint"), str(found["fingerprint"])),
        *_release(found),
        (tell("candidates"), number(found["n_candidates"])),
        (tell("items"), number(found["n_items"])),
        (tell("model"), str(model["name"])),
    ]


def _release(found: Document) -> list[tuple[Pair, str]]:
    """Which release the run is of, if it is what people are told."""
    of = _state(found)
    return [(tell("release"), str(of.release))] if of.state == "released" else []


def _state(found: Document) -> ReleaseState:
    return ReleaseState(**found["release"]) if "release" in found else UNRELEASED


def _notices(found: Document) -> list[Pair]:
    of_release = release_notice(_state(found))
    made_up = synthetic_words(found["n_candidates"], found["n_synthetic"])
    draft = draft_words(found["n_unapproved"], found["n_printed"])
    told = [one for one in (of_release, made_up, draft) if one is not None]
    if found["n_candidates"] < 100:
        n = found["n_candidates"]
        told.append(
            tell_n(
                "Only {n} candidate: every figure is rough, see the intervals.",
                "Only {n} candidates: every figure is rough, see the intervals.",
                n,
            )
        )
    model = found["irt"]["model"]
    if model["log_likelihood"] is None:
        told.append(tell("There is no model: too few items have both right and wrong answers."))
    elif not model["converged"]:
        told.append(tell("The model did not converge: use none of its parameters."))
    if any(note["code"] == "forms-not-linked" for note in found["notes"]):
        told.append(
            tell("The forms share no items: their difficulties compare only if their candidates are alike.")
        )
    return told


class Tile(NamedTuple):
    """A figure to be seen first."""

    name: Pair
    value: str
    note: str = ""
    good: bool = True


def _tiles(found: Document) -> list[Tile]:
    forms = found["forms"]
    sure = sum(alarm["sure"] != "possible" for alarm in found["alarms"])
    flagged = sum(bool(row["flags"]) for row in found["items"])
    examined = found["n_examined"]
    of = (
        ""
        if examined == found["n_items"]
        else in_both(tell("examined"), " · ") + f" {examined} / {found['n_items']}"
    )
    tiles = [
        Tile(tell("keys in doubt"), str(sure) if examined else "–", of, good=not sure),
        Tile(
            tell("items to look at"),
            f"{flagged} / {examined}" if examined else "–",
            of,
        ),
    ]
    for form in forms[:3]:
        low, high = form["alpha_low"], form["alpha_high"]
        name = tell("reliability, form {form}", form=form["form"])
        tiles.append(Tile(name, number(form["alpha"]), f"95 % {number(low)} – {number(high)}"))
    return tiles


def _alarm(alarm: Document, found: Document, anchors: Mapping[str, str]) -> dict[str, object]:
    suggested = alarm["suggested"]
    sure = SURE[alarm["sure"]]
    reasons = [tell("{sure}: {seen}", sure=sure, seen=alarm["message"])]
    reasons += [REASONS[reason] for reason in alarm["reasons"] if reason in REASONS]
    return {
        "rank": alarm["rank"],
        "item": alarm["item"],
        "anchor": anchors[alarm["item"]],
        "key": ", ".join(alarm["key"]),
        "suggested": suggested,
        "reasons": reasons,
        "correction": alarm["correction"],
        "figure": figures.option_curves(
            f"alarm-{alarm['rank']}",
            dict(zip(alarm["options"], alarm["fifths"], strict=True)),
            alarm["fifths_n"],
            alarm["key"],
        ),
    }
