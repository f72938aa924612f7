"""The rating form, a workbook in which one expert rates the items of a unit: written and read back.

Each line is one item. A hidden cell of the line records the item, the expert, the panel and the rated text,
so the line is understood at any position and a change of the item since then is detected. Headings and
ratings are part of the file format and are read in Thai and English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from examgen.bank.reviews.instructions import guide, levels_asked, title
from examgen.bank.reviews.ratings import KINDS, Earlier, Kind, Number, RatingPanel, is_possible
from examgen.bank.workbook.cells import (
    BOLD_FONT,
    LINE_HEIGHT,
    TEXT_FONT,
    file_of,
    offer,
    open_cell,
    protect,
    set_height,
    set_page,
    write_cell,
    write_heads,
)
from examgen.bank.workbook.columns import DEFAULT_LETTERS, both
from examgen.bank.workbook.texts import LONGEST_CELL, clean, digest, fits_cell, folded, plain_digits, restore
from examgen.core.models.item import BankUnit, Item
from examgen.core.problems import Problem, Refused
from examgen.core.tables.opening import open_tables
from examgen.core.tables.records import Table, TableRecord
from examgen.core.text.characters import THAI_LETTERS
from examgen.core.text.markdown import in_rows
from examgen.core.words import Message, command, tell

RATING_SHEET = "ให้คะแนน Ratings"
GUIDE_SHEET = "คำชี้แจง Instructions"
CHOICES: dict[Kind, tuple[str, ...]] = {
    "ioc": ("+1", "0", "-1"),
    "angoff": tuple(str(n) for n in range(0, 101, 5)),
    "angoff-yes-no": ("ใช่ yes", "ไม่ใช่ no"),
}
"""The values that a rating cell offers; an Angoff rating may be any other number from 0 to 100."""

_YES = frozenset(folded(word) for word in ("ใช่ yes", "ใช่", "yes", "y", "true", "1"))
_NO = frozenset(folded(word) for word in ("ไม่ใช่ no", "ไม่ใช่", "ไม่", "no", "n", "false", "0"))
_WRITE: dict[Kind, Message] = {
    "ioc": tell("choose +1, 0 or -1"),
    "angoff": tell("write a number from 0 to 100"),
    "angoff-yes-no": tell("choose yes ({yes}) or no ({no})", yes="ใช่", no="ไม่ใช่"),
}
_ITEM, _RATING, _COMMENT, _SUITS, _RECORD = "item", "rating", "comment", "suits", "record"
_HEADINGS = {
    _ITEM: "รหัสข้อสอบ\nItem",
    "criterion": "เกณฑ์ที่ข้อนี้ต้องวัด\nCriterion to be measured",
    "text": "โจทย์และตัวเลือก\nStem and options",
    "key": "เฉลยและเหตุผล\nKey and rationale",
    "own": "รอบก่อน: ของท่าน\nBefore: you",
    "median": "รอบก่อน: มัธยฐานกลุ่ม\nBefore: group median",
    "spread": "รอบก่อน: ช่วงของกลุ่ม\nBefore: group range",
    _COMMENT: "ข้อคิดเห็น\nComment",
    _SUITS: "ระดับที่เหมาะ\nLevel it suits",
    _RECORD: "examgen",
}
_RATING_HEADINGS: dict[Kind, str] = {
    "ioc": "ความสอดคล้อง\nRating (+1, 0, −1)",
    "angoff": "โอกาสตอบถูก\nRating (0–100 %)",
    "angoff-yes-no": "ตอบถูกหรือไม่\nRating (yes / no)",
}
_WIDTHS = {"criterion": 30, "text": 62, "key": 62, _COMMENT: 44}
_WIDTH, _GUIDE_WIDTH = 16, 110
_LONGEST_SHOWN = 40


class JudgedText(NamedTuple):
    """The text that was rated: the hash of the item, its criterion, and a digest of the criterion's words."""

    hash: str
    pc: str
    criterion: str


class ExpertAnswer(NamedTuple):
    """An expert's answer for an item: a rating, a level that suits the item, and a comment; each may be
    None.
    """

    unit: str
    edition: str
    panel: RatingPanel
    expert: str
    name: str
    item: str
    text: JudgedText
    value: Number | None
    suits: int | None
    comment: str | None
    file: str
    where: str

    @property
    def is_empty(self) -> bool:
        """Whether it has no rating, no level and no comment."""
        return self.value is None and self.comment is None and self.suits is None


def judged_text(shelf: BankUnit, item: Item) -> JudgedText:
    """Return the text that a rating of this item refers to."""
    criteria = {criterion.code: criterion.text for criterion in shelf.unit.criteria}
    return JudgedText(item.sha256(), item.pc, digest(criteria.get(item.pc, "")))


def letters(item: Item) -> dict[str, str]:
    """Return the letter that experts see for each option: Thai for a to e, the option id itself after e."""
    thai = dict(zip(DEFAULT_LETTERS, THAI_LETTERS, strict=True))
    return {option: thai.get(option, option) for option in item.options}


# ── ratings as texts ─────────────────────────────────────────────────────────────────────────


def shown(kind: Kind, value: Number) -> str:
    """Return a rating as text for a cell of the form."""
    if kind == "ioc":
        return f"{value:+g}" if value else "0"
    if kind == "angoff-yes-no":
        return CHOICES[kind][0 if value else 1]
    return f"{100 * value:.4g}"


def shown_earlier(kind: Kind, before: Earlier | None) -> dict[str, str]:
    """Return the cells for the ratings of the previous round; “–” if there are none."""
    if before is None or not before.values:
        return {"own": "–", "median": "–", "spread": "–"}
    own = shown(kind, before.own) if before.own is not None else "–"
    if kind == "angoff-yes-no":
        return {"own": own, "median": f"yes {sum(before.values):g} / {len(before.values)}", "spread": "–"}
    least, most = shown(kind, min(before.values)), shown(kind, max(before.values))
    return {"own": own, "median": shown(kind, before.median), "spread": f"{least} … {most}"}


def rating_of(kind: Kind, text: str) -> Number | Message:
    """Return the rating that a text states, or a message why it states none."""
    plain = plain_digits(clean(text)).replace("−", "-").replace("–", "-").replace(" ", "")
    values = {"said": _in_short(text), "write": _WRITE[kind]}
    if kind == "angoff-yes-no":
        if (word := folded(plain)) in _YES or word in _NO:
            return int(word in _YES)
        return tell("{said} is not an answer ({write})", **values)
    try:
        number = Decimal(re.sub("(%|percent)$", "", plain)) if kind == "angoff" else Decimal(plain)
    except InvalidOperation:
        return tell("{said} is not a rating ({write})", **values)
    if not number.is_finite() or number.copy_abs() > 100:
        return tell("{said} is out of range ({write})", **values)
    if kind == "angoff" and 0 < number < 1:
        return tell("{said} could be a fraction or a percentage ({write})", **values)
    value = number if kind == "ioc" else number / 100
    if not is_possible(kind, float(value)):
        return tell("{said} is out of range ({write})", **values)
    return int(value) if value == value.to_integral_value() else float(value)


def _level_of(text: str) -> int | Message:
    plain = plain_digits(clean(text)).strip()
    if re.fullmatch("[1-8](\\.0+)?", plain):
        return int(plain[0])
    return tell("{said} is not a level. Write one, or leave the cell empty.", said=_in_short(text))


def _in_short(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")


# ── out ──────────────────────────────────────────────────────────────────────────────────────


def rating_workbook(
    shelf: BankUnit,
    edition: str,
    panel: RatingPanel,
    items: Sequence[Item],
    expert: str,
    least_ioc: float,
    before: Mapping[str, Earlier],
) -> bytes:
    """Return the workbook for one expert; `before` holds the ratings of the previous round, from round 2 on.

    Raises Refused if a text is too long for a cell.
    """
    asked = levels_asked(panel, shelf.unit)
    earlier = ["own", "median", "spread"] if panel.round > 1 else []
    suits = [_SUITS] if asked else []
    fields = [_ITEM, "criterion", "text", "key", *earlier, _RATING, _COMMENT, *suits, _RECORD]
    headings = {**_HEADINGS, _RATING: _RATING_HEADINGS[panel.kind]}
    code = str(shelf.unit.code)
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet, told = book.create_sheet(RATING_SHEET), book.create_sheet(GUIDE_SHEET)
    write_heads(sheet, 1, [(headings[field], _WIDTHS.get(field, _WIDTH)) for field in fields])
    sheet.row_dimensions[1].height = 3 * LINE_HEIGHT
    sheet.column_dimensions[get_column_letter(len(fields))].hidden = True
    too_long = []
    for row, item in enumerate(items, 2):
        record = [code, edition, *panel, expert, item.id, *judged_text(shelf, item)]
        texts = {**_texts(shelf, item, bool(asked)), _RECORD: json.dumps(record, ensure_ascii=False)}
        if panel.round > 1:
            texts |= shown_earlier(panel.kind, before.get(item.id))
        for n, field in enumerate(fields, 1):
            text = texts.get(field, "")
            if not fits_cell(text):
                message = tell(
                    "has {n} characters, but a cell can contain at most {longest_cell}. Shorten it.",
                    n=len(text),
                    longest_cell=LONGEST_CELL,
                )
                too_long.append(Problem(code, "too-long-for-a-cell", message, item.id, field))
                continue
            cell = write_cell(sheet, row, n, text)
            if field in (_RATING, _COMMENT, _SUITS):
                open_cell(cell)
        set_height(sheet, row, [(texts.get(one, ""), _WIDTHS.get(one, _WIDTH)) for one in fields[:-1]])
    if too_long:
        raise Refused.because("the items do not fit into a spreadsheet", too_long)
    offered = {_RATING: CHOICES[panel.kind], _SUITS: tuple(map(str, asked))}
    for n, field in enumerate(fields, 1):
        if field in offered:
            is_strict = field == _SUITS or panel.kind != "angoff"
            said = both(tell("Please choose from the list"))
            rows = 2, max(2, len(items) + 1)
            offer(sheet, n, rows, offered[field], showErrorMessage=is_strict, error=said)
    sheet.freeze_panes, sheet.print_title_rows = "B2", "1:1"
    told.column_dimensions["A"].width = _GUIDE_WIDTH
    heading = f"{title(shelf.unit, panel)} · {expert}\n{shelf.unit.title or ''}".rstrip()
    for row, (text, is_heading) in enumerate(
        [(heading, True), *guide(panel, least_ioc, shelf.unit, shelf.meanings)], 1
    ):
        write_cell(told, row, 1, text, BOLD_FONT if is_heading else TEXT_FONT)
        set_height(told, row, [(text, _GUIDE_WIDTH)])
    for one in (sheet, told):
        set_page(one)
        protect(one)
    return file_of(book)


def _texts(shelf: BankUnit, item: Item, hides_levels: bool) -> dict[str, str]:
    """Return the texts of the cells of an item; its levels are omitted if the expert is asked for them."""
    criteria = {criterion.code: criterion.text for criterion in shelf.unit.criteria}
    stimuli = {stimulus.id: stimulus.text for stimulus in shelf.stimuli}
    named = letters(item)
    lines = [f"{pc} {criteria[pc]}" for pc in item.pcs if pc in criteria]
    if item.levels and not hides_levels:
        lines.append(f"{both(tell('Level'))} {', '.join(map(str, item.levels))}")
    case = stimuli.get(item.shared_stimulus or "")
    stimulus = [f"[{in_rows(case, 'stimulus')}]"] if case is not None else []
    right = " ".join(named[option] for option in item.options if option in item.key)
    return {
        _ITEM: item.id,
        "criterion": "\n".join(lines),
        "text": "\n".join(
            [*stimulus, in_rows(item.stem), *(f"{named[o]}. {text}" for o, text in item.options.items())]
        ),
        "key": "\n".join(
            [
                f"{both(tell('Key'))}: {right}",
                *(f"{named[o]}. {item.reasons.get(o, '–')}" for o in item.options),
                f"{both(tell('Reference'))}: {item.reference}",
            ]
        ),
    }


# ── in ───────────────────────────────────────────────────────────────────────────────────────


def read_ratings(data: bytes, name: str) -> tuple[list[ExpertAnswer], list[Problem]]:
    """Return the answers in a completed form, including empty ones, and every fault with its line."""
    fields = {folded(heading): field for field, heading in _HEADINGS.items()}
    fields |= {folded(heading): _RATING for heading in _RATING_HEADINGS.values()}
    try:
        tables = open_tables(name, data)
    except Refused as refusal:
        return [], list(refusal.problems) or [Problem(name, "not-a-rating-form", refusal.message)]
    for table in tables:
        heads = [fields.get(folded(cell)) for cell in table.header.fields]
        if _RECORD in heads and _RATING in heads:
            if twice := {head for head in heads if head and heads.count(head) > 1}:
                message = tell("has a column twice ({columns}). Keep one.", columns=", ".join(sorted(twice)))
                return [], [Problem(name, "column-twice", message)]
            return _answers(table, heads, name)
    message = tell(
        "is not a workbook for ratings, or its hidden column is missing. Copy the entries into the file that "
        "{command} wrote.",
        command=command("bank review", "--out DIR"),
    )
    return [], [Problem(name, "not-a-rating-form", message)]


def _answers(
    table: Table, heads: Sequence[str | None], name: str
) -> tuple[list[ExpertAnswer], list[Problem]]:
    answers: list[ExpertAnswer] = []
    problems: list[Problem] = []
    for row in table.body(len(heads)):
        cells = {head: clean(restore(text)) for head, text in zip(heads, row.fields, strict=False) if head}
        if not any(cells.get(field) for field in (_ITEM, _RATING, _COMMENT, _SUITS, _RECORD)):
            continue
        where = f"{name}:{row.line}"
        faults: list[Problem] = []
        if (answer := _answer(cells, row, heads, name, where, faults)) is None and not faults:
            message = tell("is not a line that was sent. Fill in only the yellow cells.")
            faults.append(Problem(where, "line-unknown", message, cells.get(_ITEM) or None))
        problems += faults
        if answer is not None and not faults:
            answers.append(answer)
    return answers, problems


def _answer(
    cells: Mapping[str, str],
    row: TableRecord,
    heads: Sequence[str | None],
    name: str,
    where: str,
    faults: list[Problem],
) -> ExpertAnswer | None:
    """Return the answer in a line; None if its hidden cell is damaged or belongs to another line."""
    try:
        unit, edition, kind, level, number, expert, item, *text = json.loads(cells.get(_RECORD, ""))
        panel = RatingPanel(KINDS[KINDS.index(kind)], level and int(level), int(number))
        about = JudgedText(*text)
    except (ValueError, TypeError):
        return None
    if item != cells.get(_ITEM):
        return None
    merged = {heads[n] for n in row.merged if n < len(heads)} & {_RATING, _COMMENT, _SUITS}
    if merged:
        message = tell("its cells are merged with others. Unmerge them and fill in each cell.")
        faults.append(Problem(where, "cell-merged", message, item))
    rating, suits = cells.get(_RATING, ""), cells.get(_SUITS, "")
    value = rating_of(panel.kind, rating) if rating else None
    level_suited = _level_of(suits) if suits else None
    for field, read, code in ((_RATING, value, "rating-value"), (_SUITS, level_suited, "rating-level")):
        if isinstance(read, str):
            faults.append(Problem(where, code, read, item, field))
    if isinstance(value, str) or isinstance(level_suited, str):
        return None
    comment = cells.get(_COMMENT) or None
    return ExpertAnswer(
        unit, edition, panel, expert, expert, item, about, value, level_suited, comment, name, where
    )
