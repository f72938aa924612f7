"""Parameters of a sitting and those that the bank has → the sitting's, on the bank's scale.

The scale of a bank is that of the candidates of the first administration whose parameters it took. A later
one is carried to it through items that both asked with the same text and key; its lines keep the constants,
by which the numbers go back to its own scale. Scales that nothing links stay beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from examgen.bank.statistics import SYNTHETIC, Statistic
from examgen.core.words import tell, tell_n
from examgen.psychometrics.equating.drift import DriftErrors, DriftRule, PurifiedLink, purified
from examgen.psychometrics.equating.irt_linking import CurveCriterion, Items, Link, link_scales, plink_grid

Parameters = Mapping[str, Mapping[str, float]]
"""For each item `a`, `b`, `c` and their standard errors; what was not estimated is left out."""
FEWEST = 5
"""With fewer common items, parameters stay on the scale of their own candidates."""
METHOD: Final = "stocking-lord"


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
        steepness, difficulty = one.numbers["a"], one.numbers["b"]
        made_up = name.startswith(SYNTHETIC)
        if one.administration == name or one.synthetic != made_up or difficulty is None:
            continue
        on_scale = known.setdefault(one.scale or one.administration, {})
        alike = one.item in own and one.item_hash in (None, hashes[one.item])
        if alike and (steepness is None or steepness > 0):
            on_scale[one.item] = one
    if not known:
        return unlinked
    # of scales with equally many items the oldest, which comes first
    scale, items = max(known.items(), key=lambda pair: len(pair[1]))
    if len(items) < FEWEST:
        words = tell_n(
            "model parameters stay on the scale of their own candidates: {n} item in common with "
            "{scale}, and {fewest} are needed to link them",
            "model parameters stay on the scale of their own candidates: {n} items in common with "
            "{scale}, and {fewest} are needed to link them",
            len(items),
            scale=scale,
            fewest=FEWEST,
        )
        return unlinked._replace(n_common=len(items), message=words)
    names = sorted(items)
    there = [[items[item].numbers[what] for item in names] for what in ("a", "b", "c")]
    here = [[own[item].get(what) for item in names] for what in ("a", "b", "c")]
    sides = []
    for columns in (there, here):  # without a slope 1, without an asymptote 0
        a, b, c = (
            np.array([missing if value is None else value for value in column], dtype=np.float64)
            for column, missing in zip(columns, (1.0, 0.0, 0.0), strict=True)
        )
        sides.append(Items(a, b, c))
    old, new = sides
    errors = DriftErrors(
        *(np.array([items[item].numbers[what] or 0.0 for item in names]) for what in ("se_a", "se_b")),
        *(np.array([own[item].get(what) or 0.0 for item in names]) for what in ("se_a", "se_b")),
    )
    criterion = CurveCriterion(plink_grid())
    alike = all(float(np.ptp(one.a)) <= 1e-4 * float(one.a.mean()) for one in (old, new))
    slope = float(new.a.mean() / old.a.mean()) if alike else None

    def by(first: Items, second: Items) -> Link:
        return link_scales(first, second, METHOD, criterion, slope)

    try:
        found: PurifiedLink = purified(old, new, by, plink_grid(), DriftRule(), errors)
    except ValueError:
        words = tell(
            "model parameters stay on the scale of their own candidates: the {n} items in common with "
            "{scale} do not tell how the scales lie to each other",
            n=len(names),
            scale=scale,
        )
        return unlinked._replace(n_common=len(names), message=words)
    if found.too_many:
        words = tell(
            "model parameters stay on the scale of their own candidates: of {n} items in common with {scale} "
            "half or more have drifted",
            n=len(names),
            scale=scale,
        )
        return unlinked._replace(n_common=len(names), message=words)
    dropped = tuple(item for item, kept in zip(names, found.kept, strict=True) if not kept)
    words = tell(
        "model parameters are on the scale of {scale}, by {n} of {n_common} common items: slope {slope:.3f}, "
        "intercept {intercept:.3f}",
        scale=scale,
        n=len(names) - len(dropped),
        n_common=len(names),
        slope=found.link.slope,
        intercept=found.link.intercept,
    )
    if dropped:
        words = tell("{message}; drifted and left out: {items}", message=words, items=", ".join(dropped))
    return BankLink(scale, found.link.slope, found.link.intercept, len(names), dropped, words)
