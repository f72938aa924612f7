"""Section 11 → elements and criteria.

If no cell border, list number or line end separates a title from the criterion after it, the title is the
longest beginning that the rows of its element have in common, up to a position at which all of them have a
space.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from examgen.bank.standards.lines import arabic, join, solid, squeeze, unmarked
from examgen.bank.standards.rows import CriterionRow, NotReadable, read_rows
from examgen.bank.standards.tokens import Body, Token, read_table
from examgen.core.models.standard import Criterion, Element, ReadingWarning
from examgen.core.words import tell

UNPLACED = "boilerplate:unplaced, see the warning"
_LIST_NUMBER = re.compile(r"(?:(?<=[\sก-๙)])|^)\(?\d{1,2}\s*(?:\)|\.(?!\d))\s*(?=[^\d\s).])")


class Elements(NamedTuple):
    """The content of section 11."""

    elements: tuple[Element, ...]
    warnings: tuple[ReadingWarning, ...]
    uses: dict[int, str]


class Split(NamedTuple):
    """The title and the criterion in a row as printed, and whether either spans several lines."""

    title: str
    text: str
    title_broken: bool = False
    text_broken: bool = False


def read_elements(body: Body) -> Elements:
    """Return the elements of section 11 in the order of their codes. Raises NotReadable if it has no such
    table.
    """
    table = read_table(body)
    if not table.has_text:
        raise NotReadable("no_criteria", tell("section 11 contains no table of performance criteria"))
    rows = read_rows(table)
    warnings: list[ReadingWarning] = []
    elements = []
    # Each criterion once; the first of several with one code stays.
    kept: dict[str, CriterionRow] = {}
    for row in rows:
        if row.code.text in kept:
            message = tell("{code} is listed more than once; its first row was kept", code=row.code.text)
            warnings.append(_warn("criterion_duplicate", message, row))
        else:
            kept[row.code.text] = row
    rows = tuple(kept.values())
    for code in dict.fromkeys(row.element for row in rows):
        own = [row for row in rows if row.element == code]
        heads = [row for row in own if row.named_element] or _titled_without_code(own)
        splits = _split_rows(code, heads, own, rows, warnings) if heads else {}
        criteria = []
        for row in own:
            split = splits.get(row.code.text) or Split(
                "", _bare(row.texts), False, len({part.line for part in row.texts}) > 1
            )
            if split.text_broken:
                warnings.append(
                    _warn(
                        "row_wrapped",
                        tell("the text of {code} spans several lines", code=row.code.text),
                        row,
                    )
                )
            if not split.text:
                warnings.append(
                    _warn(
                        "criterion_text_missing",
                        tell("{code} has no text of its own", code=row.code.text),
                        row,
                    )
                )
            criteria.append(Criterion(code=row.code.text, system_code=row.code.system_code, text=split.text))
        title = _title(code, [splits[row.code.text] for row in heads], own[0], warnings)
        criteria.sort(key=lambda criterion: natural(criterion.code))
        elements.append(Element(code=code, title=title, criteria=tuple(criteria)))
    codes = [natural(row.code.text) for row in rows]
    misplaced = next((row for row, a, b in zip(rows[1:], codes, codes[1:], strict=False) if b < a), None)
    if misplaced:
        message = tell("{code} is out of order", code=misplaced.code.text)
        warnings.append(_warn("criterion_order", message, misplaced))
    derived = set(table.derived)
    for row in rows:
        named = row.named_element
        if named and named.text != row.element:
            message = tell(
                "{code} is in a row of element {element}; its own code decided where it was placed",
                code=row.code.text,
                element=named.text,
            )
            warnings.append(_warn("criterion_code_mismatch", message, row))
        elif row.element in derived:
            message = tell(
                "no row gives the code of element {element}; it was taken from {code}",
                element=row.element,
                code=row.code.text,
            )
            warnings.append(_warn("element_code_derived", message, row))
            derived -= {row.element}
    if any(row.code.system_code for row in rows):
        for row in (row for row in rows if not row.code.system_code):
            message = tell("{code} has no second code, but other criteria have one", code=row.code.text)
            warnings.append(_warn("system_code_missing", message, row))
    message = tell("a note below the criteria belongs to no field")
    warnings += [
        ReadingWarning(kind="text_unplaced", message=message, line=line, text=squeeze(text))
        for line, text in table.note
    ]
    elements.sort(key=lambda element: natural(element.code))
    uses = table.uses | {line: UNPLACED for line, _ in table.note}
    return Elements(tuple(elements), tuple(warnings), uses)


def natural(code: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key for a code in which runs of digits compare as numbers."""
    parts = re.findall(r"\d+|\D+", code)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)


def _titled_without_code(rows: list[CriterionRow]) -> list[CriterionRow]:
    """Return the rows that print a title in a cell or before a list number, without the code of the
    element.
    """
    numbered = [row for row in rows if (split := _by_list_number(row)) and split.title]
    return [row for row in rows if in_columns(row)] or (numbered if len(numbered) == len(rows) else [])


def _title(code: str, splits: Sequence[Split], row: CriterionRow, warnings: list[ReadingWarning]) -> str:
    """Return the title as printed, preferably from a row in which it does not span several lines."""
    titles = [split.title for split in splits if not split.title_broken] or [s.title for s in splits]
    if not titles:
        warnings.append(_warn("element_title_missing", tell("element {code} has no title", code=code), row))
        return ""
    if splits and all(split.title_broken for split in splits):
        warnings.append(_warn("row_wrapped", tell("the title of {code} spans several lines", code=code), row))
    if len({title.replace(" ", "") for title in titles}) > 1:
        warnings.append(
            _warn(
                "element_title_varies",
                tell("the title of {code} differs between rows", code=code),
                row,
            )
        )
    return titles[0]


def _split_rows(
    code: str,
    heads: list[CriterionRow],
    rows: list[CriterionRow],
    every: Sequence[CriterionRow],
    warnings: list[ReadingWarning],
) -> dict[str, Split]:
    """Split each row that prints the title into title and text, by the most certain sign that all of them
    share.
    """
    for sign in (_by_cells, _by_list_number):
        splits = [sign(row) for row in heads]
        found = [split for split in splits if split]
        if len(found) == len(heads) and len({split.title.replace(" ", "") for split in found}) == 1:
            return _by_code(heads, found)
    if common := _by_common_title(heads):
        return _by_code(heads, common)
    cells = [split for row in heads if (split := _by_cells(row))]
    if len(cells) == len(heads):
        return _by_code(heads, cells)
    return _by_code(heads, [_split_alone(row, len(rows), every, warnings) for row in heads])


def _by_code(rows: Sequence[CriterionRow], splits: Sequence[Split]) -> dict[str, Split]:
    return {row.code.text: split for row, split in zip(rows, splits, strict=True)}


def _by_cells(row: CriterionRow) -> Split | None:
    """Return title and text if they are in separate cells or a code is between them; else None."""
    named = row.named_element
    # Texts between the criterion's code and the element's, where the line begins with the former.
    ahead = row.parts[: row.parts.index(named)] if named else ()
    before = [part for part in ahead if named and part.line == named.line == row.code.line]
    if before:
        after = [part for part in row.texts if part not in before]
        return _split(after, before) if after else None
    if not in_columns(row):
        return None
    first = min(part.cell for part in row.texts)
    return _split(
        [part for part in row.texts if part.cell == first], [part for part in row.texts if part.cell != first]
    )


def in_columns(row: CriterionRow) -> bool:
    """Return whether a line of the row has texts in more than one cell."""
    cells: dict[int, set[int]] = {}
    for part in row.texts:
        cells.setdefault(part.line, set()).add(part.cell)
    return any(len(columns) > 1 for columns in cells.values())


def _split(title: Sequence[Token], text: Sequence[Token]) -> Split:
    return Split(
        join(part.text for part in title).strip(" :"),
        _bare(text),
        len({part.line for part in title}) > 1,
        len({part.line for part in text}) > 1,
    )


def _bare(texts: Sequence[Token]) -> str:
    """Return the text of a criterion without its list number and without the colon after a code."""
    return unmarked(join(part.text for part in texts).lstrip(" :"))


def _by_list_number(row: CriterionRow) -> Split | None:
    """Return title and text split at the list number (`1)`) before the text; None if there is none."""
    for i, part in enumerate(row.texts):
        found = _LIST_NUMBER.search(arabic(part.text))
        if found and (i or found.start()):
            before = part._replace(text=part.text[: found.start()])
            after = part._replace(text=part.text[found.end() :])
            head = [*row.texts[:i], *([before] if before.text.strip() else [])]
            return _split(head, [after, *row.texts[i + 1 :]])
    return None


def _by_common_title(rows: list[CriterionRow]) -> list[Split] | None:
    """Split rows after the longest beginning that they share, ignoring spaces, up to a space in all of them;
    None if there is none.
    """
    if len({_solid(row) for row in rows}) < 2:
        return None
    solids = [_solid(row) for row in rows]
    shared = next(
        (i for i, letters in enumerate(zip(*solids, strict=False)) if len(set(letters)) > 1),
        min(len(solid) for solid in solids),
    )
    gaps = set.intersection(*(_gaps(row) for row in rows))
    at = max((gap for gap in gaps if gap <= shared), default=None)
    if at is None:
        return None
    return [_split_at(row, at) for row in rows]


def _solid(row: CriterionRow) -> str:
    return "".join(solid(part.text) for part in row.texts)


def _gaps(row: CriterionRow) -> set[int]:
    """Return the positions, counted in letters without spaces, at which the row has a space or line end."""
    gaps, at = set(), 0
    for part in row.texts:
        if at:
            gaps.add(at)
        for word in part.text.split():
            at += len(word)
            gaps.add(at)
    gaps.discard(at)
    solid = _solid(row)
    inside, depth = set(), 0
    for i, letter in enumerate(solid):
        if depth:
            inside.add(i)
        depth = max(depth + (letter == "(") - (letter == ")"), 0)
    return gaps - (inside if not depth else set())


def _split_at(row: CriterionRow, at: int) -> Split:
    """Split the row after this number of letters, not counting spaces."""
    title, text, seen = [], [], 0
    for part in row.texts:
        count = len(solid(part.text))
        if seen + count <= at:
            title.append(part)
        elif seen >= at:
            text.append(part)
        else:
            cut = _offset(part.text, at - seen)
            title.append(part._replace(text=part.text[:cut]))
            text.append(part._replace(text=part.text[cut:]))
        seen += count
    return _split(title, text)


def _offset(text: str, letters: int) -> int:
    for i, letter in enumerate(text):
        if not letters:
            return i
        letters -= letter != " "
    return len(text)


def _split_alone(
    row: CriterionRow, n_rows: int, every: Sequence[CriterionRow], warnings: list[ReadingWarning]
) -> Split:
    """Split a title that is printed once, with no other row to compare: at a list number, a line end or the
    only gap.
    """
    if numbered := _by_list_number(row):
        return numbered
    lines = list(dict.fromkeys(part.line for part in row.texts))
    if len(lines) > 1:
        first = [part for part in row.texts if part.line == lines[0]]
        split = _split(first, [part for part in row.texts if part.line != lines[0]])
        # The same break in other elements' first rows makes it sure, too.
        others = (r for r in every if r.element != row.element and r.named_element)
        alike = any(len({part.line for part in other.texts}) == 2 for other in others)
        sure = len(lines) == 2 and (n_rows > 1 or row.code.at_start or alike)
        if not sure and not split.text_broken:
            warnings.append(
                _warn(
                    "row_wrapped",
                    tell("the end of the title before {code} is uncertain", code=row.code.text),
                    row,
                )
            )
        return split
    text = row.texts[0].text if row.texts else ""
    columns = [column for column in re.split(r" {2,}", text) if column.strip()]
    words = sorted(_gaps(row))
    if len(columns) == 2:
        return Split(squeeze(columns[0]), unmarked(columns[1]))
    if len(words) != 1:
        message = tell("the end of the title before {code} is uncertain", code=row.code.text)
        warnings.append(_warn("element_title_unclear", message, row))
    return _split_at(row, words[0]) if words else Split(squeeze(text), "")


def _warn(kind: str, message: str, row: CriterionRow) -> ReadingWarning:
    first = row.parts[0] if row.parts else row.code
    text = squeeze(" ".join([*(part.text for part in row.parts), row.code.text]))
    return ReadingWarning(kind=kind, message=message, line=first.line, text=text)
