"""The descriptors of the national qualifications framework, and the checks of a unit's `levels.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from examgen.bank.finding import untested_levels
from examgen.core.files import read_input
from examgen.core.models.standard import Framework, LevelDescriptor, Unit, UnitLevels
from examgen.core.problems import Problem
from examgen.core.resources import qualification_levels
from examgen.core.words import Message, listed, tell
from examgen.core.yamlfile import Document, load, suggestion

LEVELS_FILE = "levels.yaml"


@cache
def framework() -> Framework:
    """Return the eight levels of the national framework, which are part of the package."""
    return Framework.model_validate(load(read_input(qualification_levels())))


def descriptor(level: int) -> LevelDescriptor:
    """Return the framework's descriptor of a level."""
    return next(one for one in framework().levels if one.level == level)


def faults(document: Document, found: UnitLevels, unit: Unit) -> Iterator[Problem]:
    """Yield the differences between a unit's `levels.yaml` and its standard. All are warnings, so the unit
    stays usable.
    """
    elements = [element.code for element in unit.elements]
    told: set[int] = set()
    for n, one in enumerate(found.levels):
        if one.level in told:
            message = tell("level {level} is described twice. Describe each level once.", level=one.level)
            yield _fault(document, ["levels", n, "level"], "level-twice", message)
        told.add(one.level)
        if one.level not in unit.levels:
            message = tell(
                "{code} does not state level {wrong}. Its levels are {stated}.",
                code=unit.code,
                wrong=one.level,
                stated=listed(map(str, unit.levels or "–")),
            )
            yield _fault(document, ["levels", n, "level"], "level-unknown", message)
        for code in one.elements:
            if code not in elements:
                message = tell(
                    "{name} is not an element of {code}{suggestion}",
                    name=code,
                    code=unit.code,
                    suggestion=suggestion(code, elements),
                )
                yield _fault(document, ["levels", n, "elements", code], "element-unknown", message)
        if missing := [code for code in elements if code not in one.elements]:
            message = tell(
                "level {level} does not describe {missing}. Write what its candidates are asked there.",
                level=one.level,
                missing=", ".join(missing),
            )
            yield _fault(document, ["levels", n, "elements"], "element-missing", message)
    untested = untested_levels(unit)
    if missing_levels := [level for level in unit.levels if level not in told and level not in untested]:
        message = tell(
            "does not describe level {missing}, which is tested in writing",
            missing=", ".join(map(str, missing_levels)),
        )
        yield _fault(document, ["levels"], "level-missing", message)


def _fault(document: Document, where: list[str | int], code: str, message: Message) -> Problem:
    field = ".".join(map(str, where))
    return Problem(document.at(where), code, message, field=field, severity="warning")
