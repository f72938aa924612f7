"""Decisions about persons, recorded in the sitting: on results, second looks, appeals, and excused
absence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from examgen.capture.cells import is_damaged, read_id
from examgen.capture.grader_decisions import clean_text
from examgen.core.candidate_numbers import canonical_number
from examgen.core.changes import change
from examgen.core.exam.names import RESULTS
from examgen.core.exam.package import read_exam, read_package
from examgen.core.exam.runs import Run, all_runs, newest_run
from examgen.core.files import PRIVATE_FOLDER
from examgen.core.models.decisions import DECISION_KINDS, UNTIL_RESTORED, DecisionName
from examgen.core.models.form import Exam
from examgen.core.person_decisions import PersonDecision, TotalResult, last_looks, standing, waivers
from examgen.core.person_names import same_person
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, command, either, tell
from examgen.scoring.method_results import methods_asked, results_now
from examgen.scoring.run_tables import read_table
from examgen.scoring.sitting_cases import cases_about, cases_of
from examgen.scoring.sitting_events import events_of
from examgen.scoring.sitting_folder import Sitting
from examgen.scoring.sitting_plan import plan_of
from examgen.scoring.sitting_record import SittingAct, decisions_of, proposals, put_on_record
from examgen.sitting import roster

_MOST = 20
"""The maximum number of incidents that a message lists."""


def decide(
    sitting: Sitting,
    candidates: Sequence[str],
    decision: DecisionName,
    by: str,
    reason: str,
    day: date | None = None,
    confirmed_by: str = "",
    evidence: str = "",
    method: str = "",
    incident: str = "",
) -> list[SittingAct]:
    """Record a decision on these candidates. If the plan of the sitting requires a second person for it and
    `confirmed_by` is empty, it is a proposal, which takes effect when another person makes the same
    decision.

    Raises Refused, and writes nothing, if an id is on no list and in no run, if the day is in the future, if
    the decision changes nothing, if it does not match the candidate's result (a second look needs a result,
    `changed` a different earlier one, an excused absence none), or if no centre reported the `incident`.
    """
    sitting.place.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with sitting.changing():
        new = decision_acts(
            sitting, candidates, decision, by, reason, day, confirmed_by, evidence, method, incident
        )
        with change(sitting.place, PRIVATE_FOLDER) as one:
            return put_on_record(sitting.place, one, new, clean_text(by))


def decision_acts(
    sitting: Sitting,
    candidates: Sequence[str],
    decision: DecisionName,
    by: str,
    reason: str,
    day: date | None = None,
    confirmed_by: str = "",
    evidence: str = "",
    method: str = "",
    incident: str = "",
    case: str = "",
    outcome: str = "",
    told: tuple[int, TotalResult] | None = None,
) -> list[dict[str, Any]]:
    """Return the acts that record a decision in a sitting that the caller has locked: decisions (`person`),
    or proposals if another person must make the same decision.

    `case` is the appeal that is decided, `outcome` its outcome, and `told` the run and result that the appeal
    is against. Raises Refused like `decide`.
    """
    today = date.today()
    exam = read_exam(sitting.exam)
    asked = {one for methods in methods_asked(exam).values() for one in methods}
    if method and method not in asked:
        others = either(sorted(asked)) if asked else tell("no other method")
        message = tell("the standard requires {known} besides the written test", known=others)
        raise Refused.because("nothing was recorded", [Problem(method, "method-not-asked", message)])
    problems = []
    if day is not None and day > today:
        message = tell("{day} is in the future", day=day.isoformat())
        raise Refused.because("nothing was recorded", [Problem("date", "day-to-come", message)])
    incident = _incident(sitting, incident)
    plan = plan_of(sitting.exam)
    about = DECISION_KINDS[decision].about
    if plan is not None and (day or today) < plan.date and about not in ("attendance", "method"):
        message = tell("{day} is before the exam, on {sitting}", day=day or today, sitting=plan.date)
        raise Refused.because("nothing was recorded", [Problem("date", "before-the-sitting", message)])
    asks_two = plan is not None and decision in plan.second_person and not clean_text(confirmed_by)
    known, before, acts = roster.known(sitting), _Before(sitting, exam, method), sitting.acts(files=False)
    new: list[dict[str, Any]] = []
    for number, written in {canonical_number(read_id(one)): one for one in candidates}.items():
        fault: tuple[str, Message] | None = None
        if is_damaged(written) or number not in known:
            message = tell("is on no list of this sitting and in no scored row")
            fault = "unknown-candidate", message
        else:
            fault = before.fault(decision, number)
        if fault is not None:
            problems.append(Problem(written, *fault))
            continue
        said: dict[str, Any] = {
            "act": decision,
            "kind": "proposed" if asks_two or decision == "dropped" else "person",
            "file": "",
            "name": known[number],
            "sha256": "",
            "size": 0,
            "reason": clean_text(reason),
            "date": (day or today).isoformat(),
            "confirmed_by": clean_text(confirmed_by),
            "evidence": clean_text(evidence),
            "method": method,
            "incident": incident,
            "case": case,
            **({"details": {"outcome": outcome}} if outcome else {}),
        }
        if told is not None:
            said |= {"run": told[0], "result": told[1]}
        elif number in before.results and about not in ("result", "method"):
            said |= {"run": before.run, "result": before.results[number]}
        proposed = before.proposals.get((number, decision, method)) if asks_two else None
        if proposed is not None and (proposed.case != case or proposed.details.get("outcome", "") != outcome):
            message = tell(
                "has a different proposal by {by}. Make the same decision in this case, or "
                "cancel the proposal with `dropped`",
                by=proposed.by,
            )
            problems.append(Problem(written, "proposed-otherwise", message))
            continue
        if about == "appeal" and not case and (own := _undecided(acts, known[number])):
            message = tell(
                "has appeal {case}, which must be decided first: {command}",
                case=own,
                command=command("case decide"),
            )
            problems.append(Problem(written, "appeal-open", message))
            continue
        if proposed is not None and proposed.result == said.get("result"):
            if said["date"] < proposed.date:
                message = tell("was proposed on {day}, which is later", day=proposed.date)
                problems.append(Problem(written, "before-the-proposal", message))
                continue
            if same_person(proposed.by, by):
                message = tell("was proposed by {by}. A different person must confirm", by=proposed.by)
                problems.append(Problem(written, "second-person", message))
                continue
            said |= {
                "kind": "person",
                "by": proposed.by,
                "confirmed_by": clean_text(by),
                "confirms": proposed.n,
                "reason": "; ".join(dict.fromkeys(filter(None, (proposed.reason, said["reason"])))),
                "incident": said["incident"] or proposed.incident,
                "evidence": "; ".join(dict.fromkeys(filter(None, (proposed.evidence, said["evidence"])))),
            }
        new.append(said)
    if problems:
        raise Refused.because("nothing was recorded", problems)
    return new


def _undecided(acts: Sequence[SittingAct], candidate: str) -> str:
    """Return the number of a candidate's appeal that is not decided yet; empty if there is none."""
    found = cases_about(cases_of(acts).values(), candidate)
    return next((one.number for one in found if one.kind == "appeal" and not one.outcome), "")


def _incident(sitting: Sitting, name: str) -> str:
    """Return the name of an incident as its centre wrote it. Raises Refused if no file reports it."""
    if not name:
        return ""
    events = events_of(sitting, read_package(sitting.exam))
    found = events.incident(clean_text(name))
    if found is not None:
        return found.name
    known = ", ".join(one.name for one in events.incidents[:_MOST])
    message = tell(
        "is not an incident in the returns of the centres. Known incidents: {known}", known=known or "–"
    )
    raise Refused.because("nothing was recorded", [Problem(name, "unknown-incident", message)])


class _Before:
    """The earlier decisions on candidates, and their results in the newest run."""

    def __init__(self, sitting: Sitting, exam: Exam, method: str) -> None:
        self._sitting, self._exam, self._method = sitting, exam, method
        acts = sitting.acts(files=False)
        decisions, self.proposals = decisions_of(acts), proposals(acts)
        self._waived = waivers(decisions)
        self._standing, self._looks = standing(decisions), last_looks(decisions)
        newest = newest_run(sitting.exam / RESULTS)
        self.run = 0 if newest is None else newest.number
        self.results: Mapping[str, TotalResult] = {} if newest is None else results_in(newest)
        """The results in the newest run, by canonical candidate number."""

    def fault(self, decision: DecisionName, number: str) -> tuple[str, Message] | None:
        """Return the code and message of the reason why this decision cannot be made on a candidate; None if
        it can."""
        if decision == "dropped":
            is_proposed = any(who == number for who, _, _ in self.proposals)
            return (
                None if is_proposed else ("nothing-to-drop", tell("has no decision waiting for confirmation"))
            )
        if self._method:
            return self._method_fault(decision, number)
        result, holds = self.results.get(number), self._standing.get(number)
        last = self._looks.get((number, result)) if result is not None else None
        if decision == "restored" and holds is None:
            message = tell("has the result from scoring, so there is nothing to restore")
            return "nothing-to-restore", message
        if decision in UNTIL_RESTORED and holds is not None and holds.decision == decision:
            return "decided-already", _decided_before(holds)
        if decision == "excused" and result is not None:
            return "not-absent", tell("has a result in run {run}, so was not absent", run=self.run)
        if decision == "reopened" and (last is None or last.decision == "reopened"):
            return "nothing-to-reopen", tell("has no recorded second look")
        if not DECISION_KINDS[decision].looks_at_result:
            return None
        if result is None:
            if not self.run:
                return "no-result", tell("has no result yet. Score the answers first")
            message = tell("has no result in run {run}, the newest", run=self.run)
            return "no-result", message
        is_look = DECISION_KINDS[decision].about == "second look"
        if is_look and last is not None and last.decision != "reopened":
            if last.decision != decision:
                message = tell(
                    "has the decision “{before}” by {by}. First reopen the second look with `reopened`",
                    before=last.words,
                    by=last.by,
                )
                return "decided-otherwise", message
            return "decided-already", _decided_before(last)
        if decision == "changed" and not self._had_another(number, result):
            message = tell(
                "has had the same result in every run, {score} of {max_score} points. First "
                "record the change (a decision on a mark or row, or a correction of the key) "
                "and score again, then use `changed`",
                score=result.score,
                max_score=result.max_score,
            )
            return "nothing-changed", message
        return None

    def _method_fault(self, decision: DecisionName, number: str) -> tuple[str, Message] | None:
        waived = self._waived.get((number, self._method))
        if decision == "restored":
            return None if waived else ("nothing-to-restore", tell("has no such waiver"))
        if waived is not None:
            return "decided-already", _decided_before(waived)
        for (who, _), held in results_now(self._sitting.exam, self._exam).items():
            for name, one in held.items():
                if who == number and name == self._method and one.result != "absent":
                    return "has-result", tell("already has a result of this method, of {day}", day=one.day)
        return None

    def _had_another(self, number: str, result: TotalResult) -> bool:
        """Return whether an earlier run has a different result for the candidate."""
        return any(one.get(number, result) != result for one in self._earlier())

    def _earlier(self) -> Iterator[Mapping[str, TotalResult]]:
        runs = [one for one in all_runs(self._sitting.exam / RESULTS) if one.number < self.run]
        return map(results_in, reversed(runs))


def excused_with_result(sitting: Sitting) -> list[str]:
    """Return the candidates who are recorded as excused but have a result in the newest run."""
    held = standing(sitting.decisions()).items()
    excused = {who: one.candidate_id for who, one in held if one.decision == "excused"}
    newest = newest_run(sitting.exam / RESULTS) if excused else None
    return [] if newest is None else [excused[who] for who in results_in(newest) if who in excused]


def _decided_before(earlier: PersonDecision) -> Message:
    return tell("already has this decision, by {by}", by=earlier.by)


def results_in(run: Run) -> dict[str, TotalResult]:
    """Return the result of each candidate scored in a run, by canonical number."""
    table = read_table(run.folder / "candidates.csv")
    rows = table.select("candidate_id", "score", "max_score", pl.col("decision").fill_null("")).iter_rows()
    return {canonical_number(who): TotalResult(*result) for who, *result in rows}
