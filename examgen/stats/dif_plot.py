"""An analysis of differential item functioning → a picture by matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats.irt_plots import COLOURS, axes, beside, shortened, with_thai

if TYPE_CHECKING:
    from examgen.stats.differential import DifAnalysis

_FOR_FOCAL = ("mh", "std")
_FOR_REFERENCE = ("sibtest",)
"""Methods by whom an item favours whose effect is above 0; of the others effects have no side."""
_FLAGGED, _NOT_FLAGGED = COLOURS[1], COLOURS[0]
_WIDE = 0.17
"""Inches of an item."""


class _Contrast(NamedTuple):
    """Effects of J items between two groups."""

    focal: str
    effect: NDArray[np.float64]
    flagged: NDArray[np.bool_]
    favours: Sequence[str | None]


def drawn(found: DifAnalysis, ax: Any = None) -> Any:
    """Effects of the items in order, by contrast; what is flagged is filled."""
    from matplotlib.lines import Line2D

    contrasts = _contrasts(found)
    several = len(contrasts) > 1
    items = found.items["item"].to_list()
    on = axes(ax, (max(6.4, 1.2 + _WIDE * len(items)), 4.8))
    on.axhline(0.0, color="0.6", linewidth=0.8)
    sides = found.method in (*_FOR_FOCAL, *_FOR_REFERENCE)
    known = np.concatenate([one.effect[np.isfinite(one.effect)] for one in contrasts])
    infinite = any(np.isinf(one.effect).any() for one in contrasts)
    edge = 1.25 * max(float(np.abs(known).max(initial=0.0)), 0.1)
    marks: dict[str, str] = {}
    for k, one in enumerate(contrasts):
        place = np.arange(len(items)) + (0.5 * (k + 0.5) / len(contrasts) - 0.25 if several else 0.0)
        for j in np.flatnonzero(~np.isnan(one.effect)).tolist():
            told = None if sides else one.favours[j]
            mark = "o" if told is None else {one.focal: "^", found.reference: "v"}.get(told, "X")
            if told is not None:
                marks[mark] = "crossing" if mark == "X" else f"easier for {told}"
            y = float(one.effect[j])
            if np.isinf(y):
                mark, y = ("^", edge) if y > 0 else ("v", -edge)
            colour = COLOURS[k % len(COLOURS)] if several else _FLAGGED if one.flagged[j] else _NOT_FLAGGED
            fill = colour if one.flagged[j] else "none"
            on.plot(place[j], y, mark, markeredgecolor=colour, markerfacecolor=fill, clip_on=False)
    if infinite:
        on.set_ylim(-edge, edge)

    def entry(label: str, mark: str, colour: str, full: bool) -> Line2D:
        fill = colour if full else "none"
        return Line2D([], [], linestyle="", marker=mark, color=colour, markerfacecolor=fill, label=label)

    groups = [
        entry(shortened(one.focal), "o", COLOURS[k % len(COLOURS)], True) for k, one in enumerate(contrasts)
    ]
    handles = groups if several else []
    plain, red = ("0.3", "0.3") if several else (_NOT_FLAGGED, _FLAGGED)
    handles += [entry("not flagged", "o", plain, False), entry("flagged", "o", red, True)]
    handles += [entry(label, mark, "0.3", False) for mark, label in marks.items()]
    if infinite:
        handles += [entry("infinite", "^", "0.3", True)]
    on.set_xticks(range(len(items)), [shortened(one) for one in items], rotation=90)
    on.set_xlim(-0.7, len(items) - 0.3)
    on.set_ylabel(_side_names(found, "focal groups" if several else found.focal[0]))
    on.set_title(found._title())
    beside(on, handles, grow=ax is None)
    return with_thai(on)


def _contrasts(found: DifAnalysis) -> list[_Contrast]:
    items = found.items
    if len(found.focal) == 1 or found.method not in (*_FOR_FOCAL, *_FOR_REFERENCE):
        return [_contrast(", ".join(found.focal), items)]
    return [_contrast(name, found.contrasts.filter(focal=name)) for name in found.focal]


def _contrast(name: str, table: pl.DataFrame) -> _Contrast:
    effect = table["effect"].cast(pl.Float64).to_numpy()
    return _Contrast(name, effect, table["flagged"].to_numpy(), table["favours"].to_list())


def _side_names(found: DifAnalysis, focal: str) -> str:
    """What the effect is, and below it whom an item favours on either side."""
    if found.method in _FOR_FOCAL:
        low, high = found.reference, focal
    elif found.method in _FOR_REFERENCE:
        low, high = focal, found.reference
    else:
        return found.effect_is
    return f"{found.effect_is}\n← easier for {shortened(low)}      easier for {shortened(high)} →"
