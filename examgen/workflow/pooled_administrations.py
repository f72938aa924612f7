"""Several administrations → one matrix, linked by the items that they have in common.

An item is the same where its text and its key are: what was asked of it otherwise stands in a column of its
own, so that a change of the text never passes for a change of the candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.item_responses import NOT_ADMINISTERED, Cells, Chosen
from examgen.problems import WrongUsage
from examgen.workflow.administration_columns import Column
from examgen.workflow.administrations import Administration


class Pooled(NamedTuple):
    """Candidates of several administrations.

    `columns` are those of the administration that asked them first; their `worth` is that administration's.
    `administration` and `form` (N,) are places in `names` and `forms`; a form is that of one administration.
    `common` (A, A) counts columns that two administrations share, in the diagonal those of each.
    """

    names: tuple[str, ...]
    chosen: Chosen
    columns: tuple[Column, ...]
    administration: NDArray[np.int32]
    forms: tuple[str, ...]
    form: NDArray[np.int32]
    common: NDArray[np.int64]
    places: tuple[tuple[int, ...], ...]
    """For each administration, the places of its own columns among `columns`."""
    notes: tuple[str, ...]
    """What does not link: administrations without an item in common, items whose text has changed."""


def pooled(found: Sequence[Administration], names: Sequence[str] | None = None) -> Pooled:
    """The administrations as one; `names` are theirs, the exams' ids if left out, told apart by numbers.

    A candidate of two administrations is two rows. Raises WrongUsage where there is none, or too few names.
    """
    said = _names(found, names)
    places, columns = _columns(found, said)
    options = _options(found, places, len(columns))
    cells = np.full((sum(len(one.chosen.cells) for one in found), len(columns)), NOT_ADMINISTERED, np.int8)
    start = 0
    for one, own in zip(found, places, strict=True):
        rows = slice(start, start + len(one.chosen.cells))
        _fill(cells[rows], one, own, options)
        start = rows.stop
    made = tuple(
        one._replace(
            name=name,
            options=tuple(of),
            key=_key(one, of),
            worth=_worth(one, of),
            asked=_asked(found, places, n),
        )
        for n, ((one, name), of) in enumerate(zip(columns, options, strict=True))
    )
    chosen = Chosen(
        _candidates(found, said),
        tuple(one.name for one in made),
        cells,
        tuple(one.options for one in made),
        tuple(one.key for one in made),
    )
    sizes = [len(one.chosen.cells) for one in found]
    forms = tuple(f"{name} {form}" for name, one in zip(said, found, strict=True) for form in one.forms)
    firsts = np.cumsum([0, *(len(one.forms) for one in found)])[:-1].tolist()
    form = np.concatenate([one.form + first for one, first in zip(found, firsts, strict=True)])
    common = _common(places)
    return Pooled(
        said, chosen, made, np.repeat(np.arange(len(found), dtype=np.int32), sizes), forms,
        form.astype(np.int32), common, tuple(map(tuple, places)), _notes(said, common, made),
    )  # fmt: skip


def _names(found: Sequence[Administration], names: Sequence[str] | None) -> tuple[str, ...]:
    if not found or (names is not None and len(names) != len(found)):
        raise WrongUsage("name at least one administration, and as many names as administrations")
    if names is not None:
        return tuple(names)
    own = [one.name for one in found]
    return tuple(name if own.count(name) == 1 else f"{name} {n}" for n, name in enumerate(own, 1))


def _same(one: Column) -> tuple[object, ...]:
    """What a column must share with another to be the same item."""
    own = one.options[: one.n_own]
    return one.item, one.item_hash, own, tuple(sorted(one.options[place] for place in one.key))


def _columns(
    found: Sequence[Administration], names: Sequence[str]
) -> tuple[list[list[int]], list[tuple[Column, str]]]:
    """For each administration the places of its columns among all, and all with the names that they get."""
    number: dict[tuple[object, ...], int] = {}
    columns: list[tuple[Column, str]] = []
    taken: set[str] = set()
    places: list[list[int]] = []
    for one, of in zip(found, names, strict=True):
        own: list[int] = []
        for column in one.columns:
            n = number.setdefault(_same(column), len(columns))
            # a booklet may ask one item in two ways, and two columns of one administration stay two
            if n in own:
                n = len(columns)
            if n == len(columns):
                name = column.name if column.name not in taken else f"{column.name} ({of})"
                taken.add(name)
                columns.append((column, name))
            own.append(n)
        places.append(own)
    return places, columns


def _options(
    found: Sequence[Administration], places: Sequence[Sequence[int]], n_columns: int
) -> list[list[str]]:
    """Names of the options of each column that any administration has, the item's own first."""
    options: list[list[str]] = [[] for _ in range(n_columns)]
    for one, own in zip(found, places, strict=True):
        for column, n in zip(one.columns, own, strict=True):
            options[n] += [option for option in column.options if option not in options[n]]
    return options


def _fill(rows: Cells, one: Administration, own: Sequence[int], options: Sequence[Sequence[str]]) -> None:
    """The cells of an administration in their columns."""
    for n, (column, place) in enumerate(zip(one.columns, own, strict=True)):
        cells = one.chosen.cells[:, n]
        new = [options[place].index(option) for option in column.options]
        if new != list(range(len(new))):
            table = np.array([*range(-3, 0), *new], dtype=np.int8)
            cells = table[cells.astype(np.int64) + 3]
        rows[:, place] = cells


def _key(one: Column, options: Sequence[str]) -> frozenset[int]:
    return frozenset(options.index(one.options[place]) for place in one.key)


def _worth(one: Column, options: Sequence[str]) -> tuple[int, ...]:
    known = dict(zip(one.options, one.worth, strict=True))
    return tuple(known.get(option, 0) for option in options)


def _asked(
    found: Sequence[Administration], places: Sequence[Sequence[int]], n: int
) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
    """Where each administration asked it, the forms by their own names."""
    pairs = zip(found, places, strict=True)
    return tuple(place for one, own in pairs if n in own for place in one.columns[own.index(n)].asked)


def _candidates(found: Sequence[Administration], names: Sequence[str]) -> tuple[str, ...]:
    """Ids; where one comes twice, all are led by the administration's name."""
    ids = [str(one) for each in found for one in each.chosen.candidates]
    if len(set(ids)) == len(ids):
        return tuple(ids)
    pairs = zip(names, found, strict=True)
    return tuple(f"{name}/{one}" for name, each in pairs for one in each.chosen.candidates)


def _common(places: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    own = [set(one) for one in places]
    return np.array([[len(one & other) for other in own] for one in own], dtype=np.int64)


def _notes(names: Sequence[str], common: NDArray[np.int64], columns: Sequence[Column]) -> tuple[str, ...]:
    notes = [
        f"{', '.join(names[n] for n in group)}: no item in common with {names[0]}, not even by way of "
        f"others: what is estimated of the two cannot be compared"
        for group in _groups(common)[1:]
    ]
    texts: dict[str, set[str]] = {}
    for one in columns:
        texts.setdefault(one.item, set()).add(one.item_hash)
    changed = sorted(item for item, hashes in texts.items() if len(hashes) > 1)
    if changed:
        shown = ", ".join(changed[:10]) + (f" and {len(changed) - 10} more" if len(changed) > 10 else "")
        notes.append(f"{shown}: asked with more than one text or key, each a column of its own")
    return tuple(notes)


def _groups(common: NDArray[np.int64]) -> list[list[int]]:
    """Administrations that hang together by common items, that of the first one first."""
    left, groups = list(range(len(common))), list[list[int]]()
    while left:
        group, new = [left[0]], [left.pop(0)]
        while new:
            one = new.pop()
            reached = [n for n in left if common[one, n]]
            left = [n for n in left if n not in reached]
            group += reached
            new += reached
        groups.append(sorted(group))
    return groups
