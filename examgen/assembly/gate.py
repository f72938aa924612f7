"""Blueprint and standards → notices, or a refusal that quotes the standard.

A paper at a level that the standard does not assess by a written test must never be printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from examgen.models import Assessment, Blueprint, Unit, matches
from examgen.problems import Problem, Refused
from examgen.yamlfile import Document, suggestion

_WRITTEN = {"written_objective", "written"}
_METHOD_WORDS = {
    "written_objective": "objective written test",
    "written": "written test",
    "interview": "interview",
    "practical": "practical test",
    "portfolio": "portfolio",
    "observation": "observation",
    "simulation": "simulation",
    "other": "another method",
}


def check_blueprint(blueprint: Blueprint, units: Sequence[Unit], document: Document) -> tuple[str, ...]:
    """Notices for the coordinator; `Refused` where standard and blueprint do not agree."""
    problems = [
        *_ambiguous(units, document),
        *_patterns(blueprint, units, document),
        *_quotas(blueprint, document),
    ]
    notices: list[str] = []
    for unit in units:
        try:
            notices += _gate(unit, blueprint, document)
        except Refused as refusal:
            problems += refusal.problems
    if problems:
        raise Refused(f"{blueprint.exam} is not built", problems)
    return tuple(notices)


def _ambiguous(units: Sequence[Unit], document: Document) -> Iterator[Problem]:
    """A criterion's code that two units use (`1.1`): an item would count for both."""
    codes = [criterion.code for unit in units for criterion in unit.criteria]
    twice = [code for code in dict.fromkeys(codes) if codes.count(code) > 1]
    if twice:
        message = f"more than one of these units has a criterion {_list(twice)}: build an exam for each unit"
        yield Problem(document.at(["units"]), "pc-ambiguous", message, field="units")


def _patterns(blueprint: Blueprint, units: Sequence[Unit], document: Document) -> Iterator[Problem]:
    pairs = [
        (criterion.code, element.code)
        for unit in units
        for element in unit.elements
        for criterion in element.criteria
    ]
    known = [pc for pc, _ in pairs] + [f"{element}.*" for element in dict.fromkeys(e for _, e in pairs)]
    named = [("criteria", pattern) for pattern in blueprint.criteria]
    named += [
        ("pass.criteria", pattern)
        for pattern in (blueprint.pass_rule.criteria if blueprint.pass_rule else ())
    ]
    for field, pattern in named:
        if not any(matches(pattern, pc, element) for pc, element in pairs):
            message = (
                f"{pattern} names no criterion of {', '.join(blueprint.units)}{suggestion(pattern, known)}"
            )
            where = document.at([*field.split("."), pattern])
            yield Problem(where, "pc-unknown", message, field=f"{field}.{pattern}")


def _quotas(blueprint: Blueprint, document: Document) -> Iterator[Problem]:
    """Quotas and cut scores that no form of this length can have, whatever the bank holds."""
    fields = [(["criteria", pattern], quota) for pattern, quota in blueprint.criteria.items()]
    fields += [(["cognitive", name], quota) for name, quota in blueprint.cognitive.items()]
    for path, quota in fields:
        least, greatest = quota.bounds(blueprint.items)
        if least > min(greatest, blueprint.items):
            message = f"asks at least {least} of {blueprint.items} items and at most {greatest}"
            yield Problem(document.at(path), "quota-impossible", message, field=".".join(path))
    if blueprint.overlap.min > blueprint.items:
        message = f"asks forms of {blueprint.items} items to share {blueprint.overlap.min}"
        yield Problem(document.at(["overlap"]), "overlap-impossible", message, field="overlap")
    cut = blueprint.pass_rule.cut if blueprint.pass_rule else None
    if cut is not None and cut > blueprint.items:
        message = f"is more than the {blueprint.items} points of a form"
        yield Problem(document.at(["pass", "cut"]), "cut-impossible", message, field="pass.cut")


def _gate(unit: Unit, blueprint: Blueprint, document: Document) -> list[str]:
    level = blueprint.level
    stated = f"{_list(unit.levels)}{_advice(unit)}"
    if not unit.levels and level is not None:
        message = f"{unit.code} states no level: leave `level` out"
        raise _refusal(document, "level", "level-not-stated", message)
    if unit.levels and level is None:
        message = f"is missing: {unit.code} states the levels {stated}"
        raise _refusal(document, "level", "level-missing", message)
    if level is not None and level not in unit.levels:
        message = f"the standard {unit.code} does not state level {level}; it states {stated}"
        raise _refusal(document, "level", "level-not-stated", message)
    return _methods(unit, blueprint, document)


def _methods(unit: Unit, blueprint: Blueprint, document: Document) -> list[str]:
    at = f"level {blueprint.level}" if blueprint.level is not None else "this unit"
    groups = _groups(unit, blueprint, document, at)
    entries = sorted({n for group in groups for n in group})
    quotes = "; ".join(_quote(unit, n) for n in entries)
    methods = [{m for n in group for m in unit.assessment[n].methods} for group in groups]
    if not entries:
        message = f"section 18 of {unit.code} names no method for {at}: nothing allows a written test"
        raise _refusal(document, "level", "method-not-stated", message)
    if not any(_WRITTEN & found for found in methods):
        others = _list(_METHOD_WORDS[m] for n in entries for m in unit.assessment[n].methods)
        message = (
            f"the standard {unit.code} does not assess {at} by a written test, only by {others}. "
            f"It says: {quotes}{_advice(unit)}"
        )
        raise _refusal(document, "level", "level-without-written-test", message)
    if not all(_WRITTEN & found for found in methods):
        message = (
            f"is missing: the standard {unit.code} tests some occupations at {at} in writing, others not: "
            f"name one. It says: {quotes}"
        )
        raise _refusal(document, "occupation", "occupation-missing", message)
    if not all("written_objective" in found for found in methods):
        return [
            f"{unit.code}: the standard asks for a written test without saying that it is objective "
            f"({quotes}): confirm that multiple choice is meant"
        ]
    return []


def _groups(unit: Unit, blueprint: Blueprint, document: Document, at: str) -> list[list[int]]:
    """Positions of the entries of section 18 that hold together, one list for each occupation meant.

    An entry for no occupation in particular holds for all of them.
    """
    entries = [
        n for n, entry in enumerate(unit.assessment) if not entry.levels or blueprint.level in entry.levels
    ]
    common = [n for n in entries if unit.assessment[n].occupation is None]
    names = list(dict.fromkeys(unit.assessment[n].occupation for n in entries if n not in common))
    if blueprint.occupation is not None and names and blueprint.occupation not in names:
        message = (
            f"section 18 of {unit.code} does not assess {blueprint.occupation} at {at}; "
            f"it names {_list(names)}"
        )
        raise _refusal(document, "occupation", "occupation-unknown", message)
    meant = [name for name in names if blueprint.occupation in (None, name)]
    return [
        sorted([*common, *(n for n in entries if unit.assessment[n].occupation == name)]) for name in meant
    ] or [common]


def _refusal(document: Document, field: str, code: str, message: str) -> Refused:
    return Refused(message, [Problem(document.at([field]), code, message, field=field)])


def _quote(unit: Unit, n: int) -> str:
    if unit.source is not None and n < len(unit.source.assessment):
        quote = unit.source.assessment[n]
        return f"{quote.section} “{quote.text}”"
    return f"18 “{_entry(unit.assessment[n])}”"


def _entry(entry: Assessment) -> str:
    return f"{entry.occupation or 'all'}, levels {_list(entry.levels) or 'all'}: {_list(entry.methods)}"


def _advice(unit: Unit) -> str:
    open_to = [
        level
        for level in unit.levels
        if any(
            _WRITTEN & set(entry.methods)
            for entry in unit.assessment
            if not entry.levels or level in entry.levels
        )
    ]
    return f". A written test is possible at {_list(open_to)}" if open_to else ""


def _list(values: object) -> str:
    return ", ".join(dict.fromkeys(str(value) for value in values))  # type: ignore[attr-defined]
