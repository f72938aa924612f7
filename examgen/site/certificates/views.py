"""The register of certificates: the list, one certificate with its history, and the certificates of an
exam."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from examgen.bank.settings import body_words
from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import tell, tell_n
from examgen.evidence.certificates import (
    ACT_WORDS,
    OPEN,
    STATUS_WORDS,
    STATUSES,
    Certificate,
    ChangeName,
    Doubts,
    Term,
    change,
    doubts_of,
    fitting,
    issue,
    list_csv,
    number_key,
    read_register,
)
from examgen.evidence.printed_certificates import certificate_pdf, check_printable
from examgen.reports.signing import opened_keys, private_keys
from examgen.site.abuse import Watched
from examgen.site.access import allowed, may, opens, units_for
from examgen.site.accounts.models import Role
from examgen.site.audit.models import record
from examgen.site.body import has_body
from examgen.site.forms import DayField, choice_field, text_field, told_choices
from examgen.site.requests import Request, attachment, done, or_404
from examgen.site.sittings.pages import refusals, refused, told
from examgen.site.workspace import exam_folder, manifest, units_of_exam, workspace
from examgen.site.writing import registering

APPROVERS = frozenset({Role.APPROVER})
READ = frozenset({Role.APPROVER, Role.ADMINISTRATOR})
"""The roles that see the register, which contains names. Auditors see it too."""
MOST = 200
"""The maximum number of certificates on a page."""
COLOURS = {"valid": "good", "suspended": "warn", "withdrawn": "bad", "expired": ""}


class _Days(Watched):
    """The days of a certificate."""

    since = DayField(tell("Valid from"), tell("left empty: the day of the release"))
    until = DayField(tell("Valid until"), tell("left empty: by the validity that the body has set"))

    @property
    def term(self) -> Term:
        """The days that were filled in."""
        return Term(self.cleaned_data["since"], self.cleaned_data["until"])


class IssueForm(_Days):
    """The form for issuing certificates."""

    candidates = text_field(
        tell("Candidates by their numbers"),
        tell("left out: everybody who met a unit and has no certificate of it by this exam"),
        most=20_000,
        required=False,
        rows=2,
    )
    field_order = ("candidates", "since", "until")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if body_words(workspace()).validity is None:  # nothing else says it
            self.fields["until"] = DayField(tell("Valid until"), required=True)


class ChangeForm(_Days):
    """The form for changing a certificate, such as suspending or renewing it."""

    act = choice_field(tell("What becomes of it"))
    reason = text_field(tell("Reason"), most=500)
    field_order = ("act", "reason", "since", "until")

    def __init__(self, *args: Any, acts: Sequence[ChangeName], **more: Any) -> None:
        super().__init__(*args, **more)
        self.choose("act", told_choices({one: ACT_WORDS[one] for one in acts}))
        if "renewed" not in acts:
            del self.fields["since"], self.fields["until"]

    @property
    def term(self) -> Term:
        """The days of a renewal; without days for any other change."""
        return super().term if "since" in self.fields else Term()


class _Line(NamedTuple):
    """A certificate as lists show it."""

    one: Certificate
    status: str
    colour: str
    doubt: str


def _seen(request: Request) -> list[Certificate]:
    """Returns the certificates of the units in which the user has a role that may see them."""
    units = units_for(request.user, READ | {Role.AUDITOR})
    return [one for one in read_register(workspace()) if units is None or one.issued.unit in units]


def _lines(found: Sequence[Certificate], doubts: Doubts) -> list[_Line]:
    today = timezone.localdate()
    statuses = [(one, one.status(today)) for one in found]
    return [
        _Line(one, STATUS_WORDS[status], COLOURS[status], doubts.why.get(one.number, ""))
        for one, status in statuses
    ]


def _searched(request: Request, found: Sequence[Certificate]) -> list[Certificate]:
    """Returns the certificates that match the search, last issued first."""
    text, status = request.GET.get("text", "")[:100], request.GET.get("status", "")
    key, today = number_key(text), timezone.localdate()
    return [
        one
        for one in reversed(found)
        if (status not in STATUSES or one.status(today) == status)
        and (
            not key
            or any(key in number_key(own) for own in (one.number, one.issued.candidate_id, one.issued.name))
        )
    ]


@allowed("certificates/", "certificates", read=READ)
def certificates(request: Request) -> HttpResponse:
    """Shows all certificates, with a search by number, candidate or name."""
    seen = _seen(request)
    found = _searched(request, seen)
    doubts = doubts_of(workspace(), seen, timezone.localdate())
    shown = {
        "found": _lines(found[:MOST], doubts),
        "n": len(found),
        "most": MOST,
        "doubtful": _lines([one for one in seen if one.number in doubts.why][:MOST], doubts),
        "n_doubtful": len(doubts.why),
        "text": request.GET.get("text", "")[:100],
        "status": request.GET.get("status", ""),
        "STATUS_WORDS": STATUS_WORDS,
        "exams": reverse("exams") if opens(request.user, reverse("exams")) else None,
    }
    return render(request, "certificates/list.html", shown)


@allowed("certificates/list.csv", "certificates-list", read=READ)
def listed(request: Request) -> HttpResponse:
    """Returns the certificates that were searched for as a CSV file."""
    found, today = _searched(request, _seen(request)), timezone.localdate()
    data = list_csv(found, doubts_of(workspace(), found, today), today)
    record(request.user, "certificate.list", lines=len(found))
    return attachment(data, "certificates.csv")


def _certificate(request: Request, n: int) -> Certificate:
    """Returns the certificate issued by line `n` of the register.

    Raises Http404 if there is none that the user may see.
    """
    return or_404(next((one for one in _seen(request) if one.issued.n == n), None))


@allowed("certificates/<int:n>/", "certificate", read=READ, write=APPROVERS)
def certificate(request: Request, n: int) -> HttpResponse:
    """Shows a certificate and its history. An approver changes it here."""
    one = _certificate(request, n)
    is_approver = may(request.user, APPROVERS, {one.issued.unit})
    if request.method == "POST" and not is_approver:
        raise Http404
    today = timezone.localdate()
    form = ChangeForm(request.POST or None, acts=fitting(one, today))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        act, detail = given["act"], {"kind": given["act"], "reason": given["reason"]}
        with refusals(request), registering(request.user, "certificate.change", one.number, **detail):
            change(workspace(), [one.number], act, request.user.signature, given["reason"], form.term)
            return done(request, tell("The register has it."), "certificate", n=n)
    doubts = doubts_of(workspace(), [one], today)
    (line,) = _lines([one], doubts)
    shown = {
        "line": line,
        "acts": [(act, ACT_WORDS[act.act]) for act in one.acts],
        "form": form,
        "faults": refused(request),
        "is_approver": is_approver,
        "may_change": is_approver and bool(fitting(one, today)),
        "keys": [*private_keys(workspace())],
        "has_body": has_body(),
        "may_print": is_approver and one.status(today) in ("valid", "expired"),
    }
    return render(
        request, "certificates/one.html", shown, status=422 if refused(request) or form.errors else 200
    )


@allowed("certificates/<int:n>/pdf/", "certificate-pdf", read=APPROVERS, secret=True)
def printed(request: Request, n: int) -> HttpResponse:
    """Returns a certificate as PDF, signed with the chosen key, if any."""
    one = _certificate(request, n)
    if not may(request.user, APPROVERS, {one.issued.unit}):
        raise Http404
    name = request.GET.get("key", "")
    key = private_keys(workspace()).get(name)
    if name and key is None:
        raise Http404
    check_printable(one)
    with opened_keys(key) as (code_key, signer):
        data = certificate_pdf(workspace(), one, code_key, signer)
    record(request.user, "certificate.take", one.number, is_signed=key is not None)
    return attachment(data, f"{re.sub(r'[^A-Za-z0-9._-]', '-', one.number)}.pdf")


@allowed("exams/<str:exam>/certificates/", "certificates-exam", read=APPROVERS, write=APPROVERS)
def of_exam(request: Request, exam: str) -> HttpResponse:
    """Shows the candidates who can get a certificate by an exam, and those who have one. An approver issues
    certificates here."""
    folder = exam_folder(exam)
    sent = request.POST if request.method == "POST" else None
    form = IssueForm(sent)
    by = request.user.signature
    if sent is not None and form.is_valid():
        who = [one for one in re.split(r"[\s,;]+", form.cleaned_data["candidates"]) if one]
        with refusals(request), registering(request.user, "certificate.issue", exam) as one:
            made = issue(workspace(), folder, by, who, form.term)
            numbers = [certificate.number for certificate in made.certificates]
            n = len(numbers)
            one.note(n=n, first=numbers[:1], last=numbers[-1:])
            words = tell_n("{n:,} certificate was issued", "{n:,} certificates were issued", n)
            return done(request, words, "certificates-exam")
    waiting, lacks, unnamed = None, list[dict[str, str]](), list[str]()
    try:
        # who has to say until when they hold has said nothing yet: any day to come shows whom they go to
        soon = timezone.localdate() + timedelta(days=1)
        term = Term(until=soon) if form.fields["until"].required else OPEN
        waiting = issue(workspace(), folder, by, term=term, dry_run=True)
    except ExamgenError as error:
        problems = error.problems if isinstance(error, Refused) else ()
        unnamed = [one.source for one in problems if one.code == "no-name"]
        lacks = [] if unnamed else told(error)
    name = manifest(exam)["blueprint"]["exam"]
    own = [one for one in _seen(request) if one.issued.exam == name]
    doubts = doubts_of(workspace(), own, timezone.localdate())
    shown = {
        "exam": exam,
        "form": form,
        "faults": refused(request),
        "waiting": waiting,
        "has_body": has_body(),
        "lacks": lacks,
        "unnamed": unnamed[:MOST],
        "n_unnamed": len(unnamed),
        "is_approver": may(request.user, APPROVERS, units_of_exam(exam)),
        "found": _lines(own[:MOST], doubts),
        "n": len(own),
        "most": MOST,
    }
    return render(
        request, "certificates/exam.html", shown, status=422 if refused(request) or form.errors else 200
    )
