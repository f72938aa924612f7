"""Reads files, and writes them whole or not at all: under a temporary name that is then renamed.

If anything fails, the previous state remains. Files are readable only by their owner, because most contain
names, marks or keys. Only `shared` files, such as those of a bank, get the mode that the user's umask allows.
The umask can always restrict a mode further.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from examgen.core.changes import TMP, FileChange, change, is_prepared, make_folders
from examgen.core.problems import Problem, Refused, WrongUsage, system_words
from examgen.core.words import Message, tell

_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG, errno.EACCES, errno.EPERM}

PRIVATE, PRIVATE_FOLDER = 0o600, 0o700
SHARED, SHARED_FOLDER = 0o644, 0o755
"""The modes of files and folders that only their owner may read, and of those that others may read too."""
_ASKING = threading.Lock()
OWN = ".examgen"
"""The name of a marker file in folders that may be replaced as a whole, because they contain only our own
files."""
MOST_MEGABYTES = 200
"""The default limit on a file that is read as a whole."""


def allowed(mode: int) -> int:
    """Returns a mode without the bits that the user's umask removes."""
    with _ASKING:  # two threads at once would leave the process with what the one had set
        mask = os.umask(0o077)
        os.umask(mask)
    return mode & ~mask


def write_file(path: Path, data: bytes, shared: bool = False, within: Path | None = None) -> None:
    """Writes one file."""
    if within is None and is_prepared(path.parent) and not path.exists():
        make_folders(path.parent, PRIVATE_FOLDER)
        with naming(path, str(path)):
            _write_new(path, data, allowed(SHARED) if shared else PRIVATE)
    else:
        write_files({path: data}, shared, within)


def write_files(
    files: Mapping[Path, bytes],
    shared: bool = False,
    within: Path | None = None,
    without: Collection[Path] = (),
) -> None:
    """Writes several files and removes those in `without`: all or none, even if the process is killed (see
    `changes`).

    `within` is the folder that commands lock together. If it is given, an interrupted change is completed by
    the next command and survives a power failure. A shared file that is rewritten keeps its mode. New folders
    are private.
    """
    for path in files:
        _may_write(path)
    if not files and not without:
        return
    root = within or Path(os.path.commonpath([path.parent for path in files]))
    with (
        naming(root if len(files) > 1 else next(iter(files), root), str(root / TMP)),
        change(root, PRIVATE_FOLDER, durable=within is not None) as one,
    ):
        stage_files(one, files, shared)
        for path in without:
            one.remove(path)


def stage_files(change: FileChange, files: Mapping[Path, bytes], shared: bool = False) -> None:
    """Writes files to be put in place together with the rest of a change."""
    for path, data in files.items():
        staged = change.new(path)
        mode = PRIVATE
        if shared:  # as that of the file that it replaces, or what the umask allows
            mode = path.stat().st_mode & 0o777 if path.exists() else allowed(SHARED)
        with naming(path, str(staged)):
            _write_new(staged, data, mode)


def _write_new(path: Path, data: bytes, mode: int) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
        file.write(data)
    if mode != PRIVATE:
        path.chmod(mode)


@contextmanager
def naming(path: Path, temporary: str) -> Iterator[None]:
    """Makes errors of the disk name `path` instead of a temporary path that begins with `temporary`, or of no
    path."""
    try:
        yield
    except OSError as error:
        name = str(error.filename or "")
        if error.errno in _OF_THE_DISK and (not name or name.startswith(temporary)):
            error.filename, error.filename2 = str(path), None
        raise


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Yields a file to write in parts. It takes the place of `path` if no error occurs."""
    _may_write(path)
    with (
        naming(path, str(path.parent / TMP)),
        change(path.parent, durable=False) as one,
        open(os.open(one.new(path), os.O_WRONLY | os.O_CREAT, PRIVATE), "wb", 1 << 18) as file,
    ):
        yield file


def same_but_for_case(path: Path) -> str | None:
    """Returns the name of an existing file or folder that differs only in case from one that does not exist
    yet; None if there is none. On file systems that ignore case it would be overwritten, and people would
    confuse the two."""
    try:
        names = os.listdir(path.parent)
    except (FileNotFoundError, NotADirectoryError):
        return None
    alike = path.name.casefold()
    return None if path.name in names else next((one for one in names if one.casefold() == alike), None)


@contextmanager
def new_folder(folder: Path, durable: bool = False) -> Iterator[Path]:
    """Yields a folder to fill. It takes the place of `folder` if no error occurs."""
    folder = folder if folder.name not in ("", "..") else folder.resolve()
    with naming(folder, str(folder.parent / TMP)), change(folder.parent, durable=durable) as one:
        yield staged_folder(one, folder)


def staged_folder(change: FileChange, folder: Path) -> Path:
    """Returns a folder to fill, which takes the place of `folder` together with the rest of the change."""
    if folder.is_symlink():
        raise WrongUsage.because("{folder} is a link. Give the folder itself.", folder=folder)
    if folder.exists() and not folder.is_dir():
        raise WrongUsage.because("{folder} is a file. Give a folder.", folder=folder)
    staged = change.new(folder)
    staged.mkdir()
    staged.chmod(allowed(SHARED_FOLDER))
    return staged


@contextmanager
def own_folder(folder: Path, within: FileChange | None = None) -> Iterator[Path]:
    """Yields a folder to fill, with mode 0700. It may replace only an empty folder or one that was made in
    this way; with `within`, it does so as part of that change.

    Raises WrongUsage for a folder that contains other files.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / OWN).is_file():
        raise WrongUsage.because(
            "{folder} contains other files. Give a new or an empty folder.", folder=folder
        )
    with nullcontext(staged_folder(within, folder)) if within else new_folder(folder) as made:
        made.chmod(PRIVATE_FOLDER)
        (made / OWN).write_text("examgen may replace this folder as a whole: keep nothing else in it\n")
        yield made
        for path in made.iterdir():
            if path.is_file():
                path.chmod(PRIVATE)


def _may_write(path: Path) -> None:
    if path.is_dir():
        raise WrongUsage.because("{path} is a folder. Give a file.", path=path)
    if path.exists() and not path.is_file():
        raise WrongUsage.because("{path} is a device, not a file. Give a file.", path=path)


def check_regular(path: Path) -> None:
    """Raises OSError if a path is a pipe or a device, because reading it may never end."""
    kind = path.stat().st_mode
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise OSError(errno.EINVAL, tell("it is a pipe or a device. Save its output as a file."), str(path))


def read_input(path: Path, most_megabytes: int = MOST_MEGABYTES) -> bytes:
    """Returns the content of a file that others may have made. Raises OSError with the reason for a pipe, a
    device, or a file that is too large."""
    check_regular(path)
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > most_megabytes * 1_000_000:
            reason = tell(
                "it is larger than the maximum of {most_megabytes} MB. Split it.",
                most_megabytes=most_megabytes,
            )
            raise OSError(errno.EFBIG, reason, str(path))
        return file.read()


def sha256(data: bytes) -> str:
    """Returns the SHA-256 of the data in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    """Returns the SHA-256 of a file of any size in hexadecimal."""
    check_regular(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def json_bytes(data: Any) -> bytes:
    """Returns data as JSON, with Thai unescaped and fields in the order given."""
    # names of files may be not text: what stands for their bytes is escaped, as JSON can
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode(errors="backslashreplace")


def yaml_bytes(data: Any) -> bytes:
    """Returns data as YAML, with Thai unescaped, fields in the order given, and each text on one line."""
    import yaml
    from yaml.representer import SafeRepresenter

    SafeRepresenter.add_representer(Message, lambda dumper, text: dumper.represent_str(str(text)))
    shown: dict[str, Any] = {"allow_unicode": True, "sort_keys": False, "width": 10_000}
    if isinstance(data, dict | list) and hasattr(yaml, "CSafeDumper"):
        text: str = yaml.dump(data, Dumper=yaml.CSafeDumper, **shown)
        # six times as fast; it sets what needs an escape, and a name of no characters, in other ways
        if "\\" not in text and "'':" not in text:
            return text.encode()
    careful: str = yaml.safe_dump(data, **shown)
    return careful.encode()


# ── what users name ──────────────────────────────────────────────────────────────────────────

Progress = Callable[[str], None]
MANY_ITEMS = 1000
"""The number of items from which work takes longer than two seconds, so that its progress is reported."""
MANY_BYTES = 1_000_000
"""The size of a file of items that takes longer than a second to read."""


def quiet(message: str) -> None:
    """Ignores a message about progress."""


def read_files(paths: Sequence[Path], most_megabytes: int = MOST_MEGABYTES) -> list[tuple[str, bytes]]:
    """Returns the name and content of every file. Raises WrongUsage that lists every file that cannot be
    read."""
    problems: list[Problem] = []
    contents: list[tuple[str, bytes]] = []
    for path in paths:
        try:
            contents.append((str(path), read_input(path, most_megabytes)))
        except OSError as error:
            problems.append(
                Problem(
                    str(path),
                    "file-unreadable",
                    tell("cannot be read: {strerror}", strerror=system_words(error)),
                )
            )
    if problems:
        raise WrongUsage.because("some files cannot be read", problems)
    return contents


def named(refused: Refused, files: Mapping[str, Path]) -> Refused:
    """Returns a refusal in which the paths of files are replaced by the names that users know."""
    problems = [*refused.problems]
    for name, path in files.items():
        problems = [one._replace(source=one.source.replace(str(path), name)) for one in problems]
    return Refused(refused.message, problems)


_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""File names that Windows takes for devices."""


class FileNames:
    """Creates file names for ids and centres: no two the same, and none that leads out of its folder."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, text: str) -> str:
        """Returns a file name for a text that was not returned before."""
        # vowels and tones above and below Thai letters are none of \w
        plain = re.sub(r"[^\w\u0e31-\u0e4e.-]+", "_", text).strip("._")[:80] or "_"
        if _DEVICE.fullmatch(plain):
            plain = f"{plain}_"
        name, n = plain, 2
        while name.casefold() in self._taken:
            name, n = f"{plain}-{n}", n + 1
        self._taken.add(name.casefold())
        return name
