"""Texts of item files and which item goes to which file → the texts changed, each item byte for byte.

An item takes the comment lines right above it along. Whatever else stands in a file stays there; of a
file that loses all its items it goes with the first of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from examgen.problems import Problem, Refused
from examgen.yamlfile import parse

_ADVICE = (
    "is written in a way in which items cannot be moved for you: begin each item on a line of its own "
    "with '- id:'"
)
_LAST_BLANK_LINES = re.compile(r"(\r?\n)(?:[ \t]*\r?\n)+\Z")
_MARKS = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.M)


class _Block(NamedTuple):
    """An item's lines `text[start:end]`, and how far its dash is indented."""

    item: str
    start: int
    end: int
    column: int


class _Moved(NamedTuple):
    """An item's text on its way, and the indent of its dash."""

    text: str
    column: int


def move_items(
    files: Mapping[str, str], targets: Mapping[str, str], above: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """The texts, by file name, that differ once each item of `targets` stands in its file.

    `above` gives comment lines to put above an item. A file that lost everything comes back empty.
    Raises `Refused` where a file is written so that its items cannot be cut out.
    """
    texts, moved = dict(files), dict[str, _Moved]()
    for name, text in files.items():
        texts[name], cut = _cut(text, name, targets)
        moved |= cut
    for target in dict.fromkeys(targets[item] for item in moved):
        blocks = [_noted(moved[i], above.get(i, ())) for i in targets if i in moved and targets[i] == target]
        texts[target] = _appended(texts.get(target, ""), blocks, target)
    _check(files, texts)
    return {name: text for name, text in texts.items() if text != files.get(name)}


def _cut(text: str, name: str, targets: Mapping[str, str]) -> tuple[str, dict[str, _Moved]]:
    """The text without the items that go elsewhere, and those."""
    if not any(item in text and target != name for item, target in targets.items()):
        return text, {}
    blocks = _blocks(text, name)
    going = [block for block in blocks if targets.get(block.item, name) != name]
    if not going:
        return text, {}
    rest, at = "", 0
    for block in going:
        rest += text[at : block.start]
        at = _after_blank_lines(text, block.end)
    rest = rest + text[at:] if text[at:] else _LAST_BLANK_LINES.sub(r"\1", rest)
    moved = {block.item: _Moved(text[block.start : block.end], block.column) for block in going}
    if len(going) < len(blocks):
        return rest, moved
    first, head = moved[going[0].item], _MARKS.sub("", rest).rstrip()
    moved[going[0].item] = first._replace(text=f"{head}\n\n{first.text}" if head else first.text)
    return "", moved


def _blocks(text: str, name: str) -> list[_Block]:
    root = _items(text, name)
    if root.flow_style:
        raise Refused("nothing was written", [Problem(name, "not-editable", _ADVICE)])
    blocks, before = [], 0
    for node in root.value:
        dash = text.rfind("-", before, node.start_mark.index)
        line = text.rfind("\n", 0, dash) + 1
        if dash < 0 or text[line:dash].strip(" "):
            raise Refused("nothing was written", [Problem(name, "not-editable", _ADVICE)])
        end = _with_notes(text, _line_end(text, _end(text, node)), dash - line)
        blocks.append(_Block(_id(node), _with_comments(text, line, before), end, dash - line))
        before = end
    return blocks


def _items(text: str, name: str) -> yaml.SequenceNode:
    document, problems = parse(text, name)
    if problems or not isinstance(document.root, yaml.SequenceNode):
        raise Refused(f"{name} cannot be read", problems or [Problem(name, "not-a-list", _ADVICE)])
    return document.root


def _id(node: Any) -> str:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((str(value.value) for key, value in pairs if key.value == "id"), "")


def _with_comments(text: str, line: int, before: int) -> int:
    """Where the comment lines right above a line begin."""
    while line > before:
        above = text.rfind("\n", 0, line - 1) + 1
        if above < before or not text[above:line].lstrip().startswith("#"):
            break
        line = above
    return line


def _with_notes(text: str, end: int, column: int) -> int:
    """Where the comment lines below an item end that are indented as its fields are."""
    found = re.compile(rf"(?: {{{column + 1},}}#[^\n]*(?:\n|\Z))*").match(text, end)
    return found.end() if found else end


def _end(text: str, node: Any) -> int:
    """Where the last thing written in a node ends; the mark of a block lies at what follows it."""
    if isinstance(node, yaml.ScalarNode):
        start, end = node.start_mark.index, int(node.end_mark.index)
        if node.style in ("|", ">") and "+" not in text[start : _line_end(text, start + 1)]:
            return start + len(text[start:end].rstrip())
        return end
    if node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(text, last[1] if isinstance(last, tuple) else last)


def _line_end(text: str, at: int) -> int:
    if at and text[at - 1] == "\n":
        return at
    found = text.find("\n", at)
    return found + 1 if found >= 0 else len(text)


def _after_blank_lines(text: str, at: int) -> int:
    """Past the blank lines that set an item apart from the next one."""
    found = re.compile(r"(?:[ \t]*\r?\n)*").match(text, at)
    return found.end() if found else at


def _noted(block: _Moved, lines: Sequence[str]) -> _Moved:
    return block._replace(text="".join(f"# {line}\n" for line in lines) + block.text)


def _appended(text: str, blocks: Sequence[_Moved], name: str) -> str:
    """The text of a file with more items at its end, a blank line before each."""
    column = blocks[0].column
    if text.strip():
        root = _items(text, name)
        if root.flow_style or _MARKS.search(text, _end(text, root)):
            raise Refused("nothing was written", [Problem(name, "not-editable", _ADVICE)])
        column = root.start_mark.column
    for block in blocks:
        apart = "" if text.endswith("\n") or not text else "\n"
        blank = "" if text.endswith(("\n\n", "\n\r\n")) or not text.strip() else "\n"
        text += apart + blank + _indented(block.text, column - block.column)
    return text


def _indented(text: str, by: int) -> str:
    """Every line moved to the right or left, where two files indent their items differently."""
    if by >= 0:
        return re.sub(r"^(?=[^\r\n])", " " * by, text, flags=re.M) if by else text
    return re.sub(rf"^ {{0,{-by}}}", "", text, flags=re.M)


def _check(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Every item says what it said, wherever it stands now."""
    if _sorted(before) != _sorted(after):
        names = ", ".join(name for name in after if after[name] != before.get(name))
        raise Refused("nothing was written", [Problem(names, "not-editable", _ADVICE)])


def _sorted(files: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for name, text in files.items():
        document, problems = parse(text, name)
        if problems:
            raise Refused("nothing was written", [Problem(name, "not-editable", _ADVICE)])
        found += [repr(one) for one in document.data or []]
    return sorted(found)
