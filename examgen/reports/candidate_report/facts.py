"""A scored run → what is the same for all its candidates: places of the standard, scales, sentences.

What was changed after the exam → sentences of a candidate's report: the key, and what was told before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from examgen.core.exam.names import base_form
from examgen.core.text.thai import in_digits
from examgen.core.uncertainty import INTERVALS
from examgen.core.words import Pair
from examgen.rendering.parts import JUDGED, joined, short
from examgen.reports.candidate_report.error import (
    Marks,
    SecondLookWords,
    bar_caption,
    exactness,
    odd_marks_words,
    scoring_of,
    scoring_words,
    second_look_words,
)
from examgen.reports.candidate_report.pass_rule import RuleWords
from examgen.reports.candidate_report.report import (
    MARKS,
    FormFacts,
    Place,
    Result,
    Scale,
    ScoreWords,
    SharedCandidateFacts,
)
from examgen.reports.candidate_report.standing import (
    COVERAGE,
    CoverageWords,
    StandingWords,
    Total,
    coverage_words,
)
from examgen.reports.candidate_report.words import (
    bar_alone_words,
    bar_words,
    blanks_words,
    body_rules,
    certainty_of,
    check_words,
    marks_words,
    meanings,
    objection_words,
    partly_words,
    pass_rule_words,
    tally_words,
    to_do_words,
)
from examgen.reports.decisions import met_from_words
from examgen.scoring.runs.form_cuts import of_forms, sem_at_cut, total_cut, total_scales

if TYPE_CHECKING:
    from examgen.core.models.scoring import ScoringRule
    from examgen.core.scored_run import ChangedQuestion, ScoredRun, ToldBefore
    from examgen.core.uncertainty import TotalScale
    from examgen.rendering.parts import Words


def changed_words(words: Words, changed: Sequence[ChangedQuestion]) -> Iterator[Pair]:
    """A sentence for each kind of correction of a form, with its questions; never what is right."""
    for kind, said in _SAID.items():
        questions = sorted({one.question for one in changed if one.kind == kind})
        if questions:
            yield said(words, len(questions), ", ".join(map(str, questions)))


def _dropped(words: Words, n: int, questions: str) -> Pair:
    return words.of_n(
        "Question {questions} was dropped after the exam: it counts for nobody.",
        "Questions {questions} were dropped after the exam: they count for nobody.",
        n,
        questions=questions,
    )


def _keyed_anew(words: Words, n: int, questions: str) -> Pair:
    return words.of_n(
        "The key of question {questions} was corrected after the exam: the score is by what is right.",
        "The keys of questions {questions} were corrected after the exam: the score is by what is right.",
        n,
        questions=questions,
    )


def _accepted(words: Words, n: int, questions: str) -> Pair:
    return words.of_n(
        "A further answer to question {questions} was accepted as right after the exam.",
        "A further answer to each of questions {questions} was accepted as right after the exam.",
        n,
        questions=questions,
    )


def _given(words: Words, n: int, questions: str) -> Pair:
    said = words.of_n(
        "It was decided after the exam that everybody has the points of question {questions}.",
        "It was decided after the exam that everybody has the points of questions {questions}.",
        n,
        questions=questions,
    )
    return joined(said, words("The results by the standard count them, whatever was answered."))


def _given_for_an_answer(words: Words, n: int, questions: str) -> Pair:
    return words.of_n(
        "It was decided after the exam that whoever answered question {questions} has its points.",
        "It was decided after the exam that whoever answered questions {questions} has their points.",
        n,
        questions=questions,
    )


_SAID: Mapping[str, Callable[[Words, int, str], Pair]] = {
    "drop": _dropped,
    "rekey": _keyed_anew,
    "accept": _accepted,
    "credit_all": _given,
    "credit_answered": _given_for_an_answer,
}
"""By kind of correction."""


def _beside(words: Words, told: ToldBefore) -> Iterator[Pair]:
    """What is otherwise where score and decision are not."""
    if told.criteria:
        yield words("The score and the decision are as they were; results of single criteria are not.")
        if told.standing:
            yield words("Figures beside the score, such as the rank or the scaled score, have changed, too.")
    else:
        yield words(
            "The score and the decision are as they were; figures beside the score, such as the rank or the "
            "scaled score, have changed."
        )


def replaced_words(words: Words, told: ToldBefore) -> Pair:
    """That this report replaces an earlier one, and what that one told."""
    lead = words("This report replaces that of run {run}, which was released before.", run=told.run)
    if told.same:
        return joined(lead, *_beside(words, told))
    rest = words(
        "There the score was {score} of {most} points.", score=short(told.score), most=short(told.max_score)
    )
    if told.decision == "pass":
        return joined(lead, rest, words("The decision was: passed."))
    if told.decision:
        return joined(lead, rest, words("The decision was: not passed."))
    return joined(lead, rest)


_Row = Mapping[str, str]


def candidate_facts(run: ScoredRun, words: Words, everybody: ScoredRun | None = None) -> SharedCandidateFacts:
    """Everything that `candidate_report` looks up; sentences by `words`, in its figures.

    `everybody` is the whole run, where `run` has some of its candidates only.
    """
    options = run.audit["options"]
    places, scoring = tuple(_places(run)), scoring_of(run.audit)
    forms = _forms(run, places, words)
    return SharedCandidateFacts(
        places=places,
        forms=forms,
        scores=_scores(run, words, StandingWords(words, everybody or run)),
        lists={str(unit.code): (unit.skills, unit.knowledge) for unit in run.exam.units},
        marks={row: marks_words(words, row) for row in run.candidates.select(MARKS).unique().iter_rows()},
        scoring=tuple(scoring_words(words, scoring)),
        odd_marks={
            (multiple, invalid): tuple(odd_marks_words(words, scoring, multiple=multiple, invalid=invalid))
            for multiple in (True, False)
            for invalid in (True, False)
        },
        replaced={who: replaced_words(words, told) for who, told in run.told_before.items()},
        rule_lines=RuleWords(
            words, options["pass"], run.hold_parts, forms, _cuts(run), options["judgement"]["min_items"]
        ),
        words=words,
        meanings=meanings(words, options["judgement"]),
        bar=bar_words(words, options["judgement"]),
        bar_alone=bar_alone_words(words, options["judgement"]),
        certainty=certainty_of(options["judgement"]),
        met_from=met_from_words(words, run),
        objection=objection_words(words),
        check=check_words(words, run.body),
        body_words={
            decision: tuple(body_rules(words, run.body, run.release, decision))
            for decision in ("pass", "fail", "")
        },
        blanks={all_count: blanks_words(words, all_count=all_count) for all_count in (True, False)},
        **to_do_words(words, options["judgement"]),
    )


def _places(run: ScoredRun) -> Iterator[Place]:
    columns = set(run.criteria.columns)
    for unit in run.exam.units:
        code = str(unit.code)
        yield Place("unit", code, code, unit.title or "", is_all=run.exam.is_all(code))
        for element in unit.elements:
            yield Place("element", code, element.code, element.title)
            for one in element.criteria:
                alone = f"{one.code}_status" in columns
                yield Place("pc", code, one.code, one.text, one.code if alone else f"{code}:{one.code}")


# ── what points mean ─────────────────────────────────────────────────────────────────────────


def _forms(run: ScoredRun, places: Sequence[Place], words: Words) -> dict[str, FormFacts]:
    """The facts of each form that somebody sat."""
    sat = _sat(run)
    columns = list(_scales(run, places, words, [name for name, _ in sat]))
    rule = run.audit["options"]["pass"]
    found, cuts, whole = {}, _cuts(run), total_scales(run)
    for (name, most), scales in zip(sat, zip(*columns, strict=True), strict=True):
        cut = cuts[name]
        share = float(cut / Decimal(most)) if cut is not None and Decimal(most) else None
        found[name] = FormFacts(
            scales=scales,
            cut=share,
            pass_rule=tuple(pass_rule_words(words, rule, cut, most)),
            second_look=None
            if run.release.state != "unreleased"
            else _second_look(words, rule, cut, whole.get(name)),
            coverage=_coverage(run, words, scales, places),
            changed=tuple(changed_words(words, run.changed_of(name))) if run.changed_of else (),
            partly=partly_words(words, list(_partly(scales, places))),
            n_unearned=whole[name].n_items if name in whole else 0,
            n_counted=sum(
                scale.results[0].n_items
                for place, scale in zip(places, scales, strict=True)
                if place.level == "unit"
            ),
        )
    return found


def _partly(scales: Sequence[Scale], places: Sequence[Place]) -> Iterator[tuple[str, str, int]]:
    """Units and elements that are judged on a form which does not ask each of their criteria: code, how many
    it asks, of how many."""
    for place, scale in zip(places, scales, strict=True):
        asked = sum(scales[n].results[0].n_items > 0 for n in scale.members)
        if asked < len(scale.members) and scale.results[0].status in JUDGED:
            yield place.code, str(asked), len(scale.members)


def _coverage(
    run: ScoredRun, words: Words, scales: Sequence[Scale], places: Sequence[Place]
) -> CoverageWords | None:
    """How criteria met are counted on a form; None where they are not asked to be told."""
    if COVERAGE[0] not in run.candidates.columns:
        return None
    least = int(run.audit["options"]["judgement"]["min_items"])
    n_items = [
        scale.results[0].n_items for place, scale in zip(places, scales, strict=True) if place.level == "pc"
    ]
    judged = sum(n >= least for n in n_items)
    return coverage_words(words, judged, sum(n > 0 for n in n_items), len(n_items), least)


def _second_look(
    words: Words, rule: Mapping[str, Any] | None, cut: Decimal | None, scale: TotalScale | None
) -> SecondLookWords | None:
    if rule is None or cut is None or scale is None:
        return None
    error = sem_at_cut(rule, cut, scale)
    return None if error is None else second_look_words(words, cut, error, rule)


def _sat(run: ScoredRun) -> list[tuple[str, str]]:
    """The forms that somebody sat, and the points of each."""
    return run.candidates.select("form", "max_score").unique(maintain_order=True).rows()


def _cuts(run: ScoredRun) -> dict[str, Decimal | None]:
    """The cut on the total of each form in points."""
    rule, cuts = run.audit["options"]["pass"], run.exam.cuts
    return {
        name: total_cut(rule, cuts.get(name) or cuts.get(base_form(name)), Decimal(most))
        for name, most in _sat(run)
    }


def _scales(
    run: ScoredRun, places: Sequence[Place], words: Words, forms: Sequence[str]
) -> Iterator[list[Scale]]:
    """Of each place, form by form: forms that ask alike share one scale."""
    rows: dict[tuple[str, str, str], dict[str, list[_Row]]] = {}
    for row in run.scale.iter_rows(named=True):
        code = row[row["level"]]
        rows.setdefault((row["level"], row["unit"], code), {}).setdefault(row["forms"], []).append(row)
    judgement = run.audit["options"]["judgement"]
    as_items = _as_items(scoring_of(run.audit))
    for place in places:
        members = tuple(_members(place, places))
        where = (place.level, place.unit, place.code)
        by_line = {
            cell: _scale(own, members, judgement, words, as_items) for cell, own in rows[where].items()
        }
        found = of_forms(by_line, forms, where, run.alike)
        known = [scale for scale in found if scale is not None]
        if len(known) < len(found):
            raise ValueError(f"pc_scale.csv says nothing of {place.code} on form {forms[found.index(None)]}")
        yield known


def _members(place: Place, places: Sequence[Place]) -> Iterator[int]:
    """The numbers of the criteria below a unit or an element."""
    inside = place.level == "unit"
    for n, one in enumerate(places):
        if one.level == "pc" and inside and one.unit == place.unit:
            yield n
        if place.level == "element" and one.level == "element":
            inside = one is place


def _scale(
    rows: Sequence[_Row],
    members: tuple[int, ...],
    judgement: Mapping[str, Any],
    words: Words,
    as_items: bool,
) -> Scale:
    if not rows[0]["correct"]:
        return Scale((0.0,), (_result(rows[0], "", ("", ""), judgement, words, as_items),), members)
    by_points = sorted(rows, key=lambda row: Decimal(row["correct"]))
    most = by_points[-1]["correct"]
    ends = _ends(by_points, judgement)
    return Scale(
        tuple(float(row["correct"]) for row in by_points),
        tuple(
            _result(row, most, own, judgement, words, as_items)
            for row, own in zip(by_points, ends, strict=True)
        ),
        members,
    )


_ROUNDED = 0.006
"""How far the cells of a file, of two decimals, may be from what they were rounded from."""


def _ends(rows: Sequence[_Row], judgement: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The interval of each number of points, the least first, in whole per cent: from the points, for the
    file's two decimals must not be rounded again. As the file has it where that is another interval."""
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


def _result(
    row: _Row,
    most: str,
    ends: tuple[str, str],
    judgement: Mapping[str, Any],
    words: Words,
    as_items: bool,
) -> Result:
    low, high = ends
    met = Decimal(str(judgement["units"].get(row["unit"], judgement["percent"])))
    return Result(
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


def _whole(percent: str) -> str:
    if not percent:
        return ""
    whole = Decimal(percent).quantize(Decimal(1), ROUND_HALF_UP)
    return short(str(whole or abs(whole)))  # 0 has no sign


def _share(percent: str) -> float:
    """What a bar can show of a percentage, 0 to 1."""
    return min(max(float(percent or 0) / 100, 0.0), 1.0)


# ── the total ────────────────────────────────────────────────────────────────────────────────


def _scores(run: ScoredRun, words: Words, standing: StandingWords) -> dict[tuple[str, ...], ScoreWords]:
    whole, rule, scoring = total_scales(run), run.audit["options"]["pass"], scoring_of(run.audit)
    columns = ("form", "score", "max_score", "percent", *standing.columns, *MARKS)
    cuts, found = _cuts(run), {}
    alone = rule is None or not any(rule[part] for part in ("criteria", "elements", "units", "at_least"))

    @cache
    def made(
        form: str, score: str, most: str, percent: str, told: tuple[str, ...], marks: Marks
    ) -> ScoreWords:
        exact = exactness(words, score, whole[form], marks, scoring)
        low, high = (_share(_percent_of(end, most)) for end in exact[:2])
        least = _decimal(whole[form].least + whole[form].given)
        least = max(least, Decimal(0)) if scoring.floor == "total" else least
        ends = (exact.low, exact.high) if exact.high > exact.low else None
        total = Total(form, Decimal(score), ends, least, Decimal(most), cuts[form])
        return ScoreWords(
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

    n_told = len(standing.columns)
    for form, score, most, percent, *rest in run.candidates.select(columns).unique().iter_rows():
        told, marks = tuple(rest[:n_told]), rest[n_told:]
        sheet = Marks(*map(int, marks))
        # only where wrong answers cost points does it matter how many were left blank
        alike = sheet if whole[form].least or sheet.is_blank else _ANSWERED
        found[form, score, *marks] = made(form, score, most, percent, told, alike)
    return found


def _decimal(points: Fraction | int) -> Decimal:
    return Decimal(points.numerator) / Decimal(points.denominator)


_ANSWERED = Marks(1, 0, 0, 0)


def _percent_of(points: Decimal, most: str) -> str:
    return str(100 * points / Decimal(most)) if Decimal(most) else ""


def _as_items(rule: ScoringRule) -> bool:
    """Whether points are right items: nothing is taken off, and nothing is earned in parts."""
    return not rule.penalty(2) and rule.several != "partial"
