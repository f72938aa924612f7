"""What a blueprint says of points, from the package: the usual rules, without the models that check them.

A package was checked when it was built. The models take longer to load than a hundred thousand candidates
take to score, so rules that most exams have are read as plain values with the same fields; any other rule is
read as its model.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from examgen.models.decisions import Judgement, PassRule, ReportRule

Said = Mapping[str, Any]


class LordSem(NamedTuple):
    """The second look of a rule that says nothing of it."""

    sem: str = "lord"


class PercentRule(NamedTuple):
    """The fields of a `PassRule` that asks for so many per cent of all points and nothing else."""

    percent: Decimal
    criteria: Mapping[str, Decimal] = {}
    elements: Mapping[str, Decimal] = {}
    units: Mapping[str, Decimal] = {}
    at_least: None = None
    cut: None = None
    raw_cut: None = None
    second_look: LordSem = LordSem()


class SaidCertainty(NamedTuple):
    """The fields of a `Certainty`."""

    percent: Decimal
    by: str
    prior: str | None


class SaidJudgement(NamedTuple):
    """The fields of a `Judgement`."""

    min_items: int
    percent: Decimal
    units: Mapping[str, Decimal]
    interval: str
    confidence: Decimal
    certainty: SaidCertainty | None

    def percent_of(self, unit: str) -> Decimal:
        """The percentage at which what belongs to a unit is met."""
        return self.units.get(unit, self.percent)


class NothingElse(NamedTuple):
    """The fields of a `ReportRule` that asks for nothing."""

    scaled: None = None
    rank: bool = False
    percentile: bool = False
    t_score: None = None
    coverage: bool = False


def pass_rule_of(said: Said | None) -> PassRule | None:
    """The pass rule as a package has it."""
    if not said:
        return None
    by_part = any(said.get(part) for part in ("criteria", "elements", "units", "at_least"))
    second_look = said.get("second_look") or {"sem": "lord"}
    if (
        said.get("percent") is not None
        and said.get("cut") is None
        and not by_part
        and second_look["sem"] == "lord"
    ):
        return cast("PassRule", PercentRule(Decimal(str(said["percent"]))))
    from examgen.models.decisions import PassRule

    return PassRule.model_validate(said)


def judgement_of(said: Said | None) -> Judgement:
    """The judgement as a package has it; that of an older examgen has fewer fields."""
    known = {
        "min_items": 3,
        "percent": 60,
        "units": {},
        "interval": "wilson",
        "confidence": 95,
        **(said or {}),
    }
    return cast(
        "Judgement",
        SaidJudgement(
            int(known["min_items"]),
            Decimal(str(known["percent"])),
            {unit: Decimal(str(percent)) for unit, percent in known["units"].items()},
            str(known["interval"]),
            Decimal(str(known["confidence"])),
            _certainty(known.get("certainty")),
        ),
    )


def _certainty(said: Said | None) -> SaidCertainty | None:
    if not said:
        return None
    return SaidCertainty(Decimal(str(said["percent"])), str(said.get("by", "posterior")), said.get("prior"))


def report_of(said: Said | None) -> ReportRule:
    """What is told beside points, as a package has it."""
    if not any((said or {}).values()):
        return cast("ReportRule", NothingElse())
    from examgen.models.decisions import ReportRule

    return ReportRule.model_validate(said)
