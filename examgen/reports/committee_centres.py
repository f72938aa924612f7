"""The centres of a committee's book → the list for signature, its numbers as they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from examgen.models import Bilingual
from examgen.reports.committee import MARKS
from examgen.reports.report_parts import DECISIONS, MIN_N, in_digits

if TYPE_CHECKING:
    from examgen.reports.committee import Centre, CommitteeBook, Listed
    from examgen.reports.report_parts import Words
    from examgen.reports.voices import Voice

LIST_FILE, LIST_TABLE = "list.pdf", "list.csv"
"""Where everybody stands if not in the book itself."""


class CentreList(NamedTuple):
    """A centre of the list for signature; `rows` are id, name, form, score, per cent, decision, marks."""

    anchor: str
    name: str
    n: str
    rate: str
    second_look: str
    rows: tuple[tuple[str, ...], ...]
    named: bool
    sums: str
    """How many candidates, and how many of them passed."""


def centre_lists(voice: Voice, book: CommitteeBook) -> list[CentreList]:
    """Every centre with everybody in it."""
    return [_centre(voice, n, one) for n, one in enumerate(book.centres, start=1)]


class MarkShown(NamedTuple):
    """A sign of the list, what it means, and how many have it."""

    sign: str
    means: Bilingual
    n: str


def marks_shown(voice: Voice, book: CommitteeBook) -> list[MarkShown]:
    """The legend: every sign that stands in the list."""
    means = _means(voice.spoken)
    return [MarkShown(MARKS[mark], means[mark], voice.number(n)) for mark, n in book.marked.items()]


def _means(words: Words) -> dict[str, Bilingual]:
    return {
        "second_look": words("within one SEM of the cut: for a second look"),
        "absent_but_scored": words("absent, but scored"),
        "not_on_roster": words("scored, but not on the roster"),
        "other_form": words("scored on a form that was not dealt"),
        "also_in_quarantine": words("scored, and a further row is in quarantine"),
        "signal": words("named by an integrity signal: to be looked at, no verdict"),
        "synthetic": words("synthetic: nobody sat this"),
    }


def figures(voice: Voice, text: str) -> str:
    """A number of the files, in the report's figures."""
    return in_digits(text.replace("-", "−"), voice.digits)


def decision_words(voice: Voice, code: str) -> str:
    """A sign and the word, a dash where nothing was decided."""
    said = DECISIONS.get(code)
    return f"{said.sign} {voice.pair(said.word)}" if said else "–"


def _centre(voice: Voice, number: int, one: Centre) -> CentreList:
    decisions = {code: decision_words(voice, code) for code in (*DECISIONS, "")}
    rate, sums = (
        "",
        [voice.spoken.of_n("{n} candidate", "{n} candidates", len(one.people), n=len(one.people))],
    )
    if one.passed is not None:
        rate = f"{voice.number(one.passed.n)}/{voice.number(one.passed.of)}"
        if one.passed.of >= MIN_N:
            rate += f" ({voice.percent(one.passed.share)})"
        sums.append(voice.spoken("passed {passed}", passed=rate))
    return CentreList(
        f"centre-{number}",
        one.name,
        voice.number(len(one.people)),
        rate,
        voice.number(one.second_look),
        tuple(_listed(voice, row, decisions) for row in one.people),
        any(row.name for row in one.people),
        voice.pair(Bilingual(th="; ".join(said.th for said in sums), en="; ".join(said.en for said in sums))),
    )


def _listed(voice: Voice, one: Listed, decisions: Mapping[str, str]) -> tuple[str, ...]:
    score = figures(voice, f"{one.score} / {one.max_score}")
    percent = figures(voice, one.percent)
    look = "\u00a0".join(MARKS[mark] for mark in one.marks)
    return one.candidate_id, one.name, one.form, score, percent, decisions.get(one.decision, "–"), look
