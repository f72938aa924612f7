"""A sheet → one letter for each cell, as programs read that take responses in fixed columns.

`A`, `B` … are the item's own options in the order of their ids, then the sets of letters that were asked;
`X` is a mark that cannot be right, `O` an omitted item, `R` one that was not reached, `N` one that was not on
the candidate's form.
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
"""Those of options: the others have a meaning of their own."""
INVALID, OMITTED, NOT_REACHED, NOT_GIVEN = "X", "O", "R", "N"


class CodedItem(NamedTuple):
    """An item with its label, the letter of each place of its options, and the letters that are right."""

    item: SheetItem
    label: str
    codes: str
    right: str

    @property
    def letters(self) -> str:
        """The letters of its options and sets."""
        return "".join(sorted({*self.codes} - {INVALID}))


class Coded(NamedTuple):
    """The responses in letters: `rows` (N,) have one for each item."""

    items: tuple[CodedItem, ...]
    rows: tuple[str, ...]


def coded(sheet: ResponseSheet) -> Coded:
    """The responses of a sheet in letters; sets of letters that no letter is left for are `X`: they earn less
    than all."""
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
    """Return the option of each letter of each item: columns of a table."""
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
