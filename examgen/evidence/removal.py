"""Removal of personal data: name and contacts of one candidate (`person remove`), and data of whole sittings
after their retention period (`retention`).

Both remove files by their known paths and are acts in the record of the sitting, which list every file and
its remaining content. Results keep the candidate number until the second period of `retention` ends. Nothing
here opens or rewrites `item_bank/`, `templates/`, `examgen.yaml`, keys, items or forms.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from examgen.bank.settings import RetentionSettings, retention_settings
from examgen.capture.grader_decisions import clean_text
from examgen.core.candidate_numbers import canonical_number
from examgen.core.changes import FileChange, change, changing
from examgen.core.exam.digests import digest_key_of, listed_digest
from examgen.core.exam.manifest import read_manifest
from examgen.core.exam.names import ANALYSIS, CANDIDATES_CSV, REPORTS, RESULTS, ROOMS, RUN_PACKAGE, SITTING
from examgen.core.exam.releases import all_releases
from examgen.core.exam.removals import GONE
from examgen.core.exam.runs import AUDIT, all_runs
from examgen.core.files import PRIVATE, PRIVATE_FOLDER
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import Message, option, tell
from examgen.evidence.certificates import exam_packages, read_register
from examgen.evidence.persons import (
    lists_of,
    own_reports,
    pages_of,
    rows_of,
    show,
    without_contacts,
    without_pages,
)
from examgen.scanning.folder import ANNOTATED
from examgen.scanning.folder import SCANS as SOURCES
from examgen.scoring.sitting_cases import Case, cases_about, cases_of
from examgen.scoring.sitting_folder import (
    IDENTITIES,
    MARKS,
    PROPOSED,
    ROSTER,
    Sitting,
    changing_answers,
    sitting_of,
)
from examgen.scoring.sitting_plan import PLAN
from examgen.scoring.sitting_record import (
    ANSWERS,
    CASES,
    EARLIER,
    METHODS,
    MODERATION,
    RETURNS,
    SCANS,
    SittingAct,
    file_act,
    files_held,
    put_on_record,
    read_acts,
)

BY_CRITERION = frozenset((AUDIT, RUN_PACKAGE, "pc_coverage.csv", "standard_coverage.csv"))
"""The files of a run without data about persons. They are kept when results by person are removed."""
PLACES: tuple[tuple[str, str, str], ...] = (
    (CANDIDATES_CSV, "contacts", "numbers"),
    (f"{SITTING}/{ROSTER}", "contacts", "removed"),
    *((f"{SITTING}/{part}", "removed", "removed") for part in (ANSWERS, SCANS, RETURNS, CASES, EARLIER)),
    (f"{REPORTS}/run-*/candidate*", "removed", "removed"),
    *(
        (f"{SITTING}/{part}", "", "removed")
        for part in (METHODS, MODERATION, PROPOSED, IDENTITIES, MARKS, PLAN)
    ),
    *((part, "", "removed") for part in (RESULTS, REPORTS, "exports", "codes", f"{ANALYSIS}/*/scores.csv")),
    *((part, "", "") for part in (f"{SITTING}/record.jsonl", "register/certificates.jsonl", ROOMS)),
)
"""Where names and numbers are stored, as path patterns in a package, and what the two periods of `retention`
remove there: `contacts`, `numbers`, everything (`removed`; for results, those by person), or nothing."""
_OF_BOOKLETS = frozenset(("form", "serial", "base"))
BY = "examgen retention"


@dataclass(frozen=True)
class Removal:
    """Data that was removed from an exam, or would be: what is left of each file by its path in the package
    (`GONE`, or its SHA-256), what is kept and why, and the recorded act."""

    exam: str
    files: dict[str, str]
    stays: tuple[Message, ...]
    act: SittingAct | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for `--json`."""
        return {
            "exam": self.exam,
            "files": self.files,
            "stays": [str(one) for one in self.stays],
            "act": None if self.act is None else {"n": self.act.n, "digest": self.act.digest},
        }


# ── one person ───────────────────────────────────────────────────────────────────────────────


def remove(workspace: Path, number: str, by: str, reason: str, dry_run: bool = False) -> list[Removal]:
    """Remove name and contacts of a candidate from the lists, and their pages of scans, letters and own
    reports, in every exam of the workspace. Each removal is an act in the record of its sitting.

    Raises WrongUsage if the number is in no list, result or certificate, or if `by` or `reason` is empty.
    """
    if not clean_text(by) or not clean_text(reason):
        raise WrongUsage.because(
            "give the person who decides and the reason: {by} and {reason}",
            by=option("by", "NAME"),
            reason=option("reason"),
        )
    person, plain = show(workspace, number), canonical_number(number)
    done = []
    for exam in exam_packages(workspace):
        if any(one.exam == exam.name for one in person.entries):
            with _removing(exam, dry_run) as going:
                done.append(_remove(workspace, exam, plain, by, reason, going))
    return done


def _remove(
    workspace: Path, exam: Path, number: str, by: str, reason: str, going: FileChange | None
) -> Removal:
    sitting = sitting_of(exam)
    listed = next((row for row in rows_of(exam / CANDIDATES_CSV) if _is_of(row, number)), {})
    put = _Staged(exam, going)
    for path in lists_of(exam):
        if any(_is_of(row, number) for row in rows_of(path)):
            put.new(path, without_contacts(path, {number}))
    _blank_names(exam, put, {number})
    theirs: dict[Path, set[int]] = {}
    folders = set[Path]()
    for scan, row in pages_of(sitting, number, {listed["serial"]} if listed.get("serial") else set()):
        for path in (scan / SOURCES).glob(f"{row['sha256']}.*"):
            theirs.setdefault(path, set()).add(int(row["page"]))
        folders.add(scan)
    for path, pages in theirs.items():
        put.new(path, without_pages(path, pages))
    for folder in sorted(folders):  # pictures of marks, made again by `scan gallery` and `scan annotate`
        for path in (*folder.glob("gallery*"), folder / ANNOTATED):
            put.gone(path)
    stays, acts = [*_kept(workspace, exam, number)], sitting.acts(files=False)
    file_acts: list[dict[str, Any]] = []
    for case in cases_about(cases_of(acts).values(), number):
        if case.is_answered:
            file_acts += _case_files(sitting, f"{CASES}/{case.number}/", acts, put)
    for path in own_reports(exam, number):
        put.gone(path)
    name = listed.get("candidate_id") or number
    return _recorded(sitting, going, put, "person-removed", name, by, reason, file_acts, stays)


def _blank_names(exam: Path, put: _Staged, numbers: Collection[str] | None) -> None:
    """Blank the names of candidates in the runs' lists of discrepancies: of these numbers, or of everybody if
    `numbers` is None."""
    for folder in (exam / RESULTS, *(run.folder for run in all_runs(exam / RESULTS))):
        path = folder / "unreconciled.csv"
        rows = rows_of(path) if path.is_file() else []
        if any(
            row.get("name") and (numbers is None or canonical_number(row["candidate_id"]) in numbers)
            for row in rows
        ):
            put.new(path, without_contacts(path, numbers, {*rows[0]} - {"name"}))


def _is_of(row: dict[str, str], number: str) -> bool:
    return canonical_number(row.get("candidate_id") or "") == number


def _case_files(
    sitting: Sitting, below: str, acts: tuple[SittingAct, ...], put: _Staged
) -> Iterator[dict[str, Any]]:
    """Remove the files of a case, and yield the acts that record it."""
    for file, act in files_held(acts).items():
        if act.kind == "case-file" and file.startswith(below) and (path := sitting.path(file)).is_file():
            yield file_act("kept-no-longer", "case-file", file, act.name, path, _PAST.en)
            put.gone(path)


_PAST = tell("removed with the names and contacts")


def _kept(workspace: Path, exam: Path, number: str) -> Iterator[Message]:
    """Yield messages on the data of a candidate that is kept: by a law, an open case or a signed record."""
    sitting, code = sitting_of(exam), read_manifest(exam)["blueprint"]["exam"]
    for one in read_register(workspace):
        if one.issued.exam == code and canonical_number(one.issued.candidate_id) == number:
            yield tell("certificate {number}: the register keeps the name and number", number=one.number)
    acts = read_acts(sitting.place)
    for case in cases_about(cases_of(acts).values(), number):
        if not case.is_answered:
            yield tell(
                "case {number} is open, so its files are kept until it is answered", number=case.number
            )
    if any(act.reason and canonical_number(act.name) == number for act in acts if act.kind == "person"):
        yield tell("decisions on the candidate and their reasons stay on the record")
    if any((exam / ROOMS).glob("**/*.pdf")):
        yield tell("printed materials of rooms contain names. Destroy them, or print the room again")
    if any((exam / REPORTS).glob("run-*")) or (exam / "exports").is_dir():
        yield tell("earlier group reports and exports still include the data. Write them again")
    if any(sitting.path(ANSWERS).glob("*")):
        yield tell("answer files as received, until `retention` removes them")


# ── a whole sitting ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Due:
    """A sitting past one of its two retention periods: the step (1 contacts, 2 results), the day of the last
    release, and the last day of the period."""

    exam: Path
    step: int
    released: date
    until: date


@dataclass(frozen=True)
class Retained:
    """The result of `retention`: each sitting that was due with the data removed, and the failures."""

    done: tuple[tuple[Due, Removal], ...]
    problems: tuple[Problem, ...]


def retention(workspace: Path, dry_run: bool = False, today: date | None = None) -> Retained:
    """Remove data after the periods of `retention` in examgen.yaml, sitting by sitting: first contacts,
    answers, scans, returns and letters; later the results by person.

    Raises WrongUsage if examgen.yaml sets no period.
    """
    rule = retention_settings(workspace)
    if rule.contacts_days is None and rule.results_days is None:
        raise WrongUsage.because(
            "examgen.yaml sets no retention period. Write: {rule}",
            rule="retention: {contacts_days: DAYS, results_days: DAYS}",
        )
    done, problems = [], list[Problem]()
    for due in _due(workspace, rule, today or date.today()):
        try:
            with _removing(due.exam, dry_run) as going:
                take_out = _remove_contacts if due.step == 1 else _remove_results
                done.append((due, take_out(due, going)))
        except Refused as refused:
            problems.append(Problem(due.exam.name, "not-removed", refused.message))
            problems += refused.problems
    return Retained(tuple(done), tuple(problems))


def _due(workspace: Path, rule: RetentionSettings, today: date) -> Iterator[Due]:
    for exam in exam_packages(workspace):
        acts = read_acts(exam / SITTING)
        last = next((one for one in reversed(acts) if one.kind == "release"), None)
        if last is None:
            continue
        said = all_releases(exam / RESULTS)[-1].said
        released = date.fromisoformat(str(said.get("date") or last.time[:10]))
        since = {one.act for one in acts[last.n :]}
        steps = ((1, rule.contacts_days, "contacts-removed"), (2, rule.results_days, "results-removed"))
        for step, days, act in steps:
            if days is not None and act not in since and (until := released + timedelta(days=days)) < today:
                yield Due(exam, step, released, until)


def _past(exam: Path, step: int) -> Iterator[Path]:
    """Yield the files that are removed entirely after one of the two periods."""
    for pattern, *times in PLACES:
        if times[step - 1] != "removed":
            continue
        if pattern == RESULTS:
            found = (exam / RESULTS, *(run.folder for run in all_runs(exam / RESULTS)))
            files = (path for folder in found for path in sorted(folder.iterdir()) if path.is_file())
            yield from (path for path in files if path.name not in BY_CRITERION)
        else:
            yield from sorted(exam.glob(pattern))


def _remove_contacts(due: Due, going: FileChange | None) -> Removal:
    """Remove names and contacts of everybody, answers, scans, returns and letters."""
    exam, sitting = due.exam, sitting_of(due.exam)
    acts, put = read_acts(sitting.place), _Staged(exam, going)
    cases = cases_of(acts)
    _check_no_open_case(cases)
    stays = list[Message]()
    if any((exam / ROOMS).glob("**/*.pdf")):
        stays.append(tell("printed materials of rooms contain names. Remove them by hand"))
    for path in lists_of(exam):
        if path.parent.name != EARLIER:
            put.new(path, without_contacts(path, None))
    _blank_names(exam, put, None)
    file_acts = [*_taken_files(sitting, acts, ("answers", "ratings", "scan", "returns"), _because(due))]
    for number in cases:
        file_acts += _case_files(sitting, f"{CASES}/{number}/", acts, put)
    for path in _past(exam, due.step):
        put.gone(path)
    return _recorded(sitting, going, put, "contacts-removed", "", BY, _because(due), file_acts, stays)


def _remove_results(due: Due, going: FileChange | None) -> Removal:
    """Remove results by person. Results by criterion, item analyses and the acts are kept."""
    exam, sitting = due.exam, sitting_of(due.exam)
    acts, put = read_acts(sitting.place), _Staged(exam, going)
    _check_no_open_case(cases_of(acts))
    if not any((exam / ANALYSIS).glob("*/items.csv")):
        raise Refused.because(
            "The items have not been analysed. Use {command} first.", command=f"examgen analyse exam {exam}"
        )
    file_acts = [*_taken_files(sitting, acts, ("methods", "moderation", "plan"), _because(due))]
    for path in _past(exam, due.step):
        put.gone(path)
    if (listed := exam / CANDIDATES_CSV).is_file():  # the serials of booklets are checked by it
        put.new(listed, without_contacts(listed, None, _OF_BOOKLETS))
    return _recorded(sitting, going, put, "results-removed", "", BY, _because(due), file_acts, [])


def _check_no_open_case(cases: Mapping[str, Case]) -> None:
    """Raise Refused if a case is not answered yet, because it may need answers, scans and results."""
    waiting = [number for number, case in cases.items() if not case.is_answered]
    if waiting:
        raise Refused.because("Cases are open: {cases}. Answer them first.", cases=", ".join(waiting))


def _because(due: Due) -> str:
    """Return the recorded reason, in English."""
    return tell("the period of `retention` in examgen.yaml ended on {day}", day=due.until.isoformat()).en


def _taken_files(
    sitting: Sitting, acts: tuple[SittingAct, ...], kinds: Collection[str], why: str
) -> Iterator[dict[str, Any]]:
    """Yield the acts that record the removal of added files of these kinds."""
    for file, act in files_held(acts).items():
        if act.kind in kinds and (path := sitting.path(file)).exists():
            yield file_act("kept-no-longer", act.kind, file, act.name, path, why)


# ── the change ───────────────────────────────────────────────────────────────────────────────


class _Staged:
    """The files of an exam that change. New content is staged, and what is left of each file is noted."""

    def __init__(self, exam: Path, going: FileChange | None) -> None:
        self._exam, self._going = exam, going
        self.left: dict[str, str] = {}

    def new(self, path: Path, data: bytes | None) -> None:
        """Replace a file, or remove it if `data` is None."""
        if data is None:
            self.gone(path)
            return
        name = path.relative_to(self._exam).as_posix()
        self.left[name] = listed_digest(digest_key_of(self._exam), name, data)
        if self._going is not None:
            staged = self._going.new(path)
            staged.write_bytes(data)
            staged.chmod(PRIVATE)

    def gone(self, path: Path) -> None:
        """Remove a file, or a folder with all files in it."""
        if not path.exists():
            return
        files = [path] if path.is_file() else [one for one in sorted(path.rglob("*")) if one.is_file()]
        self.left |= {one.relative_to(self._exam).as_posix(): GONE for one in files}
        if self._going is not None:
            self._going.remove(path)


@contextmanager
def _removing(exam: Path, dry_run: bool) -> Iterator[FileChange | None]:
    """Yield a change of a package that is applied as a whole, while the package is locked against scoring and
    printing; None for a dry run."""
    if dry_run:
        yield None
        return
    place = exam / SITTING
    place.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with changing(exam), changing(place), changing_answers(place), change(exam, PRIVATE_FOLDER) as going:
        yield going


def _recorded(
    sitting: Sitting,
    going: FileChange | None,
    put: _Staged,
    act: str,
    name: str,
    by: str,
    reason: str,
    file_acts: list[dict[str, Any]],
    stays: list[Message],
) -> Removal:
    """Record the change: acts on the removed files, then the act that lists all files. Return the removal."""
    said = {"act": act, "kind": "retention", "file": "", "name": name, "sha256": "", "size": 0}
    said |= {"reason": clean_text(reason), "date": date.today().isoformat(), "details": {"files": put.left}}
    if going is None:
        return Removal(sitting.exam.name, put.left, tuple(stays))
    acts = put_on_record(sitting.place, going, [*file_acts, said], clean_text(by))
    return Removal(sitting.exam.name, put.left, tuple(stays), acts[-1])
