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
    from examgen.models import Exam
    from examgen.models.papers import Digits, Era
    from examgen.release_state import ReleaseState
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
    "notices",
    "number",
    "release_notice",
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


Fact = tuple[Bilingual, str | Bilingual]
"""Something that the foot names, and what it is."""


def footing(run: ScoredRun) -> list[Fact]:
    """What a report rests on: exam, run and its release, key, edition of each unit's standard (where it is
    known), paper."""
    editions = ", ".join(f"{unit} ({edition})" if edition else unit for unit, edition in run.editions.items())
    said: list[Fact] = [
        (Bilingual(th="การสอบ", en="Exam"), run.exam.blueprint.exam),
        (Bilingual(th="การตรวจครั้งที่", en="Run"), f"{run.run} ({run.fingerprint})"),
        (
            Bilingual(th="ประกาศผลครั้งที่" if run.release.state == "released" else "การประกาศผล", en="Release"),
            release_mark(run.release),
        ),
        (Bilingual(th="เฉลยรุ่นที่", en="Key version"), run.key_version),
        (Bilingual(th="ฉบับของมาตรฐาน", en="Edition of the standard"), editions),
        (Bilingual(th="ข้อสอบที่ใช้สอบ", en="Paper"), run.paper),
    ]
    return [(name, value) for name, value in said if value]


def running_foot(foot: Sequence[Fact], lang: Lang) -> dict[str, object]:
    """The foot as one text, for the foot of every page, and how many lines it takes.

    A line ends between two of the things that it names, never within one.
    """
    parts = []
    for name, value in foot:
        said = [*_in_lang(name, lang), *([value] if isinstance(value, str) else _in_lang(value, lang))]
        parts.append(" ".join(said).replace(" ", NO_BREAK_SPACE))
    text = f" {_DOT}".join(parts)
    return {"running": text, "foot_lines": ceil(len(text) / _FOOT_LINE)}


def _in_lang(pair: Bilingual, lang: Lang) -> tuple[str, ...]:
    return {"th": (pair.th,), "en": (pair.en,)}.get(lang, (pair.th, pair.en))


def release_mark(of: ReleaseState) -> str | Bilingual:
    """What the foot says of the release of a run."""
    if of.state == "released":
        return f"{of.release} ({of.fingerprint})"
    if of.state == "superseded":
        return Bilingual(th="เลิกใช้แล้ว", en="no longer released")
    return Bilingual(th="ยังไม่ประกาศ", en="not released")


def release_notice(of: ReleaseState) -> Bilingual | None:
    """What a reader must know of a run that is not what people are told; nothing of the one that is."""
    if of.state == "released":
        return None
    if of.state == "superseded":
        return Bilingual(
            th=f"เลิกใช้แล้ว: ผลที่ประกาศล่าสุดคือการตรวจครั้งที่ {of.told}",
            en=f"No longer released: run {of.told} has taken the place of these results",
        )
    if of.told is None:
        return Bilingual(
            th="ยังไม่ประกาศผล: ผลนี้ยังอาจเปลี่ยนแปลง ห้ามใช้แจ้งผู้สอบ",
            en="Not released: these results may still change and are not to be told to candidates",
        )
    return Bilingual(
        th=f"ยังไม่ประกาศผล: ผลที่ประกาศคือการตรวจครั้งที่ {of.told}",
        en=f"Not released: the results that were released are those of run {of.told}",
    )


def notices(run: ScoredRun, digits: Digits = "arabic") -> list[Bilingual]:
    """What a reader must know before anything else: a run that is not released, made-up candidates, items
    that nobody approved."""
    of_release = release_notice(run.release)
    found = [in_its_figures(of_release, digits)] if of_release is not None else []
    made_up = synthetic_notice(run)
    if made_up is not None:
        found.append(in_its_figures(made_up, digits))
    draft = draft_notice(run.exam)
    if draft is not None:
        found.append(in_its_figures(draft, digits))
    return found


def draft_notice(exam: Exam) -> Bilingual | None:
    """How many of the printed items nobody approved; that none was approved only where that is so."""
    items = {printed.item.id: printed.item for form in exam.forms for printed in form.items}
    void = set(exam.void_approvals)
    n = sum(one in void or item.status in ("draft", "review") for one, item in items.items())
    if not n:
        return None
    if n == len(items):
        return Bilingual(
            th="ข้อสอบฉบับร่าง: ผู้เชี่ยวชาญยังไม่อนุมัติข้อสอบข้อใดเลย",
            en="Draft: no item of this exam was approved by a subject-matter expert",
        )
    were = "item was" if n == 1 else "items were"
    return Bilingual(
        th=f"ข้อสอบฉบับร่าง: ผู้เชี่ยวชาญยังไม่อนุมัติข้อสอบ {n:,} จาก {len(items):,} ข้อ",
        en=f"Draft: {n:,} {were} not approved by a subject-matter expert, of {len(items):,}",
    )


def synthetic_notice(run: ScoredRun) -> Bilingual | None:
    """How many candidates are made up; that nobody sat the exam only where all are."""
    if "synthetic" not in run.candidates.columns:
        return None
    return synthetic_words(run.candidates.height, int((run.candidates["synthetic"] == "yes").sum()))


def synthetic_words(n: int, made_up: int) -> Bilingual | None:
    """That so many of n candidates are made up; None where nobody is."""
    if not made_up:
        return None
    if made_up == n:
        return Bilingual(
            th="ข้อมูลจำลอง: ไม่มีผู้ใดสอบจริง",
            en="Synthetic candidates: nobody sat this exam",
        )
    return Bilingual(
        th=f"มีข้อมูลจำลองปน: {made_up:,} จาก {n:,} คนไม่ใช่ผู้สอบจริง และนับรวมอยู่ในทุกตัวเลข",
        en=f"{made_up:,} of {n:,} candidates are synthetic: they did not sit this exam, and every figure "
        "counts them",
    )


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
        "notices": notices(run, digits),
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


def joined(*said: Bilingual) -> Bilingual:
    """Sentences one after the other, in each language."""
    return Bilingual(th=" ".join(one.th for one in said), en=" ".join(one.en for one in said))


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

    def of_n(self, one: str, many: str, count: int, /, **values: object) -> Bilingual:
        """The message for one thing or for several, as `say_n`; the count itself is a value like others."""
        thai = self(one, **values).th if one in self.known else many.format(**values)
        return Bilingual(th=thai, en=(one if count == 1 else many).format(**values))
