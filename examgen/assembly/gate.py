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
    problems = [*_patterns(blueprint, units, document), *_quotas(blueprint, document)]
    notices: list[str] = []
    for unit in units:
        try:
            notices += _gate(unit, blueprint, document)
        except Refused as refusal:
            problems += refusal.problems
    if problems:
        raise Refused(f"{blueprint.exam} is not built", problems)
    return tuple(notices)


def _patterns(blueprint: Blueprint, units: Sequence[Unit], document: Document) -> Iterator[Problem]:
    pairs = [(criterion.code, element.code) for unit in units for element in unit.elements for criterion in element.criteria]
    known = [pc for pc, _ in pairs] + [f"{element}.*" for element in dict.fromkeys(e for _, e in pairs)]
    named = [("criteria", pattern) for pattern in blueprint.criteria]
    named += [("pass.criteria", pattern) for pattern in (blueprint.pass_rule.criteria if blueprint.pass_rule else ())]
    for field, pattern in named:
        if not any(matches(pattern, pc, element) for pc, element in pairs):
            message = f"{pattern} names no criterion of {', '.join(blueprint.units)}{suggestion(pattern, known)}"
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
    cut = blueprint.pass_rule.cut if blueprint.pass_rule else None
    if cut is not None and cut > blueprint.items:
        message = f"is more than the {blueprint.items} points of a form"
        yield Problem(document.at(["pass", "cut"]), "cut-impossible", message, field="pass.cut")


def _gate(unit: Unit, blueprint: Blueprint, document: Document) -> list[str]:
    level = blueprint.level
    if not unit.levels and level is not None:
        raise _refusal(document, "level", "level-not-stated", f"{unit.code} states no level: leave `level` out")
    if unit.levels and level is None:
        raise _refusal(document, "level", "level-missing", f"is missing: {unit.code} states the levels {_list(unit.levels)}{_advice(unit)}")
    if level is not None and level not in unit.levels:
        message = f"the standard {unit.code} does not state level {level}; it states {_list(unit.levels)}{_advice(unit)}"
        raise _refusal(document, "level", "level-not-stated", message)
    return _methods(unit, blueprint, document)


def _methods(unit: Unit, blueprint: Blueprint, document: Document) -> list[str]:
    at = f"level {blueprint.level}" if blueprint.level is not None else "this unit"
    entries = [n for n, entry in enumerate(unit.assessment) if not entry.levels or blueprint.level in entry.levels]
    if blueprint.occupation is not None:
        names = [unit.assessment[n].occupation for n in entries]
        entries = [n for n in entries if unit.assessment[n].occupation in (None, blueprint.occupation)]
        if not entries:
            message = f"section 18 of {unit.code} does not assess {blueprint.occupation} at {at}; it names {_list(names)}"
            raise _refusal(document, "occupation", "occupation-unknown", message)
    if not entries:
        message = f"section 18 of {unit.code} names no method of assessment for {at}: nothing allows a written test"
        raise _refusal(document, "level", "method-not-stated", message)
    written = [n for n in entries if _WRITTEN & set(unit.assessment[n].methods)]
    quotes = "; ".join(_quote(unit, n) for n in entries)
    if not written:
        methods = _list(_METHOD_WORDS[m] for n in entries for m in unit.assessment[n].methods)
        message = f"the standard {unit.code} does not assess {at} by a written test, only by {methods}. It says: {quotes}{_advice(unit)}"
        raise _refusal(document, "level", "level-without-written-test", message)
    if len(written) < len(entries):
        message = f"the standard {unit.code} tests some occupations at {at} in writing, others not: name one. It says: {quotes}"
        raise _refusal(document, "occupation", "occupation-missing", message)
    if not any("written_objective" in unit.assessment[n].methods for n in written):
        return [f"{unit.code}: the standard asks for a written test without saying that it is objective ({quotes}): confirm that multiple choice is meant"]
    return []


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
        if any(_WRITTEN & set(entry.methods) for entry in unit.assessment if not entry.levels or level in entry.levels)
    ]
    return f". A written test is possible at {_list(open_to)}" if open_to else ""


def _list(values: object) -> str:
    return ", ".join(dict.fromkeys(str(value) for value in values))  # type: ignore[attr-defined]
