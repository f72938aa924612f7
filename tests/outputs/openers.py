"""Readers of every kind of file that examgen writes, none of them examgen's own: a file → its faults in words."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pypdfium2
import yaml
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from docx import Document
from jinja2 import Environment
from openpyxl import load_workbook
from PIL import Image
from tinyhtml5.parser import HTMLParser

Faults = Iterator[str]

BOM = b"\xef\xbb\xbf"
_RUN = tuple("=+-@\t\r")
"""A cell that begins so is run by a spreadsheet."""


def numeric(text: str) -> bool:
    """Whether a cell of CSV is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def open_csv(path: Path) -> Faults:
    """UTF-8 with BOM, lines of one width, nothing that a spreadsheet would run."""
    data = path.read_bytes()
    if not data.startswith(BOM):
        yield "no BOM"
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    yield from _run_by_spreadsheets(rows)
    if widths := Counter(map(len, rows)).keys() - {len(rows[0])}:
        yield f"lines of {len(rows[0])} cells and of {sorted(widths)}"


def open_answers(path: Path) -> Faults:
    """CSV of answers among which some lines are faulty on purpose."""
    yield from _run_by_spreadsheets(rows_of(path))


def _run_by_spreadsheets(rows: Sequence[Sequence[str]]) -> Faults:
    """Cells that are not what a person reads there."""
    for name, *cells in zip(*rows, strict=False):
        odd = [cell for cell in (name, *cells) if cell.startswith(_RUN) and cell != "-" and not numeric(cell)]
        yield from (f"a spreadsheet would run {cell!r} of column {name!r}" for cell in odd[:1])
        if odd := [cell for cell in cells if cell.lower() in ("nan", "inf", "-inf", "none", "null")]:
            yield f"column {name!r} has {odd[0]!r}"


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """The cells of each sheet of a workbook, as openpyxl reads them."""
    with path.open("rb") as file:
        book = load_workbook(file)
    return {
        sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets
    }


def open_workbook(path: Path) -> Faults:
    """Sheets with cells, none of them a formula; each as in the CSV file of its name beside it."""
    with path.open("rb") as file:
        book = load_workbook(file)
    formulas = [cell for sheet in book for row in sheet for cell in row if cell.data_type in ("f", "e")]
    yield from (f"{cell.parent.title}!{cell.coordinate} is a formula or an error" for cell in formulas[:3])
    for title, cells in sheets(path).items():
        beside = path.with_name(f"{title}.csv")
        if beside.is_file():
            yield from (f"{title}: {fault}" for fault in unlike(cells, rows_of(beside)))


def rows_of(table: Path) -> list[list[str]]:
    """The cells of a CSV file."""
    with table.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def unlike(cells: Sequence[Sequence[Any]], lines: Sequence[Sequence[str]]) -> Faults:
    """Where the rows of a sheet are not those of a CSV file."""
    if len(lines) != len(cells):
        yield f"{len(cells)} rows, not {len(lines)}"
    full = [line or [""] for line in lines]  # a reader of CSV gives a line with nothing on it without a cell
    for n, (row, line) in enumerate(zip(cells, full, strict=False), 1):
        if len(row) != len(line) or not all(map(_same, row, line)):
            yield f"row {n} is {row}, not {line}"
            return


def _same(cell: Any, text: str) -> bool:
    """Whether the cell of a sheet is that of the CSV file: `''` is nothing, an apostrophe keeps from running."""
    if cell is None or cell == "":
        return text == ""
    if isinstance(cell, bool):
        return text.lower() == str(cell).lower()
    if isinstance(cell, int | float):
        return numeric(text) and math.isclose(float(text), cell, rel_tol=1e-14, abs_tol=1e-300)
    return text == str(cell) or (text[:1] == "'" and text[1:] == str(cell) and text[1:].startswith(_RUN))


def open_html(path: Path) -> Faults:
    """No parse error of the WHATWG's algorithm, ids once, references that lead somewhere, the nesting allowed."""
    text = path.read_text("utf-8")
    parser = HTMLParser()
    tree = parser.parse(text)
    yield from (f"{code} {more} at line {at[0]}" for at, code, more in parser.errors)
    yield from _nesting(tree)
    ids = Counter(found for one in tree.iter() if isinstance(one.tag, str) and (found := one.get("id")))
    yield from (f"id {name!r} stands {n} times" for name, n in ids.items() if n > 1)
    for one in tree.iter():
        named = [name for a in _REFERENCES for name in (one.get(a) or "").split()]
        if (link := one.get("href") or "").startswith("#") and _name(one) == "a":
            named.append(link[1:])
        yield from (
            f"<{_name(one)}> refers to {name!r}, which is nowhere" for name in named if name not in ids
        )


_REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "for", "headers")
_PHRASING = frozenset(
    (
        "abbr", "b", "bdi", "bdo", "button", "cite", "code", "dfn", "em", "h1", "h2", "h3", "h4", "h5", "h6", "i",
        "kbd", "label", "mark", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub", "summary", "sup",
        "time", "u", "var",
    )
)  # fmt: skip
"""Elements that hold text and what stands within a line."""
_FLOW = frozenset(
    (
        "address", "article", "aside", "blockquote", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption",
        "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol",
        "p", "pre", "section", "table", "tbody", "td", "th", "thead", "tr", "ul",
    )
)  # fmt: skip
_PARENTS = {
    "li": {"ul", "ol", "menu"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "figcaption": {"figure"},
    "tr": {"thead", "tbody", "tfoot", "table"},
    "td": {"tr"},
    "th": {"tr"},
    "caption": {"table"},
}


def _name(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _nesting(tree: ET.Element) -> Faults:
    """The content models of HTML that a parser does not look at."""
    if not tree.findtext(".//{*}title"):
        yield "no title"
    for parent in tree.iter():
        outer, inner = _name(parent), [_name(child) for child in parent]
        if outer in _PHRASING and (wrong := _FLOW.intersection(inner)):
            yield f"<{min(wrong)}> in <{outer}>"
        if outer in ("ul", "ol") and (wrong := {*inner} - {"li", "script", "template"}):
            yield f"<{min(wrong)}> in <{outer}>"
        if "figcaption" in inner[1:-1] or inner.count("figcaption") > 1:
            yield "a <figcaption> that is neither first nor last, or one of several"
        yield from (f"<{one}> in <{outer}>" for one in inner if outer not in _PARENTS.get(one, {outer}))
        if outer == "img" and parent.get("alt") is None:
            yield "an <img> without alt"


def opens_pdfs(password: str) -> Callable[[Path], Faults]:
    """qpdf finds nothing wrong, PDFium draws every page; `password` opens those that are encrypted."""

    def open_pdf(path: Path) -> Faults:
        words = ["qpdf", f"--password={password}", "--check", str(path)]
        checked = subprocess.run(words, capture_output=True, text=True, check=False)
        if checked.returncode or "WARNING" in checked.stderr:
            yield (checked.stdout + checked.stderr)[-300:]
        with pypdfium2.PdfDocument(path, password=password) as document:
            if not len(document):
                yield "no page"
            for page in document:
                if min(page.get_size()) < 72:
                    yield "a page smaller than an inch"

    return open_pdf


def read_json(text: str) -> Any:
    """A JSON document, strictly: no NaN, no name twice."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        twice = [name for name, n in Counter(name for name, _ in found).items() if n > 1]
        if twice:
            raise ValueError(f"{twice[0]!r} twice")
        return dict(found)

    def constant(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)


def open_json(path: Path) -> Faults:
    """UTF-8 and JSON."""
    read_json(path.read_text("utf-8"))
    yield from ()


def open_json_lines(path: Path) -> Faults:
    """UTF-8, and JSON in each line."""
    for line in path.read_text("utf-8").splitlines():
        read_json(line)
    yield from ()


class _Once(yaml.CSafeLoader):
    """Refuses a key that stands twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := [key for key, n in Counter(keys).items() if n > 1]:
            raise ValueError(f"{twice[0]!r} twice")
        return super().construct_mapping(node, deep=deep)


def open_yaml(path: Path) -> Faults:
    """Plain data, no key twice."""
    if yaml.load(path.read_text("utf-8"), _Once) is None:
        yield "nothing in it"


def open_parquet(path: Path) -> Faults:
    """Polars reads it, and what other readers there are."""
    table = pl.read_parquet(path)
    csv_beside = path.with_suffix(".csv")
    if csv_beside.is_file():
        yield from unlike([table.columns, *table.iter_rows()], rows_of(csv_beside))
    try:
        import pyarrow.parquet
    except ImportError:
        return
    if pyarrow.parquet.read_table(path).num_rows != table.height:
        yield "pyarrow reads other rows"


def open_xml(path: Path) -> Faults:
    """Well-formed."""
    ET.parse(path)
    yield from ()


def open_package(path: Path) -> Faults:
    """Every member of a zip file, as a strict reader of XML or a reader of pictures opens it."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if name.endswith(".xml"):
                ET.fromstring(data)
            elif not data:
                yield f"{name} is empty"


def open_document(path: Path) -> Faults:
    """A document of Word, by python-docx: with text, its pictures those of kinds that Word knows."""
    document = Document(str(path))
    if not any(one.text for one in document.paragraphs):
        yield "says nothing"
    yield from open_package(path)


def open_template(path: Path) -> Faults:
    """A template of Jinja."""
    Environment(extensions=["jinja2.ext.do"]).parse(path.read_text("utf-8"))
    yield from ()


def open_picture(path: Path) -> Faults:
    """A picture of some size."""
    with Image.open(path) as picture:
        picture.load()
        if min(picture.size) < 1:
            yield "nothing on it"


def open_r(path: Path) -> Faults:
    """Brackets that close and texts that end."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"|#.*', "", path.read_text("utf-8"))
    if '"' in text or any(text.count(a) != text.count(b) for a, b in ("()", "[]", "{}")):
        yield "a text or a bracket does not end"


def open_text(path: Path) -> Faults:
    """UTF-8 without control characters."""
    if re.search("[\x00-\x08\x0b\x0e-\x1f]", path.read_text("utf-8-sig")):
        yield "control characters"


def open_key(path: Path) -> Faults:
    """A private key."""
    load_pem_private_key(path.read_bytes(), None)
    yield from ()


def open_certificate(path: Path) -> Faults:
    """A certificate that the body signs itself."""
    (found,) = load_pem_x509_certificates(path.read_bytes())
    found.verify_directly_issued_by(found)
    yield from ()


def open_secret(path: Path) -> Faults:
    """Bytes that nobody reads."""
    if len(path.read_bytes()) < 16:
        yield "too short"
