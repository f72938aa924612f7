"""Responses → the classical analysis of items and test, and the reliability of the total.

`examgen.psychometrics.classical` and `examgen.psychometrics.key_alarm` compute the figures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from examgen.core.responses.matrix import Chosen
from examgen.stats.arguments import ArgumentError, of_items, truth, whole
from examgen.stats.option_keys import KeyLike
from examgen.stats.response_data import GREATEST_SCORE, Responses, as_responses, responses
from examgen.stats.results import Result, frame, noted

if TYPE_CHECKING:
    from examgen.psychometrics.classical.options import OptionStatistics
    from examgen.psychometrics.classical.statistics import TestStatistics


@dataclass(frozen=True, repr=False, eq=False)
class ItemAnalysis(Result):
    """What `items` returns.

    Attributes
    ----------
    items : polars.DataFrame
        A row for each item: `n`, `max_score`, `facility` (0–1, mean score over the highest) with its error
        and 95 % interval, `sd`, `item_total`, `item_rest` with its interval, `biserial`, `biserial_rest`,
        `r_cor`, `loading`, `d27`, `d27_sorted`, `d_thirds`, `alpha_if_deleted`, and how often it was
        `omitted`, `not_reached`, `not_administered`. Null where undefined.
    test : TestStatistics
        Figures of the test by name: `n_candidates`, `n_items`, `mean`, `sd`, `alpha` with `alpha_low` and
        `alpha_high` (Feldt), `kr20`, `sem`, `skew` …
    options : polars.DataFrame or None
        Where options were given: a row for each option of each item and one for blanks (`option` null).
    flags : polars.DataFrame
        What to look at: `item`, `code`, `option`, `sentence`.
    alarms : polars.DataFrame
        Keys that a person must look at before results are released, the likeliest wrong key first.
    scores : polars.DataFrame
        A row for each total of persons with a score on every item: `n`, `percent`, `cumulative`,
        `percentile_rank` (0–100), and of 0/1 items `sem_lord`, `sem_keats`.
    notes : tuple of str
        What to know of the figures.

    """

    items: pl.DataFrame
    test: TestStatistics
    options: pl.DataFrame | None
    flags: pl.DataFrame
    alarms: pl.DataFrame
    scores: pl.DataFrame
    notes: tuple[str, ...]

    def _title(self) -> str:
        return f"Item analysis: {self.test.n_candidates:,} persons × {self.test.n_items:,} items"

    def _figures(self) -> Mapping[str, object]:
        test = self.test
        return {
            "mean": test.mean,
            "sd": test.sd,
            "alpha": f"{test.alpha:.3f} (95 % {test.alpha_low:.3f} to {test.alpha_high:.3f})"
            if math.isfinite(test.alpha)
            else math.nan,
            "SEM": test.sem,
            "flags": len(self.flags),
            "key alarms": len(self.alarms),
        }

    def _table(self) -> pl.DataFrame:
        return self.items.select(
            "item",
            "n",
            "facility",
            "sd",
            "item_total",
            "item_rest",
            "biserial_rest",
            "d27",
            "alpha_if_deleted",
        )

    def _remarks(self) -> Sequence[str]:
        alarms = [f"{row['item']}: {row['sentence']}" for row in self.alarms.to_dicts()]
        flags = [f"{row['item']}: {row['sentence']}" for row in self.flags.to_dicts()]
        return (*alarms, *flags, *self.notes)


def items(
    data: object,
    key: KeyLike | None = None,
    *,
    max_score: object = None,
    prorate: bool = True,
    least_candidates: int = 50,
) -> ItemAnalysis:
    """Classical item analysis: facility, discrimination, distractors, the key alarm, the table of scores.

    Parameters
    ----------
    data : Responses, data frame, array or mapping
        Persons × items, as `responses` takes it.
    key : mapping, sequence or str, optional
        The right options, where `data` holds options.
    max_score : int, sequence or mapping, optional
        The highest score of each item, where nobody reached it: a number for all, one for each item in
        order, or {item: score}. Else the highest that was seen, at least 1.
    prorate : bool
        Whether a missing score counts in the total as the mean of the person's other scores, or as 0.
    least_candidates : int
        Of an item that fewer took, only what is beyond chance is flagged; of one that fewer than 20 took,
        nothing. At least 1.

    Returns
    -------
    ItemAnalysis

    Raises
    ------
    ArgumentError
        For what is no table of scores, a key for data that are scored already, a highest score below one
        that was got.

    See Also
    --------
    reliability : more coefficients of the total.

    Notes
    -----
    Equal to psych's `alpha` and CTT's `itemAnalysis` and `distractorAnalysis` in R; the interval of alpha is
    that of Feldt, Woodruff & Salih (1987, eq. 7), conditional errors are those of Lord (1955) and Keats
    (1957, eq. 9). Where scores are missing, covariances are over those who have both items, as psych does.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.items(es.example("choices", n_persons=300, n_items=6))
    >>> found.items.select("item", "facility", "item_rest").head(2).rows()[0]
    ('I01', 0.75..., 0.23...)
    >>> found.options.filter(item="I01", is_key=True)["option"].to_list()
    ['A']
    """
    from examgen.psychometrics.classical.flags import LEAST_CERTAIN, flags
    from examgen.psychometrics.classical.options import option_statistics
    from examgen.psychometrics.classical.statistics import classical

    if key is not None and isinstance(data, Responses):
        raise ArgumentError("key is given, but data are scored already; give the key to responses()")
    own = as_responses(data) if key is None else responses(data, key=key)
    whole("least_candidates", least_candidates, 1)
    greatest = None
    if max_score is not None:
        greatest = of_items(
            "max_score", max_score, own.items, own.greatest.astype(np.float64), GREATEST_SCORE
        ).astype(np.int64)
    found = classical(own.cells, greatest=greatest, prorate=truth("prorate", prorate))
    chosen = own.choices if own.choices is not None and own.choices.items else None
    least = min(LEAST_CERTAIN, least_candidates)
    if chosen is None:
        raised = flags(found.items, least_candidates=least_candidates, least_certain=least)
        options, alarms = None, frame(dict.fromkeys(_ALARM, ()))
    else:
        statistics, titles = option_statistics(chosen), chosen.options
        raised = flags(
            found.items,
            statistics,
            names=lambda item, option: titles[item][option],
            least_candidates=least_candidates,
            least_certain=least,
        )
        options, alarms = _options(statistics, chosen), _alarms(statistics, chosen, least)
    columns = {"item": own.items} | found.items._asdict()
    return ItemAnalysis(
        frame(columns).rename({"greatest": "max_score"}),
        found.test,
        options,
        pl.DataFrame(
            [(own.items[one.item], one.code, one.option, str(one.sentence)) for one in raised],
            schema=dict.fromkeys(("item", "code", "option", "sentence"), pl.String),
            orient="row",
        ),
        alarms,
        _score_table(own, int(found.items.greatest.sum()), prorate=truth("prorate", prorate)),
        (*own.notes, *noted(found.notes, own.items)),
    )


_ALARM = (
    "item", "key", "suggested", "sure", "probability", "n", "facility", "chance", "r_key", "r_suggested",
    "reasons", "sentence",
)  # fmt: skip


def _options(statistics: OptionStatistics, chosen: Chosen) -> pl.DataFrame:
    """A row for each option of each item."""
    names = [
        None if option < 0 else chosen.options[item][option]
        for item, option in zip(statistics.item.tolist(), statistics.option.tolist(), strict=True)
    ]
    columns: dict[str, object] = {
        "item": [chosen.items[j] for j in statistics.item.tolist()],
        "option": names,
    }
    skipped = ("item", "option", "fifths", "fifths_n", "rest_df")
    columns |= {name: value for name, value in statistics._asdict().items() if name not in skipped}
    columns |= {f"fifth_{n + 1}": statistics.fifths[:, n] for n in range(statistics.fifths.shape[1])}
    return frame(columns)


def _alarms(statistics: OptionStatistics, chosen: Chosen, least: int) -> pl.DataFrame:
    from examgen.psychometrics.key_alarm import key_alarm

    rows = []
    for one in key_alarm(chosen, statistics, least_candidates=least):
        rows.append((
            chosen.items[one.item], ", ".join(one.options[place] for place in one.key),
            None if one.suggested is None else one.options[one.suggested], one.sure, one.probability, one.n,
            one.facility, one.chance, one.r_key, one.r_suggested, ", ".join(one.reasons), str(one.sentence),
        ))  # fmt: skip
    return frame({name: [row[n] for row in rows] for n, name in enumerate(_ALARM)})


def _score_table(own: Responses, highest: int, *, prorate: bool) -> pl.DataFrame:
    """How often each total was earned by persons with a score on every item."""
    from examgen.psychometrics.classical.sem import conditional_sem
    from examgen.stats.score_distributions import percentile_ranks

    totals = own.cells[(own.cells >= 0).all(axis=1)].sum(axis=1, dtype=np.int64)
    if not len(totals):
        return frame(dict.fromkeys(("score", "n", "percent", "cumulative", "percentile_rank"), ()))
    counts = np.bincount(totals, minlength=highest + 1)
    share = counts / counts.sum()
    columns = {
        "score": np.arange(highest + 1),
        "n": counts,
        "percent": 100 * share,
        "cumulative": 100 * np.cumsum(share),
        "percentile_rank": 100 * percentile_ranks(share),
    }
    if highest == own.n_items:
        errors = conditional_sem(own.cells, prorate=prorate)
        columns |= {"sem_lord": errors.lord, "sem_keats": errors.keats}
    return frame(columns)


@dataclass(frozen=True, repr=False, eq=False)
class Reliability(Result):
    """What `reliability` returns.

    Attributes
    ----------
    table : polars.DataFrame
        A row for each coefficient: `coefficient`, `value`, and of alpha `low`, `high` (Feldt's 95 %
        interval) and `se`; `of` says what it is.
    n_persons, n_items : int
        Persons with a score, and items.
    mean, sd, sem : float
        Of the totals; the standard error of measurement is sd √(1 − alpha).
    notes : tuple of str
        What to know of the figures.

    """

    table: pl.DataFrame
    n_persons: int
    n_items: int
    mean: float
    sd: float
    sem: float
    notes: tuple[str, ...]

    def __getitem__(self, coefficient: str) -> float | None:
        """The value of a coefficient by its name; None where it is undefined."""
        own = self.table.filter(pl.col("coefficient") == coefficient)["value"]
        if not len(own):
            raise ArgumentError(
                f"coefficient {coefficient!r} is not in the table; "
                f"it has {', '.join(self.table['coefficient'].to_list())}"
            )
        value: float | None = own[0]
        return value

    def _title(self) -> str:
        return f"Reliability of the total: {self.n_persons:,} persons × {self.n_items:,} items"

    def _figures(self) -> Mapping[str, object]:
        return {"mean": self.mean, "sd": self.sd, "SEM": self.sem}

    def _table(self) -> pl.DataFrame:
        return self.table

    def __repr__(self) -> str:
        return self._told(len(self.table))

    def _remarks(self) -> Sequence[str]:
        return self.notes


_COEFFICIENTS = {
    "alpha": "Cronbach's alpha, over the items that vary",
    "standardised_alpha": "of correlations in place of covariances",
    "kr20": "Kuder-Richardson 20 (0/1 items), variances with divisor n",
    "kr21": "Kuder-Richardson 21: as if items were equally difficult",
    "omega": "McDonald's, of one factor by minimum residuals",
    "omega_of_correlations": "omega.tot of psych: the same factor over the correlations",
    "lambda1": "Guttman's first bound, of correlations",
    "lambda2": "Guttman's second bound, of correlations",
    "lambda3": "Guttman's third bound, of correlations",
    "lambda2_covariance": "Guttman's second bound, of covariances: of the raw total",
    "lambda6": "Guttman's sixth bound, by squared multiple correlations",
    "split_half_r": "correlation of the items in odd and in even places",
    "split_half": "stepped up by Spearman and Brown",
    "split_half_guttman": "of the same halves, by Guttman and Flanagan",
    "mean_interitem_r": "mean correlation of two items",
}


def reliability(data: object, *, prorate: bool = True) -> Reliability:
    """Coefficients of reliability of the total: alpha, omega, Guttman's lambdas, KR-20, split halves.

    Parameters
    ----------
    data : Responses, data frame, array or mapping
        Persons × items, as `responses` takes it.
    prorate : bool
        Whether a missing score counts in the total as the mean of the person's other scores, or as 0.

    Returns
    -------
    Reliability
        Values at most 1; null where undefined, and `notes` say why.

    Raises
    ------
    ArgumentError
        For what is no table of scores.

    See Also
    --------
    items : the items behind it.
    decisions : the reliability of passing and failing.

    Notes
    -----
    Equal to psych's `alpha`, `guttman` and `omega(nfactors = 1)` in R. Alpha has two intervals to choose
    from: `low` and `high` are Feldt's (Feldt, Woodruff & Salih 1987, eq. 7), `se` is that of Duhachek &
    Iacobucci (2004, eq. 2), which does not take items for parallel. Other coefficients have none.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.reliability(es.example(n_items=6))
    >>> found.table.select("coefficient", "value", "low", "high").row(0)
    ('alpha', 0.5..., 0.4..., 0.5...)
    """
    from examgen.psychometrics.classical.statistics import classical

    own = as_responses(data)
    found = classical(own.cells, prorate=truth("prorate", prorate))
    test = found.test
    values = test._asdict()
    names = list(_COEFFICIENTS)
    beside = [math.nan] * (len(names) - 1)
    table = frame({
        "coefficient": names,
        "value": [float(values[name]) for name in names],
        "low": [test.alpha_low, *beside],
        "high": [test.alpha_high, *beside],
        "se": [test.alpha_se, *beside],
        "of": list(_COEFFICIENTS.values()),
    })  # fmt: skip
    return Reliability(
        table, test.n_candidates, test.n_items, test.mean, test.sd, test.sem,
        (*own.notes, *noted(found.notes, own.items)),
    )  # fmt: skip
