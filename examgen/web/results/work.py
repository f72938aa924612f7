"""Long work on results: reports made."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from examgen.problems import Refused
from examgen.web.access import may
from examgen.web.accounts.models import User
from examgen.web.accounts.roles import Role
from examgen.web.audit.record import record
from examgen.web.jobs.kinds import Outcome, Progress, kind
from examgen.web.results.pages import READ
from examgen.web.workspace import exam_folder, units_of_exam, workspace
from examgen.words import tell, tell_n
from examgen.workflow.reports import candidates, results
from examgen.workflow.reports.shown import told_of
from examgen.workflow.reports.signing import opened_keys, private_keys


def checked(asked: dict[str, Any], *roles: Role) -> User:
    """Who asked for a job, if they still have one of the roles; Refused where not."""
    by = User.objects.get(username=asked["by"])
    if not may(by, roles, units_of_exam(str(asked["exam"]))):
        raise Refused(tell("you may no longer do this: the role that it asks for was taken from you"))
    return by


@kind("reports", tell("Make reports"))
def reports(asked: dict[str, Any], progress: Progress) -> Outcome:
    """The reports of a run, of the kinds that were chosen."""
    exam = str(asked["exam"])
    folder, by = exam_folder(exam), checked(asked, *READ)
    key = None
    if asked.get("key"):
        checked(asked, Role.APPROVER)
        told = told_of(folder)
        if told is None or told.run.number != asked["run"] or told.state.state != "released":
            raise Refused(tell("only reports of what is released are signed"))
        key = private_keys(workspace()).get(str(asked["key"]))
        if key is None:
            raise Refused(tell("the key {key} is no longer there", key=asked["key"]))
    wanted = results.ReportAsked(run=str(asked["run"]), lang=asked["lang"], pdf=bool(asked["pdf"]))
    problems: list[Any] = []
    n = 0
    for name in asked["kinds"]:
        if name == "candidate":
            with opened_keys(key, pdf=wanted.pdf) as (codes, signer):
                which = candidates.CandidatesAsked(html=not wanted.pdf, key=codes, signer=signer)
                made = candidates.candidate_reports(folder, workspace(), wanted, which, progress)
        else:
            made = results.report(folder, workspace(), str(name), wanted, progress)
        problems += made.problems
        n += 1
    record(by, "reports.made", exam, run=asked["run"], kinds=asked["kinds"], is_signed=key is not None)
    message = tell_n(
        "{n} report of run {run} is made", "{n} reports of run {run} are made", n, run=asked["run"]
    )
    return Outcome(message, reverse("results", args=[exam]), problems=tuple(problems))
