"""What all reports of results have alike: their foot, what number is small, how numbers are written.

Templates take `lang` (th, en or both), `digits` (arabic or thai), `foot` and `faces` from the context, which
`report_context` makes: their `say("message")` and `told(pair)` speak that language, their filter `digits`
writes a number in those figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as Day
from math import ceil, isnan
from typing import TYPE_CHECKING, Literal, NamedTuple

from examgen.intervals import wilson
from examgen.models import Bilingual
from examgen.reports.faces import face_addresses
from examgen.reports.table_cards import with_labels
from examgen.thai import date_en, date_th, in_digits, in_figures, short_date_en, short_date_th

if TYPE_CHECKING:
    from examgen.models.papers import Digits, Era
    from examgen.scored_run import ScoredRun

__all__ = [
    "DECISIONS",
    "MIN_N",
    "STATUSES",
    "Lang",
    "Status",
    "Words",
    "day_words",
    "footing",
    "in_digits",
    "in_figures",
    "in_its_figures",
    "interval_percent",
    "notices",
    "number",
    "percent",
    "report_context",
    "running_foot",
    "short",
    "wilson",
]

Lang = Literal["th", "en", "both"]

NO_BREAK_SPACE = "\u00a0"
_DOT = f"·{NO_BREAK_SPACE}"

_FOOT_LINE = 100
"""Characters that a line of the foot holds at least."""

MIN_N = 10
"""On fewer candidates a percentage comes with its count and interval, and no centres are compared."""

CONFIDENCE = 0.95
"""Of the intervals of proportions of candidates."""


class Status(NamedTuple):
    """A judgement as it is shown: a sign that Sarabun has, and the word."""

    sign: str
    word: Bilingual


STATUSES = {
    "met": Status("■", Bilingual(th="ผ่านเกณฑ์", en="met")),
    "not_met": Status("▲", Bilingual(th="ยังไม่ผ่าน", en="not met")),
    "insufficient": Status("◆", Bilingual(th="ข้อมูลไม่พอ", en="too few items")),
    "not_assessed": Status("−", Bilingual(th="ไม่ได้วัด", en="not assessed")),
}
DECISIONS = {
    "pass": Status("■", Bilingual(th="ผ่าน", en="Pass")),
    "fail": Status("▲", Bilingual(th="ไม่ผ่าน", en="Not passed")),
}


# ── the foot ─────────────────────────────────────────────────────────────────────────────────


def footing(run: ScoredRun) -> list[tuple[Bilingual, str]]:
    """What a report rests on: exam, run, key, edition of each unit's standard (where it is known), paper."""
    editions = ", ".join(f"{unit} ({edition})" if edition else unit for unit, edition in run.editions.items())
    said = [
        (Bilingual(th="การสอบ", en="Exam"), run.exam.blueprint.exam),
        (Bilingual(th="การตรวจครั้งที่", en="Run"), f"{run.run} ({run.fingerprint})"),
        (Bilingual(th="เฉลยรุ่นที่", en="Key version"), run.key_version),
        (Bilingual(th="ฉบับของมาตรฐาน", en="Edition of the standard"), editions),
        (Bilingual(th="ข้อสอบที่ใช้สอบ", en="Paper"), run.paper),
    ]
    return [(name, value) for name, value in said if value]


def running_foot(foot: Sequence[tuple[Bilingual, str]], lang: Lang) -> dict[str, object]:
    """The foot as one text, for the foot of every page, and how many lines it takes.

    A line ends between two of the things that it names, never within one.
    """
    parts = []
    for name, value in foot:
        names = {"th": (name.th,), "en": (name.en,)}.get(lang, (name.th, name.en))
        parts.append(" ".join([*names, value]).replace(" ", NO_BREAK_SPACE))
    text = f" {_DOT}".join(parts)
    return {"running": text, "foot_lines": ceil(len(text) / _FOOT_LINE)}


def notices(run: ScoredRun) -> list[Bilingual]:
    """What a reader must know before anything else: made-up candidates, items that nobody approved."""
    found = []
    columns = run.candidates.columns
    if "synthetic" in columns and (run.candidates["synthetic"] == "yes").any():
        found.append(
            Bilingual(
                th="ข้อมูลจำลอง: ไม่มีผู้ใดสอบจริง",
                en="Synthetic candidates: nobody sat this exam",
            )
        )
    if run.exam.has_drafts:
        found.append(
            Bilingual(
                th="ข้อสอบฉบับร่าง: ผู้เชี่ยวชาญยังไม่อนุมัติข้อสอบบางข้อ",
                en="Draft: some items were not approved by a subject-matter expert",
            )
        )
    return found


def report_context(
    run: ScoredRun, lang: Lang, digits: Digits = "arabic", faces: Mapping[str, str] | None = None
) -> dict[str, object]:
    """What every report's template is given beside its own; `faces` are addresses by weight for a PDF.

    Without them it is for browsers: fonts are put into the finished page, and the styles know screens.
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
        "notices": notices(run),
        "labelled": with_labels,
        "faces": face_addresses() if faces is None else dict(faces),
        "printed": faces is not None,
    }


# ── numbers and dates ────────────────────────────────────────────────────────────────────────


def number(value: float | None, decimals: int = 0) -> str:
    """`1,234.50`, `−2.5` with a real minus; nothing where there is no value, no sign on nought."""
    if value is None or isnan(value):
        return ""
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if not text.strip("-0.,") else text.replace("-", "−")


def short(text: str) -> str:
    """A number of a file with a real minus and without noughts at its end: 60.00 is 60, -0.50 is −0.5."""
    number = text.rstrip("0").rstrip(".") if "." in text else text
    return number.replace("-", "−")


def percent(value: float | None, decimals: int = 1) -> str:
    """`62.5 %` of a value in per cent, 0 to 100; nothing where there is none."""
    text = number(value, decimals)
    return f"{text}\u00a0%" if text else ""


def interval_percent(right: int, n: int, decimals: int = 0) -> str:
    """`23–88 %`, Wilson's 95 % interval of a proportion of n; nothing of none."""
    if not n:
        return ""
    low, high = wilson(right, n, CONFIDENCE)
    return f"{number(100 * low, decimals)}–{number(100 * high, decimals)}\u00a0%"


def day_words(day: Day, era: Era = "buddhist") -> Bilingual:
    """20 พฤศจิกายน 2569, 20 November 2026."""
    return Bilingual(th=date_th(day, era), en=date_en(day))


def short_day_words(written: str) -> Bilingual | None:
    """20 พ.ย. 2569, 20 Nov 2026 of 2026-11-20; nothing of what is no such date."""
    try:
        day = Day.fromisoformat(written)
    except ValueError:
        return None
    return Bilingual(th=short_date_th(day), en=short_date_en(day))


def in_its_figures(said: Bilingual, digits: Digits) -> Bilingual:
    """The pair with the figures of its Thai as they are asked."""
    return Bilingual(th=in_digits(said.th, digits), en=said.en)


# ── sentences that are made before a page is ─────────────────────────────────────────────────


class Words(NamedTuple):
    """Messages in both languages, as `say` of the templates: `words("About {n} items", n=3)`.

    `known` is English → Thai of the catalogues (`examgen.papers.language.messages`), so that a workspace
    overrides these sentences as it does those of the templates. A message without a Thai text stands in
    English.
    """

    known: Mapping[str, str]
    digits: Digits = "arabic"

    def __call__(self, message: str, **values: object) -> Bilingual:
        """The message with its values, in the report's figures where it is Thai."""
        own = {name: in_figures(value, self.digits) for name, value in values.items()}
        thai = in_digits(self.known.get(message, message), self.digits)
        return Bilingual(th=thai.format(**own), en=message.format(**values))
