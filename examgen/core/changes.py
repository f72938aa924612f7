"""Changes of several files or folders: all of them happen or none, even if the process is killed.

    .examgen-tmp/tmpx1y2z3/
        new/0, new/1, …     the new files and folders, complete and synced to disk
        record.json         what goes where: once it exists the change has happened, before it nothing has
        old/0, …            what was replaced

Existing files are renamed first; then one new file after the other is moved into place, and the record is
removed. If the process is killed in between, the next command that reads or writes the folder completes the
change (`complete`). Files outside the folder, such as a report beside the bank, have a work folder of their
own; its record names the first one.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from examgen.core.disk import FolderLock, exchange, keep, keep_tree, lock_folder
from examgen.core.problems import Refused, WrongUsage, system_words
from examgen.core.words import tell
from examgen.core.work_folders import NEW, RECORD, TMP, Work, begin, clear, end, works

OLD = "old"
WAIT = 20.0
"""How many seconds a command waits for another one."""
_PAUSE = 0.005
"""Seconds between attempts to get a lock: short, so that pages do not wait long."""


class ChangeRecord(NamedTuple):
    """What goes where: paths in the changed folder by their names in the work folder."""

    put: dict[str, str]
    remove: dict[str, str]
    mode: int
    """The mode of folders that are created."""
    also: tuple[str, ...] = ()
    """Other work folders that this change uses."""
    of: str | None = None
    """The work folder with the record to which this one belongs."""
    move: tuple[tuple[str, str], ...] = ()
    """Files that get another name in the folder before anything is put there."""


class FileChange:
    """A change of `root` in preparation.

    If it is `durable`, it survives a loss of power; a change of several files always does.
    """

    def __init__(self, root: Path, mode: int = 0o777, durable: bool = True) -> None:
        self.root, self.mode, self.durable = root, mode, durable
        self._works: dict[Path, Work] = {}
        self._put: dict[Path, dict[str, str]] = {}
        self._remove: dict[str, str] = {}
        self._move: dict[Path, list[tuple[str, str]]] = {}
        self._made: list[Path] = []
        self._recorded = self._is_done = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to happen."""
        return not (any(self._put.values()) or self._remove or self._move)

    def new(self, path: Path) -> Path:
        """Where to write the new file or folder for `path`."""
        site = self._site(path)
        work = self._work(site)
        name = f"{NEW}/{len(self._put[site])}"
        self._put[site][name] = path.relative_to(site).as_posix()
        return work.place / name

    def remove(self, path: Path) -> None:
        """Removes a file below `root` with the change."""
        self._work(self.root)
        self._remove[f"{OLD}/gone-{len(self._remove)}"] = path.relative_to(self.root).as_posix()

    def move(self, path: Path, name: str) -> None:
        """Renames a file or folder with the change, in its place, to a name that is free."""
        site = self._site(path)
        self._work(site)
        below = path.relative_to(site)
        pair = (below.as_posix(), below.with_name(name).as_posix())
        self._move.setdefault(site, []).append(pair)

    def told_in(self, folder: Path) -> None:
        """Has whoever reads that folder next complete this change, too, if it is killed."""
        self._work(folder)

    def _site(self, path: Path) -> Path:
        """The folder with the work folder for a path."""
        return self.root if path.is_relative_to(self.root) else path.parent

    def _work(self, site: Path) -> Work:
        if site not in self._works:
            settle(site)
            self._made += make_folders(site, self.mode)
            self._works[site], self._put[site] = begin(site), {}
        return self._works[site]

    def commit(self) -> None:
        """Puts everything in its place; a second call does nothing."""
        if self._is_done:
            return
        self._is_done = True
        puts = [(self._works[site].place / name, site / path) for site, name, path in self._puts()]
        if self._remove or self._move or len(puts) > 1 or (puts and not self._at_once(*puts[0])):
            self._journalled([staged for staged, _ in puts])

    def _puts(self) -> Iterator[tuple[Path, str, str]]:
        return ((site, name, path) for site, put in self._put.items() for name, path in put.items())

    def _moves(self) -> Iterator[tuple[Path, str, str]]:
        return ((site, path, to) for site, moves in self._move.items() for path, to in moves)

    def _at_once(self, staged: Path, target: Path) -> bool:
        """Puts a file (or a folder, if the system can exchange two) in place in one step, if it can."""
        self._keep([staged] if self.durable else [])
        self._made += make_folders(target.parent, self.mode)
        if not target.is_dir():
            staged.replace(target)
        elif not exchange(staged, target):
            return False
        keep([target.parent] if self.durable else [])
        return True

    def _keep(self, staged: list[Path]) -> None:
        keep([path for path in staged if not path.is_dir()])
        for path in staged:
            if path.is_dir():
                keep_tree(path)

    def _journalled(self, staged: list[Path]) -> None:
        work = self._work(self.root)
        others = [other for site, other in self._works.items() if site != self.root]
        # check before anything is put in place: we may not be allowed to write to a folder
        named = [*((site, path) for site, _, path in self._puts()), *(one[:2] for one in self._moves())]
        for folder in {(site / path).parent for site, path in named}:
            there = next(one for one in (folder, *folder.parents) if one.exists())
            if not there.is_dir():
                raise WrongUsage(tell("{there} is a file, not a folder", there=there))
            if not os.access(there, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(there))
        self._keep(staged)
        for other in others:
            put, move = self._put[other.root], tuple(self._move.get(other.root, ()))
            _write(other, ChangeRecord(put, {}, self.mode, of=str(work.place.resolve()), move=move))
        also = tuple(str(other.place.resolve()) for other in others)
        move = tuple(self._move.get(self.root, ()))
        record = ChangeRecord(self._put[self.root], self._remove, self.mode, also, move=move)
        _write(work, record)
        self._recorded = True
        try:
            _carry_out(work.place, record)
        except KeyboardInterrupt:
            _carry_out(work.place, record)
            raise
        except Refused:
            has_moved = any(os.path.lexists(site / to) for site, _, to in self._moves())
            if all(map(os.path.lexists, staged)) and not has_moved and not any((work.place / OLD).iterdir()):
                (work.place / RECORD).unlink()  # nothing has happened yet
            raise

    def drop(self) -> None:
        """Removes what was prepared; a recorded change that is incomplete stays for the next command."""
        for work in self._works.values():
            if self._recorded and (work.place / RECORD).exists():
                work.lock.__exit__()
            else:
                end(work)
        for folder in reversed(self._made):  # only empty folders
            with suppress(OSError):
                folder.rmdir()


@contextmanager
def change(root: Path, mode: int = 0o777, durable: bool = True) -> Iterator[FileChange]:
    """A change to prepare; it happens at the end if no exception is raised."""
    one = FileChange(root, mode, durable)
    try:
        yield one
        one.commit()
    finally:
        one.drop()


def make_folders(folder: Path, mode: int) -> list[Path]:
    """Creates the folder and its parents; returns the new folders, outermost first."""
    if folder.exists():
        if not folder.is_dir():
            raise WrongUsage(tell("{folder} is a file, not a folder", folder=folder))
        return []
    above = make_folders(folder.parent, mode)
    folder.mkdir(mode, exist_ok=True)
    return [*above, folder]


# ── records ──────────────────────────────────────────────────────────────────────────────────


def _write(work: Work, record: ChangeRecord) -> None:
    """Writes the record in one step, and syncs it to disk with everything that it names."""
    part = work.place / f"{RECORD}-part"
    part.write_text(json.dumps(record._asdict(), indent=2) + "\n", "ascii")
    keep([part, work.place / NEW])
    part.replace(work.place / RECORD)
    keep([work.place, work.place.parent, work.root])


def _read(place: Path) -> ChangeRecord:
    try:
        data = json.loads((place / RECORD).read_bytes())
        move = tuple((path, to) for path, to in data.get("move", ()))
        said = ChangeRecord(**{**data, "also": tuple(data["also"]), "move": move})
        named = (*said.put, *said.put.values(), *said.remove, *said.remove.values())
        for path in (*named, *(path for pair in said.move for path in pair)):
            if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
                raise ValueError(path)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(
            tell(
                "{place} is damaged. Check it, then remove {place_2}.",
                place=place / RECORD,
                place_2=place,
            )
        ) from error
    return said


def _carry_out(place: Path, record: ChangeRecord) -> None:
    """Moves everything into place that is not there yet; it may be killed at any point and repeated."""
    root = place.parent.parent
    try:
        others = [other for other in map(Path, record.also) if _belongs(other, place)]
        for other in others:
            _rename(other, _read(other))
        _rename(place, record)
        for one in (*others, place):
            (one / RECORD).unlink(missing_ok=True)
    except OSError as error:
        name = error.filename2 or error.filename or place
        raise Refused(
            tell(
                "{root}: a change was interrupted while its files were put in place, and "
                "cannot be completed ({name}: {strerror}). Nothing is lost. Fix the cause; "
                "the next command by a user with write access completes the change.",
                root=root,
                name=name,
                strerror=system_words(error),
            )
        ) from error


def _belongs(other: Path, place: Path) -> bool:
    """Whether the record of a work folder says that it is part of that change."""
    return (other / RECORD).is_file() and _read(other).of == str(place.resolve())


def _rename(place: Path, record: ChangeRecord) -> None:
    root, changed = place.parent.parent, set[Path]()
    (place / OLD).mkdir(exist_ok=True)
    for path, to in record.move:
        changed.add((root / path).parent)
        if os.path.lexists(root / path) and not os.path.lexists(root / to):
            (root / path).rename(root / to)
    for name, path in record.put.items():
        changed.add((root / path).parent)
        if os.path.lexists(place / name):
            changed.update(folder.parent for folder in make_folders((root / path).parent, record.mode))
            _put(place / name, root / path, place / OLD)
    for name, path in record.remove.items():
        changed.add((root / path).parent)
        if (root / path).exists() and not (place / name).exists():
            _move(root / path, place / name)
    keep(sorted(folder for folder in changed if folder.is_dir()))


def _put(staged: Path, target: Path, old: Path) -> None:
    if target.is_dir():
        target.rename(old / staged.name)
    _move(staged, target)


def _move(source: Path, target: Path) -> None:
    """Renames; if the two are on different disks, copies beside the target first."""
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        near = target.with_name(f"{TMP}-{source.name}")
        shutil.copy2(source, near)
        keep([near])
        near.replace(target)
        source.unlink()


# ── completing ───────────────────────────────────────────────────────────────────────────────


def settle(root: Path) -> None:
    """Completes changes in a folder whose process was killed, and removes leftovers."""
    if (root / TMP).is_dir():
        complete(root)
        clear(root)


def complete(root: Path) -> None:
    """Completes changes whose process was killed, and waits for changes in progress.

    Raises Refused if it may not write there, or if another command takes too long.
    """
    for place in works(root):
        if (place / RECORD).is_file():
            _complete(place)


def _complete(place: Path) -> None:
    root = place.parent.parent
    with _waited(place, root, RECORD) as held:
        if held is None or not (place / RECORD).is_file():
            return
        record = _read(place)
        if record.of is None:
            others = [other for other in map(Path, record.also) if _belongs(other, place)]
            _carry_out(place, record)
            for other in others:
                clear(other.parent.parent)
        else:
            first = Path(record.of)
            if (first / RECORD).is_file() and str(place.resolve()) in _read(first).also:
                _complete(first)  # the change that this is part of has been recorded
        with suppress(OSError):
            (place / RECORD).unlink(missing_ok=True)  # the record of a change that never happened
        shutil.rmtree(place, ignore_errors=True)
    with suppress(OSError):
        (root / TMP).rmdir()


# ── one command at a time ────────────────────────────────────────────────────────────────────


class _HeldFolders(threading.local):
    """The folders that this thread holds, and whether it shares each; other threads may serve other users."""

    def __init__(self) -> None:
        self.folders: dict[tuple[int, int], bool] = {}


_HELD = _HeldFolders()


@contextmanager
def steady(root: Path) -> Iterator[None]:
    """Reads a folder: no change is half done, and none of ours happens meanwhile."""
    with _alone(root, shared=True):
        yield


@contextmanager
def changing(root: Path, wait: float | None = None) -> Iterator[None]:
    """Reads a folder in order to change it: nobody else reads or changes it meanwhile.

    Raises Refused if another command still holds it after `wait` seconds.
    """
    with _alone(root, shared=False, wait=wait):
        yield


@contextmanager
def _alone(root: Path, shared: bool, wait: float | None = None) -> Iterator[None]:
    if not root.is_dir():
        yield
        return
    said = root.stat()
    which = (said.st_dev, said.st_ino)
    held = _HELD.folders
    if which in held:
        if held[which] and not shared:
            raise RuntimeError(f"{root} is being read by who wants to change it")
        yield
        return
    with _waited(root, root, shared=shared, wait=wait):
        settle(root)
        held[which] = shared
        try:
            yield
        finally:
            del held[which]


@contextmanager
def _waited(
    folder: Path, root: Path, until_gone: str = "", shared: bool = False, wait: float | None = None
) -> Iterator[FolderLock | None]:
    """The lock of a folder, as soon as no other command holds it; None if the folder is gone by then.

    If the file system has no locks, a command that takes longer than the wait counts as killed.
    """
    end_of_wait = time.monotonic() + (WAIT if wait is None else wait)
    while True:
        try:
            held = lock_folder(folder, shared)
        except FileNotFoundError:
            yield None
            return
        if held is not None:
            if held.is_sure or not until_gone or time.monotonic() > end_of_wait:
                break
            held.__exit__()
            if not (folder / until_gone).exists():
                yield None
                return
        elif time.monotonic() > end_of_wait:
            raise Refused(
                tell("{root} is in use by another examgen command. Wait until it finishes.", root=root)
            )
        time.sleep(_PAUSE)
    with held:
        yield held
