"""A fitted item response model → pictures by matplotlib, which is loaded when one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from examgen.stats.arguments import ArgumentError

if TYPE_CHECKING:
    from examgen.stats.item_response import IrtFit

COLOURS = ("#1f5a8c", "#c0501f", "#2d7a46", "#7a3b9a", "#8a6a00", "#007a87", "#a3214f", "#444444")
"""Those of the lines in our reports."""


def axes(ax: Any = None, size: tuple[float, float] = (6.4, 4.2)) -> Any:
    """Axes to draw on: those given, or new ones."""
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError("pictures need matplotlib: pip install 'examgen[plot]'") from None
    return pyplot.subplots(figsize=size, layout="constrained")[1]


class IrtPlots:
    """Pictures of a fit; each returns its matplotlib axes."""

    def __init__(self, fit: IrtFit) -> None:
        self._fit = fit

    def icc(self, item: str | None = None, *, group: str | None = None, ax: Any = None) -> Any:
        """Characteristic curves: of one item by score, or of all items that have scores 0 and 1.

        Parameters
        ----------
        item : str, optional
            Whose curves; with partial scores one is needed.
        group : str, optional
            Which group, of a model of several.
        ax : matplotlib axes, optional
        """
        table = self._fit.probabilities(group=group)
        names = table["item"].unique(maintain_order=True).to_list()
        if item is not None and item not in names:
            raise ArgumentError(f"item is {item!r}, which has no curve in this model")
        if item is None and table["score"].max() != 1:
            raise ArgumentError("item is needed where there are partial scores: each score has a curve")
        on = axes(ax)
        chosen = names if item is None else [item]
        curves = table.filter(pl.col("item").is_in(chosen))
        partial = bool((curves["score"] > 1).any())
        for k, ((name, score), own) in enumerate(
            curves.filter(pl.lit(partial) | (pl.col("score") == 1)).group_by(
                "item", "score", maintain_order=True
            )
        ):
            label = f"score {score}" if partial else str(name)
            on.plot(own["theta"], own["probability"], color=COLOURS[k % len(COLOURS)], label=label)
        on.set(xlabel="ability", ylabel="probability", ylim=(0, 1))
        on.set_title(item or "Characteristic curves")
        if len(chosen) <= len(COLOURS):
            on.legend(frameon=False)
        return on

    def information(self, *, group: str | None = None, ax: Any = None) -> Any:
        """Information of the test, and its standard error by a dashed line on the right."""
        table = self._fit.information(group=group)
        on = axes(ax)
        on.plot(table["theta"], table["information"], color=COLOURS[0])
        on.set(xlabel="ability", ylabel="information", title="Information of the test")
        right = on.twinx()
        right.plot(table["theta"], table["se"], color=COLOURS[1], linestyle="--")
        right.set_ylabel("standard error")
        return on

    def wright_map(self, *, ax: Any = None) -> Any:
        """Persons (histogram to the left) and difficulties of items (to the right) on one scale."""
        fit = self._fit
        theta = fit.abilities("wle" if fit.model == "rasch-cml" else None)["theta"].drop_nulls().to_numpy()
        theta = theta[np.isfinite(theta)]
        on = axes(ax, (6.4, 6.0))
        heights, edges = np.histogram(theta, bins=30)
        share = heights / max(heights.max(), 1)
        on.barh(edges[:-1], -share, np.diff(edges), align="edge", color=COLOURS[0], alpha=0.7)
        steps = [name for name in fit.items.columns if name[0] == "b"]
        for k, name in enumerate(steps):
            b = fit.items[name].to_numpy()
            for j in np.flatnonzero(np.isfinite(b)):
                place = 0.08 + 0.9 * (j % 6) / 6
                label = fit.items["item"][int(j)] + (f".{k + 1}" if len(steps) > 1 else "")
                on.text(place, b[j], label, fontsize=8, va="center")
        on.axvline(0, color="#444444", linewidth=0.8)
        known = np.concatenate([theta, *(fit.items[name].drop_nulls().to_numpy() for name in steps)])
        low, high = float(known.min()), float(known.max())
        on.set(ylabel="ability and difficulty", xlim=(-1.05, 1.1), ylim=(low - 0.3, high + 0.3), xticks=[])
        on.set_title("Persons and items")
        return on
