"""The language of a report for what is not a template: words and numbers in its figures (SVG) and bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from examgen.core.text.thai import in_digits
from examgen.core.words import Pair
from examgen.rendering.parts import MIN_N, NO_BREAK_SPACE, Proportion, Words, joined, number, release_notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from examgen.core.exam.releases import ReleaseState
    from examgen.core.models.papers import Digits
    from examgen.rendering.parts import Lang
    from examgen.scoring.scored_run import PlaceKind

_MANY = 1000


class ReportLanguage(NamedTuple):
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

    def pair(self, said: Pair) -> str:
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

    def points(self, value: float | None) -> str:
        """A number of points without noughts at its end, a dash where there is none."""
        if value is None:
            return "–"
        return self.number(value, next((d for d in range(4) if round(value, d) == round(value, 6)), 4))

    def range(self, values: Sequence[float], decimals: int = 0) -> str:
        """The least and the greatest of some numbers, or the one number that all are."""
        low, high = (self.number(end, decimals) for end in (min(values), max(values)))
        return low if low == high else f"{low}–{high}"

    @property
    def functions(self) -> dict[str, object]:
        """What templates write numbers by: `number(x, 1)`, `percent(share)`, `interval(proportion)`."""
        return {
            "number": self.number,
            "percent": self.percent,
            "interval": self.interval,
            "points": self.points,
            "range_of": self.range,
            "words": self.spoken,
            "words_n": self.spoken.of_n,
            "joined": joined,
            "share_bar": lambda of: Markup(share_bar(of)),
        }


def share_bar(of: Proportion) -> str:
    """The share as a bar with its interval, without words: the cells beside it say the same.

    Boxes of HTML, since an SVG of no words is a figure without its text to who hears a PDF.
    """
    if of.share is None or of.low is None or of.high is None:
        return ""
    ends = (of.share, of.low, max(of.high - of.low, 0.006))
    share, low, length = (f"{100 * end:.2f}%" for end in ends)
    return (
        f'<div class="meter"><i style="width: {share}"></i><b style="left: {low}; width: {length}"></b></div>'
    )


def notice_of(release: ReleaseState, lang: Lang) -> str:
    """Describe the state of release of a run in a line; empty for the released run."""
    said = release_notice(release)
    if said is None:
        return ""
    return {"th": said.th, "en": said.en}.get(lang, f"{said.th} · {said.en}")


def group_context(voice: ReportLanguage, n: int, passed: Proportion | None) -> dict[str, object]:
    """Return the head of every page of a group of candidates: how many they are, and how many passed."""
    return {
        **voice.functions,
        "n": voice.number(n),
        "min_n": voice.number(MIN_N),
        "small": 0 < n < MIN_N,
        "rate": "–" if passed is None else voice.percent(passed.share),
        "rate_interval": voice.interval(passed) if passed else "",
        "passed_n": voice.number(passed.n) if passed else "",
    }


# ── groups of candidates: centres, or where none is told rooms, or answer files ──────────────


class GroupWords(NamedTuple):
    """`one` heads a column, `many` a section, `none` is the group of those of whom it is not told; `notice`
    says what stands in place of centres."""

    one: Pair
    many: Pair
    none: Pair
    notice: Pair | None


def place_words(words: Words, kind: PlaceKind) -> GroupWords:
    """The words for a kind of groups."""
    if kind == "room":
        notice = words(
            "Neither the answers nor the roster nor the list of candidates names a centre: rooms stand in "
            "place of centres, and what is said of a centre is said of a room."
        )
        return GroupWords(words("Room"), words("Rooms"), words("no room given"), notice)
    if kind == "file":
        notice = words(
            "Neither a centre nor a room is named: answer files stand in place of centres, and what is said "
            "of a centre is said of a file."
        )
        return GroupWords(words("Answer file"), words("Answer files"), words("not known"), notice)
    return GroupWords(words("Centre"), words("Centres"), words("no centre given"), None)


def counted_places(words: Words, kind: PlaceKind, n: int) -> Pair:
    """`centres` below their number."""
    if kind == "room":
        return words.of_n("room", "rooms", n)
    if kind == "file":
        return words.of_n("answer file", "answer files", n)
    return words.of_n("centre", "centres", n)
