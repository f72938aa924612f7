"""Appeals and complaints: what there is of each, and its name in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from examgen.core.words import Message, tell

CaseKind = Literal["appeal", "complaint"]
CaseOutcome = Literal["allowed", "partly", "dismissed", "withdrawn"]
CaseSource = Literal["picture", "paper"]
"""What answers are read from a second time."""
PREFIXES: Mapping[CaseKind, str] = {"appeal": "A", "complaint": "C"}
"""What the numbers of cases begin with."""
KIND_WORDS: Mapping[str, Message] = {"appeal": tell("appeal"), "complaint": tell("complaint")}
OUTCOME_WORDS: Mapping[str, Message] = {
    "allowed": tell("allowed"),
    "partly": tell("allowed in part"),
    "dismissed": tell("dismissed"),
    "withdrawn": tell("withdrawn by the person who filed it"),
}
SOURCE_WORDS: Mapping[str, Message] = {
    "picture": tell("from the image of the sheet"),
    "paper": tell("from the paper itself"),
}
