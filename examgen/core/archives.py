"""Checks of archives from users: whether a zip file is what it claims, its names are plain, and the disk has
room.

Nothing here unpacks. Callers that do should read members only up to their declared size, which `zipfile`
never exceeds, under plain names or names of their own, after checking the free space.
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
"""The number of bytes that must remain free on a disk to which an archive is unpacked."""
_MOST_LISTED = 500
"""The maximum size of the list of members, in bytes for each: a name of 150 Thai letters and its other
fields."""
_LONGEST_PATH, _LONGEST_NAME = 1_000, 255
_END, _LARGE_END, _LARGE_PLACE = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_UNPLAIN = re.compile(r"[\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters not allowed in a name: the Windows folder separator, control characters, and characters that
change the direction of writing."""
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
"""Our messages in place of those of zip readers, by a part of their text. Other messages are left
unchanged."""


class ArchiveFault(Exception):
    """The reason why an archive is not opened: `damaged`, `too-many`, `too-large`, `overlapping` or
    `no-room`."""

    def __init__(self, code: str, message: Message) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def open_zip(
    source: Path | BytesIO, most_members: int = MOST_MEMBERS, most_bytes: int | None = None
) -> zipfile.ZipFile:
    """Opens a zip file whose members are not too many, do not overlap, and together unpack to at most
    `most_bytes` bytes. Raises ArchiveFault otherwise."""
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
    """Checks the number and size of the list of members, as stated at the end of a zip file, because the list
    is read as a whole."""
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
    """Returns the message of a zip reader's error in our words."""
    said = str(error) or type(error).__name__
    return next((tell(words) for part, words in _OF_ZIPFILE.items() if part in said), said)


def is_plain(name: str) -> bool:
    """Returns whether a member's name is a path below the folder of its archive, written in its only normal
    form, and cannot be mistaken for another."""
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
    """Raises ArchiveFault if the disk of a folder has no room for `n_bytes` more bytes."""
    free = shutil.disk_usage(folder).free - SPARE_BYTES
    if n_bytes > free:
        message = tell(
            "unpacks to {n:,} MB, but the disk has only {free:,} MB free",
            n=n_bytes >> 20,
            free=max(0, free) >> 20,
        )
        raise ArchiveFault("no-room", message)
