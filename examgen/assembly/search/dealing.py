"""Items selected for all forms together → forms, by dealing: sets first, then class by class.

Sets are dealt whole, shared items to forms that share little, and the others class by class, each item to
the form with the fewest of its class, then the fewest items, then the lowest curve. Quotas by class come out
even; other rows and the curves are left to polishing.
"""

from __future__ import annotations

from math import ceil

import numpy as np

from examgen.assembly.search.highs import Floats, Integers
from examgen.assembly.search.standing import Layout, Standing


def deal(standing: Standing, uses: Integers, chance: np.random.Generator) -> None:
    """Deal out the items, each to as many forms as `uses` says (items,)."""
    plan = standing.plan
    hand = _Hand(standing, chance)
    left = uses.copy()
    for members in _blocks(plan, uses):
        block = members[left[members] > 0]  # an item may be in several groups
        if len(block):
            hand.give(block)
            left[block] -= 1
    worth = plan.values.sum(axis=1)
    drawn = chance.integers(0, 1 << 30, plan.n_items)
    order = np.lexsort((drawn, -worth, plan.dealt_class, -left))
    for item in order:
        for _ in range(int(left[item])):
            hand.give(np.array([item]))


def _blocks(plan: Layout, uses: Integers) -> list[Integers]:
    """Each group's items, parted among as many forms as they must be; large blocks first."""
    blocks = []
    for group, (least, greatest) in enumerate(zip(plan.group_least, plan.group_greatest, strict=True)):
        items = plan.member_item[plan.member_group == group]
        total = int(uses[items].sum())
        if total:
            blocks += _parts(items, uses, total, int(least), int(greatest))
    return sorted(blocks, key=lambda block: (-len(block), block.tolist()))


def _parts(items: Integers, uses: Integers, total: int, least: int, greatest: int) -> list[Integers]:
    fewest = max(ceil(total / max(1, greatest)), int(uses[items].max()))
    n_parts = max(fewest, total // max(1, least) if least > greatest // 2 + 1 else fewest)
    parts: list[list[int]] = [[] for _ in range(n_parts)]
    for item in sorted(items.tolist(), key=lambda i: (-int(uses[i]), i)):
        for part in sorted(range(n_parts), key=lambda p: len(parts[p]))[: int(uses[item])]:
            parts[part].append(item)
    return [np.array(sorted(part), dtype=np.int64) for part in parts if part]


class _Hand:
    """Counts while dealing."""

    def __init__(self, standing: Standing, chance: np.random.Generator) -> None:
        plan = standing.plan
        self.standing, self.plan = standing, plan
        self.n_classes = int(plan.dealt_class.max(initial=-1)) + 1
        self.by_class = np.zeros((plan.n_forms, self.n_classes), dtype=np.int64)
        self.counts = np.zeros(plan.n_forms, dtype=np.int64)
        self.turn = chance.permutation(plan.n_forms)
        self.worth = np.zeros(plan.n_forms)
        self.rising = np.all(plan.broad >= 0, axis=0)

    def give(self, block: Integers) -> None:
        """The block goes to the form that is most in need of it and holds none of it."""
        form = int(self._order(block)[0])
        for item in block:
            if not self.standing.held[form, item]:
                self.standing.add(form, int(item))
        np.add.at(self.by_class[form], self.plan.dealt_class[block], 1)
        self.counts[form] += len(block)
        self.worth[form] += float(self.plan.values[block].sum())

    def _order(self, block: Integers) -> Integers:
        standing, classes = self.standing, self.plan.dealt_class[block]
        held = standing.held[:, block].any(axis=1)
        crowd = self.by_class[:, classes].max(axis=1)
        shared = self._shared(block)
        return np.lexsort((self.turn, self.worth, self.counts, crowd, self._clash(block), shared, held))

    def _shared(self, block: Integers) -> Floats:
        """How many more items than allowed a form would share with others that hold the block."""
        standing, plan = self.standing, self.plan
        holders = standing.held[:, block[0]]
        if not holders.any():
            return np.zeros(plan.n_forms)
        after = standing.shared[:, holders] + len(block)
        return np.asarray(np.maximum(0, after - plan.shared_greatest).sum(axis=1) * 1e3 + after.sum(axis=1))

    def _clash(self, block: Integers) -> Floats:
        """What the block would break in narrow rows and in counts that are full."""
        standing, plan = self.standing, self.plan
        load = standing.loads + plan.broad[block].sum(axis=0)
        over = np.maximum(0, load - plan.broad_greatest)
        over = (over - np.maximum(0, standing.loads - plan.broad_greatest))[:, self.rising].sum(axis=1)
        if not len(plan.entry_row):
            return np.asarray(over)
        rows = plan.entry_row[np.isin(plan.entry_item, block)]
        if not len(rows):
            return np.asarray(over)
        entries = np.isin(plan.entry_row, rows)
        held = standing.held[:, plan.entry_item[entries]] | np.isin(plan.entry_item[entries], block)
        sums = held * plan.entry_value[entries]
        for number in np.unique(rows):
            mine = plan.entry_row[entries] == number
            over = over + np.maximum(0, sums[:, mine].sum(axis=1) - plan.narrow_greatest[number])
        return np.asarray(over)
