"""Changes to files and folders: new content is written in a temporary folder, then renamed into place.

    exam/.examgen-tmp/                removed when empty
        tmpx1y2z3/                    of one command; locked while its process lives
            new/0, new/1, …           what the command writes, readable only by its owner
            old/0, …                  what was replaced or removed
            moves.json                only with a commit file: the list of moves

A single file or folder is put in place by one rename. If there are several, one of them is the commit file
and is written first: a record to which an act is appended, a manifest, or one of the files. Until the commit
file is written, nothing has changed. After that, the next command puts in place whatever is still missing
(`complete`). A temporary folder that is neither locked nor committed is ignored and removed. If only folders
change, they are renamed one after the other, and a command that is killed between two of them must be run
again.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from examgen.core.locks import FolderLock, is_same_folder, lock_folder
from examgen.core.problems import Refused, WrongUsage, system_words

TMP = ".examgen-tmp"
SCORING = ".scoring-"
"""The prefix of the name of a folder in which a run is prepared."""
NEW, OLD, MOVES = "new", "old", "moves.json"
WAIT = 20.0
"""The number of seconds for which a command waits for another one."""
_PAUSE = 0.005
"""Seconds between attempts to get a lock: short, so that pages do not wait long."""
_AS_ABOVE = 0o2777
"""The mode bits that new folders inherit from the parent folder. With setgid, files also inherit its group.
"""


# ── folders of commands at work ──────────────────────────────────────────────────────────────


class Work(NamedTuple):
    """The temporary folder of a running command, with its lock."""

    place: Path
    lock: FolderLock


def is_prepared(path: Path) -> bool:
    """Returns whether a path lies in the temporary folder of a command, not yet in its final place."""
    return any(part.startswith((TMP, SCORING)) for part in path.parts)


def temporary_folder(above: Path, prefix: str) -> Path:
    """Creates a temporary folder, readable only by its owner. Its path is relative if `above` is relative:
    `mkdtemp` itself returns an absolute path since Python 3.12."""
    return above / Path(tempfile.mkdtemp(prefix=prefix, dir=above)).name


def begin(root: Path) -> Work:
    """Creates and locks a temporary folder for a command that changes `root`."""
    above = root / TMP
    mode = root.stat().st_mode & _AS_ABOVE
    while True:
        with suppress(FileNotFoundError):  # another command has removed what it found empty
            if not above.is_dir():
                above.mkdir(exist_ok=True)
                above.chmod(mode)
            place = temporary_folder(above, "tmp")
            if lock := _lock(place):
                try:
                    place.chmod(mode)
                    (place / NEW).mkdir(0o700)
                except BaseException:
                    lock.__exit__()
                    raise
                return Work(place, lock)


def _lock(place: Path) -> FolderLock | None:
    lock = lock_folder(place)
    if lock is not None and not is_same_folder(place, lock):
        lock.__exit__()
        return None
    return lock


def end(work: Work) -> None:
    """Removes the folder of a command."""
    with work.lock:
        shutil.rmtree(work.place, ignore_errors=True)
    with suppress(OSError):
        work.place.parent.rmdir()


def _works(root: Path) -> list[Path]:
    """Returns the temporary folders of commands that change `root`, or that were killed while they did."""
    above = root / TMP
    with suppress(FileNotFoundError, NotADirectoryError):
        if not above.is_symlink():
            return sorted(path for path in above.iterdir() if path.is_dir() and not path.is_symlink())
    return []


def left(root: Path) -> Iterator[Work]:
    """Yields the temporary folders of killed commands, each locked until the next one is requested."""
    for place in _works(root):
        with suppress(FileNotFoundError, PermissionError):
            lock = _lock(place)
            if lock is not None:
                with lock:
                    yield Work(place, lock)


def left_below(*folders: Path) -> list[Path]:
    """Returns the temporary folders of killed commands in the first folder, and anywhere below the others."""
    first, *others = folders
    places = [first, *(tmp.parent for folder in others for tmp in sorted(folder.rglob(TMP)))]
    return [work.place for place in places for work in left(place)]


# ── changes ──────────────────────────────────────────────────────────────────────────────────


class _Moves(NamedTuple):
    """The moves of a change. By path relative to the changed folder, `put` has the name of the new file in
    the temporary folder, and `move` the new path; `remove` lists what is removed. The change is committed as
    soon as `commit` has `digest`."""

    put: dict[str, str]
    move: dict[str, str]
    remove: list[str]
    mode: int
    commit: str
    digest: str


class FileChange:
    """A change of `root` in preparation. New folders get `mode`. If it is `durable`, it survives a power
    failure once it is committed."""

    def __init__(self, root: Path, mode: int = 0o777, durable: bool = True) -> None:
        self.root, self.mode, self.durable = root, mode, durable
        self._works: dict[Path, Work] = {}
        self._put: dict[Path, Path] = {}
        self._move: dict[Path, Path] = {}
        self._remove: list[Path] = []
        self._made: list[Path] = []
        self._commit: tuple[Path, str, Callable[[], object]] | None = None
        self._is_done = False
        self._n_new = 0

    @property
    def is_empty(self) -> bool:
        """Whether the change moves and removes nothing."""
        return not (self._put or self._move or self._remove)

    def new(self, path: Path) -> Path:
        """Returns the path at which to write the new file or folder for `path`."""
        site = self.root if path.is_relative_to(self.root) else path.parent
        self._put[path] = self._work(site).place / NEW / str(self._n_new)
        self._n_new += 1
        return self._put[path]

    @property
    def staging(self) -> Path:
        """A folder for new files whose final names are set later, by `put`."""
        return self._work(self.root).place / NEW

    def put(self, path: Path, staged: Path) -> None:
        """Has the change move a file from the `staging` folder to `path`."""
        self._put[path] = staged

    def remove(self, path: Path) -> None:
        """Has the change remove a file or folder below `root`."""
        self._remove.append(path)

    def move(self, path: Path, name: str) -> None:
        """Has the change rename a file or folder below `root`, within its folder, to an unused name."""
        self._move[path] = path.with_name(name)

    def commit_by(self, path: Path, digest: str, put: Callable[[], object]) -> None:
        """Has `put` commit the change. `path` is then a record with the act of that digest, or the file with
        that SHA-256."""
        self._commit = path, digest, put

    def _work(self, site: Path) -> Work:
        if site not in self._works:
            settle(site)
            self._made += make_folders(site, self.mode)
            self._works[site] = begin(site)
        return self._works[site]

    def commit(self) -> None:
        """Puts everything in place. A second call does nothing."""
        if self._is_done or (self.is_empty and self._commit is None):
            return
        self._is_done = True
        if self.durable:
            keep(path for staged in self._put.values() for path in (*staged.rglob("*"), staged))
        self._check()
        for path, staged in self._put.items():
            if self.root not in path.parents:  # as a letter that somebody asked for
                make_folders(path.parent, self.mode)
                _put(staged, path, staged.parent.parent / OLD, swap=True)
        place = self._work(self.root).place
        if self._commit is None and self.durable:
            self._commit_by_a_file()
        if self._commit is None:
            _carry_out(place, self._moves(place), swap=True, durable=self.durable)
            return
        moves, part = self._moves(place), place / f"{MOVES}-part"
        part.write_text(json.dumps(moves._asdict(), indent=2) + "\n", "ascii")
        keep([part, place / NEW])
        part.replace(place / MOVES)
        keep([place, place.parent, self.root])
        self._commit[2]()
        with _completing(place):
            try:
                _carry_out(place, moves)
            except KeyboardInterrupt:
                _carry_out(place, moves)
                raise

    def _commit_by_a_file(self) -> None:
        """Makes the first file that differs from its earlier version the commit file of the whole change."""
        if len(self._put) + len(self._move) + len(self._remove) == 1:
            return
        for path, staged in self._put.items():
            if self.root not in path.parents or not staged.is_file():
                continue
            data = staged.read_bytes()
            if not path.is_file() or path.read_bytes() != data:
                put = partial(_put_first, staged, path, self.mode)
                return self.commit_by(path, sha256(data).hexdigest(), put)

    def _moves(self, place: Path) -> _Moves:
        def below(path: Path) -> str:
            return path.relative_to(self.root).as_posix()

        put = {
            below(path): staged.relative_to(place / NEW).as_posix()
            for path, staged in self._put.items()
            if self.root in path.parents
        }
        moved = {below(path): below(to) for path, to in self._move.items()}
        commit, digest = ("", "") if self._commit is None else (below(self._commit[0]), self._commit[1])
        return _Moves(put, moved, [*map(below, self._remove)], self.mode, commit, digest)

    def _check(self) -> None:
        """Raises before anything is moved if a parent folder is a file or is not writable."""
        for folder in {path.parent for path in (*self._put, *self._move)}:
            there = next(one for one in (folder, *folder.parents) if one.exists())
            if not there.is_dir():
                raise WrongUsage.because("{there} is a file, not a folder", there=there)
            if not os.access(there, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(there))

    def drop(self) -> None:
        """Removes what was prepared. A committed but incomplete change is left for the next command to
        complete."""
        for site, work in self._works.items():
            moves = _read(work.place)
            if moves is not None and _is_committed(site, moves):
                work.lock.__exit__()
            else:
                end(work)
        for folder in reversed(self._made):  # only empty folders
            with suppress(OSError):
                folder.rmdir()


@contextmanager
def change(root: Path, mode: int = 0o777, durable: bool = True) -> Iterator[FileChange]:
    """Yields a change to prepare, and commits it at the end unless an exception is raised."""
    prepared = FileChange(root, mode, durable)
    try:
        yield prepared
        prepared.commit()
    finally:
        prepared.drop()


def make_folders(folder: Path, mode: int) -> list[Path]:
    """Creates the folder and its parents, and returns the new folders, outermost first."""
    if folder.exists():
        if not folder.is_dir():
            raise WrongUsage.because("{folder} is a file, not a folder", folder=folder)
        return []
    above = make_folders(folder.parent, mode)
    folder.mkdir(mode, exist_ok=True)
    return [*above, folder]


def _put(staged: Path, target: Path, old: Path, swap: bool = False) -> None:
    """Renames a staged file or folder to its target after moving a folder there out of the way. With `swap`,
    the two are exchanged in one step if the system supports it; such a call cannot be repeated."""
    if target.is_dir():
        if swap and exchange(staged, target):
            return
        _remove(target, old)
    staged.replace(target)


def _put_first(staged: Path, path: Path, mode: int) -> None:
    make_folders(path.parent, mode)
    staged.replace(path)
    keep([path.parent])


def _remove(path: Path, old: Path) -> None:
    old.mkdir(exist_ok=True)
    path.rename(old / str(len(os.listdir(old))))


# ── committed and not all in its place ───────────────────────────────────────────────────────


def _read(place: Path) -> _Moves | None:
    """Returns the moves of a change with a commit file; None for a command without one."""
    path = place / MOVES
    if not path.is_file():
        return None
    try:
        moves = _Moves(**json.loads(path.read_bytes()))
        named = (
            *moves.put,
            *moves.put.values(),
            *moves.move,
            *moves.move.values(),
            *moves.remove,
            moves.commit,
        )
        if any(PurePosixPath(one).is_absolute() or ".." in PurePosixPath(one).parts for one in named):
            raise ValueError(named)
    except (ValueError, TypeError, AttributeError) as error:
        raise Refused.because(
            "{place} is damaged. Check it, then remove {place_2}.", place=path, place_2=place
        ) from error
    return moves


def _is_committed(root: Path, moves: _Moves) -> bool:
    path = root / moves.commit
    data = path.read_bytes() if path.is_file() else b""
    return f'"digest": "{moves.digest}"}}\n'.encode() in data or sha256(data).hexdigest() == moves.digest


@contextmanager
def _completing(place: Path) -> Iterator[None]:
    """Reports an error of the disk as a change that could not be completed."""
    try:
        yield
    except OSError as error:
        raise Refused.because(
            "{root}: a change was interrupted while its files were put in place, and "
            "cannot be completed ({name}: {strerror}). Nothing is lost. Fix the cause; "
            "the next command by a user with write access completes the change.",
            root=place.parent.parent,
            name=error.filename2 or error.filename or place,
            strerror=system_words(error),
        ) from error


def _carry_out(place: Path, moves: _Moves, swap: bool = False, durable: bool = True) -> None:
    """Puts in place everything that is not there yet. Without `swap`, it may be killed at any point and
    repeated."""
    root, changed = place.parent.parent, set[Path]()
    for name, to in moves.move.items():
        changed.add((root / name).parent)
        if os.path.lexists(root / name) and not os.path.lexists(root / to):
            (root / name).rename(root / to)
    for name, staged in moves.put.items():
        changed.add((root / name).parent)
        if os.path.lexists(place / NEW / staged):
            make_folders((root / name).parent, moves.mode)
            _put(place / NEW / staged, root / name, place / OLD, swap)
    for name in moves.remove:
        changed.add((root / name).parent)
        if os.path.lexists(root / name):
            _remove(root / name, place / OLD)
    if durable:
        keep(sorted(folder for folder in changed if folder.is_dir()))
    (place / MOVES).unlink(missing_ok=True)


def complete(root: Path) -> None:
    """Completes committed changes whose process was killed, and waits for those in progress.

    Raises Refused if it may not write there, or if another command takes too long.
    """
    for place in _works(root):
        if (place / MOVES).is_file():
            with _waited(place, root) as lock:
                if lock is not None and (moves := _read(place)) is not None:
                    with _completing(place):
                        if _is_committed(root, moves):
                            _carry_out(place, moves)
                    shutil.rmtree(place, ignore_errors=True)
            with suppress(OSError):
                (root / TMP).rmdir()


def settle(root: Path) -> None:
    """Completes committed changes whose process was killed, and removes all other leftovers of killed
    commands."""
    if (root / TMP).is_dir():
        complete(root)
        for work in left(root):
            if _read(work.place) is None:
                shutil.rmtree(work.place, ignore_errors=True)
        with suppress(OSError):
            (root / TMP).rmdir()


def tidy(folder: Path) -> None:
    """Does the same as `settle` right after a command was killed, in a folder, below it and in its parent.
    Skips folders in use by another command."""
    for place in {work.parent.parent for work in left_below(folder.resolve().parent, folder)}:
        with suppress(Refused, OSError):
            settle(place)


# ── one command at a time ────────────────────────────────────────────────────────────────────


class _LockedFolders(threading.local):
    """The folders that this thread has locked, and whether each lock is shared. Other threads may serve other
    users."""

    def __init__(self) -> None:
        self.folders: dict[tuple[int, int], bool] = {}


_LOCKED = _LockedFolders()


@contextmanager
def steady(root: Path) -> Iterator[None]:
    """Locks a folder for reading: no change is incomplete, and no other command changes it meanwhile."""
    with _alone(root, shared=True):
        yield


@contextmanager
def changing(root: Path, wait: float | None = None) -> Iterator[None]:
    """Locks a folder for changing: no other command reads or changes it meanwhile.

    Raises Refused if another command still has it locked after `wait` seconds.
    """
    with _alone(root, shared=False, wait=wait):
        yield


@contextmanager
def _alone(root: Path, shared: bool, wait: float | None = None) -> Iterator[None]:
    if not root.is_dir():
        yield
        return
    status = root.stat()
    which = (status.st_dev, status.st_ino)
    locked = _LOCKED.folders
    if which in locked:
        if locked[which] and not shared:
            raise RuntimeError(f"{root} is being read by who wants to change it")
        yield
        return
    with _waited(root, root, shared=shared, wait=wait):
        settle(root)
        locked[which] = shared
        try:
            yield
        finally:
            del locked[which]


@contextmanager
def _waited(
    folder: Path, root: Path, shared: bool = False, wait: float | None = None
) -> Iterator[FolderLock | None]:
    """Yields the lock of a folder as soon as no other command holds it; None if the folder no longer
    exists."""
    end_of_wait = time.monotonic() + (WAIT if wait is None else wait)
    while True:
        try:
            lock = lock_folder(folder, shared)
        except FileNotFoundError:
            yield None
            return
        if lock is not None:
            break
        if time.monotonic() > end_of_wait:
            raise Refused.because(
                "{root} is in use by another examgen command. Wait until it finishes.", root=root
            )
        time.sleep(_PAUSE)
    with lock:
        yield lock


# ── the disk ─────────────────────────────────────────────────────────────────────────────────

_AT_ONCE = 8
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
_UNKNOWN = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}


def keep(paths: Iterable[Path]) -> None:
    """Flushes these files, and the names in these folders, to disk so that they survive a power failure."""
    wanted = [path for path in paths if not path.is_symlink()]
    if len(wanted) < _AT_ONCE:
        for path in wanted:
            _keep(path)
        return
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(_keep, wanted))


def _keep(path: Path) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:  # a folder of Windows, or a file that may only be written
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _UNKNOWN:  # a file system that knows no such wish for a folder
            raise
    finally:
        os.close(handle)


def exchange(first: Path, second: Path) -> bool:
    """Exchanges two files or folders in one step. Returns False if the system does not support this."""
    rename = (
        getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    )
    if rename is None:
        return False
    sys.audit("os.rename", str(first), str(second), -1, -1)
    if rename(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) == 0:
        return True
    if (code := ctypes.get_errno()) in _UNKNOWN:
        return False
    raise OSError(code, os.strerror(code), str(second))
