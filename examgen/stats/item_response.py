"""Responses → a fitted item response model with names: items, abilities, fit, information, pictures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats.ability import METHODS, estimate, people_frame, population_for
from examgen.stats.arguments import (
    ArgumentError,
    Groups,
    collection,
    groups_of,
    shown,
    truth,
    vector,
    whole,
    word,
)
from examgen.stats.irt_curves import (
    answer_patterns,
    category_probabilities,
    item_information,
    linked,
    marginal_reliability,
    n_categories,
    test_information,
    usable_items,
)
from examgen.stats.irt_items import PARTIAL, ItemScores, KnownItems, items_frame, parameters_from
from examgen.stats.irt_models import Estimated, Fit, ItemParameters, Note, estimated
from examgen.stats.mml_curves import parse_prior
from examgen.stats.mml_fit import consecutive, fit_groups, fit_mml
from examgen.stats.quadrature import normal_grid
from examgen.stats.response_data import Responses, as_responses, responses
from examgen.stats.results import Result, frame

if TYPE_CHECKING:
    from examgen.stats.irt_plots import IrtPlots

Floats = NDArray[np.float64]
MODELS = ("rasch", "rasch-cml", "1pl", "2pl", "3pl", "grm", "pcm", "gpcm")
_GROUP_MODELS = ("rasch", "1pl", "2pl", "3pl", *PARTIAL)
_FEWEST_SHARED = 2
_TITLES = {"rasch": "Rasch model", "rasch-cml": "Rasch model"}
_FIRST = 10_000
"""One of so many persons who has every item shows that all hang together."""
_APART = (
    "some items have no person in common with the others, nor through further items: they stand on one scale "
    "only if the persons of both are alike"
)
_CONFIGURAL = (
    "all items are free: each group was fitted by itself with mean 0, and its abilities are not on the scale "
    "of the others"
)
_THETA = np.linspace(-4.0, 4.0, 81)


@dataclass(frozen=True)
class _Scale:
    """Items and ability of one group."""

    name: str | None
    parameters: ItemParameters
    mean: float
    sd: float
    scores: ItemScores
    """What the categories of the items stand for."""


@dataclass(frozen=True, repr=False, eq=False)
class IrtFit(Result):
    """A fitted item response model: what `irt` returns.

    Attributes
    ----------
    model : str
    items : polars.DataFrame
        `item`, `a`, `b` (`b1` … for partial scores), `c` where the model has it, each followed by its
        standard error; null for an item that was left out. With several groups also `group`, null where the
        item is the same in all. Where nobody has some of the scores of an item, `scores` says which ones its
        steps lie between (`"1 2 3"`).
    population : polars.DataFrame
        `group`, `n`, `mean`, `sd` of ability, with standard errors.
    loglik, log_prior : float
    n_parameters, n_persons, iterations : int
    converged : bool
    notes : tuple of str
        What must be known of the fit.
    left_out : tuple of str
        Items without estimates.

    See Also
    --------
    irt, abilities

    Examples
    --------
    >>> import examgen.stats as es
    >>> fit = es.irt(es.example(), "2pl")
    >>> fit.abilities().head(2).columns
    ['person', 'theta', 'se']
    >>> fit.vcov.columns[:4]
    ['parameter', 'I01.a', 'I02.a', 'I03.a']
    """

    model: str
    items: pl.DataFrame
    population: pl.DataFrame
    loglik: float
    log_prior: float
    n_parameters: int
    n_persons: int
    converged: bool
    iterations: int
    notes: tuple[str, ...]
    left_out: tuple[str, ...]
    _data: Responses
    _cells: NDArray[np.int8]
    """As the model counts them: without categories that nobody has."""
    _group: NDArray[np.int64] | None
    _scales: tuple[_Scale, ...]
    _free: Estimated | None
    _covariance: Floats | None
    _labels: tuple[str, ...]

    # ── figures ──────────────────────────────────────────────────────────────────────────────

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2.0 * self.n_parameters - 2.0 * self.loglik

    @property
    def bic(self) -> float:
        """Schwarz's information criterion."""
        return float(np.log(self.n_persons)) * self.n_parameters - 2.0 * self.loglik

    @property
    def mean(self) -> float:
        """Mean of ability in the (first) group; NaN under conditional likelihood."""
        return self._scales[0].mean

    @property
    def sd(self) -> float:
        """Standard deviation of ability in the (first) group; NaN under conditional likelihood."""
        return self._scales[0].sd

    @cached_property
    def reliability(self) -> float:
        """Marginal reliability of ability in the (first) group (Green et al., 1984)."""
        return marginal_reliability(self._scales[0].parameters, self.mean, self.sd)

    @property
    def vcov(self) -> pl.DataFrame | None:
        """Covariances of the free parameters, by name (`I01.a`, `I01.d`, `mean`).

        `d` are intercepts, −a b for items of 0 and 1. None with several groups, and where standard errors
        were not asked for or do not exist.
        """
        if self._covariance is None or not self._covariance.size:
            return None
        columns = {name: self._covariance[:, k] for k, name in enumerate(self._labels)}
        return frame({"parameter": list(self._labels), **columns})

    def _title(self) -> str:
        kind = "conditional" if self.model == "rasch-cml" else "marginal"
        name = _TITLES.get(self.model, self.model.upper())
        groups = f" in {len(self._scales)} groups" if len(self._scales) > 1 else ""
        size = f"{self.n_persons:,} persons × {self._data.n_items:,} items"
        return f"{name}{groups}: {size}, {kind} maximum likelihood"

    def _figures(self) -> Mapping[str, object]:
        known: dict[str, object] = {"log-likelihood": self.loglik, "AIC": self.aic, "BIC": self.bic}
        if len(self._scales) > 1:
            ability = {str(scale.name): f"mean {scale.mean:.3f} sd {scale.sd:.3f}" for scale in self._scales}
        else:
            ability = {} if np.isnan(self.sd) else {"ability": f"mean {self.mean:.3f} sd {self.sd:.3f}"}
            known["reliability"] = self.reliability
        known["parameters"] = self.n_parameters
        known |= ability
        return known if self.converged else {"NOT CONVERGED": "no number should be used", **known}

    def _table(self) -> pl.DataFrame:
        return self.items

    def _remarks(self) -> Sequence[str]:
        return self.notes

    def to_dict(self) -> dict[str, Any]:
        """The fit as plain values, with `aic` and `bic`."""
        from examgen.stats.results import plain

        return super().to_dict() | {"aic": plain(self.aic), "bic": plain(self.bic)}

    # ── persons ──────────────────────────────────────────────────────────────────────────────

    def abilities(
        self, method: str | None = None, *, population: object = None, data: object = None
    ) -> pl.DataFrame:
        """Abilities of the persons: `person`, `theta`, `se`.

        Parameters
        ----------
        method : {"eap", "map", "ml", "wle", "eap-sum"}, optional
            `eap`; after conditional estimation `ml`.
        population : tuple of float or "histogram", optional
            (mean, sd) of `eap`, `map` and `eap-sum`; the model's own if not given: each group's, with its
            free mean and standard deviation. `"histogram"` estimates its shape from the responses.
        data : object, optional
            Other persons with the same items; of a model of several groups they count as of the first.

        Returns
        -------
        polars.DataFrame
            Null where there is no estimate; infinite for `ml` with nothing or everything right.
        """
        way = word("method", method or ("ml" if self.model == "rasch-cml" else "eap"), METHODS)
        if data is None:
            persons, cells, group = self._data.persons, self._cells, self._group
        else:
            own = self._taken(data)
            persons, cells, group = own.persons, own.cells, None
        theta, se = np.full((2, len(cells)), np.nan)
        for g, scale in enumerate(self._scales if group is not None else self._scales[:1]):
            rows = slice(None) if group is None else group == g
            part = cells[rows]
            known = population_for(
                way, population, (scale.mean, scale.sd), part, scale.parameters, self.model
            )
            found = estimate(part, scale.parameters, way, known)
            theta[rows], se[rows] = found.theta, found.se
        return people_frame(persons, theta=theta, se=se)

    def plausible_values(self, n_draws: int = 5, *, seed: int, population: object = None) -> pl.DataFrame:
        """Draws from each person's posterior: `person`, `pv1` … (Mislevy, 1991).

        Parameters
        ----------
        n_draws : int
            Of each person, 1 or more.
        seed : int
            The same seed gives the same draws.
        population : tuple of float, optional
            (mean, sd); the model's own if not given.
        """
        from examgen.stats.irt_abilities import DRAWING_NODES, plausible_values

        n, seed = whole("n_draws", n_draws, 1, 1_000), whole("seed", seed, 0)
        drawn = np.full((len(self._cells), n), np.nan)
        for g, scale in enumerate(self._scales):
            rows = slice(None) if self._group is None else self._group == g
            part = self._cells[rows]
            own = (scale.mean, scale.sd)
            known = population_for("eap", population, own, part, scale.parameters, self.model, DRAWING_NODES)
            drawn[rows] = plausible_values(part, scale.parameters, n, seed=seed + g, grid=known.grid)
        return people_frame(self._data.persons, **{f"pv{k + 1}": drawn[:, k] for k in range(n)})

    def person_fit(self, method: str = "wle") -> pl.DataFrame:
        """Person fit: `person`, `n`, `theta`, `lz`, `lz_star`, `infit`, `z_infit`, `outfit`, `z_outfit`.

        Parameters
        ----------
        method : {"wle", "ml", "map"}
            Of the abilities at which answers are compared; lz* allows for it (Snijders, 2001).
        """
        from examgen.psychometrics.fit.persons import person_fit

        method = word("method", method, ("wle", "ml", "map"))
        columns = np.full((7, len(self._cells)), np.nan)
        n = np.zeros(len(self._cells), dtype=np.int64)
        for g, scale in enumerate(self._scales):
            rows = slice(None) if self._group is None else self._group == g
            part = self._cells[rows]
            known = population_for(method, None, (scale.mean, scale.sd), part, scale.parameters, self.model)
            theta = estimate(part, scale.parameters, method, known).theta
            mean, sd = (scale.mean, scale.sd) if method == "map" else (0.0, 1.0)
            found = person_fit(part, scale.parameters, theta, method=method, mean=mean, sd=sd)
            n[rows] = found.n
            columns[:, rows] = (
                theta, found.lz, found.lz_star, found.infit, found.z_infit, found.outfit, found.z_outfit,
            )  # fmt: skip
        names = ("theta", "lz", "lz_star", "infit", "z_infit", "outfit", "z_outfit")
        return people_frame(self._data.persons, n=n, **dict(zip(names, columns, strict=True)))

    # ── items and the whole ──────────────────────────────────────────────────────────────────

    def item_fit(self, group: str | None = None) -> pl.DataFrame:
        """Item fit: infit and outfit with Z at ML abilities, S-X² with df, p and RMSEA.

        Parameters
        ----------
        group : str, optional
            Which group, of a model of several: its persons under its own population.

        Notes
        -----
        As mirt's `itemfit`. After conditional estimation infit and outfit are eRm's, and there is no S-X²,
        which needs a population. S-X² compares persons who answered every item.
        """
        from examgen.psychometrics.fit.items import item_fit
        from examgen.psychometrics.fit.s_x2 import s_x2

        names, nothing = list(self._data.items), np.full(self._data.n_items, np.nan)
        if self.model == "rasch-cml":
            from examgen.psychometrics.irt.conditional.persons import rasch_fit

            of = rasch_fit(self._cells, self._conditional()).items
            told: dict[str, Any] = {
                "n": of.n, "infit": of.infit, "z_infit": of.infit_t, "outfit": of.outfit,
                "z_outfit": of.outfit_t, "s_x2": nothing, "df": nothing, "p": nothing, "rmsea": nothing,
            }  # fmt: skip
            return frame({"item": names, **told})
        cells, scale = self._part(group)
        from examgen.stats import irt_abilities as abilities

        at = abilities.ml(cells, scale.parameters, bounded=True)
        found = item_fit(cells, scale.parameters, at.theta)
        free = self._free or estimated(self.model, scale.parameters)
        sums = s_x2(cells, scale.parameters, free, normal_grid(mean=scale.mean, sd=scale.sd))
        return frame(
            {
                "item": names, "n": found.n, "infit": found.infit, "z_infit": found.z_infit,
                "outfit": found.outfit, "z_outfit": found.z_outfit, "s_x2": sums.statistic, "df": sums.df,
                "p": sums.p, "rmsea": sums.rmsea,
            }
        )  # fmt: skip

    def model_fit(self) -> IrtModelFit:
        """M2 of the whole model, with RMSEA, SRMSR, CFI and TLI; as mirt's `M2`.

        Raises
        ------
        ArgumentError
            For several groups, and after conditional estimation, which M2 is not for.
        """
        from examgen.psychometrics.fit.model import model_fit

        if self.model == "rasch-cml" or self._free is None:
            kind = "conditional likelihood" if self.model == "rasch-cml" else "several groups"
            raise ArgumentError(f"M2 is for one group under marginal likelihood; this model is of {kind}")
        scale = self._scales[0]
        grid = normal_grid(mean=scale.mean, sd=scale.sd)
        found = model_fit(self._cells, scale.parameters, self._free, grid)
        return IrtModelFit(
            found.m2, found.df, found.p, found.rmsea, found.rmsea_low, found.rmsea_high, found.srmsr,
            found.cfi, found.tli, _sentences(found.notes, self._data.items, ()),
        )  # fmt: skip

    def local_dependence(self, group: str | None = None) -> pl.DataFrame:
        """Pairs of items by Yen's Q3 at EAP and Chen & Thissen's LD X², the furthest Q3 first.

        Columns `item`, `with`, `q3`, `adjusted` (Q3 less its mean over pairs; above 0.2 suggests dependence:
        Christensen et al., 2017), `ld_x2`, `v` (signed Cramér V), `df`, `p`; the last four null after
        conditional estimation. R: `mirt::residuals(fit, type = "Q3")` and `type = "LD"`.

        Parameters
        ----------
        group : str, optional
            Which group, of a model of several.
        """
        from examgen.psychometrics.fit.local import local_dependence, q3

        cells, scale = self._part(group)
        way = "wle" if self.model == "rasch-cml" else "eap"
        known = population_for(way, None, (scale.mean, scale.sd), cells, scale.parameters, self.model)
        found = q3(cells, scale.parameters, estimate(cells, scale.parameters, way, known).theta)
        first, second = np.triu_indices(len(found.q3), 1)
        adjusted = found.adjusted[first, second]
        order = np.argsort(-np.abs(np.nan_to_num(adjusted)), kind="stable")
        first, second, names = first[order], second[order], np.array(self._data.items, dtype=object)
        told: dict[str, object] = {
            "item": names[first].tolist(), "with": names[second].tolist(), "q3": found.q3[first, second],
            "adjusted": adjusted[order],
        }  # fmt: skip
        if self.model == "rasch-cml":
            nothing = np.full(len(order), np.nan)
            return frame(told | dict.fromkeys(("ld_x2", "v", "df", "p"), nothing))
        tables = local_dependence(cells, scale.parameters, normal_grid(mean=scale.mean, sd=scale.sd))
        more = {"ld_x2": tables.x2, "v": tables.v, "df": tables.df, "p": tables.p}
        return frame(told | {name: values[first, second] for name, values in more.items()})

    def andersen(self, split: object = "median") -> LikelihoodRatioTest:
        """Andersen's likelihood ratio test: whether items are as hard in groups of persons; `eRm::LRtest`.

        Parameters
        ----------
        split : {"median", "mean", "score"}, str or array_like
            Groups by the sum of scores, or by a column of the data, or a value for each person.

        Raises
        ------
        ArgumentError
            For a model that is not `rasch-cml`.
        """
        from examgen.psychometrics.irt.conditional.rasch import andersen

        own, names = self._split(split)
        found = andersen(self._cells, own)
        notes = _sentences(found.notes, self._data.items, names)
        return LikelihoodRatioTest(found.statistic, found.df, found.p, notes)

    def item_wald(self, split: object = "median") -> pl.DataFrame:
        """Wald test of each item between two groups of persons; `eRm::Waldtest`.

        Columns `item`, `difficulty_1`, `se_1`, `difficulty_2`, `se_2`, `z` (above 0: harder for the second
        group), `p`.

        Parameters
        ----------
        split : {"median", "mean"}, str or array_like
            Two groups: by the sum of scores, or by a column of the data, or a value for each person.

        Raises
        ------
        ArgumentError
            For a model that is not `rasch-cml`, and for more than two groups.
        """
        from examgen.psychometrics.irt.conditional.rasch import item_wald

        own, _ = self._split(split)
        try:
            found = item_wald(self._cells, own)
        except ValueError as reason:
            raise ArgumentError(f"split: {reason}") from None
        (b1, b2), (se1, se2) = found.difficulty, found.se
        columns = {
            "difficulty_1": b1,
            "se_1": se1,
            "difficulty_2": b2,
            "se_2": se2,
            "z": found.z,
            "p": found.p,
        }
        return frame({"item": list(self._data.items), **columns})

    def _split(self, split: object) -> tuple[Any, tuple[str, ...]]:
        if self.model != "rasch-cml":
            raise ArgumentError(f"this test is of rasch-cml; the model is {self.model}")
        if isinstance(split, str) and split in ("median", "mean", "score"):
            return split, ()
        groups = groups_of("split", self._data.column(split, "split"), self._data.n_persons)
        return groups.number, groups.names

    # ── curves ───────────────────────────────────────────────────────────────────────────────

    def information(
        self, theta: object = None, *, by_item: bool = False, group: str | None = None
    ) -> pl.DataFrame:
        """Information of the test and its standard error, or of each item.

        Parameters
        ----------
        theta : array_like, optional
            Abilities; 81 from −4 to 4, if not given.
        by_item : bool
            A row for each item and ability (`item`, `theta`, `information`) instead of `theta`,
            `information`, `se`.
        group : str, optional
            Which group, of a model of several.
        """
        at, scale = self._theta(theta), self._scale(group)
        if not by_item:
            total = test_information(scale.parameters, at)
            with np.errstate(divide="ignore"):
                return frame({"theta": at, "information": total, "se": 1.0 / np.sqrt(total)})
        own = item_information(scale.parameters, at)
        names = np.array(self._data.items, dtype=object)
        return frame(
            {
                "item": np.repeat(names, len(at)).tolist(), "theta": np.tile(at, len(names)),
                "information": own.T.ravel(),
            }
        )  # fmt: skip

    def probabilities(self, theta: object = None, *, group: str | None = None) -> pl.DataFrame:
        """Probability of each score of each item: `item`, `score`, `theta`, `probability`.

        Parameters
        ----------
        theta : array_like, optional
            Abilities; 81 from −4 to 4, if not given.
        group : str, optional
            Which group, of a model of several.
        """
        at, scale = self._theta(theta), self._scale(group)
        p = category_probabilities(scale.parameters, at)
        n = n_categories(scale.parameters)
        known = KnownItems(self._data.items, scale.parameters, scale.scores)
        pairs = [(j, k) for j in np.flatnonzero(usable_items(scale.parameters)) for k in range(n[j])]
        return frame(
            {
                "item": [self._data.items[j] for j, _ in pairs for _ in at],
                "score": [int(known.scores_of(int(j))[k]) for j, k in pairs for _ in at],
                "theta": np.tile(at, len(pairs)),
                "probability": np.concatenate([p[:, j, k] for j, k in pairs] or [np.empty(0)]),
            }
        )

    @property
    def plot(self) -> IrtPlots:
        """Pictures by matplotlib: `.icc(item)`, `.information()` (also by item), `.wright_map()`.

        `fit.plot()` draws the information of the test.
        """
        from examgen.stats.irt_plots import IrtPlots

        return IrtPlots(self)

    def item_name(self, item: str | int) -> str:
        """The name of an item, by its name or its place from 0."""
        return self._data.items[self._data.place(item)]

    # ── inside ───────────────────────────────────────────────────────────────────────────────

    def _theta(self, theta: object) -> Floats:
        if theta is None:
            return _THETA
        return vector("theta", [theta] if np.isscalar(theta) else theta)

    def _scale(self, group: str | None) -> _Scale:
        if group is None and len(self._scales) == 1:
            return self._scales[0]
        found = [scale for scale in self._scales if scale.name == group and group is not None]
        if found:
            return found[0]
        names = shown([scale.name or "" for scale in self._scales])
        raise ArgumentError(f"group is {group!r}; the groups of this model are {names or 'none'}")

    def _part(self, group: str | None) -> tuple[NDArray[np.int8], _Scale]:
        scale = self._scale(group)
        if self._group is None:
            return self._cells, scale
        return self._cells[self._group == self._scales.index(scale)], scale

    def _taken(self, data: object) -> Responses:
        """Other persons' responses with the items of this model, counted as it counts them."""
        from examgen.stats.ability import for_items

        own, first = for_items(responses(data), self._data.items), self._scales[0]
        cells = KnownItems(own.items, first.parameters, first.scores).counted(own.cells, "data")
        return replace(own, cells=cells)

    def _conditional(self) -> Fit:
        """The fit as `rasch_fit` takes it."""
        from examgen.psychometrics.irt.conditional.rasch import fit_cml

        return fit_cml(self._cells, standard_errors=False)


@dataclass(frozen=True, repr=False, eq=False)
class IrtModelFit(Result):
    """M2 and what follows from it; null where it cannot be had."""

    m2: float
    df: int
    p: float
    rmsea: float
    rmsea_low: float
    """Of the 90 % interval."""
    rmsea_high: float
    srmsr: float
    cfi: float
    tli: float
    notes: tuple[str, ...]

    def _title(self) -> str:
        return "Fit of the model"

    def _figures(self) -> Mapping[str, object]:
        return {
            "M2": self.m2, "df": self.df, "p": self.p,
            "RMSEA": f"{self.rmsea:.3f} ({self.rmsea_low:.3f} to {self.rmsea_high:.3f})",
            "SRMSR": self.srmsr, "CFI": self.cfi, "TLI": self.tli,
        }  # fmt: skip

    def _remarks(self) -> Sequence[str]:
        return self.notes


@dataclass(frozen=True, repr=False, eq=False)
class LikelihoodRatioTest(Result):
    """A likelihood ratio test."""

    statistic: float
    df: int
    p: float
    notes: tuple[str, ...]

    def _title(self) -> str:
        return "Andersen's likelihood ratio test"

    def _figures(self) -> Mapping[str, object]:
        return {"statistic": self.statistic, "df": self.df, "p": self.p}

    def _remarks(self) -> Sequence[str]:
        return self.notes


def irt(
    data: object,
    model: str = "2pl",
    *,
    groups: object = None,
    free: Collection[str] = (),
    reference: object = None,
    prior_c: str | None = None,
    anchors: object = None,
    standard_errors: bool = True,
) -> IrtFit:
    """Fit an item response model.

    Parameters
    ----------
    data : array_like, data frame or Responses
        (N, J) scores, as `responses` takes them; missing ones are missing at random.
    model : {"rasch", "rasch-cml", "1pl", "2pl", "3pl", "grm", "pcm", "gpcm"}
        For scores 0 and 1: `rasch` (slopes 1, free sd of ability), `rasch-cml` (the same by conditional
        likelihood, no population), `1pl` (one slope, sd 1), `2pl`, `3pl`. For partial scores: `grm`
        (graded), `pcm`, `gpcm` (partial credit with slopes 1, or free).
    groups : str or array_like, optional
        (N,) a column of the data, texts, numbers or a mask: the items are the same in all groups, ability is
        N(0, 1) in the first and has a free mean and sd in the others. Not for `rasch-cml`.
    free : collection of str
        With groups: items that have parameters of their own in each. Where all are free, each group is fitted
        by itself with mean 0 (mirt's `multipleGroup` as it comes, the configural model): what it says of
        persons is not comparable between groups, its log-likelihood is.
    reference : object, optional
        The group that comes first; the first in order, if not given.
    prior_c : str, optional
        Of lower asymptotes: `"norm:-1.1:0.5"` (of logit c) or `"beta:5:17"`. Without one the 3PL is often
        hardly identified.
    anchors : data frame or mapping, optional
        Known parameters: columns `item` and `a`, `b` (`b1` …), `c` (or mirt's `a1`, `d`, `g`), or
        {item: {"b": 0.3}}. They are not estimated; ability gets a free mean, and a free sd where a slope is
        known.
    standard_errors : bool
        From the exact observed information.

    Returns
    -------
    IrtFit

    Raises
    ------
    ArgumentError
        For what does not fit the model, and where no item can be estimated.

    See Also
    --------
    abilities : persons scored with known items.

    Notes
    -----
    Marginal maximum likelihood (Bock & Aitkin, 1981) on 61 nodes from −6 to 6; logistic metric, D = 1. The
    numbers are those of `mirt::mirt(data, 1, itemtype)` and `mirt::multipleGroup` in R, with
    b = −d / a; of `eRm::RM` for `rasch-cml` (its `beta` has the other sign), where difficulties sum to 0.

    Examples
    --------
    >>> import examgen.stats as es
    >>> es.irt(es.example(n_items=4), "rasch")
    Rasch model: 500 persons × 4 items, marginal maximum likelihood
    log-likelihood -1,162.414; AIC 2,334.827; BIC 2,355.900; reliability 0.351; parameters 5
    ability mean 0.000 sd 0.880
    item      a  se_a       b   se_b
    I01   1.000     –  -1.486  0.128
    I02   1.000     –  -0.600  0.108
    I03   1.000     –   0.405  0.106
    I04   1.000     –   1.595  0.132
    """
    own = as_responses(data, groups)
    model = word("model", model, MODELS)
    if model not in PARTIAL:
        high = np.flatnonzero(own.cells.max(axis=0) > 1)
        if len(high):
            j = int(high[0])
            raise ArgumentError(
                f"data: item {own.items[j]} has a score of {own.cells[:, j].max()}; {model} takes 0 and 1: "
                "try grm, pcm or gpcm"
            )
    prior = _prior(prior_c, model)
    truth("standard_errors", standard_errors)
    free = collection("free", free)
    if groups is not None:
        if anchors is not None:
            raise ArgumentError("anchors are for one group: leave groups or anchors out")
        known = groups_of("groups", own.column(groups, "groups"), own.n_persons, reference)
        of_groups = _of_groups(own, model, known, free, prior, standard_errors)
        return replace(of_groups, notes=(*own.notes, *known.notes(), *of_groups.notes))
    if len(free):
        raise ArgumentError("free is for models with groups: say groups too")
    known_items = None if anchors is None else _anchors(anchors, own, model)
    fixed = None if known_items is None else known_items.parameters
    cells, closed, scores = _categories(own, model, known_items)
    if model == "rasch-cml":
        from examgen.psychometrics.irt.conditional.rasch import fit_cml

        fit = fit_cml(cells, standard_errors)
    else:
        try:
            fit = fit_mml(cells, model, prior_c=prior, fixed=fixed, standard_errors=standard_errors)
        except ValueError as reason:
            raise ArgumentError(f"model {model}: {reason}") from None
    usable = usable_items(fit.parameters)
    told = () if known_items is None else known_items.notes
    notes = (*own.notes, *told, *_sentences((*closed, *fit.notes), own.items, ()))
    if anchors is None and model != "rasch-cml" and not _hangs_together(cells):
        notes = (*notes, _APART)
    if not usable.any():
        raise ArgumentError(
            f"data: no item can be estimated: {'; '.join(notes[:3]) or 'there are too few answers'}"
        )
    errors = {"a": fit.se_a, "b": fit.se_b, "c": fit.se_c}
    ability = {"mean": fit.mean, "se_mean": fit.se_mean, "sd": fit.sd, "se_sd": fit.se_sd}
    return IrtFit(
        model=model,
        items=items_frame(own.items, model, fit.parameters, errors, scores if _renumbered(scores) else None),
        population=frame({"group": [None], "n": [fit.n_candidates], **ability}),
        loglik=fit.log_likelihood, log_prior=fit.log_prior, n_parameters=fit.n_parameters,
        n_persons=fit.n_candidates, converged=fit.converged, iterations=fit.iterations, notes=notes,
        left_out=tuple(name for name, there in zip(own.items, usable, strict=True) if not there),
        _data=own, _cells=cells, _group=None,
        _scales=(_Scale(None, fit.parameters, float(fit.mean[0]), float(fit.sd[0]), scores),),
        _free=None if model == "rasch-cml" else estimated(model, fit.parameters, fixed),
        _covariance=fit.covariance,
        _labels=tuple(_label(one, own.items, model) for one in fit.free),
    )  # fmt: skip


def _categories(
    own: Responses, model: str, known: KnownItems | None
) -> tuple[NDArray[np.int8], tuple[Note, ...], list[NDArray[np.int64] | None]]:
    """Scores as the model counts them, the notes of it, and what its categories stand for.

    Partial scores that nobody has are closed up, but not those of known items, whose steps stay in place.
    """
    if model not in PARTIAL:
        return own.cells, (), [None] * own.n_items
    if known is None:
        cells, closed = consecutive(own.cells)
        return cells, closed, _closed_up(own.cells, cells)
    anchored: NDArray[np.bool_] = np.asarray(np.isfinite(known.parameters.d).any(axis=1))
    there = np.flatnonzero([scores is not None for scores in known.scores])
    given = own.cells.copy()
    given[:, there] = known.some(there).counted(own.cells[:, there], "data")
    cells, closed = consecutive(given, ~anchored)
    found = _closed_up(own.cells, cells)
    return cells, closed, [known.scores[j] if anchored[j] else scores for j, scores in enumerate(found)]


def _closed_up(cells: NDArray[np.int8], counted: NDArray[np.int8]) -> list[NDArray[np.int64] | None]:
    """Of each item the scores that its categories stand for; None where these are the scores."""
    changed = (cells != counted).any(axis=0)
    return [
        np.unique(column[column >= 0]).astype(np.int64) if own else None
        for own, column in zip(changed.tolist(), cells.T, strict=True)
    ]


def _renumbered(scores: ItemScores) -> bool:
    return any(own is not None for own in scores)


def _hangs_together(cells: NDArray[np.int8]) -> bool:
    """Whether the items stand on one scale by the persons who took them."""
    if (cells[:_FIRST] >= 0).all(axis=1).any():
        return True
    patterns, _, _ = answer_patterns(cells >= 0)
    patterns = patterns[patterns.any(axis=1)]
    return not len(patterns) or linked(patterns)


def _label(free: tuple[str, int, int], items: Sequence[str], model: str) -> str:
    name, j, step = free
    if name in ("mean", "sd"):
        return name
    return f"{items[j]}.{name}{step + 1 if name == 'd' and model in PARTIAL else ''}"


def _sentences(notes: Sequence[Note], items: Sequence[str], groups: Sequence[str]) -> tuple[str, ...]:
    """Notes as sentences, with the names that they are about."""
    told = []
    for one in dict.fromkeys(notes):
        where = [] if one.item is None else [f"item {items[one.item]}"]
        where += [] if one.group is None or not groups else [f"group {groups[one.group]}"]
        told.append(f"{', '.join(where)}: {one.message}" if where else str(one.message))
    return tuple(told)


def _prior(prior_c: object, model: str) -> Any:
    if prior_c is None:
        return None
    if model != "3pl":
        raise ArgumentError(f"prior_c is for 3pl; {model} has no lower asymptote")
    try:
        return parse_prior(prior_c if isinstance(prior_c, str) else repr(prior_c))
    except ValueError as reason:
        raise ArgumentError(f"prior_c: {reason}") from None


def _anchors(anchors: object, own: Responses, model: str) -> KnownItems:
    """Known parameters of the items; NaN is free."""
    if model == "rasch-cml":
        raise ArgumentError("anchors are for marginal likelihood; take model='rasch'")
    if isinstance(anchors, IrtFit):
        anchors = anchors.items
    known = parameters_from(anchors, own.items, model, "anchors", free=True)
    given = known.parameters
    if model != "3pl" and (given.c > 0).any():
        raise ArgumentError(f"anchors have asymptotes c, and {model} has none: take 3pl")
    if model in ("rasch", "pcm") and (np.abs(given.a[np.isfinite(given.a)] - 1.0) > 1e-9).any():
        raise ArgumentError(f"anchors have slopes other than 1, and those of {model} are 1")
    return known


class _GroupsFitted(NamedTuple):
    """A model of several groups, whatever its scores."""

    scales: tuple[_Scale, ...]
    errors: tuple[Mapping[str, Floats], ...]
    """Of each group: of `a`, `b`, `c`."""
    se_mean: Floats
    se_sd: Floats
    log_likelihood: float
    n_parameters: int
    n_persons: int
    converged: bool
    iterations: int
    notes: tuple[Note, ...]


def _of_groups(
    own: Responses, model: str, groups: Groups, free: Collection[str], prior: Any, standard_errors: bool
) -> IrtFit:
    if model not in _GROUP_MODELS:
        raise ArgumentError(f"models of several groups are {shown(_GROUP_MODELS)}, not {model}")
    places = [own.place(one, "free") for one in ([free] if isinstance(free, str) else free)]
    apart = np.zeros(own.n_items, dtype=np.bool_)
    apart[places] = True
    configural = bool(apart.all())
    taken = groups.number >= 0
    everyone = bool(taken.all())
    cells = own.cells if everyone else own.cells[taken]
    of = groups.number if everyone else groups.number[taken]
    fitted = _groups_apart if configural else _groups_together
    try:
        fit = fitted(cells, of, groups.names, model, apart, prior, standard_errors)
    except ValueError as reason:
        raise ArgumentError(f"model {model}: {reason}") from None
    notes = _sentences(fit.notes, own.items, groups.names)
    known = [usable_items(scale.parameters) for scale in fit.scales]
    usable = np.logical_or.reduce(known or [np.zeros(own.n_items, dtype=np.bool_)])
    shared = np.flatnonzero(usable & ~apart)
    if configural and usable.any():
        notes = (_CONFIGURAL, *notes)
    elif not len(shared):
        why = "; ".join(notes[:3]) or "every one that can is in free="
        raise ArgumentError(
            f"groups share no item that can be estimated: {why}. Two items tie groups together; or free "
            "names all items, and each group has a scale of its own"
        )
    else:
        _tied(cells, of, groups.names, shared)
    counted, scales = own.cells, fit.scales
    if model in PARTIAL:
        counted, scales = _counted(own.cells, groups.number, apart, fit.scales)
    renumbered = any(_renumbered(scale.scores) for scale in scales)
    tables = []
    for g, (scale, errors) in enumerate(zip(scales, fit.errors, strict=True)):
        scores = scale.scores if renumbered else None
        table = items_frame(own.items, model, scale.parameters, errors, scores).with_row_index("place")
        here = pl.col("place").is_in(places)
        label = pl.when(here).then(pl.lit(scale.name)).otherwise(None).alias("group")
        tables.append((table if g == 0 else table.filter(here)).with_columns(label))
    items = pl.concat(tables, how="diagonal").sort("place", maintain_order=True).drop("place")
    columns = ["item", "group", *(name for name in items.columns if name not in ("item", "group"))]
    return IrtFit(
        model=model, items=items.select(columns),
        population=frame(
            {
                "group": list(groups.names), "n": np.bincount(of, minlength=len(groups.names)),
                "mean": [scale.mean for scale in fit.scales], "se_mean": fit.se_mean,
                "sd": [scale.sd for scale in fit.scales], "se_sd": fit.se_sd,
            }
        ),
        loglik=fit.log_likelihood, log_prior=0.0, n_parameters=fit.n_parameters, n_persons=fit.n_persons,
        converged=fit.converged, iterations=fit.iterations, notes=notes,
        left_out=tuple(name for name, there in zip(own.items, usable.tolist(), strict=True) if not there),
        _data=own, _cells=counted, _group=groups.number, _scales=scales, _free=None, _covariance=None,
        _labels=(),
    )  # fmt: skip


def _groups_together(
    cells: NDArray[np.int8], of: NDArray[np.int64], names: Sequence[str], model: str,
    apart: NDArray[np.bool_], prior: Any, standard_errors: bool,
) -> _GroupsFitted:  # fmt: skip
    """All groups at once."""
    fit = fit_groups(cells, of, model=model, free=apart, prior_c=prior, standard_errors=standard_errors)
    return _GroupsFitted(
        tuple(
            _Scale(name, one.parameters, float(one.mean[0]), float(one.sd[0]), [None] * cells.shape[1])
            for name, one in zip(names, fit.fits, strict=False)
        ),
        tuple({"a": one.se_a, "b": one.se_b, "c": one.se_c} for one in fit.fits),
        np.array([one.se_mean[0] for one in fit.fits]), np.array([one.se_sd[0] for one in fit.fits]),
        fit.log_likelihood, fit.n_parameters, fit.n_candidates, fit.converged, fit.iterations, fit.notes,
    )  # fmt: skip


def _groups_apart(
    cells: NDArray[np.int8], of: NDArray[np.int64], names: Sequence[str], model: str,
    apart: NDArray[np.bool_], prior: Any, standard_errors: bool,
) -> _GroupsFitted:  # fmt: skip
    """Each group by itself: the configural model."""
    fits = []
    for g in range(len(names)):
        own = cells[of == g]
        own = consecutive(own)[0] if model in PARTIAL else own
        fits.append(fit_mml(own, model, prior_c=prior, standard_errors=standard_errors))
    return _GroupsFitted(
        tuple(
            _Scale(name, one.parameters, float(one.mean[0]), float(one.sd[0]), [None] * len(apart))
            for name, one in zip(names, fits, strict=True)
        ),
        tuple({"a": one.se_a, "b": one.se_b, "c": one.se_c} for one in fits),
        np.array([one.se_mean[0] for one in fits]), np.array([one.se_sd[0] for one in fits]),
        float(sum(one.log_likelihood for one in fits)), sum(one.n_parameters for one in fits),
        sum(one.n_candidates for one in fits), all(one.converged for one in fits),
        max(one.iterations for one in fits),
        tuple(note._replace(group=g) for g, one in enumerate(fits) for note in one.notes),
    )  # fmt: skip


def _counted(
    cells: NDArray[np.int8], number: NDArray[np.int64], apart: NDArray[np.bool_], scales: Sequence[_Scale]
) -> tuple[NDArray[np.int8], tuple[_Scale, ...]]:
    """Partial scores as a model of groups counts them, and the scales with what categories stand for.

    Scores that nobody has are closed up; of an item with parameters of its own, in each group.
    """
    rows = np.flatnonzero(number >= 0)
    counted = np.full_like(cells, -1)
    counted[rows] = consecutive(cells[rows], ~apart)[0]
    shared, made = _closed_up(cells[rows], counted[rows]), []
    for g, scale in enumerate(scales):
        here = number == g
        counted[here] = consecutive(counted[here], apart)[0]
        own = _closed_up(cells[here], counted[here])
        made.append(replace(scale, scores=[own[j] if apart[j] else shared[j] for j in range(len(own))]))
    return (cells if np.array_equal(counted, cells) else counted), tuple(made)


def _tied(cells: NDArray[np.int8], of: NDArray[np.int64], names: Sequence[str], shared: Any) -> None:
    """Refuses groups that no chain of shared items ties to the first."""
    answered = [(cells[of == g][:, shared] >= 0).any(axis=0) for g in range(len(names))]
    reached, left = answered[0].copy(), set(range(1, len(names)))
    while near := [g for g in sorted(left) if (answered[g] & reached).sum() >= _FEWEST_SHARED]:
        reached |= answered[near[0]]
        left.discard(near[0])
    if left:
        raise ArgumentError(
            f"groups: {names[min(left)]} has fewer than {_FEWEST_SHARED} items in common with the others; "
            "nothing ties their scales together"
        )
