"""An exam and its rules → how what candidates earn is judged, and what every number of points means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from examgen.core.exam.exam_tables import ExamTables, cuts_of
from examgen.core.exam.names import base_form
from examgen.core.models.decisions import Judgement, PassRule, ReportRule
from examgen.core.problems import Refused
from examgen.core.responses.rows import CriterionScale, Ints, ResultRows, ScoreScale
from examgen.scoring.criteria import Shapes, Units, shapes_of
from examgen.scoring.decisions import Standard, passing_standard
from examgen.scoring.judging import CandidateCoverage, scales_of
from examgen.scoring.key import Key
from examgen.scoring.results import JudgedColumns, ResultLayout, ResultPlace, groups_of
from examgen.scoring.runs.on_record import cut_record, rule_with_cut
from examgen.scoring.scales import score_scale

if TYPE_CHECKING:
    from examgen.core.models.cut_files import CutFile
    from examgen.core.models.decisions import Judgement, PassRule, ReportRule, ScaledScore


class JudgingRules(NamedTuple):
    """How an exam is judged, as its blueprint says, and the cut scores that were found when it was built."""

    passing: PassRule | None
    judgement: Judgement
    report: ReportRule
    standard: Standard | None

    @property
    def second_look(self) -> bool:
        """Whether candidates near a cut are marked."""
        return self.standard is not None and self.standard.near is not None

    @property
    def needs_cohort(self) -> bool:
        """Whether what is told of a candidate depends on the others."""
        return bool(self.report.rank or self.report.percentile or self.report.t_score)

    def coverage_columns(self, key: Key, form: Ints, units: Units) -> list[pl.Series]:
        """Of each row, how much of the standard was met, if the report asks for that."""
        if not self.report.coverage:
            return []
        coverage = CandidateCoverage(shapes_of(key), self.judgement, [unit for unit, _, _ in key.criteria])
        return [pl.Series(column) for column in coverage.columns(form, units)]


def rules_of(
    asked: ExamTables, key: Key, scaled: ScaledScore | None = None, cut: CutFile | None = None
) -> JudgingRules:
    """The rules of a package; raises Refused where they cannot be applied to its forms.

    `scaled` stands in for the scaled scores of its blueprint, `cut` for what its pass rule asks of the total.
    """
    said = asked.manifest["blueprint"]
    rule = said.get("pass") if cut is None else rule_with_cut(said.get("pass"), cut)
    passing = PassRule.model_validate(rule) if rule else None
    cuts = cuts_of(asked.manifest if cut is None else {"cuts": cut_record(cut)["forms"]}, key.names)
    report = ReportRule.model_validate(said.get("report") or {})
    if scaled is not None:
        report = report.model_copy(update={"scaled": scaled})
    return JudgingRules(
        passing,
        Judgement.model_validate(said.get("judgement") or {}),
        report,
        passing_standard(passing, key, cuts) if passing else None,
    )


def result_layout(key: Key, rules: JudgingRules, scaled: Path | None = None) -> ResultLayout:
    """The tables of results; nobody has any place in the cohort yet. `scaled` is the file of the conversion;
    raises Refused where that lacks a total."""
    shapes = shapes_of(key)
    units = [unit for unit, _, _ in key.criteria]
    criteria = [ResultPlace("pc", unit, element, pc) for unit, element, pc in key.criteria]
    places, members = groups_of(key.criteria)
    parts = [Shapes(*(part[:, list(of)].sum(axis=1) for part in shapes)) for of in members]
    grouped = Shapes(*(np.stack(of_groups, axis=1) for of_groups in zip(*parts, strict=True)))
    return ResultLayout(
        forms=key.names,
        n_questions=tuple(key.n_questions.tolist()),
        criteria=_judged(criteria, scales_of(shapes, key.unit, rules.judgement, units)),
        groups=_judged(
            places,
            scales_of(grouped, key.unit, rules.judgement, [place.unit for place in places]),
        ),
        members=tuple(members),
        total=_totals(key, rules, scaled),
        decided=rules.passing is not None,
        second_look=rules.second_look,
        extra_names=CandidateCoverage.names if rules.report.coverage else (),
    )


def _totals(
    key: Key, rules: JudgingRules, scaled: Path | None = None, cohort: Sequence[Ints] = ()
) -> ScoreScale:
    """What each total means; `cohort` counts the candidates of each form by total."""
    base = {name: base_form(name) for name in key.names}
    try:
        return score_scale(key, rules.report, cohort, base, key.printed_points.tolist())
    except Refused as refused:
        if scaled is None:
            raise
        # what a conversion lacks is told of the file that it stands in
        fields = [(problem.field or "").removeprefix("report.scaled.") for problem in refused.problems]
        told = [
            problem._replace(source=str(scaled), field=field)
            for problem, field in zip(refused.problems, fields, strict=True)
        ]
        raise Refused(refused.message, told) from refused


def with_cohort(layout: ResultLayout, key: Key, rules: JudgingRules, rows: ResultRows) -> ResultLayout:
    """The layout once it is known who has which total, if that is asked."""
    if not rules.needs_cohort:
        return layout
    places = layout.total_places(rows.form, rows.units)
    spans = (key.max_total - key.least_total + 1).tolist()
    cohort = [np.bincount(places[rows.form == form], minlength=span) for form, span in enumerate(spans)]
    return layout._replace(total=_totals(key, rules, cohort=cohort))


def _judged(places: Sequence[ResultPlace], scales: Sequence[Sequence[CriterionScale]]) -> JudgedColumns:
    """By place the different scales, and which of them each form has."""
    columns = list(zip(*scales, strict=True))
    different: list[tuple[CriterionScale, ...]] = []
    shape = np.zeros((len(scales), len(places)), dtype=np.int32)
    for k, column in enumerate(columns):
        number: dict[int, int] = {}
        found = {id(scale): scale for scale in column}
        for form, scale in enumerate(column):
            shape[form, k] = number.setdefault(id(scale), len(number))
        different.append(tuple(found.values()))
    return JudgedColumns(tuple(places), tuple(different), shape)
