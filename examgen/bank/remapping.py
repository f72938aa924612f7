"""Items, a new edition and confirmed pairs → where each item goes, and why some cannot go along.

What a person must confirm stands in a plan:

    unit: …                 from: …, to: …          the editions, by the SHA-256 of their unit.yaml
    unchanged: [codes]      the same words, code and element: carried without being confirmed
    pairs: [{old, new, kinds, certainty, old_text, new_text, items: [ids], confirmed: no}]

Texts of item files and which item goes to which file → the texts changed, each item byte for byte.

An item takes the comment lines right above it along. Whatever else stands in a file stays there; of a
file that loses all its items it goes with the first of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import yaml
from pydantic import Field

from examgen.core.files import yaml_bytes
from examgen.core.models.base import Model
from examgen.core.models.item import BankUnit, Item
from examgen.core.models.standard import Unit
from examgen.core.problems import Problem, Refused
from examgen.core.words import joined, option, tell
from examgen.core.yamlfile import parse, suggestion

_ADVICE = tell(
    "has a layout in which items cannot be moved automatically. Begin each item on a line "
    "of its own with '- id:'."
)
_LAST_BLANK_LINES = re.compile(r"(\r?\n)(?:[ \t]*\r?\n)+\Z")
_MARKS = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.M)


_Moved = tuple[str, int]
"""An item's text on its way, and how far its dash is indented."""


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
        blocks = []
        for item in (item for item in targets if item in moved and targets[item] == target):
            notes = "".join(f"# {line}\n" for line in above.get(item, ()))
            text, column = moved[item]
            blocks.append((notes + text, column))
        texts[target] = _appended(texts.get(target, ""), blocks, target)
    if _sorted(files) != _sorted(texts):
        names = ", ".join(name for name in texts if texts[name] != files.get(name))
        raise Refused(tell("nothing was written"), [Problem(names, "not-editable", _ADVICE)])
    return {name: text for name, text in texts.items() if text != files.get(name)}


def _cut(text: str, name: str, targets: Mapping[str, str]) -> tuple[str, dict[str, _Moved]]:
    """The text without the items that go elsewhere, and those."""
    if not any(item in text and target != name for item, target in targets.items()):
        return text, {}
    root = _items(text, name)
    if root.flow_style:
        raise Refused(tell("nothing was written"), [Problem(name, "not-editable", _ADVICE)])
    blocks, before = [], 0
    for node in root.value:
        dash = text.rfind("-", before, node.start_mark.index)
        line = text.rfind("\n", 0, dash) + 1
        if dash < 0 or text[line:dash].strip(" "):
            raise Refused(tell("nothing was written"), [Problem(name, "not-editable", _ADVICE)])
        # Where the comment lines below an item end that are indented as its fields are
        end = _line_end(text, _end(text, node))
        notes = re.compile(rf"(?: {{{dash - line + 1},}}#[^\n]*(?:\n|\Z))*").match(text, end)
        end = notes.end() if notes else end
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        # Where the comment lines right above a line begin
        start = line
        while start > before:
            above = text.rfind("\n", 0, start - 1) + 1
            if above < before or not text[above:start].lstrip().startswith("#"):
                break
            start = above
        blocks.append(
            (
                next((str(value.value) for key, value in pairs if key.value == "id"), ""),
                start,
                end,
                dash - line,
            )
        )
        before = end
    going = [block for block in blocks if targets.get(block[0], name) != name]
    if not going:
        return text, {}
    rest, at = "", 0
    moved: dict[str, _Moved] = {}
    for item, start, end, column in going:
        moved[item] = text[start:end], column
        rest += text[at:start]
        found = re.compile(r"(?:[ \t]*\r?\n)*").match(text, end)
        at = found.end() if found else end
    rest = rest + text[at:] if text[at:] else _LAST_BLANK_LINES.sub(r"\1", rest)
    if len(going) < len(blocks):
        return rest, moved
    # what stands in the file but items goes along with the first
    if head := _MARKS.sub("", rest).rstrip():
        first, (of_first, column) = going[0][0], moved[going[0][0]]
        moved[first] = f"{head}\n\n{of_first}", column
    return "", moved


def _items(text: str, name: str) -> yaml.SequenceNode:
    document, problems = parse(text, name)
    if problems or not isinstance(document.root, yaml.SequenceNode):
        raise Refused(
            tell("{name} cannot be read", name=name), problems or [Problem(name, "not-a-list", _ADVICE)]
        )
    return document.root


def _end(text: str, node: Any) -> int:
    """Return the end of the last thing written in a node; the mark of a block lies at what follows it."""
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


def _appended(text: str, blocks: Sequence[_Moved], name: str) -> str:
    """The text of a file with more items at its end, a blank line before each."""
    column = blocks[0][1]
    if text.strip():
        root = _items(text, name)
        if root.flow_style or _MARKS.search(text, _end(text, root)):
            raise Refused(tell("nothing was written"), [Problem(name, "not-editable", _ADVICE)])
        column = root.start_mark.column
    for block, own_column in blocks:
        apart = "" if text.endswith("\n") or not text else "\n"
        blank = "" if text.endswith(("\n\n", "\n\r\n")) or not text.strip() else "\n"
        # Every line moved to the right or left, where two files indent their items differently
        by = column - own_column
        pattern = r"^(?=[^\r\n])" if by >= 0 else rf"^ {{0,{-by}}}"
        text += apart + blank + re.sub(pattern, " " * by, block, flags=re.M)
    return text


def _sorted(files: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for name, text in files.items():
        document, problems = parse(text, name)
        if problems:
            raise Refused(tell("nothing was written"), [Problem(name, "not-editable", _ADVICE)])
        found += [repr(one) for one in document.data or []]
    return sorted(found)


_HEAD = """\
# Which criterion of the new edition the items of each old one are carried to.
# Read both texts of each pair; write `confirmed: yes` where the new criterion is what the items measure.
# Where an old criterion was split, leave each item under one of its pairs only.
# Items of no confirmed pair are set aside under orphans/, not lost.
"""


class PlannedPair(Model):
    """An old criterion, a new one, and the items that go with it once a person confirms; all if not named."""

    old: str
    new: str
    kinds: tuple[str, ...] = ()
    certainty: float | None = None
    old_text: str = ""
    new_text: str = ""
    items: tuple[str, ...] | None = None
    confirmed: bool

    @property
    def n_items(self) -> int:
        """How many items are named."""
        return len(self.items or ())


class RemappingPlan(Model):
    """Plan that a person confirms before items are carried over."""

    unit: str
    from_: Annotated[str, Field(alias="from")]
    to: str
    unchanged: tuple[str, ...] = ()
    pairs: tuple[PlannedPair, ...] = ()

    def text(self) -> bytes:
        """The plan as a file to fill in."""
        body = yaml_bytes(self.model_dump(mode="json", by_alias=True)).decode()
        shown = re.sub(
            r"^  confirmed: (true|false)$", lambda m: f"  confirmed: {_WORDS[m[1]]}", body, flags=re.M
        )
        return (_HEAD + shown).encode()


_WORDS = {"true": "yes", "false": "no"}


class Placed(NamedTuple):
    """A pair and where it is written."""

    pair: PlannedPair
    where: str


class Confirmed(NamedTuple):
    """Pairs that a person confirmed: the new criteria of each old one, and the criterion of each item."""

    criteria: Mapping[str, tuple[str, ...]]
    items: Mapping[str, str]


class Remapping(NamedTuple):
    """New places of every item of a unit.

    `carried`: the criterion that an item counts for; `changes`: what is written anew in it, by item and
    field; `orphaned`: why an item cannot go along; `notes`: comment lines to put above those.
    """

    carried: dict[str, str]
    changes: dict[str, dict[str, Any]]
    orphaned: dict[str, str]
    notes: dict[str, list[str]]
    notices: list[Problem]


# ── what was confirmed ───────────────────────────────────────────────────────────────────────


def pairs_of_words(words: Sequence[str], items: Sequence[Item]) -> tuple[list[Placed], list[Placed]]:
    """Pairs written as `OLD=NEW`: those of criteria, and those of single items."""
    by_id = {item.id: item for item in items}
    pairs: list[Placed] = []
    singles: list[Placed] = []
    for word in words:
        old, _, new = (part.strip() for part in word.partition("="))
        if old in by_id:
            pair = PlannedPair(old=by_id[old].pc, new=new, items=(old,), confirmed=True)
            singles.append(Placed(pair, joined([option("pair", command="bank remap"), word], " ")))
        else:
            pairs.append(
                Placed(
                    PlannedPair(old=old, new=new, confirmed=True),
                    joined([option("pair", command="bank remap"), word], " "),
                )
            )
    return pairs, singles


def confirmed(
    pairs: Sequence[Placed],
    singles: Sequence[Placed],
    shelf: BankUnit,
    new: Unit,
    unchanged: Sequence[str],
) -> tuple[Confirmed, list[Problem]]:
    """The pairs that a person confirmed, and every fault of them; a single item goes before its criterion."""
    chosen = [one for one in pairs if one.pair.confirmed]
    problems = [fault for one in (*chosen, *singles) for fault in _faults(one, shelf, new)]
    items: dict[str, str] = {}
    for pair, where in singles:
        _put(items, pair.items or (), pair.new, where, problems)
    alone = set(items)
    criteria: dict[str, tuple[str, ...]] = {}
    for pair, where in chosen:
        criteria[pair.old] = tuple(dict.fromkeys((*criteria.get(pair.old, ()), pair.new)))
        mine = pair.items
        if mine is None:
            mine = tuple(item.id for item in shelf.items if item.pc == pair.old)
        _put(items, [item for item in mine if item not in alone], pair.new, where, problems)
    for code in unchanged:
        if code not in criteria:
            criteria[code] = (code,)
            items |= {i.id: code for i in shelf.items if i.pc == code and i.id not in alone}
    return Confirmed(criteria, items), problems


def _put(items: dict[str, str], names: Sequence[str], new: str, where: str, problems: list[Problem]) -> None:
    """Has the items count for `new`; a problem where one counts for another criterion already."""
    for name in names:
        if items.get(name, new) != new:
            message = tell(
                "is listed for both {items} and {new}. Keep it under one of them.",
                items=items[name],
                new=new,
            )
            problems.append(Problem(where, "item-twice", message, item=name))
        items[name] = new


def _faults(one: Placed, shelf: BankUnit, new: Unit) -> list[Problem]:
    (pair, where), problems = one, []
    for code, unit, which in ((pair.old, shelf.unit, tell("present")), (pair.new, new, tell("new"))):
        known = [criterion.code for criterion in unit.criteria]
        if code not in known:
            message = tell(
                "{code} is not a criterion of the {which} edition{suggestion}",
                code=code or tell("nothing"),
                which=which,
                suggestion=suggestion(code, known),
            )
            problems.append(Problem(where, "pc-unknown", message))
    counts_for = {item.id: item.pc for item in shelf.items}
    for item in pair.items or ():
        if counts_for.get(item) != pair.old:
            message = (
                tell("does not count for {old}", old=pair.old)
                if item in counts_for
                else tell("is not in the bank")
            )
            problems.append(
                Problem(
                    where,
                    "item-unknown",
                    tell("{message}. Remove it from the pair.", message=message),
                    item=item,
                )
            )
    return problems


# ── what becomes of the items ────────────────────────────────────────────────────────────────


def remapping(shelf: BankUnit, edition: str, new: Unit, said: Confirmed) -> Remapping:
    """Return the new place of each item; `edition` names the present one in the comments above what is
    set aside."""
    lost = {item.id: reason for item in shelf.items if (reason := _why_lost(item, new, said))}
    texts = {criterion.code: criterion.text for criterion in shelf.unit.criteria}
    kept = [item for item in shelf.items if item.id not in lost]
    changes = {item.id: _changes(item, new, said, lost) for item in kept}
    notes: dict[str, list[str]] = {}
    for item in shelf.items:
        if item.id in lost:
            text = " ".join(texts[item.pc].split())
            enemies = [f"Named as an enemy by {other.id}" for other in kept if item.id in other.enemies]
            line = f"From edition {edition}: counted for {item.pc} “{text}”; {lost[item.id]}"
            notes[item.id] = [line, *enemies]
    return Remapping(
        carried={item.id: said.items[item.id] for item in kept},
        changes={item: fields for item, fields in changes.items() if fields},
        orphaned=lost,
        notes=notes,
        notices=[notice for item in kept for notice in _notices(item, new, said)],
    )


def _why_lost(item: Item, new: Unit, said: Confirmed) -> str | None:
    if item.id not in said.items:
        if any(criterion.code == item.pc for criterion in new.criteria):
            return tell("no one confirmed that {pc} of the new edition is the same criterion", pc=item.pc)
        return tell("the new edition has no {pc}, and no one confirmed what replaces it", pc=item.pc)
    if new.levels and not item.levels:
        return tell("the new edition states levels, but the item has none")
    if new.levels and not set(item.levels) & set(new.levels):
        return tell(
            "the new edition states none of its levels ({levels})", levels=", ".join(map(str, item.levels))
        )
    return None


def _changes(item: Item, new: Unit, said: Confirmed, lost: Mapping[str, str]) -> dict[str, Any]:
    secondary = [code for pc in item.pcs[1:] for code in said.criteria.get(pc, ())]
    pcs = list(dict.fromkeys([said.items[item.id], *secondary]))
    levels = [level for level in item.levels if level in new.levels]
    enemies = [enemy for enemy in item.enemies if enemy not in lost]
    wanted = {"pcs": pcs, "levels": levels, "enemies": enemies or None}
    present = {"pcs": list(item.pcs), "levels": list(item.levels), "enemies": list(item.enemies) or None}
    return {field: value for field, value in wanted.items() if value != present[field]}


def _notices(item: Item, new: Unit, said: Confirmed) -> list[Problem]:
    notices = []
    gone = [pc for pc in item.pcs[1:] if pc not in said.criteria]
    if gone:
        message = tell(
            "no longer measures {gone}, because no pair with it was confirmed", gone=", ".join(gone)
        )
        notices.append(Problem(str(new.code), "pc-dropped", message, item=item.id, severity="notice"))
    levels = [level for level in item.levels if level not in new.levels]
    if levels:
        message = tell(
            "is no longer for level {levels}, which the new edition does not state",
            levels=", ".join(map(str, levels)),
        )
        notices.append(Problem(str(new.code), "level-dropped", message, item=item.id, severity="notice"))
    return notices
