"""The kinds of files that hold tables: their names, how their first bytes identify them, and their readers.

Any other file is text. All lists of the kinds that can be read are made from `CONTAINERS`.
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
TEXT = "text"
"""The kind of files that are no containers: delimited text."""
LARGEST_BYTES = 2 * 1024**3
BLANKS = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\x1a"
"""The bytes that a file without content may have."""


class Container(NamedTuple):
    """A kind of file that is not text.

    `read` returns its tables, whose rows are read on demand; it raises Refused if the file is damaged.
    """

    name: str
    shown: str
    """Its name in lists of kinds."""
    ending: str
    is_one: Callable[[bytes], bool]
    """Whether the first bytes of a file (some thousand, if it has them) show that it is of this kind."""
    read: Callable[[str, bytes | Path], list[RecordTable]]


def read_workbook(name: str, data: bytes | Path) -> list[RecordTable]:
    """The table of each worksheet that is not empty."""
    from examgen.capture.tabular.workbooks import workbook_tables

    return workbook_tables(name, data)


def read_parquet(name: str, data: bytes | Path) -> list[RecordTable]:
    """The table of the file."""
    # imported late: it loads modules that start processes, and few files need it
    from examgen.capture.tabular.parquet import parquet_tables

    return parquet_tables(name, data)


CONTAINERS = (
    Container("workbook", "XLSX", ".xlsx", lambda head: head.startswith(b"PK\x03\x04"), read_workbook),
    Container("parquet", "Parquet", ".parquet", lambda head: head.startswith(b"PAR1"), read_parquet),
)
"""The kinds of containers; the first one that recognises a file counts."""

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
        tell("an old .xls workbook, or one protected by a password. Save it as .xlsx without a password"),
    ),
    (b"7z\xbc\xaf", tell("a 7z archive")),
    (b"Rar!", tell("a RAR archive")),
    (b"BZh", tell("a bzip2 archive")),
    (b"\xfd7zXZ", tell("an xz archive")),
    (b"{\\rtf", tell("an RTF document")),
    (GZIP, tell("a gzip file inside a gzip file")),
)
"""The first bytes of files that are not tables of answers, and what the files are."""


def is_gzip(head: bytes) -> bool:
    """Whether these are the first bytes of a gzip file."""
    return head.startswith(GZIP)


def container_of(name: str, head: bytes) -> str:
    """The name of the container that begins with these bytes, or `TEXT`; raises Refused if the file cannot
    be a table."""
    for one in CONTAINERS:
        if one.is_one(head):
            return one.name
    for magic, kind in FOREIGN:
        if head.startswith(magic):
            message = tell(
                "this is {kind}. Expected is a table ({kinds})", kind=kind, kinds=", ".join(TABLE_KINDS)
            )
            raise refusal(name, "not-an-answer-file", message)
    return TEXT


def binary_tables(name: str, container: str, data: bytes | Path) -> list[RecordTable]:
    """The tables of a file of that kind."""
    return next(one for one in CONTAINERS if one.name == container).read(name, data)


def empty_file(name: str) -> Refused:
    """The refusal of a file without content."""
    return refusal(name, "empty-file", tell("the file is empty. Expected are a header and rows below it"))


def binary_file(name: str) -> Refused:
    """The refusal of bytes that are not text."""
    return refusal(
        name,
        "binary-file",
        tell("this is not text. Expected is a table ({kinds})", kinds=", ".join(TABLE_KINDS)),
    )


def refusal(name: str, code: str, message: Message) -> Refused:
    """The refusal of one file."""
    return Refused(tell("{name}: {message}", name=name, message=message), [Problem(name, code, message)])
