"""A scored run → `DecisionFacts`: what its decisions rest on, form by form, for whoever signs them.

Pure. What was printed comes from the exam's own forms, what counts from candidates.csv, so that the two show
what corrections took away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.exam.names import base_form
from examgen.reports.candidate_words import total_cut
from examgen.reports.cohort_rows import Cut, Rows, cuts_of, rows_of
from examgen.reports.form_groups import Gap, Group, forms_of, gap_of

if TYPE_CHECKING:
    from examgen.models import Form, FormCut
    from examgen.scored_run import ScoredRun

MOST_FORMS = 12
"""Of more forms than these nothing is said one by one."""
MOST_COMPARED = 200
"""More are forms of candidates' own: they are not compared."""
ANGOFF = "angoff"


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


def decision_facts(run: ScoredRun, rows: Rows | None = None) -> DecisionFacts:
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
    )


def _form(
    run: ScoredRun, group: Group, rule: Mapping[str, Any] | None, drops: list[Mapping[str, Any]]
) -> FormFacts:
    own = run.exam.cuts.get(group.name)
    judged = own if rule is not None and rule["cut"] == ANGOFF else None
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
    lost = {place for one in drops for place in _places(one, printed)}
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


def _places(one: Mapping[str, Any], printed: Form) -> Iterator[int]:
    """The questions of a form, as it was printed, that a correction takes away."""
    if one.get("item"):
        yield from (own.question for own in printed.items if own.item.id == one["item"] and own.points)
        return
    where = one.get("places") or [one]
    counted = {own.question for own in printed.items if own.points}
    yield from (place["question"] for place in where if place.get("form") == printed.name
                and place.get("question") in counted)  # fmt: skip
