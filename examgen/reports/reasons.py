"""Why somebody did not pass whose total is enough, and where a pass rule rests on few items.

Whether a part held is scoring's own judgement (`ScoredRun.hold_parts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.core.exam.names import base_form
from examgen.core.text.thai import in_digits
from examgen.rendering.parts import joined, short
from examgen.reports.decisions import MOST_FORMS, dropped_questions, points

if TYPE_CHECKING:
    from examgen.core.models.form import PrintedItem
    from examgen.core.scored_run import PartHeld, ScoredRun
    from examgen.core.words import Pair
    from examgen.rendering.parts import Words
    from examgen.reports.language import Voice
    from examgen.scoring.runs.form_cuts import Cut

MOST_CODES = 12
"""Places on few items that are named; more are counted."""


class Failed(NamedTuple):
    """The first condition that was not met, not the one on the total, and by whom."""

    kind: str
    """`criteria`, `elements`, `units` or `at_least`."""
    percent: str
    code: str
    """The first place that missed it; nothing of `at_least`."""
    people: tuple[str, ...]


class Few(NamedTuple):
    """A form and the places of the pass rule that it has too few items of to be judged."""

    form: str
    codes: tuple[str, ...]


class Cause(NamedTuple):
    """Why somebody did not pass: the first part of the rule that did not hold, the place that missed it."""

    kind: str
    """`total`, `criteria`, `elements`, `units` or `at_least`; `blank` where nothing was marked at all."""
    percent: str = ""
    code: str = ""


def causes(run: ScoredRun) -> dict[str, Cause]:
    """Candidate → why, of everybody who did not pass by the rule."""
    kinds = list(_kinds(run))
    if not kinds or run.hold_parts is None:
        return {}
    by_total = all(kind == "total" for kind, _ in kinds)
    columns, found = list(_columns(run)), dict[str, Cause]()
    told = ("candidate_id", "form", "decision", "answered", "multiple", "invalid")
    people = run.candidates.select(told).iter_rows()
    for (who, form, decision, *marks), earned in zip(
        people, run.criteria.select(columns).iter_rows(), strict=True
    ):
        if decision == "pass":
            continue
        if all(one == "0" for one in marks):
            found[who] = Cause("blank")
        elif by_total:
            found[who] = Cause("total")
        elif (first := _first(kinds, run.hold_parts(form, [float(one or 0) for one in earned]))) is not None:
            found[who] = first
    return found


def _first(kinds: Sequence[tuple[str, str]], parts: Sequence[PartHeld]) -> Cause | None:
    for (kind, percent), part in zip(kinds, parts, strict=True):
        if not part.held:
            named = kind not in ("total", "at_least")
            return Cause(kind, percent, part.missed[0].code if named else "")
    return None


def failed_first(run: ScoredRun, why: Mapping[str, Cause]) -> tuple[Failed, ...]:
    """Everybody who marked something and did not pass although the total is enough or decides nothing, by
    condition."""
    found: dict[Cause, list[str]] = {}
    for who in run.candidates["candidate_id"].to_list():
        if (cause := why.get(who)) is not None and cause.kind not in ("total", "blank"):
            found.setdefault(cause, []).append(who)
    return tuple(Failed(*key, tuple(own)) for key, own in sorted(found.items()))


def cause_words(voice: Voice, run: ScoredRun, one: Cause, cut: Cut | None) -> str:
    """The same in the room of a cell: `< 24`, `E1.01 < 50 %`, `< 3 × 60 %`; words of a blank sheet alone, in
    Thai where a report speaks both."""
    if one.kind == "blank":
        said = voice.spoken("no answer at all")
        return said.en if voice.lang == "en" else said.th
    if one.kind == "total":
        return f"< {points(voice, None if cut is None else cut.points)}"
    percent = in_digits(f"{one.percent} %", voice.digits)
    if one.kind == "at_least":
        return f"< {voice.number(run.audit['options']['pass']['at_least']['met'])} × {percent}"
    return f"{one.code} < {percent}"


def why_words(words: Words, kinds: Set[str]) -> Pair:
    """How to read the column of causes."""
    said = [words("Why not passed: the first part of the rule that is not held.")]
    if "total" in kinds:
        said.append(words("A number alone: the total is below that many points."))
    if kinds & {"criteria", "elements", "units"}:
        said.append(words("A code and a percentage: the candidate is below that percentage there."))
    if "at_least" in kinds:
        said.append(
            words("A number, × and a percentage: fewer places than that number reach the percentage.")
        )
    return joined(*said)


def on_few_items(run: ScoredRun) -> tuple[Few, ...]:
    """By form, of few forms, the places that the rule rests on and that nobody could be judged in."""
    known = {base_form(form.name) for form in run.exam.forms}
    forms = sorted(form for form in set(run.candidates["form"].to_list()) if base_form(form) in known)
    if run.hold_parts is None or len(forms) > MOST_FORMS:
        return ()
    nothing = [0.0] * sum(1 for _ in _columns(run))
    found = []
    for form in forms:
        parts = run.hold_parts(form, nothing)
        codes = tuple(dict.fromkeys(place.code for part in parts for place in part.few))
        if codes:
            found.append(Few(form, codes))
    return tuple(found)


def lapsed(run: ScoredRun) -> tuple[Few, ...]:
    """By form, the places of which the rule asks something and corrections left no question that counts."""
    rule = run.audit["options"]["pass"]
    drops = [one for one in run.audit.get("corrections") or () if one["kind"] == "drop"]
    if rule is None or not drops:
        return ()
    sat = {base_form(form) for form in run.candidates["form"].to_list()}
    found = []
    for form in run.exam.forms:
        lost = {question for one in drops for question in dropped_questions(one, form)}
        counted = [one for one in form.items if one.points]
        codes: list[str] = []
        for kind, patterns in _patterns(rule):
            asked = {_code(kind, one) for one in counted}
            left = {_code(kind, one) for one in counted if one.question not in lost}
            gone = sorted(asked - left)
            codes += [one for one in gone if any(p == "all" or fnmatchcase(one, p) for p in patterns)]
        if form.name in sat and codes:
            found.append(Few(form.name, tuple(dict.fromkeys(codes))))
    return tuple(found)


def conditions_words(voice: Voice, run: ScoredRun) -> list[Pair]:
    """Where the rule rests on few items, and where corrections left nothing of what it asks."""
    few = (few_words(voice, run, one) for one in on_few_items(run))
    return [*few, *(lapsed_words(voice, one) for one in lapsed(run))]


def _patterns(rule: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for kind in ("criteria", "elements", "units"):
        yield kind, tuple(rule[kind])
    if rule["at_least"]:
        yield rule["at_least"]["of"], tuple(rule["at_least"]["among"])


def _code(kind: str, one: PrintedItem) -> str:
    return {"criteria": one.item.pc, "elements": one.element, "units": one.unit}[kind]


def lapsed_words(voice: Voice, one: Few) -> Pair:
    """What became of the rule on a form."""
    return voice.spoken(
        "Form {form}: after corrections no question of {codes} counts, so the rule asks nothing there of "
        "those who sat this form.",
        form=one.form,
        codes=", ".join(one.codes),
    )


def _kinds(run: ScoredRun) -> Iterator[tuple[str, str]]:
    """The parts of the rule in the order of `hold_parts`, each with its per cent."""
    rule = run.audit["options"]["pass"]
    if rule is None:
        return
    if rule["percent"] is not None or rule["cut"] is not None:
        yield "total", ""
    for kind in ("criteria", "elements", "units"):
        yield from ((kind, short(str(percent))) for percent in rule[kind].values())
    if rule["at_least"]:
        yield "at_least", short(str(rule["at_least"]["percent"]))


def _columns(run: ScoredRun) -> Iterator[str]:
    """Points by criterion, in the standard's order."""
    known = set(run.criteria.columns)
    for unit in run.exam.units:
        for element in unit.elements:
            for one in element.criteria:
                alone = f"{one.code}_correct"
                yield alone if alone in known else f"{unit.code}:{one.code}_correct"


def failed_words(voice: Voice, run: ScoredRun, one: Failed) -> Pair:
    """The condition, and how many it kept from passing."""
    words, n = voice.spoken, len(one.people)
    if one.code:
        return words.of_n(
            "{code} is below {percent} %: {n} candidate",
            "{code} is below {percent} %: {n} candidates",
            n,
            code=one.code,
            percent=one.percent,
            n=voice.number(n),
        )
    wanted = run.audit["options"]["pass"]["at_least"]
    values = {"met": voice.number(wanted["met"]), "percent": one.percent, "n": voice.number(n)}
    if wanted["of"] == "criteria":
        return words("fewer than {met} criteria at {percent} % or more; candidates: {n}", **values)
    if wanted["of"] == "elements":
        return words("fewer than {met} elements at {percent} % or more; candidates: {n}", **values)
    return words("fewer than {met} units at {percent} % or more; candidates: {n}", **values)


def few_words(voice: Voice, run: ScoredRun, one: Few) -> Pair:
    """What is to be known of decisions that rest on so few items."""
    least = voice.number(run.audit["options"]["judgement"]["min_items"])
    if len(one.codes) > MOST_CODES:
        return voice.spoken(
            "On form {form} the rule rests, in {k} places, on fewer than {n} items, which are too few to "
            "judge anybody by there; decisions rest on them all the same.",
            form=one.form,
            k=voice.number(len(one.codes)),
            n=least,
        )
    return voice.spoken(
        "On form {form} the rule rests, in {codes}, on fewer than {n} items, which are too few to judge "
        "anybody by there; decisions rest on them all the same.",
        form=one.form,
        codes=", ".join(one.codes),
        n=least,
    )
