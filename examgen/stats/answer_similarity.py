"""Answers of persons → pairs who share more of them than chance explains: a signal, never a verdict.

`examgen.psychometrics.copying` computes the figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats.arguments import ArgumentError, Groups, counted, groups_of, is_row, kind_of, number, word
from examgen.stats.option_keys import KeyLike
from examgen.stats.response_data import Responses, as_responses, responses
from examgen.stats.results import Result, frame, noted

_INDICES = ("gbt", "omega")
_SHOWN = 1_000
_LIMIT, _BY_CHANCE = 0.001, 10_000


@dataclass(frozen=True, repr=False, eq=False)
class AnswerSimilarity(Result):
    """What `copying` returns.

    Attributes
    ----------
    pairs : polars.DataFrame
        A row for each pair, the least likely first: `source`, `copier` (of `gbt` it does not matter
        which is which), `p` of the index that rules, `p_adjusted` for all pairs compared, `listed`, the p of
        the other index, `matches` with `expected`, `same_wrong`, `n_items` that both answered, `omega_z`,
        and `room`.
    clusters : tuple of tuple of str
        Groups of three persons and more that listed pairs connect.
    index, adjust, model : str
        What rules the list, how p was adjusted, and the model of options.
    alpha : float
        The level of the list.
    n_persons, n_items, n_compared : int
        Pairs of persons in `n_compared`; of `omega` in both directions.
    notes : tuple of str
        What to know of the list.
    """

    pairs: pl.DataFrame
    clusters: tuple[tuple[str, ...], ...]
    index: str
    adjust: str
    model: str
    alpha: float
    n_persons: int
    n_items: int
    n_compared: int
    notes: tuple[str, ...]

    def _title(self) -> str:
        listed = int(self.pairs["listed"].sum())
        return f"Answer similarity by {self.index}: {listed:,} of {self.n_compared:,} pairs listed"

    def _figures(self) -> Mapping[str, object]:
        return {
            "persons": self.n_persons, "items": self.n_items, "model": self.model,
            "level": f"{self.alpha:g} after {self.adjust}", "clusters": len(self.clusters),
        }  # fmt: skip

    def _table(self) -> pl.DataFrame:
        return self.pairs.select(
            "source", "copier", "p", "p_adjusted", "matches", "expected", "same_wrong", "n_items"
        )

    def _remarks(self) -> Sequence[str]:
        return self.notes


def copying(
    data: object,
    key: KeyLike | None = None,
    *,
    rooms: object = None,
    pairs: object = None,
    index: str = "gbt",
    adjust: str = "holm",
    alpha: float = 0.05,
    model: str | None = None,
) -> AnswerSimilarity:
    """Pairs of persons who gave more answers alike than chance explains.

    Parameters
    ----------
    data : Responses, data frame, array or mapping
        Persons × items, best with the options chosen, as `responses` takes it: 50 persons at least.
    key : mapping, sequence or str, optional
        The right options, where `data` holds options.
    rooms : str or sequence, optional
        Where each person sat (or the column that says it): pairs within a room are compared. All pairs, if
        not given.
    pairs : sequence of pairs, optional
        Of these alone, (source, copier) by names: both indices of each.
    index : {"gbt", "omega"}
        What rules the list.
    adjust : {"holm", "bh", "bonferroni"}
        For as many pairs as are compared.
    alpha : float
        The level of the list, above 0 and below 1.
    model : {"nominal", "2pl"}, optional
        Of options or of right and wrong; `nominal` where there are options.

    Returns
    -------
    AnswerSimilarity

    Raises
    ------
    ArgumentError
        For fewer than 50 persons or 3 items that can be compared, names that are not in the data, and
        `nominal` without options.

    See Also
    --------
    responses : how options and their key are given.

    Notes
    -----
    ω: Wollack (1997); GBT: van der Linden & Sotaridona (2006). Equal to CopyDetect in R where the parameters
    are. A listed pair is a reason to look, never a proof.

    Examples
    --------
    >>> import examgen.stats as es
    >>> data = es.example("choices", n_persons=120, n_items=30)
    >>> data.choices.cells[7] = data.choices.cells[3]
    >>> found = es.copying(data)
    >>> found.pairs.select("source", "copier", "matches").rows()
    [('P004', 'P008', 30)]
    """
    from examgen.psychometrics.copying import calibration
    from examgen.psychometrics.copying.matches import CandidatePairs
    from examgen.psychometrics.copying.screening import LEAST_ITEMS, measure, search
    from examgen.psychometrics.signals.similarity import connected
    from examgen.stats.distributions import adjusted

    index = word("index", index, _INDICES)
    adjust = word("adjust", adjust, ("holm", "bh", "bonferroni"))
    level = number("alpha", alpha, 1e-12, 1 - 1e-12)
    if model is not None:
        model = word("model", model, ("nominal", "2pl"))
    if key is not None and isinstance(data, Responses):
        raise ArgumentError("key is given, but data are scored already; give the key to responses()")
    beside = [rooms] if isinstance(rooms, str) else []
    own = as_responses(data, rooms) if key is None else responses(data, key=key, exclude=beside)
    n = own.n_persons
    if n < calibration.LEAST_CANDIDATES:
        raise ArgumentError(f"data has {n} persons; expected 50 at least, to tell what is usual")
    if model == "nominal" and own.choices is None:
        raise ArgumentError("model nominal needs the options chosen; give them with their key")
    if own.choices is None and own.cells.max(initial=0) > 1:
        raise ArgumentError("data has scores above 1; expected 0 and 1, or options with their key")
    group: Groups | None = None
    n_apart = 0
    if rooms is not None:
        group = groups_of("rooms", own.column(rooms, "rooms"), n, least=1)
        n_apart = int(np.count_nonzero(group.number < 0))
    nominal = own.choices is not None and model != "2pl"
    if nominal and own.choices is not None:
        answers = calibration.options_compared(own.choices)
    else:
        answers = calibration.scores_compared(own.cells, own.choices)
    notes = list(own.notes)
    if n_apart:
        notes.append(f"in no room, and compared with nobody: {counted(n_apart, 'person')}")
    usual = calibration.usual_choices(answers, "nominal" if nominal else "2pl")
    notes += noted(usual.notes, own.items)
    notes += [
        f"{own.items[j]}: without a finite slope nothing tells how likely equal answers are: not compared"
        for j in usual.endless
    ]
    if usual.n_same:
        notes.append(
            f"with the very answers of others, many of them wrong: {counted(usual.n_same, 'person')}; the "
            "model has one of each"
        )
    used = usual.used
    if used.sum() < LEAST_ITEMS:
        raise ArgumentError(
            f"data has {int(used.sum())} items that can be compared; expected {LEAST_ITEMS} at least"
        )
    cells = own.cells if own.choices is None else own.choices.cells
    there = cells[:, used] != -3 if own.choices is not None else np.ones((n, int(used.sum())), dtype=np.bool_)
    answers, curves = answers.part(slice(None), used), usual.model.part(used)
    theta = calibration.abilities_of(answers, curves, "nominal" if nominal else "2pl")
    sitting = calibration.copying_data(answers, curves, theta, there)
    if pairs is not None:
        chosen = _named_pairs(pairs, own)
        measured = measure(sitting, chosen)
        n_compared = len(chosen.source)
        corrected = adjusted(measured.p[index], adjust)
    else:
        groups = [np.arange(n)]
        if group is not None:
            groups = [np.flatnonzero(group.number == k) for k in range(len(group.names))]
            groups = [one for one in groups if len(one) > 1]
        n_most = sum(len(one) * (len(one) - 1) // 2 for one in groups)
        found = search(sitting, groups, index, min(_LIMIT, _BY_CHANCE / max(n_most, 1)))
        n_compared = found.n_compared
        corrected = adjusted(found.p, adjust, n_compared)
        kept = np.flatnonzero(corrected <= level)
        if found.is_cut or len(kept) > _SHOWN:
            notes.append("so many pairs are alike that only the least likely are listed")
        kept = kept[:_SHOWN]
        chosen, corrected = found.pairs.part(kept), corrected[kept]
        measured = measure(sitting, chosen)
    names = [str(one) for one in own.persons]
    columns: dict[str, object] = {
        "source": pl.Series([names[k] for k in chosen.source.tolist()], dtype=pl.String),
        "copier": pl.Series([names[k] for k in chosen.copier.tolist()], dtype=pl.String),
        "p": measured.p[index], "p_adjusted": corrected, "listed": corrected <= level,
    }  # fmt: skip
    columns |= {f"p_{one}": values for one, values in measured.p.items() if one != index}
    columns |= {
        "matches": measured.matches, "expected": measured.expected, "same_wrong": measured.same_wrong,
        "n_items": measured.n_items, "omega_z": measured.z,
    }  # fmt: skip
    if group is not None:
        of = group.number[chosen.source]
        columns["room"] = pl.Series([None if k < 0 else group.names[k] for k in of.tolist()], dtype=pl.String)
    alike = CandidatePairs(*chosen).part(np.asarray(corrected <= level))
    clusters = tuple(
        tuple(names[k] for k in one) for one in connected(alike.source, alike.copier) if len(one) > 2
    )
    return AnswerSimilarity(
        frame(columns), clusters, index, adjust, "nominal" if nominal else "2pl", level, n, int(used.sum()),
        n_compared, tuple(notes),
    )  # fmt: skip


def _named_pairs(pairs: object, own: Responses) -> Any:
    """Rows of pairs that are named."""
    from examgen.psychometrics.copying.matches import CandidatePairs

    place = {str(name): row for row, name in enumerate(own.persons)}
    if isinstance(pairs, (str, bytes, Mapping)) or not is_row(pairs):
        raise ArgumentError(f"pairs is {kind_of(pairs)}; expected a list of (source, copier)")
    rows = pairs.rows() if isinstance(pairs, pl.DataFrame) else list(pairs)  # type: ignore[call-overload]
    if not rows:
        raise ArgumentError("pairs is empty; expected one (source, copier) at least")
    found: NDArray[np.int64] = np.zeros((len(rows), 2), dtype=np.int64)
    for n, row in enumerate(rows):
        if isinstance(row, (str, bytes)) or not hasattr(row, "__len__") or len(row) != 2:
            raise ArgumentError(f"pairs[{n}] is {row!r}; expected (source, copier)")
        if unknown := [one for one in row if str(one) not in place]:
            raise ArgumentError(f"pairs[{n}] names {unknown[0]!r}, nobody of the data")
        found[n] = [place[str(one)] for one in row]
        if found[n, 0] == found[n, 1]:
            raise ArgumentError(f"pairs[{n}] is of one person, {row[0]!r}; expected two")
    return CandidatePairs(found[:, 0], found[:, 1])
