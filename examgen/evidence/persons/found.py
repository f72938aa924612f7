"""What was found of persons in the files of a workspace, and what becomes of each file."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal, NamedTuple

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


_LARGE = 1_000_000


class NewBytes(MutableMapping[str, bytes]):
    """What files say from now on, by their paths in the workspace; large ones wait in a folder of their own
    in `scratch`."""

    def __init__(self, scratch: Path) -> None:
        self._folder = Path(mkdtemp(dir=scratch))
        self._held: dict[str, bytes | Path] = {}
        self._n = 0

    def __getitem__(self, name: str) -> bytes:
        held = self._held[name]
        return bytes_of(held) if isinstance(held, Path) else held

    def __setitem__(self, name: str, data: bytes) -> None:
        if len(data) < _LARGE:
            self._held[name] = data
            return
        self._n += 1
        waiting = self._folder / str(self._n)
        waiting.write_bytes(data)
        self._held[name] = waiting

    def __delitem__(self, name: str) -> None:
        del self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def put(self, name: str, to: Path) -> None:
        """Puts a file where it is to be, once."""
        held = self._held[name]
        if isinstance(held, Path):
            held.rename(to)
        else:
            to.write_bytes(held)


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
