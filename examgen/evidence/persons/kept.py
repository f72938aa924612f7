"""What a rule keeps of a person: a certificate in force, an open case, results for the time of the body."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from examgen.bank.settings import retention_settings
from examgen.core.exam.names import RESULTS, SITTING
from examgen.core.exam.releases import all_releases
from examgen.core.problems import ExamgenError, Problem
from examgen.core.words import option, tell
from examgen.evidence.persons.found import bytes_of
from examgen.evidence.persons.spelling import Spellings
from examgen.scoring.sitting_cases import Case, cases_of
from examgen.scoring.sitting_record import RECORD, read_acts

CERTIFICATES = "register/certificates.jsonl"
_ENDED = ("withdrawn",)


class KeptByRule(NamedTuple):
    """What stays of a person, and until when; `stops` an erasure that is not limited to the rest."""

    problem: Problem
    until: date | None
    path: str = ""
    """The file that stays as it is where the erasure is limited; empty where it cannot be."""
    whose: str = ""
    """The tombstone of the person, where it is about one."""


def kept_by_rule(
    workspace: Path, exams: Iterable[str], spellings: Spellings, today: date
) -> list[KeptByRule]:
    """Everything that a rule keeps of these persons."""
    found = [*_certificates(workspace, spellings, today)]
    for exam in sorted(exams):
        found += _cases(workspace / exam, exam, spellings)
        found += _times(workspace, exam, today)
    return found


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    found = []
    for line in bytes_of(path).splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict):
            found.append(said)
    return found


def _certificates(workspace: Path, spellings: Spellings, today: date) -> list[KeptByRule]:
    """Certificates that are in force, or suspended: whoever shows one may ask for it."""
    last: dict[str, dict[str, Any]] = {}
    for said in _lines(workspace / CERTIFICATES):
        number = str(said.get("number") or "")
        last[number] = {**last.get(number, {}), **{name: one for name, one in said.items() if one}}
    found = []
    for number, said in last.items():
        whose = spellings.of_candidate(str(said.get("candidate_id") or ""))
        if whose is None or said.get("act") in _ENDED:
            continue
        until = _day(said.get("until"))
        if until is not None and until < today:
            continue
        when = tell("until {until}", until=until) if until is not None else tell("without an end")
        message = tell(
            "certificate {number} is in force {when}: withdraw it first, or wait; with {limited} the "
            "register of certificates keeps number and name, and all else is erased",
            number=number,
            when=when,
            limited=option("limited"),
        )
        found.append(
            KeptByRule(Problem(CERTIFICATES, "certificate-in-force", message), until, CERTIFICATES, whose)
        )
    return found


def _cases(exam: Path, name: str, spellings: Spellings) -> list[KeptByRule]:
    """Appeals and complaints that nobody has answered yet."""
    found = []
    for case in cases_of(read_acts(exam / SITTING)).values():
        whose = whose_case(case, spellings)
        if whose is not None and not case.is_answered:
            message = tell("case {case} is open: its papers are kept until it is closed", case=case.number)
            problem = Problem(f"{name}/{SITTING}/{RECORD}", "case-open", message)
            found.append(KeptByRule(problem, None, "", whose))
    return found


def whose_case(case: Case, spellings: Spellings) -> str | None:
    """The tombstone of the person who brought a case; None where it is of somebody else."""
    whose = spellings.of_candidate(case.candidate_id) if case.candidate_id else None
    if whose is None and case.sender and (plain := spellings.in_text(case.sender)) != case.sender:
        whose = plain
    return whose


def _times(workspace: Path, exam: str, today: date) -> list[KeptByRule]:
    """Results that the body keeps for a time."""
    rule = retention_settings(workspace)
    if rule.least is None:
        return []
    since = released_on(workspace / exam)
    until = since + timedelta(days=rule.least) if since is not None else None
    if since is None or until is None or until <= today:
        return []
    why = "" if rule.reason is None else rule.reason.en
    message = tell(
        "results of {exam} are kept until {until}, as `retention` of examgen.yaml says{reason}",
        exam=exam,
        until=until,
        reason=f": {why}" if why else "",
    )
    return [KeptByRule(Problem("examgen.yaml", "kept-by-rule", message), until)]


def released_on(exam: Path) -> date | None:
    """The day of the last release of an exam, or that on which its record was written; None without one."""
    try:
        releases = all_releases(exam / RESULTS)
    except ExamgenError:
        return None
    if not releases:
        return None
    day = _day(releases[-1].said.get("date"))
    return day or date.fromtimestamp(releases[-1].path.stat().st_mtime)


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10]) if text else None
    except ValueError:
        return None
