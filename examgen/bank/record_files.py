"""Bytes of a YAML list of records → models with every fault; and the bytes with more records at their end.

What stands in such a file is history: nothing of it is ever written anew.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, TypeVar

import yaml

from examgen.bank.yaml_texts import flow
from examgen.models import Model
from examgen.problems import Problem, Refused
from examgen.yamlfile import Document, parse, validate

R = TypeVar("R", bound=Model)

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def read_records(data: bytes, source: str, model: type[R]) -> tuple[tuple[R, ...], list[Problem]]:
    """The records of a file in their order, and every fault with its line."""
    document, problems = _parsed(data, source)
    if problems or document.data is None:
        return (), problems
    if not isinstance(document.data, list):
        return (), [Problem(document.at([]), "not-a-list", "must be a list of records: begin each with '- '")]
    records: list[R] = []
    for n, entry in enumerate(document.data):
        name = entry.get("item") if isinstance(entry, dict) else None
        record, faults = validate(document, [n], entry, model, item=name if isinstance(name, str) else None)
        problems += faults
        if record is not None:
            records.append(record)
    return tuple(records), problems


def append_records(data: bytes, records: Sequence[Model], source: str, one_line: bool = False) -> bytes:
    """The same bytes, and the records after them, each as a block or on a line of its own."""
    if not records:
        return data
    document, problems = _parsed(data, source)
    if problems:
        raise Refused(f"{source} cannot be read: mend it first", problems)
    plain = [_plain(record) for record in records]
    indent = " " * (document.root.start_mark.column if document.root else 0)
    newline = "\r\n" if b"\r\n" in data else "\n"
    text = textwrap.indent("".join(_written(one, one_line) for one in plain), indent)
    start = "" if not data or data.endswith(b"\n") else newline
    longer = data + (start + text.replace("\n", newline)).encode()
    after, faults = _parsed(longer, source)
    if faults or after.data != [*(document.data or []), *plain]:
        message = "is written in a way that nothing can be added to its end: make it a list with '- ' lines"
        raise Refused("nothing was written", [Problem(source, "not-editable", message)])
    return longer


def _parsed(data: bytes, source: str) -> tuple[Document, list[Problem]]:
    try:
        return parse(data.decode("utf-8-sig"), source)
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text (byte {error.start}): save it as UTF-8"
        return Document(source, None, None), [Problem(source, "encoding", message)]


def _plain(record: Model) -> dict[str, Any]:
    """The fields as people write them, those left out that say nothing."""
    return record.model_dump(by_alias=True, exclude_none=True)


def _written(data: dict[str, Any], one_line: bool) -> str:
    if one_line:
        return f"- {flow(data)}\n"
    shown: dict[str, Any] = {"allow_unicode": True, "sort_keys": False, "width": 10_000}
    return str(yaml.dump([data], Dumper=_Dumper, **shown))
