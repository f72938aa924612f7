"""What decisions rest on, in words: the rule, cuts with their method, what corrections took away, how far
forms are apart.

A scored run → `DecisionFacts`: what its decisions rest on, form by form, for whoever signs them.

Pure. What was printed comes from the exam's own forms, what counts from candidates.csv, so that the two show
what corrections took away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.core.exam.names import base_form
from examgen.core.models.base import Bilingual
from examgen.core.models.decisions import ANGOFF, FROM_FILE
from examgen.core.uncertainty import AROUND, wrong_statuses
from examgen.core.words import Pair
from examgen.rendering.parts import JUDGED, MIN_N, joined, short
from examgen.reports.candidate_report.error import odd_marks_words, scoring_of, scoring_words
from examgen.reports.candidate_report.words import certainty_of, pass_rule_words
from examgen.reports.cohort_report.rows import Rows, rows_of
from examgen.reports.form_groups import Gap, Group, forms_of, gap_of
from examgen.scoring.runs.form_cuts import BY_FORM, Cut, cuts_of, looks_again, total_cut

if TYPE_CHECKING:
    from examgen.core.models.decisions import FormCut
    from examgen.core.models.form import Form
    from examgen.core.models.scoring import ScoringRule
    from examgen.core.scored_run import ScoredRun
    from examgen.rendering.parts import Words
    from examgen.reports.language import Voice

MOST_FORMS = 12
"""Of more forms than these nothing is said one by one."""
MOST_COMPARED = 200
"""More are forms of candidates' own: they are not compared."""


class DroppedOn(NamedTuple):
    """What corrections took away from a form."""

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


class FormFacts(NamedTuple):
    """A form that somebody sat: who and how well, with its cut; what it lost; what judges said of its cut."""

    group: Group
    dropped: DroppedOn | None
    judged: FormCut | None

    @property
    def cut(self) -> Cut | None:
        """The cut on its total."""
        return self.group.cut


class DecisionFacts(NamedTuple):
    """What the decisions of a run rest on."""

    rule: Mapping[str, Any] | None
    """The pass rule; None where nobody passes or fails."""
    n_forms: int
    """Those that somebody sat."""
    forms: tuple[FormFacts, ...]
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


class Undecided(NamedTuple):
    """Judgements of candidates in criteria for which the certainty that is asked was lacking."""

    n: int
    judged: int
    """All that items enough were asked for."""
    percent: str
    """The certainty asked, in per cent."""


def undecided_of(run: ScoredRun) -> Undecided | None:
    """How many judgements of a run are undecided, by pc_coverage.csv; None where no certainty is asked."""
    certainty = run.audit["options"]["judgement"].get("certainty")
    if not certainty:
        return None
    counts = {name: sum(int(n or 0) for n in run.coverage[name]) for name in JUDGED}
    return Undecided(counts["undecided"], sum(counts.values()), short(str(certainty["percent"])))


def undecided_words(voice: Voice, found: Undecided) -> Pair:
    """How often neither met nor not met could be said, and how that is counted."""
    return voice.spoken(
        "{undecided} of {judged} judgements of candidates in criteria are undecided: with {percent} % "
        "certainty neither met nor not met could be said. They count among those judged, and not as met.",
        undecided=voice.number(found.n),
        judged=voice.number(found.judged),
        percent=found.percent,
    )


def decision_facts(run: ScoredRun, rows: Rows | None) -> DecisionFacts:
    """What the decisions of a run rest on."""
    known = rows_of(run) if rows is None else rows
    n_forms = len(known.forms)
    groups = tuple(forms_of(known, cuts_of(run))) if n_forms <= MOST_COMPARED else ()
    rule = run.audit["options"]["pass"]
    drops = [one for one in run.audit.get("corrections") or () if one["kind"] == "drop"]
    few = groups if n_forms <= MOST_FORMS else ()
    return DecisionFacts(
        rule,
        n_forms,
        tuple(_form(run, one, rule, drops) for one in few),
        len(drops),
        gap_of(known, groups),
        scoring_of(run.audit),
        undecided_of(run),
        (run.audit.get("cut") or {}).get("method"),
    )


def _form(
    run: ScoredRun, group: Group, rule: Mapping[str, Any] | None, drops: list[Mapping[str, Any]]
) -> FormFacts:
    own = run.exam.cuts.get(group.name)
    judged = own if rule is not None and rule["cut"] in BY_FORM else None
    printed = next((form for form in run.exam.forms if form.name == group.name), None)
    if printed is None or not drops:
        return FormFacts(group, None, judged)
    return FormFacts(group, _dropped(run, group, printed, rule, drops), judged)


def _dropped(
    run: ScoredRun,
    group: Group,
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


class FormRow(NamedTuple):
    """A form as it is shown: its name and cells."""

    name: str
    cells: tuple[str, ...]


def decision_page(voice: Voice, found: DecisionFacts) -> dict[str, object]:
    """What `report-decision.html` shows, in words and numbers."""
    looks = found.rule is not None and looks_again(found.rule)
    rows = [_row(voice, one, looks=looks) for one in found.forms] if found.n_forms > 1 else []
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


def sem_words(voice: Voice, found: DecisionFacts) -> Pair:
    """Which standard error of measurement is that at the cut."""
    words, said = voice.spoken, ((found.rule or {}).get("second_look") or {}).get("sem", "lord")
    if said == "lord":
        return words("SEM at the cut (Lord's binomial error)")
    return words("SEM at the cut (as the blueprint sets it)")


def points(voice: Voice, value: float | None) -> str:
    """A number of points without noughts at its end, a dash where there is none."""
    if value is None:
        return "–"
    return voice.number(value, next((d for d in range(4) if round(value, d) == round(value, 6)), 4))


def _row(voice: Voice, one: FormFacts, *, looks: bool) -> FormRow:
    group, cut = one.group, one.cut
    cells = [voice.number(group.n), voice.number(group.mean.value, 1)]
    if group.passed is not None:
        rate = voice.percent(group.passed.share) if group.n >= MIN_N else "–"
        cells += [f"{voice.number(group.passed.n)}/{voice.number(group.passed.of)}", rate]
        cells.append(voice.interval(group.passed))
    error = [voice.number(cut.sem if cut is not None else None, 2)] if looks else []
    if group.passed is None:
        return FormRow(group.name, tuple(cells))  # without a pass rule there is no cut
    if cut is None:
        return FormRow(group.name, (*cells, "–", "–", "–", *error))
    share = voice.number(cut.percent, 1)
    return FormRow(group.name, (*cells, points(voice, cut.points), points(voice, cut.most), share, *error))


def whole_scoring_words(voice: Voice, found: DecisionFacts) -> list[Pair]:
    """The rule of scoring where it is not the usual one; where wrong answers cost, what other marks do."""
    said = scoring_words(voice.spoken, found.scoring)
    if found.scoring.penalty(2):
        said += odd_marks_words(voice.spoken, found.scoring, multiple=True, invalid=True)
    return said


def met_from_words(words: Words, run: ScoredRun) -> Pair:
    """From what share of the points on a criterion is met, as the blueprint sets it, for units apart where
    they have shares of their own; on how many items it is judged, and how often that is wrong."""
    said = [_met_from(words, run), hint_words(words, run), _of_units(words, run)]
    return joined(*(one for one in said if one is not None))


def _of_units(words: Words, run: ScoredRun) -> Pair | None:
    """How the status of a unit follows the decision; None where nobody is decided."""
    if not run.audit["options"]["pass"]:
        return None
    if len(run.exam.units) == 1:
        return words("The status of the unit follows the decision: it is met where the exam is passed.")
    return words("The decision is on all units together; the status of each rests on its own points.")


def _met_from(words: Words, run: ScoredRun) -> Pair:
    judgement = run.audit["options"]["judgement"]
    units = [str(unit.code) for unit in run.exam.units]
    levels = [short(str(judgement["units"].get(unit, judgement["percent"]))) for unit in units]
    each = ", ".join(f"{unit} {level} %" for unit, level in zip(units, levels, strict=True))
    n, is_one = judgement["min_items"], len(set(levels)) == 1
    if len(units) == 1 and run.audit["options"]["pass"]:
        return _met_from_below_the_unit(words, levels[0], n, certainty_of(judgement))
    if certainty := certainty_of(judgement):
        values = {"n": n, "certainty": certainty}
        if is_one:
            return words(
                "The standard of a criterion, an element or a unit is {percent} % of its points; it is "
                "judged where {n} items or more of it count, and is met, or not met, where that is "
                "{certainty} % certain.",
                percent=levels[0],
                **values,
            )
        return words(
            "The standard of a criterion, an element or a unit is this share of its points: {units}. It is "
            "judged where {n} items or more of it count, and is met, or not met, where that is {certainty} % "
            "certain.",
            units=each,
            **values,
        )
    if is_one:
        return words(
            "A criterion, an element or a unit is met from {percent} % of its points on, and judged where "
            "{n} items or more of it count.",
            percent=levels[0],
            n=n,
        )
    return words(
        "A criterion, an element or a unit is judged where {n} items or more of it count, and met from this "
        "share of its points on: {units}.",
        units=each,
        n=n,
    )


def _met_from_below_the_unit(words: Words, percent: str, n: int, certainty: str) -> Pair:
    if certainty:
        return words(
            "The standard of a criterion or an element is {percent} % of its points; it is judged where {n} "
            "items or more of it count, and is met, or not met, where that is {certainty} % certain.",
            percent=percent,
            n=n,
            certainty=certainty,
        )
    return words(
        "A criterion or an element is met from {percent} % of its points on, and judged where {n} items or "
        "more of it count.",
        percent=percent,
        n=n,
    )


def hint_words(words: Words, run: ScoredRun) -> Pair | None:
    """How many of the statuses of criteria are wrong, for so few items; None where a certainty is asked of
    them, and where no criterion is judged."""
    if certainty_of(run.audit["options"]["judgement"]):
        return None
    kinds = _judged_kinds(run)
    if not kinds:
        return None
    if None in kinds:
        return words(
            "A status that rests on few items is often wrong: it is a hint of what to study, not a finding."
        )
    found = [one for one in kinds if one is not None]
    items = sorted({one[0] for one in found})
    shares = sorted({round(100 * wrong_statuses(*one)) for one in found})
    return words(
        "Of such statuses of criteria, on {items} items each, about {share} in 100 are wrong among "
        "candidates whose true shares are spread evenly within {around} points of the standard: each is a "
        "hint of what to study, not a finding.",
        items=_ends(items),
        share=_ends(shares),
        around=round(100 * AROUND),
    )


def _ends(values: Sequence[int]) -> str:
    return str(values[0]) if len(values) == 1 else f"{values[0]}–{values[-1]}"


def _judged_kinds(run: ScoredRun) -> set[tuple[int, int, float] | None]:
    """Of the criteria that are judged the items, how many right are met, and the standard; None for those
    whose points are no count of right items."""
    judgement, rule = run.audit["options"]["judgement"], scoring_of(run.audit)
    by_place: dict[tuple[str, ...], list[tuple[Decimal, str]]] = {}
    rows = run.scale.filter(run.scale["level"] == "pc", run.scale["status"].is_in(JUDGED))
    for unit, pc, forms, asked, correct, status in rows.select(_OF_SCALE).iter_rows():
        by_place.setdefault((unit, pc, forms, asked), []).append((Decimal(correct), status))
    found: set[tuple[int, int, float] | None] = set()
    for (unit, _, _, asked), own in by_place.items():
        n, least = int(asked), min((points for points, status in own if status == "met"), default=None)
        points = sorted(one for one, _ in own)
        plain = points == [*range(n + 1)] and not rule.penalty(2) and rule.several != "partial"
        standard = Decimal(str(judgement["units"].get(unit, judgement["percent"]))) / 100
        found.add((n, n + 1 if least is None else int(least), float(standard)) if plain else None)
    return found


_OF_SCALE = ("unit", "pc", "forms", "asked", "correct", "status")


# ── the rule ─────────────────────────────────────────────────────────────────────────────────


def _rule(voice: Voice, found: DecisionFacts) -> Iterator[Pair]:
    """How the cut on the total was set, then every other part; all of them must hold."""
    rule, words = found.rule, voice.spoken
    if rule is None:
        return
    if rule["percent"] is not None:
        yield words("at least {percent} % of all points of the form", percent=short(str(rule["percent"])))
    if rule["cut"] == ANGOFF:
        yield words("at least the cut that judges set by the Angoff method")
        for one in found.forms:
            yield from _judged(voice, one)
    elif rule["cut"] == FROM_FILE:
        yield _of_method(voice, found.cut_method)
        yield words("reason of the cut: {reason}", reason=rule.get("reason") or "–")
        for one in found.forms:
            yield from _judged(voice, one)
    elif rule["cut"] is not None:
        cut, reason = short(str(rule["cut"])), rule.get("reason") or "–"
        yield words("at least {cut} points, set by hand: {reason}", cut=cut, reason=reason)
    yield from pass_rule_words(words, rule, None, "")


def _of_method(voice: Voice, method: str | None) -> Pair:
    """How the cut of a file was set."""
    words = voice.spoken
    match method:
        case "angoff":
            return words("at least the cut that judges set by the Angoff method")
        case "angoff-yes-no":
            return words("at least the cut that judges set by the yes/no Angoff method")
        case "ebel":
            return words("at least the cut that judges set by Ebel's method")
        case "bookmark":
            return words("at least the cut that judges set by the bookmark method")
        case "borderline-group":
            return words("at least the cut that borderline candidates give, as judges know them")
        case "contrasting-groups":
            return words("at least the cut between candidates whom judges hold competent and others")
        case "borderline-regression":
            return words("at least the cut that scores have at the grade of the border")
        case _:
            return words("at least the cut of Hofstee's compromise")


def _from_candidates(voice: Voice, form: str, judged: FormCut, candidates: int) -> Pair:
    """A cut that was drawn from candidates."""
    words, n = voice.spoken, voice.number(candidates)
    error = "–" if judged.se is None else voice.number(float(judged.se), 2)
    cut, sum_of = points(voice, float(judged.cut)), points(voice, float(judged.judged))
    if Decimal(judged.cut) == Decimal(judged.judged):
        return words.of_n(
            "form {form}: {cut} points from {n} candidate, standard error {error}",
            "form {form}: {cut} points from {n} candidates, standard error {error}",
            candidates,
            form=form,
            cut=cut,
            n=n,
            error=error,
        )
    return words.of_n(
        "form {form}: {sum} points from {n} candidate, standard error {error}, moved to {cut}",
        "form {form}: {sum} points from {n} candidates, standard error {error}, moved to {cut}",
        candidates,
        form=form,
        sum=sum_of,
        cut=cut,
        n=n,
        error=error,
    )


def _judged(voice: Voice, one: FormFacts) -> Iterator[Pair]:
    judged, words = one.judged, voice.spoken
    if judged is None:
        return
    if (candidates := getattr(judged, "candidates", None)) is not None:
        yield _from_candidates(voice, one.group.name, judged, candidates)
        return
    form, cut, sum_of = one.group.name, points(voice, float(judged.cut)), points(voice, float(judged.judged))
    error = "–" if judged.se is None else voice.number(float(judged.se), 2)
    n = judged.judges
    values = {"form": form, "n": voice.number(n), "error": error}
    if Decimal(judged.cut) == Decimal(judged.judged):
        yield words.of_n(
            "form {form}: {cut} points by {n} judge, standard error over judges {error}",
            "form {form}: {cut} points by {n} judges, standard error over judges {error}",
            n,
            cut=cut,
            **values,
        )
    else:
        yield words.of_n(
            "form {form}: {sum} points by {n} judge, standard error over judges {error}, moved to {cut}",
            "form {form}: {sum} points by {n} judges, standard error over judges {error}, moved to {cut}",
            n,
            sum=sum_of,
            cut=cut,
            **values,
        )


# ── what corrections took away ───────────────────────────────────────────────────────────────


def dropped_words(voice: Voice, found: DecisionFacts) -> Iterator[Pair]:
    """For each form what was dropped, and what became of its cut."""
    for one in found.forms:
        if one.dropped is not None:
            yield _said_dropped(voice, one.group.name, one.dropped)
    if found.n_dropped and not any(one.dropped for one in found.forms):
        yield voice.spoken.of_n(
            "{n} correction drops a question: forms that had it have fewer points.",
            "{n} corrections drop a question each: forms that had it have fewer points.",
            found.n_dropped,
            n=voice.number(found.n_dropped),
        )


def _said_dropped(voice: Voice, form: str, lost: DroppedOn) -> Pair:
    words, most, printed = voice.spoken, points(voice, lost.most), points(voice, lost.printed)
    said = words.of_n(
        "Form {form}: {n} question counts for nobody after a correction; {most} points can be had in place "
        "of {printed}. A score may have fallen by that alone.",
        "Form {form}: {n} questions count for nobody after corrections; {most} points can be had in place "
        "of {printed}. A score may have fallen by that alone.",
        lost.questions,
        form=form,
        n=voice.number(lost.questions),
        most=most,
        printed=printed,
    )
    if lost.cut is None or lost.cut_before is None or not lost.most:
        return said
    cut, before = points(voice, lost.cut), points(voice, lost.cut_before)
    if lost.cut != lost.cut_before:
        rest = words("The cut follows: {cut} points in place of {before}.", cut=cut, before=before)
    else:
        now, was = (voice.number(100 * lost.cut / of, 1) for of in (lost.most, lost.printed))
        rest = words(
            "The cut stays {cut} points: {now} % of all points, where it was {was} %. Whether it should stay "
            "is for the committee to decide.",
            cut=cut,
            now=now,
            was=was,
        )
    return Bilingual(th=f"{said.th} {rest.th}", en=f"{said.en} {rest.en}")


def cut_gap_words(voice: Voice, found: DecisionFacts) -> Pair | None:
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


def gap_words(voice: Voice, gap: Gap) -> Pair:
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
    return Bilingual(th=f"{said.th} {rest.th}", en=f"{said.en} {rest.en}")
