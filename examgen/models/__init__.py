"""The vocabulary: frozen models of what people write and of what is printed.

Units follow the public unit documents of Thailand's professional-qualification system (TPQI);
items, blueprints and forms use the terms of the testing literature.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from examgen.letters import LETTERS, THAI_LETTERS
    from examgen.models.amounts import (
        Amount,
        Interval,
        Overlap,
        Percent,
        Quota,
    )
    from examgen.models.base import (
        COGNITIVE,
        MOST_ITEMS,
        STATUSES,
        Choices,
        Cognitive,
        Count,
        Level,
        Method,
        Model,
        Positive,
        Status,
        Text,
        UnitCode,
    )
    from examgen.models.blueprint import (
        QUALIFICATION,
        AnchorRule,
        Bilingual,
        Blueprint,
        ExposureRule,
        FacilityTarget,
        InformationTarget,
        ItemSet,
        OrderRule,
        PilotRule,
        Quantity,
        QuantityName,
        Reliability,
        StandardError,
        StatisticsRule,
        StimulusRule,
        matches,
    )
    from examgen.models.decisions import (
        AngoffRule,
        AtLeast,
        Conversion,
        FormCut,
        Judgement,
        PassRule,
        ReportRule,
        ScaledScore,
        SecondLook,
    )
    from examgen.models.form import (
        Exam,
        Form,
        PrintedItem,
    )
    from examgen.models.item import (
        BankUnit,
        Evidence,
        Item,
        OptionId,
        Stimulus,
        Use,
    )
    from examgen.models.papers import CandidateNumber, PapersRule, PersonalOrder
    from examgen.models.scoring import Correction, Corrections, ScoringRule
    from examgen.models.sitting import Booklet, Candidate, PersonalForm, Seat, as_printed, seat_of, with_order
    from examgen.models.standard import (
        Assessment,
        AssessmentQuote,
        Criterion,
        Element,
        Occupation,
        ReadingWarning,
        Refusal,
        Source,
        Unit,
    )

__all__ = [
    "COGNITIVE",
    "LETTERS",
    "MOST_ITEMS",
    "QUALIFICATION",
    "STATUSES",
    "THAI_LETTERS",
    "Amount",
    "AnchorRule",
    "AngoffRule",
    "Assessment",
    "AssessmentQuote",
    "AtLeast",
    "BankUnit",
    "Bilingual",
    "Blueprint",
    "Booklet",
    "Candidate",
    "CandidateNumber",
    "Choices",
    "Cognitive",
    "Conversion",
    "Correction",
    "Corrections",
    "Count",
    "Criterion",
    "Element",
    "Evidence",
    "Exam",
    "ExposureRule",
    "FacilityTarget",
    "Form",
    "FormCut",
    "InformationTarget",
    "Interval",
    "Item",
    "ItemSet",
    "Judgement",
    "Level",
    "Method",
    "Model",
    "Occupation",
    "OptionId",
    "OrderRule",
    "Overlap",
    "PapersRule",
    "PassRule",
    "Percent",
    "PersonalForm",
    "PersonalOrder",
    "PilotRule",
    "Positive",
    "PrintedItem",
    "Quantity",
    "QuantityName",
    "Quota",
    "ReadingWarning",
    "Refusal",
    "Reliability",
    "ReportRule",
    "ScaledScore",
    "ScoringRule",
    "Seat",
    "SecondLook",
    "Source",
    "StandardError",
    "StatisticsRule",
    "Status",
    "Stimulus",
    "StimulusRule",
    "Text",
    "Unit",
    "UnitCode",
    "Use",
    "as_printed",
    "matches",
    "seat_of",
    "with_order",
]

_FIRST_TRIED = (
    "examgen.letters",
    *(
        f"{__name__}.{part}"
        for part in (
            *("base", "amounts", "decisions", "scoring", "standard", "item"),
            *("form", "sitting", "papers", "figures", "blueprint"),
        )
    ),
)


def __getattr__(name: str) -> Any:
    """What is asked for, from the first module that has it: pydantic takes long to build what nobody uses."""
    if name in __all__:
        for module in map(import_module, _FIRST_TRIED):
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
