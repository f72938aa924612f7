"""A backup of a whole site in one file, made while the site runs; and its restoration, after the file was
checked.

    manifest.json        version, time, the SHA-256 of every file, and the modes of folders
    database.sqlite3     a snapshot of the embedded database, or database.pgdump of PostgreSQL
    workspace/…          the workspace without files that can be made again (uploads, locks, compiled texts)

The bank, every exam package, every sitting and the register of certificates are locked as by a command that
reads them: changes wait, pages do not. While they are locked, the database is copied, and every file gets a
hard link in a folder of the backup, which takes a moment: files are replaced rather than written to, and
those that are appended to are copied. Then the locks are released, and the backup is written from that
folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, NamedTuple, Self

from pydantic import ValidationError

from examgen import __version__
from examgen.core.archives import ArchiveFault, check_room
from examgen.core.changes import NEW, SCORING, TMP, begin, change, end, settle, steady
from examgen.core.exam.names import RECORD, RESULTS, SITTING
from examgen.core.files import PRIVATE, naming, new_folder, sha256_of
from examgen.core.models.field_types import Model
from examgen.core.problems import MissingDependency, Problem, Refused, WrongUsage
from examgen.core.words import joined, tell
from examgen.evidence.certificates import REGISTER
from examgen.site.site import DATABASE, STATE, Site

MANIFEST, WORKSPACE = "manifest.json", "workspace"
KEPT = ("secret", "factor-key", "record-key", "demo-password", ".gitignore")
"""The files of the state folder that a backup contains. All others can be made again, or are the
database."""
SQLITE, POSTGRESQL = "database.sqlite3", "database.pgdump"
_MOST_ATTRIBUTES = 1 << 20


class Manifest(Model):
    """The contents of a backup: the SHA-256 of each file, and the mode of each folder of the workspace."""

    examgen: str = ""
    made: str = ""
    files: dict[str, str]
    folders: dict[str, int]


class _Entry(tarfile.TarInfo):
    """An archive entry. The length of its name and attributes is limited, because `tarfile` reads them into
    memory."""

    @classmethod
    def frombuf(cls, buf: Any, encoding: str, errors: str) -> Self:
        """Returns the entry of a header. Raises ReadError for an entry that no backup has."""
        entry = super().frombuf(buf, encoding, errors)
        is_long = entry.size > _MOST_ATTRIBUTES and not entry.isreg()
        if is_long or entry.type == tarfile.GNUTYPE_SPARSE:
            raise tarfile.ReadError(f"{entry.name}: an entry of a kind that no backup has")
        return entry


class Backed(NamedTuple):
    """A finished backup: the number of its files, its size in bytes, and its SHA-256."""

    files: int
    size: int
    sha256: str


def backup(site: Site, target: Path) -> Backed:
    """Writes the backup and reads it back. It is written completely or not at all. Raises WrongUsage if the
    file exists."""
    if target.exists():
        raise WrongUsage.because("{path} is there already: name a new file", path=target)
    if not (site.workspace / "item_bank").is_dir():
        raise WrongUsage.because("{folder} is not a workspace", folder=site.workspace)
    if not site.database and not (site.state / DATABASE).is_file():
        raise WrongUsage.because("{folder} has no site yet: `examgen serve` makes one", folder=site.workspace)
    with (
        naming(target, str(target.parent / TMP)),
        change(target.parent, durable=False) as one,
        _scratch(site) as scratch,
    ):
        staged = one.new(target)
        with open(os.open(staged, os.O_WRONLY | os.O_CREAT, PRIVATE), "wb", 1 << 18) as out:
            _write(*_held(site, scratch), out)
        found = _read(staged)
        done = Backed(len(found.files), staged.stat().st_size, sha256_of(staged))
    return done


@contextmanager
def _scratch(site: Site) -> Iterator[Path]:
    """Yields a temporary folder on the disk of the workspace. If this backup is killed, the next one removes
    it."""
    site.prepare()
    settle(site.state)
    work = begin(site.state)
    try:
        yield work.place / NEW
    finally:
        end(work)


def _held(site: Site, scratch: Path) -> tuple[dict[str, Path], dict[str, int]]:
    """Returns links to or copies of all files of the site as they are at one moment, in `scratch`, by their
    names in the backup; and the modes of their folders, by their names in the workspace."""
    with ExitStack() as stack:
        for folder in _rooms(site.workspace):
            stack.enter_context(steady(folder))
        database = _snapshot(site, scratch)
        files, folders = {database.name: database}, dict[str, int]()
        for number, path in enumerate(_files(site.workspace)):
            name = path.relative_to(site.workspace)
            with suppress(FileNotFoundError):  # what is not held may go meanwhile
                _again(path, scratch / str(number))
                files[f"{WORKSPACE}/{name.as_posix()}"] = scratch / str(number)
                for above in [*name.parents][:-1]:
                    if above.as_posix() not in folders:
                        folders[above.as_posix()] = (site.workspace / above).stat().st_mode & 0o777
    return files, dict(sorted(folders.items()))


def _again(path: Path, name: Path) -> None:
    """Makes a hard link to a file; a copy if the file is appended to or the disk does not support links."""
    if path.name != RECORD and (".git" not in path.parts or "objects" in path.parts):
        with suppress(OSError):
            return os.link(path, name)
    shutil.copy2(path, name)


def _write(files: dict[str, Path], folders: dict[str, int], out: BinaryIO) -> None:
    manifest = Manifest(
        examgen=__version__,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        files={name: sha256_of(path) for name, path in files.items()},
        folders=folders,
    )
    # a run and what stands as the result are the same files under two names: both are written
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=3, dereference=True) as archive:
        for name, path in files.items():
            archive.add(path, name, recursive=False, filter=_without_owner)
        data = manifest.model_dump_json(indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(data), PRIVATE
        archive.addfile(entry, BytesIO(data))


def _without_owner(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def _rooms(workspace: Path) -> list[Path]:
    """Returns the folders that commands lock before they write."""
    packages = sorted(path.parent for path in (workspace / "output").glob("*/exam.yaml"))
    results = [path / RESULTS for path in packages if (path / RESULTS).is_dir()]
    sittings = [path / SITTING for path in packages if (path / SITTING).is_dir()]
    register = [workspace / REGISTER] if (workspace / REGISTER).is_dir() else []
    return [workspace / "item_bank", *packages, *results, *sittings, *register]


def _files(workspace: Path) -> Iterator[Path]:
    """Yields the files of the workspace for the backup. Links are left out, because they may lead anywhere,
    and so are files in preparation."""
    state = workspace / STATE
    for folder, folders, names in os.walk(workspace):
        here = Path(folder)
        chosen = (one for one in folders if not one.startswith((TMP, SCORING)))
        folders[:] = sorted(one for one in chosen if here != state and not (here / one).is_symlink())
        for name in sorted(names):
            path = here / name
            if (here != state or name in KEPT) and path.is_file() and not path.is_symlink():
                yield path


def _snapshot(site: Site, scratch: Path) -> Path:
    """Writes a snapshot of the database into `scratch` and returns its path."""
    if not site.database:
        copy = scratch / SQLITE
        source = site.state / DATABASE
        with (
            closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as one,
            closing(sqlite3.connect(copy)) as other,
        ):
            one.backup(other)
        return copy
    copy = scratch / POSTGRESQL
    _run(site.database, "pg_dump", "--format=custom", "--no-owner", f"--file={copy}")
    return copy


def _run(database: str, program: str, *words: str) -> None:
    """Runs a program of PostgreSQL. The password is passed in a variable, which other users of the machine
    cannot see."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    said: dict[str, Any] = conninfo_to_dict(database)
    secret = {"PGPASSWORD": str(said.pop("password"))} if "password" in said else {}
    if not shutil.which(program):
        raise MissingDependency.because(
            "{program} is not on this machine: install the client of PostgreSQL", program=program
        )
    command = [program, *words, f"--dbname={make_conninfo(**said)}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **secret})
    if done.returncode:
        raise Refused.because("{program} failed: {said}", program=program, said=done.stderr.strip()[-500:])


def restore(source: Path, folder: Path, database: str = "") -> int:
    """Restores a backup into a new folder after every file was checked against the manifest. Returns the
    number of files.

    `database` is the URL of an empty PostgreSQL database, which is required for a backup of PostgreSQL.
    Raises Refused if a file is missing, changed or unexpected; nothing is restored then.
    """
    if folder.exists() and any(folder.iterdir()):
        raise WrongUsage.because("{folder} is not empty: name a new folder", folder=folder)
    if not source.is_file():
        raise WrongUsage.because("{path} is not a file", path=source)
    with new_folder(folder) as staged:
        with tempfile.TemporaryDirectory(prefix="examgen-restore-", dir=staged.parent) as scratch:
            place = Path(scratch)
            found = _read(source, place)
            for path in (place / WORKSPACE).iterdir():
                shutil.move(path, staged / path.name)
            for name, mode in found.folders.items():
                (staged / name).chmod(mode & 0o777)
            state = staged / STATE
            state.mkdir(mode=0o700, exist_ok=True)
            if (place / SQLITE).is_file():
                (place / SQLITE).chmod(PRIVATE)
                shutil.move(place / SQLITE, state / DATABASE)
            elif not database:
                raise WrongUsage.because("the backup is of PostgreSQL: name an empty database (--database)")
            else:
                dump = str(place / POSTGRESQL)
                _run(database, "pg_restore", "--no-owner", "--single-transaction", dump)
        (staged / "output").mkdir(exist_ok=True)
    return len(found.files)


def _read(source: Path, folder: Path | None = None) -> Manifest:
    """Reads a backup to its end, and writes its files into `folder`, if there is one. Returns the manifest.
    Raises Refused if the files are not those of the manifest.

    `extractall` is not used, because Python 3.11.2 of Debian 12 has no filters for it, and without a filter
    the archive decides owners and links.
    """
    found, others, manifest = dict[str, str](), list[str](), b""
    try:
        with tarfile.open(source, "r|gz", tarinfo=_Entry) as archive:
            for entry in archive:
                if folder is not None:
                    check_room(folder, entry.size)
                file = archive.extractfile(entry) if entry.isreg() and entry.sparse is None else None
                if file is None or entry.name in found or not _is_below(entry.name):
                    others.append(entry.name)
                elif entry.name == MANIFEST:
                    manifest = file.read()
                else:
                    found[entry.name] = _put(file, entry, folder and folder / entry.name)
        told = Manifest.model_validate_json(manifest)
    except ValidationError:
        raise Refused.because(
            "{path} has no manifest: it is damaged, or not a backup of a site", path=source
        ) from None
    except ArchiveFault as fault:
        raise Refused(joined([str(source), fault.message], " ")) from None
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise Refused.because("{path} is not a whole backup: {error}", path=source, error=error) from None
    above = {one.as_posix() for name in found for one in PurePosixPath(name).parents}
    others += found.keys() - told.files.keys()
    others += [name for name in told.folders if f"{WORKSPACE}/{name}" not in above]
    missing = [*(told.files.keys() - found.keys())]
    if len({SQLITE, POSTGRESQL} & found.keys()) != 1 or WORKSPACE not in above:
        missing.append(SQLITE)
    changed = [name for name, digest in found.items() if told.files.get(name, digest) != digest]
    faults = [
        Problem(name, "backup-file", words)
        for names, words in (
            (missing, tell("is missing")),
            (others, tell("does not belong to it")),
            (changed, tell("is not as it was")),
        )
        for name in sorted(names)
    ]
    if faults:
        raise Refused.because("{path} is damaged: it holds other files than it says", faults, path=source)
    return told


def _put(file: IO[bytes], entry: tarfile.TarInfo, path: Path | None) -> str:
    """Returns the SHA-256 of a file of a backup, and writes it to `path`, readable and writable by its owner,
    and by nobody else writable."""
    if path is None:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type] # it is read only
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as out:
        shutil.copyfileobj(file, out)
    path.chmod(entry.mode & 0o755 | 0o600)
    os.utime(path, (entry.mtime, entry.mtime))
    return sha256_of(path)


def _is_below(name: str) -> bool:
    """Returns whether a name is a normalised path below the folder into which it is extracted."""
    path = PurePosixPath(name)
    return str(path) == name and not path.is_absolute() and ".." not in path.parts
