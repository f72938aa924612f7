"""Names of options: as files write them, and whether key and cells speak of the same ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from string import ascii_uppercase, digits
from typing import NamedTuple

from examgen.capture.cells import fold
from examgen.letters import LETTERS, THAI_LETTERS
from examgen.problems import Problem, Refused

NUMBER = re.compile(r"([0-9]{1,3})(?:[.,]0*)?")
MOST_OPTIONS = 100
_LATIN = dict(zip(THAI_LETTERS, LETTERS, strict=True))
_ENOUGH = 10
"""Answers to an item after which somebody should have been right, were the key its own."""
_SHOWN = 3


class Asked(NamedTuple):
    """An item of the key, and what its cells say."""

    item: str
    right: frozenset[str]
    said: tuple[str | None, ...]
    """Option that each distinct text of the column names; None for a text that stands for nothing."""
    n_answers: int
    """Cells that name an option."""

    @property
    def named(self) -> frozenset[str]:
        """Options that cells name."""
        return frozenset(name for name in self.said if name is not None)


def option_name(text: str) -> str:
    """An option as it is compared and shown: `a`, ` A ` and `Ａ` are A, `2.0` and `๒` are 2."""
    plain = fold(text).upper()
    found = NUMBER.fullmatch(plain)
    return str(int(found[1])) if found else plain


def in_order(names: Collection[str]) -> tuple[str, ...]:
    """Numbers first, by size; then by name."""

    def place(option: str) -> tuple[bool, int, str]:
        is_number = option.isascii() and option.isdigit()
        return not is_number, int(option) if is_number else 0, option

    return tuple(sorted(names, key=place))


def alternatives(names: Collection[str], n: int) -> frozenset[str]:
    """The options of an item of n, chosen or not: A, B …, ก, ข … or 1, 2 … where all that are named are such.

    None where names are anything else: nobody knows then what the others are called. One past n is no
    hindrance up to the fifth, since answer sheets have five; nor are asterisks, for odd marks.
    """
    named = {name for name in names if name.strip("*")}
    most = max(n, len(LETTERS))
    counted = [str(number) for number in range(1, min(most, MOST_OPTIONS) + 1)]
    for alphabet in (list(ascii_uppercase), list(THAI_LETTERS), counted):
        if named <= set(alphabet[:most]):
            return frozenset(alphabet[:n]) if n <= len(alphabet) else frozenset()
    return frozenset()


def agreed(source: str, items: Sequence[Asked]) -> list[Asked]:
    """The items with key and cells in one alphabet.

    Where no cell of an item says a right option, and they meet once ก, ข … are read as A, B …, they are read
    so on both sides. Raises Refused where key and cells do not speak of the same options: one has Thai
    letters and the other Latin ones, or for more than half of the items no cell says a right option though
    they are of another kind than the cells, or ten answers or more are there.
    """
    unmet = {one.item: _latin(one) for one in items if one.n_answers and not one.right & one.named}
    meets = any(one.right & one.named for one in unmet.values())
    found = [unmet.get(one.item, one) if meets else one for one in items]
    apart = [one for one in found if one.n_answers and not one.right & one.named]
    crossed = [] if meets else [one for one in apart if {"ก", "A"} <= _kinds(one.right) ^ _kinds(one.named)]
    never = [one for one in apart if one.n_answers >= _ENOUGH or not _kinds(one.right) & _kinds(one.named)]
    if crossed or 2 * len(never) > len(items):
        raise _apart(source, crossed or never, len(items))
    return found


def _latin(one: Asked) -> Asked:
    said = tuple(None if name is None else _LATIN.get(name, name) for name in one.said)
    return one._replace(right=frozenset(_LATIN.get(name, name) for name in one.right), said=said)


def _kinds(names: Collection[str]) -> set[str]:
    """What sorts of names: `ก` and `A` for those of such letters, `1` for numbers, else `""`."""
    sorts = {"ก": THAI_LETTERS, "A": ascii_uppercase, "1": digits}
    return {next((sort for sort, of in sorts.items() if set(name) <= set(of)), "") for name in names}


def _apart(source: str, items: Sequence[Asked], n_items: int) -> Refused:
    def shown(names: Collection[str]) -> str:
        return ", ".join(f"`{name[:20]}`" for name in in_order(names)[:5])

    message = (
        f"no cell says a right option in {len(items)} of {n_items} items of the key: write the key with the "
        "options that the cells have"
    )
    problems = [
        Problem(
            source, "key-not-in-cells", f"the key is {shown(one.right)}, the cells say {shown(one.named)}",
            one.item,
        )
        for one in items[:_SHOWN]
    ]  # fmt: skip
    return Refused(f"{source}: {message}", [Problem(source, "key-not-in-cells", message), *problems])
