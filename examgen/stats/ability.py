"""Abilities from responses to known items, under a given population or that of the model."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats import irt_abilities as estimates
from examgen.stats.arguments import ArgumentError, brief, number, shown, word
from examgen.stats.irt_abilities import SCORING_NODES, Abilities, histogram, own_population
from examgen.stats.irt_items import parameters_from
from examgen.stats.irt_models import ItemParameters
from examgen.stats.matrix import NOT_ADMINISTERED, Bools, Cells, Floats, Ints
from examgen.stats.quadrature import Grid, normal_grid
from examgen.stats.response_data import Responses, responses
from examgen.stats.results import Argument, Note, frame, note_of

METHODS = ("eap", "map", "ml", "wle", "eap-sum")
_WITH_POPULATION = ("eap", "map", "eap-sum")
_COMPARED = 2_000
"""About so many of the persons, evenly taken, are compared with known parameters."""
_LEAST_ANSWERS, _LEAST_KNOWN = 20, 4
"""Answers of an item, and such items, by which parameters from elsewhere are judged."""
_REVERSED = 0.3
"""A correlation of difficulties with shares of points that is about −1 where the parameters are right."""
_FAR, _SURE = 0.1, 4.0
"""Mean scores, as shares of the highest, that are farther from what is expected; and in standard errors."""
_ENOUGH, _UNLIKE_MEAN, _UNLIKE_SD = 30, 0.5, 1.25
"""Persons of whom the distribution is estimated, and a mean and a standard deviation that are not 0 and 1."""
_ALIKE = 1e-9
"""A standard deviation of logits that are all the same."""
_OTHER_UNIT_OF_FEW = 1.4
"""The same ratio of fewer than `_LEAST_OF_UNIT` items."""
_LEAST_OF_UNIT, _LEAST_SPREAD = 8, 0.5
"""Items, and the larger standard deviation of their logits, by which the unit of parameters is judged."""
_IN_ORDER, _OTHER_UNIT = 0.9, 1.3
"""Correlation of observed and expected logits, and ratio of their standard deviations, from which the unit of
parameters is another one."""
TEXTS: dict[str, str] = {
    "anchors-reversed": "the difficulties of {argument} rise with the share of right answers (correlation "
    "{r:.2f}), as easiness does. Turn their sign; no number should be used before",
    "anchors-unit": "the difficulties differ {ratio:.2f} times as much between items as {argument} makes "
    "them. Check that the parameters are on one logistic metric, without the constant 1.7",
    "prior-unknown": "all slopes of {argument} are 1, so the table does not tell how far abilities spread, "
    "and {method} takes a standard deviation of 1. Take {wle}; or, for persons like those of the "
    "calibration, give the fit in place of its table, or its mean and sd as {population}",
    "not-converged": "{argument} is a fit that did not converge, so no ability by it should be used",
    "anchors-misfit": "the mean [score|scores] of {n} [item is|items are] more than {by:g} of [its|their] "
    "maximum from what {argument} makes [it|them]: {item}",
}
"""The messages by code; a pair holds the singular and the plural."""


class Population(NamedTuple):
    """A distribution of ability; mean and sd are NaN if it is not normal."""

    grid: Grid | None
    mean: float
    sd: float


def population_for(
    method: str,
    population: object,
    own: tuple[float, float],
    cells: Cells,
    parameters: ItemParameters,
    model: str,
    n_nodes: int = SCORING_NODES,
) -> Population:
    """Return the population for a method: the one given, or else (mean, sd) of the model."""
    if method not in _WITH_POPULATION:
        if population is not None:
            raise ArgumentError(f"population is for {shown(_WITH_POPULATION)}; {method} has none")
        return Population(None, np.nan, np.nan)
    if isinstance(population, str):
        population = word("population", population, ("histogram",))
        if method == "map":
            raise ArgumentError("population is 'histogram', and map takes (mean, sd)")
        try:
            found = histogram(cells, parameters, normal_grid(n_nodes))
        except ValueError as reason:
            raise ArgumentError(f"population: {reason}") from None
        return Population(found.grid, found.mean, found.sd)
    mean, sd = own if population is None else _mean_and_sd(population)
    if not (np.isfinite(mean) and np.isfinite(sd) and sd > 0):
        raise ArgumentError(
            f"the fit of {model} has no population: say population=(mean, sd) or 'histogram', or take "
            "method='ml' or 'wle'"
        )
    return Population(own_population(mean, sd, n_nodes), mean, sd)


def _mean_and_sd(population: Any) -> tuple[float, float]:
    try:
        if isinstance(population, (bytes, bytearray, Set, Mapping)):
            raise TypeError  # without an order, or no numbers
        mean, sd = population
    except (TypeError, ValueError):
        raise ArgumentError(
            f"population is {brief(population)}; expected (mean, sd), for example (0, 1), or 'histogram'"
        ) from None
    return number("population[0]", mean), number("population[1]", sd, 1e-6)


def estimate(cells: Cells, parameters: ItemParameters, method: str, known: Population) -> Abilities:
    """Return the abilities by one method."""
    if method == "eap":
        return estimates.eap(cells, parameters, known.grid)
    if method == "eap-sum":
        return estimates.eap_sum(cells, parameters, known.grid)
    if method == "map":
        return estimates.map(cells, parameters, known.mean, known.sd)
    return estimates.ml(cells, parameters) if method == "ml" else estimates.wle(cells, parameters)


def against_answers(
    names: Sequence[str],
    parameters: ItemParameters,
    known: Bools,
    cells: Cells,
    theta: Floats,
    argument: str,
) -> tuple[Note, ...]:
    """Return notes if the answers (N, J) contradict item parameters from another source.

    Either difficulties increase with the proportion of points, as easiness does; or the mean score of single
    items is far from that expected at the estimated abilities (N,), and beyond chance.

    Parameters
    ----------
    names, parameters, known
        The items, and which of them (J,) have parameters from another source.
    cells, theta, argument
        Scores as categories of the parameters, abilities, and the argument with the parameters.
    """
    every = max(len(cells) // _COMPARED, 1)
    cells, theta = cells[::every], theta[::every]
    places = np.flatnonzero(known & parameters.usable)
    own = parameters.part(places)
    there = np.isfinite(theta)
    with np.errstate(invalid="ignore"):
        difficulty = np.nanmean(np.where(np.isfinite(own.b), own.b, np.nan), axis=1)
    expected, scores = own.expected_scores(theta[there]), cells[there][:, places]
    some = [names[j] for j in places.tolist()]
    return against_expected(some, scores, expected, argument, own.n_categories - 1, difficulty)


def against_expected(
    names: Sequence[str],
    cells: Cells,
    expected: Floats,
    argument: str,
    top: Ints | int = 1,
    difficulty: Floats | None = None,
) -> tuple[Note, ...]:
    """Return the same notes from expected scores (N, J), given the highest scores `top`; without
    difficulties, low expected scores indicate difficult items."""
    there = cells >= 0
    n = there.sum(axis=0)
    some = n >= _LEAST_ANSWERS
    share = np.where(there, cells, 0).sum(axis=0) / np.maximum(n, 1) / top
    said = np.where(there, expected, 0.0).sum(axis=0) / np.maximum(n, 1) / top
    difficulty = -said if difficulty is None else difficulty
    if np.count_nonzero(some) >= _LEAST_KNOWN and np.std(difficulty[some]) > 0 and np.std(share[some]) > 0:
        correlation = float(np.corrcoef(difficulty[some], share[some])[0, 1])
        if correlation > _REVERSED:
            return (note_of(TEXTS, "anchors-reversed", {"argument": Argument(argument), "r": correlation}),)
    notes = [*_unit(share[some], said[some], argument)]
    error = np.sqrt(np.maximum(share * (1.0 - share), 0.0025) / np.maximum(n, 1))
    far = some & (np.abs(share - said) > np.maximum(_FAR, _SURE * error))
    if not far.any():
        return tuple(notes)
    items = ", ".join(names[j] for j in np.flatnonzero(far).tolist())
    values = {"n": int(far.sum()), "item": items, "argument": Argument(argument), "by": _FAR}
    return (*notes, note_of(TEXTS, "anchors-misfit", values))


def _unit(share: Floats, said: Floats, argument: str) -> Iterator[Note]:
    """The note that observed mean scores differ more, or less, between items than they are expected to, and
    in the same order: as logits they rise by 1 for each 1 expected where parameters have the right unit."""
    inside = (np.minimum(share, said) > 0) & (np.maximum(share, said) < 1)
    own, expected = (np.log(one[inside] / (1 - one[inside])) for one in (share, said))
    if len(own) < _LEAST_KNOWN:
        return
    least, most = sorted((own.std(), expected.std()))
    if most < _LEAST_SPREAD or least < _ALIKE:
        return
    r = float(np.corrcoef(own, expected)[0, 1])
    if r > _IN_ORDER:
        ratio = float(own.std() / expected.std())
        # of few items by chance
        is_few = len(own) < _LEAST_OF_UNIT
        error = math.sqrt(max(1 - r * r, 0.0) / (len(own) - 2)) if is_few else 0.0
        other = _OTHER_UNIT_OF_FEW if is_few else _OTHER_UNIT
        if abs(math.log(ratio)) > max(math.log(other), _SURE * error):
            yield note_of(TEXTS, "anchors-unit", {"argument": Argument(argument), "ratio": ratio})


def _of_prior(cells: Cells, parameters: ItemParameters, method: str) -> Iterator[Note]:
    """The note that items of a Rasch model come without its population, unless persons (N, J) seem to be of
    N(0, 1)."""
    if (parameters.a[parameters.usable] != 1.0).any():
        return
    if np.count_nonzero((cells >= 0).any(axis=1)) >= _ENOUGH:
        seen = histogram(cells, parameters)
        if abs(seen.mean) < _UNLIKE_MEAN and abs(math.log(seen.sd)) < math.log(_UNLIKE_SD):
            return
    arguments = {
        "argument": Argument("items"), "population": Argument("population"), "wle": Argument("method", "wle")
    }  # fmt: skip
    yield note_of(TEXTS, "prior-unknown", {**arguments, "method": method})


def people_frame(persons: Sequence[object], **columns: NDArray[np.generic]) -> pl.DataFrame:
    """Return a table with `person` and the columns; null where undefined."""
    return frame({"person": list(persons), **columns})


def for_items(data: Responses, items: Sequence[str]) -> Responses:
    """Return the responses to these items, in this order. Items missing from the data count as not
    administered."""
    if data.items == tuple(items):
        return data
    place = {name: j for j, name in enumerate(data.items)}
    unnamed = all(name == f"i{j + 1}" for j, name in enumerate(data.items))
    if not set(items) & set(place):
        if not (unnamed and len(data.items) == len(items)):
            raise ArgumentError(f"data has none of the items {shown(items)}; it has {shown(data.items)}")
        place = {name: j for j, name in enumerate(items)}
    elif unknown := [name for name in data.items if name not in set(items)]:
        raise ArgumentError(
            f"data has {shown(unknown)}, which the model has not: leave it out, as by "
            f"es.responses(data, exclude=[{unknown[0]!r}])"
        )
    cells = np.full((data.n_persons, len(items)), NOT_ADMINISTERED, dtype=np.int8)
    for j, name in enumerate(items):
        if name in place:
            cells[:, j] = data.cells[:, place[name]]
    return Responses(data.persons, tuple(items), cells)


def abilities(
    data: object,
    items: object,
    *,
    method: str = "eap",
    population: object = None,
    model: str | None = None,
) -> pl.DataFrame:
    """Estimate the abilities of persons from items with known parameters.

    Parameters
    ----------
    data : array_like, data frame, mapping or Responses
        (N, J) scores as `responses` takes them, or {item: score} for one person. Items that are missing from
        the data count as not administered.
    items : IrtFit, data frame or mapping
        A fit; or its `items`, or any table with the columns `item`, `a`, `b` (`b1` …), `c`; or {item: {"a":
        1.2, "b": 0.3}}, or the output of `examgen analyse irt --json`. The names of mirt are also accepted:
        `a1`, `d` (−a b) and `g` (c). Any other parameter name is refused, and a Python warning lists other
        columns of numbers, which are not used. Without `a` slopes are 1. Steps are between the scores 0, 1, 2
        …, or between those in a column `scores` (`"1 2 3"`).
    method : {"eap", "map", "ml", "wle", "eap-sum"}
        Expected or maximum a posteriori, maximum likelihood, weighted likelihood, or EAP of the sum score.
    population : tuple of float or "histogram", optional
        (mean, sd) for `eap`, `map` and `eap-sum`. By default that of the fit, or (0, 1) for a table; a Python
        warning says where all slopes are 1 (`rasch`, `pcm`), so that the table does not tell the spread.
    model : {"grm", "pcm", "gpcm"}, optional
        The model of steps `b1` … in a table.

    Returns
    -------
    polars.DataFrame
        `person`, `theta`, `se`; null without an answer, infinite for `ml` with nothing or everything right.

    Raises
    ------
    ArgumentError
        If the table lacks an item, a score has no category in an item's parameters, or the population is
        invalid.

    See Also
    --------
    irt : fits the items.

    Notes
    -----
    Logistic metric, D = 1; 121 nodes on [−6, 6], as `mirt::fscores` in R: Bock & Mislevy (1982) for `eap`,
    Warm (1989) for `wle`, Thissen et al. (1995) for `eap-sum`.

    Examples
    --------
    >>> import examgen.stats as es
    >>> known = {"i1": {"a": 1.2, "b": 0.0}, "i2": {"a": 1.0, "b": 1.0}}
    >>> es.abilities({"i1": 1, "i2": 0}, known).rows()
    [(1, 0.205..., 0.819...)]
    """
    from examgen.stats.irt_fit import IrtFit

    method = word("method", method, METHODS)
    if isinstance(items, IrtFit):
        if not items.converged:
            warnings.warn(note_of(TEXTS, "not-converged", {"argument": Argument("items")}), stacklevel=2)
        return items.abilities(method, population=population, data=data)
    if model is not None:
        model = word("model", model, ("grm", "pcm", "gpcm"))
    known_items = parameters_from(items, None, model, "items")
    names, parameters = known_items.names, known_items.parameters
    for note in known_items.notes:
        warnings.warn(note, UserWarning, stacklevel=2)
    if isinstance(data, Mapping) and data and all(np.ndim(one) == 0 for one in data.values()):
        data = {name: score for name, score in data.items() if name not in ("id", "person")}
    taken = for_items(responses(data), names)
    usable = parameters.usable
    without = [name for j, name in enumerate(names) if not usable[j] and (taken.cells[:, j] >= 0).any()]
    if without:
        raise ArgumentError(f"items has no parameters of {shown(without)}, which was answered")
    cells = known_items.counted(taken.cells, "data")
    known = population_for(method, population, (0.0, 1.0), cells, parameters, "items")
    found = estimate(cells, parameters, method, known)
    sums = np.where(cells >= 0, cells, 0).sum(axis=1)
    # one row for each sum is a table to score by, not answers of persons
    is_table = method == "eap-sum" and len(np.unique(sums)) == len(sums)
    notes = () if is_table else against_answers(names, parameters, usable, cells, found.theta, "items")
    if population is None and method in _WITH_POPULATION:
        notes = (*notes, *_of_prior(cells, parameters, method))
    for note in notes:
        warnings.warn(note, UserWarning, stacklevel=2)
    return people_frame(taken.persons, theta=found.theta, se=found.se)
