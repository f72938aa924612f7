"""A scored run → why candidates did not pass, and which parts of its pass rule rest on few items.

Scoring itself decides whether a candidate meets a part of the rule (`KeyOfRun.parts_held`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.coded_columns import texts_of
from examgen.core.exam.names import base_form
from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.text.thai import in_digits
from examgen.rendering.parts import short
from examgen.reports.decisions import MOST_FORMS, dropped_questions

if TYPE_CHECKING:
    from examgen.reports.localisation import ReportLanguage
    from examgen.scoring.form_cut_scores import Cut
    from examgen.scoring.scored_run import ScoredRun


class FailCause(NamedTuple):
    """Why a candidate did not pass: the first part of the rule that was missed, and the part of the
    standard."""

    kind: str
    """`total`, `criteria`, `elements`, `units` or `at_least`; `blank` if the candidate marked nothing."""
    percent: str = ""
    code: str = ""
    """Empty for `total` and `at_least`."""


# ── why candidates did not pass ──────────────────────────────────────────────────────────────


def causes(run: ScoredRun) -> tuple[FailCause | None, ...]:
    """Return the cause for each candidate in the order of the run; None for those who passed, and for all if
    there is no pass rule."""
    rule = run.audit["options"]["pass"]
    # the parts of the rule in the order of `parts_held`, each with its percentage
    kinds: list[tuple[str, str]] = []
    if rule is not None:
        kinds += [("total", "")] if rule["percent"] is not None or rule["cut"] is not None else []
        for kind in ("criteria", "elements", "units"):
            kinds += [(kind, short(str(percent))) for percent in rule[kind].values()]
        if rule["at_least"]:
            kinds.append(("at_least", short(str(rule["at_least"]["percent"]))))
    people = run.candidates.select("decision", "form", "answered", "multiple", "invalid").iter_rows()
    criteria = run.criteria.select([*_columns(run)]).iter_rows()
    by_total = all(kind == "total" for kind, _ in kinds)
    found: list[FailCause | None] = []
    for (decision, form, *marks), earned in zip(people, criteria, strict=True):
        cause = None
        if kinds and decision != "pass":
            if all(count == "0" for count in marks):
                cause = FailCause("blank")
            elif by_total:
                cause = FailCause("total")
            else:
                cause = _first_missed(run, kinds, form, earned)
        found.append(cause)
    return tuple(found)


def _first_missed(
    run: ScoredRun, kinds: Sequence[tuple[str, str]], form: str, earned: Sequence[str | None]
) -> FailCause | None:
    """Return the first part of the rule that the points by criterion do not meet; None if all are met."""
    held = run.key.parts_held(form, [float(one or 0) for one in earned])
    for (kind, percent), part in zip(kinds, held, strict=True):
        if not part.held:
            named = kind not in ("total", "at_least")
            return FailCause(kind, percent, part.missed[0].code if named else "")
    return None


def kinds_of(why: Iterable[FailCause | None]) -> frozenset[str]:
    """Return the kinds of causes that occur."""
    return frozenset(one.kind for one in why if one is not None)


def failed_first(run: ScoredRun, why: Sequence[FailCause | None]) -> list[tuple[FailCause, list[str]]]:
    """Return the candidates who first failed on a condition other than the total, grouped by condition. Blank
    sheets are left out."""
    found: dict[FailCause, list[str]] = {}
    for who, cause in zip(run.candidates["candidate_id"], why, strict=True):
        if cause is not None and cause.kind not in ("total", "blank"):
            found.setdefault(cause, []).append(who)
    return sorted(found.items())


def cause_words(voice: ReportLanguage, run: ScoredRun, one: FailCause, cut: Cut | None) -> str:
    """Return a cause short enough for a table cell: `< 24`, `E1.01 < 50 %`, `< 3 × 60 %`. For a blank sheet
    it is a phrase, in Thai if the report is in both languages."""
    if one.kind == "blank":
        said = voice.spoken("no answer at all")
        return said.en if voice.lang == "en" else said.th
    if one.kind == "total":
        return f"< {voice.points(None if cut is None else cut.points)}"
    percent = in_digits(f"{one.percent} %", voice.digits)
    if one.kind == "at_least":
        return f"< {voice.number(run.audit['options']['pass']['at_least']['met'])} × {percent}"
    return f"{one.code} < {percent}"


# ── where the rule rests on few items or none ────────────────────────────────────────────────


class Conditions(NamedTuple):
    """The parts of the standard in which the pass rule rests on few items, and those from which corrections
    removed all items: form and codes."""

    least: int
    """The minimum number of items for a judgement."""
    few: list[tuple[str, list[str]]]
    emptied: list[tuple[str, list[str]]]


def conditions(run: ScoredRun) -> Conditions:
    """Return the parts with few or no items of a run; `few` is empty if there are many forms."""
    known = {base_form(form.name) for form in run.exam.forms}
    sat = sorted(form for form in texts_of(run.candidates["form"]) if base_form(form) in known)
    nothing = [0.0 for _ in _columns(run)]
    found = Conditions(run.audit["options"]["judgement"]["min_items"], [], [])
    for form in sat if len(sat) <= MOST_FORMS else ():
        few = dict.fromkeys(place.code for part in run.key.parts_held(form, nothing) for place in part.few)
        found.few.extend([(form, [*few])] if few else [])
    rule = run.audit["options"]["pass"]
    made = run.audit.get("corrections") or ()
    drops = [one for one in made if not CORRECTION_KINDS[one["kind"]].counts]
    if rule is None or not drops:
        return found
    asked_of = [(kind, tuple(rule[kind])) for kind in ("criteria", "elements", "units")]
    if rule["at_least"]:
        asked_of.append((rule["at_least"]["of"], tuple(rule["at_least"]["among"])))
    bases = set(map(base_form, sat))
    for printed in run.exam.forms:
        lost = {question for one in drops for question in dropped_questions(one, printed)}
        counted = [
            ({"criteria": one.item.pc, "elements": one.element, "units": one.unit}, one.question in lost)
            for one in printed.items
            if one.points
        ]
        codes: dict[str, None] = {}
        for kind, patterns in asked_of:
            left = {place[kind] for place, is_lost in counted if not is_lost}
            gone = sorted({place[kind] for place, _ in counted} - left)
            codes |= dict.fromkeys(
                one for one in gone if any(p == "all" or fnmatchcase(one, p) for p in patterns)
            )
        if printed.name in bases and codes:
            found.emptied.append((printed.name, [*codes]))
    return found


def _columns(run: ScoredRun) -> Iterator[str]:
    """Yield the names of the columns with the points in each criterion, in the order of the standard."""
    known = set(run.criteria.columns)
    for unit in run.exam.units:
        for element in unit.elements:
            for one in element.criteria:
                alone = f"{one.code}_correct"
                yield alone if alone in known else f"{unit.code}:{one.code}_correct"
