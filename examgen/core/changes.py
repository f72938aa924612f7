"""Changes of several files or folders: all of them happen or none, also where the process is killed.

    .examgen-tmp/tmpx1y2z3/
        new/0, new/1, …     what is to stand somewhere, written to the end and kept by the disk
        record.json         what goes where: with it the change has happened, before it nothing has
        old/0, …            what gave way

What is to have another name gets it, then one thing after the other is renamed into its place, and the
record goes. Where the process is killed between, the next command that reads or writes the folder does what
is left to do (`complete`). What lies outside, as a report beside the bank, has a work folder of its own,
whose record names the first.
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
"""Seconds that a command waits for another one."""
_PAUSE = 0.005
"""Seconds between looks at a lock: a page waits no longer than it must."""


class ChangeRecord(NamedTuple):
    """What goes where: by name in the work folder, the path in the folder that is changed."""

    put: dict[str, str]
    remove: dict[str, str]
    mode: int
    """Of folders that are made on the way."""
    also: tuple[str, ...] = ()
    """Other work folders that this change uses."""
    of: str | None = None
    """The work folder whose record this one belongs to."""
    move: tuple[tuple[str, str], ...] = ()
    """What gets another name in that folder, before anything is put there."""


class FileChange:
    """A change of `root` that is being prepared. `durable`: the disk keeps it whatever happens to the power;
    a change of several things always is."""

    def __init__(self, root: Path, mode: int = 0o777, durable: bool = True) -> None:
        self.root, self.mode, self.durable = root, mode, durable
        self._works: dict[Path, Work] = {}
        self._put: dict[Path, dict[str, str]] = {}
        self._remove: dict[str, str] = {}
        self._move: dict[Path, list[tuple[str, str]]] = {}
        self._made: list[Path] = []
        self._recorded = self._is_done = False

    def new(self, path: Path) -> Path:
        """Where that is to be written which is to stand at `path`, a file or a folder."""
        site = self._site(path)
        work = self._work(site)
        name = f"{NEW}/{len(self._put[site])}"
        self._put[site][name] = path.relative_to(site).as_posix()
        return work.place / name

    def remove(self, path: Path) -> None:
        """A file below `root` that is to go."""
        self._work(self.root)
        self._remove[f"{OLD}/gone-{len(self._remove)}"] = path.relative_to(self.root).as_posix()

    def move(self, path: Path, name: str) -> None:
        """A file or folder that is to have another name where it is, which nothing there has."""
        site = self._site(path)
        self._work(site)
        below = path.relative_to(site)
        pair = (below.as_posix(), below.with_name(name).as_posix())
        self._move.setdefault(site, []).append(pair)

    def _site(self, path: Path) -> Path:
        """The folder whose work folder is used for a path."""
        return self.root if path.is_relative_to(self.root) else path.parent

    def _work(self, site: Path) -> Work:
        if site not in self._works:
            settle(site)
            self._made += make_folders(site, self.mode)
            self._works[site], self._put[site] = begin(site), {}
        return self._works[site]

    def commit(self) -> None:
        """Puts everything in its place, once."""
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
        """Whether one step was enough: for a file, and for a folder where the system can exchange two."""
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
        # before anything is put in place: a folder may not be ours to write to
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
        """Removes what was prepared; what was recorded and not done to the end stays for the next command."""
        for work in self._works.values():
            if self._recorded and (work.place / RECORD).exists():
                work.lock.__exit__()
            else:
                end(work)
        for folder in reversed(self._made):  # those that hold nothing
            with suppress(OSError):
                folder.rmdir()


@contextmanager
def change(root: Path, mode: int = 0o777, durable: bool = True) -> Iterator[FileChange]:
    """A change to prepare, which happens where all goes well."""
    one = FileChange(root, mode, durable)
    try:
        yield one
        one.commit()
    finally:
        one.drop()


def make_folders(folder: Path, mode: int) -> list[Path]:
    """Makes the folder and those above it; returns the new ones, the outermost first."""
    if folder.exists():
        if not folder.is_dir():
            raise WrongUsage(tell("{folder} is a file, not a folder", folder=folder))
        return []
    above = make_folders(folder.parent, mode)
    folder.mkdir(mode, exist_ok=True)
    return [*above, folder]


# ── records ──────────────────────────────────────────────────────────────────────────────────


def _write(work: Work, record: ChangeRecord) -> None:
    """The record, whole at once, and kept by the disk with all that it names."""
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
                "{place} is damaged: remove {place_2} once you have looked at it",
                place=place / RECORD,
                place_2=place,
            )
        ) from error
    return said


def _carry_out(place: Path, record: ChangeRecord) -> None:
    """Everything to its place that is not there yet; may itself be killed anywhere and be done again."""
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
                "{root}: a change broke off while its files were put in place, and cannot be "
                "completed ({name}: {strerror}). Nothing is lost: once that is mended, the next "
                "command of somebody who may write there completes it",
                root=root,
                name=name,
                strerror=system_words(error),
            )
        ) from error


def _belongs(other: Path, place: Path) -> bool:
    """Whether a work folder says itself that it is part of that change."""
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
    """A rename, or a copy beside it first where the two lie on two disks."""
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
    """A folder as it should be: changes completed whose process was killed, leftovers removed."""
    if (root / TMP).is_dir():
        complete(root)
        clear(root)


def complete(root: Path) -> None:
    """Does what is left to do of changes whose process was killed, and waits for those that are happening.

    Raises Refused where it may not write there, or another command takes too long.
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
            (place / RECORD).unlink(missing_ok=True)  # of a change that never came to be
        shutil.rmtree(place, ignore_errors=True)
    with suppress(OSError):
        (root / TMP).rmdir()


# ── one command at a time ────────────────────────────────────────────────────────────────────


class _HeldFolders(threading.local):
    """Folders that this thread holds, and whether it shares them; another thread may be another user."""

    def __init__(self) -> None:
        self.folders: dict[tuple[int, int], bool] = {}


_HELD = _HeldFolders()


@contextmanager
def steady(root: Path) -> Iterator[None]:
    """A folder while it is read: no change that is half done is seen, and none of ours happens meanwhile."""
    with _alone(root, shared=True):
        yield


@contextmanager
def changing(root: Path, wait: float | None = None) -> Iterator[None]:
    """A folder that is read to be changed: nobody else reads or changes it meanwhile. Refused where another
    command still holds it after so many seconds."""
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
    """The lock of a folder, as soon as no other command holds it; None where the folder is gone meanwhile.

    Where the file system has no locks, a command that takes longer than all others is taken for killed.
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
                tell("{root} is being changed or read by another examgen: wait until that is done", root=root)
            )
        time.sleep(_PAUSE)
    with held:
        yield held
