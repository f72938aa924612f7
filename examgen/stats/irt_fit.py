"""A fitted item response model with named items and persons: items, abilities, fit, information, plots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from examgen.stats import irt_abilities
from examgen.stats.ability import METHODS, estimate, for_items, people_frame, population_for
from examgen.stats.arguments import ArgumentError, groups_of, shown, vector, whole, word
from examgen.stats.fit import item_fit, local_dependence, person_fit, q3, s_x2
from examgen.stats.irt_abilities import DRAWING_NODES, plausible_values
from examgen.stats.irt_items import ItemScores, KnownItems
from examgen.stats.irt_models import (
    Estimated,
    ItemParameters,
    Note,
    empirical_reliability,
    estimated,
    without_estimates,
)
from examgen.stats.matrix import Cells, Floats, Ints
from examgen.stats.model_fit import ModelFit, model_fit
from examgen.stats.quadrature import normal_grid
from examgen.stats.rasch import RaschFit, andersen, item_wald, rasch_fit
from examgen.stats.response_data import Responses, responses
from examgen.stats.results import Argument, Result, frame, plain, sentences
from examgen.stats.results import Note as Sentence

if TYPE_CHECKING:
    from examgen.stats.irt_plots import IrtPlots

_THETA = np.linspace(-4.0, 4.0, 81)
_COARSE = np.linspace(-4.0, 4.0, 17)
"""Where curves are printed."""
_MOST_PAIRS = 20
_NAMES = {"rasch": "Rasch model", "rasch-cml": "Rasch model"}
TEXTS: dict[str, str] = {
    "title.marginal": "{model}: {n:,} persons × {n_items:,} items, marginal maximum likelihood",
    "title.conditional": "{model}: {n:,} persons × {n_items:,} items, conditional maximum likelihood",
    "title.groups": "{model} in {n_groups} groups: {n:,} persons × {n_items:,} items, marginal maximum "
    "likelihood",
    "title.fit": "fit of the model and of its items",
    "of-item": "item {item}: {message}",
    "of-items": "items {item}: {message}",
    "of-group": "group {group}: {message}",
    "of-item-of-group": "item {item}, group {group}: {message}",
    "of-items-of-group": "items {item}, group {group}: {message}",
    "m2-not-converged": "the fit did not converge, so no number here should be used",
    "m2-prior": "the model has a prior, and M2, its p, RMSEA, CFI and TLI hardly see misfit that the prior "
    "causes. Go by SRMSR, S-X² of the items and the log-likelihood of the model without it",
    # refusals
    "m2-of": "M2 is for one group under marginal likelihood",
    "of-rasch-cml": "this test is of {argument}; the model is {model}",
    "two-groups": "{argument}: {reason}",
    "no-group": "{argument} is {value}; the groups of this model are {groups}",
}
"""The messages by code, which ends before a dot."""
note = sentences(TEXTS)


def in_sentences(
    notes: Sequence[Note], items: Sequence[str], groups: Sequence[str] = ()
) -> tuple[Sentence, ...]:
    """Return the notes as sentences that name the items and groups, with one sentence for all items that
    share a message."""
    alike: dict[tuple[str, str, int | None], list[Note]] = {}
    for one in dict.fromkeys(notes):
        if one.code == "no-parameters":  # the fit says why
            continue
        alike.setdefault((one.code, str(one.message), one.group), []).append(one)
    made = []
    for (code, _, group), same in alike.items():
        names = [items[one.item] for one in same if one.item is not None]
        values: dict[str, Any] = {"message": same[0].message}
        key = ""
        if names:
            key = "of-item" if len(names) == 1 else "of-items"
            values["item"] = ", ".join(names)
        if group is not None and groups:
            key += "-of-group" if key else "of-group"
            values["group"] = groups[group]
        made.append(Sentence(code, TEXTS[key], **values) if key else _sentence(code, same[0].message))
    return tuple(made)


def _sentence(code: str, message: str) -> Sentence:
    return message if isinstance(message, Sentence) else Sentence(code, "{message}", message=message)


@dataclass(frozen=True)
class Scale:
    """The item parameters and the ability distribution of one group."""

    name: str | None
    parameters: ItemParameters
    mean: float
    sd: float
    scores: ItemScores
    """The scores that the categories of the items represent."""


class IrtFit(Result):
    """A fitted item response model, as returned by `irt`.

    Attributes
    ----------
    model : str
    items : polars.DataFrame
        `item`, `a`, `b` (`b1` … for partial scores), `c` if the model has it, each followed by its standard
        error; null for an item that was left out. With several groups also `group`, null if the item has the
        same parameters in all. If nobody has some of the scores of an item, `scores` lists those between
        which its steps lie (`"1 2 3"`).
    population : polars.DataFrame
        `group`, `n`, `mean`, `sd` of ability, with standard errors.
    loglik, log_prior : float
    n_parameters, n_persons, iterations : int
    converged : bool
    notes : tuple of str
        Remarks on the data and the fit.
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
    _cells: Cells
    """As the model counts them: without categories that nobody has."""
    _group: Ints | None
    _scales: tuple[Scale, ...]
    _free: Estimated | None
    _settled: bool
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
        """Empirical reliability of the ability estimates of these persons, each based on the items answered.

        Var(θ̂) / (Var(θ̂) + mean se²) of EAP, as `mirt::empirical_rxx`; after conditional estimation, of ML
        (Var(θ̂) − mean se²) / Var(θ̂), as eRm's `SepRel`, without persons who have nothing or everything
        right.
        """
        if self.model == "rasch-cml":
            return self._conditional().separation_reliability
        if not all(np.isfinite(scale.sd) for scale in self._scales):
            return np.nan
        found = self.abilities("eap")
        return empirical_reliability(found["theta"].to_numpy(), found["se"].to_numpy())

    @cached_property
    def marginal_reliability(self) -> float:
        """Reliability in the (first) group if each person answers all items: Green et al. (1984)."""
        return self._scales[0].parameters.reliability(self.mean, self.sd)

    @property
    def vcov(self) -> pl.DataFrame | None:
        """Covariances of the free parameters, by name (`I01.a`, `I01.d`, `mean`).

        `d` are intercepts, −a b for items scored 0 and 1. None with several groups, and if standard errors
        were not requested or do not exist.
        """
        if self._covariance is None or not self._covariance.size:
            return None
        columns = {name: self._covariance[:, k] for k, name in enumerate(self._labels)}
        return frame({"parameter": list(self._labels), **columns})

    @property
    def title(self) -> str:
        """The model and the numbers of persons and items."""
        values = {"n": self.n_persons, "n_items": self._data.n_items, "n_groups": len(self._scales)}
        key = (
            "conditional" if self.model == "rasch-cml" else "groups" if len(self._scales) > 1 else "marginal"
        )
        return note(f"title.{key}", model=_NAMES.get(self.model, self.model.upper()), **values)

    @property
    def figures(self) -> Mapping[str, object]:
        """The likelihood, the reliability, and with one group the mean and sd of ability."""
        known: dict[str, object] = {"log-likelihood": self.loglik, "AIC": self.aic, "BIC": self.bic}
        if not np.isnan(self.reliability):
            known["reliability"] = self.reliability
        known["parameters"] = self.n_parameters
        if len(self._scales) == 1 and not np.isnan(self.sd):
            known |= {"mean of ability": self.mean, "sd of ability": self.sd}
        return known if self.converged else {"NOT CONVERGED": "no number should be used", **known}

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The items, and with several groups the groups."""
        groups = {"groups": self.population} if len(self._scales) > 1 else {}
        return {"items": self.items, **groups}

    @cached_property
    def statistics(self) -> FitStatistics:
        """Fit statistics of the model and its items: infit, outfit, S-X², M2, Q3.

        Raises
        ------
        ArgumentError
            If there are several groups; use `item_fit` and `local_dependence` for each of them.
        """
        self._scale(None)
        found, notes = self._item_fit(self._cells, self._scales[0])
        whole, tests = None, {}
        if self._free is None:
            tests = {f"andersen_{split}": self.andersen(split) for split in ("median", "mean")}
            notes += tuple(one for test in tests.values() for one in test.notes)
        else:
            whole = self.model_fit()
            notes += whole.notes
        pairs = (
            self.local_dependence().select("item", "with", "q3", "adjusted").drop_nulls().head(_MOST_PAIRS)
        )
        kept = tuple(one for one in dict.fromkeys(notes) if one not in self.notes)
        return FitStatistics(found, whole, pairs, **tests, notes=kept)

    def to_dict(self) -> dict[str, Any]:
        """Return the fit as plain values; for a single group with its fit statistics and curves."""
        parameters, curves = self._scales[0].parameters, {}
        if len(self._scales) == 1:
            told = {
                "theta": _COARSE, "information": parameters.information(_COARSE),
                "se": parameters.sem(_COARSE),
                "expected_score": np.nansum(parameters.expected_scores(_COARSE), axis=1),
            }  # fmt: skip
            by_item = zip(self._data.items, parameters.item_information(_COARSE).T, strict=True)
            curves = {
                "statistics": self.statistics,
                "curves": frame(told),
                "item_information": [{"item": name, "information": own} for name, own in by_item],
            }
        own = {name: getattr(self, name) for name in ("aic", "bic", "reliability", "marginal_reliability")}
        more: dict[str, Any] = plain(own | curves)
        return super().to_dict() | more

    # ── persons ──────────────────────────────────────────────────────────────────────────────

    def abilities(
        self, method: str | None = None, *, population: object = None, data: object = None
    ) -> pl.DataFrame:
        """Estimate the abilities of the persons: `person`, `theta`, `se`.

        Parameters
        ----------
        method : {"eap", "map", "ml", "wle", "eap-sum"}, optional
            The estimator; by default `eap`, or `ml` after conditional estimation.
        population : tuple of float or "histogram", optional
            (mean, sd) for `eap`, `map` and `eap-sum`; by default the mean and sd of each group in the model.
            `"histogram"` estimates the shape of the distribution from the responses.
        data : object, optional
            Other persons with the same items; in a multiple-group model they count as members of the first
            group.

        Returns
        -------
        polars.DataFrame
            Null if there is no estimate; infinite for `ml` with nothing or everything right. `se` comes from
            the observed information, 1 / √(−l″), for `ml`, and from the curvature of log (L √I) for `wle`, as
            in mirt; with guessing neither equals 1 / √I.
        """
        own = "ml" if self.model == "rasch-cml" else "eap"
        way = word("method", own if method is None else method, METHODS)
        if data is None:
            persons, cells, group = self._data.persons, self._cells, self._group
        else:
            taken = self._taken(data)
            persons, cells, group = taken.persons, taken.cells, None
        theta, se = np.full((2, len(cells)), np.nan)
        for rows, part, scale in self._by_scale(cells, group):
            theta[rows], se[rows] = self._estimated(way, part, scale, population)
        return people_frame(persons, theta=theta, se=se)

    def plausible_values(self, n_draws: int = 5, *, seed: int, population: object = None) -> pl.DataFrame:
        """Draw plausible values from each person's posterior: `person`, `pv1` … (Mislevy, 1991).

        Parameters
        ----------
        n_draws : int
            The number of draws for each person, from 1.
        seed : int
            The same seed gives the same draws.
        population : tuple of float, optional
            (mean, sd); by default those of the model.
        """
        n, seed = whole("n_draws", n_draws, 1, 1_000), whole("seed", seed, 0)
        drawn = np.full((len(self._cells), n), np.nan)
        for g, (rows, part, scale) in enumerate(self._by_scale(self._cells, self._group)):
            own = (scale.mean, scale.sd)
            known = population_for("eap", population, own, part, scale.parameters, self.model, DRAWING_NODES)
            drawn[rows] = plausible_values(part, scale.parameters, n, seed=seed + g, grid=known.grid)
        return people_frame(self._data.persons, **{f"pv{k + 1}": drawn[:, k] for k in range(n)})

    def person_fit(self, method: str = "wle") -> pl.DataFrame:
        """Return person fit: `person`, `n`, `theta`, `lz`, `lz_star`, `infit`, `z_infit`, `outfit`,
        `z_outfit`.

        Parameters
        ----------
        method : {"wle", "ml", "map"}
            The estimator of the abilities at which answers are evaluated; lz* corrects for it (Snijders,
            2001).
        """
        method = word("method", method, ("wle", "ml", "map"))
        names = ("theta", "lz", "lz_star", "infit", "z_infit", "outfit", "z_outfit")
        columns = np.full((len(names), len(self._cells)), np.nan)
        n = np.zeros(len(self._cells), dtype=np.int64)
        for rows, part, scale in self._by_scale(self._cells, self._group):
            theta = self._estimated(method, part, scale).theta
            found = person_fit(part, scale.parameters, theta, method=method, mean=scale.mean, sd=scale.sd)
            n[rows] = found.n
            known = np.isfinite(theta)  # nothing is compared at an infinite ability
            own = (np.where(known, getattr(found, name), np.nan) for name in names[1:])
            columns[:, rows] = theta, *own
        return people_frame(self._data.persons, n=n, **dict(zip(names, columns, strict=True)))

    # ── items and the whole ──────────────────────────────────────────────────────────────────

    def item_fit(self, group: str | None = None) -> pl.DataFrame:
        """Return item fit: infit and outfit with Z at ML abilities, S-X² with df, p and RMSEA.

        Parameters
        ----------
        group : str, optional
            The group, in a multiple-group model: its persons, with its own population.

        Notes
        -----
        As mirt's `itemfit`. After conditional estimation infit and outfit are eRm's, and there is no S-X²,
        which needs a population. S-X² is based on the `n_s_x2` persons who answered every item.
        """

        if self.model == "rasch-cml":
            return self._item_fit(self._cells, self._scales[0])[0]
        return self._item_fit(*self._part(group))[0]

    def _item_fit(self, cells: Cells, scale: Scale) -> tuple[pl.DataFrame, tuple[str, ...]]:
        """The table of `item_fit`, and what is to be known of it."""
        names = self._data.items
        if self.model == "rasch-cml":
            fitted = self._conditional()
            found, notes = fitted.items, fitted.notes
            sums = dict.fromkeys(("s_x2", "n_s_x2", "df", "p", "rmsea"), np.full(len(names), np.nan))
        else:
            found = item_fit(
                cells, scale.parameters, irt_abilities.ml(cells, scale.parameters, bounded=True).theta
            )
            free = self._free or estimated(self.model, scale.parameters)
            by_sum = s_x2(cells, scale.parameters, free, normal_grid(mean=scale.mean, sd=scale.sd))
            notes = (*found.notes, *by_sum.notes)
            n = np.where(np.isnan(by_sum.statistic), np.nan, by_sum.n)
            sums = {
                "s_x2": by_sum.statistic, "n_s_x2": n, "df": by_sum.df, "p": by_sum.p, "rmsea": by_sum.rmsea,
            }  # fmt: skip
        columns = {"item": list(names), **dict(zip(found._fields[:5], found[:5], strict=True)), **sums}
        return frame(columns), in_sentences(notes, names)

    def model_fit(self) -> ModelFit:
        """Return M2 of the whole model, with RMSEA, SRMSR, CFI and TLI, as mirt's `M2`.

        Raises
        ------
        ArgumentError
            If there are several groups or the estimation was conditional, for which M2 is not defined.
        """
        if self._free is None:
            raise ArgumentError(note("m2-of"))
        scale = self._scales[0]
        grid = normal_grid(mean=scale.mean, sd=scale.sd)
        found = model_fit(self._cells, scale.parameters, self._free, grid)
        notes = [] if self.converged else [note("m2-not-converged")]
        notes += [note("m2-prior")] if self.log_prior else []
        return replace(found, notes=(*notes, *in_sentences(found.notes, self._data.items)))

    def local_dependence(self, group: str | None = None) -> pl.DataFrame:
        """Return the pairs of items with Yen's Q3 at EAP and Chen & Thissen's LD X², the most extreme Q3
        first.

        Columns `item`, `with`, `q3`, `adjusted` (Q3 minus its mean over pairs; above 0.2 suggests dependence,
        Christensen et al., 2017), `ld_x2`, `v` (signed Cramér V), `df`, `p`; the last four are null after
        conditional estimation. R: `mirt::residuals(fit, type = "Q3")` and `type = "LD"`.

        Parameters
        ----------
        group : str, optional
            The group, in a multiple-group model.
        """
        cells, scale = self._part(group)
        way = "wle" if self.model == "rasch-cml" else "eap"
        found = q3(cells, scale.parameters, self._estimated(way, cells, scale).theta)
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
        """Perform Andersen's likelihood ratio test of equal item difficulties in groups of persons, as
        `eRm::LRtest`.

        Parameters
        ----------
        split : {"median", "mean", "score"}, str or array_like
            Groups by the sum of scores, a column of the data, or a value for each person.

        Raises
        ------
        ArgumentError
            If the model is not `rasch-cml`.
        """
        own, names = self._split(split)
        found = andersen(self._cells, own)
        notes = in_sentences(found.notes, self._data.items, names)
        return LikelihoodRatioTest(found.statistic, found.df, found.p, notes)

    def item_wald(self, split: object = "median") -> pl.DataFrame:
        """Perform a Wald test of each item between two groups of persons, as `eRm::Waldtest`.

        Columns `item`, `difficulty_1`, `se_1`, `difficulty_2`, `se_2`, `z` (above 0: harder for the second
        group), `p`.

        Parameters
        ----------
        split : {"median", "mean"}, str or array_like
            Two groups by the sum of scores, a column of the data, or a value for each person.

        Raises
        ------
        ArgumentError
            If the model is not `rasch-cml`, or there are more than two groups.
        """
        own, _ = self._split(split)
        try:
            found = item_wald(self._cells, own)
        except ValueError as reason:
            raise ArgumentError(note("two-groups", argument=Argument("split"), reason=str(reason))) from None
        columns: dict[str, object] = {"item": list(self._data.items)}
        for k, (difficulty, error) in enumerate(zip(found.difficulty, found.se, strict=True), start=1):
            columns |= {f"difficulty_{k}": difficulty, f"se_{k}": error}
        return frame(columns | {"z": found.z, "p": found.p})

    def _split(self, split: object) -> tuple[Any, tuple[str, ...]]:
        if self.model != "rasch-cml":
            raise ArgumentError(
                note("of-rasch-cml", argument=Argument("model", "rasch-cml"), model=self.model)
            )
        if isinstance(split, str) and split in ("median", "mean", "score"):
            return split, ()
        groups = groups_of("split", self._data.column(split, "split"), self._data.n_persons)
        return groups.number, groups.names

    # ── curves ───────────────────────────────────────────────────────────────────────────────

    def information(
        self, theta: object = None, *, by_item: bool = False, group: str | None = None
    ) -> pl.DataFrame:
        """Return the test information and standard error, or the information of each item.

        Parameters
        ----------
        theta : array_like, optional
            Abilities; by default 81 from −4 to 4.
        by_item : bool
            Whether to return a row for each item and ability (`item`, `theta`, `information`) instead of
            `theta`, `information`, `se`.
        group : str, optional
            The group, in a multiple-group model.
        """
        at, scale = self._theta(theta), self._scale(group)
        if not by_item:
            total, se = scale.parameters.information(at), scale.parameters.sem(at)
            return frame({"theta": at, "information": total, "se": se})
        own = scale.parameters.item_information(at)
        names = np.array(self._data.items, dtype=object)
        return frame(
            {
                "item": np.repeat(names, len(at)).tolist(), "theta": np.tile(at, len(names)),
                "information": own.T.ravel(),
            }
        )  # fmt: skip

    def probabilities(self, theta: object = None, *, group: str | None = None) -> pl.DataFrame:
        """Return the probability of each score on each item: `item`, `score`, `theta`, `probability`.

        Parameters
        ----------
        theta : array_like, optional
            Abilities; by default 81 from −4 to 4.
        group : str, optional
            The group, in a multiple-group model.
        """
        at, scale = self._theta(theta), self._scale(group)
        p = scale.parameters.probabilities(at)
        n = scale.parameters.n_categories
        known = KnownItems(self._data.items, scale.parameters, scale.scores)
        pairs = [(j, k) for j in np.flatnonzero(scale.parameters.usable) for k in range(n[j])]
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
        """Plots by matplotlib: `.icc(item)`, `.information()` (also by item), `.wright_map()`.

        `fit.plot()` draws the test information.
        """
        from examgen.stats.irt_plots import IrtPlots

        return IrtPlots(self)

    def item_name(self, item: str | int) -> str:
        """Return the name of an item given by name or by 0-based position."""
        return self._data.items[self._data.place(item)]

    # ── inside ───────────────────────────────────────────────────────────────────────────────

    def _by_scale(self, cells: Cells, group: Ints | None) -> Iterator[tuple[Any, Cells, Scale]]:
        """The rows of each group with its scale; persons who are in none count as of the first."""
        if group is None:
            yield slice(None), cells, self._scales[0]
            return
        for g, scale in enumerate(self._scales):
            yield group == g, cells[group == g], scale

    def _theta(self, theta: object) -> Floats:
        if theta is None:
            return _THETA
        return vector("theta", [theta] if np.isscalar(theta) else theta)

    def _scale(self, group: str | None) -> Scale:
        if group is None and len(self._scales) == 1:
            return self._scales[0]
        found = [scale for scale in self._scales if scale.name == group and group is not None]
        if found:
            return found[0]
        names = shown([scale.name or "" for scale in self._scales]) or "none"
        raise ArgumentError(note("no-group", argument=Argument("group"), value=repr(group), groups=names))

    def _part(self, group: str | None) -> tuple[Cells, Scale]:
        scale = self._scale(group)
        if self._group is None:
            return self._cells, scale
        return self._cells[self._group == self._scales.index(scale)], scale

    def _taken(self, data: object) -> Responses:
        """Other persons' responses with the items of this model, counted as it counts them."""
        own, first = for_items(responses(data), self._data.items), self._scales[0]
        cells = KnownItems(own.items, first.parameters, first.scores).counted(own.cells, "data")
        return replace(own, cells=cells)

    def _estimated(
        self, method: str, cells: Cells, scale: Scale, population: object = None
    ) -> irt_abilities.Abilities:
        """Abilities by one method, under the population of the scale where none is given."""
        own = (scale.mean, scale.sd)
        known = population_for(method, population, own, cells, scale.parameters, self.model)
        return estimate(cells, scale.parameters, method, known)

    def _conditional(self) -> RaschFit:
        """Fit and separation after conditional estimation."""
        return rasch_fit(self._cells, without_estimates(self.model, self._scales[0].parameters))


class LikelihoodRatioTest(Result):
    """A likelihood ratio test."""

    _figures = ("statistic", "df", "p")
    title = "Andersen's likelihood ratio test"
    statistic: float
    df: int
    p: float
    notes: tuple[str, ...]


class FitStatistics(Result):
    """The fit of a model and its items, as returned by `IrtFit.statistics`.

    Attributes
    ----------
    item_fit : polars.DataFrame
        The table of `IrtFit.item_fit`.
    model_fit : ModelFit or None
        M2; None after conditional estimation.
    local_dependence : polars.DataFrame
        The pairs of items with the Q3 furthest from the mean Q3.
    andersen_median, andersen_mean : LikelihoodRatioTest or None
        After conditional estimation, the test of equal item difficulties for low and high scores; else None.
    notes : tuple of str
    """

    title = note("title.fit")
    item_fit: pl.DataFrame
    model_fit: ModelFit | None
    local_dependence: pl.DataFrame
    andersen_median: LikelihoodRatioTest | None = None
    andersen_mean: LikelihoodRatioTest | None = None
    notes: tuple[str, ...] = ()

    @property
    def figures(self) -> Mapping[str, object]:
        """M2 with its fit indices, or Andersen's tests."""
        if self.model_fit is not None:
            return self.model_fit.figures
        tests = {"Andersen, median": self.andersen_median, "Andersen, mean": self.andersen_mean}
        return {
            name: f"{one.statistic:.3f} (df {one.df}, p {one.p:.3f})" for name, one in tests.items() if one
        }

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The fit of the items, and the most dependent pairs of items."""
        known = [
            name for name in self.item_fit.columns if self.item_fit[name].null_count() < len(self.item_fit)
        ]
        return {"fit of items": self.item_fit.select(known), "dependent pairs": self.local_dependence}
