"""What was found of persons in the files of a workspace, and what becomes of each file."""

from __future__ import annotations

from pathlib import Path
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
