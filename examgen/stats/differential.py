"""Responses and groups → differential item functioning, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.psychometrics.dif.direction import favoured
from examgen.psychometrics.dif.methods import METHODS, Dif, analyse_dif
from examgen.psychometrics.dif.sibtest import LEAST
from examgen.stats.arguments import (
    ArgumentError,
    Groups,
    brief,
    counted,
    group_name,
    groups_of,
    kind_of,
    number,
    shown,
    truth,
    vector,
    whole,
    word,
)
from examgen.stats.response_data import as_responses
from examgen.stats.results import Result, frame, noted

ADJUST = ("bh", "holm", "bonferroni")
_MAIN = {
    "mh": ("mh_delta", "mh_p", "mh_p_adjusted", "ets"),
    "logistic": ("delta_r2_nagelkerke", "p", "p_adjusted", "jodoin_gierl_nagelkerke"),
    "std": ("std_p_dif", "std_p", "std_p_adjusted", "std_class"),
    "sibtest": ("beta", "p", "p_adjusted", "beta_class"),
}
"""Of each method the columns of effect, p, adjusted p and class."""
_EFFECT = {
    "mh": "MH delta, −2.35 log α",
    "logistic": "ΔR² (Nagelkerke)",
    "std": "STD P-DIF",
    "sibtest": "SIBTEST β",
}
_TITLE = {
    "mh": "Mantel–Haenszel",
    "logistic": "logistic regression",
    "std": "standardisation",
    "sibtest": "SIBTEST",
}


@dataclass(frozen=True, repr=False, eq=False)
class DifAnalysis(Result):
    """Differential item functioning of each item, as `dif` finds it.

    Attributes
    ----------
    method : str
    reference : str
        The reference group.
    focal : tuple of str
        The focal groups.
    groups : polars.DataFrame
        `group`, `role`, `n`.
    items : polars.DataFrame
        A row for each item: `item`, `effect` (its unit is in `effect_is`), `p`, `p_adjusted`, `class` (`A`
        negligible, `B`, `C` large; null where the method has none), `favours` (the group for which the item
        is easier among persons of like ability; `crossing`; null), `flagged`, `anchor` where items were
        matched on, and every column of the method, as docs/statistics.md has them.
    contrasts : polars.DataFrame
        With several focal groups the same of each (`focal`) against the reference; else empty.
    effect_is : str
        What `effect` measures.
    flagged : tuple of str
        The items that are flagged.
    rounds : int
        Rounds of purification; `converged` is false where ten did not settle.
    converged : bool
    notes : tuple of str
    """

    method: str
    reference: str
    focal: tuple[str, ...]
    groups: pl.DataFrame
    items: pl.DataFrame
    contrasts: pl.DataFrame
    effect_is: str
    flagged: tuple[str, ...]
    rounds: int
    converged: bool
    notes: tuple[str, ...]

    def _title(self) -> str:
        return f"DIF by {_TITLE[self.method]}: {shown(self.focal)} against {self.reference}"

    def _figures(self) -> Mapping[str, object]:
        sizes = ", ".join(f"{row['group']} {row['n']:,}" for row in self.groups.iter_rows(named=True))
        return {
            "persons": sizes,
            "flagged": f"{len(self.flagged)} of {len(self.items)}",
            "effect is": self.effect_is,
            "purification rounds": self.rounds,
        }

    def _table(self) -> pl.DataFrame:
        return self.items.select("item", "n", "effect", "p", "p_adjusted", "class", "favours", "flagged")

    def _remarks(self) -> Sequence[str]:
        return self.notes

    def plot(self, ax: Any = None) -> Any:
        """Effects of the items in order, flagged ones filled, infinite ones at the edge; the axes of
        matplotlib (an extra). Of several focal groups each against the reference."""
        from examgen.stats.dif_plot import drawn

        return drawn(self, ax)


def dif(
    data: object,
    groups: object,
    *,
    focal: object = None,
    reference: object = None,
    method: str = "mh",
    purify: bool | None = None,
    adjust: str | None = "bh",
    alpha: float = 0.05,
    matching: object = None,
    kind: str = "both",
    correction: bool = True,
    criterion: str = "lrt",
    least: int = LEAST,
) -> DifAnalysis:
    """Differential item functioning: items that are harder for one group among persons of like ability.

    Parameters
    ----------
    data : array_like, data frame or Responses
        Scores 0 and 1 of N persons, as `responses` takes them. A missing score adds nothing to the total that
        persons are matched on, and leaves the person out of the analysis of that item. There is no DIF of
        partial scores here: an item with scores above 1 is left out, of the total, too, and a note names it.
    groups : array_like, shape (N,), or str
        The group of each person: texts, numbers, a mask (True is focal); None, NaN, NA and blank texts are in
        none, and a note counts those persons. Or the name of a column of the data. A series of pandas goes by
        its index where that names the rows or the persons of the data, else by place.
    focal, reference : object or list, optional
        Which groups are focal, and which one is the reference. Where one of them is not given, it is all the
        other groups; where neither is, the first in order (0, False, the first of the alphabet, the first
        category) is the reference.
    method : {"mh", "logistic", "std", "sibtest"}
        Mantel–Haenszel; logistic regression; standardisation; SIBTEST (two groups).
    purify : bool, optional
        Whether flagged items are taken out of the matching total and all are tested again, at most ten times.
        It goes by p as it is, as difR does, so more items may be no `anchor` than are `flagged`.
        Left out: yes, but not with `matching` and not with `sibtest`, which have nothing to purify.
    adjust : {"bh", "holm", "bonferroni"} or None
        Correction of p for the number of items; flags go by it.
    alpha : float
        Level of the flags, 0 to 1.
    matching : array_like, shape (N,), optional
        What persons are matched on instead of their total: `mh`, `logistic` and `std`.
    kind : {"both", "udif", "nudif"}
        Of `logistic`: which DIF is tested, either, uniform or non-uniform.
    correction : bool
        Of `mh`: Yates' continuity correction.
    criterion : {"lrt", "wald"}
        Of `logistic`: likelihood ratio or Wald's test.
    least : int
        Of `sibtest`: rest scores with more persons than this in both groups are used (`Jmin` of mirt).

    Returns
    -------
    DifAnalysis
        `.items` has a row for each item.

    Raises
    ------
    ArgumentError
        For groups that do not fit the persons, unknown words, options that exclude each other, and where no
        item can be tested.

    See Also
    --------
    example : data with DIF in the first item.

    Notes
    -----
    Holland & Thayer (1988) with the classes of Zieky (1993); Swaminathan & Rogers (1990) with those of Jodoin
    & Gierl (2001); Dorans & Kulick (1986); Shealy & Stout (1993). The numbers are those of `difMH`,
    `difLogistic` and `difStd` of difR, and of `SIBTEST` of mirt.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.dif(es.example(n_persons=1000), "sex", reference="f")
    >>> found.flagged
    ('I01',)
    >>> found.items.select("item", "effect", "class", "favours").row(0)
    ('I01', -2.14..., 'C', 'f')
    """
    method = word("method", method, METHODS)
    if adjust is not None:
        adjust = word("adjust", adjust, ADJUST)
    kind = word("kind", kind, ("both", "udif", "nudif"))
    criterion = word("criterion", criterion, ("lrt", "wald"))
    number("alpha", alpha, 0.0, 1.0)
    whole("least", least, 0)
    truth("correction", correction)
    if purify is not None:
        truth("purify", purify)
    own = as_responses(data, groups, matching)
    if purify and (matching is not None or method == "sibtest"):
        what = "matching= has no items" if matching is not None else "sibtest matches on all other items"
        raise ArgumentError(f"purify is True, but {what} to take out; leave it out")
    if matching is not None:
        if method not in ("mh", "logistic", "std"):
            raise ArgumentError(f"matching goes with mh, logistic and std; {method} estimates ability itself")
        matching = vector("matching", own.column(matching, "matching"), own.n_persons, missing=True)
        if not np.isfinite(matching).any():
            raise ArgumentError("matching has nobody with a value; expected a number for each person")
    named = groups_of("groups", own.column(groups, "groups"), own.n_persons)
    order, numbers = _roles(named, focal, reference)
    if method == "sibtest" and len(order) > 2:
        raise ArgumentError(f"focal has {len(order) - 1} groups ({shown(order[1:])}); sibtest takes one")
    cells = own.cells
    taken = numbers >= 0
    partial = cells[taken].max(axis=0, initial=0) > 1
    if ((cells[taken] == 0).any(axis=0) & (cells[taken] == 1).any(axis=0) & ~partial).sum() < 2:
        higher = f" ({counted(int(partial.sum()), 'item')} with scores above 1)" if partial.any() else ""
        raise ArgumentError(
            f"data has fewer than two items with scores 0 and 1 among {own.n_items}{higher}; only such items "
            "are tested, and persons are matched on the total of two or more"
        )
    found = analyse_dif(
        cells,
        numbers,
        method,
        matching=matching,
        purify=(matching is None and method != "sibtest") if purify is None else purify,
        correction=correction,
        criterion=criterion,
        kind=kind,
        least=least,
        adjust=adjust,
        alpha=alpha,
    )
    effect, p, _, _ = _MAIN[method]
    if not any(np.isfinite(getattr(found, one)).any() for one in (effect, p)):
        why = "; ".join(noted(found.notes, own.items, order)[:3]) or "there are too few answers"
        raise ArgumentError(f"data: {method} could test no item: {why}")
    if matching is None:
        totals = np.maximum(cells[taken][:, cells[taken].max(axis=0) <= 1], 0).sum(axis=1)
    else:
        totals = matching[taken & np.isfinite(matching)]
    ends = float(np.quantile(totals, 0.1)), float(np.quantile(totals, 0.9))
    items = _items(own.items, found, method, order, ends)
    each = getattr(found, "contrasts", ())
    contrasts = [
        _items(own.items, one, method, (order[0], name), ends).select(pl.lit(name).alias("focal"), pl.all())
        for name, one in zip(order[1:], each, strict=bool(each))
    ]
    sizes = frame(
        {
            "group": order,
            "role": ["reference"] + ["focal"] * (len(order) - 1),
            "n": [int((numbers == k).sum()) for k in range(len(order))],
        }
    )
    return DifAnalysis(
        method,
        order[0],
        order[1:],
        sizes,
        items,
        pl.concat(contrasts) if contrasts else pl.DataFrame(),
        _EFFECT[method],
        tuple(name for name, flag in zip(own.items, found.flagged.tolist(), strict=True) if flag),
        getattr(found, "rounds", 0),
        getattr(found, "converged", True),
        (*own.notes, *_absentees(named, numbers), *noted(found.notes, own.items, order)),
    )


def _absentees(named: Groups, numbers: NDArray[np.int64]) -> tuple[str, ...]:
    """Who is in no group, and who is in a group without a role."""
    others = named.number[(numbers < 0) & (named.number >= 0)]
    if not len(others):
        return named.notes()
    names = shown([named.names[k] for k in np.unique(others)])
    return *named.notes(), f"left out, of other groups ({names}): {counted(len(others), 'person')}"


def _roles(named: Groups, focal: object, reference: object) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The groups, reference first, and the place of each person among them, −1 of who is in none."""

    def places(argument: str, value: object) -> list[int]:
        several = list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]
        found = []
        for one in several:
            text = str(group_name(one))
            if text not in named.names:
                raise ArgumentError(f"{argument} is {brief(one)}; the groups are {shown(named.names)}")
            found.append(named.names.index(text))
        if not found:
            raise ArgumentError(f"{argument} is {kind_of(value)} without a group")
        return found

    first = None if reference is None else places("reference", reference)
    second = None if focal is None else places("focal", focal)
    if first is None:
        rest = [k for k in range(len(named.names)) if second is None or k not in second]
        # with focal groups alone all others together are the reference
        first = rest[:1] if second is None else rest
    if second is None:
        second = [k for k in range(len(named.names)) if k not in first]
    if not first or not second:
        raise ArgumentError("focal names every group; one group must be left for the reference")
    if both := set(first) & set(second):
        name = named.names[both.pop()]
        raise ArgumentError(f"focal and reference both name the group {name}; a group has one role")
    role = np.full(len(named.names) + 1, -1)
    role[first] = 0
    for place, k in enumerate(second):
        role[k] = place + 1
    names = (" + ".join(named.names[k] for k in first), *(named.names[k] for k in second))
    return names, role[named.number].astype(np.int64)


def _items(
    items: Sequence[str], found: Dif, method: str, order: Sequence[str], ends: tuple[float, float]
) -> pl.DataFrame:
    effect, p, p_adjusted, letters = _MAIN[method]
    n = len(items)
    several = len(order) > 2
    favours = [None] * n if several else favoured(found, (order[0], order[1]), ends)
    columns: dict[str, object] = {
        "item": list(items),
        "n": pl.Series(getattr(found, "n", [None] * n), dtype=pl.Float64).fill_nan(None).cast(pl.Int64),
        "effect": getattr(found, effect),
        "p": getattr(found, p),
        "p_adjusted": getattr(found, p_adjusted),
        "class": pl.Series([one or None for one in getattr(found, letters).tolist()], dtype=pl.String),
        "favours": pl.Series(favours, dtype=pl.String),
        "flagged": found.flagged,
    }
    for name, value in found._asdict().items():
        if not isinstance(value, np.ndarray) or name in columns or len(value) != n:
            continue
        if value.ndim == 2:
            columns[name] = pl.Series([list(map(float, row)) for row in value])
        else:
            texts = value.dtype.kind == "U"
            columns[name] = (
                pl.Series([one or None for one in value.tolist()], dtype=pl.String) if texts else value
            )
    return frame(columns)
