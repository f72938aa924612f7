"""JSON, lines of JSON and YAML without persons: by value and by key, what is not theirs as it was written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from examgen.core.storage import json_bytes, yaml_bytes
from examgen.evidence.persons.columns import is_personal, is_whose, names_candidates
from examgen.evidence.persons.rows import text_of
from examgen.evidence.persons.spelling import Spellings

_OF_PERSONS = ("person", "proposed", "case")
"""Kinds of acts of a sitting whose `name` is the number of a candidate."""
_REASONS = ("reason", "identity", "document")
"""Of what somebody was given for a disability, what goes."""


def value_without(value: Any, spellings: Spellings, field: str = "") -> Any:
    """A value of plain data without the persons; the very value where nothing changes."""
    if isinstance(value, str):
        put = spellings.of_candidate(value) if names_candidates(field) else None
        return text_of(value, spellings) if put is None else put
    if isinstance(value, int) and not isinstance(value, bool) and names_candidates(field):
        put = spellings.of_candidate(str(value))
        return value if put is None else put
    if isinstance(value, list):
        found = [value_without(one, spellings, field) for one in value]
        return found if found != value else value
    if isinstance(value, dict):
        return _object_without(value, spellings)
    return value


def _object_without(value: dict[Any, Any], spellings: Spellings) -> dict[Any, Any]:
    whose = [
        name
        for name, one in value.items()
        if isinstance(name, str)
        and isinstance(one, str | int)
        and (is_whose(name) or (name == "name" and value.get("kind") in _OF_PERSONS))
        and spellings.of_candidate(str(one)) is not None
    ]
    found: dict[Any, Any] = {}
    for name, one in value.items():
        if name in whose:
            put: Any = spellings.of_candidate(str(one))
        elif whose and isinstance(name, str) and isinstance(one, str) and _goes(name, value, whose):
            # a line that is sealed leaves out what is empty: it has the tombstone there as well
            put = spellings.of_candidate(str(value[whose[0]])) if "seal" in value else ""
        else:
            put = value_without(one, spellings, name if isinstance(name, str) else "")
        named = text_of(name, spellings) if isinstance(name, str) else name
        found[named] = put
    return found if found != value or list(found) != list(value) else value


def _goes(name: str, value: dict[Any, Any], whose: list[str]) -> bool:
    """Whether a field of a person's object goes, which is not the one that says whose it is."""
    if "name" in whose:  # an act on a person: its reason is what was decided by
        return False
    if name == "title" and "unit" in value:  # of the unit that a certificate attests, not of the person
        return False
    return is_personal(name) or ("given" in value and name in _REASONS)


_WRITINGS: tuple[Callable[[Any], bytes], ...] = (
    json_bytes,
    lambda data: json.dumps(data, ensure_ascii=False, indent=2).encode(errors="backslashreplace"),
    lambda data: json.dumps(data, ensure_ascii=False).encode(errors="backslashreplace"),
    lambda data: json.dumps(data, ensure_ascii=False).encode(errors="backslashreplace") + b"\n",
    lambda data: json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(
        errors="backslashreplace"
    ),
    lambda data: json.dumps(data).encode(),
    lambda data: json.dumps(data, indent=2).encode(),
    lambda data: json.dumps(data, indent=1, ensure_ascii=False).encode(errors="backslashreplace"),
)


def json_like(data: bytes, was: Any, now: Any) -> bytes:
    """Other data as those bytes of JSON were written."""
    for written in _WRITINGS:
        if written(was) == data:
            return written(now)
    return json_bytes(now)


def json_without(data: bytes, spellings: Spellings) -> bytes:
    """The bytes of JSON without the persons. Raises ValueError where they are no JSON."""
    was = json.loads(data)
    now = value_without(was, spellings)
    return data if now is was or now == was else json_like(data, was, now)


def lines_without(data: bytes, spellings: Spellings) -> bytes:
    """The bytes of lines of JSON without the persons. Raises ValueError where they are none."""
    found = []
    for line in data.splitlines(keepends=True):
        if not line.strip():
            found.append(line)
            continue
        was = json.loads(line)
        now = value_without(was, spellings)
        end = line[len(line.rstrip(b"\r\n")) :]
        found.append(line if now == was else json_like(line.rstrip(b"\r\n"), was, now).rstrip(b"\n") + end)
    return b"".join(found)


def yaml_without(data: bytes, spellings: Spellings) -> bytes:
    """The bytes of YAML without the persons, its comments too. Raises ValueError where they are none."""
    text = data.decode("utf-8-sig")
    mark = data[: len(data) - len(text.encode())]
    try:
        was = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    now = value_without(was, spellings)
    if now != was:
        if yaml_bytes(was) == data:
            return yaml_bytes(now)
        try:
            tree = yaml.compose(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.YAMLError as error:
            raise ValueError(str(error)) from error
        puts = sorted(_puts(tree, was, now), reverse=True)
        for start, end, put in puts:
            text = text[:start] + put + text[end:]
    return mark + spellings.in_text(text).encode()


def _puts(node: Any, was: Any, now: Any) -> Iterator[tuple[int, int, str]]:
    """Where in the text scalars stand that change, and what they say now."""
    if was == now:
        return
    if isinstance(node, yaml.ScalarNode):
        yield node.start_mark.index, node.end_mark.index, json.dumps(now, ensure_ascii=False)
    elif isinstance(node, yaml.SequenceNode) and isinstance(was, list) and isinstance(now, list):
        for one, before, after in zip(node.value, was, now, strict=True):
            yield from _puts(one, before, after)
    elif isinstance(node, yaml.MappingNode) and isinstance(was, dict) and isinstance(now, dict):
        pairs = zip(node.value, was.items(), now.items(), strict=True)
        for (key, value), (name, before), (name_now, after) in pairs:
            yield from _puts(key, name, name_now)
            yield from _puts(value, before, after)
