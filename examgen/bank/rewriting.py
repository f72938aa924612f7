"""Edits files of items or instruments, and leaves everything that is not edited byte for byte as it was.

The spans that the YAML parser reports for each value are replaced; comments, order, quotes and layout
elsewhere stay. Each edited text is parsed again before it is returned, and must contain exactly the requested
data.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from examgen.bank.texts import flow, item_lines, literal, plain, quoted, single_quoted
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell
from examgen.core.yamlfile import Document, parse

Changes = Mapping[str, Mapping[str, Any]]
"""The new values by id of an item, instrument or task, then by field (`stem`, `options.a`); None removes the
field.
"""

_BLANK_LINES = re.compile(r"(?:\r?\n[ \t]*)+\Z")
_LINE_ENDS = "\n\r\x85\u2028\u2029"
_LINE_END = re.compile(f"\r\n|[{_LINE_ENDS}]")


class Edit(NamedTuple):
    """A replacement: `text[start:end]` becomes `new`."""

    start: int
    end: int
    new: str


def rewrite(files: Mapping[str, str], changes: Changes, new: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the files, by name, that differ after the changes. New items are appended to `<PC>.yaml`."""
    texts = dict(files)
    for name, text in files.items():
        if any(item in text for item in changes):
            texts[name] = _changed(text, name, changes)
    for pc in dict.fromkeys(str(data["pcs"][0]) for data in new):
        name = next((f"{pc}{end}" for end in (".yaml", ".yml") if f"{pc}{end}" in files), f"{pc}.yaml")
        texts[name] = append_items(texts.get(name, ""), [data for data in new if data["pcs"][0] == pc], name)
    return {name: text for name, text in texts.items() if text != files.get(name)}


def _parsed(text: str, name: str) -> Document:
    document, problems = parse(text, name)
    if problems:
        raise Refused.because("{name} cannot be read", problems, name=name)
    return document


def _checked(text: str, name: str, expected: Any) -> str:
    """Return the text if it parses to the expected data; else raise Refused."""
    document, problems = parse(text, name)
    if problems or document.data != expected:
        message = tell("has a layout that cannot be edited automatically. Make these changes by hand.")
        raise Refused.because("nothing was written", [Problem(name, "not-editable", message)])
    return text


# ── changes of items that are there ──────────────────────────────────────────────────────────


def _changed(text: str, name: str, changes: Changes) -> str:
    document = _parsed(text, name)
    edits: list[Edit] = []
    expected = document.data  # which is this text's alone
    for node, data in _entries(document):
        wanted = changes.get(str(data.get("id"))) if isinstance(data, dict) else None
        if wanted:
            edits += _item_edits(text, node, data, wanted)
            _put(data, wanted)
    return _checked(_applied(text, edits), name, expected) if edits else text


def _entries(document: Document) -> Iterator[tuple[Any, Any]]:
    """Yield the node and the data of each entry with an id: the items of a file, or an instrument and its
    tasks.
    """
    root, data = document.root, document.data
    if isinstance(root, yaml.SequenceNode):
        yield from zip(root.value, data, strict=True)
    elif isinstance(root, yaml.MappingNode):
        yield root, data
        if (tasks := _pair(root, "tasks")) and isinstance(tasks[1], yaml.SequenceNode):
            yield from zip(tasks[1].value, data["tasks"], strict=True)


def _put(data: dict[str, Any], wanted: Mapping[str, Any]) -> None:
    """Apply the changes to the plain data; None removes a field or member."""
    for path, value in wanted.items():
        field, _, member = path.partition(".")
        place = data[field] if member else data
        if value is None:
            place.pop(member or field, None)
        else:
            place[member or field] = value


def _applied(text: str, edits: Sequence[Edit]) -> str:
    parts, at = [], 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        parts += [text[at : edit.start], edit.new]
        at = edit.end
    return "".join([*parts, text[at:]])


def _item_edits(text: str, node: yaml.MappingNode, data: Any, wanted: Mapping[str, Any]) -> list[Edit]:
    """Return the edits of one item: of its fields, and of members such as its options and rationales."""
    if node.flow_style and _reshapes(data, wanted):
        whole = copy.deepcopy(data)
        _put(whole, wanted)
        return [Edit(node.start_mark.index, node.end_mark.index, flow(whole))]
    own = {path: value for path, value in wanted.items() if "." not in path}
    edits = _mapping_edits(text, node, data, own)
    for field in dict.fromkeys(path.split(".")[0] for path in wanted if "." in path):
        members = {
            path.split(".")[1]: value for path, value in wanted.items() if path.startswith(f"{field}.")
        }
        edits += _mapping_edits(text, _pair(node, field)[1], data[field], members)
    return edits


def _reshapes(data: Any, wanted: Mapping[str, Any]) -> bool:
    """Return whether a field or member is added or removed."""
    for path, value in wanted.items():
        field, _, member = path.partition(".")
        if value is None or (member or field) not in (data[field] if member else data):
            return True
    return False


def _pair(node: yaml.MappingNode, name: str) -> Any:
    return next((pair for pair in node.value if pair[0].value == name), None)


def _mapping_edits(text: str, node: yaml.MappingNode, data: Any, wanted: Mapping[str, Any]) -> list[Edit]:
    present = {name for name in wanted if _pair(node, name)}
    replaced = {name for name in present if wanted[name] is not None}
    reshaped = wanted.keys() - replaced
    if reshaped and node.flow_style:
        merged = {**data, **wanted}
        kept = {name: one for name, one in merged.items() if one is not None}
        return [Edit(node.start_mark.index, node.end_mark.index, flow(kept))]
    edits = []
    # new fields last: a list at the end of the item grows at the same place
    for name in sorted(wanted, key=lambda name: name not in present):
        if name in replaced:
            edits += _value_edits(text, _pair(node, name), data[name], wanted[name], node)
        elif name in present:
            edits.append(_removal(text, node, _pair(node, name)))
        elif wanted[name] is not None:
            # A new field on a line after the last one, in the style of quotes of its neighbours
            value = wanted[name]
            last = node.value[-1][1]
            in_quotes = isinstance(last, yaml.ScalarNode) and last.style == '"'
            style = quoted if isinstance(value, str) and in_quotes else flow
            edits.append(_line_after(text, node, node.start_mark.column, f"{plain(name)}: {style(value)}"))
    return edits


def _value_edits(text: str, pair: Any, old: Any, new: Any, parent: yaml.MappingNode) -> list[Edit]:
    """Return the edits that turn one value into another, in the style in which it is written."""
    node = pair[1]
    if isinstance(node, yaml.ScalarNode):
        return [_scalar_edit(text, node, new, parent)]
    if node.flow_style:
        return [Edit(node.start_mark.index, node.end_mark.index, flow(new))]
    if not isinstance(new, list) or not new:
        return [Edit(pair[0].end_mark.index, _end(text, node), f": {flow(new)}")]
    # Members replaced one by one, then lines added or taken away at the end.
    edits = [
        _scalar_edit(text, member, after, None)
        for member, before, after in zip(node.value, old, new, strict=False)
        if before != after
    ]
    for member in node.value[len(new) :]:
        start = _line_start(text, member.start_mark.index)
        edits.append(Edit(start, _next_line(text, _end(text, member)), ""))
    for value in new[len(old) :]:
        edits.append(_line_after(text, node, node.start_mark.column, f"- {flow(value)}"))
    return edits


def _scalar_edit(text: str, node: yaml.ScalarNode, new: Any, parent: yaml.MappingNode | None) -> Edit:
    start, end = node.start_mark.index, node.end_mark.index
    if start == end:  # nothing is written after the colon
        return Edit(start, end, f" {flow(new)}")
    if not isinstance(new, str):
        return Edit(start, _content_end(text, node), flow(new))
    shown = {'"': quoted, "'": single_quoted}.get(node.style or "", plain)(new)
    if node.style == "|" and parent is not None:
        indent = " " * (parent.start_mark.column + 2)
        shown = literal(new, indent, _newline(text)) or quoted(new)
    elif node.style == ">":
        shown = quoted(new)
    return Edit(start, _content_end(text, node), shown)


def _content_end(text: str, node: yaml.ScalarNode) -> int:
    """Return the end of the last line of a scalar, before the blank lines that a block scalar includes."""
    start, end = node.start_mark.index, node.end_mark.index
    blank = _BLANK_LINES.search(text, start, end) if node.style in ("|", ">") else None
    return int(blank.start() if blank else end)


def _removal(text: str, node: yaml.MappingNode, pair: Any) -> Edit:
    """Return the edit that removes the lines of a field. A comment after it stays, on its own line."""
    key, end = pair[0].start_mark.index, _end(text, pair[1])
    start, after = _line_start(text, key), _next_line(text, end)
    if text[start:key].strip():  # it begins the item, behind the dash: the next field takes its place
        return Edit(key, node.value[1][0].start_mark.index, "")
    comment = text[end:after].lstrip()
    return Edit(start, after, " " * (key - start) + comment if comment else "")


def _line_after(text: str, node: yaml.Node, column: int, line: str) -> Edit:
    at, newline = _next_line(text, _end(text, node)), _newline(text)
    before = "" if at == 0 or _LINE_END.fullmatch(text[at - 1]) else newline
    return Edit(at, at, f"{before}{' ' * column}{line}{'' if before else newline}")


def with_values(text: str, name: str, section: str, values: Mapping[str, Any]) -> str:
    """Return the text of a settings file with these values in a section; None removes a value. Raises Refused
    if its layout cannot be edited.
    """
    document = _parsed(text, name)
    data = document.data if isinstance(document.data, dict) else {}
    wanted = {field: value for field, value in values.items() if value is not None}
    inside = data.get(section) or {}
    left = {field: value for field, value in inside.items() if field not in values} | wanted
    if left == inside:
        return text
    pair = _pair(document.root, section) if isinstance(document.root, yaml.MappingNode) else None
    if pair is None:
        start = text if not text or _LINE_END.fullmatch(text[-1]) else text + _newline(text)
        lines = (f"{section}:", *(f"  {field}: {flow(value)}" for field, value in wanted.items()))
        return _checked(
            start + "".join(line + _newline(text) for line in lines), name, data | {section: left}
        )
    node = pair[1]
    if not isinstance(node, yaml.MappingNode) or not left:
        edits = [
            Edit(pair[0].end_mark.index, max(_end(text, node), pair[0].end_mark.index + 1), f": {flow(left)}")
        ]
    else:
        changed = {field: one for field, one in values.items() if inside.get(field) != one}
        edits = _mapping_edits(text, node, inside, changed)
    return _checked(_applied(text, edits), name, data | {section: left})


# ── places in the text ───────────────────────────────────────────────────────────────────────


def _end(text: str, node: Any) -> int:
    """Return the end of the last text in a node. The end mark of a block node is at the text after it."""
    if isinstance(node, yaml.ScalarNode):
        keeps = node.style in ("|", ">") and "+" in text[node.start_mark.index :].split("\n", 1)[0][:4]
        return int(node.end_mark.index) if keeps else _content_end(text, node)
    if node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(text, last[1] if isinstance(last, tuple) else last)


def _line_start(text: str, at: int) -> int:
    return max(text.rfind(end, 0, at) for end in _LINE_ENDS) + 1


def _next_line(text: str, at: int) -> int:
    """Return the start of the next line; `at` itself if a line begins there."""
    if at and _LINE_END.fullmatch(text[at - 1]):
        return at
    found = _LINE_END.search(text, at)
    return found.end() if found else len(text)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


# ── new items ────────────────────────────────────────────────────────────────────────────────


def append_items(text: str, new: Sequence[Mapping[str, Any]], name: str) -> str:
    """Return the text of a file with more items at its end, in the style of the others."""
    document = _parsed(text, name) if text.strip() else None
    root = document.root if document else None
    expected = [*((document.data if document else None) or []), *(dict(data) for data in new)]
    if isinstance(root, yaml.SequenceNode) and root.flow_style:
        at = _end(text, root.value[-1]) if root.value else root.start_mark.index + 1
        members = [f"\n  {flow(data)}" for data in new]
        return _checked(
            _applied(text, [Edit(at, at, ("," if root.value else "") + ",".join(members))]), name, expected
        )
    mark = re.compile(r"^\.\.\.", re.M).search(text, _end(text, root)) if root else None
    at, newline = (mark.start() if mark else len(text)), _newline(text)
    end = "" if not at or _LINE_END.fullmatch(text[at - 1]) else newline
    apart = newline if _apart(text, root) else ""
    indent, in_quotes = " " * (root.start_mark.column if root else 0), _in_quotes(root)
    blocks = ["".join(f"{indent}{line}{newline}" for line in item_lines(data, in_quotes)) for data in new]
    first = "" if not at or text[:at].endswith(newline * 2) else apart
    added = _applied(text, [Edit(at, at, end + first + apart.join(blocks))])
    if parse(added, name)[0].data != expected:  # a block scalar that keeps its blank lines ends the file
        added = _applied(text, [Edit(at, at, end + apart.join(blocks))])
    return _checked(added, name, expected)


def _in_quotes(root: Any) -> bool:
    """Return whether the last item has its stem in double quotes; True for a new file."""
    if root is None or not root.value:
        return True
    stem = _pair(root.value[-1], "stem")
    return stem is not None and stem[1].style == '"'


def _apart(text: str, root: Any) -> bool:
    """Return whether a blank line separates the items."""
    if root is None or len(root.value) < 2:
        return _in_quotes(root)
    lines = text[: _line_start(text, root.value[-1].start_mark.index)].splitlines()
    return bool(lines) and not lines[-1].strip()
