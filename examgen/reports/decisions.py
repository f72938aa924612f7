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
from examgen.rendering.parts import JUDGED, joined, short
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
    """Which standard error of measurement is that at the cut."""
    words, said = voice.spoken, ((found.rule or {}).get("second_look") or {}).get("sem", "lord")
    if said == "lord":
        return words("SEM at the cut (Lord's binomial error)")
    return words("SEM at the cut (as the blueprint sets it)")


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
