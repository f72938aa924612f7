"""`examgen case …`: appeals and complaints about a sitting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from examgen.analysis.parts import Parts, ReportedFiles, ReportedLine, ReportedTable, line
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import ExamDir, Workspace, workspace_near
from examgen.commands.signing import prompt_passphrase
from examgen.commands.sitting import sitting_of, telling_acts
from examgen.core.models.decisions import KIND_WORDS, OUTCOME_WORDS, SOURCE_WORDS, CaseKind, CaseOutcome
from examgen.core.options import Day, argument, setting
from examgen.core.problems import WrongUsage
from examgen.core.words import invalid, tell, tell_n
from examgen.reports.signing import opened_keys

with on_use():
    from examgen.core import files
    from examgen.core.exam import manifest
    from examgen.scoring import sitting_cases, sitting_folder
    from examgen.sitting import answering, cases, second_reading


class CaseOpen(Command):
    """A new appeal or complaint; or what comes later of one: evidence, a note, a second reading."""

    details = tell(
        "A candidate files an appeal (A1, A2) against a released result. Anyone may "
        "file a complaint (C1, C2). The deadline comes from examgen.yaml (`cases`). A "
        "late appeal is opened all the same, and marked as late. With the number of a "
        "case, the command adds evidence or a note. With `--answers` it compares a second reading of "
        "the sheet with the scored answers. The second reader must have had no part in "
        "the result. A difference changes no result by itself. Decide on the mark, "
        "score and release."
    )

    exam_dir: ExamDir
    number: str = argument("Case to add to (default: a new case).", "", metavar="NO")
    kind: CaseKind | None = setting("Kind of case: appeal or complaint.", None, metavar="KIND", name="--as")
    about: str = setting("Subject of the appeal or complaint.", "", metavar="TEXT")
    by: str = setting("Person who opens the case, adds to it, or has read the answers.", metavar="NAME")
    candidate: str = setting("Candidate number; required for an appeal.", "", metavar="ID")
    sender: str = setting("Complainant, if not a candidate.", "", metavar="NAME", name="--from")
    received: Day | None = setting("Day of receipt (default: today).", None)
    file: tuple[Path, ...] = setting("Evidence file, copied into the case (repeatable).", (), metavar="FILE")
    note: str = setting("Note for the case.", "", metavar="TEXT")
    answers: str = setting(
        "The answers, as “1=A 2=- 3=B,C”, or a file with one answer per line or "
        "a CSV of questions and answers.",
        "",
        metavar="FILE|TEXT",
    )
    from_paper: bool = setting("The answers were read from the paper, not from the picture.", False)
    date: Day | None = setting("Day of the addition (default: today).", None)
    workspace: Workspace = None

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        of_new = self.words_of("kind", "about", "candidate", "sender", "received")
        added = self.words_of("note", "answers", "from_paper", "date")
        if self.number and of_new:
            raise invalid(
                "remove the case number to open a new case with {options}", options=", ".join(of_new)
            )
        if not self.number and added:
            raise invalid("give the number of an open case to use {options}", options=", ".join(added))
        if beside := self.words_of("note", "file") if self.answers else []:
            raise invalid("give {options} and --answers in separate commands", options=", ".join(beside))
        if self.from_paper and not self.answers:
            raise invalid("--from-paper requires --answers")
        if not (self.number or self.kind):
            raise invalid("Give the kind of case with --as: appeal or complaint.")
        if self.candidate.strip() and self.sender.strip():
            raise invalid("use either --candidate or --from")
        return self

    @telling_acts
    def execute(self, progress: Progress) -> Outcome:
        """Open a case, or add to one."""
        place = sitting_of(self.exam_dir)
        if self.answers:
            given = second_reading.answers_given(self.answers)
            source: Literal["picture", "paper"] = "paper" if self.from_paper else "picture"
            made = cases.read_again(place, self.number, given, self.by, source, self.date)
            return _after(place, made, _readings(made, self.exam_dir, last=True))
        files = _named_files(self.file)
        if self.number:
            made = cases.add_to_case(place, self.number, self.by, self.note, files=files, day=self.date)
            return _after(place, made, iter([line("{number}: updated", number=made.number)]))
        assert self.kind is not None
        made = cases.open_case(
            place,
            workspace_near(self.workspace, self.exam_dir / "exam.yaml"),
            self.kind,
            self.about,
            self.by,
            self.received,
            candidate=self.candidate,
            sender=self.sender,
            files=files,
        )
        return _after(place, made, _opened(made))


class CaseShow(Command):
    """The cases of a sitting with their deadlines, or all of one case."""

    details = tell(
        "`--sheet` writes the picture of the candidate’s sheet as it was scanned, for "
        "a second reading, without marks or results on it. If the answers came as a "
        "file, there is no picture. The second person then reads the paper; record "
        "that with `case open --answers --from-paper`."
    )

    exam_dir: ExamDir
    number: str = argument("Number of the case.", "", metavar="NO")
    sheet: Path | None = setting(
        "File for the picture of the candidate’s sheet (.png or .pdf).", None, metavar="FILE"
    )

    @model_validator(mode="after")
    def _is_picture(self) -> Self:
        if self.sheet is not None and self.sheet.suffix.lower() not in (".png", ".pdf"):
            raise invalid("the file for --sheet must end in .png or .pdf")
        if self.sheet is not None and not self.number:
            raise invalid("--sheet needs one case. Give its number.")
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Show the cases."""
        place = sitting_of(self.exam_dir)
        if self.sheet is not None:
            return _sheet(place, self.number, self.sheet)
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


def _sheet(place: sitting_folder.Sitting, number: str, out: Path) -> Outcome:
    """Write the picture of a candidate's sheet."""
    if out.exists():
        raise WrongUsage.because("{path} already exists. Choose another name.", path=out)
    case = cases.state_of(place, number).case
    row = cases.row_of_case(place, case)
    pictures = second_reading.sheet_pictures(place, row)
    files.write_file(out, second_reading.sheet_file(pictures, out.suffix.lower()))
    document = {"case": case.number, "file": str(out), "pages": len(pictures), "form": row.form,
                "questions": len(row.marks)}  # fmt: skip
    title = tell_n(
        "{number}: {n:,} page, form {form}, {questions} questions, without any result:",
        "{number}: {n:,} pages, form {form}, {questions} questions, without any result:",
        len(pictures),
        number=case.number,
        form=row.form,
        questions=len(row.marks),
    )
    return Outcome(document, [ReportedFiles(title, [out])])


class CaseDecide(Command):
    """A decision on a case, or the letter that answers it; of an appeal, a decision on the candidate goes on
    record with the case."""

    details = tell(
        "The person who decides must not have read the answers for this case, or "
        "decided on the result before. If the plan of the sitting requires two "
        "persons, the decision takes effect when a second person makes the same "
        "decision. `--letter` writes the answer in Thai and English, keeps it with the "
        "case, records it as sent and closes the case. `--as closed` closes a case "
        "that was answered in another way, or an allowed appeal that changes no "
        "result. Give the reason."
    )

    exam_dir: ExamDir
    number: str = argument("Number of the case, for example A1 or C2.", metavar="NO")
    outcome: Literal[CaseOutcome, "closed"] | None = setting(
        "Outcome: allowed, partly, dismissed, withdrawn or closed.", None, metavar="OUTCOME", name="--as"
    )
    reason: str = setting("Reason, printed in the answer to the case.", "", metavar="WHY")
    by: str = setting("Person or committee that decides, or person who sends the letter.", metavar="NAME")
    date: Day | None = setting("Day of the decision or letter (default: today).", None)
    confirmed_by: str = setting(
        "Second person who confirmed it, if the body requires one.", "", metavar="NAME"
    )
    letter: Path | None = setting("Write the letter that answers the case, a PDF.", None, metavar="FILE")
    digits: Literal["arabic", "thai"] | None = setting("Digits in Thai texts: arabic or thai.", None)
    sign: str | None = setting(
        "Sign the letter with the key and certificate of a PEM or PKCS#12 file.", None, metavar="KEY"
    )
    certificate: Path | None = setting(
        "Certificate of that key (PEM or DER).", None, metavar="FILE", is_rare=True
    )
    passphrase: bool = setting("Ask for the passphrase of the key.", False)
    workspace: Workspace = None

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        if (self.outcome is None) == (self.letter is None):
            raise invalid("Give a decision with --as, or the file for the answer with --letter.")
        if self.outcome is not None and not self.reason:
            raise invalid("Give the reason with --reason.")
        if self.outcome is not None and (self.digits or self.sign):
            raise invalid("--digits and --sign require --letter")
        if self.letter is not None and (self.reason or self.confirmed_by):
            raise invalid("--reason and --confirmed-by require --as")
        if self.outcome == "closed" and self.confirmed_by:
            raise invalid("--confirmed-by applies to a decision, not to closing the case")
        if (self.certificate or self.passphrase) and not self.sign:
            raise invalid("--certificate and --passphrase require a key. Give it with --sign.")
        if self.letter is not None and self.letter.suffix.lower() != ".pdf":
            raise invalid("the file for --letter must end in .pdf")
        return self

    @telling_acts
    def execute(self, progress: Progress) -> Outcome:
        """Decide, answer or close the case."""
        place = sitting_of(self.exam_dir)
        if self.letter is not None:
            return self._answer(place, self.letter)
        if self.outcome == "closed":
            made = cases.close_case(place, self.number, self.by, self.reason, self.date)
            return _after(place, made, iter([line("{number}: closed", number=made.number)]))
        assert self.outcome is not None
        made = cases.decide_case(
            place, self.number, self.outcome, self.by, self.reason, self.date, self.confirmed_by
        )
        return _after(place, made, _next(cases.state_of(place, made.number), self.exam_dir))

    def _answer(self, place: sitting_folder.Sitting, out: Path) -> Outcome:
        """Write the letter of answer, and record it as sent."""
        near = workspace_near(self.workspace, self.exam_dir / "exam.yaml")
        ask = prompt_passphrase if self.passphrase else None
        with opened_keys(None, self.sign, self.certificate, None, ask) as (_, signer):
            letter = answering.letter_of(place, near, self.digits or "arabic", signer)
            done = cases.answer_case(place, self.number, self.by, letter, self.date, out)
        sent = done.case.letters[-1]
        shown = [
            ReportedFiles(
                tell("{number}: answered on {day}:", number=done.case.number, day=sent.date), [out]
            ),
            line("  SHA-256 on record: {sha256}", sha256=sent.sha256),
            *_next(done, self.exam_dir),
        ]
        return Outcome(done.as_dict(), shown)


def _named_files(paths: Sequence[Path]) -> dict[str, Path]:
    """Return the files by the names that the case will use. Files with the same name keep their path."""
    n = Counter(path.name for path in paths)
    return {path.name if n[path.name] == 1 else str(path): path for path in paths}


def _after(place: sitting_folder.Sitting, case: sitting_cases.Case, shown: Parts) -> Outcome:
    return Outcome(cases.state_of(place, case.number).as_dict(), list(shown))


def _opened(case: sitting_cases.Case) -> Parts:
    yield line(
        "{number}: {kind}, received on {day}, {whose}",
        "bold",
        number=case.number,
        kind=KIND_WORDS[case.kind],
        day=case.received,
        whose=case.whose,
    )
    if case.release:
        yield line("  against release {n} (run {run})", n=case.release, run=case.run)
    if case.is_late:
        yield line("  late: the deadline for appeals was {day}", "yellow", day=case.last_day)
    if case.due:
        yield line("  answer due by {day}", day=case.due)
    else:
        yield line("  no deadline: none in examgen.yaml under `cases`", "yellow")
    for one in case.files:
        yield line("  {name}: kept as {file}", name=one.name, file=one.file)


def _list(found: Sequence[cases.CaseState]) -> Parts:
    if not found:
        yield line("No appeal or complaint is on record.")
        return
    heads = [
        *(tell("case"), tell("received"), tell("from"), tell("about"), tell("due")),
        tell("state"),
    ]
    rows = [
        (
            one.case.number,
            one.case.received,
            one.case.whose,
            one.case.about,
            one.case.due or "–",
            cases.STATUS_WORDS[one.status],
        )
        for one in found
    ]
    yield ReportedTable(tell("Appeals and complaints"), heads, rows, numbers_from=len(heads))
    for words in cases.open_words(found):
        yield ReportedLine(words, "yellow")


def _shown(one: cases.CaseState, exam_dir: Path) -> Parts:
    case = one.case
    yield from _opened(case)
    yield line("  about: {about}", about=case.about)
    for day, by, note in case.notes:
        yield line("  {day}, {by}: {note}", day=day, by=by, note=note)
    yield from _readings(case, exam_dir)
    yield from _next(one, exam_dir)
    for letter in case.letters:
        yield line("  answered on {day} ({sha256})", day=letter.date, sha256=letter.sha256[:16])
    if case.closed_on:
        yield line(
            "  closed on {day} by {by}: {reason}",
            day=case.closed_on,
            by=case.closed_by,
            reason=case.closed_reason,
        )


def _readings(case: sitting_cases.Case, exam_dir: Path, last: bool = False) -> Parts:
    letters = manifest.letters_of(exam_dir) if case.readings else ""
    for reading in case.readings[-1:] if last else case.readings:
        yield line(
            "  {by} read the answers on {day}, {source}: {n:,} of {of:,} agree with run {run}",
            "yellow" if reading.differences else "green",
            by=reading.by,
            day=reading.date,
            source=SOURCE_WORDS[reading.source],
            n=reading.n_alike,
            of=reading.of,
            run=reading.run,
        )
        for one in reading.differences:
            yield line(
                "    question {n}: scored as {scored}, read as {read}",
                "yellow",
                n=one.question,
                scored=second_reading.in_print(one.scored, letters),
                read=second_reading.in_print(one.read, letters),
            )
        if reading.differences and not case.outcome:
            yield line(
                "  The result has not changed. Decide on these marks (examgen take {exam_dir} "
                "marks.csv), score and release, or explain in the decision why they remain.",
                "yellow",
                exam_dir=exam_dir,
            )


def _next(one: cases.CaseState, exam_dir: Path) -> Parts:
    case = one.case
    if one.proposal is not None:
        yield line(
            "{number}: {outcome}, decided by {by}; takes effect when another person makes the same decision",
            "yellow",
            number=case.number,
            outcome=OUTCOME_WORDS[one.proposal.details["outcome"]],
            by=one.proposal.by,
        )
    if case.outcome:
        yield line(
            "{number}: {outcome}, {day}, {by}: {reason}",
            "bold",
            number=case.number,
            outcome=OUTCOME_WORDS[case.outcome],
            day=case.decided_on,
            by=", ".join(filter(None, (case.decided_by, case.confirmed_by))),
            reason=case.reason,
        )
    if one.release_now:
        told = one.result_now
        yield ReportedLine(
            tell("  release {n}: no result", n=one.release_now)
            if told is None
            else tell(
                "  release {n}: {score} of {most} points (previously {before})",
                n=one.release_now,
                score=told.score,
                most=told.max_score,
                before=tell("no result") if case.result is None else case.result.score,
            )
        )
    if one.awaits_result:
        yield line(
            "  The result has not changed yet. Correct the error, score and release "
            "(examgen score {exam_dir}), or close the case and give the reason why no "
            "result changes.",
            "yellow",
            exam_dir=exam_dir,
        )
    if one.status == "decided":
        yield line(
            "  to answer it: examgen case decide {exam_dir} {number} --letter letter.pdf --by NAME",
            "yellow",
            exam_dir=exam_dir,
            number=case.number,
        )
    if one.is_overdue:
        yield line("  overdue: the answer was due by {day}", "yellow", day=case.due)
