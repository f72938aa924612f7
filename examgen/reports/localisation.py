"""The language of a report outside templates: texts and numbers in its figures (SVG) and bars."""

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
    """Returns texts in Thai, English, or both, one after the other in one string."""

    lang: Lang
    spoken: Words

    @property
    def digits(self) -> Digits:
        """The digits of numbers outside sentences."""
        return "arabic" if self.lang == "en" else self.spoken.digits

    def words(self, message: str, **values: object) -> str:
        """Return a message of the catalogues."""
        return self.pair(self.spoken(message, **values))

    def pair(self, said: Pair) -> str:
        """Return a text in the language of the report, or in both."""
        if self.lang == "th":
            return said.th
        return said.en if self.lang == "en" or said.th == said.en else f"{said.th} {said.en}"

    def number(self, value: float | None, decimals: int = 0) -> str:
        """Return a number as it is shown; a dash for None."""
        return in_digits(number(value, decimals) or "–", self.digits)

    def percent(self, share: float | None, decimals: int = 1) -> str:
        """Return a share of 0 to 1 in per cent; a dash for None."""
        return "–" if share is None else f"{self.number(100 * share, decimals)}{NO_BREAK_SPACE}%"

    def interval(self, of: Proportion) -> str:
        """Return the interval of a share in whole per cent, or in tenths if it is of a thousand or more."""
        if of.low is None or of.high is None:
            return "–"
        decimals = 1 if of.of >= _MANY else 0
        low, high = (self.number(100 * end, decimals) for end in (of.low, of.high))
        return f"{low}–{high}{NO_BREAK_SPACE}%"

    def points(self, value: float | None) -> str:
        """Return a number of points without trailing zeros; a dash for None."""
        if value is None:
            return "–"
        return self.number(value, next((d for d in range(4) if round(value, d) == round(value, 6)), 4))

    def range(self, values: Sequence[float], decimals: int = 0) -> str:
        """Return the lowest and highest of some numbers as a range, or one number if they are equal."""
        low, high = (self.number(end, decimals) for end in (min(values), max(values)))
        return low if low == high else f"{low}–{high}"

    @property
    def functions(self) -> dict[str, object]:
        """The functions with which templates write numbers: `number(x, 1)`, `percent(share)`,
        `interval(proportion)`."""
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
    """Return a share and its interval as a bar without text; the adjacent cells give the numbers.

    The bar is made of HTML boxes, because in a PDF a screen reader would announce an SVG without text as a
    figure with no description.
    """
    if of.share is None or of.low is None or of.high is None:
        return ""
    ends = (of.share, of.low, max(of.high - of.low, 0.006))
    share, low, length = (f"{100 * end:.2f}%" for end in ends)
    return (
        f'<div class="meter"><i style="width: {share}"></i><b style="left: {low}; width: {length}"></b></div>'
    )


def notice_of(release: ReleaseState, lang: Lang) -> str:
    """Return a line on the release state of a run; empty for the released run."""
    said = release_notice(release)
    if said is None:
        return ""
    return {"th": said.th, "en": said.en}.get(lang, f"{said.th} · {said.en}")


def group_context(voice: ReportLanguage, n: int, passed: Proportion | None) -> dict[str, object]:
    """Return the context at the top of every page about a group of candidates: their number, and how many
    passed."""
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
    """Words for the groups of candidates: `one` heads a column, `many` a section, `none` is the group of
    candidates whose group is unknown; `notice` says what is used in place of centres."""

    one: Pair
    many: Pair
    none: Pair
    notice: Pair | None


def place_words(words: Words, kind: PlaceKind) -> GroupWords:
    """Return the headings and the notice for grouping by centre, room or answer file."""
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
    """Return the word for the groups, in the form that follows the number `n`."""
    if kind == "room":
        return words.of_n("room", "rooms", n)
    if kind == "file":
        return words.of_n("answer file", "answer files", n)
    return words.of_n("centre", "centres", n)
