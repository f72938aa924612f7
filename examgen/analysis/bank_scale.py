"""Parameters of a sitting, and statistics in the bank → these parameters on the scale of the bank.

The scale of a bank is the scale of the first administration whose parameters were written to it. Those of a
later administration are transformed to it through items that both asked with the same text and key. The bank
stores the slope and the intercept with them, so that the original values can be recovered. Administrations
without enough common items keep scales of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from examgen.bank.statistics import SYNTHETIC, Statistic
from examgen.core.words import tell, tell_n
from examgen.stats.arguments import ArgumentError
from examgen.stats.linking import link

Parameters = Mapping[str, Mapping[str, float]]
"""By item: `a`, `b`, `c` and their standard errors; values that were not estimated are absent."""
FEWEST = 5
"""The fewest common items for a link; with fewer, parameters stay on the scale of their own candidates."""


class BankLink(NamedTuple):
    """The transformation of parameters to the scale of the bank: θ_scale = slope · θ_own + intercept."""

    scale: str
    """The administration whose scale is used; empty if the parameters stay on their own."""
    slope: float
    intercept: float
    n_common: int
    dropped: tuple[str, ...]
    """Common items that have drifted and are not used for the link."""
    message: str
    """What was done, or why there is no link; empty if the bank has no other scale."""

    def carried(self, own: Mapping[str, float]) -> dict[str, float]:
        """Return the parameters of an item on that scale.

        Standard errors take the slope and the intercept as known.
        """
        if not self.scale:
            return dict(own)
        factor = {"a": 1 / self.slope, "se_a": 1 / self.slope, "b": self.slope, "se_b": self.slope}
        found = {what: value * factor.get(what, 1.0) for what, value in own.items()}
        found["b"] += self.intercept
        return found | {"slope": self.slope, "intercept": self.intercept}


def link_to_bank(
    name: str, own: Parameters, hashes: Mapping[str, str], lines: Sequence[Statistic]
) -> BankLink:
    """Return the link to the scale in the bank with which an administration shares the most items.

    `name` is the administration. `own` has its parameters by item, `hashes` the hash of text and key of each
    item that it asked. `lines` are the statistics in the bank: those of other administrations, and those
    written earlier for this one, which are ignored.
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
    """Return a table for `link`: the slope is 1 and the asymptote 0 where they are missing."""
    table: dict[str, list[object]] = {"item": list(names)}
    for what, otherwise in (("a", 1.0), ("b", None), ("c", 0.0), ("se_a", None), ("se_b", None)):
        values = [numbers[item].get(what) for item in names]
        table[what] = [otherwise if value is None else value for value in values]
    return table
