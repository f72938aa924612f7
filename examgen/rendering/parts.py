"""Common parts of all reports of results: foot and notices, tables that a phone can show, printed forms of
names and numbers, proportions with their intervals.

Templates take `lang` (th, en or both), `digits` (arabic or thai), `foot` and `faces` from the context,
which `report_context` makes. Their `say("message")` and `told(pair)` use that language, and their filter
`digits` writes numbers in those figures.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date as Day
from functools import lru_cache
from html import escape
from html.parser import HTMLParser
from itertools import accumulate
from math import ceil, isnan
from typing import TYPE_CHECKING, Literal, NamedTuple

from markupsafe import Markup

from examgen.core.models.field_types import Bilingual
from examgen.core.record import fingerprint_of
from examgen.core.resources import fonts
from examgen.core.text.fonts import missing
from examgen.core.text.thai import (
    date_en,
    date_th,
    in_arabic,
    in_digits,
    in_figures,
    short_date_en,
    short_date_th,
)
from examgen.core.words import Message, Pair, listed, tell, tell_n
from examgen.stats.distributions import wilson

if TYPE_CHECKING:
    from examgen.core.exam.releases import ReleaseState
    from examgen.core.models.form import Exam
    from examgen.core.models.papers import Digits
    from examgen.core.models.standard import Besides
    from examgen.scoring.scored_run import ScoredRun

Lang = Literal["th", "en", "both"]
Fact = tuple[Pair, str | Pair]
"""An entry of the foot: its name and its value."""

_WEIGHTS = {"400": "Regular", "700": "Bold"}
_ROLES = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}

_TWICE = re.compile(r"(\d+ %) ([0-9]+ %)")
"""A number at the end of the Thai text, repeated at the beginning of the English text."""

INSTEAD = "■"
"""Replaces a character that the fonts lack."""
BY_NUMBER = "<U+{:04X}>"
"""Replaces such a character in a number, which must stay unique."""

NO_BREAK_SPACE = "\u00a0"
_DOT = f"·{NO_BREAK_SPACE}"

_FOOT_LINE = 100
"""The minimum number of characters that fit on a line of the foot."""

MIN_N = 10
"""With fewer candidates, a percentage has its count and interval, and centres are not compared."""

CONFIDENCE = 0.95
"""Confidence level of the intervals of proportions."""


def face_addresses() -> dict[str, str]:
    """Return the file address of the Sarabun font by weight, for `@font-face`."""
    return {weight: (fonts() / f"Sarabun-{name}.ttf").as_uri() for weight, name in _WEIGHTS.items()}


def with_labels(html: str) -> Markup:
    """Return the HTML of a table with `data-label` in each body cell: the text of its heading, or the
    heading's own `data-label`.

    A phone uses these to show each row as a card. Browsers do not treat a card as a table, so roles are
    added for screen readers.
    """
    html = str(html)  # markup that is added to words would escape them
    reader = _LabelReader(html)
    reader.feed(html)
    reader.close()
    parts, done = [], 0
    for place, attributes in reader.added:
        parts += [html[done:place], attributes]
        done = place
    return Markup("".join([*parts, html[done:]]))


class _LabelReader(HTMLParser):
    """Collects the attributes to add to start tags: (position in the text, attributes)."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self._lines = [0, *accumulate(len(line) for line in html.splitlines(keepends=True))]
        self._heads: list[str] = []
        self._own: str | None = None
        self._in_head = self._reads = False
        self._column = 0
        self.added: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        role = _ROLES.get(tag)
        if tag == "th":
            role = "columnheader" if self._in_head or given.get("scope") == "col" else "rowheader"
        added = f' role="{role}"' if role else ""
        if tag in ("thead", "tbody"):
            self._in_head = tag == "thead"
        elif tag == "tr":
            self._column = 0
        elif tag == "th" and self._in_head:
            self._heads.append("")
            self._own, self._reads = given.get("data-label"), True
        elif tag in ("th", "td"):
            if tag == "td" and self._column < len(self._heads):
                added += f' data-label="{escape(self._heads[self._column])}"'
            self._column += 1
        elif tag == "br" and self._reads:
            self._heads[-1] += " "
        if added:
            line, column = self.getpos()
            self.added.append((self._lines[line - 1] + column + 1 + len(tag), added))

    def handle_endtag(self, tag: str) -> None:
        if tag == "th" and self._reads:
            self._heads[-1] = _TWICE.sub(
                lambda found: found[1] if in_arabic(found[1]) == found[2] else found[0],
                " ".join((self._own or self._heads[-1]).split()),
            )
            self._reads = False

    def handle_data(self, data: str) -> None:
        if self._reads:
            self._heads[-1] += data


def one_line(text: str) -> str:
    """Return the text on one line without invisible characters, some of which reverse the direction of what
    follows."""
    if text.isascii() and text.isprintable():
        return text
    kept = (" " if char.isspace() or unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join("".join(char for char in kept if unicodedata.category(char) != "Cf").split())


def printable(text: str, instead: str = INSTEAD) -> str:
    """Return the text with a replacement for each character that the fonts lack."""
    return text.translate({ord(char): instead.format(ord(char)) for char in missing(text)})


class Status(NamedTuple):
    """How a status is shown: a sign that Sarabun contains, and the word."""

    sign: str
    word: Pair


STATUSES = {
    "met": Status("■", tell("met")),
    "not_met": Status("▲", tell("not met")),
    "undecided": Status("?", tell("undecided")),
    "insufficient": Status("◆", tell("too few items")),
    "not_assessed": Status("−", tell("not assessed")),
}
JUDGED = ("met", "not_met", "undecided")
"""Statuses of candidates with enough items to be judged."""
DECISIONS = {
    "pass": Status("■", tell("Pass")),
    "fail": Status("▲", tell("Not passed")),
}
IN_WRITING = {
    "met": Status("■", tell("written test: met")),
    "not_met": Status("▲", tell("written test: not met")),
    "pass": Status("■", tell("Written test passed")),
    "fail": Status("▲", tell("Written test not passed")),
}
"""Statuses of a unit, and decisions, if the standard requires more than the written test."""


def unit_status(by_points: str, decision: str, n_units: int) -> str:
    """Return the status of a candidate's unit for print, which follows the decision by the pass rule.

    With several units, the decision is about all of them together, so the status follows the points of each
    unit, as it does without a decision.
    """
    return {"pass": "met", "fail": "not_met"}.get(decision, by_points) if n_units == 1 else by_points


# ── the foot ─────────────────────────────────────────────────────────────────────────────────


def footing(run: ScoredRun) -> list[Fact]:
    """Return the basis of a report: exam, run and its release, last entry of the record, key, edition of each
    unit's standard (if known), paper, and scope."""
    editions = ", ".join(f"{unit} ({edition})" if edition else unit for unit, edition in run.editions.items())
    in_writing = tell("this method only") if run.exam.blueprint.is_rated else tell("written test only")
    said: list[Fact] = [
        (tell("Exam"), run.exam.blueprint.exam),
        (tell("Run"), f"{run.run} ({run.fingerprint})"),
        (
            tell("Release")
            if run.release.state == "released"
            else Bilingual(th=tell("Release status").th, en="Release"),
            release_mark(run.release),
        ),
        (tell("Last entry of the record"), fingerprint_of(run.last_act)),
        (tell("Key version"), run.key_version),
        (tell("Edition of the standard"), editions),
        (tell("Paper"), run.paper),
        # a template would take a message for plain text
        (
            tell("Scope"),
            Bilingual(th=in_writing.th, en=in_writing.en)
            if run.exam.other_methods and not run.methods
            else "",
        ),
    ]
    return [(name, value) for name, value in said if value]


def running_foot(foot: Sequence[Fact], lang: Lang) -> dict[str, object]:
    """Return the foot as one text for the foot of every page, and the number of lines it takes.

    A line ends between two entries, never within one.
    """
    parts = []
    for name, value in foot:
        said = [*_in_lang(name, lang), *([value] if isinstance(value, str) else _in_lang(value, lang))]
        parts.append(" ".join(said).replace(" ", NO_BREAK_SPACE))
    text = f" {_DOT}".join(parts)
    return {"running": text, "foot_lines": ceil(len(text) / _FOOT_LINE)}


def _in_lang(pair: Pair, lang: Lang) -> tuple[str, ...]:
    return {"th": (pair.th,), "en": (pair.en,)}.get(lang, (pair.th, pair.en))


def release_mark(of: ReleaseState) -> str | Bilingual:
    """Describe the release of a run for the foot (a template would take a message for plain text)."""
    if of.state == "released":
        return f"{of.release} ({of.fingerprint})"
    said = tell("no longer released") if of.state == "superseded" else tell("not released")
    return Bilingual(th=said.th, en=said.en)


def release_notice(of: ReleaseState) -> Message | None:
    """Return a warning if a run is not the released one; None otherwise."""
    if of.state == "released":
        return None
    if of.state == "superseded":
        return tell("No longer released. Run {told} replaces these results.", told=of.told)
    if of.told is None:
        return tell("Not released. These results may still change and must not be given to candidates.")
    return tell("Not released. The released results are those of run {told}.", told=of.told)


def notices(run: ScoredRun, digits: Digits = "arabic") -> list[Pair]:
    """Return the notices at the top of a report: a run that is not released, synthetic candidates, unapproved
    items, a standard that requires more than the written test."""
    of_release = release_notice(run.release)
    found = [in_its_figures(of_release, digits)] if of_release is not None else []
    made_up = synthetic_notice(run)
    if made_up is not None:
        found.append(in_its_figures(made_up, digits))
    draft = draft_notice(run.exam)
    if draft is not None:
        found.append(in_its_figures(draft, digits))
    scope = scope_notice(run.exam.other_methods, bool(run.methods), run.exam.blueprint.is_rated)
    if scope is not None:
        found.append(in_its_figures(scope, digits))
    return found


def scope_notice(
    also: Sequence[Besides], has_results: bool = False, is_rated: bool = False
) -> Message | None:
    """Return a notice on the methods that the standard requires besides the written test, or besides the
    one that assessors rate (`is_rated`); None if there are none.

    `has_results` is whether results by these methods are recorded.
    """
    if not also:
        return None
    if is_rated:
        return tell(
            "The standard also requires other methods of assessment ({also}). Points, "
            "decisions and statuses here are for this method only and do not show that a "
            "unit is met.",
            also=listed(one.said for one in also),
        )
    if has_results:
        return tell(
            "The standard also requires other methods of assessment ({also}). Points, "
            "decisions and statuses are for the written test, except where a result by all "
            "methods is shown for a unit.",
            also=listed(one.said for one in also),
        )
    return tell_n(
        "Written test only. The standard also requires other methods of assessment "
        "({also}), whose results are not recorded here. Every decision and status here is "
        "for the written test and does not show that {which} is met.",
        "Written test only. The standard also requires other methods of assessment "
        "({also}), whose results are not recorded here. Every decision and status here is "
        "for the written test and does not show that {which} are met.",
        len(also),
        also=listed(one.said for one in also),
        which=listed(one.unit for one in also),
    )


def unapproved_of(exam: Exam) -> tuple[int, int]:
    """Return the number of printed items that nobody approved, and the number of printed items."""
    items = {printed.item.id: printed.item for form in exam.forms for printed in form.items}
    void = set(exam.void_approvals)
    return sum(one in void or item.status in ("draft", "review") for one, item in items.items()), len(items)


def draft_notice(exam: Exam) -> Message | None:
    """Return a notice on the number of printed items that nobody approved; None if all are approved."""
    return draft_words(*unapproved_of(exam))


def draft_words(n: int, of: int) -> Message | None:
    """Return a notice that `n` of `of` items were not approved; None if all were."""
    if not n:
        return None
    if n == of:
        return tell("Draft. No item of this exam was approved by a subject-matter expert.")
    return tell_n(
        "Draft. {n:,} of {of:,} items was not approved by a subject-matter expert.",
        "Draft. {n:,} of {of:,} items were not approved by a subject-matter expert.",
        n,
        of=of,
    )


def synthetic_notice(run: ScoredRun) -> Pair | None:
    """Return a notice on the number of synthetic candidates; None if there are none."""
    return synthetic_words(run.candidates.height, run.n_synthetic)


def synthetic_words(n: int, made_up: int) -> Pair | None:
    """Return a notice that `made_up` of `n` candidates are synthetic; None if none are."""
    if not made_up:
        return None
    if made_up == n:
        return tell("Synthetic candidates. No real person took this exam.")
    return tell(
        "{made_up:,} of {n:,} candidates are synthetic. They did not take this exam, but "
        "every figure includes them.",
        made_up=made_up,
        n=n,
    )


def report_context(
    run: ScoredRun, lang: Lang, digits: Digits = "arabic", faces: Mapping[str, str] | None = None
) -> dict[str, object]:
    """Return the context shared by the templates of all reports; `faces` are font addresses by weight for a
    PDF.

    Without `faces`, the context is for browsers: fonts are added to the finished page, and the styles
    support screens.
    """
    foot = footing(run)
    return {
        "lang": lang,
        "page_lang": "en" if lang == "en" else "th",
        "digits": "arabic" if lang == "en" else digits,
        "exam": run.exam.blueprint.exam,
        "title": run.exam.blueprint.title,
        "foot": foot,
        **running_foot(foot, lang),
        "notices": notices(run, digits),
        "in_writing": bool(run.exam.other_methods),
        "body_name": None if run.body is None else run.body.name,
        "logo": "" if run.logo is None else run.logo.as_uri(),
        "sat_at": None if run.plan is None or not run.plan.place else one_line(run.plan.place),
        "sat_on": None if run.sat_on is None else in_its_figures(day_words(run.sat_on), digits),
        "released_on": released_on(run.release, digits),
        "labelled": with_labels,
        "faces": face_addresses() if faces is None else dict(faces),
        "printed": faces is not None,
    }


# ── numbers and dates ────────────────────────────────────────────────────────────────────────


def number(value: float | None, decimals: int = 0) -> str:
    """Return a number such as `1,234.50` or `−2.5`, with a real minus sign; empty if there is no value. Zero
    has no sign."""
    if value is None or isnan(value):
        return ""
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if not text.strip("-0.,") else text.replace("-", "−")


def short(text: str) -> str:
    """Return a number from a file with a real minus sign and no trailing zeros: 60.00 is 60, -0.50 is
    −0.5."""
    number = text.rstrip("0").rstrip(".") if "." in text else text
    return number.replace("-", "−")


def day_words(day: Day) -> Pair:
    """Return a date such as 20 November 2026, and in Thai with the year of the Buddhist era."""
    return Bilingual(th=date_th(day, "buddhist"), en=date_en(day))


def released_on(release: ReleaseState, digits: Digits = "arabic") -> Pair | None:
    """Return the date of the release; None if the run is not the released one or the release has no date."""
    if release.state != "released" or not release.day:
        return None
    return in_its_figures(day_words(Day.fromisoformat(release.day)), digits)


def short_day_words(written: str) -> Pair | None:
    """Return an ISO date in short form: 2026-11-20 as 20 Nov 2026, and the same in Thai; None if it is not
    such a date."""
    try:
        day = Day.fromisoformat(written)
    except ValueError:
        return None
    return Bilingual(th=short_date_th(day), en=short_date_en(day))


def in_its_figures(said: Pair, digits: Digits) -> Pair:
    """Return the pair with the Thai text in these figures."""
    return Bilingual(th=in_digits(said.th, digits), en=said.en)


# ── sentences that are made before a page is ─────────────────────────────────────────────────


def joined(*said: Pair) -> Pair:
    """Join sentences in each language."""
    return Bilingual(th=" ".join(one.th for one in said), en=" ".join(one.en for one in said))


class Words(NamedTuple):
    """Makes messages in both languages, as `say` does in templates: `words("About {n} items", n=3)`.

    `known` is English → Thai of the catalogues (`examgen.rendering.language.messages`), so that a workspace
    can override these sentences like those of the templates. A message without Thai is shown in English.
    """

    known: Mapping[str, str]
    digits: Digits = "arabic"

    def __call__(self, message: str, **values: object) -> Pair:
        """Return the message with its values, in the report's figures in Thai and in Arabic figures in
        English. If a value is a pair, each language uses its own text."""
        own = {name: in_figures(getattr(value, "th", value), self.digits) for name, value in values.items()}
        thai = in_digits(self.known.get(message, message), self.digits)
        return Bilingual(th=thai.format(**own), en=self._english(message, values))

    def _english(self, message: str, values: Mapping[str, object]) -> str:
        own = {name: getattr(value, "en", value) for name, value in values.items()}
        if self.digits == "thai":
            own = {name: in_arabic(value) for name, value in own.items()}
        return message.format(**own)

    def of_n(self, one: str, many: str, count: int, /, **values: object) -> Pair:
        """Return the singular or plural message, as `say_n` does, except that the count must also be given as
        a value if it is shown."""
        english = self._english(one if count == 1 else many, values)
        return Bilingual(th=self(one, **values).th if one in self.known else english, en=english)


class Proportion(NamedTuple):
    """The proportion `n` of `of`; `low` and `high` are Wilson's 95 % interval, 0 to 1, or None if `of` is
    0."""

    n: int
    of: int
    low: float | None
    high: float | None

    @property
    def share(self) -> float | None:
        """The proportion, 0 to 1; None if `of` is 0."""
        return self.n / self.of if self.of else None


@lru_cache(maxsize=None, typed=True)
def proportion(n: int, of: int) -> Proportion:
    """Return the proportion `n` of `of` with its interval."""
    return Proportion(n, of, *(wilson(n, of, CONFIDENCE) if of else (None, None)))


class Difference(NamedTuple):
    """A difference and its 95 % interval; None if it cannot be computed."""

    value: float | None
    low: float | None
    high: float | None


NO_DIFFERENCE = Difference(None, None, None)


def difference(a: Proportion, b: Proportion) -> Difference:
    """Return the proportion `a` minus the proportion `b`, −1 to 1, with Newcombe's hybrid score interval.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions:
    comparison of eleven methods. Statistics in Medicine, 17, 873–890, method 10.
    """
    p, q = a.share, b.share
    if p is None or q is None or a.low is None or a.high is None or b.low is None or b.high is None:
        return NO_DIFFERENCE
    below = ((p - a.low) ** 2 + (b.high - q) ** 2) ** 0.5
    above = ((a.high - p) ** 2 + (q - b.low) ** 2) ** 0.5
    return Difference(p - q, p - q - below, p - q + above)
