"""A pool of items → adaptive and multistage tests, simulated: how near estimates come, what they use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.core.responses.matrix import NOT_ADMINISTERED
from examgen.psychometrics.adaptive import (
    AdaptiveRules,
    Panel,
    adaptive_tests,
    overlap,
    panel_tests,
    recovery,
)
from examgen.psychometrics.irt import abilities
from examgen.psychometrics.irt.items import ItemParameters
from examgen.psychometrics.irt.quadrature import Grid, normal_grid
from examgen.psychometrics.simulation import draw_scores
from examgen.stats.arguments import ArgumentError, brief, is_row, kind_of, number, objects, shown, whole, word
from examgen.stats.irt_items import KnownItems
from examgen.stats.response_data import Responses, as_responses, columns_of
from examgen.stats.results import Result, frame
from examgen.stats.simulation import drawn_abilities, item_parameters, own_population, person_names

Floats = NDArray[np.float64]
SCORES = ("eap", "map", "ml", "wle")
_BANDS = np.arange(-2.0, 2.5, 0.5)


@dataclass(frozen=True, repr=False, eq=False)
class TestSimulation(Result):
    """What `simulate_adaptive` and `simulate_multistage` return.

    Attributes
    ----------
    persons : polars.DataFrame
        `person`, `theta` (the truth; of answers that people gave, the estimate by all of them), `estimate`,
        `se`, `n_items`; of a multistage test `path`.
    items : polars.DataFrame
        The pool: `item`, `area` where it has areas, `n` persons who had the item and `exposure`, their share.
    by_theta : polars.DataFrame
        In bands of theta: `n`, `bias` and `rmse` of estimates, mean `se` and `n_items`.
    steps : polars.DataFrame
        Of adaptive tests: `person`, `place` from 1, `item`, `score`, and `estimate` and `se` after it.
    paths : polars.DataFrame
        Of multistage tests: `path`, `n`, mean `theta`, `rmse`.
    bias, rmse, correlation : float
        Of estimates against theta.
    mean_items, mean_se : float
    overlap : float
        The mean share of items that two persons have in common.
    responses : Responses
        What was answered; the rest of the pool is not administered.
    notes : tuple of str
        Persons without an estimate, and ceilings of exposure that were not kept.
    """

    persons: pl.DataFrame
    items: pl.DataFrame
    by_theta: pl.DataFrame
    steps: pl.DataFrame
    paths: pl.DataFrame
    bias: float
    rmse: float
    correlation: float
    mean_items: float
    mean_se: float
    overlap: float
    responses: Responses
    notes: tuple[str, ...]
    _kind: str

    __test__ = False

    def _title(self) -> str:
        return f"{self._kind}: {len(self.persons):,} persons, a pool of {len(self.items):,} items"

    def _figures(self) -> Mapping[str, object]:
        exposure = self.items["exposure"]
        return {
            "bias": self.bias,
            "RMSE": self.rmse,
            "correlation": self.correlation,
            "mean items": self.mean_items,
            "mean SE": self.mean_se,
            "overlap": self.overlap,
            "greatest exposure": exposure.max(),
            "never used": int((exposure == 0).sum()),
        }

    def _table(self) -> pl.DataFrame:
        return self.paths if len(self.paths) else self.by_theta

    def _remarks(self) -> Sequence[str]:
        return self.notes

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values, without the responses and the single steps."""
        kept = super().to_dict()
        return {name: value for name, value in kept.items() if name not in ("responses", "steps")}

    def plot(self, ax: Any = None) -> Any:
        """Exposure of the items, the most used first; the axes of matplotlib (an extra)."""
        from examgen.stats.irt_plots import axes

        ax = axes(ax)
        exposure = np.sort(self.items["exposure"].to_numpy())[::-1]
        ax.bar(np.arange(1, len(exposure) + 1), exposure, width=1.0)
        ax.set_xlabel("items, the most used first")
        ax.set_ylabel("share of persons who had it")
        ax.set_title(self._title())
        return ax


class _Pool(NamedTuple):
    known: KnownItems
    columns: dict[str, NDArray[Any]]
    theta: Floats
    """(N,) the truth; of answers that were given the estimate by all of them."""
    answers: Responses
    """What each would answer to every item, in categories."""
    grid: Grid
    rng: np.random.Generator
    mean: float
    sd: float

    @property
    def names(self) -> tuple[str, ...]:
        """Of the items."""
        return self.known.names

    @property
    def parameters(self) -> ItemParameters:
        """Of the items."""
        return self.known.parameters


def simulate_adaptive(
    pool: object,
    n: int | None = None,
    seed: int = 1,
    *,
    theta: object = None,
    answers: object = None,
    mean: float | None = None,
    sd: float | None = None,
    model: str | None = None,
    length: int = 20,
    se: float | None = None,
    least: int = 1,
    selection: str = "information",
    strata: int = 4,
    randomesque: int = 1,
    max_exposure: float | None = None,
    areas: Mapping[str, float] | None = None,
    score: str = "eap",
) -> TestSimulation:
    """Adaptive tests on a pool: bias, error, length, and how evenly the pool is used.

    Parameters
    ----------
    pool : data frame, mapping or IrtFit
        J items: `item`, `a`, `b` (or `b1` …), `c`, `u`. A column `area` names content areas, a column
        `max_exposure` gives items a ceiling of their own, 0 to 1.
    n : int, optional
        How many persons are simulated; where `theta` is given, as many as that has.
    seed : int
        The same seed gives the same persons, answers and tests.
    theta : array_like, shape (N,), optional
        Abilities; else drawn from N(`mean`, `sd`²).
    answers : data frame or Responses, optional
        Answers that people gave to the pool: a post-hoc simulation, in place of simulated ones. Items without
        an answer are not given.
    mean, sd : float, optional
        Of ability in the population, which is also the prior of EAP between items. Left out: those of the
        (first) group of a fit, and 0 and 1 of a table.
    model : {"grm", "pcm", "gpcm"}, optional
        Of items with steps; a fit knows its own.
    length : int
        Items of a test; with `se` at most.
    se : float, optional
        The test ends where the standard error is not above this.
    least : int
        Items before it may end.
    selection : {"information", "a-stratified"}
        The most informative item at the estimate; or the one whose difficulty is nearest, from `strata` parts
        of the pool by slope, flat ones first.
    strata : int
    randomesque : int
        One of so many best items is drawn.
    max_exposure : float, optional
        The share of persons who may have an item, on the average, 0 to 1: by item eligibility. All items
        together must make up the length of a test.
    areas : mapping, optional
        {area: share} of every test, where the pool has areas; shares are made up to 1.
    score : {"eap", "map", "ml", "wle"}
        The final estimate.

    Returns
    -------
    TestSimulation

    Raises
    ------
    ArgumentError
        For a table that is not of items, areas that the pool has not, numbers out of range, and a ceiling of
        exposure that no tests of this length can keep.

    See Also
    --------
    simulate_multistage : fixed modules and routing. simulate : whole response matrices.

    Notes
    -----
    van der Linden & Glas (2010); Kingsbury & Zara (1989) for randomesque selection and content balancing;
    Chang & Ying (1999) for strata; van der Linden & Veldkamp (2007) for eligibility; overlap by Chen,
    Ankenmann & Spray (2003). In R: `catR::simulateRespondents`, `mirtCAT`; in Python catsim.

    Examples
    --------
    >>> import numpy as np, examgen.stats as es
    >>> rng = np.random.default_rng(1)
    >>> pool = {"item": [f"i{j}" for j in range(200)], "a": rng.lognormal(0.2, 0.25, 200),
    ...         "b": rng.normal(size=200)}
    >>> found = es.simulate_adaptive(pool, n=300, length=15, randomesque=5)
    >>> bool(found.rmse < 0.4), found.mean_items, round(found.items["exposure"].sum(), 6)
    (True, 15.0, 15.0)
    """
    selection = word("selection", selection, ("information", "a-stratified"))
    score = word("score", score, SCORES)
    made = _pool(pool, n, seed, theta, answers, mean, sd, model)
    n_items = len(made.names)
    rules = AdaptiveRules(
        most=whole("length", length, 1, n_items),
        least=whole("least", least, 1, length),
        se=None if se is None else number("se", se, 0.0),
        randomesque=whole("randomesque", randomesque, 1, n_items),
        strata=whole("strata", strata, 2, n_items) if selection == "a-stratified" else 1,
        ceiling=_ceiling(made, max_exposure),
    )
    if rules.ceiling is not None:
        _refuse_too_low(rules.ceiling, made.answers.cells, length if se is None else least)
    area = None
    if areas is not None:
        area, shares = _areas(made, areas)
        rules = rules._replace(shares=shares)
    found = adaptive_tests(made.answers.cells, made.parameters, rules, made.grid, area, made.rng)
    given = found.items >= 0
    rows, places = np.nonzero(given)
    cells = np.full_like(made.answers.cells, NOT_ADMINISTERED)
    chosen = found.items[rows, places]
    cells[rows, chosen] = made.answers.cells[rows, chosen]
    n_given = given.sum(axis=1)
    last = np.maximum(n_given - 1, 0)
    everyone = np.arange(len(last))
    estimate, error = found.theta[everyone, last], found.se[everyone, last]
    steps = frame(
        {
            "person": np.array(made.answers.persons, dtype=object)[rows].tolist(),
            "place": places + 1,
            "item": np.array(made.names, dtype=object)[chosen].tolist(),
            "score": made.known.scored(cells)[rows, chosen],
            "estimate": found.theta[rows, places],
            "se": found.se[rows, places],
        }
    )
    notes = _above_ceiling(made, rules.ceiling, (cells >= 0).mean(axis=0))
    return _result(made, cells, estimate, error, score, "Adaptive test", notes, steps=steps)


def simulate_multistage(
    pool: object,
    panel: Sequence[object],
    n: int | None = None,
    seed: int = 1,
    *,
    theta: object = None,
    answers: object = None,
    mean: float | None = None,
    sd: float | None = None,
    model: str | None = None,
    routing: str = "information",
    cuts: Sequence[Sequence[float]] | None = None,
    score: str = "eap",
) -> TestSimulation:
    """A multistage test on a pool: modules that are fixed, and routing between stages.

    Parameters
    ----------
    pool : data frame, mapping or IrtFit
        J items: `item`, `a`, `b` (or `b1` …), `c`, `u`; a column `module` where `panel` names modules.
    panel : sequence
        The stages. Each is a list of modules by their name in the column `module`, or a mapping {module: its
        items}; from easy to hard where `cuts` route. In a first stage of several each is equally likely.
    n : int, optional
    seed : int
    theta, answers : optional
    mean, sd : float, optional
    model : str, optional
        All as in `simulate_adaptive`.
    routing : {"information", "theta", "score"}
        To the module that is most informative at the estimate so far; or by `cuts` of the estimate, or of the
        score in all items so far.
    cuts : sequence of sequences, optional
        For each stage after the first one fewer than its modules, ascending; at a cut to the harder module.
    score : {"eap", "map", "ml", "wle"}
        The final estimate.

    Returns
    -------
    TestSimulation
        `.paths` says how many went which way.

    Raises
    ------
    ArgumentError
        For modules without items, items in two stages, and cuts that do not fit the stages.

    See Also
    --------
    simulate_adaptive : an item at a time.

    Notes
    -----
    Yan, von Davier & Lewis (2014). In R: `mstR::randomMST`.

    Examples
    --------
    >>> import numpy as np, examgen.stats as es
    >>> b = np.repeat([0.0, -0.8, 0.8], 10) + np.tile(np.linspace(-0.5, 0.5, 10), 3)
    >>> pool = {"item": [f"i{j}" for j in range(30)], "a": [1.3] * 30, "b": b,
    ...         "module": np.repeat(["middle", "easy", "hard"], 10)}
    >>> found = es.simulate_multistage(pool, [["middle"], ["easy", "hard"]], n=400)
    >>> found.paths["path"].to_list(), found.mean_items
    (['middle > easy', 'middle > hard'], 20.0)
    """
    routing = word("routing", routing, ("information", "theta", "score"))
    score = word("score", score, SCORES)
    made = _pool(pool, n, seed, theta, answers, mean, sd, model)
    names, built = _panel(made, panel, routing, cuts)
    own = made.answers.cells
    found = panel_tests(own, made.known.scored(own), made.parameters, built, made.grid, made.rng)
    cells = np.full_like(made.answers.cells, NOT_ADMINISTERED)
    for module, items in enumerate(built.modules):
        rows = np.flatnonzero((found.modules == module).any(axis=1))
        cells[np.ix_(rows, items)] = made.answers.cells[np.ix_(rows, items)]
    estimate, error = found.theta[:, -1], found.se[:, -1]
    ways = [" > ".join(names[module] for module in row) for row in found.modules.tolist()]
    return _result(made, cells, estimate, error, score, "Multistage test", ways=ways)


# ── what was given ───────────────────────────────────────────────────────────────────────────


def _pool(
    pool: object, n: int | None, seed: int, theta: object, answers: object, mean: float | None,
    sd: float | None, model: str | None,
) -> _Pool:  # fmt: skip
    rng = np.random.default_rng(whole("seed", seed, 0))
    mean, sd = own_population(pool, mean, sd)
    number("sd", sd, 0.05, 20.0)
    number("mean", mean, -20.0, 20.0)
    known = item_parameters(pool, model, "pool")
    names, parameters = known.names, known.parameters
    table = getattr(pool, "items", None)
    columns = {} if isinstance(table, pl.DataFrame) else columns_of(pool, "pool")[0]
    wide = max(6.0, abs(mean) + 5.0 * sd)
    grid = normal_grid(2 * round(10 * wide) + 1, wide, mean, sd)
    if answers is None:
        true = drawn_abilities(n, theta, mean, sd, rng)
        given = Responses(person_names(len(true)), names, draw_scores(parameters, true, rng))
        return _Pool(known, columns, true, given, grid, rng, mean, sd)
    if n is not None or theta is not None:
        raise ArgumentError("answers are those of persons who are there; leave out n and theta")
    own = as_responses(answers)
    if without := [name for name in names if name not in own.items]:
        raise ArgumentError(f"answers have no item {shown(without)} of the pool")
    cells = known.counted(own.cells[:, [own.items.index(name) for name in names]], "answers")
    whole_estimate = abilities.eap(cells, parameters, grid).theta
    given = Responses(own.persons, names, cells)
    return _Pool(known, columns, whole_estimate, given, grid, rng, mean, sd)


def _ceiling(made: _Pool, max_exposure: float | None) -> Floats | None:
    own = made.columns.get("max_exposure")
    if max_exposure is None and own is None:
        return None
    everyone = 1.0 if max_exposure is None else number("max_exposure", max_exposure, 0.0, 1.0)
    found = np.full(len(made.names), everyone)
    for row, value in enumerate([] if own is None else own.tolist()):
        if value is not None and not (isinstance(value, float) and np.isnan(value)):
            found[row] = min(everyone, number(f"max_exposure of item {made.names[row]}", value, 0.0, 1.0))
    return found


def _refuse_too_low(ceiling: Floats, answers: NDArray[np.int8], length: int) -> None:
    """Refuses ceilings whose items together do not make up the tests."""
    needed = float(np.minimum((answers >= 0).sum(axis=1), length).mean())
    if ceiling.sum() < needed - 1e-9:
        raise ArgumentError(
            f"max_exposure allows {ceiling.sum():.1f} items of {len(ceiling)} a person on the average, and "
            f"a test has {needed:g}: expected {np.ceil(1000 * needed / len(ceiling)) / 1000:g} at least"
        )


def _areas(made: _Pool, areas: Mapping[str, float]) -> tuple[NDArray[np.int64], Floats]:
    if not isinstance(areas, Mapping) or not areas:
        raise ArgumentError(f"areas is {brief(areas)}; expected {{area: share}}")
    if "area" not in made.columns:
        raise ArgumentError("areas are given, but the pool has no column area")
    own = [str(one) for one in made.columns["area"].tolist()]
    known = sorted(set(own))
    named = {str(name): number(f"areas[{name!r}]", share, 0.0) for name, share in areas.items()}
    if odd := [name for name in named if name not in known]:
        raise ArgumentError(f"areas names {shown(odd)}; the pool has {shown(known)}")
    shares = np.array([named.get(name, 0.0) for name in known])
    if not shares.sum() > 0:
        raise ArgumentError("areas are all 0; expected shares above 0")
    return np.array([known.index(name) for name in own]), shares / shares.sum()


def _panel(
    made: _Pool, panel: Sequence[object], routing: str, cuts: Sequence[Sequence[float]] | None
) -> tuple[tuple[str, ...], Panel]:
    if isinstance(panel, (str, Mapping)) or not is_row(panel) or not len(panel):
        raise ArgumentError("panel is a list of stages, each a list of modules or {module: items}")
    of_module: dict[str, list[int]] = {}
    for place, name in enumerate(made.columns.get("module", np.empty(0)).tolist()):
        of_module.setdefault(str(name), []).append(place)
    names: list[str] = []
    modules: list[NDArray[np.int64]] = []
    stages: list[tuple[int, ...]] = []
    for number_of_stage, stage in enumerate(panel, 1):
        own: list[int] = []
        wanted = (
            stage if isinstance(stage, Mapping) else dict.fromkeys(map(str, objects("panel", stage).tolist()))
        )
        for name, items in wanted.items():
            places = of_module.get(str(name), [])
            if items is not None:
                given = [str(one) for one in objects(f"panel[{name!r}]", items).tolist()]
                if odd := [item for item in given if item not in made.names]:
                    raise ArgumentError(f"panel: module {name} has {shown(odd)}, which the pool has not")
                places = [made.names.index(item) for item in given]
            if not places:
                raise ArgumentError(f"panel: module {name} has no item in the pool's column module")
            own.append(len(names))
            names.append(str(name))
            modules.append(np.array(places, dtype=np.int64))
        if not own:
            raise ArgumentError(f"panel: stage {number_of_stage} has no module; expected one at least")
        before = {item for module in (k for one in stages for k in one) for item in modules[module].tolist()}
        if again := [made.names[item] for k in own for item in modules[k].tolist() if item in before]:
            raise ArgumentError(f"panel: {shown(again)} of stage {number_of_stage} is in a stage before, too")
        stages.append(tuple(own))
    if (routing == "information") != (cuts is None):
        raise ArgumentError("cuts go with routing 'theta' or 'score', which need them")
    limits = []
    if cuts is not None and (isinstance(cuts, (str, Mapping)) or not is_row(cuts)):
        raise ArgumentError(f"cuts is {kind_of(cuts)}; expected numbers for each stage after the first")
    for k, stage_cuts in enumerate([] if cuts is None else cuts):
        own_cuts = [number("cuts", one) for one in objects("cuts", stage_cuts).tolist()]
        n_modules = len(stages[k + 1]) if k + 1 < len(stages) else 0
        if len(own_cuts) != n_modules - 1 or own_cuts != sorted(own_cuts):
            raise ArgumentError(
                f"cuts[{k}] has {len(own_cuts)} numbers for {n_modules} modules; "
                "expected one fewer, ascending"
            )
        limits.append(tuple(own_cuts))
    if cuts is not None and len(limits) != len(stages) - 1:
        raise ArgumentError(
            f"cuts has {len(limits)} stages; expected one for each of {len(stages) - 1} routings"
        )
    return tuple(names), Panel(tuple(modules), tuple(stages), routing, tuple(limits))


# ── what came of it ──────────────────────────────────────────────────────────────────────────


def _above_ceiling(made: _Pool, ceiling: Floats | None, exposure: Floats) -> tuple[str, ...]:
    """A note of the items that more persons had than chance explains."""
    if ceiling is None:
        return ()
    chance = 4.0 * np.sqrt(ceiling * (1.0 - ceiling) / made.answers.n_persons) + 0.02
    above = np.flatnonzero(exposure > ceiling + chance)
    if not len(above):
        return ()
    most = int(above[exposure[above].argmax()])
    return (
        f"max_exposure was not kept for {len(above)} items: {made.names[most]} was given to "
        f"{100 * exposure[most]:.0f} % of persons, not {100 * ceiling[most]:.0f} %",
    )


def _scored(
    cells: NDArray[np.int8], parameters: ItemParameters, score: str, mean: float, sd: float
) -> tuple[Floats, Floats]:
    if score == "map":
        found = abilities.map(cells, parameters, mean, sd)
    else:
        found = abilities.ml(cells, parameters) if score == "ml" else abilities.wle(cells, parameters)
    return np.where(np.isfinite(found.theta), found.theta, np.nan), found.se


def _result(
    made: _Pool,
    cells: NDArray[np.int8],
    estimate: Floats,
    error: Floats,
    score: str,
    kind: str,
    notes: tuple[str, ...] = (),
    *,
    steps: pl.DataFrame | None = None,
    ways: list[str] | None = None,
) -> TestSimulation:
    if score != "eap":
        estimate, error = _scored(cells, made.parameters, score, made.mean, made.sd)
    if n_without := int((~np.isfinite(estimate)).sum()):
        notes = (
            f"{n_without:,} of {len(cells):,} persons have no estimate by {score} (nothing or everything "
            "right, or no answer): bias, RMSE and correlation are of the others",
            *notes,
        )
    notes = (*made.known.notes, *notes)
    given = cells >= 0
    n_given, counts = given.sum(axis=1), given.sum(axis=0)
    n = len(cells)
    persons: dict[str, object] = {
        "person": list(made.answers.persons), "theta": made.theta, "estimate": estimate, "se": error,
        "n_items": n_given,
    }  # fmt: skip
    items: dict[str, object] = {"item": list(made.names)}
    if "area" in made.columns:
        items["area"] = [str(one) for one in made.columns["area"].tolist()]
    items |= {"n": counts, "exposure": counts / n}
    near = recovery(made.theta, estimate)
    band = np.digitize(made.theta, _BANDS)
    ends = ["−∞", *(f"{one:+.1f}" for one in _BANDS), "∞"]
    rows = []
    for k in np.unique(band).tolist():
        own = band == k
        of = recovery(made.theta[own], estimate[own])
        rows.append(
            {
                "theta": f"{ends[k]} to {ends[k + 1]}", "n": int(own.sum()), "bias": of.bias, "rmse": of.rmse,
                "se": _mean(error[own]), "n_items": float(n_given[own].mean()),
            }
        )  # fmt: skip
    paths = pl.DataFrame()
    if ways is not None:
        persons["path"] = ways
        paths = (
            frame({"path": ways, "theta": made.theta, "squared": (estimate - made.theta) ** 2})
            .group_by("path")
            .agg(n=pl.len(), theta=pl.col("theta").mean(), rmse=pl.col("squared").drop_nulls().mean().sqrt())
            .sort("theta")
        )
    mean_items = float(n_given.mean())
    return TestSimulation(
        frame(persons),
        frame(items),
        frame({name: [row[name] for row in rows] for name in rows[0]}),
        pl.DataFrame() if steps is None else steps,
        paths,
        near.bias,
        near.rmse,
        near.correlation,
        mean_items,
        _mean(error),
        overlap(counts, n, mean_items) if mean_items else float("nan"),
        Responses(made.answers.persons, made.names, made.known.scored(cells)),
        notes,
        kind,
    )


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
