"""Added value of subscores: whether the score of a part of a test tells more than the total.

Forms are analysed one by one, since they have different items, and then together. A form consists of the
persons with the same items; a missing answer to an item that the form has earns the points of a blank.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats import subscore_methods as numerics
from examgen.stats.arguments import ArgumentError, DataError, RowFaults, absent, group_notes, objects, shown
from examgen.stats.data_notes import notes_on_data
from examgen.stats.matrix import MISSING_KINDS, NOT_ADMINISTERED, Bools, Cells, Floats, Ints
from examgen.stats.response_data import as_responses, columns_by_name
from examgen.stats.results import Argument, Note, Result, frame, sentences
from examgen.stats.subscore_methods import FormSubscores, PooledSubscores, augmented

FEW = 30
"""With fewer candidates there is no verdict, and persons with the same pattern of items do not count as a
form."""
TOTAL = "total"
"""The value of `instead` if no larger part has a score worth reporting."""
_Z95 = 1.959963984540054
_ROUNDING = 1e-9
"""A smaller gain counts as none: with items that repeat each other, part and total say the same."""
_LEVEL = "subscore"
_BLANK = Argument("missing", {None: "omitted"})
"""How a blank earns no points."""
TEXTS: dict[str, str] = {
    "title": "Subscores: {n:,} [candidate|candidates]",
    # refusals
    "parts-length": "{argument} has {seen} values. It must have one for each of {n_items} items",
    "map-empty": "{argument} contains no items",
    "map-item.unknown": "`{item}` is not an item of the responses",
    "map-item.no-item": "has no item. Write one, or remove the line",
    "map-item.no-name": "`{item}` has no subscore. Write one, or remove the line",
    "map-item.twice": "`{item}` is in {first} and in {second}. An item can be in only one part of a level",
    "items-in-common": "no {few} candidates have scores on the same items. {blank} counts a blank as no "
    "points",
    # notes
    "outside": "{items} [is|are] in no part and [counts|count] only in the total",
    "blanks": "{n} [answer is|answers are] omitted or not reached and [earns|earn] no points",
    "blank-sheets": "{n} [candidate|candidates] answered nothing and [counts|count] with no points",
    "left-out": "{n} [candidate is|candidates are] excluded, because fewer than {few} had the same items. "
    "{blank} counts a blank as no points",
    "no-answers": "{n} [candidate|candidates] had no item that counts and [is|are] excluded",
    "item-not-given": "{part}: {n} of its items [was|were] given to no candidate and [is|are] excluded",
    "is-total": "{parts}: has all the items of the total",
    "one-item": "{parts}: has one item in a form, so its reliability cannot be estimated from one sitting",
    "constant": "{parts}: candidates differ on fewer than two of its items, so it has no reliability",
    "same-score": "{parts}: all candidates have the same score on it, or the same total, so it has no "
    "reliability",
    "few-candidates": "{parts}: fewer than {few} candidates, so nothing is reported",
    "in-levels": "{names}: a part of this name is in several levels ({levels}) with different items in each, "
    "so it counts as several parts. Check the levels",
    "no-reliability": "{parts}: the reliability is not above 0, because answers to its items have nothing in "
    "common, so there is no PRMSE",
    "above-one": "{parts}: the estimates contradict each other, because the part correlates with the total "
    "more than its reliability allows. The PRMSE would be above 1 and is not reported. With few items or "
    "candidates this happens by chance",
    "against": "{first} and {second} go against each other (correlation {r:.2f}). Candidates with more "
    "points in one have fewer in the other. Check their keys before a score is reported",
    "forms-differ": "{parts}: the forms disagree on how much its score tells beyond the total",
    # findings
    "columns": "{subscore}, {total}, {both}, {augmented}: share of the differences between candidates in "
    "this part that is explained by its own score, by the total, by both, and by all parts together.",
    "worth": "the [score|scores] for {names} [tells|tell] more than the total and can be reported",
    "instead.total": "the [score|scores] for {names} [tells|tell] no more than the total. Report only the "
    "total",
    "instead": "the [score|scores] for {names} [tells|tell] no more than the total. Report {instead} instead",
    "instead.both": "the [score|scores] for {names} alone [tells|tell] no more than the total, but with the "
    "other scores [it does|they do]. Report the augmented [score|scores], not the points",
    "undecided": "too few candidates to decide: {names}",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
note = sentences(TEXTS)


class Subscores(Result):
    """The added value of subscores, as returned by `subscores` and `subscores_of_forms`.

    Attributes
    ----------
    table : polars.DataFrame
        A row for each part, over all forms: `level`, `subscore`; `n` persons on the forms in which the gain
        is known, `n_items` and `n_items_most` in the form with the fewest and with the most items of the
        part; `mean`, `sd` (null with several forms), `reliability` (alpha); the proportional reduction in
        mean squared error of the true subscore by the subscore, the total, both, and the augmented subscore
        (`prmse_subscore`, `prmse_total`, `prmse_both`, `prmse_augmented`, with `augmented_reliability`), null
        above 1, as the estimates then contradict each other (`contradicts`); `gain` (reliability minus the
        correlation of the total with a parallel subscore) with `gain_se`, `gain_low`, `gain_high`;
        `both_add`, whether subscore and total together remove a tenth of the error that remains with the
        better of them; `forms_differ`, whether gains differ between forms; `verdict`: `worth`, `not_worth`,
        `undecided` or `unknown`; the `reason` why it is unknown; and what to report `instead` of a score
        without added value.
    forms : polars.DataFrame
        `form`, `n` persons, `n_items`, and `sd`, `alpha` and `stratified_alpha` of the total; the strata are
        the parts of a level that contains every item exactly once.
    by_form : polars.DataFrame
        With several forms, the figures for each form.
    correlations : polars.DataFrame
        `level`, `first`, `second`, `r` within forms, and `disattenuated`: corrected for attenuation.
    n_persons, n_left_out : int
        The number of persons analysed, and of persons excluded because fewer than 30 took the same items.
    findings : tuple of Note
        Recommendations on what to report, in sentences.
    notes : tuple of Note
        Remarks on the data and the figures.
    """

    table: pl.DataFrame
    forms: pl.DataFrame
    by_form: pl.DataFrame
    correlations: pl.DataFrame
    n_persons: int
    n_left_out: int
    findings: tuple[Note, ...]
    notes: tuple[str, ...]
    _estimates: Callable[[], pl.DataFrame]

    @property
    def scores(self) -> pl.DataFrame:
        """The points of each person: `id`, `form`, the points in each part, and in `<part>_augmented` the
        augmented points, which use the other parts of the same level. Report the augmented points if
        `both_add` is true."""
        return self._estimates()

    @property
    def title(self) -> str:
        """The title with the number of candidates."""
        return note("title", n=self.n_persons)

    @property
    def figures(self) -> Mapping[str, object]:
        """The standard deviation and reliability of the total, if there is a single form."""
        names = ("sd", "alpha", "stratified_alpha")
        found = {name: self.forms[name][0] for name in names} if len(self.forms) == 1 else {}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The figures of each part, and with several forms the forms."""
        counts = ["n_items"] if self.table["n_items"].equals(self.table["n_items_most"]) else []
        counts = counts or ["n_items", "n_items_most"]
        names = ("n", "reliability", "prmse_subscore", "prmse_total", "prmse_both", "prmse_augmented")
        found = {"parts": self.table.select("subscore", *counts, *names, "verdict")}
        return found | ({"forms": self.forms} if len(self.forms) > 1 else {})


def subscores(data: object, parts: object) -> Subscores:
    """Analyse whether subscores have added value over the total, by Haberman's PRMSE.

    Parameters
    ----------
    data : Responses, data frame, array or mapping
        Persons × items as `responses` takes it. Persons with the same items make up a form. −3 and blanks in
        a file without a key count as not administered; other blanks earn no points.
    parts : mapping, sequence or data frame
        {item: part}, {part: [items]}, the part of each item in order (None for an item in no part), or a
        frame with the columns `item`, `subscore` and, for parts that overlap, `level`.

    Returns
    -------
    Subscores

    Raises
    ------
    ArgumentError
        If an item is not in the data or is in two parts of a level, there is no part, or persons have
        different items and no 30 of them have the same.

    See Also
    --------
    reliability

    Notes
    -----
    Haberman (2008, eqs. 8 to 15), Sinharay (2013), Wainer et al. (2001). A subscore has added value if the
    whole 95 % interval of its `gain` is above 0. Equal to `subscore::CTTsub` in R.

    Examples
    --------
    >>> import examgen.stats as es
    >>> data = es.example(n_items=12)
    >>> found = es.subscores(data, {"odd": data.items[::2], "even": data.items[1::2]})
    >>> found.table.select("subscore", "n_items", "verdict").rows()
    [('odd', 6, 'not_worth'), ('even', 6, 'not_worth')]
    """
    own = as_responses(data)
    known = _parts(parts, own.items)
    notes = [*own.notes, *notes_on_data(own, blank_sheets=False)]
    cells = own.cells if own.choices is None else own.choices.cells
    is_given = (cells != NOT_ADMINISTERED).any(axis=1)
    if n := int(np.count_nonzero(is_given & (cells < 0).all(axis=1))):
        notes.append(note("blank-sheets", n=n))
    n_blank = int(np.count_nonzero((own.cells < 0) & (own.cells > NOT_ADMINISTERED)))
    if n_blank:
        notes.append(note("blanks", n=n_blank))
    forms = forms_of(own.cells, np.arange(own.n_persons), np.arange(own.n_items))
    in_parts = frozenset[int]().union(*(part.items for part in known))
    seen = np.flatnonzero((own.cells >= 0).any(axis=0)).tolist()
    if outside := [own.items[j] for j in seen if j not in in_parts]:
        notes.append(note("outside", n=len(outside), items=shown(outside)))
    found = subscores_of_forms(Points(own.cells), forms, known, own.persons, notes)
    if not found.n_persons:
        raise DataError(note("items-in-common", few=FEW, blank=_BLANK))
    return found


class Part(NamedTuple):
    """A set of items with a subscore; `items` are their indices."""

    level: str
    name: str
    items: frozenset[int]


class Form(NamedTuple):
    """The persons who took the same items: row and column indices of the cells."""

    name: str
    rows: Ints
    items: Ints


class Points(NamedTuple):
    """Cells (N, J), with the points of each value of a cell, by item and kind of missing or option (J, 3 +
    options). Without `worth`, cells are points, and missing ones earn nothing."""

    cells: Cells
    worth: Floats | None = None

    def of(self, rows: Ints, items: Ints) -> Floats:
        """Return the points (n, j) of some persons on some items."""
        cells = self.cells[rows].take(items, axis=1)
        if self.worth is None:
            return np.asarray(np.maximum(cells, 0), dtype=np.float64)
        return np.asarray(self.worth[items, cells.astype(np.int64) + len(MISSING_KINDS)])


def subscores_of_forms(
    points: Points, every: Sequence[Form], parts: Sequence[Part], persons: Sequence[object],
    notes: Sequence[str] = (),
) -> Subscores:  # fmt: skip
    """Return the added value of subscores for known forms. A form with fewer than 30 persons is excluded,
    unless it is the only one; if all are excluded, no figure is known."""
    is_kept = [len(every) == 1 or len(form.rows) >= FEW for form in every]
    forms = [form for form, one in zip(every, is_kept, strict=True) if one]
    dropped = [form for form, one in zip(every, is_kept, strict=True) if not one]
    results, spread = list[FormSubscores](), list[float]()
    for form in forms:
        groups = _groups(parts, form)
        levels = (_in_level(parts, level) & groups.any(axis=1) for level in _levels(parts))
        # the strata of alpha are the parts of the first level that has each item of the form exactly once
        strata = next((own for own in levels if (groups[own].sum(axis=0) == 1).all()), None)
        own = points.of(form.rows, form.items)
        spread.append(float(own.sum(axis=1).std(ddof=1)) if len(own) > 1 else np.nan)
        results.append(numerics.form_subscores(own, groups, strata))
    known = results or [numerics.no_subscores(len(parts))]
    table = _table(parts, forms, dropped, known)
    of_forms = frame({
        "form": pl.Series([form.name for form in forms], dtype=pl.String),
        "n": np.array([own.n for own in results], dtype=np.int64),
        "n_items": np.array([len(form.items) for form in forms], dtype=np.int64),
        "sd": np.array(spread), "alpha": np.array([own.alpha for own in results]),
        "stratified_alpha": np.array([own.stratified_alpha for own in results]),
    })  # fmt: skip
    n, n_left_out = (sum(len(form.rows) for form in some) for some in (forms, dropped))
    pairs = _correlations(parts, known, table["reliability"])
    of_persons = _notes_of_persons(parts, every, n_left_out, len(persons))
    alike = [*group_notes(Argument("parts"), list(dict.fromkeys(part.name for part in parts)))]
    alike += [*group_notes(Argument("parts"), _levels(parts)), *_split_parts(parts)]
    return Subscores(
        table, of_forms, _by_form(parts, forms, results), pairs, n, n_left_out, _findings(table),
        (*notes, *of_persons, *alike, *_notes_of_parts(table), *_against(pairs, n)),
        partial(_scores, points, forms, results, parts, persons),
    )  # fmt: skip


# ── parts and forms ──────────────────────────────────────────────────────────────────────────


def _parts(parts: object, items: Sequence[str]) -> list[Part]:
    """The parts that the argument names; DataError with every row that does not fit."""
    place = {item: n for n, item in enumerate(items)}
    part_of: dict[tuple[str, str], str] = {}
    found: dict[tuple[str, str], set[int]] = {}
    faults = RowFaults("parts")
    for row, (item, name, level) in enumerate(_rows_of(parts, items)):
        first, short = part_of.get((level, item), name), item[:40]
        if item not in place:
            faults.add(row, "item", note("map-item" + (".unknown" if item else ".no-item"), item=short))
        elif not name:
            faults.add(row, "subscore", note("map-item.no-name", item=short))
        elif first != name:
            values = {"item": short, "first": first[:40], "second": name[:40]}
            faults.add(row, "subscore", note("map-item.twice", **values))
        else:
            part_of[level, item] = name
            found.setdefault((level, name), set()).add(place[item])
    faults.end()
    if not found:
        raise DataError(note("map-empty", argument=Argument("parts")))
    return [Part(level, name, frozenset(own)) for (level, name), own in found.items()]


def _rows_of(parts: object, items: Sequence[str]) -> list[tuple[str, str, str]]:
    """Item, part and level, as the argument names them; but for a frame without items of no part."""
    argument = Argument("parts")
    if hasattr(parts, "columns"):
        columns = columns_by_name(argument, parts, ("item", "subscore"))
        levels = map(_name, columns.get("level", [None] * len(columns["item"])))
        cells = zip(columns["item"], columns["subscore"], levels, strict=True)
        return [(_name(item), _name(part), level or _LEVEL) for item, part, level in cells]
    if not isinstance(parts, Mapping):
        named = objects(argument, parts).tolist()
        if len(named) != len(items):
            values = {"argument": argument, "seen": len(named), "n_items": len(items)}
            raise ArgumentError(note("parts-length", **values))
        pairs = list(zip(items, named, strict=True))
    elif all(one is None or np.isscalar(one) for one in parts.values()):
        pairs = list(parts.items())
    else:
        own = [(part, objects(f"parts[{part!r}]", some)) for part, some in parts.items()]
        pairs = [(item, part) for part, some in own for item in some]
    return [(str(item), _name(part), _LEVEL) for item, part in pairs if _name(part) or item not in items]


def _name(value: object) -> str:
    return "" if absent(value) else str(value).strip()


def forms_of(cells: Cells, rows: Ints, items: Ints, name: str = "") -> list[Form]:
    """Return the forms among some persons: one for each set of items (of those considered) that persons were
    given. Persons who were given none of the items are left out."""
    given = cells[np.ix_(rows, items)] != NOT_ADMINISTERED
    patterns, number = np.unique(given, axis=0, return_inverse=True)
    found: list[Form] = []
    for n, is_given in enumerate(patterns):
        if is_given.any():
            found.append(Form(f"{name}/{len(found) + 1}", rows[number.ravel() == n], items[is_given]))
    if len(found) == 1:
        return [found[0]._replace(name=name)]
    return [form._replace(name=form.name.strip("/")) for form in found]


def _groups(parts: Sequence[Part], form: Form) -> Bools:
    """(K, J) the items of the form that each part has."""
    return np.array([[n in part.items for n in form.items.tolist()] for part in parts], dtype=np.bool_)


def _levels(parts: Sequence[Part]) -> list[str]:
    return list(dict.fromkeys(part.level for part in parts))


def _split_parts(parts: Sequence[Part]) -> Iterator[Note]:
    """The note on names of parts that are in several levels, with other items in each."""
    of: dict[str, list[Part]] = {}
    for part in parts:
        of.setdefault(part.name, []).append(part)
    split = [
        own for own in of.values() if len(own) > 1 and not frozenset.intersection(*(p.items for p in own))
    ]
    if split:
        levels = dict.fromkeys(part.level for own in split for part in own)
        yield note("in-levels", names=shown([own[0].name for own in split]), levels=shown(levels))


def _in_level(parts: Sequence[Part], level: str) -> Bools:
    return np.array([part.level == level for part in parts])


# ── what was found ───────────────────────────────────────────────────────────────────────────


def _table(
    parts: Sequence[Part], forms: Sequence[Form], dropped: Sequence[Form], results: Sequence[FormSubscores],
) -> pl.DataFrame:  # fmt: skip
    """A row for each part, without figures if no form has enough persons."""
    found = numerics.pooled(results)
    of_forms = [_groups(parts, form).sum(axis=1).tolist() for form in forms or dropped]
    counts = [*zip(*of_forms, strict=True)] or [()] * len(parts)
    reasons = _reasons(forms, results, found.n)
    low, high = found.gain - _Z95 * found.gain_se, found.gain + _Z95 * found.gain_se
    verdicts = np.select(
        [reasons != "", low > _ROUNDING, high < _ROUNDING], ["unknown", "worth", "not_worth"], "undecided"
    ).tolist()
    # in place of a part not worth reporting: the smallest larger part that is worth reporting
    worth = [part for part, verdict in zip(parts, verdicts, strict=True) if verdict == "worth"]
    instead: list[str | None] = []
    for part, verdict in zip(parts, verdicts, strict=True):
        larger = [one for one in worth if one.items > part.items]
        name = min(larger, key=lambda one: len(one.items)).name if larger else TOTAL
        instead.append(name if verdict == "not_worth" else None)
    borrowed = _borrowed(parts, results)
    of_parts = numerics.prmse(found.reliability, found.with_total, found.parallel_with_total)
    is_known, above = reasons == "", np.stack(of_parts) > 1
    contradicts = is_known & (above.any(axis=0) | (borrowed[0] > 1))
    adds = zip(numerics.both_add(of_parts).tolist(), (is_known & ~above.any(axis=0)).tolist(), strict=True)
    alone = 1.0 if len(results) == 1 else np.nan
    return frame({
        "level": [part.level for part in parts], "subscore": [part.name for part in parts], "n": found.n,
        "n_items": [min(filter(None, own), default=0) for own in counts],
        "n_items_most": [max(own, default=0) for own in counts],
        "mean": results[0].mean * alone, "sd": results[0].sd * alone,
        **_figures(found), "gain_low": low, "gain_high": high,
        "prmse_augmented": np.where(borrowed[0] > 1, np.nan, borrowed[0]),
        "augmented_reliability": borrowed[1], "contradicts": contradicts,
        "both_add": pl.Series([one if sound else None for one, sound in adds], dtype=pl.Boolean),
        "forms_differ": found.differs, "verdict": verdicts,
        "reason": pl.Series([one or None for one in reasons.tolist()], dtype=pl.String),
        "instead": pl.Series(instead, dtype=pl.String),
    })  # fmt: skip


def _figures(own: FormSubscores | PooledSubscores) -> dict[str, Floats]:
    """Columns of reliability, shares and gain; a share above 1 is none."""
    shares = numerics.prmse(own.reliability, own.with_total, own.parallel_with_total)._asdict()
    return {
        "reliability": own.reliability,
        **{f"prmse_{name}": np.where(values > 1, np.nan, values) for name, values in shares.items()},
        "gain": own.gain,
        "gain_se": own.gain_se,
    }


def _reasons(forms: Sequence[Form], results: Sequence[FormSubscores], n: Ints) -> NDArray[np.str_]:
    """(K,) why nothing can be said of a part; empty where something can."""
    if not forms:
        return np.full(len(n), "few-candidates")
    size = np.array([[own.n, len(form.items)] for form, own in zip(forms, results, strict=True)])
    n_items = np.stack([own.n_items for own in results])
    n_varying = np.stack([own.n_varying for own in results])
    reasons = {
        "is-total": (n_items > 0).any(axis=0) & ((n_items == 0) | (n_items == size[:, 1:])).all(axis=0),
        "one-item": n_items.max(axis=0) < 2,
        "constant": n_varying.max(axis=0) < 2,
        "same-score": (n == 0) & (np.where(n_items > 0, size[:, :1], 0).sum(axis=0) >= FEW),
        "few-candidates": n < FEW,
    }
    return np.select(list(reasons.values()), list(reasons), "")


def _borrowed(parts: Sequence[Part], results: Sequence[FormSubscores]) -> Floats:
    """(2, K) PRMSE and reliability of augmented subscores, means over forms."""
    found = [np.full((2, len(parts)), np.nan) for _ in results]
    for values, result in zip(found, results, strict=True):
        for own, better in _augmented(parts, result):
            values[:, own] = better.prmse, better.reliability
    return numerics.mean_over_forms(found, results)


def _augmented(parts: Sequence[Part], of: FormSubscores) -> Iterator[tuple[Bools, numerics.Augmented]]:
    """The parts of each level, and what they borrow from one another."""
    for level in _levels(parts):
        own = _in_level(parts, level)
        yield own, augmented(of.covariance[np.ix_(own, own)], of.reliability[own])


def _by_form(parts: Sequence[Part], forms: Sequence[Form], results: Sequence[FormSubscores]) -> pl.DataFrame:
    """The figures of each part in each of several forms that has items of it."""
    names = {"level": [part.level for part in parts], "subscore": [part.name for part in parts]}
    found = [
        frame({
            "form": [form.name] * len(parts), **names, "n": [own.n] * len(parts), "n_items": own.n_items,
            "n_varying": own.n_varying, "mean": own.mean, "sd": own.sd, **_figures(own),
        }).filter(pl.col("n_items") > 0)
        for form, own in zip(forms, results, strict=False)
    ]  # fmt: skip
    return pl.concat(found) if len(found) > 1 else pl.DataFrame()


def _correlations(
    parts: Sequence[Part], results: Sequence[FormSubscores], reliability: pl.Series
) -> pl.DataFrame:
    """Of each two parts of a level."""
    r, free = numerics.correlations(results, reliability.cast(pl.Float64).fill_null(np.nan).to_numpy())
    rows = [
        (level, parts[a].name, parts[b].name, r[a, b], free[a, b])
        for level in (_levels(parts) if results[0].n else ())
        for a, b in combinations(np.flatnonzero(_in_level(parts, level)).tolist(), 2)
    ]
    numbers = {"r": pl.Float64, "disattenuated": pl.Float64}
    schema = {"level": pl.String, "first": pl.String, "second": pl.String, **numbers}
    return pl.DataFrame(rows, schema=schema, orient="row").fill_nan(None)


def _scores(
    points: Points, forms: Sequence[Form], results: Sequence[FormSubscores], parts: Sequence[Part],
    persons: Sequence[object],
) -> pl.DataFrame:  # fmt: skip
    """The points of persons in each part, and the augmented ones; null in parts that a form does not have."""
    rows = np.concatenate([np.empty(0, dtype=np.int64), *(form.rows for form in forms)])
    observed, better = [np.empty((0, len(parts)))], [np.empty((0, len(parts)))]
    for form, result in zip(forms, results, strict=True):
        groups = _groups(parts, form)
        own = points.of(form.rows, form.items) @ groups.T.astype(np.float64)
        lent = np.full_like(own, np.nan)
        for of, found in _augmented(parts, result):
            lent[:, of] = numerics.estimates(found, own[:, of], result.mean[of])
        observed.append(np.where(groups.any(axis=1), own, np.nan))
        better.append(lent)
    taken = ["id", "form", *(part.name for part in parts)]
    names = [part.name if taken.count(part.name) == 1 else f"{part.level} {part.name}" for part in parts]
    columns: dict[str, object] = {
        "id": pl.Series([str(persons[row]) for row in rows.tolist()], dtype=pl.String),
        "form": pl.Series([form.name for form in forms for _ in form.rows], dtype=pl.String),
    }
    of_parts, lent = np.concatenate(observed), np.concatenate(better)
    for k, name in enumerate(names):
        columns |= {name: of_parts[:, k], f"{name}_augmented": lent[:, k]}
    return frame(columns)[np.argsort(rows, kind="stable")]


# ── sentences ────────────────────────────────────────────────────────────────────────────────


def _notes_of_persons(
    parts: Sequence[Part], every: Sequence[Form], n_left_out: int, n_persons: int
) -> Iterator[Note]:
    """Of persons left out, and items that nobody was given."""
    given = {place for form in every for place in form.items.tolist()}
    if n_left_out:
        yield note("left-out", n=n_left_out, few=FEW, blank=_BLANK)
    if n := n_persons - sum(len(form.rows) for form in every):
        yield note("no-answers", n=n)
    for part in parts:
        if n := len(part.items - given):
            yield note("item-not-given", n=n, part=part.name)


def _notes_of_parts(table: pl.DataFrame) -> Iterator[Note]:
    """Of figures that are unknown or doubtful: each once, with the parts."""
    parts: dict[str, list[str]] = {}
    for row in table.to_dicts():
        key = row["reason"]
        if key is None and row["reliability"] is not None and row["reliability"] <= 0:
            key = "no-reliability"
        elif row["contradicts"]:
            key = "above-one"
        for own in (key, "forms-differ" if row["forms_differ"] else None):
            if own is not None:
                parts.setdefault(own, []).append(row["subscore"])
    for key, names in parts.items():
        yield note(key, parts=", ".join(names), **({"few": FEW} if key == "few-candidates" else {}))


def _against(pairs: pl.DataFrame, n: int) -> Iterator[Note]:
    """Of parts whose correlation is below 0 with its whole 95 % interval (Fisher's z)."""
    for row in pairs.to_dicts():
        r = min(row["r"] or 0.0, 0.0)
        if n > 3 and math.atanh(max(r, -0.999999)) + _Z95 / math.sqrt(n - 3) < 0:
            yield note("against", first=row["first"], second=row["second"], r=r)


def _findings(table: pl.DataFrame) -> tuple[Note, ...]:
    """What the columns are, and what to report."""
    found = [
        note("columns", **{name: f"prmse_{name}" for name in ("subscore", "total", "both", "augmented")})
    ]
    if worth := table.filter(verdict="worth")["subscore"].to_list():
        found.append(note("worth", n=len(worth), names=", ".join(worth)))
    with_others = pl.col("both_add").fill_null(value=False) & (pl.col("instead") == TOTAL)
    if both := table.filter(with_others)["subscore"].to_list():
        found.append(note("instead.both", n=len(both), names=", ".join(both)))
    lower = table.drop_nulls("instead").filter(~with_others)
    for (instead,), rows in lower.group_by("instead", maintain_order=True):
        key = "instead.total" if instead == TOTAL else "instead"
        found.append(note(key, n=len(rows), names=", ".join(rows["subscore"]), instead=instead))
    if doubtful := table.filter(verdict="undecided")["subscore"].to_list():
        found.append(note("undecided", names=", ".join(doubtful)))
    return tuple(found)
