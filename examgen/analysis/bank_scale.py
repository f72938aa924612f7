"""Parameters of a sitting and those that the bank has → the sitting's, on the bank's scale.

The scale of a bank is that of the candidates of the first administration whose parameters it took. A later
one is carried to it through items that both asked with the same text and key; its lines keep the constants,
by which the numbers go back to its own scale. Scales that nothing links stay beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from examgen.bank.statistics import SYNTHETIC, Statistic
from examgen.core.words import tell, tell_n
from examgen.stats.arguments import ArgumentError
from examgen.stats.linking import link

Parameters = Mapping[str, Mapping[str, float]]
"""For each item `a`, `b`, `c` and their standard errors; what was not estimated is left out."""
FEWEST = 5
"""With fewer common items, parameters stay on the scale of their own candidates."""


class BankLink(NamedTuple):
    """How parameters of a sitting are put on the scale of the bank: θ_scale = slope · θ_own + intercept."""

    scale: str
    """The administration whose scale they are put on; empty where they stay on their own."""
    slope: float
    intercept: float
    n_common: int
    dropped: tuple[str, ...]
    """Common items that have drifted: the link leaves them out."""
    message: str
    """What was done, or why there is no link; empty where the bank has no other scale."""

    def carried(self, own: Mapping[str, float]) -> dict[str, float]:
        """The parameters of an item on that scale; the errors take slope and intercept as known."""
        if not self.scale:
            return dict(own)
        factor = {"a": 1 / self.slope, "se_a": 1 / self.slope, "b": self.slope, "se_b": self.slope}
        found = {what: value * factor.get(what, 1.0) for what, value in own.items()}
        found["b"] += self.intercept
        return found | {"slope": self.slope, "intercept": self.intercept}


def link_to_bank(
    name: str, own: Parameters, hashes: Mapping[str, str], lines: Sequence[Statistic]
) -> BankLink:
    """The link of the administration `name` to the scale in the bank with which it shares the most items.

    `own` has its parameters by item, and `hashes` the hash of the text and key of each item that it asked.
    `lines` are the statistics in the bank: those of other administrations, and those that this one wrote
    before.
    """
    unlinked = BankLink("", 1.0, 0.0, 0, (), "")
    if any(one.scale == name and one.administration != name for one in lines):
        words = tell(
            "other administrations stand on the scale of {name}: its parameters stay on it; write the others "
            "back again if they have changed",
            name=name,
        )
        return unlinked._replace(message=words)
    # for each scale, the oldest first, the latest line of each common item with parameters on that scale;
    # results of synthetic candidates are linked with those of synthetic candidates alone, never with people's
    known: dict[str, dict[str, Statistic]] = {}
    for one in sorted(lines, key=lambda line: (line.date, line.administration)):
        made_up = name.startswith(SYNTHETIC)
        if one.administration == name or one.synthetic != made_up or one.numbers["b"] is None:
            continue
        on_scale = known.setdefault(one.scale or one.administration, {})
        if one.item in own and one.item_hash in (None, hashes[one.item]):
            on_scale[one.item] = one
    if not known:
        return unlinked
    # of scales with equally many items the oldest, which comes first
    scale, items = max(known.items(), key=lambda pair: len(pair[1]))
    names = sorted(items)
    here, there = (_table(names, side) for side in (own, {item: items[item].numbers for item in names}))
    n, found = len(names), None
    if n >= FEWEST:
        try:
            found = link(here, there, purify=True)
            n = len(found.anchors)
        except ArgumentError:
            pass
    stays = tell("model parameters stay on the scale of their own candidates")
    if n < FEWEST:
        words = tell_n(
            "{stays}: {n} item in common with {scale}, and {fewest} are needed to link them",
            "{stays}: {n} items in common with {scale}, and {fewest} are needed to link them",
            n,
            stays=stays,
            scale=scale,
            fewest=FEWEST,
        )
    elif found is None:
        words = tell(
            "{stays}: the {n} items in common with {scale} do not tell how the scales lie to each other",
            stays=stays,
            n=n,
            scale=scale,
        )
    elif "too-many-drift" in {one.code for one in found.notes}:
        words = tell(
            "{stays}: of {n} items in common with {scale} half or more have drifted",
            stays=stays,
            n=n,
            scale=scale,
        )
    else:
        words = tell(
            "model parameters are on the scale of {scale}, by {n} of {n_common} common items: slope "
            "{slope:.3f}, intercept {intercept:.3f}",
            scale=scale,
            n=n - len(found.dropped),
            n_common=n,
            slope=found.slope,
            intercept=found.intercept,
        )
        if found.dropped:
            words = tell(
                "{message}; drifted and left out: {items}", message=words, items=", ".join(found.dropped)
            )
        return BankLink(scale, found.slope, found.intercept, n, found.dropped, words)
    return unlinked._replace(n_common=n, message=words)


def _table(
    names: Sequence[str], numbers: Mapping[str, Mapping[str, float | None]]
) -> dict[str, list[object]]:
    """A table as `link` takes it: without a slope 1, without an asymptote 0."""
    table: dict[str, list[object]] = {"item": list(names)}
    for what, otherwise in (("a", 1.0), ("b", None), ("c", 0.0), ("se_a", None), ("se_b", None)):
        values = [numbers[item].get(what) for item in names]
        table[what] = [otherwise if value is None else value for value in values]
    return table
