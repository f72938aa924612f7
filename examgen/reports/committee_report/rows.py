"""A committee's book → the tables behind it, whole, as the files have their numbers.

What the codes in a committee's book mean: corrections, signals, causes of a change; when one was made.

The centres of a committee's book → the list for signature, its numbers as they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from examgen.core.models.base import Bilingual
from examgen.core.text.thai import in_digits
from examgen.core.words import Pair
from examgen.rendering.parts import DECISIONS, MIN_N, in_its_figures, short_day_words
from examgen.reports.cohort_report.tables import cohort_tables
from examgen.reports.committee_report.report import MARKS
from examgen.reports.reasons import cause_words as why_of

if TYPE_CHECKING:
    from examgen.core.models.papers import Digits
    from examgen.core.scored_run import ScoredRun
    from examgen.rendering.parts import Words
    from examgen.reports.committee_report.report import Centre, CommitteeBook, Corrected, Document, Listed
    from examgen.reports.language import Voice
    from examgen.reports.reasons import Cause


def confidential(words: Words, run: ScoredRun, book: CommitteeBook) -> Pair:
    """What makes the book one for the committee alone: what it really names."""
    found = book.items
    if book.corrections or (found is not None and (found.alarms or found.flagged)):
        if run.is_hidden:
            return words(
                "has codes in place of candidates, and names items and keys; for the committee alone"
            )
        return words("names candidates, items and keys; for the committee alone")
    return confidential_list(words, run)


def confidential_list(words: Words, run: ScoredRun) -> Pair:
    """The same of the list for signature."""
    if run.is_hidden:
        return words("has codes in place of candidates; for the committee alone")
    return words("names candidates; for the committee alone")


def correction_words(words: Words) -> Mapping[str, Pair]:
    """Kind of a correction → what it does."""
    return {
        "rekey": words("another key is right"),
        "accept": words("a further key is right too"),
        "drop": words("counts for nobody"),
        "credit_all": words("everybody has its points"),
        "credit_answered": words("whoever answered has its points"),
    }


def signal_words(words: Words) -> Mapping[str, Pair]:
    """Kind of a signal → its name."""
    return {
        "blank_row": words("no answer at all"),
        "one_letter": words("one letter throughout"),
        "pattern": words("a repeated pattern"),
        "under_chance": words("far below guessing"),
        "wrong_form": words("another form fits better"),
        "same_answers": words("exactly the same answers"),
        "similar_wrong_answers": words("too many wrong answers in common"),
    }


def left_out_words(words: Words) -> Mapping[str, Pair]:
    """What a run leaves out on purpose, as the audit has it → what it is."""
    return {
        "corrections": words("corrections"),
        "decisions": words("decisions on rows"),
        "roster": words("the roster"),
        "scaled": words("the scaled scores"),
        "cut": words("the cut scores of a file"),
        "answers": words("the answer files"),
        "candidates": words("candidates who were scored"),
    }


def cause_words(words: Words) -> Mapping[str, Pair]:
    """Field of the audit that differs between two runs → what it is."""
    return {
        "key": words("the key"),
        "corrections": words("corrections"),
        "inputs": words("the answer files"),
        "options": words("the rules of the blueprint"),
        "decided": words("decisions on rows"),
        "manifest": words("the package"),
        "editions": words("the edition of the standard"),
        "scaled": words("the scaled scores"),
        "cut": words("the cut scores of a file"),
        "examgen": words("the version of examgen"),
    }


def day_of(one: Document, digits: Digits) -> Pair | None:
    """When a correction or a decision was made, where that is a date."""
    day = short_day_words(str(one.get("date", "")))
    return day and in_its_figures(day, digits)


LIST_FILE, LIST_TABLE = "list.pdf", "list.csv"
"""Where everybody stands if not in the book itself."""


class CentreList(NamedTuple):
    """A centre of the list for signature; `rows` are id, name, form, score, %, decision, marks, and cause."""

    anchor: str
    name: str
    n: str
    rate: str
    second_look: str
    rows: tuple[tuple[str, ...], ...]
    named: bool
    sums: str
    """How many candidates, and how many of them passed."""


def centre_lists(voice: Voice, book: CommitteeBook, run: ScoredRun) -> list[CentreList]:
    """Every centre with everybody in it."""
    why = {
        (cause, form): why_of(voice, run, cause, book.cohort.cuts.get(form))
        for centre in book.centres
        for cause, form in {(one.cause, one.form) for one in centre.people}
        if cause is not None
    }
    return [_centre(voice, n, one, why) for n, one in enumerate(book.centres, start=1)]


class MarkShown(NamedTuple):
    """A sign of the list, what it means, and how many have it."""

    sign: str
    means: Pair
    n: str


def marks_shown(voice: Voice, book: CommitteeBook) -> list[MarkShown]:
    """The legend: every sign that stands in the list."""
    means = _means(voice.spoken)
    return [MarkShown(MARKS[mark], means[mark], voice.number(n)) for mark, n in book.marked.items()]


def _means(words: Words) -> dict[str, Pair]:
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


def _centre(voice: Voice, number: int, one: Centre, why: Mapping[tuple[Cause, str], str]) -> CentreList:
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
        tuple(
            (*_listed(voice, row, decisions), "" if row.cause is None else why[row.cause, row.form])
            for row in one.people
        ),
        any(row.name for row in one.people),
        voice.pair(Bilingual(th="; ".join(said.th for said in sums), en="; ".join(said.en for said in sums))),
    )


def _listed(voice: Voice, one: Listed, decisions: Mapping[str, str]) -> tuple[str, ...]:
    score = figures(voice, f"{one.score} / {one.max_score}")
    percent = figures(voice, one.percent)
    look = "\u00a0".join(MARKS[mark] for mark in one.marks)
    return one.candidate_id, one.name, one.form, score, percent, decisions.get(one.decision, "–"), look


_TEXT, _COUNT, _REAL = pl.String, pl.Int64, pl.Float64
_CORRECTION = ("kind", "form", "question", "item", "key", "reason", "by", "date", "places")
_OF_COHORT = ("near_the_cut", "ledger", "quarantine_reasons", "unreconciled_counts", "no_result")


def committee_tables(book: CommitteeBook) -> dict[str, pl.DataFrame]:
    """Name → table; the list for signature, who moved, signals, flagged items, and those of the cohort."""
    cohort = cohort_tables(book.cohort)
    return {
        "list": _list(book),
        "corrections": _documents(tuple(map(_placed, book.corrections)), _CORRECTION),
        "decided": _documents(book.decided, ("file", "line", "decision", "reason", "by", "date")),
        "left_out": _documents(book.left_out, ("what", "run", "n", "named"), "; "),
        "moved": _moved(book.corrected),
        "by_corrections": _moved(book.by_key),
        "signals": _signals(book),
        "items": _items(book),
        "repeated": _repeated(book),
        **{name: cohort[name] for name in _OF_COHORT},
    }  # fmt: skip


def _list(book: CommitteeBook) -> pl.DataFrame:
    rows = [
        (centre.name, one.candidate_id, one.name, one.form,
         *(float(text) if text else None for text in (one.score, one.max_score, one.percent)),
         one.decision, "yes" if one.second_look else "no", " ".join(one.marks), *(one.cause or ("", "", "")))
        for centre in book.centres
        for one in centre.people
    ]  # fmt: skip
    schema = {
        **dict.fromkeys(("centre", "candidate_id", "name", "form"), _TEXT),
        **dict.fromkeys(("score", "max_score", "percent"), _REAL),
        **dict.fromkeys(("decision", "second_look", "marks", "why", "why_percent", "why_place"), _TEXT),
    }
    return pl.DataFrame(rows, schema, orient="row").cast({"why_percent": _REAL}, strict=False)


def _documents(found: tuple[object, ...], heads: tuple[str, ...], between: str = " ") -> pl.DataFrame:
    rows = [tuple(_cell(one.get(name), between) for name in heads) for one in found if isinstance(one, dict)]
    return pl.DataFrame(rows, dict.fromkeys(heads, _TEXT), orient="row")


def _placed(one: Mapping[str, Any]) -> dict[str, Any]:
    """A correction with its places as text: `A:13=C`, `A×120` of booklets, `001…900×900` of many forms."""
    return {**one, "places": [_place(where) for where in one.get("places") or ()]}


def _place(where: Mapping[str, Any]) -> str:
    if "booklets" in where:
        return f"{where['drawn_from']}×{where['booklets']}"
    if "forms" in where:
        ends = (str(where[name]) for name in ("first", "last") if name in where)
        return f"{'…'.join(ends)}×{where['forms']}"
    return f"{where['form']}:{where['question']}{'=' if 'key' in where else ''}{where.get('key', '')}"


def _cell(value: object, between: str) -> str:
    if isinstance(value, list | tuple):
        return between.join(map(str, value))
    return "" if value is None else str(value)


def _moved(found: Corrected | None) -> pl.DataFrame:
    """Columns that are named as the fields of `Moved` are, but for the points that could be had."""
    schema = {
        **dict.fromkeys(("candidate_id", "name"), _TEXT),
        **dict.fromkeys(("score_before", "score_after", "change"), _REAL),
        **dict.fromkeys(("decision_before", "decision_after", "criteria"), _TEXT),
        **dict.fromkeys(("most_before", "most_after"), _REAL),
    }
    rows = [one._asdict() for one in found.moved] if found else []
    return pl.DataFrame(rows, schema, orient="row").rename(
        {"most_before": "max_score_before", "most_after": "max_score_after"}
    )


def _signals(book: CommitteeBook) -> pl.DataFrame:
    rows = [
        (one.number, one.kind, room, who, form) for one in book.signals or () for who, form, room in one.rows
    ]
    return pl.DataFrame(
        rows, dict.fromkeys(("signal", "kind", "room", "candidate_id", "form"), _TEXT), orient="row"
    )


SHARES = (
    "consistency", "kappa", "accuracy", "false_pass", "false_fail", "pass_again", "fail_again",
)  # fmt: skip


_WITH_ERROR = ("pass_again", "fail_again", "consistency", "accuracy", "false_pass", "false_fail")
_AT_WORST = ("pass_again", "fail_again")


def _repeated(book: CommitteeBook) -> pl.DataFrame:
    """One row, where it can be said how often decisions would repeat."""
    one = book.repeated
    rows = []
    if one is not None and one.shares is not None:
        errors, worst = one.errors or {}, one.at_worst or {}
        shares = (*(one.shares[name] for name in SHARES), *(errors.get(name) for name in _WITH_ERROR))
        rows = [(one.n, *shares, one.n_sharing, *(worst.get(name) for name in _AT_WORST))]
    schema = {
        "n": _COUNT,
        **dict.fromkeys(SHARES, _REAL),
        **dict.fromkeys([f"se_{name}" for name in _WITH_ERROR], _REAL),
        "n_sharing": _COUNT,
        **dict.fromkeys([f"worst_{name}" for name in _AT_WORST], _REAL),
    }
    return pl.DataFrame(rows, schema, orient="row")


def _items(book: CommitteeBook) -> pl.DataFrame:
    flagged = book.items.flagged if book.items else ()
    rows = [(one.item, one.pc, one.n, one.facility, one.item_rest, " ".join(one.flags)) for one in flagged]
    schema = {"item": _TEXT, "pc": _TEXT, "n": _COUNT, "facility": _REAL, "item_rest": _REAL, "flags": _TEXT}
    return pl.DataFrame(rows, schema, orient="row")
