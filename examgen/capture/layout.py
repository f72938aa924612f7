"""What a reader of answers must be told: the forms of the exam, and what a user says of the files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from examgen.capture.columns_said import ColumnsSaid
from examgen.capture.dealing import NO_LIST, Dealing
from examgen.capture.option_marks import Texts
from examgen.capture.overlays import NO_OVERLAYS, Overlays


@dataclass(frozen=True, slots=True)
class AnswerLayout:
    """What the forms of an exam ask: the number of options of each question, in order."""

    options: dict[str, tuple[int, ...]]
    dealing: Dealing = NO_LIST
    """Whose booklet is which, where they were printed for a list."""
    overlays: Overlays = NO_OVERLAYS
    """What a grader has decided on single rows."""
    texts: Texts | None = None
    """What the forms print, where answers may be given in words."""
    accepts_unreadable: bool = False
    """Whether rows are scored of which most marks are not understood."""

    @property
    def sizes(self) -> dict[str, int]:
        """The number of questions of each form."""
        return {form: len(numbers) for form, numbers in self.options.items()}


class ReadingOptions(NamedTuple):
    """What the user says of the files where their content proves nothing; None where they said nothing.

    `encoding` is `utf-8`, `utf-16` or `cp874`; `delimiter` the character or its name; `sheet` the title of
    the sheet of a workbook; `columns` what each column is.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    columns: ColumnsSaid | None = None


NOTHING_SAID = ReadingOptions()


class Limits(NamedTuple):
    """How much is read at a time, and what is too long for a line, both in bytes of UTF-8."""

    block: int = 1 << 20
    longest_line: int = 1 << 20


LIMITS = Limits()
