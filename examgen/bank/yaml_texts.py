"""Values → YAML as the bank's files are written: one text per line, no wrapping, lists in brackets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from examgen.yamlfile import SafeLoader

INDENT = "  "
FIELDS = (
    "id",
    "pcs",
    "levels",
    "cognitive",
    "stem",
    "options",
    "key",
    "rationale",
    "reference",
    "status",
    "enemies",
    "shared_stimulus",
    "anchored",
    "time_s",
    "waivers",
)
_TEXTS = ("stem", "options", "rationale", "reference")
# what JSON leaves as it is and YAML does not take, or reads as the end of a line
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def quoted(text: str) -> str:
    """The text in double quotes, on one line."""
    return _ESCAPED.sub(lambda hit: f"\\u{ord(hit[0]):04x}", json.dumps(text, ensure_ascii=False))


def plain(text: str) -> str:
    """The text without quotes where YAML reads it back as the same text anywhere, else in double quotes."""
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
    """The text in single quotes where they can hold it on one line, else in double quotes."""
    if _ESCAPED.search(text) or re.search(r"[\x00-\x1f]", text):
        return quoted(text)
    return "'" + text.replace("'", "''") + "'"


def literal(text: str, indent: str, newline: str) -> str | None:
    """The text as a block of lines below `|`; None where a block cannot hold it."""
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
    """A value on one line: a text, a number, nothing, or a list or mapping of those."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{plain(str(k))}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(flow(member) for member in value) + "]"
    return "null" if value is None else str(value)


def item_lines(data: Mapping[str, Any], in_quotes: bool) -> list[str]:
    """An item as the lines of a member of a list; `in_quotes` for texts in double quotes."""
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
