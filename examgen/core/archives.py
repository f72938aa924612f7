"""Archives from people: whether a zip file is what it says, names are plain, and the disk has room.

Nothing here unpacks. Whoever does reads members by their declared size, which `zipfile` never passes, under
names that are plain or of its own making, once the disk has room.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from io import SEEK_END, BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from examgen.core.words import Message, noted, tell

MOST_MEMBERS = 20_000
SPARE_BYTES = 200 << 20
"""That stay free on a disk that an archive is unpacked to."""
_MOST_LISTED = 500
"""Bytes of the list of members, for each of them: a name of 150 Thai letters with what goes with it."""
_LONGEST_PATH, _LONGEST_NAME = 1_000, 255
_END, _LARGE_END, _LARGE_PLACE = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_UNPLAIN = re.compile(r"[\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a name cannot have: signs of Windows for a folder, controls, and what turns the order of letters."""
_OF_ZIPFILE = {
    "not a zip file": noted("it does not end like a zip file"),
    "Bad CRC": noted("its content is damaged"),
    "Bad magic number": noted("its list of members is damaged"),
    "File name in directory": noted("its list of members is damaged"),
    "incorrect header check": noted("its content is damaged"),
    "invalid": noted("its content is damaged"),
    "Truncated": noted("its end is missing"),
    "incomplete or truncated": noted("its end is missing"),
    "compression": noted("unsupported compression"),
    "zipfiles that span": noted("one part of a split archive"),
}
"""What a reader of zip files says, in words of ours, by a part of it; anything else is told as it says it."""


class ArchiveFault(Exception):
    """Why an archive is not opened: `damaged`, `too-many`, `too-large`, `overlapping` or `no-room`."""

    def __init__(self, code: str, message: Message) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def open_zip(
    source: Path | BytesIO, most_members: int = MOST_MEMBERS, most_bytes: int | None = None
) -> zipfile.ZipFile:
    """A zip file whose members are not too many, do not lie over each other, and unpack to at most so many
    bytes together. Raises ArchiveFault."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            _check_list(file, most_members)
    else:
        _check_list(source, most_members)
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
        message = tell(
            "is not a complete zip file ({error}). Download or copy it again.", error=zip_words(error)
        )
        raise ArchiveFault("damaged", message) from None
    try:
        _check_members(archive, most_members, most_bytes)
    except ArchiveFault:
        archive.close()
        raise
    return archive


def _check_list(file: BinaryIO, most: int) -> None:
    """Looks at what the end of a zip file says of the list of its members, which is read as a whole."""
    size = file.seek(0, SEEK_END)
    file.seek(max(0, size - 65_700))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        message = tell(
            "is not a complete zip file ({error}). Download or copy it again.",
            error=_OF_ZIPFILE["not a zip file"],
        )
        raise ArchiveFault("damaged", message)
    n = int.from_bytes(tail[at + 10 : at + 12], "little")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    if tail[max(0, at - 20) : at].startswith(_LARGE_PLACE):
        large = tail[max(0, at - 76) : at - 20]
        n, length = int.from_bytes(large[32:40], "little"), int.from_bytes(large[40:48], "little")
    if n > most or length > most * _MOST_LISTED:
        raise ArchiveFault("too-many", tell("has more than {n} members", n=most))


def _check_members(archive: zipfile.ZipFile, most_members: int, most_bytes: int | None) -> None:
    members = archive.infolist()
    if len(members) > most_members:
        raise ArchiveFault("too-many", tell("has more than {n} members", n=most_members))
    if most_bytes is not None and sum(one.file_size for one in members) > most_bytes:
        raise ArchiveFault("too-large", tell("unpacks to more than {n} MB", n=most_bytes >> 20))
    end = 0
    for one in sorted(members, key=lambda one: one.header_offset):
        if one.header_offset < end:
            break
        # the head of a member has at least its name behind 30 bytes
        end = one.header_offset + 30 + len(one.orig_filename) + one.compress_size
    else:
        if end <= archive.start_dir:
            return
    message = tell("has overlapping members, which no normal program writes")
    raise ArchiveFault("overlapping", message)


def zip_words(error: Exception) -> str:
    """What a reader of zip files says, in words of ours."""
    said = str(error) or type(error).__name__
    return next((tell(words) for part, words in _OF_ZIPFILE.items() if part in said), said)


def is_plain(name: str) -> bool:
    """Whether a member's name is a path below the folder of its archive, written in the one way that a path
    can be written, and looks like no other one."""
    path = PurePosixPath(name)
    return (
        0 < len(name) <= _LONGEST_PATH
        and str(path) == name
        and not path.is_absolute()
        and not _UNPLAIN.search(name)
        and not re.match(r"[A-Za-z]:", name)
        and all(
            one != ".." and one == one.strip() and len(one.encode()) <= _LONGEST_NAME for one in path.parts
        )
        and name != "."
    )


def check_room(folder: Path, n_bytes: int) -> None:
    """Raises ArchiveFault if the disk of a folder has no room for so many bytes more."""
    free = shutil.disk_usage(folder).free - SPARE_BYTES
    if n_bytes > free:
        message = tell(
            "unpacks to {n:,} MB, but the disk has only {free:,} MB free",
            n=n_bytes >> 20,
            free=max(0, free) >> 20,
        )
        raise ArchiveFault("no-room", message)
