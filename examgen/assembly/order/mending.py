"""A form whose right answers make too long a run → one that does not, by chance within bounds.

Places of right answers are swapped between items, blocks within what the order of items leaves to chance;
where nothing else helps, single right answers move, and the letters spread less evenly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import accumulate
from typing import NamedTuple

from examgen.assembly.chance import Chance
from examgen.assembly.order.keying import Choice, Place, end_of_long_run, excess, may_swap, spread
from examgen.assembly.order.ordering import Block, Label

N_STEPS = 120
N_CANDIDATES = 24
NEAR_SHIFT = 2
"""How many questions a block may move from its home."""


class Draft(NamedTuple):
    """Blocks in their order, and where each item's right answer stands."""

    line: tuple[Block, ...]
    places: Mapping[str, Place]

    def letters(self) -> list[Place]:
        """The place of the right answer of each question."""
        return [self.places[item.id] for block in self.line for item in block.items]


class Bounds(NamedTuple):
    """What a mended form must keep to."""

    choices: Mapping[str, Choice]
    longest_run: int
    fixed: Collection[Label]
    """Blocks that may not change their place."""
    homes: Mapping[Label, int]
    """Of blocks that stand near their place in other forms, how many questions stood before them."""
    greatest_spread: int | None
    loose: bool
    """Whether the letters may spread less evenly than they do, to `greatest_spread` where there is one."""


def mended(draft: Draft, bounds: Bounds, chance: Chance, attempt: int) -> Draft | None:
    """The form without a run that is too long; None where it was not found."""
    for step in range(N_STEPS):
        end = end_of_long_run(draft.letters(), bounds.longest_run)
        if end is None:
            return draft
        found = list(_moves(draft, bounds, end, chance, (attempt, step)))
        if not found:
            return None
        draft = min(found, key=lambda one: _badness(one, bounds))
    return draft if not excess(draft.letters(), bounds.longest_run) else None


def _badness(draft: Draft, bounds: Bounds) -> tuple[int, int]:
    letters = draft.letters()
    if not bounds.loose:
        return excess(letters, bounds.longest_run), 0
    counts = Counter(letters)
    return excess(letters, bounds.longest_run), sum(n * n for n in counts.values())


def _moves(draft: Draft, bounds: Bounds, end: int, chance: Chance, names: tuple[int, int]) -> Iterator[Draft]:
    """Drafts that differ in the place of one question of the run that ends at `end`."""
    items = [item.id for block in draft.line for item in block.items]
    block_of = [n for n, block in enumerate(draft.line) for _ in block.items]
    last = len(draft.line) - 1
    for n in range(N_CANDIDATES):
        drawn = chance.draw("mend", bounds.loose, *names, n)
        one, other = end - drawn % (bounds.longest_run + 1), (drawn >> 8) % len(items)
        if bounds.loose and n % 6 == 0:
            yield from _changed(draft, bounds, items[one], drawn >> 8)
        elif n % 3 == 1:
            yield from _swapped(draft, bounds, items[one], items[other])
        elif n % 2:
            near = block_of[one] + (-2, -1, 1, 2)[(drawn >> 8) % 4]
            yield from _exchanged(draft, bounds, block_of[one], min(max(near, 0), last))
        else:
            yield from _exchanged(draft, bounds, block_of[one], block_of[other])


def _swapped(draft: Draft, bounds: Bounds, one: str, other: str) -> Iterator[Draft]:
    """Two right answers have each other's place."""
    choices, places = [bounds.choices[one], bounds.choices[other]], [draft.places[one], draft.places[other]]
    if places[0] != places[1] and may_swap(choices, places, 0, 1):
        yield draft._replace(places={**draft.places, one: places[1], other: places[0]})


def _exchanged(draft: Draft, bounds: Bounds, one: int, other: int) -> Iterator[Draft]:
    """Two blocks have each other's numbers, which chance might have given them."""
    a, b = draft.line[one], draft.line[other]
    if (
        one == other
        or (a.rank, a.size) != (b.rank, b.size)
        or a.label in bounds.fixed
        or b.label in bounds.fixed
    ):
        return
    before = [0, *accumulate(block.size for block in draft.line)]
    shifts = (
        abs(before[n] - bounds.homes.get(block.label, before[n])) for block, n in ((a, other), (b, one))
    )
    if max(shifts) <= NEAR_SHIFT:
        line = list(draft.line)
        line[one], line[other] = b, a
        yield draft._replace(line=tuple(line))


def _changed(draft: Draft, bounds: Bounds, one: str, drawn: int) -> Iterator[Draft]:
    """One right answer stands elsewhere, where the letters do not spread too far then."""
    places = bounds.choices[one].places
    if not places:
        return
    changed = draft._replace(places={**draft.places, one: places[drawn % len(places)]})
    if bounds.greatest_spread is not None:
        sizes = [bounds.choices[item.id].n_options for block in draft.line for item in block.items]
        if spread(sizes, changed.letters()) > bounds.greatest_spread:
            return
    yield changed
