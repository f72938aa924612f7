"""Reads YAML lists of records, appends records to them, and formats values as YAML.

Existing records are history and are never rewritten. Values are written as in the bank's files: one text per
line, no wrapping, lists in brackets.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from examgen.core.files import read_input
from examgen.core.models.field_types import Model
from examgen.core.problems import Problem, Refused, system_words
from examgen.core.words import tell
from examgen.core.yamlfile import MOST_MEGABYTES, Document, SafeLoader, parse, validate

INDENT = "  "
FIELDS = (
    "id",
    "pcs",
    "levels",
    "cognitive",
    "decided_by",
    "family",
    "stem",
    "options",
    "key",
    "right_if",
    "rationale",
    "reference",
    "status",
    "enemies",
    "shared_stimulus",
    "anchored",
    "time_s",
    "waivers",
    "model",
)
_TEXTS = ("stem", "options", "right_if", "rationale", "reference")
# what JSON leaves as it is and YAML does not take, or reads as the end of a line
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def quoted(text: str) -> str:
    """Return the text in double quotes, on one line."""
    return _ESCAPED.sub(lambda hit: f"\\u{ord(hit[0]):04x}", json.dumps(text, ensure_ascii=False))


def plain(text: str) -> str:
    """Return the text without quotes if YAML reads it as the same text in any context, else in double
    quotes.
    """
    if not text.strip() or _ESCAPED.search(text) or re.search(r"[\x00-\x1f]", text):
        return quoted(text)
    try:
        safe = yaml.load(f"x: {text}\n", Loader=SafeLoader) == {"x": text}
        safe = safe and yaml.load(f"{{x: {text}, y: [{text}]}}", Loader=SafeLoader) == {
            "x": text,
            "y": [text],
        }
    except (yaml.YAMLError, ValueError):
        safe = False
    return text if safe else quoted(text)


def single_quoted(text: str) -> str:
    """Return the text in single quotes if it fits on one line in them, else in double quotes."""
    if _ESCAPED.search(text) or re.search(r"[\x00-\x1f]", text):
        return quoted(text)
    return "'" + text.replace("'", "''") + "'"


def literal(text: str, indent: str, newline: str) -> str | None:
    """Return the text as a block scalar (`|`); None if a block cannot represent it."""
    body = text.removesuffix("\n")
    lines = body.split("\n")
    blank_end = not lines[-1].strip()
    if blank_end or not lines[0] or lines[0][0] in " \t" or _ESCAPED.search(text) or "\r" in text:
        return None
    if any(re.search(r"[\x00-\x08\x0b-\x1f]", line) for line in lines):
        return None
    head = "|" if text.endswith("\n") else "|-"
    return newline.join([head, *(indent + line if line else "" for line in lines)])


def flow(value: Any) -> str:
    """Return a value on one line: a text, a number, null, or a list or mapping of those."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{plain(str(k))}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(flow(member) for member in value) + "]"
    return "null" if value is None else str(value)


def item_lines(data: Mapping[str, Any], in_quotes: bool) -> list[str]:
    """Return an item as the lines of a list member, with its texts in double quotes if `in_quotes` is set."""
    lines = []
    for field in [*(name for name in FIELDS if name in data), *(name for name in data if name not in FIELDS)]:
        value = data[field]
        text = quoted if in_quotes and field in _TEXTS else plain
        if isinstance(value, Mapping) and value:
            lines.append(f"{field}:")
            lines += [
                f"{INDENT}{plain(str(name))}: {text(one) if isinstance(one, str) else flow(one)}"
                for name, one in value.items()
            ]
        else:
            lines.append(f"{field}: {text(value) if isinstance(value, str) else flow(value)}")
    return [("- " if n == 0 else INDENT) + line for n, line in enumerate(lines)]


R = TypeVar("R", bound=Model)

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def read_records(data: bytes, source: str, model: type[R]) -> tuple[tuple[R, ...], list[Problem]]:
    """Return the records of a file in order, and every fault with its line."""
    document, problems = parsed(data, source)
    if problems or document.data is None:
        return (), problems
    if not isinstance(document.data, list):
        return (), [
            Problem(document.at([]), "not-a-list", tell("must be a list of records. Begin each with '- '."))
        ]
    records: list[R] = []
    for n, entry in enumerate(document.data):
        name = entry.get("item") if isinstance(entry, dict) else None
        record, faults = validate(document, [n], entry, model, item=name if isinstance(name, str) else None)
        problems += faults
        if record is not None:
            records.append(record)
    return tuple(records), problems


def records_in(folder: Path, name: str, model: type[R]) -> tuple[tuple[R, ...], list[Problem]]:
    """Return the records of a file in a unit's folder and its faults; none if there is no such file."""
    path = folder / name
    return read_records(read_input(path) if path.is_file() else b"", f"{folder.name}/{name}", model)


def records_of(folder: Path, name: str, model: type[R]) -> tuple[R, ...]:
    """Return the records of a file in a unit's folder. Raises Refused if any has a fault."""
    records, problems = records_in(folder, name, model)
    if problems:
        raise Refused.because(
            "{folder}/{name} has errors. Fix them first.", problems, folder=folder.name, name=name
        )
    return records


def with_records(folder: Path, name: str, records: Sequence[Model], one_line: bool = False) -> bytes:
    """Return the file of a unit's folder with more records at its end."""
    path = folder / name
    data = read_input(path) if path.is_file() else b""
    return append_records(data, records, f"{folder.name}/{name}", one_line)


def append_records(data: bytes, records: Sequence[Model], source: str, one_line: bool = False) -> bytes:
    """Append records to the bytes of a file, each as a block or on a line of its own."""
    if not records:
        return data
    document, problems = parsed(data, source)
    if problems:
        raise Refused.because("{source} cannot be read. Fix it first.", problems, source=source)
    plain = [record.model_dump(by_alias=True, exclude_none=True) for record in records]
    indent = " " * (document.root.start_mark.column if document.root else 0)
    newline = "\r\n" if b"\r\n" in data else "\n"
    text = textwrap.indent("".join(_written(one, one_line) for one in plain), indent)
    start = "" if not data or data.endswith(b"\n") else newline
    longer = data + (start + text.replace("\n", newline)).encode()
    after, faults = parsed(longer, source)
    if faults or after.data != [*(document.data or []), *plain]:
        message = tell("has a layout to which nothing can be added. Make it a list with '- ' lines.")
        raise Refused.because("nothing was written", [Problem(source, "not-editable", message)])
    return longer


def read_yaml(path: Path, source: str) -> tuple[Document, list[Problem]]:
    """Read a YAML file of the bank and return its document and its faults; `source` is its name in these."""
    try:
        return parsed(read_input(path, MOST_MEGABYTES), source)
    except OSError as error:
        return Document(source, None, None), [Problem(source, "unreadable", system_words(error))]


def parsed(data: bytes, source: str) -> tuple[Document, list[Problem]]:
    """Parse the bytes of a YAML file and return the document and its faults."""
    try:
        return parse(data.decode("utf-8-sig"), source)
    except UnicodeDecodeError as error:
        message = tell("is not UTF-8 text (byte {start}). Save it as UTF-8.", start=error.start)
        return Document(source, None, None), [Problem(source, "encoding", message)]


def _written(data: dict[str, Any], one_line: bool) -> str:
    if one_line:
        return f"- {flow(data)}\n"
    shown: dict[str, Any] = {"allow_unicode": True, "sort_keys": False, "width": 10_000}
    return str(yaml.dump([data], Dumper=_Dumper, **shown))
