"""Reads the rows of a spreadsheet as questions, one for each row.

The key may be a letter, a number or the text of an option. If two of these readings name different options,
or none names any, the question is set aside with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from examgen.bank.workbook.texts import spelled
from examgen.core.files import sha256
from examgen.core.text.thai import arabic_digits
from examgen.core.words import Message, joined, listed, option, tell, tell_n
from examgen.interchange import markup, weights
from examgen.interchange.questions import (
    NOTHING,
    Choice,
    Kind,
    Question,
    QuestionFile,
    QuestionPicture,
    RefusedQuestion,
)
from examgen.interchange.tables.columns import (
    FALSE,
    KEY_IS,
    THAI,
    TRUE,
    ColumnOptions,
    QuestionColumns,
    QuestionRow,
    folded,
    number,
)

_SHORTENED = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+\d{2,3}")
"""A long number as shortened by a spreadsheet."""
_LABEL = re.compile(rf"\(?([A-Ha-h{THAI}1-8])\s*[.)](?!(?<=\d\.)\d)\s*")
"""The letter or number that begins an option, not the 1 of 1.5."""
_SEPARATORS = re.compile(r"\s*(?:,|;|\||&|\n|\band\b|และ)\s*")
_LETTER = re.compile(
    rf"(?:(?:option|choice|answer|ตัวเลือก(?:ที่)?|ข้อ(?:ที่)?)\s*)?\(?([A-Ha-h{THAI}])\s*[.)]?", re.I
)
_DIGIT = re.compile(
    r"(?:(?:option|choice|answer|ตัวเลือก(?:ที่)?|ข้อ(?:ที่)?)\s*)?\(?([0-9]{1,2})(?:\.0)?\s*[.)]?", re.I
)
_KINDS: dict[Kind, frozenset[str]] = {
    "single": frozenset((
        "multiplechoice", "mc", "mcq", "single", "singlechoice", "singleselect", "radio", "quiz", "dropdown",
        "choice", "multichoice", "ปรนัย", "เลือกตอบ", "หลายตัวเลือก",
    )),
    "multiple": frozenset((
        "checkbox", "checkboxes", "multipleselect", "multiselect", "multipleanswer", "multipleanswers", "ma",
        "multipleresponse", "multipleanswerschoice", "เลือกหลายข้อ", "หลายคำตอบ",
    )),
    "truefalse": frozenset(("truefalse", "tf", "trueorfalse", "boolean", "yesno", "ถูกผิด")),
}  # fmt: skip
"""Words for the kinds of questions in the column of types."""


def read_rows(
    rows: Iterable[QuestionRow],
    columns: QuestionColumns,
    said: ColumnOptions,
    name: str,
    reading: QuestionFile,
) -> None:
    """Read the rows below the headings and add each to `reading`, as a question or set aside."""
    rows = [row for row in rows if any(cell.strip() for cell in row.cells)]
    own = said
    # if most keys are numbers and one of them is 0, the others may count from 0, too
    cells = [row.cells[n].strip() for row in rows for n in columns.roles.get("key", ()) if n < len(row.cells)]
    numbers = [cell for cell in cells if cell.isdigit()]
    if said.key_is is None and "0" in numbers and 2 * len(numbers) > len([cell for cell in cells if cell]):
        own = said._replace(key_is="doubtful")
    for row in rows:
        found = _RowReader(row, columns, own, f"{name}:{row.line}").read()
        (reading.questions if isinstance(found, Question) else reading.set_aside).append(found)  # type: ignore[arg-type]


class _Option(NamedTuple):
    """An option of a row: its position from 0, its text, and its column."""

    place: int
    text: str
    column: int


class _RowReader:
    """Reads one row."""

    def __init__(self, row: QuestionRow, columns: QuestionColumns, said: ColumnOptions, source: str) -> None:
        self.row, self.columns, self.said, self.source = row, columns, said, source
        self.notes: list[Message] = []

    def cell(self, column: int | None) -> str:
        """Return the text of the row's cell in a column; empty if there is none."""
        return self.row.cells[column].strip() if column is not None and column < len(self.row.cells) else ""

    def all(self, role: str) -> list[str]:
        """Return the non-empty texts of the row's cells in the columns of a role."""
        return [text for column in self.columns.roles.get(role, ()) if (text := self.cell(column))]

    @property
    def id(self) -> str:
        """The id of the question in the row."""
        return self.cell(self.columns.one("id"))

    def aside(self, reason: Message, kind: str = "?") -> RefusedQuestion:
        """Return the question as refused, with the reason."""
        stem = self.cell(self.columns.one("stem"))
        return RefusedQuestion(self.source, kind, reason, self.id or markup.shortened(stem))

    def read(self) -> Question | RefusedQuestion:
        """Return the question of the row, or the refused question with the reason."""
        if self.row.fault:
            return self.aside(tell("its row is incomplete ({fault})", fault=self.row.fault))
        if self.row.otherwise is not None:
            return self.aside(self.row.otherwise)
        if not self.cell(self.columns.one("stem")):
            return self.aside(tell("has no stem"))
        kind = self.cell(self.columns.one("kind"))
        name = folded(kind)
        said = next((one for one, names in _KINDS.items() if name in names), None)
        if kind and said is None:
            return self.aside(tell("is a question of type {kind}, not multiple choice", kind=kind), kind)
        keys = [key for key in self.all("key") if key]
        options = self.options(keys)
        if (
            not options
            and (said in ("truefalse", None))
            and len(keys) == 1
            and folded(keys[0]) in TRUE | FALSE
        ):
            return self.truth(keys[0])
        merged = self.row.merged & {one.column for one in options}
        if merged:
            return self.aside(tell("its cells are merged with others. Unmerge them."))
        texts = [self.cell(self.columns.one("stem")), *(one.text for one in options), *keys]
        if lost := next((text for text in texts if _SHORTENED.fullmatch(text)), None):
            return self.aside(
                tell(
                    "the spreadsheet shows {number} and digits are lost. Format the cell as text.",
                    number=lost,
                )
            )
        if len(options) < 2:
            return self.aside(tell("has fewer than two options"), kind or "?")
        found = self.right(keys, options)
        if isinstance(found, Message):
            return self.aside(found, said or "single")
        if said == "single" and len(found) > 1:
            return self.aside(tell("allows one answer, but its key has {n} options", n=len(found)), "single")
        return self.question(options, found, "multiple" if said == "multiple" or len(found) > 1 else "single")

    def options(self, keys: Sequence[str]) -> list[_Option]:
        """Return the options in the row, each with its position."""
        if wrong := self.columns.roles.get("wrong"):
            right = self.columns.one("key")
            found = [(0, keys[0], right or 0)] if keys else []
            found += [(n, self.cell(column), column) for n, column in enumerate(wrong, 1)]
        elif self.columns.options:
            found = [(n, self.cell(column), column) for n, column in sorted(self.columns.options.items())]
        else:
            column = self.columns.one("options")
            cell = self.cell(column)
            # options in one cell: one on each line, or separated by bars or semicolons
            parted = ([part.strip() for part in cell.split(sign)] for sign in ("\n", "|", ";"))
            parts = next((list(filter(None, parts)) for parts in parted if len(parts) > 1), [cell])
            found = [(n, part, column or 0) for n, part in enumerate(parts)]
        options = [_Option(n, text, column) for n, text, column in found if text]
        labels = [_LABEL.match(one.text) for one in options]
        bare = [  # options without the letters before them
            one._replace(text=one.text[label.end() :])
            for one, label in zip(options, labels, strict=True)
            if label and number(label[1].casefold()) == one.place and label.end() < len(one.text)
        ]
        if len(bare) == len(options):  # each option has the letter of its place
            options = bare
        return sorted(options, key=self.drawn) if wrong else options

    def drawn(self, option: _Option) -> str:
        """Return the sort key of options whose columns state no order.

        Otherwise the right option would come first in every item, and papers that keep the order of the bank
        would give it away.
        """
        return sha256(f"{self.cell(self.columns.one('stem'))}\0{option.text}".encode())

    def right(self, keys: Sequence[str], options: Sequence[_Option]) -> set[int] | Message:
        """Return the positions of the right options in `options`, or the reason why they are not known."""
        if not keys:
            return tell("has no key. Enter the right option in the file.")
        if self.columns.roles.get("wrong"):
            return {n for n, one in enumerate(options) if one.place == 0}
        found: list[set[int]] = []
        for key in keys:
            one = _named(key, options, self.said.key_is)
            if isinstance(one, Message):
                return one
            found.append(one)
        if "key" not in self.said.roles and any(one != found[0] for one in found):
            return tell(
                "its key columns differ ({keys}). Keep one of them in the file, or state "
                "which is `key` ({columns}).",
                keys=listed(map(repr, keys)),
                columns=option("columns", command="bank import"),
            )
        return set().union(*found)

    def truth(self, key: str) -> Question:
        """Return a true/false question with the right one of its two options."""
        thai = re.search("[\u0e00-\u0e7f]", key)
        words = ("ถูก", "ผิด") if thai else ("True", "False")
        options = [_Option(n, text, -1) for n, text in enumerate(words)]
        return self.question(options, {0 if folded(key) in TRUE else 1}, "truefalse")

    def question(self, options: Sequence[_Option], right: set[int], kind: Kind) -> Question:
        """Return the question with all data of the row."""
        odd = [
            n
            for n, one in enumerate(options, 1)
            if one.column in self.row.odd and folded(one.text) not in TRUE | FALSE
        ]
        if odd:
            self.notes.append(
                tell_n(
                    "option {places} is a decimal number or a date in the spreadsheet. Check its text.",
                    "options {places} are decimal numbers or dates in the spreadsheet. Check their text.",
                    len(odd),
                    places=listed(map(str, odd)),
                )
            )
        marked = [n for n, one in enumerate(options) if one.column in self.row.emphasised]
        doubt = None
        if len(marked) == 1 < len(options) and marked[0] not in right:
            doubt = tell(
                "only option {place} is emphasised or coloured, but it is not the key", place=marked[0] + 1
            )
        stem = markup.from_plain(self.cell(self.columns.one("stem")), "stem", latex=True)
        if pictures := self.all("picture"):
            stem = stem._replace(pictures=tuple(QuestionPicture(one, None) for one in pictures))
        rationales = {n: self.cell(column) for n, column in self.columns.rationales.items()}
        choices = tuple(
            Choice(
                markup.from_plain(one.text, "lines", latex=True),
                n in right,
                None,
                markup.from_plain(rationales.get(one.place, ""), "lines", latex=True) or None,
            )
            for n, one in enumerate(options)
        )
        tags = [part.strip() for cell in self.all("tags") for part in re.split(r"[,;|\n]", cell)]
        return weights.with_concerns(
            Question(
                id=self.id or self.source,
                source=self.source,
                kind=kind,
                stem=stem or NOTHING,
                choices=choices,
                points=weights.number_or_none(self.cell(self.columns.one("points"))),
                name=self.id,
                feedback=markup.from_plain(" ".join(self.all("feedback")), "lines", latex=True) or None,
                category=self.cell(self.columns.one("category")) or None,
                tags=tuple(dict.fromkeys(filter(None, tags))),
                warnings=tuple(self.notes),
                doubt=doubt,
            )
        )


def _named(key: str, options: Sequence[_Option], key_is: str | None) -> set[int] | Message:
    """Return the positions in `options` of the options that a key names, or the reason why it is not
    clear.
    """
    ways: dict[str, set[int]] = {}
    places = {one.place: n for n, one in enumerate(options)}
    labels = [number(found[1].casefold()) for one in options if (found := _LABEL.match(one.text))]
    own = {label: n for n, label in enumerate(labels)} if len(labels) == len(options) else {}
    parts = [part for part in _SEPARATORS.split(arabic_digits(key).strip()) if part]
    if all(_LETTER.fullmatch(part) for part in parts):
        wanted = [number(_LETTER.fullmatch(part)[1].casefold()) for part in parts]  # type: ignore[index]
        ways["letter"] = _by_place(wanted, places)
        if own:
            ways["own letter"] = _by_place(wanted, own)
    numbers = [found for part in parts if (found := _DIGIT.fullmatch(part))]
    if len(numbers) == len(parts):
        start = 0 if key_is == "from 0" else 1
        way = "from 0" if key_is == "from 0" else "number"
        ways[way] = _by_place([int(found[1]) - start for found in numbers], places)
    texts = [_alike(one.text) for one in options]

    def by_text(text: str) -> int | None:
        # -1 if two options have this text, or if its letter and its text name different options
        if (n := texts.count(_alike(text))) > 1:
            return -1
        if n:
            return texts.index(_alike(text))
        if (found := _LABEL.match(text)) and _alike(text[found.end() :]) in texts:
            place = texts.index(_alike(text[found.end() :]))
            return place if options[place].place == number(found[1].casefold()) else -1
        return None

    # the key is the text of an option, or of several on separate lines or with a separator
    for sign in ("", "\n", ";", "|", ","):
        named = [by_text(part) for part in (key.split(sign) if sign else [key]) if part.strip() or not sign]
        if None not in named and (not sign or len(named) > 1):
            ways["text"] = {place for place in named if place is not None}
            break
    if key_is in KEY_IS:
        ways = {way: found for way, found in ways.items() if way == key_is}
    elif key_is == "doubtful" and "number" in ways and "text" not in ways:
        return tell(
            "its key is a number, and another row has 0. Write the letters of the options, "
            "or `key_is: from 0` or `key_is: number` ({columns}).",
            columns=option("columns", command="bank import"),
        )
    if len(ways) > 1 and len({frozenset(found) for found in ways.values()}) > 1:
        # a letter or number beyond the options cannot be meant
        ways = {way: found for way, found in ways.items() if way == "text" or -1 not in found}
    said = {frozenset(found) for found in ways.values()}
    if len(said) == 1 and -1 not in next(iter(said)):
        return set(next(iter(said)))
    if len(said) > 1:
        return tell(
            "its key {key!r} may be a position or a text, which are different options. "
            "Write the letter of the option, or `key_is` ({columns}).",
            key=key,
            columns=option("columns", command="bank import"),
        )
    shown = joined((repr(one.text) for one in options), ", ")
    if -1 in ways.get("text", ()) and _LABEL.match(key):
        return tell(
            "its key {key} gives one option by its letter and another by its text ({options})",
            key=spelled(key),
            options=shown,
        )
    if -1 in ways.get("text", ()):
        return tell(
            "its key {key} may be several of its options ({options}). Write the letter of the option alone.",
            key=spelled(key),
            options=shown,
        )
    return tell("its key {key} is not one of its options ({options})", key=spelled(key), options=shown)


def _by_place(wanted: Iterable[int], places: Mapping[int, int]) -> set[int]:
    return {places.get(place, -1) for place in wanted}


def _alike(text: str) -> str:
    return " ".join(text.split()).casefold()
