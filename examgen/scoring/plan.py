"""An exam, its rules and the cohort → the plan of a scoring, which every worker has: what parts of the
answers are read, scored, judged and written with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from examgen.capture.answer_layout import AnswerLayout
from examgen.capture.files import AnswerFile
from examgen.core.exam.exam_tables import ExamTables, cuts_of
from examgen.core.exam.names import base_form
from examgen.core.problems import Refused
from examgen.core.responses.rows import CriterionScale, Ints, Part
from examgen.scoring.criteria import Shapes, shapes_of
from examgen.scoring.decisions import Standard, passing_standard
from examgen.scoring.judging import CandidateCoverage, judgement_of, pass_rule_of, report_of, scales_of
from examgen.scoring.key import Key
from examgen.scoring.results.rows import ResultRowWriter
from examgen.scoring.results.texts import JudgedColumns, ResultLayout, ResultPlace, groups_of
from examgen.scoring.runs.on_record import cut_record, rule_with_cut
from examgen.scoring.scales import score_scale

if TYPE_CHECKING:
    from examgen.core.models.cut_files import CutFile
    from examgen.core.models.decisions import Judgement, PassRule, ReportRule, ScaledScore
    from examgen.core.models.scoring import ScoringRule
    from examgen.scoring.kept_responses import KeptRows


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


class ScoringPlan(NamedTuple):
    """What every part is read, scored, judged and written with."""

    files: tuple[AnswerFile, ...]
    parts: tuple[Part, ...]
    layout: AnswerLayout
    key: Key
    kept: tuple[KeptRows, ...] | None
    """By part, where a run keeps its rows, which are then read in place of answer files."""
    standard: Standard | None
    second_look: bool
    coverage: CandidateCoverage | None
    extra_places: tuple[tuple[int | None, ...], ...]
    """By answer file, which of its extra columns each extra column of the results is."""
    tables: tuple[str, ...]
    """The result files that rows go into."""
    writer: ResultRowWriter
    without_result: Mapping[str, str]
    """By number, as it is compared, why a candidate has no result: a decision on the person."""
    at_once: bool
    """Whether nothing that is told of a candidate depends on the others: then it is known how long lines will
    be when rows are read."""


def scoring_rule_of(manifest: Mapping[str, Any]) -> ScoringRule | None:
    """The rule that marks become points by; None for the usual one, which needs no model to be loaded."""
    said = manifest["blueprint"].get("scoring")
    if not said or (said["several"] == "any" and said["wrong"] == 0):
        return None
    from examgen.core.models.scoring import ScoringRule

    return ScoringRule.model_validate(said)


def rules_of(
    asked: ExamTables, key: Key, scaled: ScaledScore | None = None, cut: CutFile | None = None
) -> JudgingRules:
    """The rules of a package; raises Refused where they cannot be applied to its forms.

    `scaled` stands in for the scaled scores of its blueprint, `cut` for what its pass rule asks of the total.
    """
    said = asked.manifest["blueprint"]
    rule = said.get("pass") if cut is None else rule_with_cut(said.get("pass"), cut)
    passing = pass_rule_of(rule)
    cuts = cuts_of(asked.manifest if cut is None else {"cuts": cut_record(cut)["forms"]}, key.names)
    report = report_of(said.get("report"))
    if scaled is not None:
        from examgen.core.models.decisions import ReportRule

        known = {name: getattr(report, name) for name in ("rank", "percentile", "t_score", "coverage")}
        report = ReportRule(scaled=scaled, **known)
    return JudgingRules(
        passing,
        judgement_of(said.get("judgement")),
        report,
        passing_standard(passing, key, cuts) if passing else None,
    )


def plan_of(
    key: Key,
    rules: JudgingRules,
    layout: AnswerLayout,
    files: tuple[AnswerFile, ...],
    parts: tuple[Part, ...],
    elements: bool = False,
    scaled: Path | None = None,
    kept: tuple[KeptRows, ...] | None = None,
    without_result: Mapping[str, str] = {},
) -> ScoringPlan:
    """The plan of a scoring; `elements` asks for results by element and unit, too, `scaled` is the file of
    the conversion. Raises Refused where the conversion lacks a total."""
    coverage = None
    if rules.report.coverage:
        coverage = CandidateCoverage(shapes_of(key), rules.judgement, [unit for unit, _, _ in key.criteria])
    extra_names = list(dict.fromkeys(name for file in files for name in file.structure.extra_names))
    places = []
    for file in files:
        own = {name: n for n, name in enumerate(file.structure.extra_names)}
        places.append(tuple(own.get(name) for name in extra_names))
    columns = (*(() if coverage is None else coverage.names), *extra_names)
    return ScoringPlan(
        files,
        parts,
        layout,
        key,
        kept,
        rules.standard,
        rules.second_look,
        coverage,
        tuple(places),
        ("candidates", "pc_results", *(("element_results",) if elements else ())),
        _row_writer(key, rules, columns, scaled, ()),
        without_result,
        not (rules.report.rank or rules.report.percentile or rules.report.t_score),
    )


def with_cohort(
    plan: ScoringPlan,
    rules: JudgingRules,
    scaled: Path | None,
    counts: Ints,
    dropped: Sequence[tuple[int, int]],
) -> ScoringPlan:
    """The plan once it is known how many candidates have each total: `counts` (forms, totals) of all rows by
    units over the least, of which those are taken out that are not scored (`dropped`: form and total)."""
    key, counts = plan.key, counts.copy()
    for form, total in dropped:
        # told as the least, as it was counted
        counts[form, max(total - key.least_total[form], 0)] -= 1
    spans = key.max_units.sum(axis=1) - key.least_total + 1
    cohort = [row[:span] for row, span in zip(counts, spans.tolist(), strict=True)]
    columns = plan.writer.layout.extra_names
    return plan._replace(writer=_row_writer(key, rules, columns, scaled, cohort), at_once=True)


def _row_writer(
    key: Key, rules: JudgingRules, columns: Sequence[str], scaled: Path | None, cohort: Sequence[Ints]
) -> ResultRowWriter:
    """What writes rows with these columns behind our own; `cohort` counts the candidates of each form by
    total, once they are known."""
    base = {name: base_form(name) for name in key.names}
    try:
        total = score_scale(key, rules.report, cohort, base, key.printed_points.tolist())
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
    shapes = shapes_of(key)
    units = [unit for unit, _, _ in key.criteria]
    criteria = [ResultPlace("pc", unit, element, pc) for unit, element, pc in key.criteria]
    places, members = groups_of(key.criteria)
    parts = [Shapes(*(part[:, list(of)].sum(axis=1) for part in shapes)) for of in members]
    grouped = Shapes(*(np.stack(of_groups, axis=1) for of_groups in zip(*parts, strict=True)))
    layout = ResultLayout(
        forms=key.names,
        n_questions=tuple(key.n_questions.tolist()),
        criteria=_judged(criteria, scales_of(shapes, key.unit, rules.judgement, units)),
        groups=_judged(
            places,
            scales_of(grouped, key.unit, rules.judgement, [place.unit for place in places]),
        ),
        members=tuple(members),
        total=total,
        decided=rules.passing is not None,
        second_look=rules.second_look,
        extra_names=tuple(columns),
    )
    return ResultRowWriter(layout)


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
