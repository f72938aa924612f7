"""What is asked of an equating: the options by their names, what they mean, and whether they go together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from examgen.analyses.sources import listed
from examgen.core.problems import WrongUsage
from examgen.core.words import tell
from examgen.psychometrics.equating.methods import BY_RANKS, DESIGNS, WITH_SYNTHETIC

CRITERIA = ("aic", "bic", "lr")
SMOOTHING = ("none", "loglinear")
WEIGHINGS = ("shares", "counts")
MOST_REPLICATIONS = 100_000

_SAME = {
    "tucker-linear": "tucker",
    "levine-linear": "levine",
    "levine-observed": "levine",
    "levine-observed-linear": "levine",
    "levine-observed-mean": "levine-mean",
    "levine-observed-score": "levine",
    "levine-true-score": "levine-true",
    "levine-true-linear": "levine-true",
    "braun-holland-linear": "braun-holland",
    "nominal-weights-mean": "nominal-weights",
    "nominal": "nominal-weights",
    "frequency": "frequency-estimation",
    "frequency-estimation-equipercentile": "frequency-estimation",
    "poststratification": "frequency-estimation",
    "chained": "chained-equipercentile",
    "circle": "circle-arc",
}
_OF_DESIGN = {
    ("neat", "equipercentile"): "frequency-estimation",
    ("neat", "circle-arc"): "chained-circle-arc",
    ("neat", "linear"): "tucker",
    ("neat", "mean"): "tucker-mean",
}


class EquatingOptions(NamedTuple):
    """The options of `analyse equate` as a user writes them: numbers of points are texts, for they are exact.

    Where `method` is left out, the samples choose it; where `degree` is, `select` does (of the total; of the
    anchor; of products); where `weight` is, the numbers of candidates do.
    """

    design: str
    method: str | None = None
    smooth: str | None = None
    degree: str | None = None
    select: str = "aic"
    kernel: bool = False
    bandwidth: float | None = None
    anchor: str = "internal"
    not_anchor: Sequence[str] | None = None
    """Common items that are not to count as anchor."""
    weight: float | None = None
    weighing: str = "shares"
    points: Sequence[str] | None = None
    """The full scores of X and Y; one stands for both."""
    anchor_points: str | None = None
    step: str | None = None
    """How far apart possible scores are; if left out, 1 or the part of it that occurs."""
    forms: Sequence[str] | None = None
    runs: Sequence[str] | None = None
    bootstrap: int = 0
    seed: int = 1
    cut: str | None = None

    @property
    def neat(self) -> bool:
        """Whether common items tell how far apart the groups are."""
        return self.design == "neat"

    @property
    def internal(self) -> bool:
        """Whether the anchor is a part of the total."""
        return self.anchor == "internal"

    @property
    def full_scores(self) -> list[Fraction]:
        """Those that were given, of X and of Y; none where they are to be found."""
        return [_number("--points", one) for one in listed(self.points)]

    @property
    def full_anchor(self) -> Fraction | None:
        """The full score of the anchor."""
        return None if self.anchor_points is None else _number("--anchor-points", self.anchor_points)

    @property
    def score_step(self) -> Fraction | None:
        """`step` as a number."""
        return None if self.step is None else _number("--step", self.step)

    @property
    def cut_score(self) -> Fraction | None:
        """`cut` as a number."""
        return None if self.cut is None else _number("--cut", self.cut, zero=True)

    @property
    def degrees(self) -> tuple[int, ...]:
        """`degree` as numbers."""
        parts = [] if self.degree is None else self.degree.split(",")
        if not all(re.fullmatch(r"\s*\d{1,3}\s*", one) for one in parts):
            raise WrongUsage(
                tell("--degree {text} is not a number, nor several as 4,4,2", text=self.degree or "")
            )
        return tuple(int(one) for one in parts)


def understood(options: EquatingOptions) -> EquatingOptions:
    """The options with methods by their names and with what follows from them; raises WrongUsage for words
    that mean nothing, alone or together."""
    if options.anchor not in ("internal", "external"):
        raise WrongUsage(tell("--anchor is internal or external, not {anchor}", anchor=options.anchor))
    # numbers that are none are told before what numbers mean
    _ = options.full_scores, options.full_anchor, options.score_step, options.degrees, options.cut_score
    if options.design not in DESIGNS:
        raise WrongUsage(tell("--design is eg or neat, not {design}", design=options.design))
    if options.method is not None:
        options = _named(options)
    for option, value, of in (
        ("--smooth", options.smooth or SMOOTHING[0], SMOOTHING),
        ("--select", options.select, CRITERIA),
        ("--weighing", options.weighing, WEIGHINGS),
    ):
        if value not in of:
            raise WrongUsage(
                tell("{option} is one of {of}, not {value}", option=option, of=", ".join(of), value=value)
            )
    if options.weight is not None and not 0 <= options.weight <= 1:
        raise WrongUsage(tell("--weight is from 0 to 1, the part of those who took X"))
    if options.bandwidth is not None and not 0 < options.bandwidth <= 1_000:
        raise WrongUsage(tell("--bandwidth is above 0, in points"))
    if not 0 <= options.bootstrap <= MOST_REPLICATIONS:
        raise WrongUsage(tell("--bootstrap is from 0 to {most:,}", most=MOST_REPLICATIONS))
    if options.seed < 0:
        raise WrongUsage(tell("--seed is 0 or more"))
    return _consistent(options)


def _named(options: EquatingOptions) -> EquatingOptions:
    """`Chained_Equipercentile`, `tucker linear`, `loglinear`, `kernel` as what they are."""
    name = re.sub(r"[\s_/]+", "-", (options.method or "").strip().lower())
    if name.endswith("-loglinear") or name.startswith("loglinear"):
        name = name.replace("loglinear", "").strip("-") or "equipercentile"
        options = options._replace(smooth="loglinear")
    if name == "kernel" or name.startswith("kernel-"):
        name = name.replace("kernel", "").strip("-") or "equipercentile"
        options = options._replace(kernel=True)
    name = _SAME.get(name, name)
    name = _OF_DESIGN.get((options.design, name), name)
    if name not in DESIGNS[options.design]:
        known = ", ".join(DESIGNS[options.design])
        raise WrongUsage(
            tell(
                "--method {method} is not one of --design {design}: choose of {known}",
                method=options.method, design=options.design, known=known,
            )
        )  # fmt: skip
    return options._replace(method=name)


def _consistent(options: EquatingOptions) -> EquatingOptions:
    degrees = options.degrees
    if degrees and options.smooth == "none":
        raise WrongUsage(tell("--degree goes with --smooth loglinear"))
    if degrees:
        most = 1 if options.design == "eg" else 3
        if len(degrees) > most or min(degrees) < 1 or max(degrees) > 20:
            raise WrongUsage(
                tell("--degree is from 1 to 20; with an anchor 4,4,2: of total, anchor, products")
            )
        options = options._replace(smooth="loglinear")
    if options.bandwidth is not None:
        options = options._replace(kernel=True)
    if options.method is None:
        if options.kernel or options.smooth == "loglinear":
            name = "equipercentile" if options.design == "eg" else "frequency-estimation"
            options = options._replace(method=name)
    elif options.method not in BY_RANKS and (options.kernel or options.smooth == "loglinear"):
        raise WrongUsage(
            tell("--method {method} takes moments alone: nothing of it is smoothed", method=options.method)
        )
    if options.kernel and options.smooth is None:
        options = options._replace(smooth="loglinear")  # the kernel method begins with it
    if options.weight is not None and options.method is not None and options.method not in WITH_SYNTHETIC:
        raise WrongUsage(
            tell(
                "--method {method} has no synthetic population: --weight says nothing", method=options.method
            )
        )
    return options


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
