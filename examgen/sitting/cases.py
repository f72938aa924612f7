"""Appeals and complaints of a sitting: opened, read a second time by another person, decided, answered.

Everything is a recorded act (`sitting_cases.py`) and is never changed afterwards. The person who reads the
answers again had no part in the result, and the person who decides has neither read them nor decided on the
result before (ISO/IEC 17024:2012, 9.8 and 9.9).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple

from examgen.bank.settings import body_words, case_settings
from examgen.capture.cells import read_id
from examgen.capture.grader_decisions import clean_text
from examgen.core.candidate_numbers import canonical_number
from examgen.core.changes import FileChange, change
from examgen.core.exam.digests import digest_key_of, keyed
from examgen.core.exam.names import RESULTS
from examgen.core.exam.package import read_exam
from examgen.core.exam.releases import Release, all_releases, run_of_release
from examgen.core.exam.runs import Run, newest_run
from examgen.core.files import PRIVATE, PRIVATE_FOLDER, sha256, sha256_of
from examgen.core.models.decisions import PREFIXES, CaseKind, CaseOutcome, CaseSource, DecisionName
from examgen.core.person_decisions import TotalResult
from examgen.core.person_names import same_person
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.words import Message, either, joined, option, tell
from examgen.scoring.sitting_cases import (
    Case,
    case_file,
    cases_about,
    cases_of,
)
from examgen.scoring.sitting_folder import Sitting, plain_name
from examgen.scoring.sitting_plan import plan_of
from examgen.scoring.sitting_record import (
    CaseActName,
    SittingAct,
    copy_closed,
    file_act,
    proposals,
    put_on_record,
)
from examgen.sitting import roster
from examgen.sitting.deciding import decision_acts, results_in
from examgen.sitting.second_reading import (
    HadPart,
    ScoredRow,
    answers_read,
    compared,
    has_picture,
    refuse_who_had_part,
    rows_of,
    scored_row,
    who_decided,
    who_read,
    written,
)

CaseStatus = Literal["open", "proposed", "decided", "waiting", "closed"]
STATUS_WORDS: Mapping[str, Message] = {
    "open": tell("awaiting a decision"),
    "proposed": tell("decided by one person, waiting for a second"),
    "decided": tell("waiting for an answer"),
    "waiting": tell("result not yet changed"),
    "closed": tell("closed"),
}
LONGEST = 4000
"""The maximum number of characters of the subject of a case, and of a reason."""
MOST_BYTES = 200_000_000
"""The maximum size of a file of evidence, in bytes."""
_OF_OUTCOMES: Mapping[CaseOutcome, DecisionName] = {
    "allowed": "appeal-allowed",
    "partly": "appeal-allowed",
    "dismissed": "appeal-dismissed",
}


CaseStep = Literal["read", "read-or-decide", "decide", "result", "answer", "close", ""]
"""The next step in a case; empty if it is closed. For a complaint, people decide whether it concerns the
answers, which are then read again."""
TO_READ = frozenset({"read", "read-or-decide"})
"""Steps in which somebody may still read the answers again. That person must not know the earlier reading."""


class CaseState(NamedTuple):
    """A case and its status."""

    case: Case
    status: CaseStatus
    is_overdue: bool
    awaits_result: bool
    """Whether an appeal was allowed and no later release has a different result."""
    release_now: int = 0
    """The last release, if it is later than the one under appeal; `result_now` is the result in it."""
    result_now: TotalResult | None = None
    proposal: SittingAct | None = None
    """The decision that waits for confirmation by a second person."""
    has_answers: bool = False
    """Whether the candidate has scored answers that can be read again."""

    @property
    def is_closed(self) -> bool:
        """Whether nothing remains to be done."""
        return self.status == "closed"

    @property
    def step(self) -> CaseStep:
        """The next step. For an appeal, the answers are read again before it is decided; for a complaint, if
        it concerns them."""
        if self.is_closed:
            return ""
        if not self.case.outcome:
            if self.case.readings or self.proposal is not None or not self.has_answers:
                return "decide"
            return "read" if self.case.kind == "appeal" else "read-or-decide"
        if self.awaits_result:
            return "result"
        return "close" if self.case.letters else "answer"

    def as_dict(self) -> dict[str, Any]:
        """Return the case for `--json`."""
        case = self.case
        said = {name: value for name, value in case._asdict().items() if value not in ("", (), None, 0)}
        if case.result is not None:
            said["result"] = case.result._asdict()
        if case.notes:
            said["notes"] = [dict(zip(("date", "by", "note"), one, strict=True)) for one in case.notes]
        if case.readings:
            said["readings"] = [
                {**one._asdict(), "differences": [each._asdict() for each in one.differences]}
                for one in case.readings
            ]
        for name in ("letters", "files"):
            if name in said:
                said[name] = [one._asdict() for one in said[name]]
        said |= {"status": self.status, "overdue": self.is_overdue, "late": case.is_late}
        if self.awaits_result:
            said["awaits_result"] = True
        if self.release_now:
            now = None if self.result_now is None else self.result_now._asdict()
            said |= {"release_now": self.release_now, "result_now": now}
        if self.proposal is not None:
            said["proposed"] = {"by": self.proposal.by, "outcome": self.proposal.details["outcome"]}
        return said


def states(sitting: Sitting) -> list[CaseState]:
    """Return every case of a sitting with its status, in the order in which they were opened."""
    acts = sitting.acts(files=False)
    cases = cases_of(acts).values()
    if not cases:
        return []
    today = date.today()
    waiting = {one.case: one for one in proposals(acts).values() if one.case}
    releases = all_releases(sitting.exam / RESULTS)
    now: Mapping[str, TotalResult] | None = None
    found = []
    for case in cases:
        told: tuple[int, TotalResult | None] = (0, None)
        if case.kind == "appeal" and releases and releases[-1].number > case.release:
            if now is None:
                now = results_in(run_of_release(sitting.exam / RESULTS, releases[-1]))
            told = releases[-1].number, now.get(canonical_number(case.candidate_id))
        is_other = bool(told[0]) and told[1] != case.result
        awaits = (
            case.kind == "appeal"
            and case.outcome in ("allowed", "partly")
            and not case.closed_on
            and not is_other
        )
        status: CaseStatus = "closed"
        if not case.closed_on:
            if not case.outcome:
                status = "proposed" if case.number in waiting else "open"
            elif not case.letters:
                status = "decided"
            elif awaits:
                status = "waiting"
        is_unread = not case.outcome and not case.readings and bool(case.candidate_id)
        has_answers = is_unread and _answers_of_case(sitting, case) is not None
        found.append(
            CaseState(
                case,
                status,
                case.is_overdue(today),
                awaits,
                *told,
                waiting.get(case.number),
                has_answers,
            )
        )
    return found


def _answers_of_case(sitting: Sitting, case: Case) -> ScoredRow | None:
    """Return the answers that can be read a second time for a case; None if there are none."""
    try:
        return row_of_case(sitting, case)
    except ExamgenError:
        return None


class UnreadAnswers(NamedTuple):
    """Answers that may still be read again for a case, by a person who must not see the earlier reading."""

    case: str
    candidate: str
    """The candidate number in canonical form."""
    file: str
    """The file name that decisions use."""
    line: int


def unread_answers(sitting: Sitting, by: str) -> list[UnreadAnswers]:
    """Return the answers waiting for a second reading that this person may do."""
    found = []
    for state in states(sitting):
        row = _answers_of_case(sitting, state.case) if state.step in TO_READ else None
        if row is None:
            continue
        try:
            refuse_reader(sitting, state.case, row, by)
        except Refused:
            continue
        candidate = canonical_number(row.candidate_id)
        found.append(UnreadAnswers(state.case.number, candidate, row.known_as, row.line))
    return found


def state_of(sitting: Sitting, number: str) -> CaseState:
    """Return a case by its number, ignoring case and spaces around it. Raises Refused if there is none."""
    found = states(sitting)
    known = {one.case.number: one for one in found}
    case = known.get(number.strip().upper())
    if case is None:
        there = either(known) if known else tell("no cases")
        raise Refused.because(
            "there is no such case",
            [
                Problem(
                    clean_text(number)[:40],
                    "no-such-case",
                    tell("existing cases: {there}", there=there),
                )
            ],
        )
    return case


def open_words(found: Sequence[CaseState]) -> list[Message]:
    """Return messages on the cases that are not closed."""
    left = [one for one in found if not one.is_closed]
    appeals, complaints = (
        joined([_named(one) for one in left if one.case.kind == kind], "; ") for kind in PREFIXES
    )
    return [
        *([tell("open appeals: {names}", names=appeals)] if appeals else []),
        *([tell("open complaints: {names}", names=complaints)] if complaints else []),
    ]


def _named(one: CaseState) -> Message:
    number, status = one.case.number, STATUS_WORDS[one.status]
    if one.is_overdue:
        return tell(
            "{number} ({status}, overdue since {day})", number=number, status=status, day=one.case.due
        )
    if one.case.due and not one.case.is_answered:
        return tell("{number} ({status}, due on {day})", number=number, status=status, day=one.case.due)
    return tell("{number} ({status})", number=number, status=status)


# ── opening ──────────────────────────────────────────────────────────────────────────────────


def open_case(
    sitting: Sitting,
    workspace: Path,
    kind: CaseKind,
    about: str,
    by: str,
    received: date | None = None,
    *,
    candidate: str = "",
    sender: str = "",
    files: Mapping[str, Path] = {},
) -> Case:
    """Open a case under the next number, with copies of files given as evidence, by their names.

    An appeal is made by a candidate against the last release before it was received. The deadline is that of
    the body's rule. A late appeal is opened, and marked as late. Raises Refused with every fault, and opens
    nothing.
    """
    today = date.today()
    day = received or today
    problems = [*_text_faults(about=about, by=by), *_longest(sender=sender)]
    own, body = case_settings(workspace), body_words(workspace)
    days = own.appeal_days if kind == "appeal" else own.complaint_days
    deadline = None if days is None else day + timedelta(days=days)
    plan = plan_of(sitting.exam)
    first = [] if plan is None else [(plan.date, tell("the sitting"))]
    number_of = canonical_number(read_id(candidate)) if candidate.strip() else ""
    who = ""
    if number_of:
        known = roster.known(sitting)
        if number_of not in known:
            message = tell("is on no list of this sitting and in no scored row")
            problems.append(Problem(candidate, "unknown-candidate", message, field="candidate"))
        who = known.get(number_of, candidate)
    if kind == "appeal" and not number_of:
        message = tell("only a candidate can appeal. Give the candidate number")
        problems.append(Problem("candidate", "no-candidate", message))
    if kind == "complaint" and not number_of and not clean_text(sender):
        message = tell("give the person who complains, by name or candidate number")
        problems.append(Problem("sender", "nobody-named", message))
    against: Release | None = None
    run: Run | None = None
    if kind == "appeal":
        found = _release_against(sitting, day)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            against = found
            run = run_of_release(sitting.exam / RESULTS, against)
            first.append((against.day, tell("release {n}", n=against.number)))
    problems += _day_faults(day, "received", first)
    problems += _file_faults(files)
    if problems:
        raise Refused.because("no case was opened", problems)
    last_day = ""
    if against is not None and body.appeal is not None and body.appeal.is_reckoned:
        last_day = body.appeal.after(against.day).isoformat()
    details: dict[str, Any] = {
        "case": kind,
        "about": clean_text(about),
        "sender": "" if who else clean_text(sender),
        "candidate_id": who,
        "due": "" if deadline is None else deadline.isoformat(),
        "last_day": last_day,
        "release": 0 if against is None else against.number,
    }
    result = results_in(run).get(number_of) if run is not None else None
    sitting.place.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with sitting.changing():
        cases = cases_of(sitting.acts(files=False))
        for one in cases_about(cases.values(), who) if who and kind == "appeal" else ():
            if one.kind == kind and one.release == details["release"] and not one.outcome:
                message = tell(
                    "already has an open appeal against this release, {number}. Add to that appeal",
                    number=one.number,
                )
                raise Refused.because("no case was opened", [Problem(who, "appeal-open", message)])
        n = 1 + sum(one.kind == kind for one in cases.values())
        number = f"{PREFIXES[kind]}{n}"
        said = _act("case-opened", number, day, details={k: v for k, v in details.items() if v})
        if run is not None:
            said |= {"run": run.number, "result": result}
        with change(sitting.place, PRIVATE_FOLDER) as one_change:
            evidence = _evidence(sitting, one_change, number, files, ())
            put_on_record(sitting.place, one_change, [said, *evidence], clean_text(by))
    return state_of(sitting, number).case


def add_to_case(
    sitting: Sitting,
    number: str,
    by: str,
    note: str = "",
    *,
    files: Mapping[str, Path] = {},
    day: date | None = None,
) -> Case:
    """Add files or a note to a case. Raises Refused with every fault."""

    def said(state: CaseState, today: date) -> Iterator[Problem]:
        yield from _text_faults(by=by)
        yield from _longest(note=note)
        if not (clean_text(note) or files):
            message = tell("there is nothing to add. Give a file or a note")
            yield Problem(state.case.number, "nothing-added", message)
        yield from _day_faults(day or today, "date", _since(state.case.received))
        yield from _file_faults(files)

    def acts(state: CaseState, one: FileChange, today: date) -> list[dict[str, Any]]:
        added = _act("case-added", state.case.number, day or today, clean_text(note))
        held = [file.file for file in state.case.files]
        return [
            *([added] if added["reason"] else []),
            *_evidence(sitting, one, state.case.number, files, held),
        ]

    return _put(sitting, number, by, tell("nothing was added"), said, acts)


# ── a second reading ─────────────────────────────────────────────────────────────────────────


def row_of_case(sitting: Sitting, case: Case) -> ScoredRow:
    """Return the answers of the candidate of a case as they were scored: for an appeal in the run it is
    against, for a complaint in the released run or else the newest. Raises Refused if there are none."""
    refusal = tell("there is nothing to read again")
    if not case.candidate_id:
        message = tell("does not belong to a candidate")
        raise Refused(refusal, [Problem(case.number, "no-candidate", message)])
    run = _run_of(sitting, case)
    if run is None:
        raise Refused(refusal, [Problem(case.number, "not-scored", tell("the answers have not been scored"))])
    if read_exam(sitting.exam).blueprint.is_rated:
        message = tell(
            "this exam is rated by assessors. Instead of a second reading, record another "
            "rating with the decision `remarked`"
        )
        raise Refused(refusal, [Problem(case.number, "rated", message)])
    row = scored_row(sitting, run, case.candidate_id)
    if row is None:
        message = tell("has no scored answers in run {run}", run=run.number)
        raise Refused(refusal, [Problem(case.candidate_id, "no-answers", message)])
    return row


def refuse_reader(sitting: Sitting, case: Case, row: ScoredRow, by: str) -> None:
    """Raise Refused if a person cannot be the independent second reader: because they decided on this
    candidate, a mark or the row, read the answers before, or released the result."""
    rows, acts = [row, *_other_rows(sitting, case, row)], sitting.acts(files=False)
    had_part = [
        *who_decided(sitting, acts, case.candidate_id, rows),
        *who_read(acts, case.candidate_id),
        *(
            HadPart(str(one.said["by"]), tell("released this result"))
            for one in all_releases(sitting.exam / RESULTS)
            if one.run == row.run.number
        ),
    ]
    refuse_who_had_part(by, had_part, tell("the reading would not be independent"))


def read_again(
    sitting: Sitting,
    number: str,
    given: Sequence[tuple[str, str, str]],
    by: str,
    source: CaseSource,
    day: date | None = None,
) -> Case:
    """Record the answers that another person read, and the differences from what was scored.

    Raises Refused with every fault of the answers, if the reader had a part before, or if the reading is from
    a picture that does not exist.
    """
    case = state_of(sitting, number).case
    row = row_of_case(sitting, case)
    if source == "picture" and not has_picture(sitting, row):
        message = tell(
            "the answers came in a file ({file}), so there is no image of the sheet. Read the "
            "paper itself and confirm with {from_paper}",
            file=row.file,
            from_paper=option("from-paper"),
        )
        raise Refused.because(
            "the second reading was not saved", [Problem(case.number, "no-picture", message)]
        )
    marks = answers_read(given, row)

    def said(state: CaseState, today: date) -> Iterator[Problem]:
        yield from _text_faults(by=by)
        yield from _decided_faults(state)
        yield from _day_faults(day or today, "date", _since(state.case.received))

    def acts(state: CaseState, one: FileChange, today: date) -> list[dict[str, Any]]:
        refuse_reader(sitting, state.case, row, by)
        details = {
            "source": source,
            "answers": written(marks),
            "keyed": keyed(digest_key_of(sitting.exam), written(marks)),
            "of": len(marks),
            "differences": [one._asdict() for one in compared(row, marks)],
        }
        act = _act("case-reading", state.case.number, day or today, details=details)
        return [act | {"run": row.run.number}]

    return _put(sitting, number, by, tell("the second reading was not saved"), said, acts)


# ── deciding, answering, closing ─────────────────────────────────────────────────────────────


def refuse_decider(sitting: Sitting, case: Case, by: str) -> None:
    """Raise Refused if a person cannot decide a case: because they read the answers for it, decided on this
    candidate, a mark or the row, or released the result under appeal."""
    found: list[HadPart] = [
        HadPart(one.by, tell("read the answers again for this case")) for one in case.readings
    ]
    acts = sitting.acts(files=False)
    if case.candidate_id:
        runs = _runs(sitting, case)
        found += who_decided(sitting, acts, case.candidate_id, rows_of(sitting, case, runs))
    if case.release:
        against = all_releases(sitting.exam / RESULTS)[case.release - 1]
        found.append(HadPart(str(against.said["by"]), tell("released the result under appeal")))
    refuse_who_had_part(by, found, tell("the decision would not be independent"))


def decide_case(
    sitting: Sitting,
    number: str,
    outcome: CaseOutcome,
    by: str,
    reason: str,
    day: date | None = None,
    confirmed_by: str = "",
) -> Case:
    """Decide a case; for an appeal, a decision on the person is recorded with it.

    If the plan of the sitting requires a second person for that decision, the first person's is a proposal,
    and the case stays open until another person makes the same decision. Raises Refused with every fault.
    """

    def said(state: CaseState, today: date) -> Iterator[Problem]:
        yield from _text_faults(by=by, reason=reason)
        yield from _decided_faults(state)
        yield from _day_faults(day or today, "date", _since(state.case.last_day_of_act))
        if clean_text(confirmed_by) and same_person(confirmed_by, by):
            message = tell("is the person who decides. A different person must confirm")
            yield Problem("confirmed_by", "second-person", message)

    def acts(state: CaseState, one: FileChange, today: date) -> list[dict[str, Any]]:
        case = state.case
        # also if it is withdrawn: nobody may end an appeal against their own act
        for name in filter(None, (by, clean_text(confirmed_by))):
            refuse_decider(sitting, case, name)
        decided: dict[str, Any] = {
            "by": clean_text(by),
            "confirmed_by": clean_text(confirmed_by),
            "reason": clean_text(reason),
        }
        of_person: list[dict[str, Any]] = []
        if case.kind == "appeal" and outcome != "withdrawn":
            of_person = decision_acts(
                sitting,
                [case.candidate_id],
                _OF_OUTCOMES[outcome],
                by,
                reason,
                day,
                confirmed_by,
                case=case.number,
                outcome=outcome,
                told=None if case.result is None else (case.run, case.result),
            )
            if of_person[0]["kind"] == "proposed":
                return of_person
            kept = ("by", "confirmed_by", "reason")
            decided |= {name: of_person[0][name] for name in kept if name in of_person[0]}
        act = _act("case-decided", case.number, day or today, details={"outcome": outcome})
        return [*of_person, {**act, **decided}]

    return _put(sitting, number, by, tell("the case was not decided"), said, acts)


LetterMaker = Callable[[CaseState, date], bytes]


def answer_case(
    sitting: Sitting,
    number: str,
    by: str,
    letter: LetterMaker,
    day: date | None = None,
    out: Path | None = None,
) -> CaseState:
    """Make the letter that answers a case, store it with the case, write it to `out`, and record it as sent
    on that day. A case may be answered again, for example if its result has changed since. Raises Refused
    if the case is not decided."""

    def said(state: CaseState, today: date) -> Iterator[Problem]:
        yield from _text_faults(by=by)
        if not state.case.outcome:
            message = tell("is not decided. Decide it before you answer")
            yield Problem(state.case.number, "not-decided", message)
        if out is not None and out.exists():
            message = tell("already exists. Choose another file name")
            yield Problem(str(out), "file-exists", message, field="out")
        yield from _day_faults(day or today, "date", _since(state.case.last_day_of_act))

    def acts(state: CaseState, one: FileChange, today: date) -> list[dict[str, Any]]:
        data = letter(state, day or today)
        n = 1 + len(state.case.letters)
        name = f"letter-{state.case.number}{f'-{n}' if n > 1 else ''}.pdf"
        file = case_file(state.case.number, name, sha256(data))
        kept = one.new(sitting.place / file)
        for path in (kept, *([] if out is None else [one.new(out)])):
            path.write_bytes(data)
            path.chmod(PRIVATE)
        taken = file_act("taken", "case-file", file, name, kept)
        act = _act("case-answered", state.case.number, day or today, details={"letter": file})
        return [taken, {**act, "sha256": taken["sha256"], "size": taken["size"]}]

    _put(sitting, number, by, tell("the answer was not sent"), said, acts)
    return state_of(sitting, number)


def close_case(sitting: Sitting, number: str, by: str, reason: str, day: date | None = None) -> Case:
    """Close a decided case that is not closed by its answer: one that was answered by other means, or an
    allowed appeal that changes no result. The latter is a decision, so only those who may decide the case
    can close it. Raises Refused with every fault."""

    def said(state: CaseState, today: date) -> Iterator[Problem]:
        yield from _text_faults(by=by, reason=reason)
        if state.is_closed:
            message = tell("is already closed")
            yield Problem(state.case.number, "closed-already", message)
        elif not state.case.outcome:
            message = tell("is not decided. Decide it; if it was withdrawn, use `withdrawn`")
            yield Problem(state.case.number, "not-decided", message)
        yield from _day_faults(day or today, "date", _since(state.case.last_day_of_act))

    def acts(state: CaseState, one: FileChange, today: date) -> list[dict[str, Any]]:
        if state.awaits_result:
            refuse_decider(sitting, state.case, by)
        return [_act("case-closed", state.case.number, day or today, clean_text(reason))]

    return _put(sitting, number, by, tell("the case was not closed"), said, acts)


# ── what all of them do ──────────────────────────────────────────────────────────────────────


def _put(
    sitting: Sitting,
    number: str,
    by: str,
    refusal: Message,
    faults: Callable[[CaseState, date], Iterator[Problem]],
    acts: Callable[[CaseState, FileChange, date], list[dict[str, Any]]],
) -> Case:
    """Record further acts of a case, based on its state while the sitting is locked."""
    state_of(sitting, number)  # without a sitting there is no case
    with sitting.changing():
        state, today = state_of(sitting, number), date.today()
        if problems := [*faults(state, today)]:
            raise Refused(refusal, problems)
        with change(sitting.place, PRIVATE_FOLDER) as one:
            put_on_record(sitting.place, one, acts(state, one, today), clean_text(by))
    return state_of(sitting, state.case.number).case


def _act(
    act: CaseActName,
    number: str,
    day: date,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "act": act,
        "kind": "case",
        "file": "",
        "name": number,
        "sha256": "",
        "size": 0,
        "reason": reason,
        "date": day.isoformat(),
        "details": dict(details or {}),
    }


def _evidence(
    sitting: Sitting, one: FileChange, number: str, files: Mapping[str, Path], held: Sequence[str]
) -> list[dict[str, Any]]:
    """Stage files to be stored with a case, except those that it already has byte for byte."""
    found: dict[str, dict[str, Any]] = {}
    for shown, path in files.items():
        name = plain_name(shown)
        file = case_file(number, name, sha256_of(path))
        if file not in held and file not in found:
            staged = one.new(sitting.place / file)
            copy_closed(path, staged)
            found[file] = file_act("taken", "case-file", file, name, staged)
    return list(found.values())


def _text_faults(**texts: str) -> Iterator[Problem]:
    for name, text in texts.items():
        if not clean_text(text):
            yield Problem(name, "text-missing", tell("is empty"))
    yield from _longest(**texts)


def _longest(**texts: str) -> Iterator[Problem]:
    for name, text in texts.items():
        most = LONGEST if name in ("about", "reason", "note") else 200
        if len(text) > most:
            message = tell("has {n:,} characters. At most {most:,} are allowed", n=len(text), most=most)
            yield Problem(name, "text-too-long", message)


def _day_faults(day: date, field: str, first: Sequence[tuple[date, Message]]) -> Iterator[Problem]:
    """Yield the faults of a day that is in the future, or before an event that must come first."""
    if day > date.today():
        message = tell("{day} is in the future", day=day)
        yield Problem(field, "day-to-come", message)
    for one, what in first:
        if day < one:
            message = tell("{day} is before {what}, on {first}", day=day, what=what, first=one)
            yield Problem(field, "day-too-early", message)


def _since(day: str) -> list[tuple[date, Message]]:
    return [(date.fromisoformat(day), tell("the last entry of the case"))]


def _decided_faults(state: CaseState) -> Iterator[Problem]:
    if state.case.outcome:
        message = tell(
            "was decided on {day}. Open a new case for anything else",
            day=state.case.decided_on,
        )
        yield Problem(state.case.number, "decided-already", message)


def _file_faults(files: Mapping[str, Path]) -> Iterator[Problem]:
    for shown, path in files.items():
        if not path.is_file():
            yield Problem(shown, "no-such-file", tell("is not a file"), field="file")
            continue
        size = path.stat().st_size
        if not size:
            yield Problem(shown, "empty-file", tell("is empty"), field="file")
        elif size > MOST_BYTES:
            message = tell("is larger than {most} MB", most=MOST_BYTES // 1_000_000)
            yield Problem(shown, "file-too-large", message, field="file")


def _release_against(sitting: Sitting, day: date) -> Release | Problem:
    """Return the release that an appeal is against, or the problem if there is none."""
    releases = all_releases(sitting.exam / RESULTS)
    if not releases:
        message = tell(
            "no result has been released. Before a release only complaints are possible, not appeals"
        )
        return Problem("release", "not-released", message)
    return next((one for one in reversed(releases) if one.day <= day), releases[0])


def _run_of(sitting: Sitting, case: Case) -> Run | None:
    releases = all_releases(sitting.exam / RESULTS)
    if case.release:
        return run_of_release(sitting.exam / RESULTS, releases[case.release - 1])
    if releases:
        return run_of_release(sitting.exam / RESULTS, releases[-1])
    return newest_run(sitting.exam / RESULTS)


def _runs(sitting: Sitting, case: Case) -> dict[int, Run]:
    """Return the run that a case is about, and the newest run."""
    found = [_run_of(sitting, case), newest_run(sitting.exam / RESULTS)]
    return {one.number: one for one in found if one is not None}


def _other_rows(sitting: Sitting, case: Case, row: ScoredRow) -> list[ScoredRow]:
    others = {n: run for n, run in _runs(sitting, case).items() if n != row.run.number}
    return rows_of(sitting, case, others)
