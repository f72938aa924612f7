"""Scores of parts of a test → whether they tell more than the total.

`examgen.psychometrics.subscores` computes the figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from examgen.stats.arguments import ArgumentError, counted, objects, shown
from examgen.stats.response_data import Responses, as_responses
from examgen.stats.results import Result, frame

FEW = 50
_Z95 = 1.959963984540054


@dataclass(frozen=True, repr=False, eq=False)
class Subscores(Result):
    """What `subscores` returns.

    Attributes
    ----------
    table : polars.DataFrame
        A row for each part: `n_items`, `mean`, `sd`, `alpha`; the proportional reduction in mean squared
        error of the true subscore by the subscore (`prmse_subscore`), by the total (`prmse_total`), by both
        (`prmse_both`); `gain` (alpha less the correlation of the total with a parallel subscore) with `se`,
        `low`, `high`; `verdict`: `worth`, `not_worth`, `undecided` or `unknown`; of the subscore that borrows
        from the others `prmse_augmented` and `alpha_augmented`.
    correlations : polars.DataFrame
        `first`, `second`, `r`, and `r_true`, corrected for attenuation.
    scores : polars.DataFrame
        A row for each person with a score on every item: the subscores, and in `<part>_augmented` those that
        borrow from the others.
    alpha, stratified_alpha : float
        Of the total; the second is by the parts, where they hold every item once.
    n_persons : int
        Persons with a score on every item.
    notes : tuple of str
        What to know of the figures.
    """

    table: pl.DataFrame
    correlations: pl.DataFrame
    scores: pl.DataFrame
    alpha: float
    stratified_alpha: float
    n_persons: int
    notes: tuple[str, ...]

    def _title(self) -> str:
        return f"Subscores: {len(self.table)} parts, {self.n_persons:,} persons"

    def _figures(self) -> Mapping[str, object]:
        return {"alpha of the total": self.alpha, "stratified alpha": self.stratified_alpha}

    def _table(self) -> pl.DataFrame:
        return self.table.select(
            "part", "n_items", "alpha", "prmse_subscore", "prmse_total", "prmse_both", "gain", "se", "verdict"
        )

    def _remarks(self) -> Sequence[str]:
        return self.notes


def subscores(data: object, parts: object) -> Subscores:
    """Whether the score of a part tells more than the total: Haberman's PRMSE, Wainer's augmented subscores.

    Parameters
    ----------
    data : Responses, data frame, array or mapping
        Persons × items as `responses` takes it; persons without a score on every item are left out.
    parts : mapping or sequence
        {item: part}, {part: [items]}, or the part of each item in order; None for an item of no part.

    Returns
    -------
    Subscores

    Raises
    ------
    ArgumentError
        For an item that is not in the data, no part at all, and no person with a score on every item.

    See Also
    --------
    reliability

    Notes
    -----
    Haberman (2008, eqs. 8 to 15), Sinharay (2013), Wainer et al. (2001). A subscore has added value where its
    `gain` is above 0 with its whole 95 % interval. Equal to `subscore::CTTsub` in R.

    Examples
    --------
    >>> import examgen.stats as es
    >>> data = es.example(n_items=12)
    >>> found = es.subscores(data, {"odd": data.items[::2], "even": data.items[1::2]})
    >>> found.table.select("part", "n_items", "verdict").rows()
    [('odd', 6, 'not_worth'), ('even', 6, 'not_worth')]
    """
    from examgen.psychometrics.subscores import augmented, both_add, estimates, form_subscores, prmse

    own = as_responses(data)
    names, member = _parts(own, parts)
    kept = (own.cells >= 0).all(axis=1)
    if not kept.any():
        raise ArgumentError("data has no person with a score on every item; give one form at a time")
    cells = own.cells[kept]
    found = form_subscores(
        lambda rows: cells[rows].astype(np.float64), len(cells), member, np.ones(len(names), dtype=np.bool_)
    )
    values = prmse(found.reliability, found.with_total, found.parallel_with_total)
    better = augmented(found.covariance, found.reliability)
    adds = both_add(values)
    low, high = found.gain - _Z95 * found.gain_se, found.gain + _Z95 * found.gain_se
    verdicts, notes = [], []
    for k, name in enumerate(names):
        verdict = "worth" if low[k] > 1e-9 else "not_worth" if high[k] < 1e-9 else "undecided"
        why = ""
        if found.n_items[k] == own.n_items:
            why = "it is the total"
        elif found.n_varying[k] < 2:
            why = "fewer than two of its items vary"
        elif len(cells) < FEW:
            why = f"{len(cells)} persons are too few, fewer than {FEW}"
        elif not np.isfinite(found.gain[k]):
            why = "all persons have the same score"
        verdicts.append("unknown" if why else verdict)
        if why:
            notes.append(f"{name}: {why}")
        elif adds[k]:
            notes.append(f"{name}: subscore and total together tell more than either")
    if lacking := int((~kept).sum()):
        notes.append(f"left out, as they lack a score: {counted(lacking, 'person')}")
    observed = cells.astype(np.float64) @ member.T
    borrowed = estimates(better, observed, found.mean)
    columns: dict[str, object] = {"person": [own.persons[row] for row in np.flatnonzero(kept).tolist()]}
    columns |= {name: observed[:, k] for k, name in enumerate(names)}
    columns |= {f"{name}_augmented": borrowed[:, k] for k, name in enumerate(names)}
    table = frame({
        "part": names, "n_items": found.n_items, "mean": found.mean, "sd": found.sd,
        "alpha": found.reliability, "prmse_subscore": values.subscore, "prmse_total": values.total,
        "prmse_both": values.both, "gain": found.gain, "se": found.gain_se, "low": low, "high": high,
        "verdict": verdicts, "prmse_augmented": better.prmse, "alpha_augmented": better.reliability,
    })  # fmt: skip
    return Subscores(
        table, _correlations(names, found.covariance, found.reliability), frame(columns), found.alpha,
        found.stratified_alpha, len(cells), (*own.notes, *notes),
    )  # fmt: skip


def _correlations(
    names: Sequence[str], covariance: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    reliability: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> pl.DataFrame:  # fmt: skip
    spread = np.diag(covariance)
    sd = np.sqrt(np.where(spread > 0, spread, np.nan))
    sound = np.where(reliability > 0, reliability, np.nan)
    with np.errstate(invalid="ignore"):
        r = covariance / np.outer(sd, sd)
        free = r / np.sqrt(np.outer(sound, sound))
    first, second = np.triu_indices(len(names), 1)
    return frame({
        "first": pl.Series([names[k] for k in first.tolist()], dtype=pl.String),
        "second": pl.Series([names[k] for k in second.tolist()], dtype=pl.String),
        "r": r[first, second], "r_true": free[first, second],
    })  # fmt: skip


def _parts(
    own: Responses, parts: object
) -> tuple[list[str], np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """Names of the parts, and (K, J) which items each has."""
    of_item: dict[str, set[str]] = {item: set() for item in own.items}
    if isinstance(parts, Mapping):
        by_item = all(one is None or np.isscalar(one) for one in parts.values())
        pairs = (
            parts.items()
            if by_item
            else [
                (item, part) for part, items in parts.items() for item in objects(f"parts[{part!r}]", items)
            ]
        )
        if unknown := [item for item, _ in pairs if item not in of_item]:
            raise ArgumentError(
                f"parts names {shown(unknown)}, no item of the data; they are {shown(own.items)}"
            )
    else:
        named = objects("parts", parts).tolist()
        if len(named) != own.n_items:
            raise ArgumentError(
                f"parts has {len(named)} values; expected one for each of {own.n_items} items"
            )
        pairs = list(zip(own.items, named, strict=True))
    for item, part in pairs:
        if not _is_nothing(part):
            of_item[item].add(str(part))
    names = list(dict.fromkeys(str(part) for _, part in pairs if not _is_nothing(part)))
    if not names:
        raise ArgumentError("parts names no part; expected {item: part}")
    return names, np.array([[name in of_item[item] for item in own.items] for name in names], dtype=np.bool_)


def _is_nothing(part: object) -> bool:
    return part is None or part == "" or (isinstance(part, float) and np.isnan(part))
