"""Candidate numbers of a file without a known list → those that may stand for another number: without leading
zeros, changed into a date, with letters of another script, or contradicted by a second column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import polars as pl

from examgen.capture.answer_files import AnswerFile
from examgen.capture.columns import is_candidate_name, is_person_name
from examgen.core.responses.rows import AnswerRows, Ints, Texts
from examgen.core.words import Message, tell, tell_n

_MOST_NAMED = 4
_DATE = r"^(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{4})(?: 00:00:00)?$"
_ALIKE = "АВЕЅІЈКМНОРСТУХавеѕіјкмнорстухΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
LOOK_ALIKES = dict(zip(_ALIKE, "ABESIJKMHOPCTYXabesijkmhopctyxABEZHIKMNOPTYX", strict=True))
"""Cyrillic and Greek letters that look like a Latin one."""
_USERS = r"(?i)user ?_?name|log-?in|account|ชื่อผู้ใช้|บัญชีผู้ใช้"
_RECORDS = ("id", "รหัส", "no", "no.", "#", "ลำดับ")
"""Headings of a candidate number that may be the number of a record."""


def number_texts(ids: Texts) -> pl.Series:
    """Return candidate numbers as texts."""
    return pl.Series(ids.tolist(), dtype=pl.Binary).cast(pl.String, strict=False).fill_null("")


def zeros_lost(ids: Texts, places: Ints) -> Ints:
    """Return the indices of numbers with fewer digits than those that begin with 0: a spreadsheet may have
    removed leading zeros.
    """
    signs = np.ascontiguousarray(ids[places]).view(np.uint8).reshape(len(places), -1)
    is_number = ((signs == 0) | ((signs >= ord("0")) & (signs <= ord("9")))).all(axis=1)
    n_digits = np.count_nonzero(signs, axis=1)
    begins = is_number & (signs[:, 0] == ord("0"))
    if not begins.any():
        return np.empty(0, np.int64)
    usual = int(np.bincount(n_digits[begins]).argmax())
    return np.asarray(places[is_number & ~begins & (n_digits < usual)])


def numbers_to_check(file: AnswerFile, rows: AnswerRows, places: Ints) -> Iterator[Message]:
    """Yield warnings about suspicious candidate numbers in these rows, such as lost leading zeros."""

    def shown(found: Ints, name: Callable[[int], str]) -> str:
        named = [f"{name(place)} (line {rows.line[place]})" for place in found[:_MOST_NAMED].tolist()]
        return ", ".join(named) + (", …" if len(found) > _MOST_NAMED else "")

    def written(place: int) -> str:
        return str(rows.ids[place].decode("utf-8", "replace"))

    if len(lost := zeros_lost(rows.ids, places)):
        yield tell_n(
            "{n:,} candidate number has fewer digits than the others, which begin with 0: {shown}. Zeros "
            "may be lost. Check it.",
            "{n:,} candidate numbers have fewer digits than the others, which begin with 0: {shown}. Zeros "
            "may be lost. Check them.",
            len(lost),
            shown=shown(lost, written),
        )
    signs = np.ascontiguousarray(rows.ids[places]).view(np.uint8)
    if ((signs == 0) | ((signs >= ord("0")) & (signs <= ord("9")))).all():
        return
    texts = number_texts(rows.ids[places])
    dates = places[texts.str.contains(_DATE).to_numpy()]
    if 0 < len(dates) < len(places):
        yield tell_n(
            "{n:,} candidate number is a date: {shown}. A spreadsheet may have changed it.",
            "{n:,} candidate numbers are dates: {shown}. A spreadsheet may have changed them.",
            len(dates),
            shown=shown(dates, written),
        )
    other = places[texts.str.contains(f"[{_ALIKE}]").to_numpy()]
    if len(other):
        alike = str.maketrans(LOOK_ALIKES)
        yield tell_n(
            "{n:,} candidate number has a letter of another script that looks like a Latin one: {shown}. "
            "Check whose it is.",
            "{n:,} candidate numbers have letters of another script that look like Latin ones: {shown}. "
            "Check whose they are.",
            len(other),
            shown=shown(other, lambda place: f"{written(place)} = {written(place).translate(alike)}"),
        )


def other_numbers(file: AnswerFile, rows: AnswerRows, places: Ints) -> Iterator[Message]:
    """Report columns that repeat the candidate number, with the lines on which they have a different one."""
    # another kind of number is reported as such
    some = [one for one in _extras(file, rows, places) if not is_candidate_name(one[0])]
    some = [one for one in some if not is_person_name(one[0])]
    own = number_texts(rows.ids[places] if some else rows.ids[:0])
    for heading, cells in some:
        differs = (cells != own) & (cells != "")
        found = places[differs.to_numpy()]
        if len(found) > 0 and 2 * (cells == own).sum() > len(places):
            yield tell(
                "{file}: `{name}` repeats the candidate number, but has another on lines {lines}. Check "
                "whose rows they are.",
                file=file.structure.name,
                name=heading,
                lines=", ".join(str(line) for line in rows.line[found[:5]].tolist())
                + (", …" if len(found) > 5 else ""),
            )


def numbers_of_users(file: AnswerFile, rows: AnswerRows, places: Ints) -> str | None:
    """Return the heading of a column of user names, if the numbers read as candidate numbers only count
    records consecutively; None otherwise.
    """
    heading = file.columns.names[file.columns.candidate].strip().casefold()
    if file.columns.is_declared or heading not in _RECORDS or len(places) < 3:
        return None
    numbers = number_texts(rows.ids[places]).cast(pl.Int64, strict=False)
    if numbers.null_count() or (numbers.diff().drop_nulls() != 1).any():
        return None
    users = pl.Series([name for name, cells in _extras(file, rows, places) if cells.n_unique() == len(cells)])
    named = users.filter(users.str.contains(_USERS)) if len(users) else users
    return str(named[0]) if len(named) else None


def _extras(file: AnswerFile, rows: AnswerRows, places: Ints) -> Sequence[tuple[str, pl.Series]]:
    names = zip(file.structure.extra_names, file.columns.extras, strict=True)
    return [
        (file.columns.names[column], rows.extras[name].gather(places).fill_null("").str.strip_chars())
        for name, column in names
    ]
