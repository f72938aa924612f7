"""Simulation of responses from item parameters.

Data sets for the examples in the documentation, simulated with a seed or shipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from examgen.stats.arguments import ArgumentError, number, shown, vector, whole, word
from examgen.stats.irt_items import KnownItems, parameters_from
from examgen.stats.irt_models import ItemParameters, row_chunks
from examgen.stats.matrix import NOT_ADMINISTERED, Cells, Floats
from examgen.stats.response_data import Responses, responses
from examgen.stats.results import Result, frame

_FARTHEST = 20.0


class Simulation(Result):
    """Simulated responses, as returned by `simulate`; accepted as data by every analysis.

    Attributes
    ----------
    responses : Responses
    persons : polars.DataFrame
        `person`, `theta`: the abilities from which the responses were drawn.
    """

    responses: Responses
    persons: pl.DataFrame

    @property
    def title(self) -> str:
        """The kind of analysis."""
        return f"Simulation: {self.responses.n_persons:,} persons × {self.responses.n_items:,} items"

    @property
    def figures(self) -> Mapping[str, object]:
        """Single values by name."""
        theta = self.persons["theta"]
        return {"mean of theta": theta.mean(), "sd": theta.std(ddof=0)}

    @property
    def notes(self) -> Sequence[str]:
        """The notes on the item parameters."""
        return self.responses.notes

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Tables by name, the main one first."""
        cells = self.responses
        head = Responses(cells.persons[:10], cells.items, cells.cells[:10]).frame()
        return {"table": self.persons.head(10).hstack(head.drop("person"))}


def simulate(
    items: object,
    n: int | None = None,
    seed: int = 1,
    *,
    theta: object = None,
    mean: float | None = None,
    sd: float | None = None,
    model: str | None = None,
    missing: float = 0.0,
) -> Simulation:
    """Simulate responses of persons from a population under an item response model.

    Parameters
    ----------
    items : data frame, mapping or IrtFit
        `item`, `a`, `b`, and `c` if the model has it; or `b1`, `b2` … for partial scores. The names of mirt
        are also accepted: `a1`, `d` (−a b) and `g` (c). Slopes are 1 without `a`. The `items` of `irt` are
        such a table. Partial scores are 0, 1, 2 …, or those of a column `scores` (`"1 2 3"`).
    n : int, optional
        The number of persons; by default the length of `theta`.
    seed : int
        The same seed gives the same persons and responses.
    theta : array_like, shape (N,), optional
        Abilities, −20 to 20; by default drawn from N(`mean`, `sd`²).
    mean, sd : float, optional
        By default those of the (first) group of a fit, or 0 and 1 for a table.
    model : {"grm", "pcm", "gpcm"}, optional
        The model of items with steps `b1`, `b2` …; not needed for a fit.
    missing : float
        Proportion of cells, 0 to 0.9, that are randomly set to not administered.

    Returns
    -------
    Simulation
        `.responses` and `.persons`, with the true abilities.

    Raises
    ------
    ArgumentError
        If the table does not hold items, or numbers are out of range.

    See Also
    --------

    Notes
    -----
    P(1 | θ) = c + (1 − c) / (1 + exp(−a(θ − b))), without the constant 1.7; graded responses by Samejima
    (1969), partial credit by Muraki (1992). In R: `mirt::simdata`.

    Examples
    --------
    >>> import examgen.stats as es
    >>> made = es.simulate({"item": ["q1", "q2"], "a": [1.0, 1.5], "b": [-1.0, 1.0]}, n=2000, seed=3)
    >>> made.responses.items, made.responses.cells.mean(axis=0).round(2)
    (('q1', 'q2'), array([0.7 , 0.27]))
    """
    rng = np.random.default_rng(whole("seed", seed, 0))
    known = item_parameters(items, model, "items")
    number("missing", missing, 0.0, 0.9)
    if theta is None:
        mean, sd = own_population(items, mean, sd)
    abilities = drawn_abilities(n, theta, mean, sd, rng)
    cells = known.scored(draw_scores(known.parameters, abilities, rng))
    if missing:
        cells[rng.random(cells.shape) < missing] = NOT_ADMINISTERED
    persons = person_names(len(abilities))
    return Simulation(
        Responses(persons, known.names, cells, notes=known.notes),
        frame({"person": list(persons), "theta": abilities}),
    )


def draw_scores(parameters: ItemParameters, theta: Floats, rng: np.random.Generator) -> Cells:
    """Return random scores (N, J) of candidates with abilities (N,); −1 for items without parameters."""
    n_items, most = parameters.d.shape
    scores = np.full((len(theta), n_items), -1, dtype=np.int8)
    for rows in row_chunks(len(theta), n_items * (most + 1)):
        upto = parameters.probabilities(theta[rows]).cumsum(axis=2)[:, :, :-1]
        drawn = rng.random(upto.shape[:2])
        # a sum of all categories may lie a little below 1: no score is beyond an item's own
        drawn_scores = np.minimum((drawn[:, :, None] >= upto).sum(axis=2), parameters.n_categories - 1)
        scores[rows] = np.where(np.isfinite(upto[:, :, 0]), drawn_scores, -1)
    return scores


def item_parameters(items: object, model: str | None, argument: str) -> KnownItems:
    """Return the names and parameters of items in a table or a fit. Raises ArgumentError if an item has no
    parameters."""
    of_fit = getattr(items, "items", None)
    if isinstance(of_fit, pl.DataFrame):
        model = model or str(getattr(items, "model", ""))
        items = of_fit
    known = parameters_from(items, None, model, argument)
    names, parameters = known.names, known.parameters
    usable = parameters.usable
    if not usable.any():
        raise ArgumentError(f"{argument} has no item with a and b")
    if not usable.all():
        without = [name for name, ok in zip(names, usable, strict=True) if not ok]
        if not isinstance(of_fit, pl.DataFrame):
            raise ArgumentError(f"{argument} has no parameters of {shown(without)}")
        known = known.some(np.flatnonzero(usable))
    return known


def own_population(items: object, mean: float | None, sd: float | None) -> tuple[float, float]:
    """Return the mean and standard deviation of ability: those given, else those of the fit, else 0 and 1."""
    of_fit = isinstance(getattr(items, "items", None), pl.DataFrame)
    own = (getattr(items, "mean", 0.0), getattr(items, "sd", 1.0)) if of_fit else (0.0, 1.0)
    for name, said, value in zip(("mean", "sd"), (mean, sd), own, strict=True):
        if said is None and not np.isfinite(value):
            raise ArgumentError(f"{name} is not given, and the fit has no population: say mean= and sd=")
    return own[0] if mean is None else mean, own[1] if sd is None else sd


def drawn_abilities(
    n: int | None, theta: object, mean: float | None, sd: float | None, rng: np.random.Generator
) -> Floats:
    """Return the given abilities (N,), or random ones from a normal population."""
    centre = 0.0 if mean is None else number("mean", mean, -_FARTHEST, _FARTHEST)
    spread = 1.0 if sd is None else number("sd", sd, 0.0, _FARTHEST)
    if theta is not None:
        return vector("theta", theta, n, low=-_FARTHEST, high=_FARTHEST)
    if n is None:
        raise ArgumentError(
            "n is not given, and theta neither; expected how many persons, or their abilities"
        )
    return centre + spread * rng.standard_normal(whole("n", n, 1, 10_000_000))


def person_names(n: int) -> tuple[str, ...]:
    """Return names of persons: `P001` …"""
    digits = max(len(str(n)), 3)
    return tuple(f"P{row + 1:0{digits}d}" for row in range(n))


# ── examples ──────────────────────────────────────────────────────────────────────────────────────────


SHIPPED = ("sim2pl", "sim_dif")
_FOLDER = Path(__file__).resolve().parents[1] / "data" / "psychometrics"


def example(
    kind: str = "scores", n_persons: int = 500, n_items: int = 8, *, missing: float = 0.0, seed: int = 1
) -> Responses:
    """Return simulated responses for trying out an analysis.

    Parameters
    ----------
    kind : {"scores", "choices", "partial", "sim2pl", "sim_dif"}
        Scores 0 and 1 of a 2PL; options A to D with a key, for the analysis of distractors; scores from 0 to
        3 of a graded model. Or a shipped data set (CC0, the reference set with results of R): `sim2pl` is
        from a 2PL, `sim_dif` has DIF and the column `group` (`reference`, `focal`) in `others`; the other
        arguments do not apply to these.
    n_persons, n_items : int
        At least 1 each; the items are named `I01`, `I02` …, from easy to hard.
    missing : float
        Proportion of cells, 0 to 0.9, that were not administered.
    seed : int
        The same seed gives the same responses.

    Returns
    -------
    Responses
        With the column `sex` (`f`, `m`) in `others`: for `m` the first item is harder than it should be.

    Raises
    ------
    ArgumentError
        If the kind is unknown, or a size is out of range.

    See Also
    --------
    responses : your own data.

    Notes
    -----
    Abilities are N(0, 1), slopes run from 0.8 to 1.6, difficulties from −1.5 to 1.5. In R:
    `mirt::simdata`.

    Examples
    --------
    >>> import examgen.stats as es
    >>> es.example(n_items=4)
    500 persons × 4 items, scores 0–1, 0.0 % missing
    person  I01  I02  I03  I04
    P001      1    0    1    0
    P002      1    0    0    0
    P003      1    1    0    1
    P004      0    0    0    0
    P005      1    1    0    1
    … 495 more persons
    """
    kind = word("kind", kind, ("scores", "choices", "partial", *SHIPPED))
    if kind in SHIPPED:
        table = pl.read_csv(_FOLDER / f"{kind}.csv.gz", infer_schema_length=None)
        return responses(table, exclude=[name for name in ("group",) if name in table.columns])
    n, k = whole("n_persons", n_persons, 1, 10_000_000), whole("n_items", n_items, 1, 10_000)
    number("missing", missing, 0.0, 0.9)
    rng = np.random.default_rng(whole("seed", seed, 0))
    theta, male = rng.normal(size=n), np.arange(n) % 2 == 1
    a = 0.8 + 0.8 * rng.random(k)
    b = np.linspace(-1.5, 1.5, k) if k > 1 else np.zeros(1)
    z = a * (theta[:, None] - b)
    z[male, 0] -= 0.8
    noise = rng.logistic(size=(n, k))
    cells = (noise < z).astype(np.int8)
    if kind == "partial":
        cells = sum(((noise < z + shift).astype(np.int8) for shift in (1.0, 0.0, -1.0)), np.zeros_like(cells))
    digits_p, digits_i = max(len(str(n)), 3), max(len(str(k)), 2)
    persons = tuple(f"P{row + 1:0{digits_p}d}" for row in range(n))
    items = tuple(f"I{j + 1:0{digits_i}d}" for j in range(k))
    others = pl.DataFrame({"sex": np.where(male, "m", "f")})
    gone = rng.random((n, k)) < missing
    if kind == "choices":
        keys, wrong = np.arange(k) % 4, rng.choice(3, size=(n, k), p=[0.5, 0.3, 0.2]) + 1
        places = np.where(cells == 1, keys, (keys + wrong) % 4)
        letters = np.array(list("ABCD"), dtype=object)[places]
        letters[gone] = None
        made = responses(
            letters, items=items, persons=persons, key=[("A", "B", "C", "D")[one] for one in keys]
        )
        return Responses(made.persons, made.items, made.cells, made.choices, others)
    cells[gone] = NOT_ADMINISTERED
    return Responses(persons, items, cells, None, others)
