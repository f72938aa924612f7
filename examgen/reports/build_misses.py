"""Figures of a build → what is not as asked, and in which forms."""

from __future__ import annotations

from typing import NamedTuple

from examgen.models import Bilingual
from examgen.models.figures import BuildFigures, Demand, Tally
from examgen.reports.build_rows import asked_count, asked_value, number, some
from examgen.reports.build_words import FAMILIES, bilingual, thai_name


class Miss(NamedTuple):
    """Something that is not as asked: its name in the figures and for people, and which forms have what."""

    code: str
    name: Bilingual
    asked: str
    found: str


def misses(found: BuildFigures) -> list[Miss]:
    """Everything that is not as asked."""
    return [_tally(found, one) if isinstance(one, Tally) else _demand(found, one) for one in found.missed]


def _tally(found: BuildFigures, one: Tally) -> Miss:
    th, en = FAMILIES[one.family]
    name = Bilingual(th=f"{th}: {thai_name(one.family, one.name)}", en=f"{en.lower()}: {one.name}")
    values = [str(one.counts[n]) for n in one.missed]
    code = one.name if one.family in one.name else f"{one.family} {one.name}"
    return Miss(code, name, asked_count(one), _where(found, one, values))


def _demand(found: BuildFigures, one: Demand) -> Miss:
    values = ["–" if (v := one.values[n]) is None else _beyond(one, v) for n in one.missed]
    return Miss(one.name, bilingual(one.name), asked_value(one), _where(found, one, values))


def _beyond(one: Demand, value: float) -> str:
    """A value with as many digits as it takes to see that it is out of bounds."""
    bounds = [bound for bound in (one.least, one.greatest) if bound is not None]
    for more in range(4):
        text = number(one.name, value, more)
        if all(text != number(one.name, bound, more) for bound in bounds):
            break
    return text


def _where(found: BuildFigures, one: Tally | Demand, values: list[str]) -> str:
    """`A 4, C 3`; the values alone where they are of the exam as a whole."""
    if not one.per_form:
        return ", ".join(dict.fromkeys(values))
    told = zip(one.missed, values, strict=True)
    return some([f"{found.names[n]} {value}".replace(" ", "\u00a0") for n, value in told])
