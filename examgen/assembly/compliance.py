"""Blueprint and standards → notices, or a refusal that quotes the standard.

A paper must never be printed for a level that the standard does not assess by a written test.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from examgen.assembly.usable import pilot_status
from examgen.core.models.blueprint import Blueprint, matches
from examgen.core.models.decisions import MethodsRule
from examgen.core.models.field_types import Method, Quota
from examgen.core.models.item import Item
from examgen.core.models.standard import METHODS, WRITTEN, Unit
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, joined, listed, noted, tell
from examgen.core.yamlfile import Document, suggestion

QUOTA_IMPOSSIBLE = "quota-impossible"
WRITTEN_ALONE = noted(
    "the standard also requires other methods of assessment ({also}). This exam is only "
    "the written test. No unit counts as met until the other results are imported."
)
"""The notice if the standard requires more than the written test; reports show it in `scope_notice`."""


def check_blueprint(
    blueprint: Blueprint, units: Sequence[Unit], document: Document, items: Sequence[Item] | None = None
) -> tuple[str, ...]:
    """Return notices for the coordinator. Raises `Refused` if blueprint and standard contradict each other.

    If the items of the bank are given, every item named in a set of the blueprint must be one of them.
    """
    problems = [
        *_patterns(blueprint, units, document),
        *_quotas(blueprint, document),
        *_parts(blueprint, items, document),
    ]
    notices: list[str] = []
    for unit in units:
        try:
            # A unit without levels may be combined with others; the level is that of the others.
            level = blueprint.level
            stated = tell("{levels}{advice}", levels=_list(unit.levels), advice=_advice(unit))
            if not any(one.levels for one in units) and level is not None:
                message = tell("{code} states no level. Remove `level`.", code=unit.code)
                raise _refusal(document, "level", "level-not-stated", message)
            if unit.levels and level is None:
                message = tell(
                    "is missing, but {code} states the levels {stated}", code=unit.code, stated=stated
                )
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
        raise Refused.because("{exam} was not built", problems, exam=blueprint.exam)
    return tuple(notices)


def _patterns(blueprint: Blueprint, units: Sequence[Unit], document: Document) -> Iterator[Problem]:
    """Yield problems with patterns that match no criterion, or only criteria out of scope.

    Also yields a problem if two units use the same criterion code (`1.1`), because an item would count for
    both.
    """
    codes = [criterion.code for unit in units for criterion in unit.criteria]
    twice = [code for code in dict.fromkeys(codes) if codes.count(code) > 1]
    if twice:
        message = tell(
            "several of these units have a criterion {twice}. Build one exam for each unit.",
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
                "{pattern} matches no criterion of {units}{suggestion}",
                pattern=pattern,
                units=", ".join(blueprint.units),
                suggestion=suggestion(pattern, known),
            )
            yield Problem(document.at(path), "pc-unknown", message, field=field)
        elif not any(matches(pattern, *pair) for pair in asked):
            message = tell(
                "{pattern} is outside the scope of this exam ({scope})",
                pattern=pattern,
                scope=_list(blueprint.scope),
            )
            yield Problem(document.at(path), "pc-out-of-scope", message, field=field)


def _quotas(blueprint: Blueprint, document: Document) -> Iterator[Problem]:
    """Yield problems with quotas and cut scores that no form of this length can meet, whatever the bank
    contains."""
    for family in ("criteria", "cognitive", "unit_mix", "level_mix", "status_mix"):
        quotas: Mapping[str | int, Quota] = getattr(blueprint, family)
        for key, quota in quotas.items():
            name = str(key)
            least, greatest = quota.bounds(blueprint.items)
            if least > min(greatest, blueprint.items):
                message = tell(
                    "requires at least {least} of {items} items, and at most {greatest}",
                    least=least,
                    items=blueprint.items,
                    greatest=greatest,
                )
                where = document.at([family, name])
                yield Problem(where, QUOTA_IMPOSSIBLE, message, field=f"{family}.{name}")
    printed, several = blueprint.printed_items, blueprint.n_forms > 1
    if several and blueprint.overlap.min > printed:
        message = tell(
            "requires forms of {printed} items to share {min}", printed=printed, min=blueprint.overlap.min
        )
        yield Problem(document.at(["overlap"]), "overlap-impossible", message, field="overlap")
    anchored = blueprint.anchor.items if blueprint.anchor else 0
    shared = anchored + (blueprint.overlap.min if several else 0)
    if anchored > blueprint.items or (anchored and shared > printed):
        message = tell(
            "requires forms of {printed} items to share more items than they contain", printed=printed
        )
        yield Problem(document.at(["anchor"]), "anchor-impossible", message, field="anchor")
    cut = blueprint.pass_rule.raw_cut if blueprint.pass_rule else None
    if cut is not None and cut > blueprint.items and not blueprint.is_rated:
        message = tell("is more than the {items} points of a form", items=blueprint.items)
        yield Problem(document.at(["pass", "cut"]), "cut-impossible", message, field="pass.cut")


def _parts(blueprint: Blueprint, items: Sequence[Item] | None, document: Document) -> Iterator[Problem]:
    """Yield problems with parts of a blueprint that contradict each other, or need another part that is
    missing."""

    def part(path: list[str], code: str, message: Message) -> Problem:
        return Problem(document.at(path), code, message, field=".".join(path))

    for unit in blueprint.unit_mix:
        if unit not in blueprint.units:
            message = tell("{unit} is not one of the units {units}", unit=unit, units=_list(blueprint.units))
            yield part(["unit_mix", unit], "unit-unknown", message)
    for status in blueprint.status_mix:
        if status not in blueprint.statuses:
            message = tell(
                "{status} is not one of the statuses that may be used ({statuses})",
                status=status,
                statuses=_list(blueprint.statuses),
            )
            yield part(["status_mix", status], "status-unknown", message)
    pilot = blueprint.pilot
    if pilot and pilot_status(blueprint) is None:
        # no bank could have them: whatever is of their status counts
        message = tell(
            "uses pilot items of status {statuses}, but items of that status count in this "
            "exam. Use a status that is not in `statuses`, or require statistics that new "
            "items lack.",
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
            "section 18 of {code} does not assess {occupation} at {at}. It lists {names}.",
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
                "section 18 of {code} lists no method for {at}, so this method is not allowed ({method})",
                code=unit.code,
                at=at,
                method=tell(METHODS[blueprint.method]),
            )
            if blueprint.is_rated
            else tell(
                "section 18 of {code} lists no method for {at}, so a written test is not allowed",
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
            "the standard {code} does not assess {at} by a written test, only by {others}. "
            "It states {quotes}{advice}",
            code=unit.code,
            at=at,
            others=others,
            quotes=quotes,
            advice=_advice(unit),
        )
        raise _refusal(document, "level", "level-without-written-test", message)
    if not all(WRITTEN & found for found in methods):
        message = tell(
            "is missing. The standard {code} tests only some occupations at {at} in "
            "writing, so give one. It states {quotes}",
            code=unit.code,
            at=at,
            quotes=quotes,
        )
        raise _refusal(document, "occupation", "occupation-missing", message)
    notices: list[str] = []
    if not all("written_objective" in found for found in methods):
        message = tell(
            "{code}: this exam is multiple choice, but the standard does not state which "
            "kind of written test it requires ({quotes})",
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
                "{code}: the standard assesses occupations at {at} by different methods, "
                "and this exam requires all of them of every candidate. If all candidates "
                "have one occupation, enter it as `occupation`.",
                code=unit.code,
                at=at,
            )
            notices.append(message)
    return notices


def _check_weights(unit: Unit, rule: MethodsRule, besides: Sequence[Method], document: Document) -> None:
    asked = {"written_objective", *besides}
    if asked != {*rule.weights}:
        message = tell(
            "{code} is assessed by {asked}. Give a weight for each of these methods only.",
            code=unit.code,
            asked=listed(sorted(asked)),
        )
        raise _refusal(document, "all_methods.weights", "weights-of-methods", message)


def _outside(unit: Unit, blueprint: Blueprint) -> str:
    return tell(
        "{code}: the standard does not use this method ({method}), so its result does not "
        "count for the unit ({why})",
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
    """Check an exam by a method that assessors rate. Returns notices, or raises Refused."""
    method = blueprint.method
    if not all(method in found for found in methods):
        if blueprint.outside_standard is not None:
            return [_outside(unit, blueprint)]
        if any(method in found for found in methods):
            message = tell(
                "is missing. The standard {code} assesses only some occupations at {at} by "
                "this method ({method}), so give one. It states {quotes}",
                code=unit.code,
                at=at,
                method=tell(METHODS[method]),
                quotes=quotes,
            )
            raise _refusal(document, "occupation", "occupation-missing", message)
        message = tell(
            "the standard {code} does not assess {at} by this method ({method}), only by "
            "{others}. It states {quotes}. To use the method without effect on the unit, "
            "give the reason with `outside_standard`",
            code=unit.code,
            at=at,
            method=tell(METHODS[method]),
            others=_list(tell(METHODS[m]) for m in METHODS if any(m in found for found in methods)),
            quotes=quotes,
        )
        raise _refusal(document, "method", "method-not-asked", message)
    if blueprint.outside_standard is not None:
        message = tell(
            "gives a reason for use outside the standard, but the standard requires this method of "
            "assessment. Remove the reason."
        )
        raise _refusal(document, "outside_standard", "method-asked", message)
    besides = unit.besides(blueprint.level, blueprint.occupation, method)
    if besides is None or not besides.methods:
        return []
    return [
        tell(
            "the standard also requires other methods of assessment ({also}). Add the "
            "results of this one to the sitting of the written test, where the unit is "
            "decided.",
            also=besides.said,
        )
    ]


def _refusal(document: Document, field: str, code: str, message: Message) -> Refused:
    return Refused(message, [Problem(document.at([field]), code, message, field=field)])


def written_levels(unit: Unit) -> list[int]:
    """Return the levels at which the standard assesses some candidates by a written test."""
    return [
        level
        for level in unit.levels
        if any(
            WRITTEN & set(entry.methods)
            for entry in unit.assessment
            if not entry.levels or level in entry.levels
        )
    ]


def _advice(unit: Unit) -> str:
    open_to = written_levels(unit)
    return tell(". A written test is possible at {open_to}", open_to=_list(open_to)) if open_to else ""


def _list(values: Iterable[object]) -> Message:
    return joined(dict.fromkeys(one if isinstance(one, str) else str(one) for one in values))
