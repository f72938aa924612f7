"""The exam, its rules and the cohort → what the result files are written with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from examgen.capture.files import AnswerFile
from examgen.capture.parts import raw_rows
from examgen.core.exam.asked import Asked, cuts_of
from examgen.core.responses.rows import CriterionScale, Ints, ResultRows, ScoreScale, SetAside
from examgen.scoring import tasks
from examgen.scoring.criteria import Shapes, shapes_of
from examgen.scoring.decisions import Standard, passing_standard
from examgen.scoring.judging import Coverage, judgement_of, pass_rule_of, report_of, scales_of
from examgen.scoring.key import Key
from examgen.scoring.parts import ReadParts
from examgen.scoring.repeats import Settled
from examgen.scoring.results.texts import Judged, Place, ResultLayout, groups_of
from examgen.scoring.runs.on_record import cut_record, rule_with_cut
from examgen.scoring.spooled import blocks

if TYPE_CHECKING:
    from examgen.core.models.cut_files import CutFile
    from examgen.core.models.decisions import Judgement, PassRule, ReportRule, ScaledScore
    from examgen.core.models.scoring import ScoringRule


class Rules(NamedTuple):
    """How an exam is judged, as its blueprint says, and the cut scores that were found when it was built."""

    passing: PassRule | None
    judgement: Judgement
    report: ReportRule
    standard: Standard | None

    @property
    def by_cohort(self) -> bool:
        """Whether what is told of a candidate depends on the others."""
        return bool(self.report.rank or self.report.percentile or self.report.t_score)

    def coverage(self, key: Key) -> Coverage | None:
        """What tells which share of the standard each candidate met, where that is asked."""
        if not self.report.coverage:
            return None
        units = [unit for unit, _, _ in key.criteria]
        return Coverage(shapes_of(key), self.judgement, units)

    @property
    def second_look(self) -> bool:
        """Whether candidates near a cut are marked."""
        return self.standard is not None and self.standard.near is not None


def scoring_rule_of(manifest: Mapping[str, Any]) -> ScoringRule | None:
    """The rule that marks become points by; None for the usual one, which needs no model to be loaded."""
    said = manifest["blueprint"].get("scoring")
    if not said or (said["several"] == "any" and said["wrong"] == 0):
        return None
    from examgen.core.models.scoring import ScoringRule

    return ScoringRule.model_validate(said)


def rules_of(asked: Asked, key: Key, scaled: ScaledScore | None = None, cut: CutFile | None = None) -> Rules:
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
    return Rules(
        passing,
        judgement_of(said.get("judgement")),
        report,
        passing_standard(passing, key, cuts) if passing else None,
    )


def cohort(key: Key, counts: Ints, dropped: Sequence[tuple[int, int]]) -> list[Ints]:
    """Candidates by total, from the least to the most of each form, without rows that are not scored."""
    counts = counts.copy()
    for form, total in dropped:
        # told as the least, as it was counted
        counts[form, max(total - key.least_total[form], 0)] -= 1
    spans = key.max_units.sum(axis=1) - key.least_total + 1
    return [row[:span] for row, span in zip(counts, spans.tolist(), strict=True)]


def layout_of(key: Key, rules: Rules, total: ScoreScale, extra_names: Sequence[str]) -> ResultLayout:
    """All that the result files need to know of the exam."""
    shapes = shapes_of(key)
    units = [unit for unit, _, _ in key.criteria]
    criteria = [Place("pc", unit, element, pc) for unit, element, pc in key.criteria]
    places, members = groups_of(key.criteria)
    parts = [Shapes(*(part[:, list(of)].sum(axis=1) for part in shapes)) for of in members]
    grouped = Shapes(*(np.stack(columns, axis=1) for columns in zip(*parts, strict=True)))
    return ResultLayout(
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
        extra_names=tuple(extra_names),
    )


def _judged(places: Sequence[Place], scales: Sequence[Sequence[CriterionScale]]) -> Judged:
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
    return Judged(tuple(places), tuple(different), shape)


def extra_names(files: Sequence[AnswerFile]) -> list[str]:
    """The extra columns of all files, in the order in which they are met."""
    return list(dict.fromkeys(name for file in files for name in file.structure.extra_names))


def extra_places(files: Sequence[AnswerFile]) -> tuple[tuple[int | None, ...], ...]:
    """By file, which of its extra columns each of `extra_names` is."""
    names = extra_names(files)
    found = []
    for file in files:
        own = {name: n for n, name in enumerate(file.structure.extra_names)}
        found.append(tuple(own.get(name) for name in names))
    return tuple(found)


# ── rows that are not scored ─────────────────────────────────────────────────────────────────


def set_aside_rows(
    folder: Path, reading: tasks.Reading, read: ReadParts, settled: Settled
) -> Iterator[tuple[str, SetAside]]:
    """Every row that is not scored, with its file, in the order of files and lines."""
    proven = _proven_rows(reading, read, settled)
    at_once = faults(folder, reading, read, settled)
    for number, (part, before) in enumerate(zip(read.parts, read.first_line, strict=True)):
        name = reading.files[part.file].structure.name
        later = (
            (name, row._replace(line=row.line + before, raw=row.raw or proven[part.file][row.line + before]))
            for row in settled.set_aside.get(number, ())
        )
        yield from merge(next(at_once), later, key=lambda one: one[1].line)


def faults(
    folder: Path, reading: tasks.Reading, read: ReadParts, settled: Settled
) -> Iterator[Iterator[tuple[str, SetAside]]]:
    """By part, the rows that were set aside when they were read and stay so, with their file."""
    for number, (part, before) in enumerate(zip(read.parts, read.first_line, strict=True)):
        yield _faults(folder, number, reading.files[part.file].structure.name, before, settled)


def _faults(
    folder: Path, number: int, name: str, before: int, settled: Settled
) -> Iterator[tuple[str, SetAside]]:
    for block in blocks(tasks.place(folder, "aside", number)):
        for row in block["rows"]:
            one, reason = SetAside(*row), settled.of_undecided.get((number, row[0]))
            if reason:
                one = one._replace(reason=reason, undecided=())
            if reason != "":
                yield name, one._replace(line=one.line + before)


def _proven_rows(
    reading: tasks.Reading, read: ReadParts, settled: Settled
) -> Mapping[int, Mapping[int, str]]:
    """By file and line, the text of rows that were not kept when they were read."""
    wanted: dict[int, set[int]] = {}
    for number, rows in settled.set_aside.items():
        lines = {row.line + read.first_line[number] for row in rows if not row.raw}
        if lines:
            wanted.setdefault(read.parts[number].file, set()).update(lines)
    return {file: raw_rows(reading.files[file], lines) for file, lines in wanted.items()}


def write_format(name: str, layout: ResultLayout, rows: Iterator[ResultRows], target: Path) -> None:
    """The results in another form."""
    from examgen.scoring.results.formats import RESULT_FORMATS

    [wanted] = [one for one in RESULT_FORMATS if one.name == name]
    wanted.write(layout, rows, target)
