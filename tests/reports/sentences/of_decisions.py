"""Statements of the cohort's report and of the committee's book on what decisions rest on: dropped questions, forms apart."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import combinations
from statistics import mean

from scipy.stats import t as student

from tests.reports.sentences.facts import MIN_N, Facts, deviation
from tests.reports.sentences.statement import (
    CENTRE,
    COHORT,
    COMMITTEE,
    About,
    Catalogue,
    near,
)  # fmt: skip

says = Catalogue(COHORT)
both = (COHORT, COMMITTEE)

# ── what corrections took away ───────────────────────────────────────────────────────────────


def lost(facts: Facts, form: str) -> int:
    """Questions of a form that count for nobody."""
    return len(
        {
            place["question"]
            for one in facts.corrections
            if one["kind"] == "drop"
            for place in one.get("places") or [one]
            if place["form"] == form
        }
    )


def printed_points(facts: Facts, form: str) -> Decimal:
    """Points of the form as it was printed."""
    return Decimal(sum(int(row["points"]) for row in facts.key if row["form"] == form))


def _dropped(facts: Facts) -> list[str]:
    return [form for form in facts.of_forms if lost(facts, form)]


says(
    "Form {form}: {n} question counts for nobody after a correction; {most} points can be had in place of "
    "{printed}. A score may have fallen by that alone.",
    "Form {form}: {n} questions count for nobody after corrections; {most} points can be had in place of "
    "{printed}. A score may have fallen by that alone.",
    when=lambda a: _dropped(a.facts),
    says=lambda a, v, at: (
        (int(v["n"]), Decimal(v["most"]), Decimal(v["printed"]))
        == (lost(a.facts, v["form"]), a.facts.most(v["form"]), printed_points(a.facts, v["form"]))
    ),
    kinds=both,
)
says(
    "{n} correction drops a question: forms that had it have fewer points.",
    "{n} corrections drop a question each: forms that had it have fewer points.",
    when=lambda a: not _dropped(a.facts) and any(one["kind"] == "drop" for one in a.facts.corrections),
    kinds=both,
)


def _cut_before(facts: Facts, form: str) -> Decimal | None:
    rule = facts.rule
    if rule is None or not facts.has_cut:
        return None
    cuts = (
        [Decimal(str(rule["percent"])) * printed_points(facts, form) / 100]
        if rule["percent"] is not None
        else []
    )
    if rule["cut"] is not None:
        by_form = rule["cut"] in ("angoff", "file")
        cuts.append(Decimal(str(facts.cuts[form]["cut"] if by_form else rule["cut"])))
    return max(cuts)


def _moved(facts: Facts, *, moved: bool) -> list[str]:
    """Forms that lost a question whose cut moved, or stayed."""
    return [
        form
        for form in _dropped(facts)
        if facts.has_cut and (facts.cut(form) != _cut_before(facts, form)) == moved
    ]


says(
    "The cut follows: {cut} points in place of {before}.",
    when=lambda a: _moved(a.facts, moved=True),
    says=lambda a, v, at: any(
        near(v["cut"], float(a.facts.cut(form) or 0), 0.001)
        and near(v["before"], float(_cut_before(a.facts, form) or 0), 0.001)
        for form in _moved(a.facts, moved=True)
    ),
    kinds=both,
)
says(
    "The cut stays {cut} points: {now} % of all points, where it was {was} %. Whether it should stay is for "
    "the committee to decide.",
    when=lambda a: _moved(a.facts, moved=False),
    says=lambda a, v, at: any(
        near(v["now"], float(100 * (a.facts.cut(form) or 0) / (a.facts.most(form) or 1)))
        and near(v["was"], float(100 * (a.facts.cut(form) or 0) / printed_points(a.facts, form)))
        for form in _moved(a.facts, moved=False)
    ),
    kinds=both,
)

# ── forms apart ──────────────────────────────────────────────────────────────────────────────


def _percents(facts: Facts, form: str) -> list[float]:
    return [float(one["percent"]) for one in facts.candidates if one["form"] == form]


def _apart(facts: Facts, a: str, b: str, n_pairs: int) -> bool:
    """Whether the means of two forms differ by more than chance: Welch, Bonferroni over the pairs."""
    mine, others = _percents(facts, a), _percents(facts, b)
    u, v = (deviation(x) ** 2 / len(x) for x in (mine, others))
    gap = abs(mean(mine) - mean(others))
    if not u + v:
        return gap > 0
    df = (u + v) ** 2 / (u**2 / (len(mine) - 1) + v**2 / (len(others) - 1))
    return bool(gap > student.ppf(1 - 0.025 / n_pairs, int(df)) * math.sqrt(u + v))


def forms_apart(facts: Facts) -> list[tuple[str, str]]:
    """Pairs of forms whose means differ by more than chance."""
    pairs = [*combinations([form for form, n in facts.of_forms.items() if n >= MIN_N], 2)]
    return [pair for pair in pairs if _apart(facts, *pair, len(pairs))]


def _pair_said(a: About, v: dict[str, str], at: str) -> bool:
    rates = {
        form: 100 * sum(x["decision"] == "pass" for x in a.facts.candidates if x["form"] == form)
        / a.facts.of_forms[form]
        for form in (v["a"], v["b"])
    }  # fmt: skip
    return (
        near(v["high"], mean(_percents(a.facts, v["a"])))
        and near(v["low"], mean(_percents(a.facts, v["b"])))
        and ("rate_a" not in v or (near(v["rate_a"], rates[v["a"]]) and near(v["rate_b"], rates[v["b"]])))
    )


says(
    "Scores on form {a} are higher than on form {b} by more than chance: mean {high} % and {low} %; {rate_a} "
    "and {rate_b} passed.",
    when=lambda a: forms_apart(a.facts) and a.facts.rule,
    says=_pair_said,
    kinds=(COHORT, CENTRE, COMMITTEE),
)
says(
    "Scores on form {a} are higher than on form {b} by more than chance: mean {high} % and {low} %.",
    when=lambda a: forms_apart(a.facts) and not a.facts.rule,
    says=_pair_said,
    kinds=(COHORT, CENTRE, COMMITTEE),
)
says(
    "Either the forms are not equally hard, or those who sat them are not equally able. Nothing is adjusted "
    "for either: a decision may depend on the form that somebody was given.",
    when=lambda a: forms_apart(a.facts) and a.facts.rule,
    kinds=(COHORT, CENTRE, COMMITTEE),
)
says(
    "Either the forms are not equally hard, or those who sat them are not equally able. Nothing is adjusted "
    "for either: a score may depend on the form that somebody was given.",
    when=lambda a: forms_apart(a.facts) and not a.facts.rule,
    kinds=(COHORT, CENTRE, COMMITTEE),
)

says(
    "So a centre's rate depends on the forms that were sat there, too: see the table.",
    when=lambda a: forms_apart(a.facts) and a.facts.places,
    kinds=(CENTRE,),
)

# ── a parallel form ──────────────────────────────────────────────────────────────────────────


def _cuts(facts: Facts) -> list[Decimal]:
    """The cuts of the forms that were sat, where forms stand beside each other."""
    if facts.rule is None or not facts.has_cut or not 1 < len(facts.of_forms) <= 12:
        return []
    return sorted(Decimal(str(cut)) for form in facts.of_forms if (cut := facts.cut(form)) is not None)


says(
    "The cuts of forms lie up to {gap} points apart: {low} of {of_low} on form {a}, {high} of {of_high} on "
    "form {b}.",
    when=lambda a: len({*_cuts(a.facts)}) > 1,
    says=lambda a, v, at: (
        near(v["gap"], float(_cuts(a.facts)[-1] - _cuts(a.facts)[0]), 0.001)
        and near(v["low"], float(facts_cut(a.facts, v["a"])), 0.001)
        and near(v["high"], float(facts_cut(a.facts, v["b"])), 0.001)
        and Decimal(v["of_low"]) == a.facts.most(v["a"])
        and Decimal(v["of_high"]) == a.facts.most(v["b"])
    ),
    kinds=both,
)


def facts_cut(facts: Facts, form: str) -> Decimal:
    return Decimal(str(facts.cut(form)))
