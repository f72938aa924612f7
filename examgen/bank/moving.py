"""Moves items between item files and keeps each item byte for byte.

An item takes with it the comment lines directly above it, if they are indented no deeper than its dash. Text
above the first item of a file stays there, or goes with the first item if all items leave the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import yaml

from examgen.core.problems import Problem, Refused
from examgen.core.words import tell
from examgen.core.yamlfile import parse


class _ItemTexts(NamedTuple):
    """The parts of an item file: the text before its first item, and the text of each item by id."""

    head: str
    items: dict[str, str]


def move_items(
    files: Mapping[str, str], targets: Mapping[str, str], above: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Return the texts, by file name, that differ after each item of `targets` is moved to its file.

    `above` gives comment lines to put above an item. A file that lost everything has an empty text. Raises
    Refused if the layout of a file does not allow moving its items.
    """
    texts = dict(files)
    moved: dict[str, str] = {}
    for name, text in files.items():
        if not any(item in text and target != name for item, target in targets.items()):
            continue
        head, items = _cut(text, name)
        going = {item: block for item, block in items.items() if targets.get(item, name) != name}
        if going and len(going) == len(items):
            first = next(iter(going))
            going[first] = f"{head.rstrip()}\n\n{going[first]}" if head.strip() else going[first]
            head = ""
        moved |= going
        rest = head + "".join(block for item, block in items.items() if item not in going)
        texts[name] = rest.rstrip("\n") + "\n" if rest.strip() else ""
    for item in (item for item in targets if item in moved):
        notes = "".join(f"# {line}\n" for line in above.get(item, ()))
        before = texts.get(targets[item], "")
        apart = "" if not before.strip() else "\n" if before.endswith("\n") else "\n\n"
        texts[targets[item]] = before + apart + notes + moved[item].rstrip() + "\n"
    if _entries(files) != _entries(texts):
        raise _not_movable(", ".join(name for name in texts if texts[name] != files.get(name)))
    return {name: text for name, text in texts.items() if text != files.get(name)}


def _cut(text: str, name: str) -> _ItemTexts:
    root = parse(text, name)[0].root
    if not isinstance(root, yaml.SequenceNode) or root.flow_style:
        raise _not_movable(name)
    starts: list[int] = []
    ids: list[str] = []
    for node in root.value:
        dash = text.rfind("-", 0, node.start_mark.index)
        start = text.rfind("\n", 0, dash) + 1
        column = dash - start
        while start:
            above = text.rfind("\n", 0, start - 1) + 1
            line = text[above:start]
            if not line.lstrip(" ").startswith("#") or len(line) - len(line.lstrip(" ")) > column:
                break
            start = above
        starts.append(start)
        ids.append(
            next((str(value.value) for key, value in getattr(node, "value", ()) if key.value == "id"), "")
        )
    ends = [*starts[1:], len(text)]
    blocks = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    return _ItemTexts(text[: starts[0]] if starts else text, dict(zip(ids, blocks, strict=True)))


def _entries(files: Mapping[str, str]) -> list[str]:
    """Return all items of all files as data, sorted so that their order does not matter."""
    entries: list[str] = []
    for name, text in files.items():
        document, problems = parse(text, name)
        if problems:
            raise _not_movable(name)
        entries += [repr(one) for one in document.data or []]
    return sorted(entries)


def _not_movable(name: str) -> Refused:
    message = tell(
        "has a layout in which items cannot be moved automatically. Begin each item on a line "
        "of its own with '- id:'."
    )
    return Refused.because("nothing was written", [Problem(name, "not-editable", message)])
