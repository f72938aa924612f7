"""Plots of a fitted item response model by matplotlib, which is loaded on first use.

Plot of an analysis of differential item functioning by matplotlib.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from examgen import DISTRIBUTION
from examgen.core.resources import fonts
from examgen.stats.arguments import ArgumentError
from examgen.stats.matrix import Floats, Ints

if TYPE_CHECKING:
    from examgen.stats.irt_fit import IrtFit
if TYPE_CHECKING:
    from examgen.stats.dif_analysis import DifAnalysis

COLOURS = ("#1f5a8c", "#c0501f", "#2d7a46", "#7a3b9a", "#8a6a00", "#007a87", "#a3214f", "#444444")
"""The colours of lines in reports."""
_DASHES = (
    "-", "--", ":", "-.", (0, (8, 2)), (0, (3, 1, 1, 1, 1, 1)), (0, (1, 3)), (0, (8, 2, 1, 2, 1, 2)),
)  # fmt: skip
"""Lines of like colours."""
_THAI = "Sarabun"
_IN_COLUMN = 20
"""Rows of a legend."""
_LEGEND_SIZES = (10.0, 8.0, 7.0, 6.0, 5.0)
"""Of its texts, in points."""
_LONGEST = 28
"""Characters of a label."""
_SIZES = (9.0, 8.0, 7.0, 6.0, 5.0)
"""Of labels on a Wright map, in points: the first that fits."""
_HISTOGRAM = 0.25
"""The least share of the width that the persons have."""


def axes(ax: Any = None, size: tuple[float, float] = (6.4, 4.2)) -> Any:
    """Return the given axes, or new ones."""
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError(f"pictures need matplotlib: pip install '{DISTRIBUTION}[plot]'") from None
    return pyplot.subplots(figsize=size, layout="constrained")[1]


def with_thai(on: Any) -> Any:
    """Add Sarabun, which is bundled with examgen, as a fallback font for Thai to all texts, and return the
    axes."""
    from matplotlib import font_manager, rcParams
    from matplotlib.text import Text

    if _THAI not in font_manager.fontManager.get_font_names():
        font_manager.fontManager.addfont(fonts() / "Sarabun-Regular.ttf")
    families = [*(one for one in rcParams["font.family"] if one != _THAI), _THAI]
    for text in on.findobj(Text):
        text.set_fontfamily(families)
    return on


def beside(on: Any, handles: Sequence[Any] | None = None, *, grow: bool) -> None:
    """Add a legend to the right of the axes, where it hides nothing.

    A new figure (`grow`) is widened for it; in a given figure its text is made smaller until it fits.
    """
    told = on.get_legend_handles_labels()[0] if handles is None else handles
    figure, columns = on.figure.canvas.figure, -(-len(told) // _IN_COLUMN)
    for size in _LEGEND_SIZES[columns > 1 :]:
        legend = on.legend(
            handles=told, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0, frameon=False,
            ncols=columns, fontsize=size,
        )  # fmt: skip
        with_thai(on)
        box = legend.get_window_extent()
        if grow or box.height < 0.85 * figure.bbox.height:
            break
    if grow:
        width, height = figure.get_size_inches()
        figure.set_size_inches(width + box.width / figure.dpi, max(height, 1.0 + box.height / figure.dpi))


def shortened(name: str) -> str:
    """Return a name as a label; a long name is abbreviated to its beginning and end."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 10]}…{name[-9:]}"


class _Label(NamedTuple):
    """An item, or a step of one, on a Wright map."""

    text: str
    b: float


class IrtPlots:
    """Plots of a fit; each method returns matplotlib axes."""

    def __init__(self, fit: IrtFit) -> None:
        self._fit = fit

    def _groups(self, group: str | None) -> list[str | None]:
        """That group, or all."""
        return [group] if group is not None else self._fit.population["group"].to_list()

    def icc(self, item: str | int | None = None, *, group: str | None = None, ax: Any = None) -> Any:
        """Draw characteristic curves: those of one item by score, or those of all items with two scores.

        Parameters
        ----------
        item : str or int, optional
            The item, by name or 0-based index; required with partial scores.
        group : str, optional
            The group, in a multiple-group model; by default all groups.
        ax : matplotlib axes, optional
        """
        wanted = None if item is None else self._fit.item_name(item)
        own = "group" in self._fit.items.columns
        curves = []
        for k, name in enumerate(self._groups(group)):
            table = self._fit.probabilities(group=name)
            if wanted is not None:
                table = table.filter(item=wanted)
            apart = self._fit.items.filter(group=name)["item"].to_list() if own else []
            for (one, score), curve in table.group_by("item", "score", maintain_order=True):
                # items that are the same in all groups are drawn once
                if k == 0 or one in apart:
                    curves.append((str(one), score, f" ({name})" if one in apart else "", curve))
        if not curves:
            raise ArgumentError(f"item is {item!r}, which has no curve in this model")
        scores: dict[tuple[str, str], list[Any]] = {}
        for one, score, where, _ in curves:
            scores.setdefault((one, where), []).append(score)
        partial = any(len(known) > 2 for known in scores.values())
        if wanted is None and partial:
            raise ArgumentError("item is needed where there are partial scores: each score has a curve")
        drawn = [curve for curve in curves if partial or curve[1] == max(scores[curve[0], curve[2]])]
        on = axes(ax)
        for k, (one, score, where, curve) in enumerate(drawn):
            on.plot(
                curve["theta"], curve["probability"], color=COLOURS[k % len(COLOURS)],
                linestyle=_DASHES[k // len(COLOURS) % len(_DASHES)],
                label=f"score {score}{where}" if partial else shortened(one) + where,
            )  # fmt: skip
        on.set(xlabel="ability", ylabel="probability", ylim=(0, 1))
        on.set_title(wanted or "Characteristic curves")
        if len(drawn) > 1:
            beside(on, grow=ax is None)
        return with_thai(on)

    def __call__(self, *, group: str | None = None, ax: Any = None) -> Any:
        """Draw the test information, as `information` does."""
        return self.information(group=group, ax=ax)

    def information(self, *, by_item: bool = False, group: str | None = None, ax: Any = None) -> Any:
        """Draw the test information, with the standard error as a dashed line and its scale on the right; or
        the information of each item.

        Parameters
        ----------
        by_item : bool
            Whether to draw a curve for each item (mirt's `type = 'infotrace'`).
        group : str, optional
            The group, in a multiple-group model; by default all groups, but required if `by_item`.
        ax : matplotlib axes, optional
        """
        on = axes(ax)
        if by_item:
            table = self._fit.information(by_item=True, group=group).drop_nulls()
            curves = table.group_by("item", maintain_order=True)
            for k, ((item,), curve) in enumerate(curves):
                on.plot(
                    curve["theta"], curve["information"], color=COLOURS[k % len(COLOURS)],
                    linestyle=_DASHES[k // len(COLOURS) % len(_DASHES)], label=shortened(str(item)),
                )  # fmt: skip
            on.set(xlabel="ability", ylabel="information")
            on.set_ylim(bottom=0.0)
            on.set_title("Information of the items")
            beside(on, grow=ax is None)
            return with_thai(on)
        right = on.twinx()
        lines, least = [], np.inf
        groups = self._groups(group)
        for k, name in enumerate(groups):
            table = self._fit.information(group=name)
            of = "" if len(groups) == 1 else f", {name}"
            colours = (COLOURS[0], COLOURS[1]) if len(groups) == 1 else [COLOURS[k % len(COLOURS)]] * 2
            lines += on.plot(table["theta"], table["information"], color=colours[0], label=f"information{of}")
            lines += right.plot(
                table["theta"], table["se"], color=colours[1], linestyle="--", label=f"standard error{of}"
            )
            least = min(least, float(table["se"].min()))  # type: ignore[arg-type]
        on.set(xlabel="ability", ylabel="information")
        on.set_ylim(bottom=0.0)
        # where the test tells nothing the error has no end
        right.set_ylim(0.0, min(right.get_ylim()[1], 8.0 * least))
        right.set_ylabel("standard error")
        on.set_title("Information of the test", pad=8.0 + 15.0 * len(groups))
        on.legend(
            handles=lines, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False,
            borderaxespad=0.2,
        )  # fmt: skip
        with_thai(right)
        return with_thai(on)

    def wright_map(self, *, ax: Any = None) -> Any:
        """Draw persons (histogram on the left) and item difficulties (on the right) on one scale."""
        theta = self._fit.abilities()["theta"].drop_nulls().to_numpy()
        ends = [(np.isneginf(theta).sum(), "nothing right"), (np.isposinf(theta).sum(), "all right")]
        theta = theta[np.isfinite(theta)]
        labels = self._labels()
        on = axes(ax, (6.4, min(max(6.0, 0.12 * len(labels)), 12.0)))
        known = np.array([*theta, *(one.b for one in labels)])
        low, high = float(known.min()), float(known.max())
        edge = 0.05 * max(high - low, 1.0)
        on.set(ylabel="ability and difficulty", ylim=(low - edge, high + edge), xlim=(-1.0, 1.0))
        on.set_xlabel("persons", loc="left")
        on.set_title("Persons and items")
        heights, edges = np.histogram(theta, bins=30)
        on.barh(edges[:-1], -heights, np.diff(edges), align="edge", color=COLOURS[0], alpha=0.7)
        on.axvline(0.0, color="#444444", linewidth=0.8)
        for (n, what), (y, va, arrow) in zip(ends, ((0.01, "bottom", "↓"), (0.99, "top", "↑")), strict=True):
            if n:
                on.text(0.01, y, f"{arrow} {n} with {what}", transform=on.transAxes, va=va, fontsize=8)
        self._put_labels(on, labels, max(float(heights.max(initial=1)), 1.0), grow=ax is None)
        return with_thai(on)

    def _labels(self) -> list[_Label]:
        """Items and their steps, from below."""
        items = self._fit.items
        steps = [name for name in items.columns if name == "b" or (name[0] == "b" and name[1:].isdecimal())]
        found = []
        for row in items.iter_rows(named=True):
            where = "" if row.get("group") is None else f" ({row['group']})"
            for name in steps:
                if row[name] is not None:
                    step = name[1:] and f".{name[1:]}"
                    found.append(_Label(shortened(row["item"]) + step + where, row[name]))
        return sorted(found, key=lambda one: one.b)

    def _put_labels(self, on: Any, labels: Sequence[_Label], most: float, grow: bool) -> None:
        """Labels at their difficulties in as many columns as keep them apart, and the axis of persons.

        New axes grow with the columns; on axes that were given labels become smaller.
        """
        from matplotlib.ticker import FixedLocator, MaxNLocator

        texts = [on.text(0.0, one.b, one.text, va="center", fontsize=_SIZES[0]) for one in labels]
        with_thai(on)
        figure = on.figure.canvas.figure
        y = np.array([one.b for one in labels])
        for size in _SIZES:
            for text in texts:
                text.set_fontsize(size)
            figure.draw_without_rendering()
            boxes = [text.get_window_extent() for text in texts]
            column = _columns(on.transData.transform(np.stack([0.0 * y, y], axis=1))[:, 1], boxes)
            gap = size * figure.dpi / 72.0
            widths = [
                gap + max(boxes[j].width for j in np.flatnonzero(column == k))
                for k in range(column.max(initial=-1) + 1)
            ]
            room = on.get_window_extent().width
            needed = (sum(widths) + gap) / (1.0 - _HISTOGRAM)
            if needed <= room:
                break
            if grow:
                figure.set_figwidth(figure.get_figwidth() + (needed - room) / figure.dpi)
                figure.draw_without_rendering()
                room = on.get_window_extent().width
                break
        share = max(1.0 - (sum(widths) + gap) / room, _HISTOGRAM)
        share = min(share, 0.5)
        one_pixel = most / (share * room)
        on.set_xlim(-1.02 * most, -1.02 * most + room * one_pixel)
        starts = np.cumsum([gap, *widths]) * one_pixel
        for text, place in zip(texts, column.tolist(), strict=True):
            text.set_x(starts[place])
        on.scatter(np.full(len(y), 0.35 * gap * one_pixel), y, marker="_", s=4 * size, color=COLOURS[1])
        ticks = [tick for tick in MaxNLocator(4, integer=True).tick_values(0.0, most) if tick <= most]
        on.xaxis.set_major_locator(FixedLocator([-tick for tick in ticks]))
        on.set_xticklabels([f"{tick:g}" for tick in ticks])


def _columns(y: Floats, boxes: Sequence[Any]) -> Ints:
    """(n,) the column of each label, from below, so that none stands on another."""
    column, tops = np.zeros(len(y), dtype=np.int64), list[float]()
    for j, (middle, box) in enumerate(zip(y.tolist(), boxes, strict=True)):
        low, high = middle - box.height / 2, middle + box.height / 2
        free = [k for k, top in enumerate(tops) if top <= low]
        column[j] = free[0] if free else len(tops)
        if not free:
            tops.append(high)
        tops[column[j]] = high
    return column


# ── DIF ───────────────────────────────────────────────────────────────────────────────────────────────


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
