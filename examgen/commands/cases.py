"""`examgen case …`: appeals and complaints of a sitting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from examgen.analyses.reported.parts import Parts, ReportedFiles, ReportedLine, ReportedTable
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import ExamDir, Workspace, workspace_near
from examgen.commands.signing import prompt_passphrase
from examgen.commands.sitting import sitting_of
from examgen.core.case_kinds import KIND_WORDS, OUTCOME_WORDS, SOURCE_WORDS, CaseKind, CaseOutcome
from examgen.core.options import Argument, Day, Option
from examgen.core.problems import WrongUsage
from examgen.core.words import tell, tell_n
from examgen.reports.signing import opened_keys

if TYPE_CHECKING:
    from examgen.scoring.sitting_cases import Case
    from examgen.sitting.cases import CaseState

with on_use():
    from examgen.core import storage
    from examgen.core.exam import manifest
    from examgen.sitting import answering, cases, second_reading

Number = Annotated[str, Argument(tell("The case by its number: A1, C2."), metavar="NO")]
Files = Annotated[
    tuple[Path, ...],
    Option(tell("A file that belongs to the case (again for each); it is copied."), metavar="FILE"),
]
Received = Annotated[Day | None, Option(tell("The day of it; left out: today."))]
Due = Annotated[
    Day | None, Option(tell("The day by which it is to be answered, in place of the body’s rule."))
]


class CaseOpen(Command):
    """An appeal or a complaint that came in, under the next number."""

    details = tell(
        "An appeal is a candidate’s, against a released result: A1, A2. A complaint may come from anybody: "
        "C1, C2. The deadline is that of examgen.yaml (`cases`), or `--due`. An appeal that comes too late "
        "is opened all the same, and told to be late."
    )

    exam_dir: ExamDir
    kind: Annotated[CaseKind, Option(tell("What it is: appeal or complaint."), metavar="KIND", name="--as")]
    about: Annotated[str, Option(tell("What is asked, or complained of."), metavar="TEXT")]
    by: Annotated[str, Option(tell("Who opens the case."), metavar="NAME")]
    candidate: Annotated[
        str, Option(tell("Whose it is: the number of a candidate; of an appeal always."), metavar="ID")
    ] = ""
    sender: Annotated[
        str, Option(tell("Who complains, if that is no candidate."), metavar="NAME", name="--from")
    ] = ""
    received: Annotated[Day | None, Option(tell("The day on which it came; left out: today."))] = None
    way: Annotated[str, Option(tell("How it came: a letter, by hand, an e-mail."), metavar="TEXT")] = ""
    release: Annotated[
        Annotated[int, Field(ge=1)] | None,
        Option(
            tell("The release that an appeal is against; left out: the last one before it came."), metavar="N"
        ),
    ] = None
    handler: Annotated[str, Option(tell("Who handles it; left out: who opens it."), metavar="NAME")] = ""
    due: Due = None
    file: Files = ()
    workspace: Workspace = None

    @model_validator(mode="after")
    def _whose(self) -> Self:
        if self.kind == "appeal" and not self.candidate.strip():
            raise ValueError(tell("an appeal is a candidate’s: name the number with --candidate"))
        if self.kind == "complaint" and not (self.candidate.strip() or self.sender.strip()):
            raise ValueError(tell("say who complains, with --from or --candidate"))
        if self.candidate.strip() and self.sender.strip():
            raise ValueError(tell("--candidate or --from: one of the two says whose it is"))
        if self.kind == "complaint" and self.release is not None:
            raise ValueError(tell("--release goes with an appeal"))
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Open it."""
        place = sitting_of(self.exam_dir)
        made = cases.open_case(
            place,
            workspace_near(self.workspace, self.exam_dir / "exam.yaml"),
            self.kind,
            self.about,
            self.by,
            self.received,
            candidate=self.candidate,
            sender=self.sender,
            way=self.way,
            release=self.release,
            handler=self.handler,
            due=self.due,
            files=_named_files(self.file),
        )
        return _after(place, made, _opened(made))


class CaseAdd(Command):
    """More of a case: evidence, a note, another deadline, another person who handles it."""

    exam_dir: ExamDir
    number: Number
    by: Annotated[str, Option(tell("Who adds it."), metavar="NAME")]
    note: Annotated[
        str, Option(tell("What is noted; with --due, why there is another deadline."), metavar="TEXT")
    ] = ""
    handler: Annotated[str, Option(tell("Who handles it from now on."), metavar="NAME")] = ""
    due: Due = None
    file: Files = ()
    date: Received = None

    def execute(self, progress: Progress) -> Outcome:
        """Add it."""
        place = sitting_of(self.exam_dir)
        files = _named_files(self.file)
        made = cases.add_to_case(
            place, self.number, self.by, self.note,
            handler=self.handler, due=self.due, files=files, day=self.date,
        )  # fmt: skip
        return _after(place, made, iter([ReportedLine(tell("{number}: added", number=made.number))]))


class CaseShow(Command):
    """The cases of a sitting with their deadlines, or all of one case."""

    exam_dir: ExamDir
    number: Annotated[str, Argument(tell("A case by its number."), metavar="NO")] = ""

    def execute(self, progress: Progress) -> Outcome:
        """Show them."""
        place = sitting_of(self.exam_dir)
        if self.number:
            one = cases.state_of(place, self.number)
            return Outcome(one.as_dict(), _shown(one, self.exam_dir))
        found = cases.states(place)
        left = [one for one in found if not one.is_closed]
        document = {
            "cases": [one.as_dict() for one in found],
            "open": [one.case.number for one in left],
            "overdue": [one.case.number for one in left if one.is_overdue],
        }
        return Outcome(document, _list(found))


class CaseSheet(Command):
    """The picture of a candidate’s sheet as it was scanned, for a second reading."""

    details = tell(
        "Nothing is drawn on it, and no result stands beside it. Where the answers came as a file there is "
        "no picture: the second person reads the paper, and `case read --from-paper` says so."
    )

    exam_dir: ExamDir
    number: Number
    out: Annotated[Path, Option(tell("Where to write it: a .png or a .pdf."), metavar="FILE")]

    @model_validator(mode="after")
    def _is_picture(self) -> Self:
        if self.out.suffix.lower() not in (".png", ".pdf"):
            raise ValueError(tell("--out names a .png or a .pdf"))
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Write it."""
        place = sitting_of(self.exam_dir)
        if self.out.exists():
            raise WrongUsage(tell("{path} is there already: name another file", path=self.out))
        case = cases.state_of(place, self.number).case
        row = cases.row_of_case(place, case)
        pictures = second_reading.sheet_pictures(place, row)
        storage.write_file(self.out, second_reading.sheet_file(pictures, self.out.suffix.lower()))
        document = {"case": case.number, "file": str(self.out), "pages": len(pictures), "form": row.form,
                    "questions": len(row.marks)}  # fmt: skip
        title = tell_n(
            "{number}: {n:,} page, form {form}, {questions} questions, without any result:",
            "{number}: {n:,} pages, form {form}, {questions} questions, without any result:",
            len(pictures),
            number=case.number,
            form=row.form,
            questions=len(row.marks),
        )
        return Outcome(document, [ReportedFiles(title, [self.out])])


class CaseRead(Command):
    """The answers that another person read from the sheet, beside those that were scored."""

    details = tell(
        "Who reads has had no part in the result: neither decided on this candidate, on a mark or on the "
        "row, nor read these answers before. A difference changes nothing by itself: what follows is a "
        "decision on the mark, a scoring and a release."
    )

    exam_dir: ExamDir
    number: Number
    answers: Annotated[
        str,
        Option(
            tell(
                "The answers, as “1=A 2=- 3=B,C”, or a file: CSV of question and answer, or one answer a "
                "line."
            ),
            metavar="FILE|TEXT",
        ),
    ]
    by: Annotated[str, Option(tell("Who read them."), metavar="NAME")]
    from_paper: Annotated[bool, Option(tell("They were read from the paper, not from the picture."))] = False
    date: Received = None

    def execute(self, progress: Progress) -> Outcome:
        """Put the reading on record, and compare it."""
        place = sitting_of(self.exam_dir)
        given = second_reading.answers_given(self.answers)
        source: Literal["picture", "paper"] = "paper" if self.from_paper else "picture"
        made = cases.read_again(place, self.number, given, self.by, source, self.date)
        return _after(place, made, _readings(made, self.exam_dir, last=True))


class CaseDecide(Command):
    """A decision on a case; of an appeal, a decision on the candidate goes on record with it."""

    details = tell(
        "Who decides has neither read the answers for this case nor decided on the result before. Where the "
        "plan of the sitting asks two persons, the case is decided once another person decides the same."
    )

    exam_dir: ExamDir
    number: Number
    outcome: Annotated[
        CaseOutcome,
        Option(tell("allowed, partly, dismissed or withdrawn."), metavar="OUTCOME", name="--as"),
    ]
    reason: Annotated[str, Option(tell("Why; the answer to the case says it."), metavar="WHY")]
    by: Annotated[str, Option(tell("Who decides: a person, a committee."), metavar="NAME")]
    date: Annotated[Day | None, Option(tell("The day of the decision; left out: today."))] = None
    confirmed_by: Annotated[
        str, Option(tell("Who confirmed it, where the body asks for a second person."), metavar="NAME")
    ] = ""

    def execute(self, progress: Progress) -> Outcome:
        """Decide it."""
        place = sitting_of(self.exam_dir)
        made = cases.decide_case(
            place, self.number, self.outcome, self.by, self.reason, self.date, self.confirmed_by
        )
        return _after(place, made, _next(cases.state_of(place, made.number), self.exam_dir))


class CaseAnswer(Command):
    """The letter that answers a case: Thai and English, kept with the case, on record as sent."""

    exam_dir: ExamDir
    number: Number
    out: Annotated[Path, Option(tell("The PDF to write."), metavar="FILE")]
    by: Annotated[str, Option(tell("Who sends it."), metavar="NAME")]
    date: Annotated[Day | None, Option(tell("The day on which it is sent; left out: today."))] = None
    digits: Annotated[Literal["arabic", "thai"], Option(tell("Figures of Thai texts: arabic or thai."))] = (
        "arabic"
    )
    sign: Annotated[
        str | None,
        Option(
            tell("Sign the letter with the key and certificate of a PEM or PKCS#12 file."),
            metavar="KEY",
        ),
    ] = None
    certificate: Annotated[
        Path | None, Option(tell("The certificate (PEM, DER) of that key."), metavar="FILE", is_rare=True)
    ] = None
    passphrase: Annotated[bool, Option(tell("Ask for the passphrase of the key."))] = False
    workspace: Workspace = None

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        if (self.certificate or self.passphrase) and not self.sign:
            raise ValueError(tell("--certificate and --passphrase belong to a key: name it with --sign"))
        if self.out.suffix.lower() != ".pdf":
            raise ValueError(tell("--out names a .pdf"))
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Write and send it."""
        place = sitting_of(self.exam_dir)
        near = workspace_near(self.workspace, self.exam_dir / "exam.yaml")
        ask = prompt_passphrase if self.passphrase else None
        with opened_keys(None, self.sign, self.certificate, None, ask) as (_, signer):
            letter = answering.letter_of(place, near, self.digits, signer)
            done = cases.answer_case(place, self.number, self.by, letter, self.date, self.out)
        sent = done.case.letters[-1]
        shown = [
            ReportedFiles(
                tell("{number}: answered on {day}:", number=done.case.number, day=sent.date), [self.out]
            ),
            ReportedLine(tell("  SHA-256 on record: {sha256}", sha256=sent.sha256)),
            *_next(done, self.exam_dir),
        ]
        return Outcome(done.as_dict(), shown)


class CaseClose(Command):
    """Close a case that its answer does not close."""

    details = tell(
        "An answer closes a case. By hand one closes a case that was answered otherwise, and an appeal that "
        "was allowed and changes no result: the reason says why."
    )

    exam_dir: ExamDir
    number: Number
    reason: Annotated[str, Option(tell("Why it is closed."), metavar="WHY")]
    by: Annotated[str, Option(tell("Who closes it."), metavar="NAME")]
    date: Received = None

    def execute(self, progress: Progress) -> Outcome:
        """Close it."""
        place = sitting_of(self.exam_dir)
        made = cases.close_case(place, self.number, self.by, self.reason, self.date)
        return _after(place, made, iter([ReportedLine(tell("{number}: closed", number=made.number))]))


def _named_files(paths: Sequence[Path]) -> dict[str, Path]:
    """Files by the names that the case knows them by; of two of one name, each with its folder."""
    n = Counter(path.name for path in paths)
    return {path.name if n[path.name] == 1 else str(path): path for path in paths}


def _after(place: Any, case: Case, shown: Parts) -> Outcome:
    return Outcome(cases.state_of(place, case.number).as_dict(), list(shown))


def _opened(case: Case) -> Parts:
    yield ReportedLine(
        tell(
            "{number}: {kind}, received on {day}, {whose}",
            number=case.number,
            kind=KIND_WORDS[case.kind],
            day=case.received,
            whose=case.whose,
        ),
        "bold",
    )
    if case.release:
        yield ReportedLine(tell("  against release {n} (run {run})", n=case.release, run=case.run))
    if case.is_late:
        yield ReportedLine(tell("  late: one could appeal until {day}", day=case.last_day), "yellow")
    if case.due:
        yield ReportedLine(tell("  to be answered by {day}", day=case.due))
    else:
        yield ReportedLine(
            tell("  no deadline: examgen.yaml has none under `cases`, and --due was not given"), "yellow"
        )
    for one in case.files:
        yield ReportedLine(tell("  {name}: kept as {file}", name=one.name, file=one.file))


def _list(found: Sequence[CaseState]) -> Parts:
    if not found:
        yield ReportedLine(tell("no appeal and no complaint is on record"))
        return
    heads = [
        *(tell("case"), tell("received"), tell("from"), tell("about"), tell("due"), tell("handled by")),
        tell("state"),
    ]
    rows = [
        (
            one.case.number,
            one.case.received,
            one.case.whose,
            one.case.about,
            one.case.due or "–",
            one.case.handler,
            cases.STATUS_WORDS[one.status],
        )
        for one in found
    ]
    yield ReportedTable(tell("Appeals and complaints"), heads, rows, numbers_from=len(heads))
    for words in cases.open_words(found):
        yield ReportedLine(words, "yellow")


def _shown(one: CaseState, exam_dir: Path) -> Parts:
    case = one.case
    yield from _opened(case)
    yield ReportedLine(tell("  about: {about}", about=case.about))
    yield ReportedLine(tell("  handled by {name}", name=case.handler))
    for day, by, note in case.notes:
        yield ReportedLine(tell("  {day}, {by}: {note}", day=day, by=by, note=note))
    yield from _readings(case, exam_dir)
    yield from _next(one, exam_dir)
    for letter in case.letters:
        yield ReportedLine(tell("  answered on {day} ({sha256})", day=letter.date, sha256=letter.sha256[:16]))
    if case.closed_on:
        yield ReportedLine(
            tell(
                "  closed on {day} by {by}: {reason}",
                day=case.closed_on,
                by=case.closed_by,
                reason=case.closed_reason,
            )
        )


def _readings(case: Case, exam_dir: Path, last: bool = False) -> Parts:
    letters = manifest.letters_of(exam_dir) if case.readings else ""
    for reading in case.readings[-1:] if last else case.readings:
        yield ReportedLine(
            tell(
                "  {by} read the answers on {day}, {source}: {n:,} of {of:,} agree with run {run}",
                by=reading.by,
                day=reading.date,
                source=SOURCE_WORDS[reading.source],
                n=reading.n_alike,
                of=reading.of,
                run=reading.run,
            ),
            "yellow" if reading.differences else "green",
        )
        for one in reading.differences:
            yield ReportedLine(
                tell(
                    "    question {n}: scored {scored}, read {read}",
                    n=one.question,
                    scored=second_reading.in_print(one.scored, letters),
                    read=second_reading.in_print(one.read, letters),
                ),
                "yellow",
            )
        if reading.differences and not case.outcome:
            yield ReportedLine(
                tell(
                    "  the result is as it was: decide on these marks (examgen take {exam_dir} marks.csv), "
                    "score, release – or say in the reason of the decision why they stand",
                    exam_dir=exam_dir,
                ),
                "yellow",
            )


def _next(one: CaseState, exam_dir: Path) -> Parts:
    case = one.case
    if one.proposal is not None:
        yield ReportedLine(
            tell(
                "{number}: {outcome}, decided by {by}; it holds once another person decides the same",
                number=case.number,
                outcome=OUTCOME_WORDS[one.proposal.details["outcome"]],
                by=one.proposal.by,
            ),
            "yellow",
        )
    if case.outcome:
        yield ReportedLine(
            tell(
                "{number}: {outcome}, {day}, {by}: {reason}",
                number=case.number,
                outcome=OUTCOME_WORDS[case.outcome],
                day=case.decided_on,
                by=", ".join(filter(None, (case.decided_by, case.confirmed_by))),
                reason=case.reason,
            ),
            "bold",
        )
    if one.release_now:
        told = one.result_now
        yield ReportedLine(
            tell("  release {n}: no result", n=one.release_now)
            if told is None
            else tell(
                "  release {n}: {score} of {most} points, before {before}",
                n=one.release_now,
                score=told.score,
                most=told.max_score,
                before=tell("no result") if case.result is None else case.result.score,
            )
        )
    if one.awaits_result:
        yield ReportedLine(
            tell(
                "  the result is not changed yet: correct what was wrong, score and release (examgen score "
                "{exam_dir}), or close the case and say why no result changes",
                exam_dir=exam_dir,
            ),
            "yellow",
        )
    if one.status == "decided":
        yield ReportedLine(
            tell(
                "  to be answered: examgen case answer {exam_dir} {number} --out letter.pdf --by NAME",
                exam_dir=exam_dir,
                number=case.number,
            ),
            "yellow",
        )
    if one.is_overdue:
        yield ReportedLine(tell("  overdue: it was to be answered by {day}", day=case.due), "yellow")
