"""Options chosen and a key as people have them → scores, and notes of what was counted as wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats.arguments import (
    BLANK_WORDS,
    ArgumentError,
    absent,
    brief,
    collection,
    index_of,
    objects,
    present,
    shown,
)
from examgen.stats.matrix import MISSING_KINDS, OMITTED, Chosen, Scored
from examgen.stats.results import Argument, Note, note_of

if TYPE_CHECKING:
    from examgen.core.words import CommandName, OptionName
    from examgen.stats.response_files import Key, ResponseTable

KeyLike = Mapping[str, Any] | Sequence[Any] | str | pl.DataFrame
"""A key as `responses` takes it."""

TEXTS: dict[str, str | tuple[str, str]] = {
    "unlike-key": "{cells}: unlike the options of the key, counted as wrong answers",
    "spaces-around": "{column}: {names} also occur with spaces around them, and count as the same",
    "columns-left-out": (
        "{n} column that is not in the key is excluded: {columns}",
        "{n} columns that are not in the key are excluded: {columns}",
    ),
    "words-for-nothing": "{cells}: read as no answer, counted as wrong. See {argument}",
    "codes-not-met": (
        "no cell has {codes}, which is named as a code for no answer",
        "no cell has {codes}, which are named as codes for no answer",
    ),
    "no-persons": "{data} has a header but no candidates below it",
    "all-different": "{item} has {n} different values of {n_persons} persons, unlike scores. If it "
    "identifies the candidates, call it `id`. If it is not an item, leave it out with {argument}. If it is "
    "one, name it like the item beside it, with a number (q1, q2)",
    "below-zero": (
        "{n} cell is a number below 0 and counts as missing. Write 0 for an answer that counts as wrong",
        "{n} cells are numbers below 0 and count as missing. Write 0 for an answer that counts as wrong",
    ),
}
"""Sentences by their codes; a pair is for one and for several."""
_NEGATIVE = re.compile(r"[-−]([0-9]+)(?:\.0*)?")


class Marked(NamedTuple):
    """Options as they were chosen, the scores that they get, and what a person should know of it."""

    chosen: Chosen
    scored: Scored
    notes: tuple[Note, ...]


def note(key: str, **values: Any) -> Note:
    """A sentence of this module."""
    return note_of(TEXTS, key, values)


def on_reading(code: str, message: str) -> Note:
    """A note on how data were read; its sentence is its only value."""
    return Note(code, "{message}", message=message)


def marked(table: ResponseTable, key: Key, missing: Mapping[str, int], *, omitted_wrong: bool) -> Marked:
    """The items of the key as options chosen, and as scores.

    Parameters
    ----------
    table : ResponseTable
    key : mapping
        The right options of each item, folded.
    missing : mapping
        Texts that stand for no answer, each with its kind.
    omitted_wrong : bool
        Whether a blank scores 0.
    """
    from examgen.stats.response_files import as_choices

    chosen, unkeyed = as_choices(table, key, missing)
    if not chosen.items:
        columns = [column.name for column in table.items]
        raise ArgumentError(f"key names none of the items; they are {shown(columns)}")
    notes = [note("columns-left-out", n=len(unkeyed), columns=shown(unkeyed))] if unkeyed else []
    is_wrong = omitted_wrong and missing.get("", OMITTED) == OMITTED
    if words := _words_for_nothing(table, key, missing) if is_wrong else {}:
        notes.append(note("words-for-nothing", cells=_counted(words), argument=Argument("omitted_wrong")))
    if odd := _unlisted(chosen):
        notes.append(note("unlike-key", cells=_counted(odd)))
    return Marked(chosen, chosen.scored(omitted_wrong=omitted_wrong), tuple(notes))


def _counted(cells: Mapping[str, int]) -> str:
    return shown([f"{text} ({n:,})" for text, n in sorted(cells.items(), key=lambda one: (-one[1], one[0]))])


def _words_for_nothing(table: ResponseTable, key: Key, missing: Mapping[str, int]) -> dict[str, int]:
    """Texts that are read as blanks, `N/A` and the like, and how many cells have them."""
    from examgen.stats.response_files import option_name

    found: Counter[str] = Counter()
    for column in table.items:
        for code, text in enumerate(column.texts if column.name in key else ()):
            if text and text not in missing and option_name(text).lower() in BLANK_WORDS:
                found[text] += int(np.count_nonzero(column.codes == code))
    return {text: n for text, n in found.items() if n}


def _unlisted(chosen: Chosen) -> dict[str, int]:
    """Options unlike all of the key, and how many chose them: `*` or 9 where the key has A … E or 1 … 5."""
    from examgen.stats.response_files import alternatives

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


def response_table(columns: Mapping[str, NDArray[Any]], who: Sequence[object]) -> ResponseTable:
    """The columns as a file of responses would have them."""
    from examgen.core.tables.coded import CodedColumn, CodedTable
    from examgen.stats.response_files import ResponseTable

    made = []
    for name, values in columns.items():
        texts = ["" if absent(one) else _option(one) for one in values.tolist()]
        number = {text: k for k, text in enumerate(dict.fromkeys(texts))}
        codes = np.array([number[text] for text in texts], dtype=np.int32)
        made.append(CodedColumn(name, tuple(number), codes))
    ids = CodedColumn("id", tuple(map(str, who)), np.arange(len(who), dtype=np.int32))
    table = CodedTable("data", (ids, *made), range(2, 2 + len(who)))
    return ResponseTable("data", table, ids, tuple(made), {})


def kinds_of_nothing(
    table: ResponseTable, named: Mapping[object, int]
) -> tuple[dict[str, int], tuple[Note, ...]]:
    """Texts of a table that stand for no answer, each with its kind, and a note of codes that no cell has.

    Parameters
    ----------
    table : ResponseTable
    named : mapping
        The codes that were named, as `plain_code` has them, with their kinds. Numbers below 0 need no name.
    """
    found = {"": named[""]} if "" in named else {}
    met: set[object] = {""}
    for text in dict.fromkeys(text for column in table.items for text in column.texts):
        own = plain_code(text)
        if own in named:
            found[text] = named[own]
            met.add(own)
        elif text and (negative := _NEGATIVE.fullmatch(text)):
            kind = -int(negative[1])
            found[text] = kind if kind in MISSING_KINDS else OMITTED
    return found, not_met([one for one in named if one not in met])


def below_zero(table: ResponseTable, named: Mapping[object, int]) -> int:
    """How many cells are numbers below 0 that are not named as codes for no answer."""
    return sum(
        int(np.count_nonzero(column.codes == code))
        for column in table.items
        for code, text in enumerate(column.texts)
        if _NEGATIVE.fullmatch(text) and plain_code(text) not in named
    )


def codes_of(missing: Mapping[object, object] | Collection[object]) -> dict[object, int]:
    """The codes that stand for no answer, as `plain_code` has them, with their kinds: omitted where none is
    said."""
    if not isinstance(missing, Mapping):
        codes = dict.fromkeys((plain_code(cell) for cell in collection("missing", missing)), OMITTED)
        codes.pop("", None)
        return codes
    kinds = {word: kind for kind, word in MISSING_KINDS.items()}
    if wrong := [one for one in missing.values() if not isinstance(one, str) or one not in kinds]:
        raise ArgumentError(f"missing has the kind {brief(wrong[0])}; kinds are {', '.join(kinds)}")
    return {plain_code(cell): kinds[str(kind)] for cell, kind in missing.items()}


def not_met(codes: Sequence[object]) -> tuple[Note, ...]:
    """The note of codes for no answer that no cell has."""
    names = [f"{one:g}" if isinstance(one, float) else one for one in codes]
    return (note("codes-not-met", n=len(names), codes=shown(names)),) if names else ()


def plain_code(value: object) -> object:
    """A value as it is compared with those that stand for no answer: 9, "9" and 9.0 are one."""
    if absent(value):
        return ""
    if isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating)):
        return float(value)
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return number if np.isfinite(number) else text


def _option(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def key_of(key: object, items: Sequence[str]) -> Key:
    """The key as the capture of files has it: right options, folded, by item."""
    from examgen.stats.response_files import option_name

    made = {}
    for item, right in _pairs(key, items).items():
        several = right.split("|") if isinstance(right, str) else right
        several = list(several) if isinstance(several, (list, tuple, set, frozenset)) else [several]
        made[item] = frozenset(option_name(_option(one)) for one in several if not absent(one)) - {""}
        if not made[item]:
            raise ArgumentError(f"key has no right option for item {item}")
    return made


def _pairs(key: object, items: Sequence[str]) -> dict[str, Any]:
    """What the key says of each item."""
    if isinstance(key, Mapping):
        return {str(item): right for item, right in key.items()}
    if hasattr(key, "columns"):
        return _rows(key)
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


def _rows(key: object) -> dict[str, Any]:
    """A frame with the columns `item` and `key`, as key files have them."""
    from examgen.stats.response_data import columns_of

    columns = {name.strip().lower(): values for name, values in columns_of(key, "key")[0].items()}
    if not {"item", "key"} <= set(columns):
        raise ArgumentError(f"key has the columns {shown(columns)}; expected item and key")
    made: dict[str, Any] = {}
    for row, (item, right) in enumerate(
        zip(columns["item"].tolist(), present(columns["key"]).tolist(), strict=True)
    ):
        if absent(item) or absent(right):
            raise ArgumentError(f"key names no {'item' if absent(item) else 'option'} in row {row}")
        said = [one for one in re.split(r"[|,;/]", right) if one.strip()] if isinstance(right, str) else right
        if made.setdefault(_option(item).strip(), said) != said:
            raise ArgumentError(f"key has two keys of item {item}")
    return made


def english(text: str) -> str:
    """A sentence of the command line in English, with options as arguments of Python."""
    from examgen.core.words import Message

    def argument(name: OptionName | CommandName) -> str:
        return f"`{name.name}=`" if hasattr(name, "argument") else f"`examgen {name.name}`"

    return text.told("en", argument) if isinstance(text, Message) else str(text)


def refusal(error: Any) -> ArgumentError:
    """A refusal of the command line, with options as arguments of Python."""
    said = english(error.args[0]) if error.args else str(error)
    problems = list(getattr(error, "problems", ()))
    if len(problems) == 1 and said.endswith(english(problems[0].message)):
        return ArgumentError(said)
    first = [
        f"{one.source}: {one.field + ': ' if one.field else ''}{english(one.message)}" for one in problems[:3]
    ]
    more = f" … and {len(problems) - 3} more" if len(problems) > 3 else ""
    return ArgumentError(f"{said}: {'; '.join(first)}{more}" if first else said)
