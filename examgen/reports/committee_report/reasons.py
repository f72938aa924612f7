"""Why somebody did not pass whose total is enough, and where a pass rule rests on few items.

Whether a part held is scoring's own judgement (`ScoredRun.hold_parts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.exam.names import base_form
from examgen.reports.decisions import MOST_FORMS, dropped_questions
from examgen.reports.parts import short

if TYPE_CHECKING:
    from examgen.models.form import PrintedItem
    from examgen.reports.language import Voice
    from examgen.scored_run import ScoredRun
    from examgen.words import Pair

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


def failed_first(run: ScoredRun) -> tuple[Failed, ...]:
    """Everybody who did not pass although the total is enough or decides nothing, by condition."""
    kinds = list(_kinds(run))
    if run.hold_parts is None or not any(kind != "total" for kind, _ in kinds):
        return ()
    columns = list(_columns(run))
    found: dict[tuple[str, str, str], list[str]] = {}
    people = run.candidates.select("candidate_id", "form", "decision").iter_rows()
    for (who, form, decision), points in zip(people, run.criteria.select(columns).iter_rows(), strict=True):
        if decision == "pass":
            continue
        parts = run.hold_parts(form, [float(one or 0) for one in points])
        first = next((pair for pair in zip(kinds, parts, strict=True) if not pair[1].held), None)
        if first is None or first[0][0] == "total":
            continue
        (kind, percent), part = first
        code = part.missed[0].code if kind != "at_least" else ""
        found.setdefault((kind, percent, code), []).append(who)
    return tuple(Failed(*key, tuple(own)) for key, own in sorted(found.items()))


def on_few_items(run: ScoredRun) -> tuple[Few, ...]:
    """By form, of few forms, the places that the rule rests on and that nobody could be judged in."""
    forms = sorted(set(run.candidates["form"].to_list()))
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
