"""Writes items of the bank as a Word document (.docx) for reading, and a paper as one for editing.

The style of a paragraph shows its role (`examgen stem`, `examgen option`, …). Bold, italic and code in texts
are character styles; direct bold formatting marks the key, as people mark it. Formulas are those of Word.

References
----------
ISO/IEC 29500-1:2016: 17 (WordprocessingML), 20.4 (pictures), 22.1 (formulas).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote

from examgen.core.text.characters import LETTERS, THAI_LETTERS
from examgen.core.text.markdown import Formula, formula_of, reader
from examgen.core.words import Message, in_language
from examgen.interchange import omml, word_parts
from examgen.interchange.word_parts import ABOUT, KEY, REFERENCE, drawing_of
from examgen.interchange.writing import WrittenItem, packed

_THAI = re.compile("[\u0e00-\u0e7f][\u0e00-\u0e7f\\s]*")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TAB = "<w:r><w:tab/></w:r>"
_BOLD = "<w:b/><w:bCs/>"
_LANGUAGES = '<w:lang w:val="en-US" w:bidi="th-TH"/>'
_MARKED = {
    (False, False): "",
    (True, False): "Strong",
    (False, True): "Emphasis",
    (True, True): "examgenStrongEmphasis",
}
_TEXT_WIDTH = 8500
"""The width of a table, in twentieths of a point."""
_OWN_LISTS = 1
"""The number of lists of the document itself, for question numbers, before those of its texts."""


class PaperQuestion(NamedTuple):
    """A question as printed on a paper, without key, rationale and id.

    `stimulus` is the shared text above it if it is the first question with that text, `section` the heading
    above that.
    """

    stem: str
    options: tuple[str, ...]
    stimulus: str | None = None
    section: str | None = None
    pictures: Mapping[str, bytes] = {}


def write(sent: Sequence[WrittenItem], title: str, criteria: Mapping[str, str]) -> bytes:
    """Return a document of the items, by criterion, each with its key, rationales, criteria, levels and
    reference.

    `criteria` gives the texts of the criteria. Labels are Thai if any item is.
    """
    made = _Made(any(_THAI.search(one.item.stem) for one in sent))
    made.paragraph(made.runs(title), "Title")
    criterion = None
    for one in sent:
        if one.item.pc != criterion:
            criterion = one.item.pc
            said = " ".join(filter(None, (criterion, criteria.get(criterion, ""))))
            made.paragraph(made.runs(said), "Heading1")
        made.item(one)
    return made.packed()


def write_paper(
    heading: Sequence[str],
    questions: Sequence[PaperQuestion],
    letters: str,
) -> bytes:
    """Return a paper to be edited in Word. The first line of `heading` is its title, the others are below it.

    Word counts the numbers and letters; nothing in the document shows which options are right.
    """
    made = _Made(letters.startswith(THAI_LETTERS[0]))
    made.names_pictures = False
    first, *others = heading
    made.paragraph(made.runs(first), "Title")
    for line in others:
        made.paragraph(made.runs(line), "examgenLine")
    for one in questions:
        made.pictures = one.pictures
        if one.section:
            made.paragraph(made.runs(one.section), "Heading1")
        if one.stimulus:
            made.text(one.stimulus, "stimulus", "examgenStimulus")
        made.stem(one.stem)
        for text in one.options:
            made.option(made.lines(text, "options.a"))
    return made.packed()


class _Made:
    """A document while it is being written."""

    def __init__(self, thai: bool) -> None:
        self.thai = thai
        self.body: list[str] = []
        self.media: dict[str, bytes] = {}
        self.relations: dict[str, int] = {}
        self.lists: list[bool] = []
        """Whether each list in the texts is numbered."""
        self.pictures: Mapping[str, bytes] = {}
        self.names_pictures = True
        """Whether picture files keep their names in the bank, which may reveal more than the pictures
        show.
        """
        self.drawn = 0

    @property
    def letters(self) -> str:
        """The letters of options."""
        return THAI_LETTERS if self.thai else LETTERS

    def said(self, message: Message) -> str:
        """Return a label in the language of the document."""
        return in_language(message, "th" if self.thai else "en")

    def paragraph(self, inner: str, style: str, more: str = "") -> None:
        """Add a paragraph; `more` are further properties of it."""
        self.body.append(_paragraph(inner, style, more))

    def item(self, one: WrittenItem) -> None:
        """Add an item with all its data."""
        item, self.pictures = one.item, one.pictures
        place = {name: self.letters[n] for n, name in enumerate(item.options)}
        about = {
            "id": item.id,
            "criteria": ", ".join(item.pcs),
            "levels": ", ".join(map(str, item.levels)),
            "cognitive": item.cognitive,
            "family": item.family or "",
            "decided_by": item.decided_by or "",
            "anchored": ", ".join(place[name] for name in item.anchored),
        }
        said = " · ".join(f"{self.said(ABOUT[name])}: {text}" for name, text in about.items() if text)
        self.paragraph(self.runs(said), "examgenAbout")
        if one.stimulus:
            self.text(one.stimulus[1], "stimulus", "examgenStimulus")
        self.stem(item.stem)
        for name, text in item.options.items():
            self.option(self.lines(text, f"options.{name}", name in item.key), name in item.key)
        self.paragraph(
            self.runs(f"{self.said(KEY)}: {', '.join(place[name] for name in item.key)}"), "examgenKey"
        )
        for name, text in item.rationale.items():
            said = self.runs(f"{place[name]}.") + _TAB + self.lines(text, f"rationale.{name}")
            self.paragraph(said, "examgenRationale")
        self.paragraph(self.runs(f"{self.said(REFERENCE)}: {item.reference}"), "examgenReference")

    def stem(self, text: str) -> None:
        """Add the stem of a question, with a number."""
        self.text(text, "stem", "examgenStem", _NUMBERED)

    def option(self, inner: str, right: bool = False) -> None:
        """Add an option with a letter; the letter of a right option is bold too."""
        mark = f"<w:rPr>{_BOLD}</w:rPr>" if right else ""
        self.paragraph(inner, "examgenOption", _LETTERED + mark)

    def text(self, text: str, field: str, style: str, first: str = "") -> None:
        """Add the blocks of a text; `first` are properties of its first paragraph."""
        tokens = reader(field).parse(text)
        if first and (not tokens or tokens[0].type != "paragraph_open"):
            self.paragraph("", style, first)
            first = ""
        level, of_list, at, begun = -1, 0, 0, False
        opened: list[int] = []
        while at < len(tokens):
            token = tokens[at]
            if formula := formula_of(token):
                self.paragraph(self.formula(formula), style, first)
                first = ""
            elif token.type in ("bullet_list_open", "ordered_list_open"):
                self.lists.append(token.type == "ordered_list_open")
                opened.append(len(self.lists))
                level, of_list = level + 1, opened[-1]
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                opened.pop()
                level, of_list = level - 1, opened[-1] if opened else 0
            elif token.type == "list_item_open":
                begun = False
            elif token.type == "table_open":
                end = next(n for n in range(at, len(tokens)) if tokens[n].type == "table_close")
                self.body.append(self.table(tokens[at:end]))
                at = end
            elif token.type == "inline":
                inner = self.inline(token.children or ())
                if of_list:
                    more = f'<w:ind w:left="{1021 + 397 * level}"/>'
                    number = _numbered(of_list + _OWN_LISTS, level)
                    self.paragraph(inner, "examgenList", more if begun else number)
                    begun = True
                else:
                    self.paragraph(inner, style, first)
                    first = ""
            at += 1

    def table(self, tokens: Sequence[Any]) -> str:
        """Return a table, with its first row as a heading."""
        rows: list[list[str]] = []
        width = 0
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                found = re.search("text-align:(left|center|right)", str(token.attrGet("style") or ""))
                aligned = f'<w:jc w:val="{found[1]}"/>' if found else ""
                head = token.type == "th_open"
            elif token.type == "inline":
                style = "examgenHead" if head else "examgenCell"
                rows[-1].append(_paragraph(self.inline(token.children or ()), style, aligned))
                width = max(width, len(rows[-1]))
        share = _TEXT_WIDTH // max(1, width)
        grid = f'<w:gridCol w:w="{share}"/>' * width
        cell = f'<w:tc><w:tcPr><w:tcW w:w="{share}" w:type="dxa"/></w:tcPr>'
        lines = "".join(
            f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' * (n == 0)}</w:trPr>"
            + "".join(f"{cell}{one}</w:tc>" for one in row)
            + "</w:tr>"
            for n, row in enumerate(rows)
        )
        return (
            '<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="0" w:type="auto"/>'
            '<w:tblInd w:w="567" w:type="dxa"/><w:tblLook w:val="0420"/></w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid>{lines}</w:tbl>"
        )

    def lines(self, text: str, field: str, bold: bool = False) -> str:
        """Return a text of lines as the runs of one paragraph."""
        made = []
        for token in reader(field).parse(text):
            if formula := formula_of(token):
                made.append(self.formula(formula))
            elif token.type == "inline":
                made.append(self.inline(token.children or (), bold))
        return "<w:r><w:br/></w:r>".join(made)

    def inline(self, tokens: Iterable[Any], bold: bool = False) -> str:
        """Return inline content as runs, with a character style for each kind of emphasis."""
        made, marks = [], dict.fromkeys(("strong", "em"), 0)
        for token in tokens:
            kind = token.type
            if formula := formula_of(token):
                made.append(self.formula(formula))
            elif kind in ("softbreak", "hardbreak"):
                made.append("<w:r><w:br/></w:r>")
            elif kind == "image":
                made.append(self.picture(unquote(str(token.attrs["src"])), token.content))
            elif kind.rpartition("_")[0] in marks:
                marks[kind.rpartition("_")[0]] += token.nesting
            elif token.content:
                style = (
                    "examgenCode"
                    if kind == "code_inline"
                    else _MARKED[bool(marks["strong"]), bool(marks["em"])]
                )
                made.append(self.runs(token.content, style, bold))
        return "".join(made)

    def runs(self, text: str, style: str = "", bold: bool = False) -> str:
        """Return text as runs, with Thai letters marked as complex script."""
        said = f'<w:rStyle w:val="{style}"/>' * bool(style)
        parts: list[tuple[str, bool]] = []
        at, text = 0, _NOT_XML.sub("", text)
        for found in _THAI.finditer(text):
            parts += [(text[at : found.start()], False), (found[0], True)]
            at = found.end()
        parts.append((text[at:], False))
        return "".join(
            f"<w:r><w:rPr>{said}{_BOLD * bold}{'<w:cs/>' * thai}{_LANGUAGES}</w:rPr>"
            f'<w:t xml:space="preserve">{escape(part, quote=False)}</w:t></w:r>'
            for part, thai in parts
            if part
        )

    def formula(self, formula: Formula) -> str:
        """Return a formula in Word's format."""
        return omml.written(formula)

    def picture(self, name: str, alt: str) -> str:
        """Return an inline picture; its alternative text or name if the bank does not have it."""
        data = self.pictures.get(name)
        if data is None:
            return self.runs(f"[{alt or name}]")
        called = name if self.names_pictures else f"picture{PurePosixPath(name).suffix}"
        file = word_parts.media_name(called, data)
        other = f"{file}.png"
        if file not in self.media:
            self.media[file] = data
            if (drawn := word_parts.shown_instead(data, file)) is not None:
                self.media[other] = drawn
        shown = other if other in self.media else file
        vector = self.related(file) if shown != file and file.endswith(".svg") else None
        self.drawn += 1
        return drawing_of(self.drawn, file, alt, word_parts.size_of(data, file), self.related(shown), vector)

    def related(self, file: str) -> str:
        """Return the id of the document's relationship to a picture."""
        return f"rPic{self.relations.setdefault(file, len(self.relations) + 1)}"

    def packed(self) -> bytes:
        """Return the document with all its parts as a file."""
        body = "".join(self.body)
        members = word_parts.members(body, self.thai, self.lists, _OWN_LISTS, list(self.relations))
        members |= {f"word/media/{name}": data for name, data in self.media.items()}
        return packed(
            dict(sorted(members.items(), key=lambda one: (one[0] != "[Content_Types].xml", one[0])))
        )


def _numbered(number: int, level: int) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'


_NUMBERED, _LETTERED = _numbered(1, 0), _numbered(1, 1)


def _paragraph(inner: str, style: str, more: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>{inner}</w:p>'
