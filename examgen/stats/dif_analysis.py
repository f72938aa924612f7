"""Differential item functioning from responses and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from examgen.stats import arguments
from examgen.stats import dif_methods as numerics
from examgen.stats.arguments import ArgumentError, DataError
from examgen.stats.data_notes import notes_on_data
from examgen.stats.dif_methods import JODOIN_GIERL, TESTS, Columns, logistic
from examgen.stats.distributions import adjusted
from examgen.stats.matrix import NOT_ADMINISTERED, Bools, Floats, Ints
from examgen.stats.response_data import Responses, as_responses
from examgen.stats.results import Argument, Note, Result, frame, sentences

METHODS = ("mh", "logistic", "std", "sibtest")
ADJUST = ("bh", "holm", "bonferroni", "none")
LEAST = 5
"""mirt's `Jmin`: SIBTEST uses the rest scores that more persons than this have in both groups."""
FEW_IN_GROUP = 100
"""With fewer persons in a group, real differences may be missed (Zieky 1993; Zwick 2012)."""
_NO_GROUP = 10
"""With fewer persons in a group, a difference from it is that of these persons."""
MOST_GROUPS = 50
"""Logistic regression has two terms for each focal group, all in one model."""
MOST_MISSING = 0.05
"""If a greater share of answers is missing, a note warns that totals are totals of different items."""
MOST_APART = 0.02
"""The same, if the shares of two large groups differ by more. In simulations of 30 items and 800 to 5,000
candidates, 0.02 put at most 0.25 sound items in class B or C, 0.03 up to 0.7, and 0.04 up to 7."""
ZERO_AND_ONE = ({"0", "1"}, {"False", "True"})
"""Pairs of group names that show by themselves which group is the reference: the first of the two."""
# fmt: off
TITLES = {
    "mh": "Mantel–Haenszel", "logistic": "logistic regression", "std": "standardisation",
    "sibtest": "SIBTEST",
}
EFFECTS = {
    "mh": "Δ, −2.35 log α", "logistic": "ΔR² (Nagelkerke)", "std": "STD P-DIF", "sibtest": "β",
}
"""The effect size that `effect` holds, by method."""
COLUMNS: dict[str, tuple[str, ...]] = {
    "mh": ("mh_chisq", "mh_df", "mh_alpha", "p_delta", "breslow_day", "breslow_day_df", "breslow_day_p",
           "breslow_day_trend", "breslow_day_trend_p"),
    "logistic": (*(f"lr_{test}{part}" for test in sorted(TESTS.values(), reverse=True)
                   for part in ("", "_df", "_p")),
                 "r2_full", "r2_simple", "coefficients", "coefficients_se", "simple_coefficients",
                 "simple_se"),
    "std": ("std_alpha",),
    "sibtest": ("sib_chisq", "cross_beta", "cross_chisq", "cross_df", "cross_p"),
}
"""The columns that each method adds to those common to all methods."""
# fmt: on
_MAIN = ("item", "n", "effect", "se", "p", "p_adjusted", "class", "favours", "flagged")
CROSSING = "crossing"
_ZERO = 1e-9
TEXTS: dict[str, str] = {
    "title": "DIF by {method}: {focal} against {reference}",
    # refusals
    "no-roles": "{groups} contains {names}. Name the reference group with {reference}, or the focal groups "
    "with {focal}",
    "no-groups": "{groups} names no group",
    "one-group": "{groups} contains only the group {names}, so there is nothing to compare",
    "no-such-group": "{argument} is {value}, but {groups} contains {names}",
    "every-group": "{argument} names every group of {groups}. One group must be left to compare",
    "two-roles": "{focal} and {reference} both name the group {name}. They must name different groups",
    "alike-groups.refused": "{groups} contains groups that differ only in capital letters or spaces: "
    "{names}. Write them in one way, or name both {focal} and {reference}",
    "one-focal": "{names} are {n} focal groups, but SIBTEST compares only one with the reference group",
    "too-many-groups": "{groups} has {n} groups, but logistic regression compares {most} at most",
    "only-of": "{argument} applies only to {method}",
    "empty-group": "{groups} has no candidate of the group {name} who can be compared",
    "too-few-items": "{data} has fewer than two items with both right and wrong answers, so candidates "
    "cannot be matched",
    "too-few-items.points": "{data} has fewer than two items with both right and wrong answers, so "
    "candidates cannot be matched. Items with scores above 1 are excluded: {items}",
    "too-few-common-items": "the files have {n} [item|items] in common, but candidates are matched on the "
    "total of two or more. Analyse each file separately",
    "nothing-tested": "{data} has too few answers to test any item",
    "nothing-tested.matching": "{matching} has no value that enough candidates of both groups share, so no "
    "item can be tested. Round it to bands of some 10 candidates or more",
    "nothing-tested.incomplete": "{data} has too few candidates with an answer to every item, which this "
    "method needs",
    # notes
    "not-common": "{n} [item is|items are] not in every file and [is|are] excluded, because candidates are "
    "matched on the total of the same items: {items}",
    "blank-sheets": "{n} [candidate|candidates] answered no item and [is|are] excluded",
    "no-matching": "{n} [candidate has|candidates have] no value of {matching} and [is|are] excluded",
    "no-group": "{n} [candidate has|candidates have] no value in {groups} and [is|are] excluded",
    "other-groups": "{n} [candidate|candidates] of other groups ({names}) [is|are] excluded",
    "few-in-group": "groups of fewer than {least} candidates: {few}. Some items with DIF are missed there, "
    "and findings may be chance",
    "few-in-group.none": "groups of fewer than {least} candidates: {few}. With fewer than {none} in a group, "
    "no figure here says anything of DIF",
    "missing-answers": "missing answers add nothing to the total used for matching",
    "incomplete-matching": "{missing:.0%} of the answers are missing. Candidates are matched on totals of "
    "different items, which alone can cause or hide a flag. Analyse each form separately. Where items were "
    "not reached, match on an ability",
    "incomplete-matching.groups": "{most:.1%} of the answers of {group} are missing, and {least:.1%} of "
    "those of {other}. Candidates are matched on totals of different items, which alone can cause or hide a "
    "flag. Match on an ability",
    "incomplete": "{n} [candidate has|candidates have] missing answers and [is|are] excluded by this method",
    "no-answers": "no answers to compare: {items}",
    "not-dichotomous": "excluded because of scores above 1, also from the total: {items}",
    "all-wrong": "no right answer, so there is no difference: {items}",
    "all-right": "only right answers, so there is no difference: {items}",
    "no-overlap": "not tested, because no {level} has enough candidates of both groups with right and wrong "
    "answers: {items}",
    "not-determined": "not tested, because the totals of the groups do not identify the terms: {items}",
    "infinite-odds": "the difference has one direction at every total, so the odds ratio is infinite or "
    "0: {items}",
    "separation": "right and wrong answers separate completely at a total, so coefficients are infinite: "
    "{items}",
    "correction-overdone": "not flagged, because the groups differ by less than the continuity "
    "correction: {items}",
    "non-uniform": "not flagged, but the difference between the groups changes with the {level} (trend of "
    "Breslow–Day), which logistic regression tests: {items}",
    "flagged-by-size": "items are flagged only by the size of the difference. With so few candidates such "
    "differences also occur by chance. See `p`, or use {adjust}",
    "not-converged": "the flagged items still changed after ten rounds of purification",
    "given-matching": "candidates are matched on {matching}, and no item is taken out of it. If it comes "
    "from outside these answers, its errors of measurement flag sound items where the groups differ in it. "
    "If it was estimated from them, estimate it again without flagged items, by a model without groups",
    # findings
    "none": "no item is flagged",
    "level": "sum of scores",
    "level.matching": "value of {matching}",
    "easier": "easier for {group} than for {other} at the same {level}: {items}",
    "crossing": "easier for {group} or for {other}, depending on the {level}: {items}",
    "differs": "not equally hard for {names} at the same {level}: {items}",
    "unadjusted": "of class B or C, but not significant after the adjustment for the number of tests: "
    "{items}",
    "uncertain": "as different as items of class B or C, but with so few candidates this may be chance: "
    "{items}",
    "columns.mh": "effect: Δ = −2.35 log of the odds of {reference} divided by those of {focal} at the same "
    "{level}; negative if harder for {focal}. class: A negligible, B moderate, C large by the rule of ETS",
    "columns.logistic": "effect: difference of Nagelkerke's R². class: A negligible, B moderate, C large by "
    "Jodoin and Gierl. crossing: the direction depends on the {level}",
    "columns.std": "effect: proportion right of {focal} minus that of {reference} at the same {level}; "
    "negative if harder for {focal}. class: A below 0.05, B below 0.10, C from there on",
    "columns.sibtest": "effect: proportion right of {reference} minus that of {focal} at the same true "
    "score; positive if harder for {focal}. class: A negligible, B moderate, C large by Roussos and Stout",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
note = sentences(TEXTS)


class DifAnalysis(Result):
    """The differential item functioning of each item, as returned by `dif`.

    Attributes
    ----------
    method : str
    reference : str
        The reference group.
    focal : tuple of str
        The focal groups.
    groups : polars.DataFrame
        `group`, `role`, `n`.
    items : polars.DataFrame
        A row for each item, for `std` with several focal groups that of the group with the largest effect:
        `item`, `n` answers, `effect` (its measure is named in `effect_is`), `se`, `p`,
        `p_adjusted`, `class` (`A` negligible, `B`, `C` large; null if the method has no classes), `favours`
        (the group for which the item is easier among persons of equal ability; `crossing`; null), `flagged`,
        `anchor` (whether the item was part of the matching total), and further columns of the method, listed
        in docs/statistics.md.
    contrasts : polars.DataFrame
        For `mh` and `std` with several focal groups, the same columns for each group (`focal`) against the
        reference, with p adjusted for the items of that group; `summary()` prints the flagged ones. Else
        empty: logistic regression compares all groups in one model. Name one `focal` group for its size.
    effect_is : str
        What `effect` measures.
    flagged : tuple of str
        The names of the flagged items.
    purified : bool
        Whether flagged items were removed from the total.
    rounds : int
        Rounds of purification; `converged` is false if ten rounds did not settle.
    converged : bool
    adjust : str
        The correction of p for the number of items, or `none`.
    findings : tuple of Note
        The findings, in sentences.
    notes : tuple of Note
        Remarks on the data and the figures.
    """

    method: str
    reference: str
    focal: tuple[str, ...]
    groups: pl.DataFrame
    items: pl.DataFrame
    contrasts: pl.DataFrame
    effect_is: str
    flagged: tuple[str, ...]
    purified: bool
    rounds: int
    converged: bool
    adjust: str
    findings: tuple[Note, ...]
    notes: tuple[str, ...]

    @property
    def title(self) -> str:
        """The method and the groups compared."""
        return note(
            "title", method=TITLES[self.method], focal=arguments.shown(self.focal), reference=self.reference
        )

    @property
    def figures(self) -> Mapping[str, object]:
        """The numbers of persons and of flagged items, and the settings."""
        return {
            "persons": arguments.shown([f"{row[0]} {row[2]:,}" for row in self.groups.rows()]),
            "flagged": len(self.flagged),
            "effect" if self.items["effect"].count() else "effect_in_contrasts": self.effect_is,
            "purification_rounds": self.rounds if self.purified else "none",
            "adjustment": self.adjust,
        }

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The items, flagged ones first, and with several focal groups the flagged contrasts. Columns without
        any value are left out."""
        order = [pl.col("flagged"), pl.col("class").is_in(("B", "C")).fill_null(False), -pl.col("p")]
        found = {"items": self.items.sort(order, descending=True, nulls_last=True)}
        if len(self.contrasts):
            found["contrasts"] = self.contrasts.filter("flagged")
        names = [name for name in ("focal", *_MAIN) if name != "p_adjusted" or self.adjust != "none"]
        return {
            kind: table.select(
                name for name in names if name in table and table[name].null_count() < len(table)
            )
            for kind, table in found.items()
            if len(table)
        }

    def plot(self, ax: Any = None) -> Any:
        """Draw the effects of the items in order with matplotlib (an extra) and return the axes. Flagged
        items are filled, infinite effects are drawn at the edge. With several focal groups, each is compared
        with the reference."""
        from examgen.stats.irt_plots import drawn

        return drawn(self, ax)


def dif(
    data: object, groups: object, *, focal: object = None, reference: object = None, method: str = "mh",
    purify: bool = True, adjust: str | None = "bh", alpha: float = 0.05, matching: object = None,
    kind: str = "both", correction: bool = True, criterion: str = "lrt", least: int | None = None,
) -> DifAnalysis:  # fmt: skip
    """Test items for differential item functioning between groups of equal ability.

    Parameters
    ----------
    data : array_like, data frame or Responses
        Scores 0 and 1 of N persons, as `responses` takes them. A missing score adds nothing to the matching
        total, and excludes the person from the analysis of that item. Partial scores are not analysed: an
        item with scores above 1 is excluded, from the total, too, and named in a note.
    groups : array_like, shape (N,), or str
        The group of each person: texts, numbers, a mask (True is focal), or the name of a column of the data.
        None, NaN, `pandas.NA` and empty texts mean no group; a note counts these persons. The text `NA`,
        which R's `write.csv` writes, counts as a group name, and a note says so: name both `focal` and
        `reference`, or blank those cells. A pandas series is matched by its index if that names the rows or
        the persons of the data, else by position.
    focal, reference : object or list, optional
        The focal groups, and the reference group. If one of the two is omitted, it consists of all other
        groups. At least one is required, except for a mask and for groups 0 and 1, where False and 0 are the
        reference.
    method : {"mh", "logistic", "std", "sibtest"}
        Mantel–Haenszel; logistic regression; standardisation; SIBTEST (two groups).
    purify : bool
        Whether to remove flagged items from the matching total and test all items again, at most ten times.
        As in difR, this uses the unadjusted p, so that more items may be removed from the `anchor` than are
        `flagged`. Has no effect with `matching` or `sibtest`.
    adjust : {"bh", "holm", "bonferroni", "none"} or None
        Correction of p for the number of items; items are flagged by the corrected p.
    alpha : float
        Significance level for flagging items, 0 to 1.
    matching : array_like, shape (N,), optional
        For `mh`, `logistic` and `std`: values on which persons are matched instead of their total; for `mh`
        and `std` rounded so that some 10 persons or more have each. Either an ability estimated in the same
        way for all persons, by a fit without `groups` (EAP of a fit with groups is drawn to the mean of each,
        and sound items are flagged), or a reliable criterion from outside these answers.
    kind : {"both", "udif", "nudif"}
        For `logistic`: the kind of DIF tested: either kind, uniform or non-uniform.
    correction : bool
        For `mh`: whether to apply Yates' continuity correction.
    criterion : {"lrt", "wald"}
        For `logistic`: likelihood ratio or Wald test.
    least : int, optional
        For `sibtest`: only rest scores that more persons than this have in both groups are used (`Jmin` of
        mirt); 5 by default.

    Returns
    -------
    DifAnalysis
        `.items` has a row for each item.

    Raises
    ------
    ArgumentError
        If the groups do not fit the persons, a word is unknown, options exclude each other, or no item can be
        tested.

    See Also
    --------
    example : data with DIF in the first item.

    Notes
    -----
    Holland & Thayer (1988) with the classes of Zieky (1993); Swaminathan & Rogers (1990) with those of Jodoin
    & Gierl (2001); Dorans & Kulick (1986); Shealy & Stout (1993). The numbers are those of `difMH`,
    `difLogistic` and `difStd` of difR, and of `SIBTEST` of mirt.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.dif(es.example(n_persons=1000), "sex", reference="f")
    >>> found.flagged
    ('I01',)
    >>> found.items.select("item", "effect", "class", "favours").row(0)
    ('I01', -2.14..., 'C', 'f')
    """
    method, adjust, kind, criterion, least = checked(
        method=method, adjust=adjust, alpha=alpha, purify=purify, kind=kind, correction=correction,
        criterion=criterion, least=least,
    )  # fmt: skip
    if matching is not None and method == "sibtest":
        raise ArgumentError(note("only-of", argument=Argument("matching"), method="mh, logistic, std"))
    own, of_files = _common_items(as_responses(data, groups, matching))
    column = groups if isinstance(groups, str) else "groups"
    names, role, notes = _roles(own, groups, column, focal, reference)
    if method == "sibtest" and len(names) > 2:
        raise ArgumentError(note("one-focal", names=arguments.shown(names[1:]), n=len(names) - 1))
    if method == "logistic" and len(names) > MOST_GROUPS:
        raise DataError(note("too-many-groups", groups=column, n=len(names), most=MOST_GROUPS))
    sample, of_items, excluded = _sample(own, role, matching)
    sizes = np.bincount(sample.group, minlength=len(names)).tolist()
    if 0 in sizes:
        raise DataError(note("empty-group", groups=column, name=names[sizes.index(0)]))
    if sample.usable.sum() < 2:
        points = [own.items[j] for j in of_items["not-dichotomous"]]
        key = "too-few-items.points" if points else "too-few-items"
        raise DataError(note(key, data="data", items=arguments.shown(points)))
    notes += excluded
    if few := [f"{name} ({n})" for name, n in zip(names, sizes, strict=True) if n < FEW_IN_GROUP]:
        key = "few-in-group" + ".none" * (min(sizes) < _NO_GROUP)
        notes.append(note(key, least=FEW_IN_GROUP, few=arguments.shown(few), none=_NO_GROUP))
    notes += _of_matching(sample, method, names)
    level = note("level")
    if matching is not None:
        matched = matching if isinstance(matching, str) else Argument("matching")
        notes.append(note("given-matching", matching=matched))
        level = note("level.matching", matching=matched)
    purify = purify and matching is None and method != "sibtest"
    last, contrasts = _analysed(sample, method, purify, kind, correction, criterion, least, alpha)
    if method == "std" and adjust == "none" and min(sizes) < FEW_IN_GROUP:
        notes.append(note("flagged-by-size", adjust=Argument("adjust")))
    if not last.converged:
        notes.append(note("not-converged"))
    totals = sample.matching
    if totals is None:
        totals = (sample.cells[:, sample.in_total] > 0).sum(axis=1, dtype=np.float64)
    ends = float(np.quantile(totals, 0.1)), float(np.quantile(totals, 0.9))
    items = partial(_items, own.items, method, last.anchor, adjust, alpha, ends)
    table = items(last.columns, names)
    of_items |= _odd_items(last.columns, contrasts, table, sample, method, alpha, adjust)
    if not any(np.isfinite(last.columns[name]).any() for name in ("effect", "p") if name in last.columns):
        incomplete = any(isinstance(one, Note) and one.code == "incomplete" for one in notes)
        key = ".incomplete" if incomplete else ".matching" if matching is not None else ""
        raise DataError(note("nothing-tested" + key, data="data", matching=Argument("matching")))
    notes += [
        note(code, items=arguments.shown([own.items[j] for j in places]), level=level)
        for code, places in of_items.items()
        if len(places)
    ]
    tables = [
        items({name: column[:, k] for name, column in contrasts.items()}, (names[0], name)).select(
            pl.lit(name).alias("focal"), pl.all()
        )
        for k, name in enumerate(names[1:])
        if contrasts
    ]
    return DifAnalysis(
        method=method,
        reference=names[0],
        focal=names[1:],
        groups=frame({"group": names, "role": ["reference"] + ["focal"] * (len(names) - 1), "n": sizes}),
        items=table,
        contrasts=pl.concat(tables) if tables else pl.DataFrame(),
        effect_is=EFFECTS[method],
        flagged=tuple(table.filter("flagged")["item"]),
        purified=purify,
        rounds=last.rounds,
        converged=last.converged,
        adjust=adjust,
        findings=_findings(table, names, method, adjust, level),
        notes=(*own.notes, *of_files, *notes_on_data(own, blank_sheets=False), *notes),
    )


def checked(
    *, method: str = "mh", adjust: str | None = "bh", alpha: float = 0.05, purify: bool = True,
    kind: str = "both", correction: bool = True, criterion: str = "lrt", least: int | None = None,
    focal: object = None, reference: object = None,
) -> tuple[str, str, str, str, int]:  # fmt: skip
    """Return the method, adjustment, kind, criterion and least count. Raises ArgumentError for values that
    are invalid for any data."""
    method = arguments.word("method", method, METHODS)
    adjust = arguments.word("adjust", "none" if adjust is None else adjust, ADJUST)
    kind = arguments.word("kind", kind, tuple(TESTS))
    criterion = arguments.word("criterion", criterion, ("lrt", "wald"))
    arguments.number("alpha", alpha, 0.0, 1.0)
    arguments.truth("correction", correction)
    arguments.truth("purify", purify)
    only = {"least": ("sibtest", least is not None), "kind": ("logistic", kind != "both"),
            "criterion": ("logistic", criterion != "lrt")}  # fmt: skip
    for name, (wanted, is_given) in only.items():
        if is_given and method != wanted:
            raise ArgumentError(note("only-of", argument=Argument(name), method=Argument("method", wanted)))
    return method, adjust, kind, criterion, LEAST if least is None else arguments.whole("least", least, 0)


# ── groups ───────────────────────────────────────────────────────────────────────────────────


def _roles(
    own: Responses, groups: object, column: str, focal: object, reference: object
) -> tuple[tuple[str, ...], Ints, list[str]]:
    """The groups, reference first; (N,) the place of each person among them, −1 of who is in none; and notes
    on those. `column` is what sentences call the groups."""
    known = arguments.groups_of("groups", own.column(groups, "groups"), own.n_persons, least=0)
    if len(known.names) < 2:
        key = "one-group" if known.names else "no-groups"
        raise DataError(note(key, groups=column, names=arguments.shown(known.names)))
    first, second = (
        None if value is None else _places(name, value, known.names, column)
        for name, value in (("reference", reference), ("focal", focal))
    )
    words = {"focal": Argument("focal"), "reference": Argument("reference")}
    notes: list[str] = []
    if (alike := arguments.alike_names(known.names)) and (first is None or second is None):
        raise DataError(note("alike-groups.refused", groups=column, names=arguments.shown(alike), **words))
    notes += arguments.group_notes(column, known.names, known.spaced, known.sizes)
    notes += arguments.groups_by_file(column, known, own.starts)
    if first is None and second is None:
        if set(known.names) not in ZERO_AND_ONE:
            raise ArgumentError(note("no-roles", groups=column, names=arguments.shown(known.names), **words))
        first, second = [0], [1]
    every = range(len(known.names))
    first = [k for k in every if k not in (second or ())] if first is None else first
    second = [k for k in every if k not in first] if second is None else second
    if not first or not second:
        every_group = words["reference" if first else "focal"]
        raise ArgumentError(note("every-group", argument=every_group, groups=column))
    if both := set(first) & set(second):
        raise ArgumentError(note("two-roles", **words, name=known.names[both.pop()]))
    role = np.full(len(known.names) + 1, -1)
    role[first] = 0
    role[second] = np.arange(1, len(second) + 1)
    if n := int((known.number < 0).sum()):
        notes.append(note("no-group", n=n, groups=column))
    others = [k for k in range(len(known.names)) if role[k] < 0]
    if others:
        n = int(np.isin(known.number, others).sum())
        notes.append(note("other-groups", n=n, names=arguments.shown([known.names[k] for k in others])))
    names = (" + ".join(known.names[k] for k in first), *(known.names[k] for k in second))
    return names, role[known.number].astype(np.int64), notes


def _places(argument: str, value: object, names: Sequence[str], column: str) -> list[int]:
    """The places of the groups that an argument names."""
    several = list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]
    for one in several:
        if str(arguments.group_name(one)) not in names:
            words = {"argument": Argument(argument), "groups": column, "names": arguments.shown(names)}
            raise ArgumentError(note("no-such-group", value=arguments.brief(one), **words))
    return list(dict.fromkeys(names.index(str(arguments.group_name(one))) for one in several))


def _common_items(own: Responses) -> tuple[Responses, list[Note]]:
    """The items that every one of several files has, for totals of different items are no common scale, and
    a note on the others."""
    starts = sorted({first for first in own.starts if first < own.n_persons})
    if len(starts) < 2:
        return own, []
    has = np.logical_or.reduceat(own.cells != NOT_ADMINISTERED, starts)
    places = np.flatnonzero(has.all(axis=0)).tolist()
    others = [own.items[j] for j in np.flatnonzero(has.any(axis=0) & ~has.all(axis=0)).tolist()]
    if not others:
        return own, []
    if len(places) < 2:
        raise DataError(note("too-few-common-items", n=len(places)))
    items = tuple(own.items[j] for j in places)
    choices = own.choices and own.choices.part([own.choices.items.index(item) for item in items])
    common = replace(own, items=items, cells=np.ascontiguousarray(own.cells[:, places]), choices=choices)
    return common, [note("not-common", n=len(others), items=arguments.shown(others))]


# ── items ────────────────────────────────────────────────────────────────────────────────────


def _sample(
    own: Responses, role: Ints, matching: object
) -> tuple[numerics.Sample, dict[str, list[int]], list[Note]]:
    """The persons and items to analyse; by code the places of items without a difference to test; notes on
    persons who have nothing to compare."""
    answers = own.cells if own.choices is None else own.choices.cells
    lacking, values = {"blank-sheets": (answers < 0).all(axis=1)}, None
    if matching is not None:
        values = arguments.vector("matching", own.column(matching, "matching"), own.n_persons, missing=True)
        lacking["no-matching"] = ~np.isfinite(values)
    notes = []
    for code, persons in lacking.items():
        if n := int((persons & (role >= 0)).sum()):
            notes.append(note(code, n=n, matching=Argument("matching")))
            role = np.where(persons, -1, role)
    taken = role >= 0
    cells = own.cells[taken]
    highest, has_wrong = cells.max(axis=0, initial=-1), (cells == 0).any(axis=0)
    odd = {
        "no-answers": highest < 0,
        "not-dichotomous": highest > 1,
        "all-wrong": highest == 0,
        "all-right": (highest == 1) & ~has_wrong,
    }
    usable = ~np.any(list(odd.values()), axis=0)
    matched = None if values is None else values[taken]
    sample = numerics.Sample(cells, role[taken], matched, usable, highest <= 1)
    return sample, {code: np.flatnonzero(where).tolist() for code, where in odd.items()}, notes


def _of_matching(sample: numerics.Sample, method: str, names: Sequence[str]) -> list[Note]:
    """What missing scores do to the total; those of items and persons without any are no matter."""
    if method == "sibtest":
        lacking = int((sample.cells[:, sample.usable] < 0).any(axis=1).sum())
        return [note("incomplete", n=lacking)] if lacking else []
    if sample.matching is not None or not (sample.cells < 0).any():
        return []
    missing = sample.cells < 0
    missing = missing[:, ~missing.all(axis=0)]
    if (overall := float(missing.mean())) > MOST_MISSING:
        return [note("incomplete-matching", missing=overall)]
    large = np.flatnonzero(np.bincount(sample.group) >= FEW_IN_GROUP).tolist()
    shares = sorted((float(missing[sample.group == k].mean()), names[k]) for k in large)
    if shares and shares[-1][0] - shares[0][0] > MOST_APART:
        (least, other), (most, group) = shares[0], shares[-1]
        return [note("incomplete-matching.groups", most=most, group=group, least=least, other=other)]
    return [note("missing-answers")]


def _analysed(
    sample: numerics.Sample, method: str, purify: bool, kind: str, correction: bool, criterion: str,
    least: int, alpha: float,
) -> tuple[numerics.Purified, Columns]:  # fmt: skip
    """The statistics of all items (J,), and of several focal groups those of each (J, F)."""
    several = sample.n_groups > 2
    is_small = np.bincount(sample.group, minlength=sample.n_groups)[1:] < _NO_GROUP
    if method == "sibtest":
        return numerics.Purified(numerics.sibtest(sample, least), sample.usable, 0, True), {}
    if method == "logistic":
        regression = partial(logistic, criterion=criterion, kind=kind)
        return numerics.purified(sample, regression, lambda columns: columns["p"] < alpha, purify), {}
    pairs = (
        partial(numerics.mantel_haenszel, correction=correction)
        if method == "mh"
        else numerics.standardisation
    )

    def single(block: numerics.Counts) -> Columns:
        if several and method == "mh":
            return numerics.generalised_mantel_haenszel(block)
        found = pairs(block)
        # of several groups the one with the largest difference, if it has persons enough
        size = np.where(is_small & ~is_small.all(), -1.0, np.abs(found["effect"]))
        size = np.nan_to_num(size, nan=-2.0)
        largest = size.argmax(axis=1)[:, None]
        return {name: np.take_along_axis(values, largest, axis=1)[:, 0] for name, values in found.items()}

    def flags(columns: Columns) -> Bools:
        if method == "mh":
            return np.asarray(columns["sound_p"] < alpha)
        return np.asarray(np.abs(columns["effect"]) > numerics.STD_CUTS[1])

    last = numerics.purified(sample, single, flags, purify)
    return last, numerics.by_item(sample, last.anchor, pairs) if several else {}


def _items(
    items: Sequence[str], method: str, anchor: Bools, adjust: str, alpha: float, ends: tuple[float, float],
    columns: Columns, names: Sequence[str],
) -> pl.DataFrame:  # fmt: skip
    """A row for each item, of one comparison or of all groups at once."""
    nothing = np.full(len(items), np.nan)
    effect, se, p = (columns.get(name, nothing) for name in ("effect", "se", "p"))
    p_adjusted = adjusted(p, None if adjust == "none" else adjust)
    if method == "mh":
        letters, flagged = numerics.ets_classes(effect, se, columns["sound_p"]), columns["sound_p"] < alpha
    elif method == "std":
        letters, flagged = numerics.classes(effect, numerics.STD_CUTS), np.abs(effect) > numerics.STD_CUTS[1]
    else:
        letters = numerics.classes(effect, JODOIN_GIERL if method == "logistic" else numerics.SIBTEST_CUTS)
        flagged = p < alpha
    if method != "std" or adjust != "none":
        flagged = flagged & (p_adjusted < alpha)
    favours: list[str | None] = [None] * len(items)
    if len(names) == 2:
        sides = {-1: names[0], 0: None, 1: names[1], 2: CROSSING}
        favours = [sides[side] for side in _direction(method, columns, ends).tolist()]
    table: dict[str, object] = {
        "item": list(items),
        "n": pl.Series(columns["n"]).fill_nan(None).cast(pl.Int64),
        "effect": effect,
        "se": se,
        "p": p,
        "p_adjusted": p_adjusted,
        "class": pl.Series([one or None for one in letters.tolist()], dtype=pl.String),
        "favours": pl.Series(favours, dtype=pl.String),
        "flagged": flagged,
    }
    if method != "sibtest":
        table["anchor"] = anchor
    for name in COLUMNS[method]:
        values = columns.get(name, nothing)
        table[name] = values if values.ndim == 1 else pl.Series(values.tolist())
    return frame(table)


def _direction(method: str, columns: Columns, ends: tuple[float, float]) -> Ints:
    """(J,) 1 where the item favours the focal group, −1 the reference group, 0 neither, 2 where the lines of
    the regressions cross between two totals."""

    def sign(values: Floats) -> Ints:
        return (values > _ZERO).astype(np.int64) - (values < -_ZERO)  # not of what is 0 but for rounding

    if method != "logistic":
        return sign(-columns["effect"] if method == "sibtest" else columns["effect"])
    terms = columns["coefficients"]
    low, high = (sign(terms[:, 2] + terms[:, 3] * total) for total in ends)
    return np.where(np.isfinite(terms).all(axis=1), np.where(low == high, low, 2), 0)


def _odd_items(
    columns: Columns, contrasts: Columns, table: pl.DataFrame, sample: numerics.Sample, method: str,
    alpha: float, adjust: str,
) -> dict[str, list[int]]:  # fmt: skip
    """By code the places of items whose statistics are undefined or infinite; of several focal groups
    `contrasts` has the trends, which are corrected together."""
    untested = sample.usable & np.isnan(columns["p"])
    found: dict[str, Any] = {"not-determined" if method == "logistic" else "no-overlap": untested}
    if method == "logistic":
        found["separation"] = columns["separated"] == 1
    if method == "mh":
        found["infinite-odds"] = np.isinf(columns.get("effect", np.zeros(len(untested))))
        significant = (table["p_adjusted"] < alpha).fill_null(False).to_numpy()
        found["correction-overdone"] = significant & ~(columns["sound_p"] < alpha)
        name = "breslow_day_trend_p"
        trend = columns.get(name, contrasts.get(name, np.full(len(untested), np.nan)))
        p = adjusted(trend.ravel(), None if adjust == "none" else adjust).reshape(len(untested), -1)
        found["non-uniform"] = (p < alpha).any(axis=1) & ~table["flagged"].to_numpy()
    return {code: np.flatnonzero(where).tolist() for code, where in found.items()}


def _findings(
    table: pl.DataFrame, names: Sequence[str], method: str, adjust: str, level: Note
) -> tuple[Note, ...]:
    """Whom the flagged items favour, which others stand out, and what the columns mean."""
    flagged, rest = table.filter("flagged"), table.filter(~pl.col("flagged"))
    reference, *focal = names

    def about(key: str, rows: pl.DataFrame, **values: object) -> list[Note]:
        items = rows["item"].to_list()
        return [note(key, items=", ".join(items), level=level, **values)] if items else []

    found = [] if len(flagged) else [note("none")]
    if len(focal) == 1:
        for group, other in ((reference, focal[0]), (focal[0], reference)):
            found += about("easier", flagged.filter(favours=group), group=group, other=other)
        crossing = flagged.filter(pl.col("favours").is_null() | (pl.col("favours") == CROSSING))
        found += about("crossing", crossing, group=reference, other=focal[0])
    else:
        found += about("differs", flagged, names=arguments.shown(names))
    if method == "mh":
        if adjust != "none":
            found += about("unadjusted", rest.filter(pl.col("class").is_in(("B", "C"))))
        found += about("uncertain", rest.filter((pl.col("class") == "A") & (pl.col("effect").abs() >= 1)))
    if len(focal) == 1:
        found.append(note(f"columns.{method}", reference=reference, focal=focal[0], level=level))
    return tuple(found)
