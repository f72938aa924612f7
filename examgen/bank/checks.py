"""Checks of an item against its unit and the rest of the bank, one function each.

A check takes the draft of a whole unit and yields problems. Errors prevent the use of the unit; warnings are
for the author of the item.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import unescape
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen.bank.instruments import LocatedInstrument, faults_of_levels, no_criterion
from examgen.bank.provenance import provenance_is_told
from examgen.bank.reviews.congruent import approved_items_are_congruent
from examgen.bank.reviews.statuses import approvals_stand
from examgen.core.models.item import Item, Stimulus
from examgen.core.models.standard import Unit, UnitLevels
from examgen.core.pictures import fault, find
from examgen.core.problems import Problem, Refused, Severity
from examgen.core.text.characters import DIRECTION_MARKS, turned
from examgen.core.text.markdown import cut_rows, formula_of, images, reader
from examgen.core.words import Message, tell
from examgen.core.yamlfile import Document, suggestion

if TYPE_CHECKING:
    from markdown_it.token import Token


class LocatedItem(NamedTuple):
    """An item with the document and position from which it was read."""

    item: Item
    document: Document
    position: int

    def problem(self, field: str, code: str, message: Message, severity: Severity = "error") -> Problem:
        """Return a problem of this item, located at the line of `field`."""
        where = self.document.at([self.position, *field.split(".")])
        return Problem(where, code, message, item=self.item.id, field=field, severity=severity)


class UnitDraft(NamedTuple):
    """A unit of the bank while it is being read."""

    folder: Path
    unit: Unit
    found: tuple[LocatedItem, ...]
    stimuli: tuple[Stimulus, ...]
    meanings: UnitLevels | None = None
    instruments: tuple[LocatedInstrument, ...] = ()

    @property
    def code(self) -> str:
        """The code of the unit, which is the name of its folder."""
        return self.folder.name


Check = Callable[[UnitDraft], Iterator[Problem]]


def ids_are_unique(shelf: UnitDraft) -> Iterator[Problem]:
    """Yield a problem for each item whose id is already used in the unit."""
    first: dict[str, LocatedItem] = {}
    for one in shelf.found:
        if earlier := first.get(one.item.id):
            where = earlier.document.at([earlier.position])
            yield one.problem(
                "id",
                "item-twice",
                tell("is already the id of the item at {where}. Choose another id.", where=where),
            )
        first.setdefault(one.item.id, one)


def keys_are_options(shelf: UnitDraft) -> Iterator[Problem]:
    """Check that every key is an option, that at least one option is wrong, and that no option is empty or
    repeated.
    """
    for one in shelf.found:
        item = one.item
        for key in item.key:
            if key not in item.options:
                known = ", ".join(item.options)
                yield one.problem(
                    "key",
                    "key-not-an-option",
                    tell("{key} is not an option. Choose one of {known}.", key=key, known=known),
                )
        if len(set(item.key)) < len(item.key):
            yield one.problem("key", "key-twice", tell("lists an option twice. List it once."))
        if set(item.key) >= set(item.options):
            yield one.problem("key", "no-distractor", tell("every option is right. Add a wrong option."))
        texts = {name: _printed(text) for name, text in item.options.items()}
        for name in (name for name, text in texts.items() if not text):
            message = tell("prints as an empty option. Write its text.")
            yield one.problem(f"options.{name}", "option-empty", message)
        if len(set(texts.values())) < len(texts):
            yield one.problem("options", "option-twice", tell("two options have the same text. Change one."))


def _content(token: Token) -> str:
    if token.type == "image":
        return str(token.attrs["src"])
    formula = formula_of(token)
    return f"${formula.latex}$" if formula else " " if token.type.endswith("break") else token.content


_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def _printed(text: str) -> str:
    """Return the words of an option as printed: entities resolved, without emphasis and invisible
    characters.
    """
    if re.search(r"[&*_`\\$!]", text):
        tokens = [token for block in reader("options.a").parse(text) for token in block.children or ()]
        text = "".join(_content(token) for token in tokens)
    return " ".join(_UNSEEN.sub("", text).split())


def anchored_are_options(shelf: UnitDraft) -> Iterator[Problem]:
    """Check that every anchored option exists and is listed only once."""
    for one in shelf.found:
        anchored, known = one.item.anchored, ", ".join(one.item.options)
        for option in dict.fromkeys(anchored):
            if option not in one.item.options:
                message = tell(
                    "{option} is not an option. The options are {known}.", option=option, known=known
                )
                yield one.problem("anchored", "anchored-not-an-option", message)
        if len(set(anchored)) < len(anchored):
            yield one.problem("anchored", "anchored-twice", tell("lists an option twice. List it once."))


def criteria_are_known(shelf: UnitDraft) -> Iterator[Problem]:
    """Check that every performance criterion of an item belongs to the unit and is listed only once."""
    known = [criterion.code for criterion in shelf.unit.criteria]
    for one in shelf.found:
        for pc in one.item.pcs:
            if pc not in known:
                yield one.problem("pcs", "pc-unknown", no_criterion(pc, shelf.unit, known))
        if len(set(one.item.pcs)) < len(one.item.pcs):
            yield one.problem("pcs", "pc-twice", tell("lists a criterion twice. List it once."))


def levels_are_stated(shelf: UnitDraft) -> Iterator[Problem]:
    """Check that every level of an item is a level of the unit. In a unit without levels, items must have
    none.
    """
    for one in shelf.found:
        for code, message in islice(faults_of_levels(one.item.levels, shelf.unit), 1):
            yield one.problem("levels", code, message)


def rationales_match_options(shelf: UnitDraft) -> Iterator[Problem]:
    """Check that each option has a rationale; for a distractor, `right_if` may take its place."""
    for one in shelf.found:
        for field, texts in (("rationale", one.item.rationale), ("right_if", one.item.right_if)):
            for option in sorted(set(texts) - set(one.item.options)):
                yield one.problem(
                    f"{field}.{option}", "rationale-unknown", tell("is for an option that does not exist")
                )
        told = set(one.item.rationale) | (set(one.item.right_if) - set(one.item.key))
        for option in sorted(set(one.item.options) - told):
            message = tell(
                "has no rationale for option {option}. Write why it is right or wrong.", option=option
            )
            yield one.problem(f"rationale.{option}", "rationale-missing", message)


def enemies_exist(shelf: UnitDraft) -> Iterator[Problem]:
    """Check that every enemy is another item of the unit."""
    known = [one.item.id for one in shelf.found]
    for one in shelf.found:
        for enemy in one.item.enemies:
            if enemy == one.item.id:
                yield one.problem("enemies", "enemy-itself", tell("lists the item itself. Remove it."))
            elif enemy not in known:
                message = tell(
                    "{enemy} is not an item of {code}{suggestion}",
                    enemy=enemy,
                    code=shelf.code,
                    suggestion=suggestion(enemy, known),
                )
                yield one.problem("enemies", "enemy-unknown", message)


def families(items: Iterable[LocatedItem]) -> Mapping[str, list[LocatedItem]]:
    """Return the items of each family in their order."""
    found: dict[str, list[LocatedItem]] = {}
    for one in items:
        if one.item.family is not None:
            found.setdefault(one.item.family, []).append(one)
    return found


def families_hold_together(shelf: UnitDraft) -> Iterator[Problem]:
    """Check that the items of a family have the same options, the same `right_if` texts and different
    keys.
    """
    for family, members in families(shelf.found).items():
        first = members[0]
        if len(members) == 1:
            message = tell(
                "is the only item of family {family}. Add another item, or remove the family.", family=family
            )
            yield first.problem("family", "family-of-one", message, severity="warning")
        options = _texts(first.item.options)
        said = _right_if(first.item)
        keys: dict[str, str] = {}
        for one in members:
            if different := sorted(set(_texts(one.item.options)) ^ set(options)):
                message = tell(
                    "does not have the same options as {other}, which is also of family "
                    "{family}. Only {item} has “{text}”.",
                    other=first.item.id,
                    family=family,
                    text=(_texts(one.item.options) | options)[different[0]],
                    item=first.item.id if different[0] in options else one.item.id,
                )
                yield one.problem("options", "family-options", message)
            for option in sorted(set(one.item.options) - set(one.item.right_if)):
                message = tell(
                    "does not state when option {option} would be right. Add a line for it.", option=option
                )
                yield one.problem("right_if", "right-if-missing", message, severity="warning")
            for option, text in one.item.right_if.items():
                told = said.get(_plain(one.item.options.get(option, "")))
                if told is not None and told != text.strip():
                    message = tell(
                        "differs from the explanation that {other} gives for the same option (“{text}”)",
                        other=first.item.id,
                        text=told,
                    )
                    yield one.problem(f"right_if.{option}", "right-if-differs", message)
            for option in one.item.key:
                text = _plain(one.item.options.get(option, ""))
                if text in keys:
                    message = tell(
                        "is also the key of {other}. Each item of a family needs a different key.",
                        other=keys[text],
                    )
                    yield one.problem("key", "family-key-twice", message)
                keys.setdefault(text, one.item.id)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _texts(options: Mapping[str, str]) -> dict[str, str]:
    return {_plain(text): text for text in options.values()}


def _right_if(item: Item) -> dict[str, str]:
    return {
        _plain(item.options[option]): text.strip()
        for option, text in item.right_if.items()
        if option in item.options
    }


def stimuli_exist(shelf: UnitDraft) -> Iterator[Problem]:
    """Check that every shared stimulus exists."""
    known = [stimulus.id for stimulus in shelf.stimuli]
    for one in shelf.found:
        name = one.item.shared_stimulus
        if name is not None and name not in known:
            message = tell(
                "{name} is not in stimuli.yaml{suggestion}", name=name, suggestion=suggestion(name, known)
            )
            yield one.problem("shared_stimulus", "stimulus-unknown", message)


def files_hold_their_criterion(shelf: UnitDraft) -> Iterator[Problem]:
    """Warn if an item is in the file of a criterion that it does not count for."""
    for one in shelf.found:
        name = one.document.source.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        if name != one.item.pc and any(name == criterion.code for criterion in shelf.unit.criteria):
            message = tell(
                "counts for {pc} but is in the file of {name}. Move it.", pc=one.item.pc, name=name
            )
            yield one.problem("pcs", "file-of-another-pc", message, severity="warning")


def text_is_normal(shelf: UnitDraft) -> Iterator[Problem]:
    """Check that text has no decomposed sara am and no zero-width or control characters."""
    stray = re.compile(
        f"[\u200b-\u200f{DIRECTION_MARKS}\u2060\ufeff\u00ad\x00-\x08\x0b-\x1f]|\u0e4d[\u0e48-\u0e4b]?\u0e32"
    )
    for one in shelf.found:
        whole = "".join([one.item.stem, *one.item.options.values()])
        if whole.isprintable() and "&" not in whole and "\u0e4d" not in whole:
            continue  # told without looking for each
        fields = {"stem": one.item.stem}
        fields |= {f"options.{name}": text for name, text in one.item.options.items()}
        for field, text in fields.items():
            if hit := stray.search(unescape(text)):
                shown = " ".join(f"U+{ord(character):04X}" for character in hit[0])
                said = tell(
                    "contains {shown}. Type {sara_am} as one character, and remove invisible characters.",
                    shown=shown,
                    sara_am="\u0e33",
                )
                yield one.problem(field, "text-stray", said)
    for stimulus in shelf.stimuli:
        if "&" in stimulus.text and (message := turned(unescape(stimulus.text))):
            yield Problem(f"{shelf.code}/stimuli.yaml", "text-stray", message, stimulus.id, "text")


def images_exist(shelf: UnitDraft) -> Iterator[Problem]:
    """Check that every image in an item or a stimulus is in the unit's media folder and can be printed."""
    for one in shelf.found:
        texts = {"stem": one.item.stem}
        texts |= {f"options.{name}": text for name, text in one.item.options.items()}
        for field, text in texts.items():
            if "![" in text:
                for code, message in _image_faults(shelf, field, text):
                    yield one.problem(field, code, message)
    for stimulus in shelf.stimuli:
        for code, message in _image_faults(shelf, "stimulus", stimulus.text):
            yield Problem(f"{shelf.code}/stimuli.yaml", code, message, stimulus.id, "text")


def _image_faults(shelf: UnitDraft, field: str, text: str) -> Iterator[tuple[str, Message]]:
    """Yield code and message for each image of a text that is missing or cannot be printed."""
    for image in images(text, field):
        try:
            path = find(image.name, [shelf.folder / "media"])
        except Refused as reason:
            yield "image-missing", reason.message
            continue
        if path is None:
            yield (
                "image-missing",
                tell(
                    "image {image} is missing. Put the file into {code}/media.",
                    image=image.name,
                    code=shelf.code,
                ),
            )
        elif message := fault(path, image.name):
            yield "image-unreadable", message


def tables_are_whole(shelf: UnitDraft) -> Iterator[Problem]:
    """Warn about table rows with more cells than the heading, because the extra cells are not printed."""
    for one in shelf.found:
        for message in _cut_rows(one.item.stem, "stem"):
            yield one.problem("stem", "table-cut", message, severity="warning")
    for stimulus in shelf.stimuli:
        for message in _cut_rows(stimulus.text, "stimulus"):
            place = f"{shelf.code}/stimuli.yaml"
            yield Problem(place, "table-cut", message, stimulus.id, "text", severity="warning")


_LONGEST_ROW = 60
"""The maximum number of characters of a row that a message shows."""


def _cut_rows(text: str, field: str) -> Iterator[Message]:
    for row, n, columns in cut_rows(text, field):
        yield tell(
            "row “{row}” has {n} cells but the heading of its table has {columns}, so the "
            "other cells are not printed. Give the heading the same number of cells. Write "
            "a bar inside a cell as {bar}.",
            row=row if len(row) <= _LONGEST_ROW else f"{row[:_LONGEST_ROW]}…",
            n=n,
            columns=columns,
            bar="\\|",
        )


CHECKS: tuple[Check, ...] = (
    ids_are_unique,
    keys_are_options,
    anchored_are_options,
    criteria_are_known,
    levels_are_stated,
    rationales_match_options,
    enemies_exist,
    families_hold_together,
    stimuli_exist,
    files_hold_their_criterion,
    text_is_normal,
    images_exist,
    tables_are_whole,
    approvals_stand,
    approved_items_are_congruent,
    provenance_is_told,
)
