"""The record of what was added to a sitting, removed, decided and released: `record.jsonl`, with a line for
each act, chained (`core/record.py`).

    {"n": 1, "before": "", "time": "2026-12-20T12:04:31+07:00", "by": "…", "act": "taken", "kind": "answers",
     "file": "answers/room-301.csv", "name": "room-301.csv", "sha256": "…", "size": 5120, "reason": "",
     "earlier": ""}

`file` is a path in the folder of the sitting, or for a release in that of the exam; `earlier` is the path of
what was replaced or removed, so that nothing is lost. A run names the last act on which it is based.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from examgen.core import record
from examgen.core.candidate_numbers import canonical_number
from examgen.core.changes import FileChange, complete, steady
from examgen.core.exam.digests import digest_key_of, keyed
from examgen.core.exam.names import DIGEST_KEY, RECORD, SITTING
from examgen.core.files import PRIVATE, PRIVATE_FOLDER, sha256, sha256_of
from examgen.core.models.decisions import DECISION_KINDS, About, DecisionName
from examgen.core.person_decisions import PersonDecision, TotalResult
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell
from examgen.scoring.options import FileKind

ANSWERS, SCANS, METHODS, EARLIER = "answers", "scans", "methods", "earlier"
"""Folders of answers, of scans, of results of other assessment methods, and of replaced or removed files."""
MODERATION = "moderation"
"""The folder of moderated points."""
RETURNS = "returns"
"""The folder of files that centres return."""
AS_GIVEN: Mapping[FileKind, str] = {
    "answers": ANSWERS,
    "ratings": ANSWERS,
    "methods": METHODS,
    "moderation": MODERATION,
    "returns": RETURNS,
}
"""The folder of each kind of which a sitting keeps every file as it was added."""
RESPONSES = "responses.csv"
"""The file with the answers that were read, in the folder of a scan."""
CASES = "cases"
"""The folder of appeals and complaints, with a folder for each."""
RecordedKind = (
    FileKind
    | Literal["person", "proposed", "release", "discrepancy", "case", "case-file", "held", "retention"]
)
"""What an act concerns: a kind of file; a person who was decided on, or for whom a decision was proposed that
another person has to confirm; a release; a discrepancy; an appeal or a complaint, or a file of one; the day
of the sitting; the removal of personal data.
"""
NOT_FILES = frozenset(("person", "proposed", "release", "discrepancy", "case", "held", "retention"))
"""Kinds of acts that concern no file in the folder."""
CaseActName = Literal[
    "case-opened", "case-added", "case-reading", "case-decided", "case-answered", "case-closed"
]
"""What was done in a case."""
FileActName = Literal["taken", "replaced", "taken-back", "kept-no-longer", "known"]
"""What was done with a file: `kept-no-longer` means that its retention period is over and it is deleted;
`known` is never on record and means that the same file was already there, byte for byte.
"""
RemovalActName = Literal["person-removed", "contacts-removed", "results-removed"]
"""Which personal data were removed: the name and contacts of one person; those of everybody; the results by
person.
"""
ActName = (
    FileActName
    | DecisionName
    | CaseActName
    | RemovalActName
    | Literal["released", "explained", "held", "not-held"]
)
"""What was done with a file, decided on a person, or recorded about a discrepancy or the sitting: `held` on a
day, or `not-held` if that was withdrawn.
"""
BOUND: frozenset[str] = frozenset(
    (
        *("answers", "ratings", "scan", "gallery", "methods", "plan", "moderation", "returns", "case-file"),
        *("corrections", "cut", "scaled"),
    )
)
"""Kinds of files that nobody may change once they are added; pages of the site rewrite the others, for
example when somebody decides on a row.
"""
REVIEW, ISSUED = "review", "gallery.json"
"""In the folder of a scan, the folder of what people decided in its gallery, and the file there that each
gallery rewrites.
"""


class SittingAct(NamedTuple):
    """A line of the record."""

    n: int
    time: str
    by: str
    act: ActName
    kind: RecordedKind
    digest: str
    """The SHA-256 of the line."""
    file: str = ""
    name: str = ""
    """The original name of the file, or the number of the candidate."""
    sha256: str = ""
    size: int = 0
    reason: str = ""
    earlier: str = ""
    date: str = ""
    """The date of a decision on a person, in ISO 8601."""
    confirmed_by: str = ""
    """Who confirmed the decision, if a second person did."""
    evidence: str = ""
    run: int = 0
    """The run whose result a decision on a person considered, with that result; or the run that was
    released.
    """
    result: TotalResult | None = None
    method: str = ""
    """The assessment method that a decision on a person is about."""
    incident: str = ""
    """The incident from which the decision follows, as `CENTRE NO`."""
    confirms: int = 0
    """For a decision that somebody had proposed, the number of the act that proposed it."""
    decisions: int = 0
    """For decisions from a gallery, how many were new; for decisions that were replaced, how many
    there were.
    """
    case: str = ""
    """The appeal that a decision on a person decides."""
    details: Mapping[str, Any] = {}  # never changed
    """The other fields of an act of a case (`sitting_cases.py`) or a release (`core/exam/releases.py`)."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the line, which is written into the minutes."""
        return record.fingerprint_of(self.digest)

    def on_person(self) -> PersonDecision:
        """Return the decision on a person, as reports and the audit of a run have it."""
        of_person = (getattr(self, name) for name in _OF_PERSONS[1:])
        return PersonDecision(self.name, self.act, self.by, self.date, self.reason, *of_person)


_OF_PERSONS = ("date", "confirmed_by", "evidence", "run", "result", "method", "incident", "case")
_IF_SAID = frozenset((*_OF_PERSONS, "confirms", "decisions", "details"))
"""Fields that a line omits if they are empty."""


def decisions_of(acts: Iterable[SittingAct]) -> tuple[PersonDecision, ...]:
    """Return all decisions on persons, in order."""
    return tuple(one.on_person() for one in acts if one.kind == "person")


def held_on(acts: Iterable[SittingAct]) -> date | None:
    """Return the day on which the exam was held, as somebody confirmed; None if nobody did, or it was
    withdrawn.
    """
    said = [one for one in acts if one.kind == "held"]
    return date.fromisoformat(said[-1].date) if said and said[-1].act == "held" else None


_KINDS_ABOUT = {
    about: {name for name, kind in DECISION_KINDS.items() if kind.about == about} for about in get_args(About)
}
Proposal = tuple[str, str, str]
"""The canonical candidate number, the decision, and the assessment method."""


def proposals(acts: Iterable[SittingAct]) -> dict[Proposal, SittingAct]:
    """Return the decisions that one person proposed and that nobody has confirmed, dropped or overtaken by
    another.
    """
    found: dict[Proposal, SittingAct] = {}
    for one in acts:
        who = canonical_number(one.name) if one.kind in ("person", "proposed") else ""
        if one.act == "dropped":
            found = {key: kept for key, kept in found.items() if key[0] != who}
        elif one.kind == "person":
            # what is decided otherwise by now waits for nobody; to restore was meant of another decision
            about = DECISION_KINDS[one.act].about
            over = {"restored", one.act} if about == "result" else _KINDS_ABOUT[about]
            found = {
                key: kept
                for key, kept in found.items()
                if not (key[0] == who and key[1] in over and key[2] == one.method)
            }
        elif one.kind == "proposed":
            found[who, one.act, one.method] = one
    return found


def read_acts(place: Path) -> tuple[SittingAct, ...]:
    """Return the record of a sitting, first act first; empty without a record. Raises Refused, with the line,
    if it was altered.
    """
    return record.read(place / RECORD, _act_of)


def _act_of(act: record.Act) -> SittingAct:
    said = dict(act.what)
    if "result" in said:
        said["result"] = TotalResult(**said["result"])
    made = SittingAct(n=act.n, digest=act.digest, **said)
    record.check_kinds(made, {*SittingAct._fields} - {"n", *_NUMBERS, "result", "details"}, _NUMBERS)
    if not isinstance(made.details, dict):
        raise TypeError(made.details)
    if made.kind == "person" and made.act not in DECISION_KINDS:
        raise ValueError(made.act)
    if made.act == "held" or (made.kind == "person" and made.date):
        date.fromisoformat(made.date)
    return made


_NUMBERS = ("size", "run", "confirms", "decisions")
"""Fields of an act that are whole numbers."""


def file_act(
    act: FileActName,
    kind: RecordedKind,
    file: str,
    name: str,
    path: Path,
    reason: str = "",
    earlier: str = "",
) -> dict[str, Any]:
    """Return the fields of an act on a file or folder, which is now at `path`."""
    said = {"act": act, "kind": kind, "file": file, "name": name, "reason": reason, "earlier": earlier}
    return {**said, "sha256": digest_of(path, kind), "size": size_of(path, kind)}


def put_aside(place: Path, change: FileChange, path: Path, number: int) -> str:
    """Copy what is replaced into the folder of earlier files, named after the number of the act that replaces
    it. Returns the path of the copy in the folder of the sitting.
    """
    name = f"{EARLIER}/{number:04d}-{path.name}"
    copy_closed(path, change.new(place / name))
    return name


def copy_closed(path: Path, to: Path) -> None:
    """Copy a file or a folder, readable only by the owner of the workspace."""
    if path.is_dir():
        shutil.copytree(path, to)
        to.chmod(PRIVATE_FOLDER)
    else:
        shutil.copyfile(path, to)
        to.chmod(PRIVATE)


def put_on_record(
    place: Path, change: FileChange, new_acts: Iterable[Mapping[str, Any]], by: str
) -> list[SittingAct]:
    """Put further acts on record, all at this moment and by that person, and return them. They are written
    with the files of the change, or at once if it has none. Nothing may be added to the change afterwards.
    """
    time, whats = record.now(), []
    for said in new_acts:
        what = {name: value for name, value in said.items() if value or name not in _IF_SAID}
        if isinstance(result := what.get("result"), TotalResult):
            what["result"] = result._asdict()
        if what.get("sha256"):
            what["sha256"] = on_record_digest(place, what["kind"], what["sha256"])
        whats.append({"time": time, "by": by, **what})
    if change.is_empty:
        return [_act_of(one) for one in record.append(place / RECORD, whats)]
    new = record.added(place / RECORD, whats)
    change.commit_by(place / RECORD, new.acts[-1].digest, partial(record.put, place / RECORD, new))
    return [_act_of(one) for one in new.acts]


NAME_ANSWERS = ("corrections", "identities", "marks")
"""Kinds of files that reveal which answers are right, or what a mark is."""


def on_record_digest(place: Path, kind: RecordedKind, digest: str) -> str:
    """Return the digest of a file as recorded in its act: keyed if the file reveals which answers are
    right.
    """
    return keyed(digest_key_of(place.parent), digest.encode()) if digest and kind in NAME_ANSWERS else digest


def files_held(acts: Iterable[SittingAct]) -> dict[str, SittingAct]:
    """Return the files that were added and not removed, by path in the folder, each with the act that added
    it.
    """
    held: dict[str, SittingAct] = {}
    for one in (one for one in acts if one.kind not in NOT_FILES):
        if one.act in ("taken-back", "kept-no-longer"):
            held.pop(one.file, None)
            if one.kind == "scan":  # what was decided in its gallery goes with it
                held.pop(f"{one.file.rpartition('/')[0]}/{REVIEW}", None)
        else:
            held[one.file] = one
    return held


def as_taken(place: Path, file: str, digest: str) -> Path | None:
    """Return the path of the file with this digest: the current file, or an earlier version that was
    replaced. None if neither exists.
    """
    earlier = sorted((place / EARLIER).iterdir()) if (place / EARLIER).is_dir() else []
    name = file.rpartition("/")[2]
    paths = [place / file, *(path for path in earlier if path.name.endswith(f"-{name}"))]
    return next((path for path in paths if path.is_file() and sha256_of(path) == digest), None)


_NOT_SCORED = ("methods", "plan", "returns", "case-file")
"""Kinds of files that a scoring does not read."""


def changed_since(acts: Sequence[SittingAct], n: int) -> list[str]:
    """Return the files that a scoring reads and that were added, replaced or removed after act `n`, the last
    that a run names (0 if it names none).
    """
    then, now = files_held(acts[:n]), files_held(acts)
    over = {one.file for one in acts[n:] if one.act == "kept-no-longer"}
    return [
        file
        for file in {**then, **now}
        if (now.get(file) or then[file]).kind not in _NOT_SCORED
        and file not in over
        and (file not in then or file not in now or then[file].sha256 != now[file].sha256)
    ]


_LEAVES_OUT = {
    "answers": ("answers", "candidates", "decisions"),
    "ratings": ("answers", "candidates"),
    "scan": ("answers", "candidates", "decisions"),
    "identities": ("decisions",),
    "marks": ("decisions",),
    "gallery": ("decisions",),
    **{kind: (kind,) for kind in ("roster", "corrections", "cut", "scaled")},
}
"""For each kind of file, what a scoring without such a file omits of what earlier runs had (`OMISSIBLE`)."""


def taken_back_since(acts: Iterable[SittingAct], n: int) -> tuple[str, ...]:
    """Return what scorings omit on purpose because somebody removed or replaced a file after act `n` and gave
    a reason.
    """
    gone = (one for one in acts if one.n > n and one.act != "taken" and one.reason)
    return tuple(dict.fromkeys(what for one in gone for what in _LEAVES_OUT.get(one.kind, ())))


def checked_acts(
    place: Path, rest_on: Iterable[Mapping[str, Any]], *, files: bool = True
) -> tuple[SittingAct, ...]:
    """Return the record of a sitting, after checking that every file is as it was added (`files`), and that
    every act that audits of runs name (`rest_on`) is there. Raises Refused with every fault.
    """
    complete(place.parent)
    with steady(place):
        acts = read_acts(place)
        problems = list(_lost_files(place, acts)) if files else []
        held = files_held(acts)
        for file in _bound_files(place):
            if file not in held:
                message = tell(
                    "was put here without a record. Take the file out of the folder, "
                    "then add it with the command"
                )
                problems.append(Problem(file, "not-on-record", message))
    for said in rest_on:
        for listed in said.get("methods") or ():
            if as_taken(place, str(listed["file"]), str(listed["sha256"])) is None:
                message = tell("is missing or differs from the released file. Restore it from a copy")
                problems.append(Problem(str(listed["file"]), "released-file-gone", message))
        n, digest = (said.get(SITTING, {}).get(name) for name in ("acts", "sha256"))
        if n and (n > len(acts) or acts[n - 1].digest != digest):
            message = tell(
                "lacks entries that run {run} depends on. Restore the record from a copy", run=said["run"]
            )
            problems.append(Problem(f"{RECORD}:{n}", "record-cut", message))
    if problems:
        raise Refused.because("files of the sitting have changed", problems)
    return acts


def _bound_files(place: Path) -> list[str]:
    """Return the files that are kept as they were added, and scans, by path in the folder; without hidden
    files.
    """
    found: list[str] = []
    parts: Mapping[FileKind, str] = {**AS_GIVEN, "scan": SCANS}
    for kind, folder in parts.items():
        if kind == "ratings":  # in the folder of answers, whose files are told from them by the exam
            continue
        for one in sorted((place / folder).iterdir()) if (place / folder).is_dir() else ():
            path = one / RESPONSES if kind == "scan" else one
            if not one.name.startswith(".") and (kind != "scan" or (one.name.isdecimal() and path.is_file())):
                found.append(path.relative_to(place).as_posix())
    of_cases = sorted((place / CASES).glob("*/*"))
    return [*found, *(one.relative_to(place).as_posix() for one in of_cases if one.name[0] != ".")]


def digest_of(path: Path, kind: RecordedKind = "answers") -> str:
    """Return the SHA-256 of a file; for a folder, that of the paths and digests of its files."""
    if path.is_file():
        return sha256_of(path)
    files = _files_in(path, kind)
    lines = (f"{one.relative_to(path).as_posix()}\n{sha256_of(one)}\n" for one in files)
    return sha256("".join(lines).encode())


def size_of(path: Path, kind: RecordedKind = "answers") -> int:
    """Return the number of bytes of a file, or of all files of a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(one.stat().st_size for one in _files_in(path, kind))


def _files_in(folder: Path, kind: RecordedKind) -> list[Path]:
    """Return the files of a folder that an act covers: for decisions from a gallery, without the file that
    each gallery rewrites.
    """
    anew = (folder / ISSUED,) if kind == "gallery" else ()
    return sorted(one for one in folder.rglob("*") if one.is_file() and one not in anew)


def _is_as_taken(place: Path, path: Path, act: SittingAct) -> bool:
    if size_of(path, act.kind) != act.size:
        return False
    if act.kind in NAME_ANSWERS and not (place.parent / DIGEST_KEY).is_file():
        return True  # its digest is keyed, and the key is not here
    return on_record_digest(place, act.kind, digest_of(path, act.kind)) == act.sha256


def _lost_files(place: Path, acts: Sequence[SittingAct]) -> list[Problem]:
    """Return the faults of files that were added and are missing or changed."""
    problems = []
    for file, act in files_held(acts).items():
        if act.kind not in BOUND:
            continue
        path = place / file
        if not path.exists():
            message = tell("was taken but is missing. Restore it, or remove it with a reason")
            problems.append(Problem(file, "taken-file-gone", message))
        elif not _is_as_taken(place, path, act):
            message = tell(
                "differs from the file that was taken. Restore it from a copy, or replace it "
                "and give a reason"
            )
            problems.append(Problem(file, "taken-file-changed", message))
    return problems
