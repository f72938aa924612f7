"""A scored run → what is the same for all its candidates: parts of the standard, scales, sentences.

Also says what changed after the exam: corrections of the key, and the result in an earlier release.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from examgen.core.exam.names import base_form
from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.text.thai import in_digits
from examgen.core.uncertainty import TotalScale
from examgen.core.words import Pair
from examgen.rendering.parts import JUDGED, joined, short
from examgen.reports.candidate_report.by_decision import DecisionWords
from examgen.reports.candidate_report.by_methods import UnitWords
from examgen.reports.candidate_report.error import (
    Exactness,
    Marks,
    bar_caption,
    exactness,
    odd_marks_words,
    scoring_of,
    scoring_words,
    second_look,
)
from examgen.reports.candidate_report.pass_rule import RuleWords
from examgen.reports.candidate_report.report import (
    MARKS,
    CandidatePlace,
    FormFacts,
    JudgementBasis,
    Result,
    Row,
    Scale,
    SharedCandidateFacts,
    TotalWords,
)
from examgen.reports.candidate_report.standing import COVERAGE, StandingWords, TotalOnForm, coverage_words
from examgen.reports.candidate_report.words import (
    body_rules,
    certainty_of,
    marks_words,
    partly_words,
    pass_rule_words,
    rated_words,
    tally_words,
)
from examgen.reports.decisions import met_from_words
from examgen.scoring.form_cut_scores import of_forms, sem_at_cut, total_cut, total_scales
from examgen.stats.distributions import INTERVALS

if TYPE_CHECKING:
    from examgen.rendering.parts import Words
    from examgen.scoring.counted_key import ChangedQuestion
    from examgen.scoring.scored_run import EarlierRelease, ScoredRun

_ROUNDED = 0.006
"""The maximum difference between a cell with two decimals and the value it was rounded from."""
_ANSWERED = Marks(1, 0, 0, 0)


def candidate_facts(run: ScoredRun, words: Words, everybody: ScoredRun | None = None) -> SharedCandidateFacts:
    """Return everything that `candidate_report` looks up. `words` makes the sentences, in its digits.

    `everybody` is the whole run, if `run` has only some of its candidates.
    """
    options, is_rated = run.audit["options"], run.exam.blueprint.is_rated
    judgement, scoring = options["judgement"], scoring_of(run.audit)
    columns, places = set(run.criteria.columns), []
    for unit in run.exam.units:
        code = str(unit.code)
        places.append(CandidatePlace("unit", code, code, unit.title or "", is_all=run.exam.is_all(code)))
        for element in unit.elements:
            places.append(CandidatePlace("element", code, element.code, element.title))
            for one in element.criteria:
                column = one.code if f"{one.code}_status" in columns else f"{code}:{one.code}"
                places.append(CandidatePlace("pc", code, one.code, one.text, column))
    # the forms that somebody sat, the points of each, and the cut on its total in points
    sat = run.candidates.select("form", "max_score").unique(maintain_order=True).rows()
    named = run.exam.cuts
    cuts = {
        name: total_cut(options["pass"], named.get(name) or named.get(base_form(name)), Decimal(most))
        for name, most in sat
    }
    forms = _forms(run, places, words, sat, cuts)
    return SharedCandidateFacts(
        places=tuple(places),
        forms=forms,
        scores=_scores(run, words, StandingWords(words, everybody or run), cuts),
        lists={str(unit.code): (unit.skills, unit.knowledge) for unit in run.exam.units},
        marks={
            row: rated_words(words, row) if is_rated else marks_words(words, row)
            for row in run.candidates.select(MARKS).unique().iter_rows()
        },
        scoring=tuple(scoring_words(words, scoring)),
        odd_marks={
            (multiple, invalid): ()
            if is_rated
            else tuple(odd_marks_words(words, scoring, multiple=multiple, invalid=invalid))
            for multiple in (True, False)
            for invalid in (True, False)
        },
        unit_words=UnitWords(run, words),
        decision_words=DecisionWords(run, words),
        replaced={who: replaced_words(words, told) for who, told in run.earlier_release.items()},
        rule_lines=RuleWords(words, options["pass"], run.key.parts_held, forms, judgement["min_items"]),
        words=words,
        basis=JudgementBasis(
            certainty=certainty_of(judgement),
            confidence=short(str(judgement.get("confidence", 95))),
            min_items=int(judgement["min_items"]),
            has_intervals=not is_rated,
            met_from=met_from_words(words, run),
            verify=run.body.verify or "" if run.body is not None else "",
            words=words,
        ),
        body_words={
            decision: tuple(body_rules(words, run.body, run.release, decision))
            for decision in ("pass", "fail", "")
        },
    )


# ── what was changed after the exam ──────────────────────────────────────────────────────────


def changed_words(words: Words, changed: Sequence[ChangedQuestion]) -> Iterator[Pair]:
    """Yield a sentence for each kind of correction made to a form, with its questions; never the key."""
    for kind in sorted(CORRECTION_KINDS, key=lambda kind: CORRECTION_KINDS[kind].counts):
        numbers = sorted({one.question for one in changed if one.kind == kind})
        if not numbers:
            continue
        told = CORRECTION_KINDS[kind]
        said = words.of_n(*told.told, len(numbers), questions=", ".join(map(str, numbers)))
        yield joined(said, words(told.told_besides)) if told.told_besides else said


def replaced_words(words: Words, told: EarlierRelease) -> Pair:
    """Return the sentences that this report replaces an earlier one, and what that report said."""
    said = [words("This report replaces that of run {run}, which was released before.", run=told.run)]
    if told.same and told.criteria:
        said.append(words("The score and the decision are as they were; results of single criteria are not."))
        if told.standing:
            said.append(
                words("Figures beside the score, such as the rank or the scaled score, have changed, too.")
            )
    elif told.same:
        said.append(
            words(
                "The score and the decision are as they were; figures beside the score, such as the rank or "
                "the scaled score, have changed."
            )
        )
    else:
        score, most = short(told.score), short(told.max_score)
        said.append(words("There the score was {score} of {most} points.", score=score, most=most))
        if told.decision == "pass":
            said.append(words("The decision was: passed."))
        elif told.decision:
            said.append(words("The decision was: not passed."))
    return joined(*said)


# ── what points mean ─────────────────────────────────────────────────────────────────────────


def _forms(
    run: ScoredRun,
    places: Sequence[CandidatePlace],
    words: Words,
    sat: Sequence[tuple[str, str]],
    cuts: Mapping[str, Decimal | None],
) -> dict[str, FormFacts]:
    """Return the facts of each form that somebody took."""
    rule, judgement = run.audit["options"]["pass"], run.audit["options"]["judgement"]
    columns = list(_scales(run, places, words, [name for name, _ in sat]))
    whole = total_scales(run)

    def facts(
        scales: tuple[Scale, ...],
        cut: Decimal | None,
        most: str,
        total: TotalScale | None,
        changed: Sequence[ChangedQuestion],
    ) -> FormFacts:
        n_items = [scale.results[0].n_items for scale in scales]
        required = cut
        if cut is not None and all(points.is_integer() for scale in scales for points in scale.points):
            required = cut.to_integral_value(ROUND_CEILING)
        look = coverage = None
        if run.release.state == "unreleased" and rule is not None and cut is not None and total is not None:
            error = sem_at_cut(rule, cut, total)
            look = None if error is None else second_look(cut, error, rule)
        if COVERAGE[0] in run.candidates.columns:
            # how criteria met are counted
            least = int(judgement["min_items"])
            asked = [n for place, n in zip(places, n_items, strict=True) if place.level == "pc"]
            n_judged = sum(n >= least for n in asked)
            coverage = coverage_words(words, n_judged, sum(n > 0 for n in asked), len(asked), least)
        # units and elements that are judged on a form which does not ask each of their criteria
        partly = []
        for place, scale in zip(places, scales, strict=True):
            n_asked = sum(n_items[n] > 0 for n in scale.members)
            if n_asked < len(scale.members) and scale.results[0].status in JUDGED:
                partly.append((place.code, str(n_asked), len(scale.members)))
        return FormFacts(
            scales=scales,
            cut=float(cut / Decimal(most)) if cut is not None and Decimal(most) else None,
            pass_rule=tuple(pass_rule_words(words, rule, cut, required, most)),
            required=required,
            second_look=look,
            coverage=coverage,
            changed=tuple(changed_words(words, changed)),
            partly=partly_words(words, partly),
            n_unearned=total.n_items if total is not None else 0,
            n_counted=sum(n for place, n in zip(places, n_items, strict=True) if place.level == "unit"),
        )

    # booklets with orders of their own are 200,000 forms, and few of them differ in this
    found: dict[str, FormFacts] = {}
    alike: dict[tuple[object, ...], FormFacts] = {}
    for (name, most), scales in zip(sat, zip(*columns, strict=True), strict=True):
        changed = run.key.changed_questions(name)
        told = cuts[name], most, whole.get(name), changed
        which = *map(id, scales), *told
        if which not in alike:
            alike[which] = facts(scales, *told)
        found[name] = alike[which]
    return found


def _scales(
    run: ScoredRun, places: Sequence[CandidatePlace], words: Words, forms: Sequence[str]
) -> Iterator[list[Scale]]:
    """Yield the scales of each part of the standard, form by form. Forms with the same questions share one
    scale."""
    rows: dict[tuple[str, str, str], dict[str, list[Row]]] = {}
    for row in run.scale.iter_rows(named=True):
        code = row[row["level"]]
        rows.setdefault((row["level"], row["unit"], code), {}).setdefault(row["forms"], []).append(row)
    judgement, rule = run.audit["options"]["judgement"], scoring_of(run.audit)
    # points are right items where nothing is taken off, and nothing is earned in parts
    as_items = not rule.penalty(2) and rule.several != "partial"
    for number, place in enumerate(places):
        where = (place.level, place.unit, place.code)
        # the numbers of the criteria below a unit or an element
        members: list[int] = []
        for n in range(number + 1, len(places)) if place.level != "pc" else ():
            one = places[n]
            if one.unit != place.unit or (one.level == "element" and place.level == "element"):
                break
            if one.level == "pc":
                members.append(n)
        by_line = {
            cell: _scale(own, tuple(members), judgement, words, as_items) for cell, own in rows[where].items()
        }
        found = of_forms(by_line, forms, where, run.alike)
        known = [scale for scale in found if scale is not None]
        if len(known) < len(found):
            raise ValueError(f"pc_scale.csv says nothing of {place.code} on form {forms[found.index(None)]}")
        yield known


def _scale(
    rows: Sequence[Row],
    members: tuple[int, ...],
    judgement: Mapping[str, Any],
    words: Words,
    as_items: bool,
) -> Scale:
    """Return what each number of points means. A part without questions has one result and no points."""
    ends = [("", "")] * len(rows)
    points: tuple[float, ...] = (0.0,)
    most = ""
    if rows[0]["correct"]:
        rows = sorted(rows, key=lambda row: Decimal(row["correct"]))
        points, most = tuple(float(row["correct"]) for row in rows), rows[-1]["correct"]
        ends = whole_intervals(rows, judgement)
    met = Decimal(str(judgement["units"].get(rows[0]["unit"], judgement["percent"])))
    results = tuple(
        Result(
            status=row["status"],
            tally=tally_words(words, row["correct"], most, int(row["asked"] or 0), as_items=as_items),
            percent=in_digits(short(row["percent"]), words.digits),
            interval=in_digits(f"{low}–{high}" if low else "", words.digits),
            share=_share(row["percent"]),
            low=_share(row["low"]),
            high=_share(row["high"]),
            met_from=float(met / 100),
            n_items=int(row["asked"] or 0),
        )
        for row, (low, high) in zip(rows, ends, strict=True)
    )
    return Scale(points, results if most else results[:1], members)


def whole_intervals(rows: Sequence[Row], judgement: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the interval for each number of points, lowest first, in whole per cent.

    It is computed from the points, because the file's two decimals must not be rounded again. If the file has
    a different interval, that one is used.
    """
    points = np.array([float(row["correct"]) for row in rows])
    n, least, most = int(rows[0]["asked"] or 0), points[0], points[-1]
    kept = [tuple(_whole(row[end]) for end in ("low", "high")) for row in rows]
    if not rows[0]["low"] or most <= max(least, 0.0):
        return [(low, high) for low, high in kept]
    right = n * (points - least) / (most - least)
    interval = INTERVALS[judgement.get("interval", "wilson")]
    ends = interval(right, n, float(judgement.get("confidence", 95)) / 100)
    both = [100 * (least + (most - least) * end) / most for end in ends]
    return [
        (
            _whole(str(low)) if abs(low - float(row["low"])) < _ROUNDED else own[0],
            _whole(str(high)) if abs(high - float(row["high"])) < _ROUNDED else own[1],
        )
        for row, own, low, high in zip(rows, kept, *both, strict=True)
    ]


def _whole(percent: str) -> str:
    if not percent:
        return ""
    whole = Decimal(percent).quantize(Decimal(1), ROUND_HALF_UP)
    return short(str(whole or abs(whole)))  # 0 has no sign


def _share(percent: str) -> float:
    """Return a percentage as the length of a bar, 0 to 1."""
    return min(max(float(percent or 0) / 100, 0.0), 1.0)


# ── the total ────────────────────────────────────────────────────────────────────────────────


def _scores(
    run: ScoredRun, words: Words, standing: StandingWords, cuts: Mapping[str, Decimal | None]
) -> dict[tuple[str, ...], TotalWords]:
    whole, rule, scoring = total_scales(run), run.audit["options"]["pass"], scoring_of(run.audit)
    columns = ("form", "score", "max_score", "percent", *standing.columns, *MARKS)
    alone = rule is None or not any(rule[part] for part in ("criteria", "elements", "units", "at_least"))

    @cache
    def made(
        form: str, score: str, most: str, percent: str, told: tuple[str, ...], marks: Marks
    ) -> TotalWords:
        exact = Exactness(Decimal(score), Decimal(score), None)
        if not run.exam.blueprint.is_rated:
            exact = exactness(words, score, whole[form], marks, scoring)
        low, high = (
            _share(str(100 * end / Decimal(most)) if Decimal(most) else "") for end in (exact.low, exact.high)
        )
        given = whole[form].least + whole[form].given
        least = Decimal(given.numerator) / Decimal(given.denominator)
        least = max(least, Decimal(0)) if scoring.floor == "total" else least
        ends = (exact.low, exact.high) if exact.high > exact.low else None
        total = TotalOnForm(form, Decimal(score), ends, least, Decimal(most), cuts[form])
        return TotalWords(
            score=in_digits(short(score), words.digits),
            max_score=in_digits(short(most), words.digits),
            percent=in_digits(short(percent), words.digits),
            share=_share(percent),
            uncertainty=exact.said,
            low=low,
            high=high,
            answered=not marks.is_blank,
            caption=bar_caption(
                words, has_range=high > low, has_cut=cuts[form] is not None, by_total_alone=alone
            ),
            standing=tuple(standing.of(total, dict(zip(standing.columns, told, strict=True)))),
        )

    # a form speaks for all that were drawn from the same and count alike
    speaks: dict[tuple[object, ...], str] = {}
    found = {}
    n_told = len(standing.columns)
    for form, score, most, percent, *rest in run.candidates.select(columns).unique().iter_rows():
        told, marks = tuple(rest[:n_told]), rest[n_told:]
        sheet = Marks(*map(int, marks))
        # only where wrong answers cost points does it matter how many were left blank
        alike = sheet if whole[form].least or sheet.is_blank else _ANSWERED
        one = speaks.setdefault((base_form(form), whole[form], cuts[form]), form)
        found[form, score, *marks] = made(one, score, most, percent, told, alike)
    return found
