"""Items in their printed order → where the right answer of each stands, and the order of its options.

Right answers spread over the letters as evenly as can be, counted among the questions with as many options:
nobody can guess E where most questions end at D. Anchored options keep their place, so that some questions
leave no choice or only some; the others make up for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from examgen.assembly.chance import Chance
from examgen.models import Item

Place = int | None
"""Position of the right answer among the printed options; None where several are right."""


class Choice(NamedTuple):
    """What the order of an item's options may be."""

    options: tuple[str, ...]
    """In canonical order, which is that of the alphabet."""
    free: tuple[int, ...]
    """Positions whose options chance may order."""
    places: tuple[int, ...]
    """Positions that the right answer may take; none where several are right."""

    @property
    def n_options(self) -> int:
        """How many options there are."""
        return len(self.options)

    @property
    def is_free(self) -> bool:
        """Whether the right answer may stand anywhere."""
        return len(self.places) == len(self.options)


def choice(item: Item, rule: Literal["shuffled", "as_written"]) -> Choice:
    """What the blueprint's `order.options` and the item's `anchored` leave to chance."""
    options = tuple(sorted(item.options))
    fixed = set(options) if rule == "as_written" else set(item.anchored)
    free = tuple(n for n, option in enumerate(options) if option not in fixed)
    if len(item.key) != 1:
        return Choice(options, free, ())
    key = options.index(item.key[0])
    return Choice(options, free, free if key in free else (key,))


# ── an even spread ───────────────────────────────────────────────────────────────────────────


def even_places(choices: Sequence[Choice], chance: Chance) -> list[Place]:
    """Where each right answer stands: the counts of the letters differ as little as can be."""
    places: list[Place] = [None] * len(choices)
    for n_options in sorted({one.n_options for one in choices}):
        same = [n for n, one in enumerate(choices) if one.n_options == n_options and one.places]
        letters = chance.shuffled(range(n_options), "letters", n_options)
        if all(choices[n].is_free for n in same):
            even = [(n, letters[n % n_options]) for n in range(len(same))]
            mixed = chance.shuffled(even, "keys", n_options)
            for n, (_, place) in zip(same, mixed, strict=True):
                places[n] = place
        else:
            for n, place in _balanced(chance.shuffled(same, "keys", n_options), choices, letters):
                places[n] = place
    return places


def _balanced(
    drawn: Sequence[int], choices: Sequence[Choice], letters: Sequence[int]
) -> list[tuple[int, int]]:
    """Places for items that differ in where their right answer may stand; equal letters by their order.

    A semi-matching that no cost-reducing path improves, so that both the greatest count is as small and the
    smallest as great as can be (Harvey, Ladner, Lovász & Tamir 2006, Semi-matchings for bipartite graphs).
    """
    given: dict[int, int] = {}
    counts: Counter[int] = Counter()
    for n in sorted(drawn, key=lambda n: len(choices[n].places)):
        given[n] = min(choices[n].places, key=lambda place: (counts[place], letters.index(place)))
        counts[given[n]] += 1
    while path := _better_path(given, choices, letters):
        for n, place in path:
            given[n] = place
    return list(given.items())


def _better_path(
    given: dict[int, int], choices: Sequence[Choice], letters: Sequence[int]
) -> list[tuple[int, int]]:
    """Moves that take one from a letter and give one to a letter with at least two fewer; or none."""
    counts = Counter(given.values())
    for start in sorted(letters, key=lambda letter: -counts[letter]):
        paths: dict[int, list[tuple[int, int]]] = {start: []}
        reached = [start]
        for letter in reached:
            if counts[letter] <= counts[start] - 2:
                return paths[letter]
            for n, place in given.items():
                for other in choices[n].places if place == letter else ():
                    if other not in paths:
                        paths[other] = [*paths[letter], (n, other)]
                        reached.append(other)
    return []


def spread(sizes: Iterable[int], places: Iterable[Place]) -> int:
    """The greatest difference between counts of letters, among questions with as many options."""
    counts = Counter((size, place) for size, place in zip(sizes, places, strict=True) if place is not None)
    differences = [0]
    for size in {size for size, _ in counts}:
        letters = [counts[size, place] for place in range(size)]
        differences.append(max(letters) - min(letters))
    return max(differences)


# ── runs of one letter ───────────────────────────────────────────────────────────────────────


def excess(places: Iterable[Place], longest: int) -> int:
    """By how much runs of one letter are longer than `longest`, in all."""
    runs = [len(list(run)) for place, run in groupby(places) if place is not None]
    return sum(run - longest for run in runs if run > longest)


def end_of_long_run(places: Sequence[Place], longest: int) -> int | None:
    """The first question that is one too many."""
    run = 0
    for n, place in enumerate(places):
        run = run + 1 if n and place is not None and place == places[n - 1] else 1
        if run > longest:
            return n
    return None


N_SWAPS = 1000


def without_long_runs(
    choices: Sequence[Choice], places: Sequence[Place], longest: int, chance: Chance
) -> list[Place]:
    """Swaps places between items with as many options until no run is too long, or none can be swapped."""
    found = list(places)
    for attempt in range(N_SWAPS):
        end = end_of_long_run(found, longest)
        if end is None:
            break
        swaps = [n for n in range(len(found)) if found[n] != found[end] and may_swap(choices, found, n, end)]
        if not swaps:
            break
        other = swaps[chance.draw("swap", attempt) % len(swaps)]
        found[end], found[other] = found[other], found[end]
    return found


def may_swap(choices: Sequence[Choice], places: Sequence[Place], one: int, other: int) -> bool:
    """Whether two items may have each other's place, so that the counts of letters stay."""
    return (
        choices[one].n_options == choices[other].n_options
        and places[one] in choices[other].places
        and places[other] in choices[one].places
    )


# ── options ──────────────────────────────────────────────────────────────────────────────────


def option_order(item: Item, one: Choice, place: Place, chance: Chance) -> tuple[str, ...]:
    """The options as they are printed, the right answer at its place."""
    loose = [one.options[n] for n in one.free]
    if len(loose) > 1:
        loose = chance.shuffled(loose, "options", item.id)
    if place is not None and place in one.free:
        loose.remove(item.key[0])
        loose.insert(one.free.index(place), item.key[0])
    order = list(one.options)
    for n, option in zip(one.free, loose, strict=True):
        order[n] = option
    return tuple(order)
