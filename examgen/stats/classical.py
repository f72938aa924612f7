"""Classical analysis of items and test, and reliability of the total, from responses."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats.arguments import ArgumentError, of_items, truth, whole
from examgen.stats.columns import GREATEST_SCORE
from examgen.stats.data_notes import are_blank, notes_on_columns, omitted_scores, repeated_ids
from examgen.stats.item_flags import flags
from examgen.stats.item_statistics import classical, missing_of
from examgen.stats.key_alarm import key_alarm, no_alarms
from examgen.stats.option_keys import KeyLike
from examgen.stats.option_statistics import no_options, option_statistics
from examgen.stats.response_data import Responses, as_responses, responses
from examgen.stats.results import Note, Result, frame, sentences, told
from examgen.stats.score_distributions import percentile_ranks

TEXTS: dict[str, str] = {
    "title": "Item analysis: {n} [candidate|candidates], {n_items} items",
    "title.reliability": "Reliability of the total: {n} [candidate|candidates], {n_items} items",
    # refusals
    "key-of-scores": "{argument} is given, but the data are scored already. Give the key where they are read",
    "no-coefficient": "{coefficient} is not in the table, which has {known}",
    # findings
    "of-item": "{item}: {message}",
    "key-alarm": "key alarm ({sure}): {item}: {message}",
    # notes
    "blank-sheets.alone": "{n} [candidate|candidates] answered nothing and [counts|count] with 0 points",
    "blank-sheets": "{n} [candidate|candidates] answered nothing and [counts|count] with 0 points. Without "
    "blank sheets the mean is {mean}, the standard deviation {sd} and alpha {alpha}",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
COEFFICIENTS = {
    "alpha": "Cronbach's alpha, over the items that vary",
    "kr20": "Kuder-Richardson 20 (0/1 items), variances with divisor n",
    "kr21": "Kuder-Richardson 21: as if items were equally difficult",
    "omega": "McDonald's, of one factor by minimum residuals",
    "omega_of_correlations": "omega.tot of psych: the same factor over the correlations",
    "lambda2": "Guttman's second bound, of correlations",
    "lambda2_covariance": "Guttman's second bound, of covariances: of the raw total",
    "lambda6": "Guttman's sixth bound, by squared multiple correlations",
    "split_half_r": "correlation of the items in odd and in even places",
    "split_half": "stepped up by Spearman and Brown",
    "split_half_guttman": "of the same halves, by Guttman and Flanagan",
    "mean_interitem_r": "mean correlation of two items",
}
"""The coefficients of reliability, with descriptions."""
TABLE = (
    "item", "n", "facility", "sd", "item_rest", "biserial_rest", "d27", "alpha_if_deleted", "flags",
)  # fmt: skip
"""The columns of items that are shown; `ItemAnalysis.items` has more."""
note = sentences(TEXTS)


# ── results ──────────────────────────────────────────────────────────────────────────────────


class ItemAnalysis(Result):
    """A classical item analysis, as returned by `items`.

    Attributes
    ----------
    test : dict of float
        Figures of the test by name: `n_candidates` with a score, `n_items`, `mean`, `sd`, `minimum`,
        `maximum`, `skew` and `kurtosis` of the totals; `alpha` with `alpha_low`, `alpha_high` (Feldt) and
        `alpha_se` (Duhachek & Iacobucci), the other coefficients of `reliability`, and `sem`, the standard
        error of measurement. NaN where undefined, which is null in JSON.
    items : polars.DataFrame
        A row for each item: `n`, `max_score`, `facility` (0–1, mean score divided by `max_score`) with its
        error and 95 % interval, `sd`, `item_total`, `item_rest` with its interval, `biserial` (of
        `item_total`) and `biserial_rest`, `r_cor` (corrected for the item's own error), `loading` on one
        factor, `d27` (facility in the upper minus that in the lower 27 %), `alpha_if_deleted`, the numbers of
        persons for whom it was `omitted`, `not_reached` or `not_administered`, and the codes of its `flags`.
        Null where undefined.
    scores : polars.DataFrame
        A row for each total of persons with a score on every item: `n`, `percent`, `cumulative`,
        `percentile_rank` (0–100), and for 0/1 items the standard errors `sem_lord` and `sem_keats`.
    options : polars.DataFrame
        If the data are options, a row for each option of each item, and one for blanks (`option` null).
    alarms : polars.DataFrame
        Keys that must be checked before results are released, the key most likely to be wrong first.
    findings : tuple of Note
        The alarms and the flags in sentences; `item` and `option` are among the values.
    notes : tuple of Note
        Remarks on the data and the figures.
    """

    test: dict[str, Any]
    items: pl.DataFrame
    scores: pl.DataFrame
    options: pl.DataFrame
    alarms: pl.DataFrame
    findings: tuple[Note, ...]
    notes: tuple[str, ...]

    @property
    def flags(self) -> pl.DataFrame:
        """The flags of items: `item`, `code`, `option` (null for an item as a whole), `message`."""
        rows = [
            (one.values["item"], one.code, one.values.get("option"), str(one.values["message"]))
            for one in self.findings
            if one.code != "key-alarm"
        ]
        names = ("item", "code", "option", "message")
        return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")

    @property
    def title(self) -> str:
        """The kind of analysis and the numbers of candidates and items."""
        return note("title", n=self.test["n_candidates"], n_items=self.test["n_items"])

    @property
    def figures(self) -> Mapping[str, object]:
        """Statistics of the totals, their reliability, and the numbers of flagged items and of key alarms."""
        names = ("mean", "sd", "alpha", "alpha_low", "alpha_high", "kr20", "kr21", "lambda2", "omega",
                 "split_half", "sem")  # fmt: skip
        found: dict[str, object] = {name: self.test[name] for name in names if math.isfinite(self.test[name])}
        flagged = int((self.items["flags"].list.len() > 0).sum())
        return found | {"flagged_items": flagged, "key_alarms": len(self.alarms)}

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The items, and the distribution of the totals."""
        items = self.items.select(TABLE).with_columns(pl.col("flags").list.join(" "))
        return {"items": items, "scores": self.scores} if len(self.scores) else {"items": items}


class Reliability(Result):
    """The reliability of the total, as returned by `reliability`.

    Attributes
    ----------
    table : polars.DataFrame
        A row for each coefficient: `coefficient`, `value`, for alpha also `low`, `high` (Feldt's 95 %
        interval) and `se`; `of` describes it.
    n_persons, n_items : int
        The numbers of persons with a score, and of items.
    mean, sd, sem : float
        Mean, standard deviation and standard error of measurement of the totals; the last is sd √(1 − alpha).
    notes : tuple of Note
        Remarks on the data and the figures.
    """

    _figures = ("mean", "sd", "sem")
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
                note("no-coefficient", coefficient=coefficient, known=", ".join(COEFFICIENTS))
            )
        value: float | None = own[0]
        return value

    @property
    def title(self) -> str:
        """The kind of analysis and the numbers of candidates and items."""
        return note("title.reliability", n=self.n_persons, n_items=self.n_items)

    def __repr__(self) -> str:
        return self._told(len(self.table))


# ── verbs ────────────────────────────────────────────────────────────────────────────────────


def items(
    data: object,
    key: KeyLike | None = None,
    *,
    max_score: object = None,
    prorate: bool = True,
    min_n: int | None = None,
) -> ItemAnalysis:
    """Perform a classical item analysis: facility, discrimination, distractors, key alarms, scores.

    Parameters
    ----------
    data : Responses, data frame, array or mapping
        Persons × items, as `responses` takes it.
    key : mapping, sequence or str, optional
        The correct options, if `data` holds options.
    max_score : int, sequence or mapping, optional
        The highest possible score of each item, needed if nobody reached it: a number for all, one for each
        item in order, or {item: score}. By default the highest observed score, at least 1.
    prorate : bool
        Whether a missing score counts in the total as the mean of the person's other scores, or as 0.
    min_n : int, optional
        The minimum number of persons for flagging an item, from 1. By default 50, or 20 for flags that are
        beyond chance.

    Returns
    -------
    ItemAnalysis

    Raises
    ------
    ArgumentError
        If the data are not a table of scores, a key is given for scored data, or a `max_score` is below an
        observed score.

    See Also
    --------
    reliability : more coefficients of the total.

    Notes
    -----
    Equal to psych's `alpha` and CTT's `itemAnalysis` and `distractorAnalysis` in R; the interval of alpha is
    that of Feldt, Woodruff & Salih (1987, eq. 7), conditional errors are those of Lord (1955, 1957) and Keats
    (1957, eq. 9). If scores are missing, covariances are computed over the persons who have both items, as in
    psych.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.items(es.example("choices", n_persons=300, n_items=6))
    >>> found.items.select("item", "facility", "item_rest").head(2).rows()[0]
    ('I01', 0.75..., 0.23...)
    >>> found.options.filter(item="I01", is_key=True)["option"].to_list()
    ['A']
    """
    checked(min_n, prorate)
    if key is not None and isinstance(data, Responses):
        raise ArgumentError(note("key-of-scores", argument="key"))
    own = as_responses(data, halves=True) if key is None else responses(data, key=key)
    greatest = None
    if max_score is not None:
        seen = own.greatest / own.unit
        greatest = (own.unit * of_items("max_score", max_score, own.items, seen, GREATEST_SCORE)).astype(
            np.int64
        )
    found = classical(own.cells, own.items, greatest=greatest, prorate=prorate, unit=own.unit)
    table = frame({"item": own.items, **found.items})
    options, (alarms, alarm_notes) = no_options(), no_alarms()
    if own.choices is not None and own.choices.items:
        # a blank scores 0, so the scores do not say who left it
        missing = zip(("omitted", "not_reached", "not_administered"), missing_of(own.choices), strict=True)
        table = table.with_columns(pl.Series(name, counts) for name, counts in missing)
        options = option_statistics(own.choices)
        alarms, alarm_notes = key_alarm(own.choices, options, min_n=min_n)
    raised = flags(table, options if len(options) else None, min_n)
    codes: dict[str, list[str]] = {item: [] for item in own.items}
    for one in raised:
        codes[one.values["item"]].append(one.code)
    findings = (
        *(note("key-alarm", message=one, **_named(one, "item", "sure")) for one in alarm_notes),
        *(Note(one.code, TEXTS["of-item"], message=one, **_named(one, "item", "option")) for one in raised),
    )
    return ItemAnalysis(
        found.test,
        table.with_columns(pl.Series("flags", list(codes.values()), dtype=pl.List(pl.String))),
        _score_table(own, float(found.items["max_score"].sum()), found.test),
        options, alarms, findings, (*own.notes, *_notes_on(own, prorate), *found.notes),
    )  # fmt: skip


def reliability(data: object, *, prorate: bool = True) -> Reliability:
    """Compute coefficients of reliability of the total: alpha, omega, Guttman's lambdas, KR-20, split halves.

    Parameters
    ----------
    data : Responses, data frame, array or mapping
        Persons × items, as `responses` takes it.
    prorate : bool
        Whether a missing score counts in the total as the mean of the person's other scores, or as 0.

    Returns
    -------
    Reliability
        Values at most 1; null if undefined, which `notes` explain.

    Raises
    ------
    ArgumentError
        If the data are not a table of scores.

    See Also
    --------
    items : the analysis of the items.
    decisions : the reliability of pass–fail decisions.

    Notes
    -----
    Equal to psych's `alpha`, `guttman` and `omega(nfactors = 1)` in R. The interval of alpha to
    report, `low` to `high`, is Feldt's (Feldt, Woodruff & Salih 1987, eq. 7). `se`, of Duhachek & Iacobucci
    (2004, eq. 2), is psych's `ase`. Other coefficients have none.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.reliability(es.example(n_items=6))
    >>> found.table.select("coefficient", "value", "low", "high").row(0)
    ('alpha', 0.5..., 0.4..., 0.5...)
    """
    checked(prorate=prorate)
    own = as_responses(data, halves=True)
    found = classical(own.cells, own.items, prorate=prorate, unit=own.unit)
    test = found.test
    beside = [math.nan] * (len(COEFFICIENTS) - 1)
    table = frame({
        "coefficient": list(COEFFICIENTS),
        "value": [test[name] for name in COEFFICIENTS],
        "low": [test["alpha_low"], *beside],
        "high": [test["alpha_high"], *beside],
        "se": [test["alpha_se"], *beside],
        "of": list(COEFFICIENTS.values()),
    })  # fmt: skip
    return Reliability(
        table, test["n_candidates"], test["n_items"], test["mean"], test["sd"], test["sem"],
        (*own.notes, *_notes_on(own, prorate), *found.notes),
    )  # fmt: skip


def checked(min_n: object = None, prorate: object = True) -> None:
    """Raise ArgumentError for values that are invalid for any data."""
    if min_n is not None:
        whole("min_n", min_n, 1)
    truth("prorate", prorate)


def _notes_on(of: Responses, prorate: bool) -> Iterator[Note]:
    """What is to be known of the persons, and of cells that are no score."""
    yield from repeated_ids(of.persons)
    yield from notes_on_columns(of)
    yield from omitted_scores(of)
    blank = are_blank(of)
    if n := int(np.count_nonzero(blank)):
        without = classical(of.cells[~blank], prorate=prorate).test
        key = "blank-sheets" if math.isfinite(without["sd"]) else "blank-sheets.alone"
        yield note(key, n=n, **{name: told(without[name]) for name in ("mean", "sd", "alpha")})


def _named(one: Note, *names: str) -> dict[str, Any]:
    return {name: one.values[name] for name in names if name in one.values}


def _score_table(of: Responses, highest: float, test: Mapping[str, Any]) -> pl.DataFrame:
    """How often each total was earned by persons with a score on every item.

    Lord (1955, 1957) takes 0/1 items for a random sample from a pool, so that his errors √(x (k − x)/(k − 1))
    are those of KR-21. Keats (1957, eq. 9) brings them down to the errors of alpha, where items differ in
    difficulty: times √((1 − alpha)/(1 − KR-21)), so that their mean square is that of the overall error.
    """
    k, totals = of.n_items, of.cells[(of.cells >= 0).all(axis=1)].sum(axis=1, dtype=np.int64)
    if not len(totals):
        return frame(dict.fromkeys(("score", "n", "percent", "cumulative", "percentile_rank"), ()))
    counts = np.bincount(totals, minlength=round(highest * of.unit) + 1)
    x: NDArray[Any] = np.arange(len(counts)) if of.unit == 1 else np.arange(len(counts)) / of.unit
    share = counts / counts.sum()
    columns = {
        "score": x,
        "n": counts,
        "percent": 100 * share,
        "cumulative": 100 * np.cumsum(share),
        "percentile_rank": 100 * percentile_ranks(share),
    }
    if highest == k > 1 and of.unit == 1:
        columns["sem_lord"] = lord = np.sqrt(x * (k - x) / (k - 1))
        left, of_lord = 1 - test["alpha"], 1 - test["kr21"]
        known = of_lord > 0 and left >= 0
        columns["sem_keats"] = lord * math.sqrt(left / of_lord) if known else np.full(k + 1, math.nan)
    return frame(columns)
