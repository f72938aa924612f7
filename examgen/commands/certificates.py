"""`examgen certificate issue`, `change`, `list` and `print`: the certificates of competence and their
register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import model_validator

from examgen.analysis.parts import Parts, ReportedLine, ReportedProblems, ReportedTable, line, line_n
from examgen.commands import screen
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import ExamDir, Workspace, workspace_of
from examgen.commands.signing import prompt_passphrase
from examgen.commands.sitting import sitting_of, with_act
from examgen.core.options import Argument, Day, Option, argument, setting
from examgen.core.problems import Exit
from examgen.core.words import Message, invalid, tell, tell_n

with on_use():
    from examgen.bank import workspaces
    from examgen.evidence import certificates, printed_certificates

_MOST = 20
"""The maximum number of certificates listed after they were issued."""
By = Annotated[str, Option(tell("Person or committee responsible."), metavar="NAME", name="--by")]
Numbers = Annotated[tuple[str, ...], Argument(tell("Certificate numbers."), metavar="NUMBER...")]
Since = Annotated[
    Day | None,
    Option(tell("First day (default: the day of the release)."), label=tell("Valid from"), name="--from"),
]
Until = Annotated[
    Day | None,
    Option(
        tell("Last day (default: by the validity in examgen.yaml, `reports: validity`)."),
        label=tell("Valid until"),
        metavar="2029-06-19",
    ),
]


class CertificateIssue(Command):
    """Issue certificates to those who met a unit in the released run of an exam."""

    details = tell(
        "Certificates go to candidates who passed the exam and every other method that "
        "the standard requires, and who have no certificate of the unit yet. If you "
        "name candidates and one of them is not entitled, no certificate is issued. "
        "Numbers follow the pattern in examgen.yaml (`certificates: number`) and are "
        "never reused."
    )

    exam_dir: ExamDir
    candidates: tuple[str, ...] = argument("Candidate numbers (default: all).", (), metavar="ID...")
    by: By
    since: Since = None
    until: Until = None
    dry_run: bool = setting("List who would get a certificate, and issue nothing.", False)

    def execute(self, progress: Progress) -> Outcome:
        """Enter the certificates into the register, or list the candidates who would get one."""
        sitting_of(self.exam_dir)  # refuses what is no exam package
        progress(tell("reading the results"))
        workspace = workspaces.find_workspace(self.exam_dir.resolve())
        term = certificates.Term(self.since, self.until)
        done = certificates.issue(workspace, self.exam_dir, self.by, self.candidates, term, self.dry_run)
        document = {
            "certificates": [one.as_dict(date.today()) for one in done.certificates],
            "dry_run": self.dry_run,
            "with_certificate": done.n_before,
            "without_result": [one.as_dict() for one in done.without_result],
            "notices": [str(one) for one in done.notices],
        }
        outcome = Outcome(document, list(_issued(done, self.dry_run)))
        if self.dry_run or not done.certificates:
            return outcome
        last = done.certificates[-1].issued
        return with_act(outcome, last.n, last.digest)


class CertificateChange(Command):
    """Suspend, reinstate, withdraw or renew certificates."""

    numbers: Numbers
    act: Literal["suspended", "reinstated", "withdrawn", "renewed"] = setting(
        "New status: suspended, reinstated, withdrawn or renewed.", metavar="ACT", name="--as"
    )
    reason: str = setting("Reason, or reference to the minutes.", metavar="WHY")
    by: By
    since: Day | None = setting(
        "With `--as renewed`: first day (default: the day after the last one).", None, name="--from"
    )
    until: Day | None = setting(
        "With `--as renewed`: last day (default: by the validity in examgen.yaml).",
        None,
        metavar="2029-06-19",
    )
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Enter the change into the register."""
        term = certificates.Term(self.since, self.until)
        place = workspace_of(self.workspace)
        changed = certificates.change(place, self.numbers, self.act, self.by, self.reason, term)
        document = {"certificates": [one.as_dict(date.today()) for one in changed]}
        doubts = certificates.doubts_of(place, changed, date.today())
        lines = [ReportedLine(_now(one)) for one in changed]
        last = max((one.acts[-1] for one in changed), key=lambda act: act.n)
        return with_act(Outcome(document, [*lines, *_doubtful(doubts)]), last.n, last.digest)


class CertificateList(Command):
    """All certificates and their status today; which rest on results that no longer hold; those that are
    named, as PDF."""

    details = tell(
        "With `--out`, each named certificate is written as a PDF (A4 landscape, Thai "
        "and English) with a QR code for checking it."
    )

    numbers: tuple[str, ...] = argument("Certificate numbers (default: all).", (), metavar="NUMBER...")
    status: tuple[Literal["valid", "suspended", "withdrawn", "expired"], ...] = setting(
        "Only certificates with this status: valid, suspended, withdrawn, expired (repeatable).",
        (),
        metavar="STATUS",
    )
    out: Path | None = setting("Folder for the PDF files. It must be new or empty.", None, metavar="DIR")
    sign: Path | None = setting(
        "The body's key. It signs the file and the QR code, which then names the holder.",
        None,
        metavar="PRIVATE.pem",
    )
    passphrase: bool = setting("Prompt for the passphrase of this key.", False)
    workspace: Workspace = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.passphrase and self.sign is None:
            raise invalid("--passphrase requires a key. Give it with --sign.")
        if self.sign is not None and self.out is None:
            raise invalid("--sign requires --out")
        if self.out is not None and not self.numbers:
            raise invalid("--out requires the numbers of the certificates to write")
        if self.out is not None and self.status:
            raise invalid("--status applies to the list, not to --out")
        return self

    def execute(self, progress: Progress) -> Outcome:
        """List the certificates in the register, or print those that are named."""
        place, today = workspace_of(self.workspace), date.today()
        if self.out is not None:
            return self._written(place, self.out, progress)
        listed = certificates.read_register(place)
        if self.numbers:
            listed = tuple(certificates.named(listed, self.numbers))
        found = [one for one in listed if not self.status or one.status(today) in self.status]
        doubts = certificates.doubts_of(place, found, today)
        document = {
            "certificates": [
                {
                    **one.as_dict(today),
                    "doubt": str(doubts.why[one.number]) if one.number in doubts.why else None,
                }
                for one in found
            ],
            "without_exam": list(doubts.without_exam),
            "unread": list(doubts.unread),
        }
        status = Exit.SET_ASIDE if doubts.why else Exit.DONE
        return Outcome(document, _listed(found, doubts), status)

    def _written(self, place: Path, out: Path, progress: Progress) -> Outcome:
        """Write a PDF of each named certificate."""
        ask = prompt_passphrase if self.passphrase else None
        made = printed_certificates.print_certificates(place, self.numbers, out, self.sign, ask, progress)
        document = {
            "folder": str(made.folder),
            "files": list(made.names),
            "signed": self.sign is not None,
            "problems": [one.as_dict() for one in made.problems],
        }
        return Outcome(
            document,
            [
                line_n(
                    "{n:,} certificate written to {folder}",
                    "{n:,} certificates written to {folder}",
                    len(made.names),
                    "bold",
                    folder=screen.short(made.folder),
                ),
                ReportedProblems(made.problems),
            ],
        )


def _issued(done: certificates.Issued, dry_run: bool) -> Parts:
    """Yield which certificates were issued, and who gets none."""
    n = len(done.certificates)
    if dry_run:
        message = tell_n("{n:,} certificate would be issued", "{n:,} certificates would be issued", n)
    else:
        message = tell_n("{n:,} certificate was issued", "{n:,} certificates were issued", n)
    yield ReportedLine(message, "bold")
    yield from _table(done.certificates[:_MOST], {})
    if n > _MOST:
        yield line("  … and {n:,} more", n=n - _MOST)
    if not (n or done.n_before or done.without_result):
        yield line("No candidate met all that the unit asks, other methods of assessment included.", "yellow")
    if done.n_before:
        yield line("already with a certificate of a unit that they met: {n:,}", n=done.n_before)
    for one in done.without_result:
        words = {"candidate": one.candidate_id, "decision": one.words}
        yield line("{candidate} gets no certificate: {decision}", "yellow", **words)
    yield from (ReportedLine(notice, "yellow") for notice in done.notices)


def _now(one: certificates.Certificate) -> Message:
    status = certificates.STATUS_WORDS[one.status(date.today())]
    if one.until is None:
        return tell("{number}: {status}, does not expire", number=one.number, status=status)
    return tell("{number}: {status}, until {until}", number=one.number, status=status, until=one.until)


def _listed(found: Sequence[certificates.Certificate], doubts: certificates.Doubts) -> Parts:
    if not found:
        yield line("The register has no certificates.")
    yield from _table(found, doubts.why)
    yield from _doubtful(doubts)
    if doubts.unread:
        yield line(
            "Not confirmed, because the exam or its record cannot be read or was "
            "shortened: {numbers}. Check the exam with {command}.",
            "red",
            numbers=", ".join(doubts.unread),
            command="`examgen verify`",
        )
    if doubts.without_exam:
        message = tell("of exams outside this workspace, with unknown later results: {n:,}",
                    n=len(doubts.without_exam))  # fmt: skip
        yield ReportedLine(message)


def _doubtful(doubts: certificates.Doubts) -> Parts:
    for number, why in doubts.why.items():
        yield line(
            "{number}: the holder no longer meets the unit ({why}). Decide what happens to the certificate.",
            "yellow",
            number=number,
            why=why,
        )


def _table(found: Sequence[certificates.Certificate], doubts: Mapping[str, Message]) -> Parts:
    heads = [
        *(tell("number"), tell("candidate"), tell("name"), tell("unit"), tell("level")),
        *(tell("from"), tell("until"), tell("status")),
    ]
    rows = []
    for one in found:
        status = certificates.STATUS_WORDS[one.status(date.today())]
        status = tell("{status} (in doubt)", status=status) if one.number in doubts else status
        until = "–" if one.until is None else one.until.isoformat()
        issued = one.issued
        holder = (one.number, issued.candidate_id, issued.name, issued.unit, str(issued.level or "–"))
        rows.append((*holder, issued.since, until, status))
    if rows:
        yield ReportedTable(tell("Certificates"), heads, rows, numbers_from=len(heads))
