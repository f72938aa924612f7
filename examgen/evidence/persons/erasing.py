"""Persons → erased from a workspace: each number becomes a tombstone, names and all else that says who it was
go, and every digest, seal and chain holds again.

    known, walking      every file without the persons, and what is told of each, while people are at work
    locks               nobody scores, takes, reads a sitting or prints meanwhile
    known, walking      the same of what changed since
    kept                what a rule keeps: refused, or limited to the rest
    digests             every file that names one that changed, until nothing changes
    change              all files at once; the record of erasures with them

Answers, points, decisions and places stay under the tombstone: counts and statistics are the same.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core import work_folders
from examgen.core.candidate_numbers import canonical_number
from examgen.core.changes import change, changing, settle
from examgen.core.disk import lock_folder
from examgen.core.exam.erasures import ERASURES, TOMBSTONE, Erasure, erasures_in
from examgen.core.exam.leftovers import Left, leftovers
from examgen.core.exam.names import MANIFEST, RESULTS, SITTING
from examgen.core.exam.new_runs import held
from examgen.core.exam.releases import release_files
from examgen.core.exam.runs import AUDIT, RUNS, run_folders
from examgen.core.files import quiet
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.storage import PRIVATE, PRIVATE_FOLDER, read_input, sha256, sha256_of
from examgen.core.words import Message, option, tell
from examgen.core.work_folders import PRINTING, TMP
from examgen.evidence.persons import digests
from examgen.evidence.persons.found import FoundFile, Looked, looking
from examgen.evidence.persons.kept import KeptByRule, kept_by_rule
from examgen.evidence.persons.known import Known, new_tombstone
from examgen.evidence.persons.spelling import Person, Spellings
from examgen.evidence.persons.walking import Walk, Walked, files_of
from examgen.scoring.sitting_folder import changing_answers
from examgen.scoring.sitting_record import RECORD, now

OUTSIDE = (
    tell("backups that `site backup` wrote: they hold the person until they are replaced"),
    tell("the history of git, of the bank and of whatever else is under it"),
    tell("files outside the workspace, and copies of the workspace"),
    tell("what was given out on paper or as a file: reports, certificates, exports"),
    tell(
        "handwriting on scans whose page nobody found to be the person's, and numbers that were misread and "
        "never put right"
    ),
)
"""What an erasure does not reach."""


_LOOKING = "looking"
"""In the work folder of who looks for persons, and holds nobody up by that."""


class Located(NamedTuple):
    """Where persons stand in a workspace."""

    persons: tuple[Person, ...]
    files: tuple[FoundFile, ...]
    kept: tuple[KeptByRule, ...]
    exams: tuple[str, ...]
    names_unsafe: tuple[str, ...]
    """Names and numbers that are not looked for in free text: too short, or names of others, too."""


class Erased(NamedTuple):
    """An erasure: what was found, and its line in the record; None where nothing was written."""

    located: Located
    erasure: Erasure | None


class Elsewhere(NamedTuple):
    """What holds persons and is no file of the workspace, as the database of the site.

    `find` gives what stands there; `erasing` erases it when what is done in it is done, or nothing where that
    fails.
    """

    find: Callable[[Spellings], Sequence[FoundFile]] = lambda spellings: ()
    erasing: Callable[[Spellings, Erasure], AbstractContextManager[None]] = lambda spellings, erasure: (
        nullcontext()
    )


NOWHERE = Elsewhere()


def where(
    workspace: Path,
    number: str,
    elsewhere: Elsewhere = NOWHERE,
    progress: Callable[[str], None] = lambda text: None,
    today: date | None = None,
) -> Located:
    """Every place in a workspace in which a person stands. Raises WrongUsage where there is none."""
    workspace = workspace.resolve()
    persons = [Person(checked_number(number), f"{TOMBSTONE}xxxxxxxx")]
    with scratch_folder(workspace) as scratch:
        plan = _Plan(workspace, persons, scratch, frozenset(), progress, today)
        return _found(plan.located(elsewhere.find(plan.spellings)), number)


def forget(
    workspace: Path,
    numbers: Sequence[str],
    by: str,
    reason: str,
    *,
    dry_run: bool = False,
    limited: bool = False,
    within: frozenset[str] | None = None,
    elsewhere: Elsewhere = NOWHERE,
    progress: Callable[[str], None] = lambda text: None,
    today: date | None = None,
) -> Erased:
    """Erases persons by their numbers, all in one pass; all of it or nothing. `within` some exams only, by
    their paths, where they are named.

    Raises WrongUsage where nothing of a person is found or words say nothing; Refused where a rule keeps
    what is asked to go, where `by` or `reason` name the person, and where a seal does not hold.
    """
    workspace = workspace.resolve()
    for name, text in (("by", by), ("reason", reason)):
        if not text.strip():
            raise WrongUsage(tell("{option} says nothing", option=option(name)))
    unlike = dict.fromkeys(canonical_number(checked_number(one)) for one in numbers)
    taken = {one for erasure in erasures_in(workspace) for one in erasure.forgotten}
    persons = []
    for number in unlike:
        tombstone = new_tombstone()
        while tombstone in taken:
            tombstone = new_tombstone()
        taken.add(tombstone)
        written = next(one for one in numbers if canonical_number(one) == number)
        persons.append(Person(written, tombstone))
    looked = looking()
    with scratch_folder(workspace) as scratch:
        with suppress(Exception):  # others are at work: what is wrong now may not be so then
            _Plan(workspace, persons, scratch, frozenset(), progress, today, within, looked)
        progress(tell("looking at what changed meanwhile, once nobody else is at work"))
        with locked(workspace):
            plan = _Plan(workspace, persons, scratch, frozenset(), quiet, today, within, looked)
            _check_words(plan.spellings, by, reason)
            if limited and any(one.path for one in plan.kept):
                stays = frozenset(one.path for one in plan.kept if one.path)
                plan = _Plan(workspace, persons, scratch, stays, quiet, today, within, looked)
            located = plan.located(elsewhere.find(plan.spellings))
            if len(persons) == 1:
                _found(located, numbers[0])
            stop = [one.problem for one in plan.kept if not (limited and one.path)]
            if stop and not dry_run:
                raise Refused(tell("a rule keeps what is asked to be erased: nothing was erased"), stop)
            if dry_run:
                return Erased(located, None)
            return Erased(located, plan.erase(by, reason, elsewhere, progress))


def checked_number(number: str) -> str:
    """The number of a candidate. Raises WrongUsage where it is none."""
    plain = number.strip()
    if not any(map(str.isalnum, plain)):
        raise WrongUsage(tell("{number!r} is not the number of a candidate", number=number))
    if plain.startswith(TOMBSTONE):
        raise WrongUsage(tell("{number} is a tombstone: who that was is erased", number=plain))
    return plain


def _found(located: Located, number: str) -> Located:
    if all(one.becomes == "left" for one in located.files):
        raise WrongUsage(tell("nothing is held of {number}", number=number))
    return located


def _check_words(spellings: Spellings, by: str, reason: str) -> None:
    named = [
        Problem(f"--{name}", "names-the-person", tell("names the person who is to be erased: leave that out"))
        for name, text in (("by", by), ("reason", reason))
        if spellings.says(text) or any(spellings.of_candidate(word) for word in text.split())
    ]
    if named:
        raise Refused(tell("the record of erasures has nothing of the person in it"), named)


# ── locks ────────────────────────────────────────────────────────────────────────────────────


def packages_in(workspace: Path) -> list[Path]:
    """The exam packages of a workspace."""
    return sorted({path.parent for path in files_of(workspace) if path.name == MANIFEST})


@contextmanager
def locked(workspace: Path) -> Iterator[None]:
    """The workspace, nobody else's to change or to score meanwhile."""
    with ExitStack() as locks:
        settle(workspace)
        locks.enter_context(changing(workspace))
        for place in (workspace / "item_bank", workspace / "output"):
            locks.enter_context(changing(place))
        for package in packages_in(workspace):
            locks.enter_context(changing(package))
            sitting = package / SITTING
            if sitting.is_dir():
                locks.enter_context(changing(sitting))
                locks.enter_context(changing_answers(sitting))
            results = package / RESULTS
            if (results / RUNS).is_dir():
                locks.enter_context(held(results))
                locks.enter_context(changing(results))
        busy = sorted(_at_work(workspace))
        if busy:
            said = tell("is being written by another command: wait until that is done")
            raise Refused(
                tell("somebody is at work in {workspace}: nothing was erased", workspace=workspace.name),
                [Problem(name, "at-work", said) for name in busy],
            )
        yield


def _at_work(workspace: Path) -> Iterator[str]:
    """The folders to which another command writes just now: papers, reports, what was read of before."""
    for place, folders, _ in os.walk(workspace):
        here = Path(place)
        folders[:] = [name for name in folders if name != ".git"]
        if TMP in folders:
            folders.remove(TMP)
            for work in work_folders.works(here):
                if (work / _LOOKING).exists():
                    continue
                lock = lock_folder(work)
                if lock is None:
                    yield here.relative_to(workspace).as_posix()
                else:
                    lock.__exit__()
        if any(name.startswith(PRINTING) for name in folders):
            is_printing = any(how is Left.UNDER_WAY for _, how in leftovers(here))
            folders[:] = [name for name in folders if not name.startswith(PRINTING)]
            if is_printing:
                yield here.relative_to(workspace).as_posix()


@contextmanager
def scratch_folder(workspace: Path) -> Iterator[Path]:
    """A folder for what is needed meanwhile, on the disk of the workspace."""
    work = work_folders.begin(workspace)
    (work.place / _LOOKING).touch()
    try:
        yield work.place / work_folders.NEW
    finally:
        work_folders.end(work)


# ── one erasure ──────────────────────────────────────────────────────────────────────────────


class _Plan:
    """What is to be written, removed and renamed."""

    def __init__(
        self,
        workspace: Path,
        persons: Sequence[Person],
        scratch: Path,
        stays: frozenset[str],
        progress: Callable[[str], None],
        today: date | None,
        within: frozenset[str] | None = None,
        looked: Looked | None = None,
    ) -> None:
        self.workspace, self.stays, self.within, self.looked = workspace, stays, within, looked
        progress(tell("reading the lists"))
        self.known = Known(workspace, persons, scratch, within, looked)
        self.spellings = self.known.spellings()
        exams = self.known.exams if within is None else self.known.exams & within
        self.kept = kept_by_rule(workspace, exams, self.spellings, today or date.today())
        progress(tell("looking at every file"))
        walk = Walk(workspace, self.spellings, self.known, stays, within, progress, looked)
        self.walked: Walked = walk.run()

    def located(self, also: Sequence[FoundFile]) -> Located:
        """What was found."""
        kept = [
            FoundFile(one.path, "kept", why=one.problem.message)
            for one in self.kept
            if one.path in self.stays
        ]
        files = sorted([*self.walked.found, *also, *kept], key=lambda one: one.path)
        return Located(
            tuple(self.known.persons),
            tuple(files),
            tuple(self.kept),
            tuple(sorted(self.known.exams)),
            tuple(dict.fromkeys(self.known.unsafe)),
        )

    def erase(self, by: str, reason: str, elsewhere: Elsewhere, progress: Callable[[str], None]) -> Erasure:
        """Writes all of it."""
        progress(tell("naming files by their digests of today"))
        changed, walked = self.walked.changed, self.walked
        by_person = set(changed)
        packages = packages_in(self.workspace)
        before = {package: _digests_of(package) for package in packages}
        paths = [path for path in files_of(self.workspace) if self._name(path) not in walked.removed]
        if self.within is not None:  # another exam may have taken the same file, and keeps it as it is
            apart = tuple(f"{name}/" for name in map(self._name, packages) if name not in self.within)
            paths = [path for path in paths if not self._name(path).startswith(apart)]
        digests.renew(self.workspace, changed, walked.removed, paths, walked.pictures, self.looked)
        earlier = erasures_in(self.workspace)
        exams = {
            self._name(package): pairs
            for package in packages
            if (pairs := self._pairs(package, before[package]))
        }
        erasure = Erasure(
            len(earlier) + 1,
            now(),
            by,
            reason,
            tuple(one.tombstone for one in self.known.persons),
            {
                "rewritten": len(by_person),
                "named_anew": len(changed) - len(by_person),
                "removed": len(walked.removed),
                "renamed": len(walked.renamed),
            },
            exams,
            earlier[-1].digest if earlier else "",
        )
        progress(tell("writing {n:,} files", n=len(changed)))
        data = b"".join(one.line for one in (*earlier, erasure))
        with elsewhere.erasing(self.spellings, erasure):
            self._commit(data, packages)
        return erasure

    def _name(self, path: Path) -> str:
        return path.relative_to(self.workspace).as_posix()

    def _pairs(self, package: Path, before: Mapping[str, Any]) -> dict[str, Any]:
        """The digests of a package before and after, where anything of it changed."""
        name = self._name(package)
        below = f"{name}/"
        touched = {*self.walked.changed, *self.walked.removed, *self.walked.renamed}
        if name not in self.known.exams and not any(one.startswith(below) for one in touched):
            return {}

        def after(path: Path, digest: str) -> list[str]:
            new = self.walked.changed.get(self._name(path))
            return [digest, digest if new is None else sha256(new)]

        found: dict[str, Any] = {}
        if (pair := after(package / MANIFEST, before["package"]))[0] != pair[1]:
            found["package"] = pair
        if before["record"]:
            new = self.walked.changed.get(self._name(package / SITTING / RECORD))
            if new is not None:
                found["record"] = [before["record"], sha256(new.splitlines(keepends=True)[-1])]
        for what, files in (("runs", _runs(package)), ("releases", _releases(package))):
            pairs = {
                str(number): pair
                for number, path in files.items()
                if (pair := after(path, before[what][number]))[0] != pair[1]
            }
            if pairs:
                found[what] = pairs
        return found or {"package": [before["package"], before["package"]]}

    def _commit(self, erasures: bytes, packages: Sequence[Path]) -> None:
        walked = self.walked
        told: set[Path] = set()
        with change(self.workspace, PRIVATE_FOLDER) as one:
            for package in packages:
                for place in (package.parent, package / SITTING):  # where every command looks first
                    if place.is_dir() and place != self.workspace and place not in told:
                        told.add(place)
                        one.told_in(place)
            for name in walked.changed:
                path = self.workspace / name
                staged = one.new(self.workspace / walked.renamed.get(name, name))
                walked.changed.put(name, staged)
                _like(staged, path)
                if name in walked.renamed:
                    one.remove(path)
            for name, to in walked.renamed.items():
                if name not in walked.changed:
                    path = self.workspace / name
                    staged = one.new(self.workspace / to)
                    shutil.copyfile(path, staged)
                    _like(staged, path)
                    one.remove(path)
            for name in sorted(walked.removed):
                one.remove(self.workspace / name)
            staged = one.new(self.workspace / ERASURES)
            staged.write_bytes(erasures)
            staged.chmod(PRIVATE)
        for name in (*walked.removed, *walked.renamed):
            for folder in (self.workspace / name).parents:
                if folder == self.workspace:
                    break
                with suppress(OSError):
                    folder.rmdir()


def _like(staged: Path, path: Path) -> None:
    """Gives a new file mode and time of the old one: by its time one knows when a release was recorded."""
    said = path.stat()
    staged.chmod(said.st_mode & 0o777)
    os.utime(staged, ns=(said.st_atime_ns, said.st_mtime_ns))


def _runs(package: Path) -> dict[int, Path]:
    return {number: folder / AUDIT for number, folder in run_folders(package / RESULTS).items()}


def _releases(package: Path) -> dict[int, Path]:
    return release_files(package / RESULTS)


def _digests_of(package: Path) -> dict[str, Any]:
    record = package / SITTING / RECORD
    lines = read_input(record).splitlines(keepends=True) if record.is_file() else []
    return {
        "package": sha256_of(package / MANIFEST),
        "record": sha256(lines[-1]) if lines else "",
        "runs": {number: sha256_of(path) for number, path in _runs(package).items() if path.is_file()},
        "releases": {number: sha256_of(path) for number, path in _releases(package).items()},
    }


def told_outside(workspace: Path) -> list[Message]:
    """What an erasure did not reach, as far as the workspace shows what there is."""
    found = [*OUTSIDE]
    if not (workspace / ".git").exists() and not (workspace / "item_bank" / ".git").exists():
        found = [one for one in found if one is not OUTSIDE[1]]
    return found
