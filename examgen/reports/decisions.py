"""Basis of the decisions of a run, form by form and in words, for those who sign them.

The rule, cuts with their method, what corrections took away, how far forms are apart, how often decisions
would repeat.

Pure. What was printed comes from the exam's own forms, what counts from candidates.csv, so that the two show
what corrections took away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.core.exam.names import base_form
from examgen.core.models.decisions import ANGOFF, FROM_FILE
from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.uncertainty import AROUND, wrong_statuses
from examgen.core.words import Pair, spoken
from examgen.rendering.parts import JUDGED, MIN_N, joined, short
from examgen.reports.candidate_report.error import odd_marks_words, scoring_of, scoring_words
from examgen.reports.candidate_report.words import certainty_of, pass_rule_words
from examgen.reports.cohort_report.rows import CohortRows
from examgen.reports.form_groups import CandidateGroup, Gap, forms_of, gap_of
from examgen.scoring.form_cuts import BY_FORM, Cut, looks_again, total_cut

if TYPE_CHECKING:
    from examgen.core.models.decisions import FormCut
    from examgen.core.models.form import Form
    from examgen.core.models.scoring import ScoringRule
    from examgen.rendering.parts import Words
    from examgen.reports.language import ReportLanguage
    from examgen.scoring.scored_run import ScoredRun

MOST_FORMS = 12
"""Of more forms than these nothing is said one by one."""
MOST_COMPARED = 200
"""More are forms of candidates' own: they are not compared."""
LEAST_REPEATED, LEAST_ON_EACH_SIDE = 100, 10
"""Of fewer candidates, and of fewer who passed or who did not, nothing is said of a parallel form."""


class DroppedOn(NamedTuple):
    """Items and points that corrections removed from a form."""

    questions: int
    """How many of its questions count for nobody."""
    most: float
    """Points that can be had."""
    printed: float
    """Points that could be had as the form was printed."""
    cut: float | None
    """The cut on the total in points; None where the total decides nothing, as is the next."""
    cut_before: float | None
    """What it would be without those corrections."""


class FormDecisions(NamedTuple):
    """A form that somebody sat: who and how well, with its cut; what it lost; what judges said of its cut."""

    group: CandidateGroup
    dropped: DroppedOn | None
    judged: FormCut | None

    @property
    def cut(self) -> Cut | None:
        """The cut on its total."""
        return self.group.cut


class Undecided(NamedTuple):
    """Judgements of candidates in criteria for which the certainty that is asked was lacking."""

    n: int
    judged: int
    """All that items enough were asked for."""
    percent: str
    """The certainty asked, in per cent."""


class DecisionFacts(NamedTuple):
    """Basis of the decisions of a run."""

    rule: Mapping[str, Any] | None
    """The pass rule; None where nobody passes or fails."""
    n_forms: int
    """Those that somebody sat."""
    forms: tuple[FormDecisions, ...]
    """None where they are more than `MOST_FORMS`."""
    n_dropped: int
    """Corrections that drop a question or an item."""
    gap: Gap | None
    """Forms whose mean scores differ by more than chance."""
    scoring: ScoringRule
    undecided: Undecided | None
    """None where no certainty is asked."""
    cut_method: str | None = None
    """How the cuts of a file were set; None where no file says them."""


def undecided_of(run: ScoredRun) -> Undecided | None:
    """How many judgements of a run are undecided, by pc_coverage.csv; None where no certainty is asked."""
    certainty = run.audit["options"]["judgement"].get("certainty")
    if not certainty:
        return None
    counts = {name: sum(int(n or 0) for n in run.coverage[name]) for name in JUDGED}
    return Undecided(counts["undecided"], sum(counts.values()), short(str(certainty["percent"])))


def decision_facts(run: ScoredRun, rows: CohortRows, cuts: Mapping[str, Cut | None]) -> DecisionFacts:
    """Return the basis of the decisions of a run; `cuts` are those of its forms."""
    n_forms = len(rows.forms)
    groups = tuple(forms_of(rows, cuts)) if n_forms <= MOST_COMPARED else ()
    rule = run.audit["options"]["pass"]
    made = run.audit.get("corrections") or ()
    drops = [one for one in made if not CORRECTION_KINDS[one["kind"]].counts]
    forms = []
    for group in groups if n_forms <= MOST_FORMS else ():
        printed = next((form for form in run.exam.forms if form.name == group.name), None)
        judged = run.exam.cuts.get(group.name) if rule is not None and rule["cut"] in BY_FORM else None
        dropped = _dropped(run, group, printed, rule, drops) if printed is not None and drops else None
        forms.append(FormDecisions(group, dropped, judged))
    return DecisionFacts(
        rule,
        n_forms,
        tuple(forms),
        len(drops),
        gap_of(rows, groups),
        scoring_of(run.audit),
        undecided_of(run),
        (run.audit.get("cut") or {}).get("method"),
    )


def _dropped(
    run: ScoredRun,
    group: CandidateGroup,
    printed: Form,
    rule: Mapping[str, Any] | None,
    drops: list[Mapping[str, Any]],
) -> DroppedOn | None:
    """None where nothing was dropped, or where booklets of the form lost different points."""
    lost = {place for one in drops for place in dropped_questions(one, printed)}
    mosts = {
        Decimal(most)
        for form, most in run.candidates.select("form", "max_score").unique().iter_rows()
        if base_form(form) == group.name
    }
    if not lost or len(mosts) != 1:
        return None
    (most,) = mosts
    points = Decimal(sum(one.points for one in printed.items))
    own = run.exam.cuts.get(group.name)
    cut, before = (total_cut(rule, own, of) for of in (most, points))
    return DroppedOn(
        len(lost),
        float(most),
        float(points),
        None if cut is None else float(cut),
        None if before is None else float(before),
    )


def dropped_questions(one: Mapping[str, Any], printed: Form) -> Iterator[int]:
    """The questions of a form, as it was printed, that a correction takes away."""
    if one.get("item"):
        yield from (own.question for own in printed.items if own.item.id == one["item"] and own.points)
        return
    where = one.get("places") or [one]
    counted = {own.question for own in printed.items if own.points}
    yield from (place["question"] for place in where if place.get("form") == printed.name
                and place.get("question") in counted)  # fmt: skip


# ── what `report-decision.html` shows ────────────────────────────────────────────────────────


def decision_page(voice: ReportLanguage, found: DecisionFacts) -> dict[str, object]:
    """Return the context of `report-decision.html`, in words and numbers."""
    number, looks = voice.number, found.rule is not None and looks_again(found.rule)
    rows = []
    for one in found.forms if found.n_forms > 1 else ():
        group, cut = one.group, one.cut
        cells = [number(group.n), number(group.mean.value, 1)]
        if group.passed is not None:
            rate = voice.percent(group.passed.share) if group.n >= MIN_N else "–"
            cells += [f"{number(group.passed.n)}/{number(group.passed.of)}", rate]
            cells.append(voice.interval(group.passed))
            if cut is None:
                cells += ["–"] * 3
            else:
                cells += [points(voice, cut.points), points(voice, cut.most), number(cut.percent, 1)]
            cells += [number(cut.sem if cut is not None else None, 2)] if looks else []
        rows.append({"name": group.name, "cells": cells})
    return {
        "has_rule": found.rule is not None,
        "rule_parts": list(_rule(voice, found)),
        "scoring": scoring_words(voice.spoken, found.scoring),
        "decision_forms": rows,
        "dropped": list(dropped_words(voice, found)),
        "gap": None if found.gap is None else gap_words(voice, found.gap),
        "cut_gap": cut_gap_words(voice, found),
        "sem_kind": sem_words(voice, found),
        "looks_again": looks,
        "undecided": undecided_words(voice, found.undecided) if found.undecided else None,
    }


def undecided_words(voice: ReportLanguage, found: Undecided) -> Pair:
    """How often neither met nor not met could be said, and how that is counted."""
    return voice.spoken(
        "{undecided} of {judged} judgements of candidates in criteria are undecided: with {percent} % "
        "certainty neither met nor not met could be said. They count among those judged, and not as met.",
        undecided=voice.number(found.n),
        judged=voice.number(found.judged),
        percent=found.percent,
    )


def sem_words(voice: ReportLanguage, found: DecisionFacts) -> Pair:
    """Which standard error of measurement is that at the cut."""
    words, said = voice.spoken, ((found.rule or {}).get("second_look") or {}).get("sem", "lord")
    if said == "lord":
        return words("SEM at the cut (Lord's binomial error)")
    return words("SEM at the cut (as the blueprint sets it)")


def points(voice: ReportLanguage, value: float | None) -> str:
    """A number of points without noughts at its end, a dash where there is none."""
    if value is None:
        return "–"
    return voice.number(value, next((d for d in range(4) if round(value, d) == round(value, 6)), 4))


def whole_scoring_words(voice: ReportLanguage, found: DecisionFacts) -> list[Pair]:
    """The rule of scoring where it is not the usual one; where wrong answers cost, what other marks do."""
    said = scoring_words(voice.spoken, found.scoring)
    if found.scoring.penalty(2):
        said += odd_marks_words(voice.spoken, found.scoring, multiple=True, invalid=True)
    return said


_MET_FROM = {
    ("test", True): spoken(
        "The standard of a criterion or an element is {percent} % of its points; it is judged where {n} "
        "items or more of it count, and is met, or not met, where that is {certainty} % certain."
    ),
    ("test", False): spoken(
        "A criterion or an element is met at {percent} % of its points or more. It is judged "
        "only on {n} or more questions that count."
    ),
    ("all", True): spoken(
        "The standard of a criterion, an element or a unit is {percent} % of its points; it is "
        "judged where {n} items or more of it count, and is met, or not met, where that is "
        "{certainty} % certain."
    ),
    ("all", False): spoken(
        "A criterion, an element or a unit is met at {percent} % of its points or more. It "
        "is judged only on {n} or more questions that count."
    ),
    ("each", True): spoken(
        "The standard of a criterion, an element or a unit is this share of its points: {units}. It is "
        "judged where {n} items or more of it count, and is met, or not met, where that is {certainty} % "
        "certain."
    ),
    ("each", False): spoken(
        "A criterion, an element or a unit is judged where {n} items or more of it count, and met from "
        "this share of its points on: {units}."
    ),
}
"""Whether the unit follows the decision on the test, all units have one share, or each its own; and whether a
certainty is asked."""


def met_from_words(words: Words, run: ScoredRun) -> Pair:
    """From what share of the points on a criterion is met, as the blueprint sets it, for units apart where
    they have shares of their own; on how many items it is judged, and how often that is wrong."""
    judgement, decided = run.audit["options"]["judgement"], bool(run.audit["options"]["pass"])
    units = [str(unit.code) for unit in run.exam.units]
    levels = [short(str(judgement["units"].get(unit, judgement["percent"]))) for unit in units]
    each = ", ".join(f"{unit} {level} %" for unit, level in zip(units, levels, strict=True))
    n, certainty, is_one = judgement["min_items"], certainty_of(judgement), len(set(levels)) == 1
    kind = "test" if len(units) == 1 and decided else "all" if is_one else "each"
    message = _MET_FROM[kind, bool(certainty)]
    parts = [words(message, percent=levels[0], units=each, n=n, certainty=certainty)]
    if (hint := hint_words(words, run)) is not None:
        parts.append(hint)
    if decided and len(units) == 1 and not run.exam.other_methods:
        parts.append(
            words("The status of the unit follows the decision: it is met where the exam is passed.")
        )
    elif decided:
        parts.append(
            words("The decision is on all units together; the status of each rests on its own points.")
        )
    return joined(*parts)


def hint_words(words: Words, run: ScoredRun) -> Pair | None:
    """How many of the statuses of criteria are wrong, for so few items; None where a certainty is asked of
    them, and where no criterion is judged."""
    judgement, rule = run.audit["options"]["judgement"], scoring_of(run.audit)
    if certainty_of(judgement):
        return None
    by_place: dict[tuple[str, ...], list[tuple[Decimal, str]]] = {}
    rows = run.scale.filter(run.scale["level"] == "pc", run.scale["status"].is_in(JUDGED))
    columns = ("unit", "pc", "forms", "asked", "correct", "status")
    for unit, pc, forms, asked, correct, status in rows.select(columns).iter_rows():
        by_place.setdefault((unit, pc, forms, asked), []).append((Decimal(correct), status))
    if not by_place:
        return None
    kinds: set[tuple[int, int, float]] = set()
    for (unit, _, _, asked), own in by_place.items():
        n, least = int(asked), min((points for points, status in own if status == "met"), default=None)
        is_count = sorted(one for one, _ in own) == [*range(n + 1)]
        if not is_count or rule.penalty(2) or rule.several == "partial":
            # points that are no count of right items have no such figure
            return words(
                "A status that rests on few items is often wrong: it is a hint of what to study, not a "
                "finding."
            )
        standard = Decimal(str(judgement["units"].get(unit, judgement["percent"]))) / 100
        kinds.add((n, n + 1 if least is None else int(least), float(standard)))

    def ends(values: set[int]) -> str:
        return str(*values) if len(values) == 1 else f"{min(values)}–{max(values)}"

    return words(
        "Each criterion is judged on few questions ({items}), so about {share} of 100 such "
        "results are wrong among candidates whose true percentages are spread evenly within "
        "{around} points of the standard. Use them to choose what to study. They are not a finding.",
        items=ends({one[0] for one in kinds}),
        share=ends({round(100 * wrong_statuses(*one)) for one in kinds}),
        around=round(100 * AROUND),
    )


# ── the rule ─────────────────────────────────────────────────────────────────────────────────


_CUT_METHODS = {
    "angoff": spoken("at least the cut that judges set by the Angoff method"),
    "angoff-yes-no": spoken("at least the cut that judges set by the yes/no Angoff method"),
    "ebel": spoken("at least the cut that judges set by Ebel's method"),
    "bookmark": spoken("at least the cut that judges set by the bookmark method"),
    "borderline-group": spoken("at least the cut that borderline candidates give, as judges know them"),
    "contrasting-groups": spoken("at least the cut between candidates whom judges hold competent and others"),
    "borderline-regression": spoken("at least the cut that scores have at the grade of the border"),
}
_HOFSTEE = spoken("at least the cut of Hofstee's compromise")


def _rule(voice: ReportLanguage, found: DecisionFacts) -> Iterator[Pair]:
    """How the cut on the total was set, then every other part; all of them must hold."""
    rule, words = found.rule, voice.spoken
    if rule is None:
        return
    if rule["percent"] is not None:
        yield words("at least {percent} % of all points of the form", percent=short(str(rule["percent"])))
    reason = rule.get("reason") or "–"
    method = "angoff" if rule["cut"] == ANGOFF else found.cut_method
    if rule["cut"] not in (ANGOFF, FROM_FILE):
        if rule["cut"] is not None:
            cut = short(str(rule["cut"]))
            yield words("at least {cut} points, set by hand: {reason}", cut=cut, reason=reason)
        yield from pass_rule_words(words, rule, None, None, "")
        return
    yield words(_CUT_METHODS.get(method or "", _HOFSTEE))
    if rule["cut"] == FROM_FILE:
        yield words("reason of the cut: {reason}", reason=reason)
    for one in found.forms:
        if one.judged is not None:
            yield _judged(voice, one.group.name, one.judged)
    yield from pass_rule_words(words, rule, None, None, "")


def _judged(voice: ReportLanguage, form: str, judged: FormCut) -> Pair:
    """The cut of a form, of how many candidates or judges, how exact it is, and whence it was moved."""
    candidates: int | None = getattr(judged, "candidates", None)
    is_moved = Decimal(judged.cut) != Decimal(judged.judged)
    n = judged.judges if candidates is None else candidates
    words, sum_of = voice.spoken, points(voice, float(judged.judged))
    error = "–" if judged.se is None else voice.number(float(judged.se), 2)
    values = {"form": form, "n": voice.number(n), "error": error, "cut": points(voice, float(judged.cut))}
    if candidates is not None and is_moved:
        return words.of_n(
            "form {form}: {sum} points from {n} candidate, standard error {error}, moved to {cut}",
            "form {form}: {sum} points from {n} candidates, standard error {error}, moved to {cut}",
            n,
            sum=sum_of,
            **values,
        )
    if candidates is not None:
        return words.of_n(
            "form {form}: {cut} points from {n} candidate, standard error {error}",
            "form {form}: {cut} points from {n} candidates, standard error {error}",
            n,
            **values,
        )
    if is_moved:
        return words.of_n(
            "form {form}: {sum} points by {n} judge, standard error over judges {error}, moved to {cut}",
            "form {form}: {sum} points by {n} judges, standard error over judges {error}, moved to {cut}",
            n,
            sum=sum_of,
            **values,
        )
    return words.of_n(
        "form {form}: {cut} points by {n} judge, standard error over judges {error}",
        "form {form}: {cut} points by {n} judges, standard error over judges {error}",
        n,
        **values,
    )


# ── what corrections took away ───────────────────────────────────────────────────────────────


def dropped_words(voice: ReportLanguage, found: DecisionFacts) -> Iterator[Pair]:
    """For each form what was dropped, and what became of its cut."""
    words = voice.spoken
    for one in found.forms:
        lost = one.dropped
        if lost is None:
            continue
        said = words.of_n(
            "Form {form}: {n} question counts for nobody after a correction; {most} points can be had in "
            "place of {printed}. A score may have fallen by that alone.",
            "Form {form}: {n} questions count for nobody after corrections; {most} points can be had in "
            "place of {printed}. A score may have fallen by that alone.",
            lost.questions,
            form=one.group.name,
            n=voice.number(lost.questions),
            most=points(voice, lost.most),
            printed=points(voice, lost.printed),
        )
        if lost.cut is None or lost.cut_before is None or not lost.most:
            yield said
            continue
        cut, before = points(voice, lost.cut), points(voice, lost.cut_before)
        if lost.cut != lost.cut_before:
            rest = words("The cut follows: {cut} points in place of {before}.", cut=cut, before=before)
        else:
            now, was = (voice.number(100 * lost.cut / of, 1) for of in (lost.most, lost.printed))
            rest = words(
                "The cut stays {cut} points: {now} % of all points, where it was {was} %. Whether it should "
                "stay is for the committee to decide.",
                cut=cut,
                now=now,
                was=was,
            )
        yield joined(said, rest)
    if found.n_dropped and not any(one.dropped for one in found.forms):
        yield words.of_n(
            "{n} correction drops a question: forms that had it have fewer points.",
            "{n} corrections drop a question each: forms that had it have fewer points.",
            found.n_dropped,
            n=voice.number(found.n_dropped),
        )


def cut_gap_words(voice: ReportLanguage, found: DecisionFacts) -> Pair | None:
    """How far the cuts of forms lie apart; None where they are one number, or the total decides nothing."""
    known = sorted((one.cut.points, one.group.name, one.cut.most) for one in found.forms if one.cut)
    if len(known) < 2 or known[0][0] == known[-1][0]:
        return None
    (low, easier, of_low), (high, harder, of_high) = known[0], known[-1]
    return voice.spoken(
        "The cuts of forms lie up to {gap} points apart: {low} of {of_low} on form {a}, {high} of {of_high} "
        "on form {b}.",
        gap=points(voice, round(high - low, 4)),
        low=points(voice, low),
        of_low=points(voice, of_low),
        a=easier,
        high=points(voice, high),
        of_high=points(voice, of_high),
        b=harder,
    )


# ── forms beside each other ──────────────────────────────────────────────────────────────────


def gap_words(voice: ReportLanguage, gap: Gap) -> Pair:
    """How far apart two forms are, and what may follow from it."""
    words = voice.spoken
    high, low = gap
    means = {"high": voice.number(high.mean.value, 1), "low": voice.number(low.mean.value, 1)}
    names = {"a": high.name, "b": low.name}
    if not (high.name and low.name):
        said = words(
            "The mean score on form {a} ({mean} %) differs from that on all other forms ({others} %) by more "
            "than chance.",
            a=high.name or low.name,
            mean=means["high" if high.name else "low"],
            others=means["low" if high.name else "high"],
        )
    elif high.passed is None or low.passed is None:
        said = words(
            "Scores on form {a} are higher than on form {b} by more than chance: mean {high} % and {low} %.",
            **names,
            **means,
        )
    else:
        said = words(
            "Scores on form {a} are higher than on form {b} by more than chance: mean {high} % and {low} %; "
            "{rate_a} and {rate_b} passed.",
            **names,
            **means,
            rate_a=voice.percent(high.passed.share),
            rate_b=voice.percent(low.passed.share),
        )
    if high.passed is None and low.passed is None:
        rest = words(
            "Either the forms are not equally hard, or those who sat them are not equally able. Nothing is "
            "adjusted for either: a score may depend on the form that somebody was given."
        )
    else:
        rest = words(
            "Either the forms are not equally hard, or those who sat them are not equally able. Nothing is "
            "adjusted for either: a decision may depend on the form that somebody was given."
        )
    return joined(said, rest)


# ── how often decisions would repeat ─────────────────────────────────────────────────────────


Shares = Mapping[str, float | None]
"""`consistency`, `kappa`, `accuracy`, `false_pass`, `false_fail`, `pass_again`, `fail_again`."""


class RepeatedDecisions(NamedTuple):
    """How often decisions would repeat on a parallel form, as shares; `shares` is None where that cannot be
    said: of too few candidates, or of scores that do not tell it. `accuracy`, `false_pass` and `false_fail`
    are None for a rule on more than a total."""

    n: int
    passed: int
    shares: Shares | None

    @property
    def is_enough(self) -> bool:
        """Whether there are candidates enough for a figure."""
        return self.n >= LEAST_REPEATED and LEAST_ON_EACH_SIDE <= self.passed <= self.n - LEAST_ON_EACH_SIDE


def repeated_words(voice: ReportLanguage, found: RepeatedDecisions | None) -> Iterator[Pair]:
    """How often the decisions would repeat on a parallel form, and are right; or why that cannot be said."""
    words = voice.spoken
    if found is None:
        return
    if not found.is_enough:
        yield words(
            "How often these decisions would repeat on a parallel form cannot be said: it takes {least} "
            "candidates, at least {side} who passed and {side} who did not.",
            least=voice.number(LEAST_REPEATED),
            side=voice.number(LEAST_ON_EACH_SIDE),
        )
        return
    if found.shares is None:
        yield words(
            "How often these decisions would repeat on a parallel form is not said, because the scores do "
            "not tell it."
        )
        return

    shares = found.shares

    def of_100(name: str) -> str:
        return voice.number(100 * (shares.get(name) or 0.0), 0)

    yield words(
        "Of 100 candidates who passed, about {passed} would pass again on a parallel form; of 100 who did "
        "not pass, about {failed} would not pass again.",
        passed=of_100("pass_again"),
        failed=of_100("fail_again"),
    )
    if shares["accuracy"] is None:
        yield words(
            "That is estimated from the answers of {n} candidates. An item response model simulates two "
            "administrations, and the pass rule decides both.",
            n=voice.number(found.n),
        )
        return
    yield words(
        "By their true scores, about {false_pass} of 100 candidates passed and should not have, and about "
        "{false_fail} did not pass and should have.",
        false_pass=of_100("false_pass"),
        false_fail=of_100("false_fail"),
    )
    yield words(
        "That is estimated from the scores of {n} candidates by a strong true-score model (Hanson & Brennan, "
        "1990; Livingston & Lewis, 1995); a parallel form is one of other items, equally hard.",
        n=voice.number(found.n),
    )
