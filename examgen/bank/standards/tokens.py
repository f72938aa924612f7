"""Section 11 → its column heads, and the codes and texts of its table, in the order of the page.

The code of a criterion is recognised by its form and by the code of its element, which also appears alone in
the table; so a decimal in a sentence is not mistaken for a code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from examgen.bank.standards.lines import arabic, squeeze

Body = Sequence[tuple[int, str]]
CELL = "\x1f"
"""Separates the cells of a table row, in place of the pipes."""

_HEAD = (
    r"หน่วย\s*สมรรถนะ\s*ย่อย|สมรรถนะ\s*ย่อย|\(?EOC(?![\d.-])\)?|\(?\s*Elements?(?: of Competency)?\s*\)?"
    r"|เกณฑ์\s*(?:ใน)?\s*การ\s*ปฏิบัติ\s*งาน|\(?\s*Performance Criteria(?: \(PC\))?\s*\)?|\(PC\)"
    r"|รหัส\s*(?:PC|EOC|หน่วยสมรรถนะย่อย|เกณฑ์(?:การปฏิบัติงาน)?)|\(?ตาม\s*เล่ม(?:มาตรฐาน)?\)?|\(?จาก\s*ระบบ\)?"
)
_HEAD_START = re.compile(rf"[\s|{CELL}:/-]*+(?:{_HEAD})(?=[\s|{CELL}:/()-]|$|หน่วย|เกณฑ์|รหัส|[A-Z0-9])", re.I)
_HEAD_FILL = re.compile(r"[\s|:/()-]*(?:(?:รหัส|ลำดับ(?:ที่)?|(?:PC|EOC)(?![\d.-])|No\.?)[\s|:/()-]*)*", re.I)
_CODE = re.compile(
    r"(?<![A-Za-z0-9._/])(?<!\d-)(?P<element>(?=[A-Za-z-]*\d)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?:\.\d{1,2})*)"
    r"\.(?P<number>\d{1,3})(?![\da-z])(?!\.\d)(?!\s*%)"
)
_GLUED = re.compile(r"(?:(?<=[\dA-Z]\.\d\d)|(?<=\.\d\d \d{6}))(?=[A-Z]{1,5}(?:-[A-Z]+)*-?\d{2})")
"""The place where a code directly follows another."""
_NOTE = re.compile(r"\W*(?:หมายเหตุ|Remarks?\b|Notes?\b)", re.I)
_RULE = re.compile(r"[\s|:=_+-]*")


class Token(NamedTuple):
    """A code or a run of text: `element`, `criterion` (with its system code, if any) or `text`."""

    kind: Literal["element", "criterion", "text"]
    line: int
    cell: int
    text: str
    system_code: str | None = None
    at_start: bool = False
    """Whether it is the first token on its line; `at_end` means the last."""
    at_end: bool = False


class CriteriaTable(NamedTuple):
    """The table of section 11 without its column heads."""

    tokens: tuple[Token, ...]
    code_first: bool | None
    """Whether the column heads name the code before the criterion; None if they do not name both."""
    has_text: bool
    uses: dict[int, str]
    note: Body
    """The lines below the table that are marked as a note."""
    derived: frozenset[str]
    """The elements whose code appears only within the codes of their criteria."""


class _Code(NamedTuple):
    start: int
    end: int
    element: str
    text: str
    edge: bool


def read_table(body: Body) -> CriteriaTable:
    """Return the table of section 11, split into tokens."""
    rows, heads, uses = _without_heads(body)
    # The rows, and the note below them, which begins with `หมายเหตุ` and has no codes
    at = next((i for i, (_, row) in enumerate(rows) if i and _NOTE.match(row)), len(rows))
    if any(_CODE.search(arabic(row)) for _, row in rows[at:]):
        at = len(rows)
    rows, note = rows[:at], rows[at:]
    lines = [number for number, _ in rows]
    text = _GLUED.sub(" ", "\n".join(row for _, row in rows))
    plain = arabic(text)
    codes = _criterion_codes(plain)
    # The places where codes of elements appear alone.
    known = sorted({code.element for code in codes}, key=lambda e: (-len(e), e))
    taken = [(code.start, code.end) for code in codes]
    found: dict[int, tuple[int, int, str, str]] = {}
    for element in known:
        for match in re.finditer(_alone(element) + r"\.?", plain):
            if not any(a <= match.start() < b for a, b in taken) and _is_place(
                plain, match.start(), element, codes
            ):
                found.setdefault(match.start(), (match.start(), match.end(), "element", element))
    # Codes at the start of a line that have the form of elements, but no criteria
    shapes = {shape(element) for element in known if not element.isdigit() or len(element) >= 4}
    strangers = []
    for match in re.finditer(r"(?:^|(?<=\n))[ \x1f]*([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)(?![\w.-])", plain):
        if match[1] not in known and shape(match[1]) in shapes:
            strangers.append((match.start(1), match.end(1), match[1]))
    for start, end, element in strangers:
        if not any(a <= start < b for a, b in taken):
            found.setdefault(start, (start, end, "element", element))
    # If a number without a dot is an element's code, the same number with a dot is a list number
    alone = sorted(found.values())
    bare = {element for _, end, _, element in alone if _short(element) and plain[end - 1] != "."}
    elements = [mark for mark in alone if mark[3] not in bare or plain[mark[1] - 1] != "."]
    seen = {element for _, _, _, element in elements}
    derived = frozenset(e for e in known if e not in seen)
    system = _system_codes(plain, codes, {c.element for c in codes}, "จากระบบ" in heads.replace(" ", ""))
    marks = [(c.start, c.end, "criterion", c.text) for c in codes] + elements
    tokens = _tokens(text, lines, _with_system(text, marks, system))
    code, criterion = re.search(r"รหัส\s*PC", heads), re.search(r"เกณฑ์", heads)
    return CriteriaTable(
        tokens,
        code.start() < criterion.start() if code and criterion else None,
        bool(text.strip()),
        uses,
        note,
        derived,
    )


def _without_heads(body: Body) -> tuple[list[tuple[int, str]], str, dict[int, str]]:
    """Return the rows without column heads, the words of the heads, and the use of lines without other
    content.
    """
    rows, heads, uses = [], [], {}
    for number, piece in body:
        # Separate the column heads at the start of a line from the rest of it.
        at = 0
        while found := _HEAD_START.match(piece, at):
            fill = _HEAD_FILL.match(piece, found.end())
            at = fill.end() if fill else found.end()
        if not at and (label := re.fullmatch(r"[\s|]*(?:รหัส|PC|EOC|ลำดับ(?:ที่)?)[\s|]*", piece)):
            at = label.end()
        rest, words = piece[at:], piece[:at]
        if words:
            heads.append(words)
            uses[number] = "boilerplate:column heads"
        if _RULE.fullmatch(rest):
            uses.setdefault(number, "boilerplate:table rule")
            continue
        uses.pop(number, None)
        rows.append((number, _cells(rest)))
    return rows, squeeze(" ".join(heads)), uses


def _cells(row: str) -> str:
    """Return a row with its cell borders marked. Runs of spaces are kept, because they may separate
    columns.
    """
    if "|" not in row:
        return row.strip()
    cells = [cell.strip() for cell in row.strip().removeprefix("|").split("|")]
    while cells and not cells[-1]:
        cells.pop()
    return CELL.join(cells)


def _criterion_codes(plain: str) -> list[_Code]:
    """Return the codes of criteria: those whose element's code also appears alone, and codes of the same
    form.
    """
    found = [_code(plain, match) for match in _CODE.finditer(plain)]
    inner = {code.element for code in found}
    found = [code for code in found if code.text not in inner]
    known = {code.element for code in found if _stands_alone(plain, code.element)}
    shapes = {shape(element) for element in known}
    certain = [c for c in found if c.element in known or (c.edge and shape(c.element) in shapes)]
    if not certain:
        firsts = {c.element for c in found if int(c.text.rpartition(".")[2]) == 1}
        certain = [c for c in found if c.edge and c.element in firsts]
    if any(not _short(c.element) for c in certain):
        certain = [c for c in certain if not _short(c.element)]
    if any(c.edge for c in certain) and all(shape(c.element).isdigit() for c in certain):
        certain = [c for c in certain if c.edge]
    # Short numbers within lines (`1.1`) are codes if they continue the count of their element, else decimals.
    if any(code.edge or not code.element.isdigit() or len(code.element) >= 3 for code in certain):
        return certain
    kept: list[_Code] = []
    taken: dict[str, int] = {}
    for code in certain:
        opener = re.match(r"[ \x1f]*(\d{1,2})\b(?!\.\d)", plain[plain.rfind("\n", 0, code.start) + 1 :])
        number = int(code.text.rpartition(".")[2])
        strange = opener is not None and opener[1] != code.element and "\n" in plain
        if not strange and number == taken.get(code.element, 0) + 1:
            taken[code.element] = number
            kept.append(code)
    return kept


def _code(plain: str, match: re.Match[str]) -> _Code:
    """Return a code, including brackets around it."""
    start, end = match.span()
    if plain[:start].endswith("(") and plain[end:].startswith(")"):
        start, end = start - 1, end + 1
    # Whether the code is at the start or end of its line or cell; a system code may follow it.
    before = plain[:start].rstrip(" ")
    after = re.match(r" *(?:\d{4,8}(?!\d) *)?", plain[end:])
    rest = plain[end + (after.end() if after else 0) :]
    return _Code(
        start,
        end,
        match["element"],
        match[0],
        not before or before[-1] in f"\n{CELL}" or not rest or rest[0] in f"\n{CELL}",
    )


def _short(element: str) -> bool:
    """Return whether a code is a plain list number, such as `1` in `1.2`, which is not an element if there
    are longer codes.
    """
    return element.isdigit() and len(element) < 3


def shape(code: str) -> str:
    """Return the form of a code, with letters as A and digits as 9."""
    return re.sub(r"[A-Za-z]", "A", re.sub(r"\d", "9", code))


def _alone(element: str) -> str:
    """Return the pattern of an element's code that appears alone."""
    after = r"(?![A-Za-z0-9_-])(?!\.\d)" + (r"(?!\s*[)])" if element.isdigit() and len(element) < 3 else "")
    return rf"(?<![A-Za-z0-9._-]){re.escape(element)}{after}"


def _stands_alone(plain: str, element: str) -> bool:
    """Return whether a code is at the start of a line or cell, or next to a criterion's code (with letters:
    anywhere).
    """
    beside = r"(?:^|\n|\x1f|\.\d{1,3}|\.\d{1,3} +\d{4,8}|\.\d{1,3}\x1f\d{4,8})[ \x1f]*"
    return re.search(beside + _alone(element), plain) is not None or (
        not element.isdigit() and re.search(_alone(element), plain) is not None
    )


def _is_place(plain: str, start: int, element: str, codes: Sequence[_Code]) -> bool:
    """Return whether an element's code may be at this position: a number must start a line or cell or follow
    a criterion's code.
    """
    if not element.isdigit():
        return True
    # In a row whose only criterion is `1.2`, `2.` is the list number of that criterion.
    line_start, line_end = plain.rfind("\n", 0, start) + 1, plain.find("\n", start)
    own = [c for c in codes if line_start <= c.start < (line_end if line_end >= 0 else len(plain))]
    dotted = plain[start + len(element) :].startswith(".")
    if dotted and len(own) == 1 and own[0].element != element and own[0].text.endswith(f".{element}"):
        return False
    before = plain[:start].rstrip(" ")
    if not before or before[-1] in f"\n{CELL}":
        return True
    return any(
        re.fullmatch(rf"[ {CELL}]*(?:\d{{4,8}}[ {CELL}]*)?", plain[c.end : start])
        for c in codes
        if c.end <= start
    )


def _system_codes(
    plain: str, codes: Sequence[_Code], elements: set[str], promised: bool
) -> dict[int, tuple[int, int, str]]:
    """Return the second code of each criterion, by the start of its first code; empty unless most criteria
    have one.

    It is next to the first code. If the column heads promise one (`promised`), it may also end the line, and
    need not be there for most.
    """
    digits = r"\d{3,8}" if promised else r"\d{5,8}"
    after, before, behind = {}, {}, {}
    for code in codes:
        match = re.compile(rf"[ \n{CELL}]*({digits})(?=[\s{CELL}]|[A-Z]|$)(?!\.\d)").match(plain, code.end)
        if match and match[1] not in elements:
            after[code.start] = (code.end, match.end(1), match[1])
        match = re.search(rf"(?:(?<=[\n{CELL}])|^)[ ]*({digits})[ \n{CELL}]*$", plain[: code.start])
        if match and match[1] not in elements:
            before[code.start] = (match.start(1), code.start, match[1])
        match = re.compile(rf"[^\n]+?[ {CELL}]({digits})(?=[ {CELL}]*(?:\n|$))").match(plain, code.end)
        if match and promised and not any(code.end <= other.start < match.end() for other in codes):
            behind[code.start] = (match.start(1), match.end(1), match[1])
    side = max(after, before, behind, key=len)
    return side if promised or len(side) * 2 > len(codes) else {}


def _with_system(
    text: str, marks: Sequence[tuple[int, int, str, str]], system: dict[int, tuple[int, int, str]]
) -> list[tuple[int, int, str, str, str | None]]:
    """Return the marks in order, with the second code of each criterion, or that code as a separate mark."""
    widened: list[tuple[int, int, str, str, str | None]] = []
    for start, end, kind, words in marks:
        a, b, code = system.get(start, (start, end, None)) if kind == "criterion" else (start, end, None)
        if text[end:a].strip(f" \n{CELL}"):
            widened += [(start, end, kind, words, code), (a, b, "system", words, code)]
        else:
            widened.append((min(start, a), max(end, b), kind, words, code))
    return sorted(widened, key=lambda mark: mark[:4])


def _tokens(
    text: str, lines: Sequence[int], marks: Sequence[tuple[int, int, str, str, str | None]]
) -> tuple[Token, ...]:
    tokens: list[Token] = []
    at = 0
    for start, end, kind, code, system in marks:
        if start < at:
            continue
        tokens += _runs(text, lines, at, start)
        at = end
        if kind == "system":
            continue
        place = _place(text, lines, start)
        first = not text[:start].rpartition("\n")[2].strip(f" {CELL}")
        last = not text[end:].partition("\n")[0].strip(f" {CELL}")
        tokens.append(
            Token("criterion" if kind == "criterion" else "element", *place, code, system, first, last)
        )
    # A criterion's code separates the texts before and after it, as a cell border does
    every = (*tokens, *_runs(text, lines, at, len(text)))
    codes: dict[int, int] = {}
    placed = []
    for token in every:
        placed.append(token._replace(cell=token.cell + codes.get(token.line, 0)))
        if token.kind == "criterion":
            codes[token.line] = codes.get(token.line, 0) + 1
    return tuple(placed)


def _place(text: str, lines: Sequence[int], at: int) -> tuple[int, int]:
    row = text.count("\n", 0, at)
    return lines[row], text[text.rfind("\n", 0, at) + 1 : at].count(CELL)


def _runs(text: str, lines: Sequence[int], start: int, end: int) -> list[Token]:
    """Return the texts between two codes, one for each line and cell."""
    runs = []
    for match in re.finditer(rf"[^\n{CELL}]+", text[start:end]):
        if match[0].strip(" .:"):
            a, b = start + match.start(), start + match.end()
            first = not text[:a].rpartition("\n")[2].strip(f" {CELL}")
            last = not text[b:].partition("\n")[0].strip(f" {CELL}")
            runs.append(Token("text", *_place(text, lines, a), match[0].strip(" "), None, first, last))
    return runs
