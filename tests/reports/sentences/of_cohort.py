"""Statements of the cohort's report and of the committee's book about scores, cuts, forms and the ledger."""

from __future__ import annotations

import math
from statistics import mean, median

from tests.reports.sentences.facts import JUDGED, deviation
from tests.reports.sentences.statement import (
    COHORT,
    COMMITTEE,
    COVERAGE,
    About,
    Catalogue,
    near,
    number,
    same,
)

says = Catalogue(COHORT)
both = (COHORT, COMMITTEE)
FEW, STRIPS = 60, 500
"""People shown one by one, and column by column."""


# ── scores and cuts ──────────────────────────────────────────────────────────────────────────


def _cut_said(a: About, v: dict[str, str], at: str) -> bool:
    return all(
        near(v["cut"], float(a.facts.cut(form) or 0), 0.006) and near(v["most"], float(a.facts.most(form) or 0))
        and near(v.get("sem", "0"), a.facts.sem(form), 0.006)
        for form in v["form"].split(", ")
    )  # fmt: skip


says(
    "Form {form}: cut {cut} of {most} points, {kind} {sem} points.",
    "Forms {form}: cut {cut} of {most} points, {kind} {sem} points.",
    when=lambda a: _lines(a) and _has_error(a),
    says=_cut_said,
    kinds=both,
)
says(
    "Form {form}: cut {cut} of {most} points.",
    "Forms {form}: cut {cut} of {most} points.",
    when=lambda a: _lines(a) and not _has_error(a),
    says=_cut_said,
    kinds=both,
)


def _lines(a: About) -> bool:
    """Whether cuts are told in lines: in the committee's book of one form alone, in a table of several."""
    return a.facts.has_cut and (len(a.facts.of_forms) == 1 if a.kind == COMMITTEE else a.facts.n > 0)


def _has_error(a: About) -> bool:
    return any(a.facts.sem(form) for form in a.facts.of_forms)


def _kind(message: str, lord: bool) -> None:
    # in a sentence it is a part of that; it heads a column where forms stand beside each other
    says(
        message,
        when=lambda a: (
            len(a.facts.of_forms) > 1 and a.facts.rule and a.facts.looks and a.facts.by_lord == lord
        ),
        kinds=both,
    )


_kind("SEM at the cut (Lord's binomial error)", True)
_kind("SEM at the cut (as the blueprint sets it)", False)


def _scores(a: About, v: dict[str, str], at: str) -> bool:
    percents = a.facts.percents
    low, high = (-1 if end.startswith("−") else 1 for end in (v["ends"], v["ends"].partition("–")[2]))
    ends = [number(end) for end in v["ends"].replace("−", "").split("–")]
    sd = deviation(percents)
    return (
        near(v["mean"], mean(percents))
        and near(v["median"], median(percents))
        and (math.isnan(sd) or near(v["sd"], sd))
        and abs(ends[0] * low - min(percents)) < 0.051
        and abs(ends[1] * high - max(percents)) < 0.051
    )


says(
    "In per cent of all points: mean {mean}, standard deviation {sd}, median {median}, from the least to the "
    "greatest {ends}.",
    when=lambda a: a.facts.n,
    says=_scores,
)
says(
    "SEM: the standard error of measurement. Of those who stand within one SEM of the cut this paper alone cannot "
    "tell for certain on which side the true score lies.",
    when=lambda a: a.facts.has_cut and a.facts.n and _has_error(a),
)
says("Forms beside each other", when=lambda a: len(a.facts.of_forms) > 1, kinds=both)
_CUTS = ("cut {value}", "cut ± one SEM", "cut ± widest SEM")
for _message in _CUTS:
    says.may(_message, when=lambda a: a.facts.has_cut)


# ── criteria ─────────────────────────────────────────────────────────────────────────────────


def _never_judged(a: About) -> list[str]:
    return [
        code
        for code in a.facts.codes
        if not any(own.get(code) in JUDGED for own in a.facts.statuses.values())
    ]


def _all(a: About) -> int:
    return a.facts.judgements.total()


says(
    "Nobody was judged in any criterion: what the cohort lacks cannot be said.",
    when=lambda a: a.facts.n and not a.facts.judged,
)
says(
    "Every candidate met every criterion.",
    when=lambda a: a.facts.n and a.facts.judgements["met"] == _all(a),
)
says(
    "Every candidate met every criterion in which they were judged: {judged} of {all} judgements could be made.",
    when=lambda a: 0 < a.facts.judged == a.facts.judgements["met"] < _all(a),
    says=lambda a, v, at: (number(v["judged"]), number(v["all"])) == (a.facts.judged, _all(a)),
)
says(
    "Not judged in anybody, for too few items or none: {codes}",
    when=lambda a: a.facts.n and _never_judged(a),
    says=lambda a, v, at: sorted(v["codes"].split(", ")) == sorted(_never_judged(a)),
)
says("An element or a unit is judged by the points of all its criteria together.", when=lambda a: a.facts.n)
says(
    "From the highest score in per cent down, equals by their numbers. Beside the number: the score in points "
    "and the decision.",
    when=lambda a: 0 < a.facts.n <= FEW and a.facts.rule is not None,
)
says(
    "From the highest score in per cent down, equals by their numbers. Beside the number: the score in points.",
    when=lambda a: 0 < a.facts.n <= FEW and a.facts.rule is None,
)
says(
    "{undecided} of {judged} judgements of candidates in criteria are undecided: with {percent} % certainty "
    "neither met nor not met could be said. They count among those judged, and not as met.",
    when=lambda a: a.facts.certainty and (a.facts.n or a.kind != COHORT),
    says=lambda a, v, at: (
        (number(v["undecided"]), number(v["judged"])) == (a.facts.judgements["undecided"], a.facts.judged)
        and same(v["percent"], a.facts.certainty["percent"])
    ),
    kinds=(COHORT, COMMITTEE, COVERAGE),
)
says(
    "A shade between dark and light: undecided.",
    when=lambda a: a.facts.certainty and FEW < a.facts.n <= STRIPS,
)
says(
    "Each candidate is a column: dark where the criterion is met, light where it is not, a thin line where "
    "there were too few items. From the highest score in per cent down; the curve on top is that score.",
    when=lambda a: FEW < a.facts.n <= STRIPS,
)
says(
    "Each column holds equally many candidates; the darker, the more of them met the criterion. A thin line: "
    "too few items. From the highest score in per cent down; the curve on top is the mean of that score.",
    when=lambda a: a.facts.n > STRIPS,
)
for _message in (
    "By bands of scores",
    "Met by, in per cent of those judged:",
    "Columns: candidates by their score in per cent. Fewer than {n} candidates in a cell: how many of how many.",
):
    says(_message, when=lambda a: a.facts.n > FEW)
says(
    "The {n} least met of {all}; the table beside this report has all.",
    when=lambda a: sum(any(own.get(code) == "not_met" for own in a.facts.statuses.values()) for code in a.facts.codes) > 10,
)  # fmt: skip

# ── near the cut ─────────────────────────────────────────────────────────────────────────────

MOST_NEAR = {COHORT: 200, COMMITTEE: 400}
says(
    "The exam has no pass rule: nobody passes or fails, and nobody is marked for a second look.",
    when=lambda a: a.facts.rule is None and (a.facts.n or a.kind == COMMITTEE),
    kinds=both,
)
says(
    "The pass rule has no cut on the total: nobody is marked for a second look.",
    when=lambda a: (
        a.facts.rule is not None
        and a.facts.looks
        and not a.facts.has_cut
        and (a.facts.n or a.kind == COMMITTEE)
    ),
    kinds=both,
)
says(
    "The pass rule asks for no second look.",
    when=lambda a: a.facts.rule is not None and not a.facts.looks,
    kinds=both,
)
says(
    "The cut has no standard error, as where it lies at none or at all of the points, or one item alone counts: nobody is marked for a second look.",
    when=lambda a: a.facts.has_cut and a.facts.looks and a.facts.n and not _has_error(a),
    kinds=both,
)
says("near the cut, for a second look", when=lambda a: a.facts.has_cut and a.facts.looks, kinds=both)
says(
    "Nobody stands within one SEM of the cut.",
    when=lambda a: (
        a.facts.has_cut and not a.facts.near and (_has_error(a) if a.facts.n else a.kind == COMMITTEE)
    ),
    kinds=both,
)
says(
    "{n} candidate stands within one SEM of the cut and is marked for a second look.",
    "{n} candidates stand within one SEM of the cut and are marked for a second look.",
    when=lambda a: a.facts.near,
    says=lambda a, v, at: number(v["n"]) == len(a.facts.near),
)
says(
    "The {n} nearest of {all}; the table beside this report has all.",
    when=lambda a: len(a.facts.near) > MOST_NEAR[a.kind],
    says=lambda a, v, at: (number(v["n"]), number(v["all"])) == (MOST_NEAR[a.kind], len(a.facts.near)),
    kinds=(COMMITTEE,),
)
says(
    "Near is measured in points of the total from the cut as the rule sets it.",
    when=lambda a: a.facts.near,
    kinds=both,
)


def _least(a: About) -> dict[str, int]:
    """Form → the least score that reaches its cut, where no score lies on that: of one point an item."""
    single = all(row["points"] in ("0", "1") for row in a.facts.key) and not a.facts.in_points
    cuts = {form: a.facts.cut(form) for form in a.facts.of_forms} if single else {}
    return {form: math.ceil(cut) for form, cut in cuts.items() if cut is not None and cut % 1}


says(
    "No score lies on that cut; the least score that reaches it is, by form, {scores}.",
    when=lambda a: a.facts.near and _least(a),
    says=lambda a, v, at: (
        {form: str(n) for form, n in _least(a).items()} == dict(x.split(" ") for x in v["scores"].split(", "))
    ),
    kinds=both,
)
says(
    "The other parts of the rule are not looked at here, and decide as well.",
    when=lambda a: (
        a.facts.near and any(a.facts.rule[x] for x in ("criteria", "elements", "units", "at_least"))
    ),
    kinds=both,
)
says(
    "The most blanks",
    when=lambda a: any(int(one["blank"]) > 1 for one in a.facts.candidates),
    kinds=(COMMITTEE,),
)
says("The committee's book names them.", when=lambda a: a.facts.near)
says("Candidates by the number of answers left blank:", when=lambda a: a.facts.n)
