"""Right and wrong answers and a Q-matrix → which attributes each person has mastered.

`examgen.psychometrics.diagnosis` computes the figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats.arguments import ArgumentError, objects, shown, word
from examgen.stats.response_data import Responses, as_responses
from examgen.stats.results import Result, frame
from examgen.stats.tables import numbers_table

if TYPE_CHECKING:
    from examgen.psychometrics.diagnosis.classification import Profiles

_STRUCTURES = ("saturated", "higher-order", "independent")


@dataclass(frozen=True, repr=False, eq=False)
class CognitiveDiagnosis(Result):
    """What `diagnosis` returns.

    Attributes
    ----------
    attributes : polars.DataFrame
        A row for each attribute: `n_items`, share of `masters`, and as the model expects them `accuracy`,
        `consistency` and `reliability` of its classification.
    items : polars.DataFrame
        A row for each item: `attributes`, `guess` and `slip` with `se_guess`, `se_slip`, and `wald`, `df`,
        `p`: whether DINA says as much as G-DINA of it (G-DINA only).
    chances : polars.DataFrame
        A row for each group of an item: which attributes are `mastered`, the chance `p` of a right answer,
        its `se`.
    profiles : polars.DataFrame
        The share of persons of each profile, the commonest first.
    persons : polars.DataFrame
        A row for each person: the posterior chance of having mastered each attribute, the most likely
        profile (`map`, a digit for each attribute) with its chance `map_chance`, and `ml`. Null without an
        answer.
    model, structure : str
    log_likelihood, aic, bic, srmsr : float
        SRMSR is the root of the mean squared difference of observed and expected correlations: up to about
        0.05 the model fits.
    n_persons, n_parameters : int
    profile_accuracy : float
        How often the most likely profile is right, as the model expects it.
    converged : bool
    notes : tuple of str
        What to know of the figures.
    """

    attributes: pl.DataFrame
    items: pl.DataFrame
    chances: pl.DataFrame
    profiles: pl.DataFrame
    persons: pl.DataFrame
    model: str
    structure: str
    log_likelihood: float
    aic: float
    bic: float
    srmsr: float
    n_persons: int
    n_parameters: int
    profile_accuracy: float
    converged: bool
    notes: tuple[str, ...]

    def _title(self) -> str:
        size = f"{len(self.items)} items, {len(self.attributes)} attributes, {self.n_persons:,} persons"
        return f"{self.model.upper()}: {size}"

    def _figures(self) -> Mapping[str, object]:
        return {
            "log-likelihood": self.log_likelihood, "AIC": self.aic, "BIC": self.bic, "SRMSR": self.srmsr,
            "structure": self.structure, "profile accuracy": self.profile_accuracy,
            "converged": self.converged,
        }  # fmt: skip

    def _table(self) -> pl.DataFrame:
        return self.attributes

    def _remarks(self) -> Sequence[str]:
        return self.notes


def diagnosis(
    data: object, q: object, *, model: str = "dina", structure: str | None = None
) -> CognitiveDiagnosis:
    """Cognitive diagnosis by the DINA or the G-DINA model: which attributes each person has mastered.

    Parameters
    ----------
    data : Responses, data frame, array or mapping
        Persons × items, 1 right and 0 wrong, as `responses` takes it.
    q : data frame, mapping or array, shape (items, attributes)
        Which attributes each item asks for: a column of 0 and 1 for each attribute and the column `item`
        (without it, the items in order); or {item: [attributes]}. Items that ask for none are left out. At
        most 12 attributes.
    model : {"dina", "gdina"}
        DINA: whoever lacks one of the attributes guesses. G-DINA: each combination has a chance of its own.
    structure : {"saturated", "higher-order", "independent"}, optional
        How attributes go together. Else `saturated` where there are ten persons for each profile, and
        `higher-order` where there are not.

    Returns
    -------
    CognitiveDiagnosis

    Raises
    ------
    ArgumentError
        For scores other than 0 and 1, a Q-matrix with other items or cells, an attribute that no item asks
        for, and data that tell nobody apart.

    See Also
    --------
    subscores : points in place of classes.

    Notes
    -----
    de la Torre (2009, 2011), by EM; standard errors from the complete information (Philipp et al. 2018).
    Equal to `CDM::din` and `CDM::gdina` in R. With fewer than 500 persons profiles are less sure than they
    seem.

    Examples
    --------
    >>> import examgen.stats as es
    >>> data = es.example(n_persons=800, n_items=8)
    >>> q = {item: ["first" if n < 4 else "second"] for n, item in enumerate(data.items)}
    >>> found = es.diagnosis(data, q)
    >>> found.attributes.select("attribute", "n_items", "masters").rows()
    [('first', 4, 0.4...), ('second', 4, 0.3...)]
    """
    from examgen.psychometrics.diagnosis.classification import profiles
    from examgen.psychometrics.diagnosis.models import (
        MODELS,
        MOST_ATTRIBUTES,
        answers_of,
        design_of,
        estimate,
    )
    from examgen.psychometrics.diagnosis.precision import dina_tests, pairs, precision

    model = word("model", model, MODELS)
    if structure is not None:
        structure = word("structure", structure, _STRUCTURES)
    own = as_responses(data)
    if own.cells.max(initial=0) > 1:
        item = own.items[int(np.flatnonzero(own.cells.max(axis=0) > 1)[0])]
        raise ArgumentError(f"data: item {item} has scores above 1; expected 0 and 1")
    attributes, matrix = _q_matrix(own, q)
    if len(attributes) > MOST_ATTRIBUTES:
        raise ArgumentError(f"q has {len(attributes)} attributes; expected {MOST_ATTRIBUTES} at most")
    notes = list(own.notes)
    asked = np.asarray(matrix.any(axis=1))
    answered_items = np.asarray((own.cells >= 0).any(axis=0))
    for lost, why in ((~asked, "ask for no attribute"), (asked & ~answered_items, "have no answer")):
        if lost.any():
            names = [item for item, one in zip(own.items, lost, strict=True) if one]
            notes.append(f"items that {why} are left out: {shown(names)}")
    kept = np.flatnonzero(asked & answered_items)
    matrix, cells = matrix[kept], own.cells[:, kept]
    items = [own.items[j] for j in kept.tolist()]
    if not len(kept) or not matrix.any(axis=0).all():
        lost_attribute = [name for k, name in enumerate(attributes) if not matrix[:, k].any()]
        raise ArgumentError(f"q: no item with an answer asks for {shown(lost_attribute)}")
    answered = np.asarray((cells >= 0).any(axis=1))
    n = int(answered.sum())
    if n < 2 or ((cells == 0).any(axis=0) & (cells == 1).any(axis=0)).sum() < 2:
        raise ArgumentError(
            "data has fewer than two persons with an answer, or fewer than two items with right and wrong "
            "answers: nothing tells persons apart"
        )
    kind = structure or ("saturated" if 10 * (1 << len(attributes)) <= n else "higher-order")
    answers = answers_of(np.where(cells[answered] < 0, -1, cells[answered]).astype(np.int8))
    found = estimate(answers, design_of(matrix, model), kind, tolerance=1e-6, rise=1e-5)
    if found.n_parameters >= 2 ** min(len(items), 60):
        raise ArgumentError(
            f"q: {len(items)} item(s) do not determine the {found.n_parameters} parameters of this model; "
            f"expected fewer attributes"
        )
    exact = precision(answers, found)
    told, trust = profiles(answers, found)
    fit = pairs(answers, found)
    design = found.design
    first = design.first
    n_items = len(items)
    tests = (np.full(n_items, np.nan),) * 3
    if model == "gdina":
        wald, df, p = dina_tests(found, exact.covariance)
        tests = (wald, np.where(df > 0, df, np.nan), p)
    lacks, has = found.p[first[:-1]], found.p[first[1:] - 1]
    se = exact.se
    notes += [f"{item}: masters do not answer it better than others: see its key and its attributes"
              for item, low, high in zip(items, lacks, has, strict=True) if high <= low]  # fmt: skip
    if not found.converged:
        notes.append("the estimates did not converge")
    if n < 500:
        notes.append(f"{n} persons: below 500 a profile is less sure than the model says")
    order = np.argsort(-found.structure.shares, kind="stable")
    return CognitiveDiagnosis(
        frame({
            "attribute": attributes, "n_items": matrix.sum(axis=0),
            "masters": found.structure.shares @ design.profiles, "accuracy": trust.accuracy,
            "consistency": trust.consistency, "reliability": trust.reliability,
        }),
        frame({
            "item": items,
            "attributes": [", ".join(name for k, name in enumerate(attributes) if row[k]) for row in matrix],
            "guess": lacks, "slip": 1 - has, "se_guess": se[first[:-1]], "se_slip": se[first[1:] - 1],
            "wald": tests[0], "df": tests[1], "p": tests[2],
        }),
        _chances(items, attributes, matrix, model, found.p, se),
        frame({
            "profile": [_digits(place, len(attributes)) for place in order.tolist()],
            "share": found.structure.shares[order],
        }),
        _persons(own, answered, attributes, told),
        model, kind, found.log_likelihood, found.aic, found.bic, fit.srmsr, n, found.n_parameters,
        trust.profile_accuracy, bool(found.converged), tuple(notes),
    )  # fmt: skip


Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def _q_matrix(own: Responses, q: object) -> tuple[list[str], Bools]:
    """Attributes, and (J, K) which of them each item asks for."""
    if isinstance(q, Mapping) and q and set(map(str, q)) <= set(own.items):
        named = {str(item): [one] if isinstance(one, str) else objects(f"q[{item!r}]", one).tolist()
                 for item, one in q.items()}  # fmt: skip
        attributes = list(dict.fromkeys(str(one) for several in named.values() for one in several))
        if not attributes:
            raise ArgumentError("q names no attribute; expected {item: [attributes]}")
        rows = [set(map(str, named.get(item, ()))) for item in own.items]
        return attributes, np.array([[one in row for one in attributes] for row in rows], dtype=np.bool_)
    table = numbers_table("q", q, "item", "attribute", 0.0, 1.0)
    odd = np.isnan(table.values) | ((table.values != 0) & (table.values != 1))
    if odd.any():
        row, column = np.argwhere(odd)[0].tolist()
        raise ArgumentError(
            f"q: {table.columns[column]} of {table.rows[row]} is {table.values[row, column]:g}; "
            f"expected 0 or 1"
        )
    asked = table.values == 1
    if set(table.rows) <= set(own.items):
        place = {item: n for n, item in enumerate(table.rows)}
        found = np.zeros((own.n_items, len(table.columns)), dtype=np.bool_)
        for j, item in enumerate(own.items):
            if item in place:
                found[j] = asked[place[item]]
    elif all(name == f"item {n + 1}" for n, name in enumerate(table.rows)) and len(asked) == own.n_items:
        found = asked
    else:
        raise ArgumentError(
            f"q has {len(asked)} rows ({shown(table.rows)}); expected items of the data: {shown(own.items)}"
        )
    return list(table.columns), found


def _digits(profile: int, k: int) -> str:
    return format(profile, f"0{k}b")


def _chances(
    items: Sequence[str], attributes: Sequence[str], matrix: Bools, model: str, p: Floats, se: Floats
) -> pl.DataFrame:
    """A row for each group of each item, in the order of binary numbers."""
    names, mastered = [], []
    for item, row in zip(items, matrix, strict=True):
        own = [name for name, asks in zip(attributes, row, strict=True) if asks]
        groups = 2 if model == "dina" else 1 << len(own)
        for group in range(groups):
            names.append(item)
            if model == "dina":
                mastered.append(", ".join(own) if group else "")
            else:
                digits = _digits(group, len(own))
                mastered.append(", ".join(name for name, one in zip(own, digits, strict=True) if one == "1"))
    return frame({"item": names, "mastered": mastered, "p": p, "se": se})


def _persons(own: Responses, answered: Bools, attributes: Sequence[str], told: Profiles) -> pl.DataFrame:
    rows = np.flatnonzero(answered)
    wide = np.full((own.n_persons, len(attributes)), np.nan)
    wide[rows] = told.mastery
    sure = np.full(own.n_persons, np.nan)
    sure[rows] = told.most_likely_chance
    columns: dict[str, object] = {"person": list(own.persons)}
    columns |= {name: wide[:, k] for k, name in enumerate(attributes)}
    for title, profile in (("map", told.most_likely), ("ml", told.by_answers)):
        said: list[str | None] = [None] * own.n_persons
        for row, place in zip(rows.tolist(), profile.tolist(), strict=True):
            said[row] = _digits(place, len(attributes))
        columns[title] = pl.Series(said, dtype=pl.String)
    return frame(columns | {"map_chance": sure})
