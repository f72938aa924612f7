"""The rating form: its sheets and headings, what a rating looks like in a cell, what experts are told.

Sheets, headings and ratings are read back in Thai and English: they are the format of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from examgen.bank.levels import descriptor
from examgen.bank.reviews.ratings import Earlier, Kind, Number, RatingPanel, is_possible
from examgen.bank.workbook.columns import both
from examgen.bank.workbook.texts import clean, folded, plain_digits
from examgen.core.models.standard import UnitLevels
from examgen.core.words import Language, Message, in_language, tell

RATING_SHEET = "ให้คะแนน Ratings"
GUIDE_SHEET = "คำชี้แจง Instructions"
FORM_MARK = "examgen-rating-form"
FORM_VERSION = "1"
LANGUAGES: tuple[Language, ...] = ("th", "en")
NAME_LABEL = "ชื่อผู้เชี่ยวชาญ Your name"
ITEM, TEXT, RATING, COMMENT, SUITS = "item", "text", "rating", "comment", "suits"


class RatingColumn(NamedTuple):
    """A column of the form: its field, its heading in two lines, its width."""

    field: str
    heading: str
    width: int


_BEFORE = (
    RatingColumn(ITEM, "รหัสข้อสอบ\nItem", 16),
    RatingColumn("criterion", "เกณฑ์ที่ข้อนี้ต้องวัด\nCriterion to be measured", 30),
    RatingColumn(TEXT, "โจทย์และตัวเลือก\nStem and options", 62),
    RatingColumn("key", "เฉลยและเหตุผล\nKey and rationale", 62),
)
_EARLIER = (
    RatingColumn("own", "รอบก่อน: ของท่าน\nBefore: you", 12),
    RatingColumn("median", "รอบก่อน: มัธยฐานกลุ่ม\nBefore: group median", 14),
    RatingColumn("spread", "รอบก่อน: ช่วงของกลุ่ม\nBefore: group range", 14),
)
_RATING: dict[Kind, str] = {
    "ioc": "ความสอดคล้อง\nRating (+1, 0, −1)",
    "angoff": "โอกาสตอบถูก\nRating (0–100 %)",
    "angoff-yes-no": "ตอบถูกหรือไม่\nRating (yes / no)",
}
_COMMENT = RatingColumn(COMMENT, "ข้อคิดเห็น\nComment", 44)
_SUITS = RatingColumn(SUITS, "ระดับที่เหมาะ\nLevel it suits", 14)

CHOICES: dict[Kind, tuple[str, ...]] = {
    "ioc": ("+1", "0", "-1"),
    "angoff": tuple(str(n) for n in range(0, 101, 5)),
    "angoff-yes-no": ("ใช่ yes", "ไม่ใช่ no"),
}
"""What a cell offers; an Angoff rating may be any other number between 0 and 100."""

_YES = frozenset(folded(word) for word in ("ใช่ yes", "ใช่", "yes", "y", "true", "1"))
_NO = frozenset(folded(word) for word in ("ไม่ใช่ no", "ไม่ใช่", "ไม่", "no", "n", "false", "0"))
_LONGEST_SAID = 40
_WRITE: dict[Kind, Message] = {
    "ioc": tell("choose +1, 0 or -1"),
    "angoff": tell("write a number from 0 to 100"),
    "angoff-yes-no": tell("choose yes ({yes}) or no ({no})", yes="ใช่", no="ไม่ใช่"),
}


def asks_level(panel: RatingPanel, levels: Sequence[int]) -> bool:
    """Whether experts are asked for the level of an item: with its congruence, where there are several."""
    return panel.kind == "ioc" and len(levels) > 1


def columns(panel: RatingPanel, levels: Sequence[int] = ()) -> tuple[RatingColumn, ...]:
    """The columns of a form; from the second round on with those of the round before.

    `levels` are those that the unit tests in writing.
    """
    rating = RatingColumn(RATING, _RATING[panel.kind], 18)
    suits = (_SUITS,) if asks_level(panel, levels) else ()
    return (*_BEFORE, *(_EARLIER if panel.round > 1 else ()), rating, _COMMENT, *suits)


def field_of(heading: str) -> str | None:
    """Which of the columns that are read back a heading names."""
    read = (*(column for column in _BEFORE if column.field in (ITEM, TEXT)), _COMMENT, _SUITS)
    named = {folded(column.heading): column.field for column in read}
    named |= {folded(text): RATING for text in _RATING.values()}
    return named.get(folded(heading))


def shown(kind: Kind, value: Number) -> str:
    """A rating as a cell of the form shows it."""
    if kind == "ioc":
        return f"{value:+g}" if value else "0"
    if kind == "angoff-yes-no":
        return CHOICES[kind][0 if value else 1]
    return f"{100 * value:.4g}"


def shown_earlier(kind: Kind, before: Earlier | None) -> dict[str, str]:
    """The columns of the round before."""
    if before is None or not before.values:
        return {"own": "–", "median": "–", "spread": "–"}
    own = shown(kind, before.own) if before.own is not None else "–"
    if kind == "angoff-yes-no":
        return {"own": own, "median": f"yes {sum(before.values):g} / {len(before.values)}", "spread": "–"}
    least, most = shown(kind, min(before.values)), shown(kind, max(before.values))
    return {"own": own, "median": shown(kind, before.median), "spread": f"{least} … {most}"}


def rating_of(kind: Kind, text: str) -> Number | Message:
    """The rating that a cell says; else why it says none."""
    plain = plain_digits(clean(text)).replace("−", "-").replace("–", "-").replace(" ", "")
    said = repr(text if len(text) <= _LONGEST_SAID else f"{text[:_LONGEST_SAID]}…")
    if kind == "angoff-yes-no":
        word = folded(plain)
        if word in _YES or word in _NO:
            return int(word in _YES)
        return tell("{said} is not an answer ({write})", said=said, write=_WRITE[kind])
    try:
        number = Decimal(re.sub("(%|percent)$", "", plain)) if kind == "angoff" else Decimal(plain)
    except InvalidOperation:
        return tell("{said} is not a rating ({write})", said=said, write=_WRITE[kind])
    if not number.is_finite():
        return tell("{said} is not a rating ({write})", said=said, write=_WRITE[kind])
    if kind == "angoff" and 0 < number < 1:
        return tell("{said} could be a fraction or a percentage ({write})", said=said, write=_WRITE[kind])
    if number.copy_abs() > 100 or not is_possible(kind, float(number if kind == "ioc" else number / 100)):
        return tell("{said} is out of range ({write})", said=said, write=_WRITE[kind])
    value = number if kind == "ioc" else number / 100
    return int(value) if value == value.to_integral_value() else float(value)


def level_of(text: str) -> int | Message:
    """The level that a cell says; else why it says none."""
    plain = plain_digits(clean(text)).strip()
    if re.fullmatch("[1-8](\\.0+)?", plain):
        return int(plain[0])
    said = repr(text if len(text) <= _LONGEST_SAID else f"{text[:_LONGEST_SAID]}…")
    return tell("{said} is not a level. Write one, or leave the cell empty.", said=said)


# ── what experts are told ────────────────────────────────────────────────────────────────────


def _task(kind: Kind, level: int | None, least_ioc: float) -> Message:
    """Describe the task of experts."""
    if kind == "ioc":
        return tell(
            "Rate whether the item measures its criterion: +1 yes, 0 not sure, -1 no. The "
            "mean over experts is the index of item-objective congruence (IOC). Items "
            "below {least_ioc:.2f} are revised.",
            least_ioc=least_ioc,
        )
    if kind == "angoff":
        if level is None:
            return tell(
                "Think of 100 minimally competent candidates. How many of them would "
                "answer the item correctly (0–100)? Judge what they would do, not what "
                "they should do."
            )
        return tell(
            "Think of 100 minimally competent candidates at level {level}. How many of "
            "them would answer the item correctly (0–100)? Judge what they would do, not "
            "what they should do.",
            level=level,
        )
    if level is None:
        return tell(
            "Think of one minimally competent candidate. Would this candidate answer the "
            "item correctly (yes / no)?"
        )
    return tell(
        "Think of one minimally competent candidate at level {level}. Would this candidate "
        "answer the item correctly (yes / no)?",
        level=level,
    )


_ROUND = tell(
    "The columns “Before” show your rating of the last round and the group's. Keep or "
    "change your rating, but rate every item again."
)
_COMMON = (
    tell(
        "Write your name at the top of the sheet “{ratings}” and rate every item on your "
        "own. Fill in only the yellow cells.",
        ratings=RATING_SHEET,
    ),
    tell(
        "In the comment, write what should be corrected in the stem, options or key. "
        "Pictures are in the PDF that came with this file."
    ),
    tell(
        "This file contains items and keys and is confidential. Save it as .xlsx and "
        "return it only to the coordinator."
    ),
)


_SUITS_TASK = tell(
    "If you can, choose the level that the item suits. At that level, candidates who meet "
    "the requirements answer it correctly and the others do not. At lower levels, all "
    "would guess; at higher levels, all would know. The requirements of each level are "
    "shown below."
)


def guide(
    panel: RatingPanel, least_ioc: float, levels: Sequence[int] = (), meanings: UnitLevels | None = None
) -> list[tuple[str, bool]]:
    """Lines of the sheet of instructions, Thai first; True marks a heading.

    `levels` are those that the unit tests in writing, `meanings` what it says that they ask.
    """
    task = _task(panel.kind, panel.level or None, least_ioc)
    asked = asks_level(panel, levels)
    parts = [task, *([_SUITS_TASK] if asked else []), *([_ROUND] if panel.round > 1 else []), *_COMMON]
    heading = tell("Instructions for experts")
    told = [(lang, line) for lang in LANGUAGES for line in _told(levels if asked else (), meanings, lang)]
    return [
        (heading.th, True),
        *((f"{k}. {part.th}", False) for k, part in enumerate(parts, 1)),
        *(line for lang, line in told if lang == "th"),
        ("", False),
        (heading.en, True),
        *((f"{k}. {part.en}", False) for k, part in enumerate(parts, 1)),
        *(line for lang, line in told if lang == "en"),
    ]


def instructions(
    panel: RatingPanel, least_ioc: float, levels: Sequence[int], meanings: UnitLevels | None, lang: Language
) -> list[tuple[str, bool]]:
    """Return the instructions to experts who rate on pages, in one language; True marks a heading."""
    is_asked = asks_level(panel, levels)
    parts = [
        _task(panel.kind, panel.level or None, least_ioc),
        *([_SUITS_TASK] if is_asked else []),
        *([_ROUND] if panel.round > 1 else []),
    ]
    lines = [(in_language(part, lang), False) for part in parts]
    return [*lines, *(line for line in _told(levels if is_asked else (), meanings, lang) if line[0])]


def _told(levels: Sequence[int], meanings: UnitLevels | None, lang: Language) -> Iterator[tuple[str, bool]]:
    """Yield the meaning of each level, in the unit's own words or in those of the framework."""
    if not levels:
        return
    yield "", False
    heading = tell("Requirements of each level")
    if meanings is not None and meanings.is_draft:
        heading = tell("Requirements of each level (a draft by {by})", by=meanings.drafted_by)
    yield in_language(heading, lang), True
    for level in levels:
        own = meanings.of(level) if meanings is not None else None
        of_all = descriptor(level)
        said = own.asked if own else of_all.skills
        who = f" ({getattr(own.occupation, lang)})" if own and own.occupation else ""
        level_said = in_language(tell("Level {n}", n=level), lang)
        yield f"{level_said}{who}: {getattr(said, lang)}", False
        if own and own.adds:
            adds = in_language(tell("What this level adds"), lang)
            yield f"    {adds}: {getattr(own.adds, lang)}", False
        for example in own.examples if own else ():
            shown = in_language(tell("Example"), lang)
            yield f"    {shown}: {getattr(example.case, lang)} → {getattr(example.weighed, lang)}", False
        for code, one in own.elements.items() if own else ():
            yield f"    {code}: {getattr(one, lang)}", False


def title(unit_code: str, panel: RatingPanel) -> str:
    """Return the title of the form, in Thai."""
    names: dict[Kind, Message] = {
        "ioc": tell("index of congruence (IOC)"),
        "angoff": tell("Angoff rating"),
        "angoff-yes-no": tell("Angoff rating (yes/no)"),
    }
    about = [unit_code, names[panel.kind].th]
    if panel.level:
        about.append(tell("at level {n}", n=panel.level).th)
    return " · ".join([*about, tell("round {n}", n=panel.round).th, both(tell("CONFIDENTIAL"))])
