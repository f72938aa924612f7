"""The whole of a site in one file, taken while it runs; and put back, checked before anything is put.

    manifest.json        what the backup is, and the SHA-256 of every file in it
    database.sqlite3     a snapshot of the embedded database, or database.pgdump of PostgreSQL
    workspace/…          the workspace but what is made anew (uploads, locks of workers, compiled texts)

While files are read, the bank and every exam package are held as a command that reads them holds them:
changes wait, pages do not. The database is copied while these are held, so that neither knows of what the
other lacks.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple, cast

from examgen import __version__
from examgen.changes import steady
from examgen.problems import MissingDependency, Problem, Refused, WrongUsage
from examgen.storage import new_file, new_folder
from examgen.web.site import STATE, Site
from examgen.words import tell
from examgen.work_folders import TMP

MANIFEST, WORKSPACE = "manifest.json", "workspace"
KEPT = ("secret", "factor-key", "demo-password", ".gitignore")
"""Files of the state folder that a backup holds; all else there is made anew, or is the database."""
_MANIFEST_LIMIT = 1 << 28


class Backed(NamedTuple):
    """A backup: how many files it holds, of how many bytes, and its own SHA-256."""

    files: int
    size: int
    sha256: str


def backup(site: Site, target: Path) -> Backed:
    """Writes the backup and reads it back, whole or not at all; raises WrongUsage where the file is there."""
    if target.exists():
        raise WrongUsage(tell("{path} is there already: name a new file", path=target))
    if not (site.workspace / "item_bank").is_dir():
        raise WrongUsage(tell("{folder} is not a workspace", folder=site.workspace))
    with tempfile.TemporaryDirectory(prefix="examgen-backup-") as scratch, new_file(target) as out:
        _write(site, Path(scratch), out)
    try:
        names, _ = _checked(target)
    except Refused:
        target.unlink()
        raise
    return Backed(len(names), target.stat().st_size, _sha256(target))


def _write(site: Site, scratch: Path, out: BinaryIO) -> None:
    hashes: dict[str, str] = {}
    with (
        # a run and what stands as the result are the same files under two names: both are written
        tarfile.open(fileobj=out, mode="w:gz", compresslevel=3, dereference=True) as archive,
        ExitStack() as held,
    ):
        for folder in _rooms(site.workspace):
            held.enter_context(steady(folder))
        database = _snapshot(site, scratch)
        _add(archive, database, database.name, hashes)
        for path in _files(site.workspace):
            _add(archive, path, f"{WORKSPACE}/{path.relative_to(site.workspace).as_posix()}", hashes)
        told = {
            "examgen": __version__,
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": hashes,
            "folders": dict(_folders(site.workspace)),
        }
        data = json.dumps(told, ensure_ascii=False, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(data), 0o600
        archive.addfile(entry, io.BytesIO(data))


def _rooms(workspace: Path) -> list[Path]:
    """The folders that commands lock."""
    packages = sorted(path.parent for path in (workspace / "output").glob("*/exam.yaml"))
    return [workspace / "item_bank", *packages]


def _files(workspace: Path) -> Iterator[Path]:
    """What the backup holds of the workspace; links are left out, for they may lead anywhere."""
    state = workspace / STATE
    for folder, folders, names in os.walk(workspace):
        here = Path(folder)
        folders[:] = sorted(one for one in folders if one != TMP and not (here / one).is_symlink())
        if here == state:
            folders[:] = []
        chosen = [name for name in sorted(names) if here != state or name in KEPT]
        yield from (here / name for name in chosen if not (here / name).is_symlink())


def _folders(workspace: Path) -> Iterator[tuple[str, int]]:
    """The folders of what the backup holds, with who may enter them."""
    for folder in sorted({above for path in _files(workspace) for above in path.parents}):
        if folder != workspace and folder.is_relative_to(workspace):
            yield folder.relative_to(workspace).as_posix(), folder.stat().st_mode & 0o777


def _add(archive: tarfile.TarFile, path: Path, name: str, hashes: dict[str, str]) -> None:
    entry = archive.gettarinfo(str(path), name)
    if not entry.isreg():
        return
    entry.uname = entry.gname = ""
    entry.uid = entry.gid = 0
    with path.open("rb") as file:
        hashes[name] = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        archive.addfile(entry, file)


def _snapshot(site: Site, scratch: Path) -> Path:
    """The database as it is at one moment."""
    if not site.database:
        copy = scratch / "database.sqlite3"
        source = site.state / "site.sqlite3"
        if not source.is_file():
            raise WrongUsage(
                tell("{folder} has no site yet: `examgen serve` makes one", folder=site.workspace)
            )
        with (
            closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as one,
            closing(sqlite3.connect(copy)) as other,
        ):
            one.backup(other)
        return copy
    copy = scratch / "database.pgdump"
    _run("pg_dump", "--format=custom", "--no-owner", f"--file={copy}", f"--dbname={site.database}")
    return copy


def _run(program: str, *words: str) -> None:
    if not shutil.which(program):
        raise MissingDependency(
            tell("{program} is not on this machine: install the client of PostgreSQL", program=program)
        )
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(tell("{program} failed: {said}", program=program, said=done.stderr.strip()[-500:]))


def restore(source: Path, folder: Path, database: str = "") -> int:
    """Puts a backup into a new folder, every file checked against the manifest first; how many files.

    With `database`, the URL of an empty PostgreSQL database, what was kept of PostgreSQL goes there.
    Raises Refused where anything is missing, changed or too much; nothing is then there.
    """
    if folder.exists() and any(folder.iterdir()):
        raise WrongUsage(tell("{folder} is not empty: name a new folder", folder=folder))
    if not source.is_file():
        raise WrongUsage(tell("{path} is not a file", path=source))
    names, modes = _checked(source)
    with new_folder(folder) as staged:
        with (
            tempfile.TemporaryDirectory(prefix="examgen-restore-", dir=staged.parent) as scratch,
            tarfile.open(source, "r:gz") as archive,
        ):
            place = Path(scratch)
            _put(archive, names, place)
            for path in (place / WORKSPACE).iterdir():
                shutil.move(path, staged / path.name)
            for name, mode in modes.items():
                (staged / name).chmod(mode & 0o777)
            state = staged / STATE
            state.mkdir(mode=0o700, exist_ok=True)
            if (place / "database.sqlite3").is_file():
                shutil.move(place / "database.sqlite3", state / "site.sqlite3")
            elif not database:
                raise WrongUsage(tell("the backup is of PostgreSQL: name an empty database (--database)"))
            else:
                dump = str(place / "database.pgdump")
                _run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={database}", dump)
        (staged / "output").mkdir(exist_ok=True)
    return len(names)


def _put(archive: tarfile.TarFile, names: set[str], folder: Path) -> None:
    """The files of those names, as their owner may have them.

    Not by `extractall`: the Python of Debian 12 (3.11.2) knows no filter for it,
    and without one owners and links are as the archive says.
    """
    for entry in archive:
        if entry.name not in names and entry.name != MANIFEST:
            continue
        path = folder / entry.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as out:
            shutil.copyfileobj(cast(BinaryIO, archive.extractfile(entry)), out)
        path.chmod(entry.mode & 0o755 | 0o600)
        os.utime(path, (entry.mtime, entry.mtime))


def _is_below(name: str) -> bool:
    """Whether a name leads nowhere but below the folder that it is put into."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _checked(source: Path) -> tuple[set[str], dict[str, int]]:
    """The names of files and the modes of folders, as the manifest says and as they are there.

    Raises Refused where the file cannot be read to its end, or holds anything but what its manifest says.
    """
    found: dict[str, str] = {}
    manifest, faults = b"", []
    try:
        with tarfile.open(source, "r|gz") as archive:
            for entry in archive:
                is_one = entry.isreg() and entry.name not in found and _is_below(entry.name)
                file = archive.extractfile(entry) if is_one else None
                if file is None:
                    faults.append(Problem(entry.name, "backup-file", tell("does not belong to it")))
                elif entry.name == MANIFEST:
                    manifest = file.read(_MANIFEST_LIMIT)
                else:
                    found[entry.name] = hashlib.file_digest(cast(BinaryIO, file), "sha256").hexdigest()
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise Refused(tell("{path} is not a whole backup: {error}", path=source, error=error)) from None
    try:
        told: dict[str, Any] = json.loads(manifest)
        hashes: dict[str, str] = told["files"]
        modes: dict[str, int] = told["folders"]
    except (ValueError, KeyError, TypeError):
        raise Refused(
            tell("{path} has no manifest: it is damaged, or not a backup of a site", path=source)
        ) from None
    there = {
        above.as_posix()
        for name in found
        if name.startswith(f"{WORKSPACE}/")
        for above in PurePosixPath(name).relative_to(WORKSPACE).parents
    }
    faults += [
        Problem(name, "backup-file", tell("is missing")) for name in sorted(hashes.keys() - found.keys())
    ]
    faults += [
        Problem(name, "backup-file", tell("does not belong to it"))
        for name in sorted(found.keys() - hashes.keys() | modes.keys() - there)
    ]
    faults += [
        Problem(name, "backup-file", tell("is not as it was"))
        for name in sorted(hashes.keys() & found.keys())
        if found[name] != hashes[name]
    ]
    if faults:
        raise Refused(tell("{path} is damaged: it holds other files than it says", path=source), faults)
    return set(hashes), modes


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
