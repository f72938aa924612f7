"""Plot of an analysis of differential item functioning by matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from examgen.stats.irt_plots import COLOURS, axes, beside, shortened, with_thai

if TYPE_CHECKING:
    from examgen.stats.dif_analysis import DifAnalysis

_FOR_FOCAL = ("mh", "std")
_FOR_REFERENCE = ("sibtest",)
"""Methods by whom an item favours whose effect is above 0; with the others effects have no side."""
_INCHES = 0.17
"""Width of an item."""


def drawn(found: DifAnalysis, ax: Any = None) -> Any:
    """Draw the effects of the items in order, by contrast, with flagged ones filled, and return the axes."""
    from matplotlib.lines import Line2D

    sides = found.method in (*_FOR_FOCAL, *_FOR_REFERENCE)
    contrasts: list[tuple[str, pl.DataFrame]] = [(", ".join(found.focal), found.items)]
    if sides and len(found.focal) > 1:
        contrasts = [(name, found.contrasts.filter(focal=name)) for name in found.focal]
    several = len(contrasts) > 1
    effects = pl.concat([table["effect"].cast(pl.Float64) for _, table in contrasts])
    finite = effects.filter(effects.is_finite()).abs().to_list()
    edge = 1.25 * max(0.1, *finite)
    items = found.items["item"].to_list()
    on = axes(ax, (max(6.4, 1.2 + _INCHES * len(items)), 4.8))
    on.axhline(0.0, color="0.6", linewidth=0.8)
    marks: dict[str, str] = {}
    for k, (focal, table) in enumerate(contrasts):
        shift = 0.5 * (k + 0.5) / len(contrasts) - 0.25 if several else 0.0
        rows = table.select("effect", "flagged", "favours").rows()
        for place, (effect, flagged, favours) in enumerate(rows):
            if effect is None:
                continue
            mark = "o"
            if favours is not None and not sides:
                mark = {focal: "^", found.reference: "v"}.get(favours, "X")
                marks[mark] = "crossing" if mark == "X" else f"easier for {favours}"
            if np.isinf(effect):
                mark = "^" if effect > 0 else "v"
            colour = COLOURS[k % len(COLOURS)] if several else COLOURS[int(flagged)]
            fill = colour if flagged else "none"
            y = float(np.clip(effect, -edge, edge))
            on.plot(place + shift, y, mark, markeredgecolor=colour, markerfacecolor=fill, clip_on=False)

    def entry(label: str, mark: str, colour: str, full: bool) -> Line2D:
        fill = colour if full else "none"
        return Line2D([], [], linestyle="", marker=mark, color=colour, markerfacecolor=fill, label=label)

    handles = [
        entry(shortened(focal), "o", COLOURS[k % len(COLOURS)], True)
        for k, (focal, _) in enumerate(contrasts)
        if several
    ]
    plain, full = ("0.3", "0.3") if several else COLOURS[:2]
    handles += [entry("not flagged", "o", plain, False), entry("flagged", "o", full, True)]
    handles += [entry(label, mark, "0.3", False) for mark, label in marks.items()]
    if effects.is_infinite().any():
        on.set_ylim(-edge, edge)
        handles.append(entry("infinite", "^", "0.3", True))
    on.set_xticks(range(len(items)), [shortened(item) for item in items], rotation=90)
    on.set_xlim(-0.7, len(items) - 0.3)
    focal = "focal groups" if several else found.focal[0]
    low, high = (found.reference, focal) if found.method in _FOR_FOCAL else (focal, found.reference)
    label = f"\n← easier for {shortened(low)}      easier for {shortened(high)} →" if sides else ""
    on.set_ylabel(found.effect_is + label)
    on.set_title(found.title)
    beside(on, handles, grow=ax is None)
    return with_thai(on)
