"""The decisions that may be made on a person, and what each is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from examgen.core.words import Message, tell

DecisionName = Literal[
    "withheld", "disqualified", "withdrawn", "restored",
    "upheld", "changed", "reopened", "excused", "remarked", "waived", "appeal-allowed", "appeal-dismissed",
    "dropped",
]  # fmt: skip
About = Literal["result", "second look", "attendance", "marking", "appeal", "method", "proposal"]


class DecisionKind(NamedTuple):
    """What a decision is about, and its name in words."""

    about: About
    words: Message
    looks_at_result: bool = False
    """Whether it looked at the candidate's result, and so needs one."""


DECISION_KINDS: Mapping[str, DecisionKind] = {
    "withheld": DecisionKind("result", tell("result withheld")),
    "disqualified": DecisionKind("result", tell("disqualified")),
    "withdrawn": DecisionKind("result", tell("result withdrawn")),
    "restored": DecisionKind("result", tell("the previous decision is reversed")),
    "upheld": DecisionKind("second look", tell("second look: result confirmed"), True),
    "changed": DecisionKind("second look", tell("second look: result changed"), True),
    "reopened": DecisionKind("second look", tell("second look: open again")),
    "excused": DecisionKind("attendance", tell("excused absence")),
    "remarked": DecisionKind("marking", tell("answers marked again by another person"), True),
    "waived": DecisionKind("method", tell("method of assessment waived")),
    "appeal-allowed": DecisionKind("appeal", tell("appeal allowed")),
    "appeal-dismissed": DecisionKind("appeal", tell("appeal dismissed")),
    "dropped": DecisionKind("proposal", tell("expired without confirmation")),
}
"""Every decision that may be made on a person."""
DECISION_NAMES: tuple[str, ...] = get_args(DecisionName)
NO_RESULT = frozenset(("withheld", "disqualified", "withdrawn"))
"""Decisions by which a person has no result, until `restored`."""
UNTIL_RESTORED = NO_RESULT | {"excused"}
"""Decisions that hold until they are taken back."""
