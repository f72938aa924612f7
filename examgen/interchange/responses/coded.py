"""Codes each response as one letter, for programs that read responses in fixed columns.

`A`, `B` … are the item's options in the order of their ids, then combinations of options that were marked.
`X` is a mark that cannot be right, `O` an omitted item, `R` an item that was not reached, `N` an item that
was not on the candidate's form.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.interchange.responses.sheet import (
    ResponseSheet,
    SheetItem,
    Texts,
    plain_names,
    values,
)

LETTERS = "ABCDEFGHIJKLM"
"""The letters for options; the other letters have fixed meanings."""
INVALID, OMITTED, NOT_REACHED, NOT_GIVEN = "X", "O", "R", "N"


class CodedItem(NamedTuple):
    """An item with its label, the letter for each of its options, and the letters that are right."""

    item: SheetItem
    label: str
    codes: str
    right: str

    @property
    def letters(self) -> str:
        """The letters of its options and combinations."""
        return "".join(sorted({*self.codes} - {INVALID}))


class Coded(NamedTuple):
    """The responses as letters: `rows` (N,) have one letter for each item."""

    items: tuple[CodedItem, ...]
    rows: tuple[str, ...]


def coded(sheet: ResponseSheet) -> Coded:
    """Return the responses of a sheet as letters. Combinations without a free letter become `X`; they earn
    less than the full points.
    """
    labels = plain_names(one.name for one in sheet.items)
    items: list[CodedItem] = []
    for item, label in zip(sheet.items, labels, strict=True):
        named = [place for place, option in enumerate(item.options) if not option.startswith("*")]
        sets = sorted((n for n in named if n >= item.n_own), key=lambda one: one not in item.right)
        kept = [*range(item.n_own), *sets][: len(LETTERS)]
        letter = dict(zip(kept, LETTERS, strict=False))
        codes = "".join(letter.get(place, INVALID) for place in range(len(item.options)))
        right = "".join(sorted(codes[place] for place in item.right if place in letter))
        items.append(CodedItem(item, label, codes, right))
    tables = [[ord(one) for one in item.codes] for item in items]
    kinds = (ord(NOT_GIVEN), ord(NOT_REACHED), ord(OMITTED))
    letters = values(sheet.cells, tables, kinds).astype(np.uint8)
    rows = tuple(row.tobytes().decode("ascii") for row in letters)
    return Coded(tuple(items), rows)


def codebook(of: Coded, sheet: ResponseSheet) -> Texts:
    """Return the option for each letter of each item, as the columns of a table."""
    rows = [
        (
            one.label,
            one.item.name,
            one.item.criterion,
            one.item.standing,
            code,
            " or ".join(
                option.replace("|", "+")
                for option, own in zip(one.item.options, one.codes, strict=True)
                if own == code
            ),
            "yes" if code in one.right else "no",
        )
        for one in of.items
        for code in one.letters
    ]
    heads = ("label", "item", "criterion", "standing", "code", "option", "right")
    return dict(zip(heads, map(list, zip(*rows, strict=True)), strict=True)) if sheet.items else {}
