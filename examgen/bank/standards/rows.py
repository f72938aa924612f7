"""Tokens of section 11 → its rows: the code of each criterion with the texts that belong to it.

A row may be on one line or span several. Its code may be at the end, at the beginning, between its texts or
on its own line; a row without a code is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from examgen.bank.standards.lines import list_number, solid, squeeze
from examgen.bank.standards.tokens import CriteriaTable, Token
from examgen.core.words import noted, tell

Order = Literal["last", "first", "line"]


RefusalKind = Literal["not_a_unit", "no_criteria", "truncated", "multiple_units", "criterion_without_code"]


class NotReadable(Exception):
    """Raised if a document is refused: the kind of refusal, the reason, and the line of the text."""

    def __init__(self, kind: RefusalKind, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.line = line


class CriterionRow(NamedTuple):
    """A criterion: its code, and the tokens of its element and text in page order."""

    code: Token
    parts: tuple[Token, ...]

    @property
    def element(self) -> str:
        """The code of the element, from the criterion's code."""
        return self.code.text.rpartition(".")[0]

    @property
    def named_element(self) -> Token | None:
        """The element's code if the row prints it, else None."""
        return next((part for part in self.parts if part.kind == "element"), None)

    @property
    def texts(self) -> tuple[Token, ...]:
        """The tokens of the row's text."""
        return tuple(part for part in self.parts if part.kind == "text")


def read_rows(table: CriteriaTable) -> tuple[CriterionRow, ...]:
    """Return the rows of the table; raises NotReadable if a row has no code or rows cannot be separated."""
    codes = [token for token in table.tokens if token.kind == "criterion"]
    if not codes:
        raise _without_any_code(table)
    order = _order(table, codes)
    # Refuse a table with cells in which some lines have no code and each other line is a whole row. (If a
    # row is broken over two lines, its code is on a line without text.)
    lines: dict[int, list[Token]] = {}
    for token in table.tokens:
        lines.setdefault(token.line, []).append(token)
    celled = [line for line in lines.values() if any(token.cell for token in line)]
    kinds = [[token.kind for token in line] for line in celled]
    whole = [own for own in kinds if own.count("criterion") == 1 and "text" in own]
    bare = [line for line in celled if all(token.kind != "criterion" for token in line)]
    coded = [line for line in lines.values() if any(token.kind == "criterion" for token in line)]
    if bare and len(whole) == len(coded) > 1 and len(bare) * 2 <= len(whole):
        text = next((token for token in bare[0] if token.kind == "text"), bare[0][0])
        raise _no_code(_ROW, text.line, text.text)
    groups = {
        "last": _code_last,
        "first": _code_first,
        "line": _line_by_line,
    }[order](table.tokens)
    rows = [CriterionRow(code, _own_parts(parts, code)) for code, parts in groups]
    for i, row in enumerate(rows):
        _check_row(row, rows[i - 1] if i else None, order)
    return tuple(rows)


def _without_any_code(table: CriteriaTable) -> NotReadable:
    rows = [t for t in table.tokens if _opens_row(t)]
    if rows or any(token.cell > 0 for token in table.tokens):
        where = (rows or list(table.tokens))[0]
        return _no_code(_ROWS, where.line, where.text)
    return NotReadable("no_criteria", tell("section 11 contains no table of performance criteria"))


def _opens_row(token: Token) -> bool:
    if not token.at_start:
        return False
    return token.kind == "element" or bool(
        list_number(token.text) or re.match(r"[A-Z]{1,5}[-A-Z]*\d[\dA-Z-]*\s+\S", token.text)
    )


def _order(table: CriteriaTable, codes: Sequence[Token]) -> Order:
    """Return the position of the codes in their rows."""
    before = table.tokens[: table.tokens.index(codes[0])]
    after = table.tokens[table.tokens.index(codes[-1]) + 1 :]
    one_a_line = len({code.line for code in codes}) == len(codes)
    alone = all(code.at_start and code.at_end for code in codes)
    if not any(token.kind == "text" for token in before):
        return "first"
    if all(code.at_end for code in codes) and not alone:
        return "last"
    if all(code.at_start for code in codes) and not alone:
        return "first"
    if alone:
        if not any(token.kind == "text" for token in after):
            return "last"
        return "last" if table.code_first is False else "first"
    if one_a_line and all(_is_inside(table.tokens, code) for code in codes):
        return "line"
    if after and table.code_first is not False and not any(code.at_end for code in codes):
        return "first"
    if not after or table.code_first is False:
        return "last"
    return "first" if table.code_first or sum(c.at_start for c in codes) * 2 > len(codes) else "last"


def _is_inside(tokens: Sequence[Token], code: Token) -> bool:
    """Return whether a code has text before and after it on its line."""
    line = [token for token in tokens if token.line == code.line]
    at = line.index(code)
    return any(t.kind == "text" for t in line[:at]) and any(t.kind == "text" for t in line[at + 1 :])


Groups = list[tuple[Token, tuple[Token, ...]]]


def _code_last(tokens: Sequence[Token]) -> Groups:
    groups: Groups = []
    pending: list[Token] = []
    for token in tokens:
        if token.kind != "criterion":
            pending.append(token)
            continue
        tail, own = _tail(pending, token, groups[-1][0]) if groups else ([], pending)
        if tail and _skips(token, groups[-1][0]):
            raise _two_rows(token, tail[0])
        if tail:
            groups[-1] = (groups[-1][0], (*groups[-1][1], *tail))
        groups.append((token, tuple(own)))
        pending = []
    if pending:
        # After the last code: the rest of its row if other rows are wrapped too, else a row without a code.
        wrapped = any(
            len({t.line for t in parts if t.kind == "text"}) > 1 and not code.at_start
            for code, parts in groups
        )
        if any(_opens_row(token) for token in pending) or pending[0].kind == "element" or not wrapped:
            raise _no_code(_LAST, pending[0].line, pending[-1].text)
        groups[-1] = (groups[-1][0], (*groups[-1][1], *pending))
    return groups


def _tail(pending: list[Token], code: Token, before: Token) -> tuple[list[Token], list[Token]]:
    """Split pending tokens into those that still belong to the previous row and those of this row."""
    for i, token in enumerate(pending):
        if _opens_row(token) or token.kind == "element":
            return pending[:i], pending[i:]
    own = [token for token in pending if token.line == code.line]
    ahead = [token for token in pending if token.line != code.line]
    if not own or not all(token.cell for token in ahead):
        return [], pending
    if _skips(code, before):
        raise _two_rows(code, ahead[0]) if ahead else NotReadable("criterion_without_code", "")
    return ahead, own


def _skips(code: Token, before: Token | None) -> bool:
    """Return whether a code skips one number after the code before it."""
    element, _, number = code.text.rpartition(".")
    expected = 1
    if before and before.text.rpartition(".")[0] == element:
        expected = int(before.text.rpartition(".")[2]) + 1
    return int(number) == expected + 1


def _code_first(tokens: Sequence[Token]) -> Groups:
    groups: Groups = []
    pending: list[Token] = []
    for i, token in enumerate(tokens):
        if token.kind == "criterion":
            groups.append((token, tuple(pending)))
            pending = []
        elif groups and not pending and not _opens_next(tokens, i, groups[-1]):
            groups[-1] = (groups[-1][0], (*groups[-1][1], token))
        else:
            pending.append(token)
    if pending:
        raise _no_code(_ROW, pending[0].line, pending[-1].text)
    return groups


def _opens_next(tokens: Sequence[Token], i: int, group: tuple[Token, tuple[Token, ...]]) -> bool:
    """Return whether an element's code opens the next row: it is another element's code, or the current row
    already has its text.
    """
    token = tokens[i]
    if token.kind != "element":
        return False
    code, parts = group
    if token.text != code.text.rpartition(".")[0]:
        return True
    # places of the parts before the code on the page
    before = [i for i, part in enumerate(parts) if part.line < code.line]
    has_text = any(
        part.kind == "text" and part.line >= code.line for part in parts[(before[-1] + 1 if before else 0) :]
    )
    return has_text and (token.at_start or not any(p.line == token.line == code.line for p in parts))


def _line_by_line(tokens: Sequence[Token]) -> Groups:
    """Group tokens into rows of one line with a code; lines without a code belong to the next row."""
    groups: Groups = []
    pending: list[Token] = []
    for line in dict.fromkeys(token.line for token in tokens):
        here = [token for token in tokens if token.line == line]
        code = next((token for token in here if token.kind == "criterion"), None)
        if code is None:
            pending += here
            continue
        groups.append((code, (*pending, *(token for token in here if token is not code))))
        pending = []
    if pending:
        raise _no_code(_LAST, pending[0].line, pending[-1].text)
    return groups


def _own_parts(parts: tuple[Token, ...], code: Token) -> tuple[Token, ...]:
    """Return the parts of a row without list numbers that look like elements, and without a line that
    announces its element.
    """
    at = [i for i, part in enumerate(parts) if part.kind == "element"]
    element = code.text.rpartition(".")[0]
    first = parts[at[0]] if at else code
    if (
        first.text != element
        and first.at_start
        and any(parts[i].text == element and parts[i].line > first.line for i in at)
    ):
        return parts
    if element.isdigit() and len(element) < 3:
        stray = [i for i in at if parts[i].text != element or i != at[0]]
        if len(at) < 2 or _solid(parts[at[0] : at[1]])[:8] != _solid(parts[at[1] :])[:8]:
            return tuple(part for i, part in enumerate(parts) if i not in stray)
    if len(at) != 2 or parts[at[0]].text != parts[at[1]].text:
        return parts
    announced, again = _solid(parts[at[0] : at[1]]), _solid(parts[at[1] :])
    return parts[at[1] :] if again.startswith(announced) and again != announced else parts


def _solid(parts: Sequence[Token]) -> str:
    return solid("".join(part.text for part in parts if part.kind == "text"))


def _check_row(row: CriterionRow, before: CriterionRow | None, order: Order) -> None:
    """Raise NotReadable if the texts of two rows share one code."""
    named = [part for part in row.parts if part.kind == "element"]
    numbers = {part.line for part in row.texts if list_number(part.text) is not None}
    if len(named) > 1 or len(numbers) > 1:
        raise _two_rows(row.code, (named or list(row.texts))[0])
    if order != "last":
        return
    lines = {part.line for part in row.texts}
    skips = _skips(row.code, before.code if before else None)
    if len(lines) > 1 and not numbers and skips and (not named or len(lines) > 2):
        raise _two_rows(row.code, row.texts[0])


def _two_rows(code: Token, first: Token) -> NotReadable:
    message = tell(
        "line {line}: a row of section 11 has no PC code ({text}; the next code is {code})",
        line=first.line,
        text=_brief(first.text),
        code=code.text,
    )
    return NotReadable("criterion_without_code", message, first.line)


_ROW = noted("line {line}: a row of section 11 has no PC code ({text})")
_ROWS = noted("line {line}: the rows of section 11 contain no PC code ({text})")
_LAST = noted("line {line}: the last row of section 11 has no PC code ({text})")


def _no_code(said: str, line: int, text: str) -> NotReadable:
    return NotReadable("criterion_without_code", tell(said, line=line, text=_brief(text)), line)


def _brief(text: str) -> str:
    text = squeeze(text)
    return text if len(text) <= 60 else text[:57] + "…"
