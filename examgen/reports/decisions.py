"""Basis of the decisions of a run, form by form and in words, for those who sign them.

Covers the pass rule, cut scores and how they were set, the effect of corrections, differences between forms,
and how often decisions would be the same on a parallel form.

Pure. What was printed comes from the exam's own forms and what counts from candidates.csv, so that the
difference shows what corrections removed.
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
from examgen.rendering.parts import JUDGED, joined, short
from examgen.reports.candidate_report.error import odd_marks_words, scoring_of, scoring_words
from examgen.reports.candidate_report.words import certainty_of, pass_rule_words
from examgen.reports.cohort_report.rows import CohortRows
from examgen.reports.form_groups import CandidateGroup, Gap, forms_of, gap_of
from examgen.scoring.form_cut_scores import BY_FORM, Cut, looks_again, total_cut

if TYPE_CHECKING:
    from examgen.core.models.decisions import FormCut
    from examgen.core.models.form import Form
    from examgen.core.models.scoring import ScoringRule
    from examgen.rendering.parts import Words
    from examgen.reports.localisation import ReportLanguage
    from examgen.scoring.scored_run import ScoredRun

MOST_FORMS = 12
"""The maximum number of forms that are described one by one."""
MOST_COMPARED = 200
"""The maximum number of forms that are compared. If there are more, each candidate has a form of their own.
"""
LEAST_REPEATED, LEAST_ON_EACH_SIDE = 100, 10
"""The minimum number of candidates, and of those who passed and who failed, for estimates about a parallel
form."""


class DroppedOn(NamedTuple):
    """Questions and points that corrections removed from a form."""

    questions: int
    """The number of its questions that no longer count."""
    most: float
    """The maximum score."""
    printed: float
    """The maximum score of the form as printed."""
    cut: float | None
    """The cut score on the total in points; like `cut_before`, None if the total decides nothing."""
    cut_before: float | None
    """The cut score without those corrections."""


class FormDecisions(NamedTuple):
    """The results on one form: its candidates and cut score, what corrections removed from it, and the
    standard-setting judgements on its cut score."""

    group: CandidateGroup
    dropped: DroppedOn | None
    judged: FormCut | None

    @property
    def cut(self) -> Cut | None:
        """The cut score on the total of the form."""
        return self.group.cut


class Undecided(NamedTuple):
    """Judgements of candidates on criteria that did not reach the required certainty."""

    n: int
    judged: int
    """All judgements based on enough items."""
    percent: str
    """The required certainty, in per cent."""


class DecisionFacts(NamedTuple):
    """The basis of the decisions of a run."""

    rule: Mapping[str, Any] | None
    """The pass rule; None if the exam has none."""
    n_forms: int
    """The number of forms that somebody took."""
    forms: tuple[FormDecisions, ...]
    """Empty if there are more than `MOST_FORMS`."""
    n_dropped: int
    """The number of corrections that drop a question or an item."""
    gap: Gap | None
    """Forms whose mean scores differ by more than chance; None if there are none."""
    scoring: ScoringRule
    undecided: Undecided | None
    """None if no certainty is required."""
    cut_method: str | None = None
    """How the cut scores in a file were set; None if they do not come from a file."""


def undecided_of(run: ScoredRun) -> Undecided | None:
    """Return how many judgements of a run are undecided, from pc_coverage.csv; None if no certainty is
    required."""
    certainty = run.audit["options"]["judgement"].get("certainty")
    if not certainty:
        return None
    counts = {name: sum(int(n or 0) for n in run.coverage[name]) for name in JUDGED}
    return Undecided(counts["undecided"], sum(counts.values()), short(str(certainty["percent"])))


def decision_facts(run: ScoredRun, rows: CohortRows, cuts: Mapping[str, Cut | None]) -> DecisionFacts:
    """Return the basis of the decisions of a run; `cuts` are the cut scores of its forms."""
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
    """Return what corrections dropped from a form; None if nothing was dropped, or if booklets of the form
    lost different points."""
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
    """Yield the question numbers of a printed form that a correction removes."""
    if one.get("item"):
        yield from (own.question for own in printed.items if own.item.id == one["item"] and own.points)
        return
    where = one.get("places") or [one]
    counted = {own.question for own in printed.items if own.points}
    yield from (place["question"] for place in where if place.get("form") == printed.name
                and place.get("question") in counted)  # fmt: skip


# ── what `report-decision.html` shows ────────────────────────────────────────────────────────


def decision_page(voice: ReportLanguage, found: DecisionFacts) -> dict[str, object]:
    """Return the context of `report-decision.html`."""
    rule = found.rule or {}
    by_cut = sorted((one.cut.points, one.group.name, one) for one in found.forms if one.cut)
    ends = by_cut[:1] + by_cut[-1:]
    cut = rule.get("cut")
    by_method = {None: "", ANGOFF: ANGOFF, FROM_FILE: found.cut_method or ""}
    return {
        "facts": found,
        "has_rule": found.rule is not None,
        "rule": found.rule,
        "short": lambda value: short(str(value)),
        # `hand` where the rule itself has the points
        "cut_by": by_method.get(cut, "hand"),
        "has_reason": cut == FROM_FILE,
        "rule_rest": list(pass_rule_words(voice.spoken, found.rule, None, None, "")),
        "scoring": scoring_words(voice.spoken, found.scoring),
        # the forms with the lowest and the highest cut, where these differ
        "cut_ends": [one for *_, one in ends] if len({points for points, *_ in ends}) > 1 else None,
        "sem_kind": sem_words(voice, found),
        "looks_again": found.rule is not None and looks_again(found.rule),
    }


def sem_words(voice: ReportLanguage, found: DecisionFacts) -> Pair:
    """Return the name of the standard error of measurement that is used at the cut score."""
    words, said = voice.spoken, ((found.rule or {}).get("second_look") or {}).get("sem", "lord")
    if said == "lord":
        return words("SEM at the cut (Lord's binomial error)")
    return words("SEM at the cut (as the blueprint sets it)")


def whole_scoring_words(voice: ReportLanguage, found: DecisionFacts) -> list[Pair]:
    """Return the sentences on the scoring rule if it is not the usual one and, if wrong answers cost points,
    on multiple and unreadable marks."""
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
"""Keys: whether the unit follows the decision on the test, all units have one percentage, or each has its
own; and whether a certainty is required."""


def met_from_words(words: Words, run: ScoredRun) -> Pair:
    """Return the sentences on how criteria are judged: the percentage of points from which one is met (for
    each unit if these differ), the minimum number of items, and how often a status is wrong."""
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
    """Return the sentence on how many statuses of criteria are wrong because they rest on few items; None if
    a certainty is required or no criterion is judged."""
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


# ── how often decisions would repeat ─────────────────────────────────────────────────────────


Shares = Mapping[str, float | None]
"""`consistency`, `kappa`, `accuracy`, `false_pass`, `false_fail`, `pass_again`, `fail_again`."""


class RepeatedDecisions(NamedTuple):
    """Estimates of how often decisions would be the same on a parallel form.

    `shares` is None if they cannot be estimated, because there are too few candidates or the scores do not
    allow it. `accuracy`, `false_pass` and `false_fail` are None for a rule on more than a total.
    """

    n: int
    passed: int
    shares: Shares | None

    @property
    def is_enough(self) -> bool:
        """Whether there are enough candidates for an estimate."""
        return self.n >= LEAST_REPEATED and LEAST_ON_EACH_SIDE <= self.passed <= self.n - LEAST_ON_EACH_SIDE
