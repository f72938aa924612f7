"""A workbook (XLSX) without persons: its cells by sheet as rows of a table, then whatever text is left in it.

Everything that is not a cell stays byte for byte: formats, widths, charts, other parts of the archive.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from examgen.evidence.persons.rows import changed_cells, text_of
from examgen.evidence.persons.spelling import Spellings

_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_SHARED = "xl/sharedStrings.xml"
_PLACE = re.compile(r"([A-Z]+)([0-9]+)")
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether an archive is a workbook."""
    return "xl/workbook.xml" in archive.namelist()


def without_persons(data: bytes, spellings: Spellings, theirs: Mapping[int, str] | None = None) -> bytes:
    """The bytes of a workbook without the persons; the same bytes where nothing changes. `theirs` has lines
    of its first sheet that are theirs, whatever number they say."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {one.filename: archive.read(one) for one in archive.infolist()}
    shared = _parsed(members[_SHARED]) if _SHARED in members else None
    texts = [_text(one) for one in shared.iterchildren(f"{{{_NS}}}si")] if shared is not None else []
    sheets = {name: _parsed(part) for name, part in members.items() if _SHEET.fullmatch(name)}
    changed: set[str] = set()
    for name, sheet in sheets.items():
        lines = {line - 1: put for line, put in (theirs or {}).items()} if name == next(iter(sheets)) else {}
        if _change_sheet(sheet, texts, spellings, lines):
            changed.add(name)
    if shared is not None and _change_shared(shared, sheets, texts, spellings, bool(changed)):
        changed.add(_SHARED)
    parts = {name: _written(sheets.get(name, shared)) for name in changed}
    for name, part in members.items():
        if name.endswith((".xml", ".rels", ".vml")):
            text = parts.get(name, part).decode("utf-8", "surrogateescape")
            if (plain := spellings.in_text(text)) != text:
                parts[name] = plain.encode("utf-8", "surrogateescape")
    return rezipped(data, parts.get) if parts else data


def rows_in(data: bytes) -> list[list[list[str]]]:
    """What the cells of each sheet say, by row. Raises ValueError or KeyError where it is no workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {one.filename: archive.read(one) for one in archive.infolist()}
    shared = _parsed(members[_SHARED]) if _SHARED in members else None
    texts = [_text(one) for one in shared.iterchildren(f"{{{_NS}}}si")] if shared is not None else []
    sheets = (_parsed(part) for name, part in members.items() if _SHEET.fullmatch(name))
    return [_said(sheet, texts)[0] for sheet in sheets]


def cells_in(data: bytes) -> Iterator[str]:
    """What the cells of all sheets say, one after the other: of a workbook of 200,000 lines a line at a time.
    Raises ValueError or KeyError where it is no workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        texts = [_text(one) for one in _each(archive, _SHARED, "si")] if _SHARED in names else []
        for name in filter(_SHEET.fullmatch, names):
            for row in _each(archive, name, "row"):
                yield from (_cell_text(cell, texts) for cell in row.iterchildren(f"{{{_NS}}}c"))


def _each(archive: zipfile.ZipFile, name: str, tag: str) -> Iterator[Any]:
    """The elements of a name in a part, each gone once the next is read."""
    with archive.open(name) as part:
        try:
            for _, one in etree.iterparse(
                part, tag=f"{{{_NS}}}{tag}", resolve_entities=False, no_network=True, huge_tree=True
            ):
                yield one
                one.clear()
                while one.getprevious() is not None:
                    del one.getparent()[0]
        except etree.XMLSyntaxError as error:
            raise ValueError(str(error)) from error


def rezipped(
    data: bytes, of: Callable[[str, bytes], bytes | None], named: Callable[[str], str] = str
) -> bytes:
    """An archive with other members, in their order and with their times; without those that are None."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as made:
        for one in archive.infolist():
            part = b"" if one.is_dir() else of(one.filename, archive.read(one))
            if part is None:
                continue
            info = zipfile.ZipInfo(named(one.filename), one.date_time)
            info.compress_type, info.external_attr = one.compress_type, one.external_attr
            made.writestr(info, part)
        made.comment = archive.comment
    return out.getvalue()


def _parsed(data: bytes) -> Any:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _written(tree: Any) -> bytes:
    return bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True))


def _text(element: Any) -> str:
    return "".join(one.text or "" for one in element.iter(f"{{{_NS}}}t"))


def _cell_text(cell: Any, texts: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return _text(cell)
    value = cell.findtext(f"{{{_NS}}}v") or ""
    if kind == "s":
        return texts[int(value)] if value.isdecimal() and int(value) < len(texts) else ""
    if kind in (None, "n") and len(value) > 4:
        try:
            number = Decimal(value)
            return str(int(number)) if number == number.to_integral_value() else value
        except (InvalidOperation, ValueError, OverflowError):
            return value
    return value


def _said(sheet: Any, texts: list[str]) -> tuple[list[list[str]], list[list[Any]]]:
    """What the cells of a sheet say by row, and the cells; None where there is none."""
    rows: list[list[str]] = []
    places: list[list[Any]] = []
    for row in sheet.iter(f"{{{_NS}}}row"):
        said: list[str] = []
        cells: list[Any] = []
        for cell in row.iterchildren(f"{{{_NS}}}c"):
            found = _PLACE.fullmatch(cell.get("r") or "")
            column = _column(found[1]) if found else len(said)
            while len(said) < column:
                said.append("")
                cells.append(None)
            said.append(_cell_text(cell, texts))
            cells.append(cell)
        rows.append(said)
        places.append(cells)
    return rows, places


def _change_sheet(sheet: Any, texts: list[str], spellings: Spellings, theirs: Mapping[int, str]) -> bool:
    rows, places = _said(sheet, texts)
    changed = changed_cells(rows, spellings, theirs)
    for (n, column), put in changed.items():
        _put(places[n][column], put)
    return bool(changed)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number - 1


def _put(cell: Any, text: str) -> None:
    for child in list(cell):
        cell.remove(child)
    if not text:
        cell.attrib.pop("t", None)
        return
    cell.set("t", "inlineStr")
    element = etree.SubElement(etree.SubElement(cell, f"{{{_NS}}}is"), f"{{{_NS}}}t")
    element.text = text
    element.set(_SPACE, "preserve")


def _change_shared(
    shared: Any, sheets: Any, texts: list[str], spellings: Spellings, has_changed: bool
) -> bool:
    """Texts that cells share: those that no cell says any longer go, the others are without the persons."""
    used = Counter(
        cell.findtext(f"{{{_NS}}}v")
        for sheet in sheets.values()
        for cell in sheet.iter(f"{{{_NS}}}c")
        if cell.get("t") == "s"
    )
    is_changed = False
    for n, element in enumerate(shared.iterchildren(f"{{{_NS}}}si")):
        put = "" if has_changed and not used[str(n)] else text_of(texts[n], spellings)
        if put != texts[n]:
            for child in list(element):
                element.remove(child)
            etree.SubElement(element, f"{{{_NS}}}t").text = put
            is_changed = True
    return is_changed
