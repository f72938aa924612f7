"""What was found of persons in the files of a workspace, and what becomes of each file."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from pathlib import Path
from tempfile import mkstemp
from typing import Any, Literal, NamedTuple

from examgen.core.readings import Readings
from examgen.core.storage import read_input
from examgen.core.words import Message

Becomes = Literal["rewritten", "removed", "renamed", "emptied", "kept", "left"]
"""What becomes of a file: `emptied`, a picture whose page is an empty one from then on; `kept`, what a rule
keeps; `left`, what cannot be searched or changed, and is for a person to look at."""


_MOST_MEGABYTES = 8_000


def bytes_of(path: Path) -> bytes:
    """The bytes of a file of the workspace: booklets of a national sitting are large. Raises OSError for a
    pipe or a device."""
    return read_input(path, _MOST_MEGABYTES)


Looked = Readings[Any]
"""What was found in files, of those that stay as they are: an erasure looks at all of them before it holds
anybody up, and then at what changed meanwhile."""


def looking() -> Looked:
    """Nothing yet."""
    return Readings(1 << 30)


_LARGE = 1_000_000


class Waiting:
    """Bytes that wait to be put in their place, if they are many in a file of `folder`."""

    __slots__ = ("_held",)

    def __init__(self, data: bytes, folder: Path) -> None:
        self._held: bytes | Path = data
        if len(data) >= _LARGE:
            number, name = mkstemp(dir=folder)
            with open(number, "wb") as file:
                file.write(data)
            self._held = Path(name)

    def data(self) -> bytes:
        """The bytes."""
        return self._held if isinstance(self._held, bytes) else bytes_of(self._held)

    def put(self, to: Path) -> None:
        """Puts them there, once."""
        if isinstance(self._held, bytes):
            to.write_bytes(self._held)
        else:
            self._held.rename(to)


class NewBytes(MutableMapping[str, bytes]):
    """What files say from now on, by their paths in the workspace; large ones wait in `scratch`."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._waiting: dict[str, Waiting] = {}

    def __getitem__(self, name: str) -> bytes:
        return self._waiting[name].data()

    def __setitem__(self, name: str, data: bytes) -> None:
        self._waiting[name] = Waiting(data, self._scratch)

    def __delitem__(self, name: str) -> None:
        del self._waiting[name]

    def __contains__(self, name: object) -> bool:
        return name in self._waiting

    def __iter__(self) -> Iterator[str]:
        return iter(self._waiting)

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, name: str, waiting: Waiting) -> None:
        """Has a file say what waits already."""
        self._waiting[name] = waiting

    def put(self, name: str, to: Path) -> None:
        """Puts a file where it is to be, once."""
        self._waiting[name].put(to)


class FoundFile(NamedTuple):
    """A file in which a person stands."""

    path: str
    """In the workspace, `/` between folders; `database: …` of a table of the site."""
    becomes: Becomes
    places: tuple[str, ...] = ()
    """Where in it, as far as that can be told: lines, fields, pages."""
    again: str = ""
    """The command that makes it again without the person."""
    why: Message | None = None
    """Why it stays, or cannot be searched."""

    def as_dict(self) -> dict[str, object]:
        """The fields of `--json`."""
        return {
            "path": self.path,
            "becomes": self.becomes,
            "places": list(self.places),
            "again": self.again,
            "why": "" if self.why is None else str(self.why),
        }
