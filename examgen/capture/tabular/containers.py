"""Kinds of files that hold tables: what each is called, how its first bytes tell it, what reads it.

Text is what none of them is. What lists say of the kinds that are read comes from `CONTAINERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, tell

if TYPE_CHECKING:
    from examgen.capture.cells import RecordTable

GZIP = b"\x1f\x8b"
TEXT, RESULTS = "text", "results"
"""What a file is that is no container: delimited text, or results from the screen."""
LARGEST_BYTES = 2 * 1024**3
BLANKS = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\x1a"
"""What a file without any content may hold."""


class Container(NamedTuple):
    """A kind of file that is not text. `read` gives its tables, of which rows are read as they are asked for;
    it raises Refused where the file is damaged."""

    name: str
    shown: str
    """What lists of kinds call it."""
    ending: str
    is_one: Callable[[bytes], bool]
    """Whether the first bytes of a file, some thousand where it has them, say that it is one."""
    read: Callable[[str, bytes | Path], list[RecordTable]]


def read_workbook(name: str, data: bytes | Path) -> list[RecordTable]:
    """Each worksheet with anything on it."""
    from examgen.capture.tabular.workbooks import workbook_tables

    return workbook_tables(name, data)


def read_parquet(name: str, data: bytes | Path) -> list[RecordTable]:
    """The one table."""
    # loads what starts processes, for what few files are
    from examgen.capture.tabular.parquet import parquet_tables

    return parquet_tables(name, data)


CONTAINERS = (
    Container("workbook", "XLSX", ".xlsx", lambda head: head.startswith(b"PK\x03\x04"), read_workbook),
    Container("parquet", "Parquet", ".parquet", lambda head: head.startswith(b"PAR1"), read_parquet),
)
"""The first whose bytes they are counts."""

TABLE_KINDS = ("CSV", *(one.shown for one in CONTAINERS))
TABLE_FILES = ("CSV", "CSV.GZ", *(one.shown for one in CONTAINERS))
TABLE_ENDINGS = (".csv", ".tsv", ".txt", *(one.ending for one in CONTAINERS))
"""The kinds of tables that are read, as sentences and pages list them."""

FOREIGN = (
    (b"%PDF", tell("a PDF file")),
    (b"\x89PNG", tell("a picture")),
    (b"\xff\xd8\xff", tell("a picture")),
    (b"GIF8", tell("a picture")),
    (
        b"\xd0\xcf\x11\xe0",
        tell("an old .xls workbook or one locked with a password: save it as .xlsx, unlocked"),
    ),
    (b"7z\xbc\xaf", tell("a 7z archive")),
    (b"Rar!", tell("a RAR archive")),
    (b"BZh", tell("a bzip2 archive")),
    (b"\xfd7zXZ", tell("an xz archive")),
    (b"{\\rtf", tell("an RTF document")),
    (GZIP, tell("a gzip file inside a gzip file")),
)
"""First bytes of what is no table of answers, and what it is."""


def is_gzip(head: bytes) -> bool:
    """Whether these are the first bytes of a gzip file."""
    return head.startswith(GZIP)


def container_of(name: str, head: bytes) -> str:
    """The name of the container that the first bytes of a file begin, or `TEXT`; raises Refused where they
    begin no table."""
    for one in CONTAINERS:
        if one.is_one(head):
            return one.name
    for magic, kind in FOREIGN:
        if head.startswith(magic):
            message = tell(
                "this is {kind}; expected a table ({kinds})", kind=kind, kinds=", ".join(TABLE_KINDS)
            )
            raise refusal(name, "not-an-answer-file", message)
    return TEXT


def binary_tables(name: str, container: str, data: bytes | Path) -> list[RecordTable]:
    """The tables of a file of that container."""
    return next(one for one in CONTAINERS if one.name == container).read(name, data)


def empty_file(name: str) -> Refused:
    """The refusal of a file that holds nothing."""
    return refusal(name, "empty-file", tell("the file is empty; expected a header and rows below it"))


def binary_file(name: str) -> Refused:
    """The refusal of bytes that are not text."""
    return refusal(
        name,
        "binary-file",
        tell("this is not text; expected a table ({kinds})", kinds=", ".join(TABLE_KINDS)),
    )


def refusal(name: str, code: str, message: Message) -> Refused:
    """The refusal of one file."""
    return Refused(tell("{name}: {message}", name=name, message=message), [Problem(name, code, message)])
