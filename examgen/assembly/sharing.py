"""How many different items forms need that share no more than they may: a count, before any solving."""

from __future__ import annotations

from math import comb


def fewest_items(
    least: int, n_forms: int, share: int, anchored: int = 0, most_uses: int | None = None
) -> int:
    """The fewest different items that give each of the forms `least`.

    All forms may share `anchored` items; any two of them `share` items besides; no item but those of the
    anchor may be in more than `most_uses` forms. A lower bound: groups and enemies can ask for more.
    """
    fixed = min(least, anchored)
    own = least - fixed
    share = min(share, own)
    most = 1 if share == 0 else min(most_uses or n_forms, n_forms)
    return fixed + max((_union(own, m, share, min(most, m)) for m in range(1, n_forms + 1)), default=0)


def _union(own: int, n_forms: int, share: int, most: int) -> int:
    """The same for some of the forms: item uses spread evenly make the fewest pairs that share."""
    uses, pairs = own * n_forms, comb(n_forms, 2) * share
    low, high = max(own, -(-uses // most)), uses
    while low < high:
        middle = (low + high) // 2
        if fewest_pairs(uses, middle) <= pairs:
            high = middle
        else:
            low = middle + 1
    return low


def fewest_pairs(uses: int, items: int) -> int:
    """The fewest pairs of forms that share an item, over all items, when these have so many uses."""
    times, more = divmod(uses, items)
    return more * comb(times + 1, 2) + (items - more) * comb(times, 2)
