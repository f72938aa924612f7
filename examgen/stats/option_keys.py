"""Scoring of chosen options with a key in any usual form, with notes on what was counted as wrong.

Options are compared ignoring case and character width, with Thai digits read as Arabic ones. ก, ข … are read
as A, B … if key and cells match only in this way. A key with options other than those in the cells is
refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from string import ascii_uppercase, digits
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from examgen.core.tables.coded import read_coded
from examgen.stats.arguments import BLANK_WORDS, ArgumentError, DataError, absent, index_of, objects, shown
from examgen.stats.columns import Codes, Column, column, columns_of, kind_of_nothing
from examgen.stats.matrix import OMITTED, Cells, Chosen
from examgen.stats.plain_text import plain_text
from examgen.stats.response_tables import ResponseTable
from examgen.stats.results import Argument, Note, sentences

KeyLike = Mapping[str, Any] | Sequence[Any] | str | pl.DataFrame
"""A key as `responses` takes it."""
Key = Mapping[str, frozenset[str]]
"""The correct options of each item, as normalised by `option_name`."""
MOST_OPTIONS = 100
_LETTERS, _THAI_LETTERS = "ABCDE", "กขคงจ"
_LATIN = dict(zip(_THAI_LETTERS, _LETTERS, strict=True))
_NUMBER = re.compile(r"([0-9]{1,3})(?:[.,]0*)?")
_ENOUGH = 10
"""Answers to an item after which somebody should have been right, were the key its own."""
_NAMES_SHOWN = 3
TEXTS: dict[str, str] = {
    "unlike-key": "{cells}: unlike the options of the key, counted as wrong answers",
    "columns-left-out": "{n} [column|columns] that [is|are] not in the key [is|are] excluded: {columns}",
    "words-for-nothing": "{cells}: read as no answer, counted as wrong. See {argument}",
    "items-missing": "{data} has no column for {n} [item|items] of the key: {items}. Name columns as the key "
    "does, and exclude those that are no items ({columns}) with {exclude}",
    "not-an-item": "{data} {column} contains {n_names} different texts, so it is not an item. Exclude it "
    "with {exclude}",
    "key-not-in-cells": "{data}: no cell contains a correct option in {n} of {n_items} items of the key. "
    "Write the key with the options used in the cells",
    "key-not-in-cells.item": "the key is {right}, but the cells contain {named}",
    "no-key-column": "{key} requires the columns `item` and `key`",
    "key-columns": "{key} has another column of keys: {columns}. Write several right options in one, as A|C",
    "not-a-key": "{key} is not a key: {n} [error|errors]",
    "key-empty": "has no item or no option. Write both",
    "key-twice": "has two keys. Write one. Several right options are written as A|C",
    "key-twice.form": "has another key in another form. Analyse each form by itself, with a file of its "
    "answers and a file of its key",
    "key-of-others": "{n} [item|items] of the key [has|have] no column in the data, and [is|are] left out: "
    "{items}",
    "no-key": "{key} has no lines below its header. Write each item with its key",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
_MORE_KEYS = re.compile(r"(?:key|answer|correct|เฉลย|คำตอบ)[ _]*\d*")
"""Headings of columns that hold a right option, as `key2`."""
note = sentences(TEXTS)


def marked(table: ResponseTable, key: Key, codes: Codes, *, omitted_wrong: bool) -> tuple[Chosen, list[Note]]:
    """Return the chosen options for the items of the key, and notes on them.

    Parameters
    ----------
    table : ResponseTable
    key : mapping
        The correct options of each item.
    codes : mapping
        Codes for no answer, each with its kind.
    omitted_wrong : bool
        Whether a blank scores 0.
    """
    items = {own.name for own in table.items}
    unkeyed = [own.name for own in table.items if own.name not in key]
    notes = [note("columns-left-out", n=len(unkeyed), columns=shown(unkeyed))] if unkeyed else []
    others = [item for item in key if item not in items]
    if others and not unkeyed:  # a key of several forms: no column is called otherwise than its item
        notes = [note("key-of-others", n=len(others), items=shown(others))]
        key = {item: right for item, right in key.items() if item in items}
    chosen = choices(table, key, codes)
    is_wrong = omitted_wrong and codes.get("", OMITTED) == OMITTED
    if words := _words_for_nothing(table, key, codes) if is_wrong else {}:
        notes.append(note("words-for-nothing", cells=_counted(words), argument=Argument("omitted_wrong")))
    if unlike := _unlisted(chosen):
        notes.append(note("unlike-key", cells=_counted(unlike)))
    return chosen, notes


def _counted(cells: Mapping[str, int]) -> str:
    return shown([f"{text} ({n:,})" for text, n in sorted(cells.items(), key=lambda one: (-one[1], one[0]))])


def _words_for_nothing(table: ResponseTable, key: Key, codes: Codes) -> dict[str, int]:
    """Texts that are read as blanks, `N/A` and the like, and how many cells have them."""
    found: Counter[str] = Counter()
    for own in table.items:
        for value, n in zip(own.values, own.counts(), strict=True) if own.name in key else ():
            if value and isinstance(value, str) and value not in codes and plain_text(value) in BLANK_WORDS:
                found[value] += n
    return {text: n for text, n in found.items() if n}


def _unlisted(chosen: Chosen) -> dict[str, int]:
    """Options unlike all of the key, and how many chose them: `*` or 9 where the key has A … E or 1 … 5."""
    right = {
        names[place] for names, places in zip(chosen.options, chosen.keys, strict=True) for place in places
    }
    usual: set[str] = set()
    for part in ({one for one in right if one.isdigit()}, {one for one in right if not one.isdigit()}):
        known = alternatives(part, 5) or alternatives(part, 26)
        if not known:
            return {}  # texts of their own
        usual |= known if part else set()
    found: Counter[str] = Counter()
    for j, names in enumerate(chosen.options):
        for place, name in enumerate(names):
            if name not in usual:
                found[name] += int(np.count_nonzero(chosen.cells[:, j] == place))
    return {name: n for name, n in found.items() if n}


# ── options ──────────────────────────────────────────────────────────────────────────────────


class KeyedItem(NamedTuple):
    """An item of the key, and the options in its cells."""

    item: str
    right: frozenset[str]
    options: tuple[str | None, ...]
    """The option for each distinct value of the column; None for a value that means no answer."""
    n_answers: int
    """The number of cells with an option."""

    @property
    def named(self) -> frozenset[str]:
        """The options that occur in cells."""
        return frozenset(name for name in self.options if name is not None)


def choices(table: ResponseTable, key: Key, codes: Codes) -> Chosen:
    """Return the chosen options for the items of the key, with options in the order of their names; a blank
    counts as omitted.

    Raises DataError for items of the key that are missing from the table, and for a key with options other
    than those in the cells.
    """
    columns = {own.name: own for own in table.items}
    if lacking := [item for item in key if item not in columns]:
        values = {"n": len(lacking), "items": ", ".join(lacking[:10]), "exclude": Argument("exclude")}
        values["columns"] = shown([name for name in columns if name not in key])
        raise DataError(note("items-missing", data=table.name, **values))
    kinds = {item: [kind_of_nothing(one, codes, OMITTED) for one in columns[item].values] for item in key}
    keyed: list[KeyedItem] = []
    for item, right in key.items():
        own = columns[item]
        names = tuple(
            option_name(value) if kind is None else None
            for value, kind in zip(own.values, kinds[item], strict=True)
        )
        n_names = len(right.union(name for name in names if name is not None))
        if n_names > MOST_OPTIONS:
            exclude = Argument("exclude", item)
            values = {"column": item, "n_names": n_names, "exclude": exclude, "field": item}
            raise DataError(note("not-an-item", data=table.name, **values))
        n_answers = sum(n for name, n in zip(names, own.counts(), strict=True) if name is not None)
        keyed.append(KeyedItem(item, right, names, n_answers))
    keyed = _agreed(table.name, keyed)

    cells: Cells = np.empty((table.n_rows, len(keyed)), dtype=np.int8)
    options = tuple(in_order(one.named | one.right) for one in keyed)
    for j, (one, names) in enumerate(zip(keyed, options, strict=True)):
        place = {name: n for n, name in enumerate(names)}
        coded = [
            kind if kind is not None else place[name or ""]
            for name, kind in zip(one.options, kinds[one.item], strict=True)
        ]
        cells[:, j] = np.array(coded, dtype=np.int8)[columns[one.item].codes]
    keys = tuple(
        frozenset(names.index(right) for right in one.right)
        for names, one in zip(options, keyed, strict=True)
    )
    return Chosen(table.persons, tuple(key), cells, options, keys)


def _agreed(source: str, items: Sequence[KeyedItem]) -> list[KeyedItem]:
    """The items with key and cells in one alphabet.

    Where no cell of an item says a right option, and they meet once ก, ข … are read as A, B …, they are read
    so on both sides. Raises DataError where key and cells do not speak of the same options: one has Thai
    letters and the other Latin ones, or for more than half of the items no cell says a right option though
    they are of another kind than the cells, or ten answers or more are there.
    """
    unmet = {
        one.item: one._replace(
            right=frozenset(_LATIN.get(name, name) for name in one.right),
            options=tuple(None if name is None else _LATIN.get(name, name) for name in one.options),
        )
        for one in items
        if one.n_answers and not one.right & one.named
    }
    meets = any(one.right & one.named for one in unmet.values())
    found = [unmet.get(one.item, one) if meets else one for one in items]
    apart = [one for one in found if one.n_answers and not one.right & one.named]
    crossed = [] if meets else [one for one in apart if {"ก", "A"} <= _kinds(one.right) ^ _kinds(one.named)]
    never = [one for one in apart if one.n_answers >= _ENOUGH or not _kinds(one.right) & _kinds(one.named)]
    if not crossed and 2 * len(never) <= len(items):
        return found

    def listed(names: Collection[str]) -> str:
        return ", ".join(f"`{name[:20]}`" for name in in_order(names)[:5])

    faults = [
        note(
            "key-not-in-cells.item",
            right=listed(one.right),
            named=listed(one.named),
            where=source,
            item=one.item,
        )
        for one in (crossed or never)[:_NAMES_SHOWN]
    ]
    counts = {"n": len(crossed or never), "n_items": len(items)}
    raise DataError(note("key-not-in-cells", data=source, **counts), *faults)


def _kinds(names: Collection[str]) -> set[str]:
    """What sorts of names: `ก` and `A` for those of such letters, `1` for numbers, else `""`."""
    sorts = {"ก": _THAI_LETTERS, "A": ascii_uppercase, "1": digits}
    return {next((sort for sort, of in sorts.items() if set(name) <= set(of)), "") for name in names}


def option_name(value: object) -> str:
    """Return an option in the form in which options are compared and shown: `a`, ` A ` and `Ａ` are A, `2.0`
    and `๒` are 2."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    plain = plain_text(text).upper()
    found = _NUMBER.fullmatch(plain)
    return str(int(found[1])) if found else plain


def in_order(names: Collection[str]) -> tuple[str, ...]:
    """Return the options sorted, numbers first by size, then others by name."""

    def place(option: str) -> tuple[bool, int, str]:
        is_number = option.isascii() and option.isdigit()
        return not is_number, int(option) if is_number else 0, option

    return tuple(sorted(names, key=place))


def alternatives(names: Collection[str], n: int) -> frozenset[str]:
    """Return all n options of an item, chosen or not: A, B …, ก, ข … or 1, 2 … if all known names are of that
    kind.

    Empty if names are of another kind, since the names of the others are then unknown. Names beyond the nth
    are allowed up to the fifth, since answer sheets have five; so are asterisks, which denote unclear marks.
    """
    named = {name for name in names if name.strip("*")}
    most = max(n, len(_LETTERS))
    counted = [str(number) for number in range(1, min(most, MOST_OPTIONS) + 1)]
    for alphabet in (list(ascii_uppercase), list(_THAI_LETTERS), counted):
        if named <= set(alphabet[:most]):
            return frozenset(alphabet[:n]) if n <= len(alphabet) else frozenset()
    return frozenset()


# ── keys ─────────────────────────────────────────────────────────────────────────────────────


def key_of(key: object, items: Sequence[str]) -> Key:
    """Return a key given in any usual form as the correct options by item, normalised by `option_name`."""
    if hasattr(key, "columns"):
        columns = {name: column(name, cells) for name, cells in columns_of(key, "key")[0].items()}
        return key_of_columns("key", columns)
    made = {}
    for item, right in _pairs(key, items).items():
        several = right.split("|") if isinstance(right, str) else right
        several = list(several) if isinstance(several, (list, tuple, set, frozenset)) else [several]
        made[item] = frozenset(option_name(one) for one in several if not absent(one)) - {""}
        if not made[item]:
            raise ArgumentError(f"key has no right option for item {item}")
    if not made:
        raise ArgumentError(f"key names none of the items; they are {shown(items)}")
    return made


def _pairs(key: object, items: Sequence[str]) -> dict[str, Any]:
    """What the key says of each item."""
    if isinstance(key, Mapping):
        return {str(item): right for item, right in key.items()}
    if isinstance(key, str):
        rights = list(key)
    elif isinstance(key, (list, tuple)):
        rights = [one.tolist() if isinstance(one, np.ndarray) else one for one in key]
    else:
        rights = objects("key", key).tolist()
        index = index_of(key)
        if index is not None and set(index) <= set(items):
            return dict(zip(index, rights, strict=True))
    if len(rights) != len(items):
        raise ArgumentError(f"key has {len(rights)} options; expected one for each of {len(items)} items")
    return dict(zip(items, rights, strict=True))


def key_of_file(name: str, data: bytes) -> Key:
    """Return the key in a file. Raises Refused if the file cannot be opened, and DataError with every fault
    in it."""
    read = read_coded(name, data)
    return key_of_columns(name, {own.name: Column(*own) for own in read.columns}, list(read.lines))


def key_of_columns(name: str, columns: Mapping[str, Column], lines: Sequence[int] | None = None) -> Key:
    """Return the key in the columns `item` and `key` (else the first two); several correct options are `A|C`
    or a list.

    Parameters
    ----------
    name : str
        The name of the key in messages.
    columns : mapping
    lines : sequence of int, optional
        For a file, the line of each row.

    Raises
    ------
    DataError
        With every row that names no option or repeats an item; for a second column of keys.
    """
    folded = {plain_text(one): own for one, own in columns.items()}
    every = list(columns.values())
    item = folded.get("item") or next(iter(every), None)
    right = folded.get("key") or next(iter(every[1:]), item)
    if item is None or right is None or right is item:
        raise DataError(note("no-key-column", key=name))
    if others := [
        own.name for text, own in folded.items() if own is not right and _MORE_KEYS.fullmatch(text)
    ]:
        raise DataError(note("key-columns", key=name, columns=shown(others)))
    has_forms = not {"form", "ชุด", "ชุดข้อสอบ"}.isdisjoint(folded)
    key: dict[str, frozenset[str]] = {}
    faults: list[Note] = []
    for row, (title, answer) in enumerate(zip(item.cells(), right.cells(), strict=True)):
        who = "" if absent(title) else (option_name(title) if isinstance(title, float) else str(title))
        several = re.split(r"[|,;/]", answer) if isinstance(answer, str) else [answer]
        options = frozenset(option_name(one) for one in several if not absent(one)) - {""}
        where = f"{name}: row {row} (counted from 0)" if lines is None else f"{name}:{lines[row]}"
        if not who or not options:
            faults.append(note("key-empty", where=where, item=who or None))
        elif key.setdefault(who, options) != options:
            faults.append(note("key-twice" + ".form" * has_forms, where=where, item=who))
    if faults:
        raise DataError(note("not-a-key", key=name, n=len(faults)), *faults)
    if not key:
        raise DataError(note("no-key", key=name))
    return key
