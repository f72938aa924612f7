"""What a user says of an equating, in words → what is computed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from examgen.analyses.equating.equate import EquatingAsked
from examgen.analyses.equating.scores import Wanted
from examgen.analyses.sources import ResponseSource, listed
from examgen.core.problems import WrongUsage
from examgen.core.words import tell


class EquatingSaid(NamedTuple):
    """The options of `analyse equate` by their names; numbers of points are texts, for they are exact."""

    design: str
    method: str | None = None
    smooth: str | None = None
    degree: str | None = None
    select: str = "aic"
    kernel: bool = False
    bandwidth: float | None = None
    anchor: str = "internal"
    not_anchor: Sequence[str] | None = None
    weight: float | None = None
    weighing: str = "shares"
    points: Sequence[str] | None = None
    anchor_points: str | None = None
    step: str | None = None
    forms: Sequence[str] | None = None
    runs: Sequence[str] | None = None
    bootstrap: int = 0
    seed: int = 1
    cut: str | None = None

    def understood(self, source: ResponseSource) -> tuple[Wanted, EquatingAsked]:
        """How the files are read, and what is asked of them; WrongUsage for words that mean nothing."""
        if self.anchor not in ("internal", "external"):
            raise WrongUsage(tell("--anchor is internal or external, not {anchor}", anchor=self.anchor))
        wanted = Wanted(
            source, self.design == "neat", self.anchor == "internal", listed(self.forms), listed(self.runs),
            tuple(_number("--points", one) for one in listed(self.points)),
            None if self.anchor_points is None else _number("--anchor-points", self.anchor_points),
            None if self.step is None else _number("--step", self.step), listed(self.not_anchor),
        )  # fmt: skip
        asked = EquatingAsked(
            self.design, self.method, self.smooth, _degrees(self.degree), self.select, self.kernel,
            self.bandwidth, self.weight, self.weighing, self.bootstrap, self.seed,
            None if self.cut is None else _number("--cut", self.cut, zero=True),
        )  # fmt: skip
        return wanted, asked


def _number(option: str, text: str, zero: bool = False) -> Fraction:
    """A positive number; of `zero`, any."""
    plain = text.strip()
    value = (
        Fraction(plain)
        if re.fullmatch(r"[-+]?\d{1,7}(\.\d{1,9})?(/\d{1,6})?", plain) and not plain.endswith("/0")
        else None
    )
    if value is None or (value <= 0 and not zero):
        raise WrongUsage(tell("{option} {text} is not a number of points", option=option, text=text))
    return value


def _degrees(text: str | None) -> tuple[int, ...]:
    parts = [] if text is None else text.split(",")
    if not all(re.fullmatch(r"\s*\d{1,3}\s*", one) for one in parts):
        raise WrongUsage(tell("--degree {text} is not a number, nor several as 4,4,2", text=text or ""))
    return tuple(int(one) for one in parts)
