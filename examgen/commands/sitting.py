"""`examgen take` and `decide`: add files to a sitting, and record decisions on candidates."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Self, get_args

from pydantic import model_validator

from examgen.analysis.parts import Parts, ReportedLine, ReportedTable, line, line_n
from examgen.commands import summary
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import ExamDir
from examgen.commands.tallying import expected
from examgen.core.exam.names import MANIFEST, RESULTS, SITTING
from examgen.core.models.decisions import DECISION_KINDS, DECISION_NAMES, NO_RESULT, DecisionName
from examgen.core.models.field_types import Method
from examgen.core.options import Day, Option, argument, setting
from examgen.core.problems import Exit, WrongUsage
from examgen.core.record import fingerprint_of
from examgen.core.words import invalid, joined, tell, tell_n
from examgen.scoring.options import FileKind, Unreadable

with on_use():
    from examgen.core import person_decisions, person_names
    from examgen.core.exam import runs as exam_runs
    from examgen.scanning.gallery import commands as gallery
    from examgen.scoring import before_release, sitting_folder, sitting_record
    from examgen.sitting import deciding, scans, taking, tray

By = Annotated[
    str,
    Option(
        tell("Name to record for these files (default: the user of this machine)."),
        metavar="NAME",
        name="--by",
    ),
]


def telling_acts(execute: Callable[[Any, Progress], Outcome]) -> Callable[[Any, Progress], Outcome]:
    """Make a command on an exam show the fingerprint of the last act that it recorded."""

    @wraps(execute)
    def told(command: Any, progress: Progress) -> Outcome:
        place = command.exam_dir / SITTING
        before = len(sitting_record.read_acts(place))
        done = execute(command, progress)
        last = next(iter(sitting_record.read_acts(place)[before:][-1:]), None)
        return done if last is None else with_act(done, last.n, last.digest)

    return told


def with_act(done: Outcome, n: int, digest: str) -> Outcome:
    """Return the result of a command with a recorded act added."""
    act = {"n": n, "fingerprint": fingerprint_of(digest)}
    message = line(
        "Entry {n} of the record, fingerprint {fingerprint}. Write it in the minutes.", "bold", **act
    )
    document = {**done.document, "act": {**act, "sha256": digest}}
    if done.summary is not None:
        first, *others = done.summary
        return done._replace(document=document, summary=[first, message, *others])
    return done._replace(document=document, shown=[*done.shown, message])


class Decide(Command):
    """A decision on a person, into the record of the sitting; without one, all that were made."""

    details = tell(
        "From the next scoring run on, a candidate who is disqualified, or whose "
        "result is withheld or withdrawn, gets no result, and the rows are set "
        "aside. `restored` reverses the decision. A second look upholds a "
        "result, or records that a later scoring run changed it after a "
        "correction of the key or a decision on a mark or row. If the plan of "
        "the sitting requires two persons, a decision takes effect when a second "
        "person makes the same decision; `dropped` cancels a proposal."
    )

    exam_dir: ExamDir
    candidates: tuple[str, ...] = argument("Candidate numbers.", (), metavar="ID...")
    decision: DecisionName | None = setting(
        tell("Decision: {names}.", names=", ".join(DECISION_NAMES)), None, metavar="DECISION", name="--as"
    )
    method: Method | None = setting(
        "With `--as waived`: the method of assessment that is waived; with `restored`: "
        "the method required again.",
        None,
        metavar="METHOD",
    )
    all_open: bool = setting(
        "All candidates whose second look is open, instead of numbers; only with `--as upheld`.", False
    )
    reason: str = setting("Reason, or reference to the minutes.", "", metavar="WHY")
    by: str = setting("Person or committee that makes the decision.", "", metavar="NAME")
    date: Day | None = setting("Day of the decision (default: today).", None)
    confirmed_by: str = setting(
        "Second person who confirmed it, if the body requires one.", "", metavar="NAME"
    )
    evidence: str = setting("Evidence: a file, or a record from the exam room.", "", metavar="TEXT")
    incident: str = setting(
        "Incident on which the decision is based: its centre and number, as shown by `examgen returns`.",
        "",
        metavar="INCIDENT",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        is_made = bool(self.candidates) or self.all_open
        if is_made and not (self.decision and self.reason.strip() and self.by.strip()):
            raise invalid("a decision on a candidate requires --as, --reason and --by")
        if not is_made and self.model_fields_set - {"exam_dir"}:
            raise invalid("give the candidate numbers")
        if self.all_open and (self.candidates or self.decision != "upheld"):
            raise invalid("--all-open replaces the candidate numbers and works only with --as upheld")
        is_of_method = self.decision in ("waived", "restored")
        lacks_method = self.decision == "waived" and self.method is None
        if lacks_method or (self.method is not None and not is_of_method):
            raise invalid("`waived` requires --method, which works only with `waived` and `restored`")
        if self.confirmed_by and person_names.same_person(self.confirmed_by, self.by):
            raise invalid("--confirmed-by must be another person than --by")
        return self

    @telling_acts
    def execute(self, progress: Progress) -> Outcome:
        """Record the decision, or show past decisions and open second looks."""
        place = sitting_of(self.exam_dir)
        record = place.acts(files=False)
        decisions = sitting_record.decisions_of(record)
        newest = exam_runs.newest_run(self.exam_dir / RESULTS)
        looks = None if newest is None else before_release.looks_of(newest, decisions)
        candidates = self.candidates
        if self.all_open:
            candidates = () if looks is None else looks.open
            if not candidates:
                raise WrongUsage.because("no second look is open")
        if not candidates:
            held = person_decisions.without_result(decisions).values()
            waiting = [one.on_person() for one in sitting_record.proposals(record).values()]
            document = {
                "persons": [one.as_dict() for one in held],
                "decisions": [one.as_dict() for one in decisions],
                "proposed": [one.as_dict() for one in waiting],
                "open_second_looks": [] if looks is None else list(looks.open),
            }
            ends = [*_proposed(waiting), *_open_looks(looks, summary.typed(self.exam_dir))]
            return Outcome(document, [*_decisions(decisions), *ends])
        assert self.decision is not None
        acts = deciding.decide(
            place,
            candidates,
            self.decision,
            self.by,
            self.reason,
            self.date,
            self.confirmed_by,
            self.evidence,
            self.method or "",
            self.incident,
        )
        made = [one.on_person() for one in acts if one.kind == "person"]
        waiting = [one.on_person() for one in acts if one.kind == "proposed"]
        document = {
            "persons": [one.as_dict() for one in made],
            "proposed": [one.as_dict() for one in waiting],
        }
        left = () if newest is None else before_release.looks_of(newest, [*decisions, *made]).open
        number = 0 if newest is None else newest.number
        shown = [*self._summary(made, waiting, left, number)]
        return Outcome(document, shown, summary=shown)

    def _summary(
        self,
        made: Sequence[person_decisions.PersonDecision],
        waiting: Sequence[person_decisions.PersonDecision],
        left: Sequence[str],
        run: int,
    ) -> Parts:
        """Yield what was recorded, what is open, and when it takes effect."""
        if len(made) > summary.MOST_LINES:
            yield line("{n:,} decisions recorded: {decision} ({first} … {last})", **_of_many(made))
        else:
            yield from _decided(made)
        if len(waiting) > summary.MOST_LINES:
            yield line(
                "{n:,} decisions wait for a second person: {decision} ({first} … {last})",
                "yellow",
                **_of_many(waiting),
            )
        else:
            yield from _waits(waiting)
        place = summary.typed(self.exam_dir)
        release = f"examgen release {place} --run {run} --by NAME --reason WHY"
        if any(DECISION_KINDS[one.decision].about == "second look" for one in made):
            yield line_n(
                "{n:,} second look is open.",
                "{n:,} second looks are open.",
                len(left),
                "yellow" if left else "green",
            )
            yield from summary.next_steps(f"examgen decide {place}" if left else release)
        if any(one.method for one in made):
            yield line("Takes effect with the next release.", "yellow")
            yield from summary.next_steps(release)
        elif any(one.decision in (*NO_RESULT, "restored") for one in made):
            yield line("Takes effect with the next scoring.", "yellow")
            yield from summary.next_steps(f"examgen score {place}")


def _of_many(made: Sequence[person_decisions.PersonDecision]) -> dict[str, Any]:
    first, last = made[0].candidate_id, made[-1].candidate_id
    return {"n": len(made), "decision": made[0].words, "first": first, "last": last}


class Take(Command):
    """Files and folders into the record of a sitting, or out of it again; without any, what it has."""

    details = tell(
        "The kind of each file is recognised from its content: answers, scans, the "
        "folder of a scan, decisions, a roster, the plan of the sitting, returns of a "
        "centre, corrections of the key, cut scores, a conversion, columns. Then "
        "`examgen score EXAM_DIR` scores the sitting."
    )

    exam_dir: ExamDir
    given: tuple[Path, ...] = argument("Files and folders to add.", (), metavar="FILE|FOLDER...")
    by: By = ""
    reason: str = setting("Reason for a replacement or removal.", "", metavar="WHY")
    replace: bool = setting("Replace earlier answers of the same file name.", False)
    back: tuple[str, ...] = setting(
        "Remove this file, by its name in the sitting (repeatable).", (), metavar="NAME"
    )
    kind: FileKind | None = setting(
        tell(
            "File kind, for all files, if it cannot be recognised from the content: {kinds}.",
            kinds=", ".join(get_args(FileKind)),
        ),
        None,
        metavar="KIND",
        name="--as",
        is_rare=True,
    )
    unreadable: Unreadable = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if (self.back or self.replace) and not self.reason.strip():
            raise invalid("Give the reason with --reason. It is recorded.")
        if self.back and self.given:
            raise invalid("remove files and add files in two separate commands")
        return self

    @telling_acts
    def execute(self, progress: Progress) -> Outcome:
        """Add files, remove files, or show them."""
        place = sitting_of(self.exam_dir)
        if self.back:
            acts = taking.take_back(place, self.back, self.by or user_name(), self.reason)
            left = left_after(place, (one.kind for one in acts), progress)
            document = {"acts": [one._asdict() for one in acts], "left": [one.as_dict() for one in left]}
            return Outcome(document, [*_taken_back(acts), *of_left(left, self.exam_dir)])
        if self.given:
            paths = [path for given in self.given for path in taking.files_of(given)]
            found = [taking.understood(place, path, self.kind) for path in paths]
            by = self.by or user_name()
            taken = taking.take(
                place, found, by, self.reason, self.replace, progress, unreadable=self.unreadable
            )
            needs_attention = any(one.needs_attention for one in taken)
            left = left_after(place, (one.given.kind for one in taken), progress)
            sheets = None
            if any(one.given.kind in ("scan", "pages") for one in taken):
                sheets = tray.sitting_tray(place)
            return Outcome(
                {"taken": [_document(one) for one in taken], "left": [one.as_dict() for one in left]},
                [
                    *of_taken(taken),
                    *(expected(sheets) if sheets is not None else ()),
                    *of_left(left, self.exam_dir),
                    *_after_taking(self.exam_dir, taken),
                ],
                Exit.SET_ASIDE if needs_attention else Exit.DONE,
            )
        record = place.acts()
        held = sitting_record.files_held(record)
        files = [one._asdict() for one in held.values()]
        in_galleries = [one for one in record if one.kind == "gallery" and one.file in held]
        shown = [*(one for one in held.values() if one.kind != "gallery"), *in_galleries]
        return Outcome({"files": files}, _there(shown))


def sitting_of(exam_dir: Path) -> sitting_folder.Sitting:
    """Return the sitting of an exam package. Raises WrongUsage if the folder is not a package."""
    if not (exam_dir / MANIFEST).is_file():
        raise WrongUsage.because(
            "{exam_dir} is not an exam package. Give the folder that `examgen build` wrote.",
            exam_dir=exam_dir,
        )
    return sitting_folder.sitting_of(exam_dir)


def user_name() -> str:
    """Return the name of the user of this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without an entry for the user
        return "?"


def _document(one: taking.Taken) -> dict[str, Any]:
    return {
        "given": str(one.given.path),
        "kind": one.given.kind,
        "act": one.act,
        "file": one.file,
        "n": one.n,
        "anew": one.n_anew,
        "ended": one.n_ended,
        **({} if one.read is None else {"read": one.read._replace(passed=())._asdict()}),
        **({} if one.decided is None else {"decided": one.decided.as_dict()}),
    }


def left_after(
    place: sitting_folder.Sitting, kinds: Iterable[str], progress: Progress
) -> list[scans.LeftInScan]:
    """Return what is left to decide in the galleries, after rebuilding them if files of these kinds affect
    them."""
    changes_rows = {"answers", "scan", "pages", "gallery", "identities", "marks", "roster", "columns"}
    changes_rows |= {"returns"}  # attendance goes into the roster
    return [] if changes_rows.isdisjoint(kinds) else scans.renew(place, progress)


def of_left(left: Sequence[scans.LeftInScan], exam_dir: Path) -> Parts:
    """Yield what is left to decide in each gallery, and the next step."""
    for one in left:
        counted = [
            tell_n("{n:,} mark to decide on", "{n:,} marks to decide on", one.gallery.n_marks),
            tell_n("{n:,} candidate to decide on", "{n:,} candidates to decide on", one.gallery.n_identities),
            tell_n("{n:,} second check open", "{n:,} second checks open", one.gallery.n_second),
            tell_n("{n:,} disagreement to settle", "{n:,} disagreements to settle", one.gallery.n_settle),
        ]
        some = [words for words, n in zip(counted, one.gallery, strict=False) if n]
        folder = exam_dir / SITTING / sitting_record.SCANS / str(one.number)
        if some:
            yield line(
                "scan {n}: {left} ({gallery})",
                "yellow",
                n=one.number,
                left=joined(some),
                gallery=folder / "gallery.html",
            )
    if any(not one.gallery.is_done for one in left):
        yield line(
            "decide there, then add the file that the gallery saves: examgen take {exam_dir} FILE",
            "yellow",
            exam_dir=exam_dir,
        )
    elif left:
        yield line("Nothing is left to decide in the galleries.", "green")


def _after_taking(exam_dir: Path, taken: Sequence[taking.Taken]) -> Parts:
    """Yield the next step. Everything except plans and returns takes effect only after scoring."""
    if any(one.act != "known" and one.given.kind not in ("plan", "returns") for one in taken):
        yield from summary.next_steps(f"examgen score {summary.typed(exam_dir)}")


def of_taken(taken: Sequence[taking.Taken]) -> Parts:
    """Yield what became of each given file."""
    for one in taken:
        words = {"name": one.given.name, "kind": taking.KIND_WORDS[one.given.kind], "file": one.file}
        said = tell("{name}: {kind}, added ({file})", **words)
        if one.act == "known":
            said = tell("{name}: {kind}, already in the sitting", **words)
        elif one.act == "replaced" and one.given.kind in ("identities", "marks"):
            said = tell("{name}: {kind}, combined with earlier ones ({file})", **words)
        elif one.act == "replaced":
            said = tell("{name}: {kind}, replaced the earlier file ({file})", **words)
        yield ReportedLine(said, "cyan" if one.act == "known" else "")
        if one.n is not None:
            yield ReportedLine(_counted(one.given.kind, one.n))
        anew, ended = one.n_anew, one.n_ended
        if anew:
            yield line_n("  {n:,} replaces an earlier decision", "  {n:,} replace earlier decisions", anew)
        if ended:
            yield line("  decisions that ended, because their rows read otherwise now: {n:,}", n=ended)
        if one.read is not None:
            yield from _read(one.read)
        if one.decided is not None:
            yield from decided_in_gallery(one.decided)


def decided_in_gallery(done: gallery.RecordedDecisions) -> Parts:
    """Yield the decisions of a gallery that were skipped, and those on which people disagree."""
    if done.passed_over:
        n = len(done.passed_over)
        yield line("lines skipped, because a better scan of the sheet counts: {n:,}", n=n)
    if otherwise := [one for one in done.passed_over if one.says_otherwise]:
        yield line("Some of them differ from the better scan. Check these sheets:", "yellow")
        for passed in otherwise:
            crop = passed.crop
            question = f" Q{crop.question}" if crop.question else ""
            yield ReportedLine(
                f"  {crop.page}{question}  {passed.by}: {passed.said}; {crop.counts}: {crop.says}"
            )
    if done.disputes:
        yield line("Two people disagree, and neither decision counts until this is settled:", "yellow")
        for one in done.disputes:
            said = "; ".join(f"{each.by}: {' '.join(filter(None, each.value))}" for each in one.each)
            where = f"{one.doubt.page[0]}:{one.doubt.page[1]}"
            question = f" Q{one.doubt.question}" if one.doubt.question else ""
            yield ReportedLine(f"  {where}{question} [{one.doubt.code}]  {said}")
        yield line("To settle these, write the gallery again. A third person should decide there.")


def _read(read: scans.Read) -> Parts:
    """Yield what was read from scans."""
    style = "yellow" if read.needs_attention else ""
    for said in read.said():
        yield ReportedLine(joined(["  ", said], ""), style)
    for said in read.passed:
        yield ReportedLine(joined(["    ", said], ""), "yellow")


_MOST_ROWS = 10
"""The maximum number of decisions in a table on the screen; `--json` has all."""
_MOST = 5
"""The maximum number of candidates with an open second look named on the screen; `--json` has all."""


def _decisions(decisions: Sequence[person_decisions.PersonDecision]) -> Parts:
    if not decisions:
        yield line("No decision on a candidate is on record.")
        return
    heads = [tell("candidate"), tell("decision"), tell("decided by"), tell("day"), tell("reason")]
    of_incidents = any(one.incident for one in decisions)
    heads += [tell("incident")] if of_incidents else []
    rows = [
        (
            one.candidate_id,
            one.words,
            ", ".join(filter(None, (one.by, one.confirmed_by))),
            one.date,
            one.reason,
            *([one.incident or "–"] if of_incidents else []),
        )
        for one in decisions[-_MOST_ROWS:]
    ]
    if len(decisions) > _MOST_ROWS:
        rows.insert(0, ("…", *("" for _ in heads[1:])))
    yield ReportedTable(tell("Decisions on persons"), heads, rows, numbers_from=len(heads))


def _proposed(waiting: Sequence[person_decisions.PersonDecision]) -> Parts:
    if waiting:
        heads = [tell("candidate"), tell("decision"), tell("proposed by"), tell("day"), tell("reason")]
        rows = [(one.candidate_id, one.words, one.by, one.date, one.reason) for one in waiting]
        yield ReportedTable(tell("Waits for a second person"), heads, rows, numbers_from=len(heads))


def _waits(waiting: Sequence[person_decisions.PersonDecision]) -> Parts:
    for one in waiting:
        yield ReportedLine(
            tell("{candidate}: {decision}", candidate=one.candidate_id, decision=one.words)
            if one.decision == "dropped"
            else tell(
                "{candidate}: {decision}, proposed; takes effect when another person makes the same decision",
                candidate=one.candidate_id,
                decision=one.words,
            ),
            "yellow",
        )


def _open_looks(looks: person_decisions.SecondLooks | None, place: str) -> Parts:
    if looks is None or not looks.marked:
        return
    if not looks.open:
        yield line("All second looks are decided.")
        return
    named = [*looks.open[:_MOST], *(["…"] if len(looks.open) > _MOST else [])]
    yield line_n(
        "{n:,} second look is open, within one standard error of the cut:",
        "{n:,} second looks are open, within one standard error of the cut:",
        len(looks.open),
        "yellow",
    )
    yield ReportedLine(f"  {', '.join(named)}", "yellow")
    yield from summary.next_steps(f"examgen decide {place} ID… --as upheld --by NAME --reason WHY")


def _decided(made: Sequence[person_decisions.PersonDecision]) -> Parts:
    for one in made:
        yield line("{candidate}: {decision}", candidate=one.candidate_id, decision=one.words)


def _counted(kind: str, n: int) -> str:
    if kind in ("roster", "ratings"):
        return tell_n("  {n:,} candidate", "  {n:,} candidates", n)
    if kind == "methods":
        return tell_n("  {n:,} result", "  {n:,} results", n)
    if kind == "returns":
        return tell_n("  {n:,} completed line", "  {n:,} completed lines", n)
    return tell_n("  {n:,} decision is new", "  {n:,} decisions are new", n)


def _taken_back(acts: Sequence[sitting_record.SittingAct]) -> Parts:
    goes_with_rows = any(one.kind in ("answers", "scan") for one in acts)
    for one in acts:
        said = tell("{file} was removed; it is kept as {earlier}", file=one.file, earlier=one.earlier)
        if one.decisions:
            said = tell_n(
                "{n:,} decision in {file} was removed; the previous file is kept as {earlier}",
                "{n:,} decisions in {file} were removed; the previous file is kept as {earlier}",
                one.decisions,
                file=one.file,
                earlier=one.earlier,
            )
        yield ReportedLine(joined(["  ", said], "") if one.decisions and goes_with_rows else said)


def _what(one: sitting_record.SittingAct) -> str:
    if one.kind == "gallery":
        return tell_n("{n:,} decision from a gallery", "{n:,} decisions from a gallery", one.decisions)
    return taking.KIND_WORDS[one.kind]


def _there(acts: Sequence[sitting_record.SittingAct]) -> Parts:
    if not acts:
        yield line("The sitting has no files yet.")
        return
    heads = [tell("file"), tell("original name"), tell("kind of file"), tell("added by"), tell("when")]
    rows = [
        (
            one.file.removesuffix(f"/{sitting_record.RESPONSES}"),
            one.name,
            _what(one),
            one.by,
            f"{datetime.fromisoformat(one.time):%Y-%m-%d %H:%M}",
        )
        for one in acts
    ]
    yield ReportedTable(tell("Files of the sitting"), heads, rows, numbers_from=len(heads))
