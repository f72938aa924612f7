"""The sentences behind the rule of statuses: how many of criteria on few items are wrong, recounted; what a unit's
status rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import binom

Row = Mapping[str, str]
HINT = (
    "Each criterion is judged on few questions ({items}), so about {share} of 100 such results are wrong among "
    "candidates whose true percentages are spread evenly within {around} points of the standard. Use them to "
    "choose what to study. They are not a finding."
)
OFTEN = "A status that rests on few items is often wrong: it is a hint of what to study, not a finding."

FOLLOWS = "The status of the unit follows the decision: it is met where the exam is passed."
TOGETHER = "The decision is on all units together; the status of each rests on its own points."


def of_units(audit: Mapping[str, Any]) -> tuple[str, str]:
    """What is met from a share of its points on, and what is said of units behind that."""
    if not audit["options"]["pass"]:
        return "A criterion, an element or a unit", ""
    if len(audit.get("editions") or ()) <= 1:
        return "A criterion or an element", f" {FOLLOWS}"
    return "A criterion, an element or a unit", f" {TOGETHER}"


def hint(scale: Sequence[Row], options: Mapping[str, Any]) -> tuple[str, dict[str, object]] | None:
    """The message and its values for a run of these points and options; None where nothing is said."""
    judgement, scoring = options["judgement"], options.get("scoring") or {}
    if judgement.get("certainty"):
        return None
    own: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in scale:
        if row["level"] == "pc" and row["status"] in ("met", "not_met"):
            own[row["unit"], row["pc"], row["forms"], row["asked"]].append(row)
    if not own:
        return None
    items, shares = set(), set()
    for (unit, *_, asked), rows in own.items():
        n, met = int(asked), [float(one["correct"]) for one in rows if one["status"] == "met"]
        if (
            sorted(float(one["correct"]) for one in rows) != [*range(n + 1)]
            or scoring.get("several") == "partial"
        ):
            return OFTEN, {}
        standard = float(judgement["units"].get(unit, judgement["percent"])) / 100
        ends = max(standard - 0.3, 0), min(standard + 0.3, 1)
        true = np.linspace(*ends, 40_001)
        chance = binom.sf(min(met, default=n + 1) - 1, n, true)
        items.add(n)
        shares.add(round(100 * float(np.where(true < standard, chance, 1 - chance).mean())))
    return HINT, {"items": _ends(items), "share": _ends(shares), "around": 30}


def _ends(values: set[int]) -> str:
    return f"{min(values)}–{max(values)}" if len(values) > 1 else str(*values)


def spoken(found: tuple[str, dict[str, object]] | None) -> str:
    """The sentence in English behind another one; nothing where nothing is said."""
    return "" if found is None else f" {found[0].format(**found[1])}"
