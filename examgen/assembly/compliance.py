"""Blueprint and standards → notices, or a refusal that quotes the standard.

A paper at a level that the standard does not assess by a written test must never be printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from examgen.assembly.usable import pilot_status
from examgen.core.models.amounts import Quota
from examgen.core.models.base import Method
from examgen.core.models.blueprint import Blueprint, matches
from examgen.core.models.decisions import MethodsRule
from examgen.core.models.item import Item
from examgen.core.models.standard import METHODS, WRITTEN, Unit
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, joined, listed, noted, tell
from examgen.core.yamlfile import Document, suggestion

QUOTA_IMPOSSIBLE = "quota-impossible"
WRITTEN_ALONE = noted(
    "the standard also asks for other methods of assessment ({also}): whoever passes this exam has passed "
    "the written test alone, and nothing says that a unit is met until the results of the others are taken in"
)
"""What is noticed where the standard asks more than the written test; reports say it in `scope_notice`."""


def check_blueprint(
    blueprint: Blueprint, units: Sequence[Unit], document: Document, items: Sequence[Item] | None = None
) -> tuple[str, ...]:
    """Notices for the coordinator; `Refused` where standard and blueprint do not agree.

    With the items of the bank, the sets of the blueprint must name some of them.
    """
    problems = [
        *_patterns(blueprint, units, document),
        *_quotas(blueprint, document),
        *_parts(blueprint, items, document),
    ]
    notices: list[str] = []
    for unit in units:
        try:
            # A unit that states no level may stand beside others that do: the level is that of the others.
            level = blueprint.level
            stated = tell("{levels}{advice}", levels=_list(unit.levels), advice=_advice(unit))
            if not any(one.levels for one in units) and level is not None:
                message = tell("{code} states no level: leave `level` out", code=unit.code)
                raise _refusal(document, "level", "level-not-stated", message)
            if unit.levels and level is None:
                message = tell("is missing: {code} states the levels {stated}", code=unit.code, stated=stated)
                raise _refusal(document, "level", "level-missing", message)
            if level is not None and unit.levels and level not in unit.levels:
                message = tell(
                    "the standard {code} does not state level {level}; it states {stated}",
                    code=unit.code,
                    level=level,
                    stated=stated,
                )
                raise _refusal(document, "level", "level-not-stated", message)
            notices += _methods(unit, blueprint, document)
        except Refused as refusal:
            problems += refusal.problems
    if problems:
        raise Refused(tell("{exam} is not built", exam=blueprint.exam), problems)
    return tuple(notices)


def _patterns(blueprint: Blueprint, units: Sequence[Unit], document: Document) -> Iterator[Problem]:
    """Patterns that name no criterion, or one out of scope; first a code that two units use (`1.1`), for an
    item would count for both."""
    codes = [criterion.code for unit in units for criterion in unit.criteria]
    twice = [code for code in dict.fromkeys(codes) if codes.count(code) > 1]
    if twice:
        message = tell(
            "more than one of these units has a criterion {twice}: build an exam for each unit",
            twice=_list(twice),
        )
        yield Problem(document.at(["units"]), "pc-ambiguous", message, field="units")
    pairs = [
        (criterion.code, element.code)
        for unit in units
        for element in unit.elements
        for criterion in element.criteria
    ]
    known = [pc for pc, _ in pairs] + [f"{element}.*" for element in dict.fromkeys(e for _, e in pairs)]
    scope = blueprint.scope or ("all",)
    asked = [pair for pair in pairs if any(matches(pattern, *pair) for pattern in scope)]
    rule = blueprint.pass_rule.criteria if blueprint.pass_rule else {}
    named: list[tuple[list[int | str], str, str]] = [
        (["scope", n], pattern, "scope") for n, pattern in enumerate(blueprint.scope)
    ]
    for field, patterns in (("criteria", blueprint.criteria), ("pass.criteria", rule)):
        named += [([*field.split("."), pattern], pattern, f"{field}.{pattern}") for pattern in patterns]
    for path, pattern, field in named:
        if not any(matches(pattern, *pair) for pair in pairs):
            message = tell(
                "{pattern} names no criterion of {units}{suggestion}",
                pattern=pattern,
                units=", ".join(blueprint.units),
                suggestion=suggestion(pattern, known),
            )
            yield Problem(document.at(path), "pc-unknown", message, field=field)
        elif not any(matches(pattern, *pair) for pair in asked):
            message = tell(
                "{pattern} is out of the scope of this exam ({scope})",
                pattern=pattern,
                scope=_list(blueprint.scope),
            )
            yield Problem(document.at(path), "pc-out-of-scope", message, field=field)


def _quotas(blueprint: Blueprint, document: Document) -> Iterator[Problem]:
    """Quotas and cut scores that no form of this length can have, whatever the bank holds."""
    for family in ("criteria", "cognitive", "unit_mix", "level_mix", "status_mix"):
        quotas: Mapping[str | int, Quota] = getattr(blueprint, family)
        for key, quota in quotas.items():
            name = str(key)
            least, greatest = quota.bounds(blueprint.items)
            if least > min(greatest, blueprint.items):
                message = tell(
                    "asks at least {least} of {items} items and at most {greatest}",
                    least=least,
                    items=blueprint.items,
                    greatest=greatest,
                )
                where = document.at([family, name])
                yield Problem(where, QUOTA_IMPOSSIBLE, message, field=f"{family}.{name}")
    printed, several = blueprint.printed_items, blueprint.forms != "per_candidate" and blueprint.n_forms > 1
    if several and blueprint.overlap.min > printed:
        message = tell(
            "asks forms of {printed} items to share {min}", printed=printed, min=blueprint.overlap.min
        )
        yield Problem(document.at(["overlap"]), "overlap-impossible", message, field="overlap")
    anchored = blueprint.anchor.items if blueprint.anchor else 0
    shared = anchored + (blueprint.overlap.min if several else 0)
    if anchored > blueprint.items or (anchored and shared > printed):
        message = tell("asks forms of {printed} items to share more than they hold", printed=printed)
        yield Problem(document.at(["anchor"]), "anchor-impossible", message, field="anchor")
    cut = blueprint.pass_rule.raw_cut if blueprint.pass_rule else None
    if cut is not None and cut > blueprint.items and not blueprint.is_rated:
        message = tell("is more than the {items} points of a form", items=blueprint.items)
        yield Problem(document.at(["pass", "cut"]), "cut-impossible", message, field="pass.cut")


def _parts(blueprint: Blueprint, items: Sequence[Item] | None, document: Document) -> Iterator[Problem]:
    """Parts of a blueprint that say nothing together, or need another part that is not there."""

    def part(path: list[str], code: str, message: Message) -> Problem:
        return Problem(document.at(path), code, message, field=".".join(path))

    for unit in blueprint.unit_mix:
        if unit not in blueprint.units:
            message = tell("{unit} is none of the units {units}", unit=unit, units=_list(blueprint.units))
            yield part(["unit_mix", unit], "unit-unknown", message)
    for status in blueprint.status_mix:
        if status not in blueprint.statuses:
            message = tell(
                "{status} is none of the statuses that may be used ({statuses})",
                status=status,
                statuses=_list(blueprint.statuses),
            )
            yield part(["status_mix", status], "status-unknown", message)
    if "age_days" in blueprint.quantities and blueprint.as_of is None:
        message = tell("bounds the age of items: say on which day they are so old (as_of: 2026-11-20)")
        yield part(["quantities", "age_days"], "as-of-missing", message)
    if blueprint.forms == "per_candidate":
        given = [name for name in ("overlap", "anchor") if name in blueprint.model_fields_set]
        given = [name for name in given if getattr(blueprint, name) is not None]
        for field in [*given, *(["exposure.forms"] if blueprint.exposure.forms is not None else [])]:
            message = tell(
                "is for a number of forms; where each candidate has a form of their own, "
                "exposure.share bounds what they share"
            )
            yield part(list(field.split(".")), "per-candidate", message)
    elif blueprint.exposure.share is not None:
        message = tell("is for `forms: per_candidate`; exposure.forms bounds how many forms may hold an item")
        yield part(["exposure", "share"], "per-candidate", message)
    pilot = blueprint.pilot
    if pilot and pilot_status(blueprint) is None:
        # no bank could have them: whatever is of their status counts
        message = tell(
            "asks for pilot items of status {statuses}, but items of that status count here: "
            "name a status that `statuses` does not name, or ask for statistics that new items "
            "lack",
            statuses=_list(pilot.statuses),
        )
        yield Problem(document.at(["pilot"]), "pilots-count", message, field="pilot")
    known = [item.id for item in items or ()]
    for n, one in enumerate(blueprint.sets) if items is not None else ():
        for k, name in enumerate(one.items):
            if name not in known:
                message = tell(
                    "{name} is not an item of {units}{suggestion}",
                    name=name,
                    units=_list(blueprint.units),
                    suggestion=suggestion(name, known),
                )
                yield Problem(document.at(["sets", n, "items", k]), "item-unknown", message, field="sets")


def _methods(unit: Unit, blueprint: Blueprint, document: Document) -> list[str]:
    at = tell("level {level}", level=blueprint.level) if blueprint.level is not None else tell("this unit")
    # Positions of the entries of section 18 that hold together (`Unit.assessed`).
    possible = [entry for entry in unit.assessment if not entry.levels or blueprint.level in entry.levels]
    names = list(dict.fromkeys(entry.occupation for entry in possible if entry.occupation is not None))
    if blueprint.occupation is not None and names and blueprint.occupation not in names:
        message = tell(
            "section 18 of {code} does not assess {occupation} at {at}; it names {names}",
            code=unit.code,
            occupation=blueprint.occupation,
            at=at,
            names=_list(names),
        )
        raise _refusal(document, "occupation", "occupation-unknown", message)
    groups = unit.assessed(blueprint.level, blueprint.occupation)
    entries = sorted({n for group in groups for n in group})
    said: list[str] = []
    for n in entries:
        if unit.source is not None and n < len(unit.source.assessment):
            quote = unit.source.assessment[n]
            said.append(f"{quote.section} “{quote.text}”")
        else:
            entry = unit.assessment[n]
            levels = _list(entry.levels) or "all"
            said.append(f"18 “{entry.occupation or 'all'}, levels {levels}: {_list(entry.methods)}”")
    quotes = "; ".join(said)
    methods = [{m for n in group for m in unit.assessment[n].methods} for group in groups]
    if not entries:
        if blueprint.outside_standard is not None:
            return [_outside(unit, blueprint)]
        message = (
            tell(
                "section 18 of {code} names no method for {at}: nothing allows this one ({method})",
                code=unit.code,
                at=at,
                method=tell(METHODS[blueprint.method]),
            )
            if blueprint.is_rated
            else tell(
                "section 18 of {code} names no method for {at}: nothing allows a written test",
                code=unit.code,
                at=at,
            )
        )
        raise _refusal(document, "level", "method-not-stated", message)
    if blueprint.is_rated:
        return _rated(unit, blueprint, document, methods, at, quotes)
    if not any(WRITTEN & found for found in methods):
        others = _list(tell(METHODS[m]) for n in entries for m in unit.assessment[n].methods)
        message = tell(
            "the standard {code} does not assess {at} by a written test, only by {others}. It "
            "says: {quotes}{advice}",
            code=unit.code,
            at=at,
            others=others,
            quotes=quotes,
            advice=_advice(unit),
        )
        raise _refusal(document, "level", "level-without-written-test", message)
    if not all(WRITTEN & found for found in methods):
        message = tell(
            "is missing: the standard {code} tests some occupations at {at} in writing, others "
            "not: name one. It says: {quotes}",
            code=unit.code,
            at=at,
            quotes=quotes,
        )
        raise _refusal(document, "occupation", "occupation-missing", message)
    notices: list[str] = []
    if not all("written_objective" in found for found in methods):
        message = tell(
            "{code}: this exam is multiple choice; the standard asks for a written test and does not say of "
            "which kind ({quotes})",
            code=unit.code,
            quotes=quotes,
        )
        notices.append(message)
    besides = unit.besides(blueprint.level, blueprint.occupation)
    if blueprint.all_methods is not None:
        _check_weights(unit, blueprint.all_methods, besides.methods if besides else (), document)
    if besides is not None and besides.methods:
        notices.append(tell(WRITTEN_ALONE, also=besides.said))
        if besides.of_some:
            message = tell(
                "{code}: the standard asks occupations at {at} by different methods, and this exam asks all "
                "of them of everybody: where all candidates are of one occupation, name it as `occupation`",
                code=unit.code,
                at=at,
            )
            notices.append(message)
    return notices


def _check_weights(unit: Unit, rule: MethodsRule, besides: Sequence[Method], document: Document) -> None:
    asked = {"written_objective", *besides}
    if asked != {*rule.weights}:
        message = tell(
            "{code} is assessed by {asked}: give each of them its weight, and nothing else",
            code=unit.code,
            asked=listed(sorted(asked)),
        )
        raise _refusal(document, "all_methods.weights", "weights-of-methods", message)


def _outside(unit: Unit, blueprint: Blueprint) -> str:
    return tell(
        "{code}: the standard does not assess by this method ({method}); its result says nothing "
        "of the unit ({why})",
        code=unit.code,
        method=tell(METHODS[blueprint.method]),
        why=blueprint.outside_standard,
    )


def _rated(
    unit: Unit,
    blueprint: Blueprint,
    document: Document,
    methods: Sequence[set[Method]],
    at: Message,
    quotes: str,
) -> list[str]:
    """The same of a method that assessors rate."""
    method = blueprint.method
    if not all(method in found for found in methods):
        if blueprint.outside_standard is not None:
            return [_outside(unit, blueprint)]
        if any(method in found for found in methods):
            message = tell(
                "is missing: the standard {code} assesses some occupations at {at} by this method "
                "({method}), others not: name one. It says: {quotes}",
                code=unit.code,
                at=at,
                method=tell(METHODS[method]),
                quotes=quotes,
            )
            raise _refusal(document, "occupation", "occupation-missing", message)
        message = tell(
            "the standard {code} does not assess {at} by this method ({method}), only by {others}. It says: "
            "{quotes}. Where it is held all the same and decides nothing on the unit, say why with "
            "`outside_standard`",
            code=unit.code,
            at=at,
            method=tell(METHODS[method]),
            others=_list(tell(METHODS[m]) for m in METHODS if any(m in found for found in methods)),
            quotes=quotes,
        )
        raise _refusal(document, "method", "method-not-asked", message)
    if blueprint.outside_standard is not None:
        message = tell("says why it is held outside the standard, and the standard asks it: leave it out")
        raise _refusal(document, "outside_standard", "method-asked", message)
    besides = unit.besides(blueprint.level, blueprint.occupation, method)
    if besides is None or not besides.methods:
        return []
    return [
        tell(
            "the standard also asks for other methods of assessment ({also}): give the results of this one "
            "to the sitting of the written test, where the unit is decided",
            also=besides.said,
        )
    ]


def _refusal(document: Document, field: str, code: str, message: Message) -> Refused:
    return Refused(message, [Problem(document.at([field]), code, message, field=field)])


def _advice(unit: Unit) -> str:
    open_to = [
        level
        for level in unit.levels
        if any(
            WRITTEN & set(entry.methods)
            for entry in unit.assessment
            if not entry.levels or level in entry.levels
        )
    ]
    return tell(". A written test is possible at {open_to}", open_to=_list(open_to)) if open_to else ""


def _list(values: Iterable[object]) -> Message:
    return joined(dict.fromkeys(one if isinstance(one, str) else str(one) for one in values))
