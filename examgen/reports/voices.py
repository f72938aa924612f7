"""The language of a report for what is not a template: words and numbers in its figures (SVG)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from examgen.reports.proportions import Proportion
from examgen.reports.report_parts import NO_BREAK_SPACE, Words, in_digits, number

if TYPE_CHECKING:
    from examgen.models import Bilingual
    from examgen.models.papers import Digits
    from examgen.reports.report_parts import Lang


_MANY = 1000


class Voice(NamedTuple):
    """Speaks Thai, English or both, one after the other, in one string."""

    lang: Lang
    spoken: Words

    @property
    def digits(self) -> Digits:
        """The figures of numbers that stand alone."""
        return "arabic" if self.lang == "en" else self.spoken.digits

    def words(self, message: str, **values: object) -> str:
        """A message of the catalogues."""
        return self.pair(self.spoken(message, **values))

    def pair(self, said: Bilingual) -> str:
        """A text in both languages."""
        if self.lang == "th":
            return said.th
        return said.en if self.lang == "en" or said.th == said.en else f"{said.th} {said.en}"

    def number(self, value: float | None, decimals: int = 0) -> str:
        """A number as it is shown, a dash where there is none."""
        return in_digits(number(value, decimals) or "–", self.digits)

    def percent(self, share: float | None, decimals: int = 1) -> str:
        """A share of 0 to 1 in per cent, a dash where there is none."""
        return "–" if share is None else f"{self.number(100 * share, decimals)}{NO_BREAK_SPACE}%"

    def interval(self, of: Proportion) -> str:
        """The interval of a share: in whole per cent, in tenths where there are a thousand or more."""
        if of.low is None or of.high is None:
            return "–"
        decimals = 1 if of.of >= _MANY else 0
        low, high = (self.number(100 * end, decimals) for end in (of.low, of.high))
        return f"{low}–{high}{NO_BREAK_SPACE}%"
