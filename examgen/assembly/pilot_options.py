"""The options of a pilot design: the precision that is needed, and the candidates and items available."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from examgen.core.models.base import STATUSES, Status
from examgen.core.options import Option, Options
from examgen.core.words import tell

_USUAL = {"facility": 0.05, "item-rest": 0.1, "b": 0.25}
"""The statistics whose standard error can be demanded, and the default errors."""


def _errors(texts: Any) -> Any:
    """Parses `facility=0.05` into name and number; if a name occurs twice, the last counts."""
    if isinstance(texts, str) or not isinstance(texts, Sequence):
        return texts
    found: dict[str, float] = {}
    for text in texts:
        if not isinstance(text, str):
            return texts
        what, _, number = text.partition("=")
        try:
            error = float(number)
        except ValueError:
            error = 0.0
        if what not in _USUAL or not 0.001 <= error <= 2:
            raise ValueError(
                tell(
                    "{text}: write one of {known} and a number, as in facility=0.05",
                    text=text,
                    known=", ".join(_USUAL),
                )
            )
        found[what] = error
    return tuple(found.items())


class PilotOptions(Options):
    """The precision that a pilot needs, and the candidates and items available for it."""

    errors: Annotated[
        tuple[tuple[str, float], ...],
        BeforeValidator(_errors),
        Option(
            tell("A standard error: facility=0.05, item-rest=0.1 or b=0.25; all three if left out."),
            name="--se",
        ),
    ] = ()
    level: Annotated[int | None, Option(tell("Items that suit this level."))] = None
    status: Annotated[tuple[Status, ...], Option(tell("What is to be tried; draft if left out."))] = ()
    seats: Annotated[
        int, Field(ge=1, le=100_000), Option(tell("Candidates that a sitting has room for."))
    ] = 500
    own: Annotated[
        int,
        Field(ge=1, le=200),
        Option(tell("Items that are in one form alone, at most."), name="--pilot"),
    ] = 20
    anchor: Annotated[int, Field(ge=0, le=100), Option(tell("Items that are in all forms."))] = 10
    candidates: Annotated[
        int | None,
        Field(ge=1),
        Option(tell("Number of candidates available: shows what they allow.")),
    ] = None
    sd: Annotated[
        float,
        Field(ge=0.1, le=4),
        Option(tell("Standard deviation of ability, in logits."), name="--spread"),
    ] = 1.0
    difficulty: Annotated[
        float,
        Field(ge=0, le=4),
        Option(tell("How far from the mean ability b is to be known so exactly."), name="--reach"),
    ] = 1.5
    blueprint: Annotated[
        Path | None, Option(tell("Beside the scored items of this blueprint; alone if left out."))
    ] = None
    seed: Annotated[int, Field(ge=0), Option(tell("Where chance begins: the same seed, the same forms."))] = 1

    @property
    def standard_errors(self) -> Mapping[str, float]:
        """The demanded standard errors, or the default ones, by statistic."""
        return dict(self.errors) or _USUAL

    @property
    def statuses(self) -> tuple[Status, ...]:
        """The statuses of the items to try, in order; draft by default."""
        return tuple(one for one in STATUSES if one in (self.status or ("draft",)))
