"""Reads Word documents (.docx) as lines with their formatting, automatic numbers, tables, pictures and
formulas.

Of tracked changes, deletions are left out and insertions are included. Automatic numbers and letters are
computed as in ISO/IEC 29500-1, 17.9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from posixpath import normpath
from typing import Any, NamedTuple

from examgen.core import foreign
from examgen.core.problems import Refused
from examgen.core.words import command, tell
from examgen.interchange import omml
from examgen.interchange.markup import name_of
from examgen.interchange.questions import QuestionFile, QuestionPicture
from examgen.interchange.typed.lines import TypedLine, TypedPiece, html_of
from examgen.interchange.typed.reading import questions_of
from examgen.interchange.word_parts import OWN

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_DOCUMENT = "word/document.xml"
_THAI_LETTERS = "กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ"
_THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
_OFF = frozenset(("0", "false", "off", "none"))
_RUNS_WITHIN = frozenset(
    ("hyperlink", "ins", "moveTo", "smartTag", "sdt", "sdtContent", "fldSimple", "customXml", "dir", "bdo")
)
_LETTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}
_SHOWS_NOTHING = frozenset(
    ("rPr", "instrText", "delText", "delInstrText", "lastRenderedPageBreak", "annotationRef", "footnoteRef",
     "endnoteRef", "separator", "continuationSeparator")
)  # fmt: skip
_HIDDEN_FIELDS = frozenset(("XE", "TC", "TA", "RD", "SET", "ASK", "PRINT", "PAGE", "HYPERLINK"))
"""Fields that display nothing in the text."""
_SYMBOLS = dict(
    zip(
        (*range(0x20, 0x7F), *range(0xA1, 0xFF)),
        " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
        "ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\0〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭",
        strict=True,
    )
)
"""The characters of the font Symbol, by their codes (Adobe, Symbol encoding)."""
_TICKS = frozenset(("f0fc", "f050", "f0fe", "f052"))
_LEAST_SIZE = 4
"""The smallest visible letter size, in half points."""
_BLACK = frozenset(("auto", "000000", "black", ""))
_QUESTION = re.compile(r"\s*[*✓]?\s*\(?(?:[กขคง]|[A-Da-d]|[0-9๐-๙]{1,3})\s*[.)]")
_OF_KEYS = re.compile(
    r"\s*(?:(?:ข้อ|ที่|ลำดับ|เฉลย|คำตอบ|ตอบ|answers?|keys?|no\.?|item|question|q)\s*)*"
    r"(?:[0-9๐-๙]{1,4}\s*[.)]?\s*)?(?:\(?[กขคงA-Da-d]\s*[.)]?\s*)?",
    re.I,
)
"""The content of a cell in a table of keys: numbers, letters, and the headings above them."""
_ANSWER_IS = "เฉลย"
_KEYS = re.compile(
    r"\s*(?:เฉลย|คำเฉลย|คำตอบ(?:ที่ถูก(?:ต้อง)?)?|ตอบ|answers?|keys?|correct(?: answer)?)\s*:?\s*", re.I
)
_LETTERED = re.compile(r"(?:^|\s)\(?[กขคงA-Da-d]\s?[.)]")
_LETTER = re.compile(r"\s*\(?(?:[กขคง]|[A-Da-d])\s*[.)]?\s*")
_ALONE = re.compile(r"\s*\(?(?:[กขคง]|[A-Da-d]|[0-9๐-๙]{1,3})\s*[.)]?\s*")


def is_package(archive: foreign.Archive) -> bool:
    """Return whether an archive is a Word document."""
    return _DOCUMENT in archive.members


def read(data: bytes, name: str) -> QuestionFile:
    """Read the questions of a document, in order."""
    archive = foreign.Archive(data, name)
    if not is_package(archive):
        raise foreign.refusal(name, "not-word", tell("is not a Word document (.docx)"))
    reading = QuestionFile("docx")
    document = _Document(archive)
    if any(_value(style, "name").startswith(OWN) for style in document.styles.values()):
        raise foreign.refusal(
            name,
            "written-by-examgen",
            tell(
                "was written by {export} for reading only. To import changes, use the workbook ({workbook}).",
                export=command("bank export"),
                workbook=command("bank export", "CODE FILE.xlsx"),
            ),
        )
    questions_of(list(document.lines()), reading, name)
    if document.changed:
        reading.notes.append(tell("has tracked changes; deletions are left out and insertions are included"))
    return reading


class _ListLevel(NamedTuple):
    """A level of a list: the kind of its numbers, the label text, and the first number."""

    kind: str
    text: str
    start: int


class _Numbering:
    """The lists of a document, with the labels that Word prints before their paragraphs."""

    def __init__(self, root: Any) -> None:
        self.levels: dict[tuple[str, int], _ListLevel] = {}
        self.counts: dict[tuple[str, int], int] = {}
        self.of: dict[str, str] = {}
        abstract: dict[str, dict[int, _ListLevel]] = {}
        for one in root.iter(f"{_W}abstractNum") if root is not None else ():
            abstract[one.get(f"{_W}abstractNumId", "")] = dict(_levels(one))
        for one in root.iter(f"{_W}num") if root is not None else ():
            number = one.get(f"{_W}numId", "")
            base = _value(one, "abstractNumId")
            self.of[number] = base
            for level, found in abstract.get(base, {}).items():
                self.levels[number, level] = found
            for override in one.iter(f"{_W}lvlOverride"):
                level = _whole(override.get(f"{_W}ilvl"), 0)
                for at, found in _levels(override):
                    self.levels[number, at] = found
                start = _value(override, "startOverride")
                if start and (number, level) in self.levels:
                    self.levels[number, level] = self.levels[number, level]._replace(start=_whole(start, 1))
                    self.of[number] = f"{base}/{number}"  # counts of its own

    def label(self, number: str, level: int) -> str:
        """Return the label of the next paragraph of a list, and count it."""
        found = self.levels.get((number, level))
        if found is None or number == "0":
            return ""
        base = self.of.get(number, number)
        self.counts[base, level] = self.counts.get((base, level), found.start - 1) + 1
        for deeper in [key for key in self.counts if key[0] == base and key[1] > level]:
            del self.counts[deeper]

        def shown(one: re.Match[str]) -> str:
            at = int(one[1]) - 1
            kind = self.levels.get((number, at), found)
            return _counted(self.counts.get((base, at), kind.start), kind.kind)

        if found.kind in ("bullet", "none"):
            return ""
        return re.sub(r"%(\d)", shown, found.text).strip()


def _levels(element: Any) -> Iterator[tuple[int, _ListLevel]]:
    for one in element.iter(f"{_W}lvl"):
        level = _ListLevel(
            _value(one, "numFmt") or "decimal", _value(one, "lvlText"), _whole(_value(one, "start"), 1)
        )
        yield _whole(one.get(f"{_W}ilvl"), 0), level


def _whole(text: str | None, otherwise: int) -> int:
    """Return a count as an integer; `otherwise` if it is not a number of one to four digits."""
    return int(text) if text and re.fullmatch("[0-9]{1,4}", text) else otherwise


def _value(element: Any, name: str) -> str:
    """Return the value of a child element; "" if there is none."""
    found = element.find(f".//{_W}{name}")
    return "" if found is None else found.get(f"{_W}val", "")


def _counted(n: int, kind: str) -> str:
    if kind == "thaiLetters":
        return _THAI_LETTERS[(n - 1) % len(_THAI_LETTERS)] * ((n - 1) // len(_THAI_LETTERS) + 1)
    if kind == "thaiNumbers":
        return str(n).translate(_THAI_DIGITS)
    if kind in ("upperLetter", "lowerLetter"):
        letter = chr(ord("A") + (n - 1) % 26) * ((n - 1) // 26 + 1)
        return letter if kind == "upperLetter" else letter.lower()
    if kind in ("upperRoman", "lowerRoman"):
        made = ""
        for value, sign in zip((10, 9, 5, 4, 1), ("X", "IX", "V", "IV", "I"), strict=True):
            made, n = made + sign * (n // value), n % value
        return made if kind == "upperRoman" else made.lower()
    return str(n)


class _Document:
    def __init__(self, archive: foreign.Archive) -> None:
        self.archive = archive
        self.root = self._part(_DOCUMENT)
        self.changed = False
        self.shaded = False
        """Whether the current text has a background that is not white."""
        self.fields: list[list[str]] = []
        """For each open field its instruction, followed by the texts that it displays."""
        self.comments = {
            one.get(f"{_W}id", ""): " ".join("".join(one.itertext()).split())
            for one in self._iter(self._part("word/comments.xml", needed=False), "comment")
        }
        self.numbering = _Numbering(self._part("word/numbering.xml", needed=False))
        self.styles = {
            one.get(f"{_W}styleId", ""): one
            for one in self._iter(self._part("word/styles.xml", needed=False), "style")
        }
        self.pictures = {
            one.get("Id", ""): one.get("Target", "")
            for one in self._iter(self._part("word/_rels/document.xml.rels", needed=False), "Relationship")
        }
        self.at = 0

    def _part(self, member: str, needed: bool = True) -> Any:
        if member not in self.archive.members:
            return None
        try:
            return foreign.xml(self.archive.read(member), f"{self.archive.name}/{member}")
        except Refused:
            if needed:
                raise
            return None

    @staticmethod
    def _iter(root: Any, name: str) -> Iterator[Any]:
        for one in root.iter() if root is not None else ():
            if name_of(one) == name:
                yield one

    def lines(self) -> Iterator[TypedLine]:
        """Yield the lines of the document, in order."""
        body = next(self._iter(self.root, "body"), None)
        if body is not None:
            yield from self._blocks(body)

    def _blocks(self, element: Any) -> Iterator[TypedLine]:
        for one in element:
            name = name_of(one)
            if name == "p":
                yield from self._paragraph(one)
            elif name == "tbl":
                yield from self._table(one)
            elif name in ("sdt", "sdtContent", "ins", "smartTag", "customXml", "moveTo"):
                self.changed = self.changed or name in ("ins", "moveTo")
                yield from self._blocks(one)
            elif name == "altChunk":
                yield TypedLine([_unread("content")], str(self.at))

    def _paragraph(self, element: Any) -> Iterator[TypedLine]:
        """Yield the lines of a paragraph."""
        self.at += 1
        properties = element.find(f"{_W}pPr")
        style = _value(properties, "pStyle") if properties is not None else ""
        was_shaded, self.shaded = self.shaded, self.shaded or _is_shaded(properties)
        pieces = list(self._pieces(element, self._style_marks(style)))
        self.shaded = was_shaded
        label = self._label(element)
        indent = 0
        if properties is not None and (own := properties.find(f"{_W}ind")) is not None:
            indent = _whole(own.get(f"{_W}left") or own.get(f"{_W}start"), 0)
            indent += _whole(own.get(f"{_W}firstLine"), 0) - _whole(own.get(f"{_W}hanging"), 0)
        now: list[TypedPiece] = []
        for piece in pieces:
            first, *more = piece.text.split("\n") if piece.kind == "text" else [piece.text]
            now.append(piece._replace(text=first))
            for text in more:
                yield TypedLine(now, str(self.at), label, indent=indent)
                label, now = "", [piece._replace(text=text)]
        shown = [one for one in now if one.text or one.picture or one.kind == "comment"]
        yield TypedLine(shown, str(self.at), label, indent=indent)

    def _label(self, element: Any) -> str:
        properties = element.find(f"{_W}pPr")
        found = properties.find(f"{_W}numPr") if properties is not None else None
        style = _value(properties, "pStyle") if properties is not None else ""
        seen: set[str] = set()
        while found is None and style in self.styles and style not in seen:
            seen.add(style)
            own = self.styles[style].find(f"{_W}pPr")
            found = own.find(f"{_W}numPr") if own is not None else None
            based = self.styles[style].find(f"{_W}basedOn")
            style = based.get(f"{_W}val", "") if based is not None else ""
        if found is None:
            return ""
        return self.numbering.label(_value(found, "numId"), _whole(_value(found, "ilvl"), 0))

    def _style_marks(self, style: str, depth: int = 0) -> frozenset[str]:
        if style not in self.styles or depth > 10:
            return frozenset()
        based = self.styles[style].find(f"{_W}basedOn")
        marks = self._style_marks(based.get(f"{_W}val", ""), depth + 1) if based is not None else frozenset()
        return _marks(self.styles[style].find(f"{_W}rPr"), marks)

    def _pieces(self, element: Any, base: frozenset[str]) -> Iterator[TypedPiece]:
        for one in element:
            name = name_of(one)
            if name == "r":
                properties = one.find(f"{_W}rPr")
                style = _value(properties, "rStyle") if properties is not None else ""
                marks = _marks(properties, base | self._style_marks(style))
                if "white" in marks and not (self.shaded or "highlight" in marks):
                    marks |= {"hidden"}
                for piece in self._of_run(one, marks, _height(properties)):
                    if self.fields and (piece.text or piece.picture):
                        self.fields[-1].append(piece.text)
                    yield piece
            elif name in ("del", "moveFrom"):
                self.changed = True
            elif name in ("oMath", "oMathPara"):
                latex = omml.latex_of(one)
                yield _unread("formula") if latex is None else TypedPiece(latex, kind="formula")
            elif name in _RUNS_WITHIN:
                self.changed = self.changed or name in ("ins", "moveTo")
                inside = list(self._pieces(one, base))
                shows = inside or name != "fldSimple" or _is_hidden_field(one.get(f"{_W}instr") or "")
                yield from inside if shows else [_unread("field")]

    def _of_run(self, run: Any, marks: frozenset[str], kind: str) -> Iterator[TypedPiece]:
        """Yield the pieces of a run; content that cannot be read also becomes a piece."""
        for part in run:
            name = name_of(part)
            if name == "t":
                text = part.text or ""
                yield TypedPiece(text.upper() if "caps" in marks else text, marks, kind)
            elif name in _LETTERS:
                yield TypedPiece(_LETTERS[name], marks)
            elif name == "sym":
                font, code = part.get(f"{_W}font") or "", (part.get(f"{_W}char") or "").lower()
                if code in _TICKS:  # that keys are marked with
                    yield TypedPiece("✓", marks)
                elif font == "Symbol" and (sign := _SYMBOLS.get(int(code[-2:] or "0", 16), "\0")) != "\0":
                    yield TypedPiece(sign, marks, kind)
                else:
                    yield _unread("symbol")
            elif name == "fldChar":
                yield from self._field(part.get(f"{_W}fldCharType") or "")
            elif name == "instrText" and self.fields:
                self.fields[-1][0] += part.text or ""
            elif name in ("drawing", "pict", "object", "AlternateContent"):
                drawn = list(self._drawn(part))
                is_rule = any(key.endswith("}hr") for one in part.iter() for key in one.attrib)
                yield from drawn if drawn or is_rule else [_unread("drawing")]
            elif name in ("footnoteReference", "endnoteReference"):
                yield _unread("note")
            elif name == "commentReference":
                yield TypedPiece(self.comments.get(part.get(f"{_W}id", ""), ""), kind="comment")
            elif name and name not in _SHOWS_NOTHING:
                yield _unread("content")

    def _field(self, sign: str) -> Iterator[TypedPiece]:
        """Begin or end a field. A field without a result, such as a formula of the field EQ, becomes an
        unread piece.
        """
        if sign == "begin":
            self.fields.append([""])
        elif sign == "end" and self.fields:
            instruction, *shown = self.fields.pop()
            if not shown and not _is_hidden_field(instruction):
                yield _unread("field")

    def _drawn(self, element: Any) -> Iterator[TypedPiece]:
        """Yield pictures, inline or floating, and the words of text boxes."""
        if name_of(element) == "AlternateContent":
            element = next((one for one in element if name_of(one) == "Choice"), element)
        alt = next((one.get("descr") or "" for one in self._iter(element, "docPr")), "")
        seen = set()
        for one in element.iter():
            target = None
            if name_of(one) == "blip":
                target = one.get(f"{_R}embed") or one.get(f"{_R}link")
            elif name_of(one) == "imagedata":
                target = one.get(f"{_R}id")
            if target and target not in seen:
                seen.add(target)
                yield TypedPiece(alt, kind="picture", picture=self._picture(target))
        for box in self._iter(element, "txbxContent"):
            for line in self._blocks(box):
                yield TypedPiece(" ")
                yield from line.pieces

    def _picture(self, identifier: str) -> QuestionPicture:
        target = self.pictures.get(identifier, "")
        member = normpath(f"word/{target}") if not target.startswith("/") else target[1:]
        if member in self.archive.members:
            try:
                return QuestionPicture(member, self.archive.read(member))
            except Refused:
                pass
        return QuestionPicture(target or identifier, None)

    def _table(self, element: Any) -> Iterator[TypedLine]:
        """Yield the lines of a table that contains questions, row by row; any other table as one line."""
        rows: list[list[list[TypedLine]]] = []
        spans: list[list[int]] = []
        for row in element.iter(f"{_W}tr"):
            if next((one for one in row.iterancestors() if name_of(one) == "tbl"), None) is not element:
                continue  # of a table in a cell of this one
            cells, widths = [], []
            for cell in row:
                if name_of(cell) == "tc":
                    self.shaded = _is_shaded(cell.find(f"{_W}tcPr"))
                    cells.append([line for line in self._blocks(cell) if not line.is_blank])
                    self.shaded = False
                    span = _value(cell, "gridSpan")
                    widths.append(int(span) if span.isdigit() else 1)
            rows.append(cells)
            spans.append(widths)
        flat = [line for row in rows for cell in row for line in cell]
        says = not all(_OF_KEYS.fullmatch(line.text) for line in flat)
        if (
            says
            and sum(bool(_QUESTION.match(line.text) or _LETTER.fullmatch(line.text)) for line in flat) >= 2
        ):
            # the column of their keys, by its heading: none where it has options
            heads = [n for n, cell in enumerate(rows[0]) if len(cell) == 1 and _KEYS.fullmatch(cell[0].text)]
            column = heads[0] if len(heads) == 1 and len(rows[0]) > 1 else None
            if column is not None:
                own = [row[column] for row in rows[1:] if len(row) == len(rows[0])]
                texts = ["\n".join(line.text for line in cell) for cell in own]
                column = None if any(len(_LETTERED.findall(text)) > 1 for text in texts) else column
            for row in rows if column is None else rows[1:]:
                yield from self._as_lines(row, column if len(row) == len(rows[0]) else None)
            return
        html = ""
        for row, widths in zip(rows, spans, strict=True):
            html += "<tr>"
            for cell, n_columns in zip(row, widths, strict=True):
                shown = (
                    (f"{escape(line.label)} " if line.label else "") + html_of(line.pieces, (("bold", "b"),))
                    for line in cell
                )
                html += f'<td colspan="{n_columns}">{"<br>".join(shown)}</td>'
            html += "</tr>"
        pictures = [piece for line in flat for piece in line.pieces if piece.picture]
        cell_texts = [[" ".join(line.text for line in cell).strip() for cell in row] for row in rows]
        yield TypedLine(pictures, str(self.at), "", f"<table>{html}</table>", cell_texts)

    @staticmethod
    def _as_lines(row: list[list[TypedLine]], column: int | None) -> Iterator[TypedLine]:
        """Yield a row of questions or options as lines. A number or letter in its own cell is joined to the
        next cell; the content of the key column becomes a line below.
        """
        before = ""
        keys = [] if column is None else row[column]
        for cell in row:
            if cell is keys:
                continue
            for n, line in enumerate(cell):
                if len(cell) == 1 and not before and _ALONE.fullmatch(line.text):
                    before = line.text.strip()
                    if before[-1] not in ".)":
                        before += "."
                    continue
                if before and n == 0 and not line.label:
                    line.label, before = before, ""
                yield line
        if keys:
            yield TypedLine([TypedPiece(f"{_ANSWER_IS} {keys[0].text.strip()}")], keys[0].place)
            yield from keys[1:]


def _is_hidden_field(instruction: str) -> bool:
    return bool(_HIDDEN_FIELDS & {*instruction.upper().split()[:1]})


def _unread(name: str) -> TypedPiece:
    """Return a piece for content that cannot be read; the question that contains it is held back."""
    return TypedPiece(name, kind="unread")


def _height(properties: Any) -> str:
    """Return whether the letters of a run are superscript, subscript or normal text."""
    if properties is None:
        return "text"
    raised = _value(properties, "vertAlign")
    position = _value(properties, "position")
    if position not in ("", "0"):
        raised = "subscript" if position.startswith("-") else "superscript"
    return {"subscript": "sub", "superscript": "sup"}.get(raised, "text")


def _is_shaded(properties: Any) -> bool:
    """Return whether a paragraph or a cell has a background that is not white."""
    shading = properties.find(f"{_W}shd") if properties is not None else None
    fill = "auto" if shading is None else shading.get(f"{_W}fill") or "auto"
    return fill.lower() not in ("auto", "ffffff")


def _marks(properties: Any, base: frozenset[str]) -> frozenset[str]:
    """Return the formatting of letters: that of their style, with what is set or removed here."""
    if properties is None:
        return base
    found = set(base)
    for one in properties:
        name, value = name_of(one), (one.get(f"{_W}val") or "").lower()
        mark = {"b": "bold", "bCs": "bold", "i": "italic", "u": "underline", "strike": "strike",
                "dstrike": "strike", "vanish": "hidden", "webHidden": "hidden", "caps": "caps",
                "smallCaps": "caps"}.get(name)  # fmt: skip
        if name == "highlight":
            mark, value = "highlight", "none" if value == "none" else "1"
        elif name == "shd":
            fill = (one.get(f"{_W}fill") or "auto").lower()
            mark, value = "highlight", "none" if fill in ("auto", "ffffff") else "1"
            if value == "none":
                continue
        elif name == "color":
            found = {one for one in found if not one.startswith("colour") and one != "white"}
            if re.fullmatch("(?:f[0-9a-f]){3}", value):
                found.add("white")
            elif value not in _BLACK:
                found |= {"colour", f"colour {value}"}
            continue
        elif name == "sz":
            mark, value = "hidden", "none" if _whole(value, 99) > _LEAST_SIZE else "1"
        elif name == "u" and one.get(f"{_W}val") is None:
            continue
        if mark is None:
            continue
        (found.discard if value in _OFF else found.add)(mark)
    return frozenset(found)
