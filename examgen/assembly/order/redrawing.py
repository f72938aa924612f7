"""A drawn order whose right answers make too long a run, or spread too unevenly → one that keeps the rules.

Orders of options are drawn anew where that is enough; else blocks of items exchange their places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from examgen.assembly.order.keying import Place, end_of_long_run, excess

MOST_CHANGES = 400
MOST_EXCHANGES = 600


class Letters(NamedTuple):
    """Where right answers may stand, and what the blueprint asks of them."""

    places: tuple[tuple[Place, ...], ...]
    """Of each item, by the number of its options' order."""
    sizes: tuple[int, ...]
    """How many options each item has."""
    longest_run: int
    greatest_spread: int | None


def mended_letters(
    letters: Letters, line: Sequence[int], picks: Sequence[int], numbers: Sequence[int]
) -> list[int] | None:
    """The numbers of the options' orders, some drawn anew so that the rules hold; None where none was found.

    `line` are items in printed order, `picks` the order drawn for each item, `numbers` chance for changes.
    """
    found, printed = list(picks), [letters.places[n][picks[n]] for n in line]
    for change in range(MOST_CHANGES):
        end = end_of_long_run(printed, letters.longest_run)
        wanted: list[tuple[int, Place]]
        if end is not None:
            wanted = [(q, None) for q in range(end, end - letters.longest_run - 1, -1)]
        elif too_many := _uneven(letters, line, printed):
            wanted = too_many
        else:
            return found
        drawn = numbers[change % len(numbers)] >> (change // len(numbers))
        if not _changed(letters, line, found, printed, wanted, drawn):
            return None
    return None


def _changed(
    letters: Letters,
    line: Sequence[int],
    found: list[int],
    printed: list[Place],
    wanted: Sequence[tuple[int, Place]],
    drawn: int,
) -> bool:
    """Whether one of the questions got another letter: that which is wanted, or any that makes no run."""
    first = drawn % len(wanted) if wanted[0][1] is not None else 0
    for question, letter in [*wanted[first:], *wanted[:first]]:
        n, now = line[question], printed[question]
        fits = {
            place
            for place in set(letters.places[n])
            if place != now
            and letter in (None, place)
            and _run_with(printed, question, place) <= letters.longest_run
        }
        if others := [k for k, place in enumerate(letters.places[n]) if place in fits]:
            found[n] = others[drawn % len(others)]
            printed[question] = letters.places[n][found[n]]
            return True
    return False


def _run_with(printed: Sequence[Place], question: int, place: Place) -> int:
    """How long the run would be if the right answer of that question stood there."""
    before = question
    while before and printed[before - 1] == place:
        before -= 1
    after = question + 1
    while after < len(printed) and printed[after] == place:
        after += 1
    return after - before


def _uneven(letters: Letters, line: Sequence[int], printed: Sequence[Place]) -> list[tuple[int, Place]]:
    """Questions with the letter that stands most often, each with the letter that stands least often;
    none where they spread as they should."""
    if letters.greatest_spread is None:
        return []
    for size in sorted(set(letters.sizes)):
        asked = [q for q, n in enumerate(line) if letters.sizes[n] == size and printed[q] is not None]
        counts = [0] * size
        for q in asked:
            counts[printed[q] or 0] += 1
        if max(counts) - min(counts) > letters.greatest_spread:
            most, least = counts.index(max(counts)), counts.index(min(counts))
            return [(q, least) for q in asked if printed[q] == most]
    return []


# ── blocks ───────────────────────────────────────────────────────────────────────────────────


def mended_line(
    letters: Letters,
    blocks: Sequence[Sequence[int]],
    section: Sequence[int],
    order: Sequence[int],
    max_shift: int,
    picks: Sequence[int],
    numbers: Sequence[int],
) -> Iterator[list[int]]:
    """Lines in which two blocks of a section and of one size exchanged their places, runs never longer.

    `order` are the blocks in printed order. Ends where no run is too long any more, or after many tries.
    """
    found = list(order)
    before = _excess(letters, blocks, found, picks)
    for step in range(MOST_EXCHANGES):
        drawn = numbers[step % len(numbers)] >> (7 * (step // len(numbers)) % 50)
        one = _in_run(letters, blocks, found, picks, drawn)
        other = (drawn >> 3) % len(found)
        if not _may_exchange(blocks, section, found, one, other, max_shift):
            continue
        found[one], found[other] = found[other], found[one]
        after = _excess(letters, blocks, found, picks)
        if after > before:
            found[one], found[other] = found[other], found[one]
            continue
        before = after
        if not before:
            yield [n for block in found for n in blocks[block]]
            return


def _excess(
    letters: Letters, blocks: Sequence[Sequence[int]], order: Sequence[int], picks: Sequence[int]
) -> int:
    printed = (letters.places[n][picks[n]] for block in order for n in blocks[block])
    return excess(printed, letters.longest_run)


def _in_run(
    letters: Letters,
    blocks: Sequence[Sequence[int]],
    order: Sequence[int],
    picks: Sequence[int],
    drawn: int,
) -> int:
    """The place of a block in the first run that is too long."""
    block_of = [place for place, block in enumerate(order) for _ in blocks[block]]
    printed = [letters.places[n][picks[n]] for block in order for n in blocks[block]]
    end = end_of_long_run(printed, letters.longest_run)
    return block_of[0 if end is None else end - drawn % (letters.longest_run + 1)]


def _may_exchange(
    blocks: Sequence[Sequence[int]],
    section: Sequence[int],
    order: Sequence[int],
    one: int,
    other: int,
    max_shift: int,
) -> bool:
    """Whether both blocks stay in their section and near their places in the form."""
    a, b = order[one], order[other]
    if a == b or section[a] != section[b] or len(blocks[a]) != len(blocks[b]):
        return False
    before = [0, *accumulate(len(blocks[block]) for block in order)]
    return abs(before[other] - blocks[a][0]) <= max_shift and abs(before[one] - blocks[b][0]) <= max_shift
