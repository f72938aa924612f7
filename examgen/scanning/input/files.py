"""Paths that a user names → the scan files below them, each with the name used in messages.

Folders are walked in the order of names, digits by their value (`scan 2` before `scan 10`). Hidden files and
files of the operating system are reported and not read, as are links to folders, which may lead anywhere.
Files that file managers leave everywhere are litter, unless they begin like a scan. Any other file that is no
scan is reported, because it may be a damaged one. Members of a zip are unpacked if they begin like scans.
"""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from examgen.core.archives import ArchiveFault, check_room, is_plain, open_zip
from examgen.scanning.input.page_image import LIMITS, ImageLimits, PageFault
from examgen.scanning.input.sources import KINDS, kind_of

_OF_THE_SYSTEM = re.compile(r"\.[^.].*|Thumbs\.db|desktop\.ini|__MACOSX", re.IGNORECASE)
_LITTER = re.compile(r"\.DS_Store|\._.*|\.localized|\.directory|(eh)?Thumbs\.db|desktop\.ini", re.IGNORECASE)
"""Files that file managers leave in folders."""
HIDDEN, LINKED, LITTER = "hidden-file", "linked-folder", "litter"
_DIGITS = re.compile(r"([0-9]+)")
_BLOCK = 1 << 20
_OF_ARCHIVES = {"too-many": "too-many-pages", "overlapping": "unpacks-too-large"}


class FoundFile(NamedTuple):
    """A file that was named, or that is in a named folder."""

    name: str
    """The name used in messages: the path from the named folder on, separated by `/`."""
    path: Path
    fault: str = ""
    """Why it is not read: `HIDDEN`, also for files in a hidden folder below the named one; `LINKED`, a link
    to a folder; or `LITTER`, which is skipped."""


class Unpacked(NamedTuple):
    """A member of a zip: the file that it was unpacked to, or why it was not."""

    name: str
    sha256: str = ""
    suffix: str = ""
    fault: str = ""


def files_of(paths: Iterable[Path]) -> Iterator[FoundFile]:
    """Yield the files in order; if two would have the same name, the second has its whole path."""
    told: set[str] = set()
    for path in paths:
        for found in _below(path):
            name = found.name if found.name not in told else found.path.as_posix()
            told.add(name)
            yield found._replace(name=name)


def _below(path: Path) -> Iterator[FoundFile]:
    if not path.is_dir():
        yield FoundFile(path.name, path)
        return
    base = path.resolve().name if path.name in ("", ".", "..") else path.name
    for folder, folders, names in os.walk(path):
        folders.sort(key=by_value)
        inside = Path(folder).relative_to(path)
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted([*names, *linked], key=by_value):
            told, found = inside / name, Path(folder) / name
            fault = LINKED if name in linked else "" if _is_of_users(told) else _unread(found)
            yield FoundFile((base / told).as_posix(), found, fault)


def _unread(path: Path) -> str:
    """Return the reason why a hidden file is not read."""
    if not _LITTER.fullmatch(path.name) or path.is_symlink() or not path.is_file():
        return HIDDEN
    try:
        with path.open("rb") as file:
            return _litter_of(file.read(4096))
    except OSError:
        return HIDDEN


def _litter_of(head: bytes) -> str:
    """Return `LITTER` for a file with a litter name, or `HIDDEN` if it begins like a scan."""
    try:
        kind_of(head)
    except PageFault:
        return LITTER
    return HIDDEN


def _is_of_users(path: Path) -> bool:
    return not any(map(_OF_THE_SYSTEM.fullmatch, path.parts))


def by_value(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return the sort key of a name: digits by their value."""
    parts = _DIGITS.split(name.casefold())
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts)


# ── zip ──────────────────────────────────────────────────────────────────────────────────────


def unpacked(path: Path, name: str, into: Path, limits: ImageLimits = LIMITS) -> Iterator[Unpacked]:
    """Yield the members of a zip that are files, each unpacked to `into` by its hash."""
    try:
        with open_zip(path, limits.members) as opened:
            yield from _members(opened, path.stat().st_size, name, into, limits)
    except ArchiveFault as fault:
        yield Unpacked(name, fault=_OF_ARCHIVES.get(fault.code, fault.code))
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, OverflowError, EOFError):
        yield Unpacked(name, fault="damaged")


def _members(
    opened: zipfile.ZipFile, size: int, name: str, into: Path, limits: ImageLimits
) -> Iterator[Unpacked]:
    total = 0
    room = max(limits.ratio * size, limits.ratio_from)
    members = [one for one in opened.infolist() if not one.is_dir()]
    check_room(into, min(room, sum(one.file_size for one in members)))
    if not any(_is_of_users(Path(one.filename)) for one in members):
        yield Unpacked(name, fault="no-pages")
    for one in sorted(members, key=lambda one: by_value(one.filename)):
        told = f"{name}/" + "".join(
            char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in one.filename
        )
        try:
            if not _is_of_users(Path(one.filename)):
                raise PageFault(_unread_member(opened, one))
            if not is_plain(one.filename):
                raise PageFault("unsafe-name")
            if one.flag_bits & 1:
                raise PageFault("encrypted")
            if one.file_size > limits.ratio * max(one.compress_size, 1) and one.file_size > limits.ratio_from:
                raise PageFault("unpacks-too-large")
            if one.file_size > limits.picture_bytes * 10 or total + one.file_size > room:
                raise PageFault("unpacks-too-large")
            with opened.open(one) as member:
                found = _kept(member, told, into, min(room - total, one.file_size))
            total += one.file_size
            yield found
        except PageFault as fault:
            yield Unpacked(told, fault=fault.reason)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, RuntimeError):
            yield Unpacked(told, fault="damaged")


def _unread_member(opened: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    """Return the reason why a hidden member is not read."""
    if not _LITTER.fullmatch(Path(member.filename).name) or member.flag_bits & 1:
        return HIDDEN
    with opened.open(member) as file:
        return _litter_of(file.read(4096))


def _kept(member: IO[bytes], name: str, into: Path, most: int) -> Unpacked:
    """Unpack a member, under a temporary name until it is complete."""
    head = member.read(4096)
    kind = kind_of(head)
    if kind == "zip":
        raise PageFault("zip-in-zip")
    digest = hashlib.sha256(head)
    staged = into / f".unpacking-{os.getpid()}"
    n = len(head)
    try:
        with staged.open("wb") as file:
            file.write(head)
            while block := member.read(_BLOCK):
                n += len(block)
                if n > most:
                    raise PageFault("unpacks-too-large")
                digest.update(block)
                file.write(block)
        found = Unpacked(name, digest.hexdigest(), KINDS[kind])
        staged.chmod(0o600)
        staged.replace(into / f"{found.sha256}.{found.suffix}")
        return found
    finally:
        staged.unlink(missing_ok=True)
