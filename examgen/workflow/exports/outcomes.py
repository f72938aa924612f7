"""A scored run → who met which unit, as badges and the awarding body are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from examgen.resources import template_folders
from examgen.scored_run import ScoredRun


class Outcome(NamedTuple):
    """A candidate's row of candidates.csv, a unit of the exam, and the candidate's standing in it: `met`,
    `not_met`, `undecided`, `insufficient`, `not_assessed`."""

    person: Mapping[str, str]
    unit: str
    status: str

    @property
    def met(self) -> bool:
        """Whether the candidate passed the exam and met this unit."""
        return self.person["decision"] == "pass" and self.status == "met"


def outcomes(run: ScoredRun, workspace: Path) -> Iterator[Outcome]:
    """A line for each candidate and unit.

    Of an exam of one unit the pass rule says who met it; of several, who passes and whose points in the unit
    are judged as met, as the candidate's report has it.
    """
    units = [str(unit.code) for unit in run.exam.units]
    if len(units) == 1:
        for person in run.candidates.iter_rows(named=True):
            status = {"pass": "met", "fail": "not_met"}.get(person["decision"], "not_assessed")
            yield Outcome(person, units[0], status)
        return
    from examgen.papers.language import messages
    from examgen.reports.candidate_report.facts import candidate_facts
    from examgen.reports.parts import Words

    facts = candidate_facts(run, Words(messages(template_folders(workspace)), "arabic"))
    criteria = [place for place in facts.places if place.level == "pc"]
    points = run.criteria.select(f"{place.column}_correct" for place in criteria).rows()
    number = {n: k for k, n in enumerate(n for n, one in enumerate(facts.places) if one.level == "pc")}
    for person, own in zip(run.candidates.iter_rows(named=True), points, strict=True):
        scales = facts.forms[person["form"]].scales
        for n, place in enumerate(facts.places):
            if place.level == "unit":
                earned = sum(float(own[number[member]] or 0) for member in scales[n].members)
                yield Outcome(person, place.unit, scales[n].at(earned).status)
