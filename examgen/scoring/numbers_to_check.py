"""Candidate numbers → those that may stand for another number, or for no candidate: written unlike others,
without leading zeros, changed into a date, with letters of another script, or contradicted by another column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import polars as pl

from examgen.capture.columns import is_candidate_name, is_person_name
from examgen.core.responses.rows import Ints, Marks, Texts
from examgen.core.words import Message, joined, option, tell, tell_n
from examgen.scoring.file_answers import MOST_NAMED, FileAnswers, Flags, number_texts

_DATE = r"^(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{4})(?: 00:00:00)?$"
_ALIKE = "АВЕЅІЈКМНОРСТУХавеѕіјкмнорстухΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_LOOK_ALIKES = str.maketrans(_ALIKE, "ABESIJKMHOPCTYXabesijkmhopctyxABEZHIKMNOPTYX")
"""Cyrillic and Greek letters that look like a Latin one."""
_USERS = re.compile(r"(?i)user ?_?name|log-?in|account|ชื่อผู้ใช้|บัญชีผู้ใช้")
_RECORDS = ("id", "รหัส", "no", "no.", "#", "ลำดับ")
"""Headings of a candidate number that may be the number of a record."""
_SIGNS = r"[\s()\-‐-―]"
_SUFFIX = r"[\s\-‐-―/_.(]+\d{1,2}\)?$"
"""Signs that do not count in a number, and a few digits behind a sign."""
_FEWEST_ALIKE = 4
"""Candidate numbers of a file, of which nearly all are alike."""
_FEWEST_DIGITS, _FAR_APART = 5, 100
"""Digits of numbers that all have as many; places of a sequence between two numbers of it, for each."""
_MOST_EXAMINED = 20_000


# ── numbers of one file ──────────────────────────────────────────────────────────────────────


def unlike_others(ids: Texts) -> Ints:
    """Return the indices of the few candidate numbers that are written unlike nearly all others, such as
    `guest1` among `690001`.

    All runs of digits count as alike, and so do all runs of letters. Their lengths are compared only if most
    numbers have leading zeros (`CM-9` among `CM-00001`), or if every number consists of digits: the few that
    are longer or shorter, such as `6901`, or look typed, such as `1234567`, are returned unless they may
    continue the sequence of the others.
    """
    if len(ids) < _FEWEST_ALIKE:
        return np.empty(0, np.int64)
    if _are_digits(_signs(ids)).all():
        return _of_other_digits(ids)
    texts = number_texts(ids).str.replace_all(_SIGNS, "")
    signs = texts.str.replace_all(r"\p{Nd}", "9").str.replace_all(r"[\p{L}\p{M}]", "A")
    shapes = [signs.str.replace_all("9+", "9").str.replace_all("A+", "A")]
    if texts.str.contains(r"(?:^|\D)0").sum() > len(ids) / 2:
        shapes.append(signs)  # zeros before a number give all as many digits: `CM-9` among `CM-00001`
    for shape in shapes:
        usual = shape.value_counts(sort=True)
        if 0 < len(ids) - usual["count"][0] <= max(1, len(ids) / 10):
            return np.flatnonzero((shape != usual[shape.name][0]).to_numpy())
    return np.empty(0, np.int64)


def _of_other_digits(ids: Texts) -> Ints:
    """Return the indices of the few numbers that have more or fewer digits than nearly all others, or digits
    such as 1234567 or 1111111, and are far from them.
    """
    signs = _signs(ids)
    n_digits = np.count_nonzero(signs, axis=1)
    usual = int(np.bincount(n_digits).argmax())
    if usual < _FEWEST_DIGITS:
        return np.empty(0, np.int64)
    steps = np.diff(signs[:, :usual].astype(np.int8), axis=1)
    is_typed = (steps == steps[:, :1]).all(axis=1) & (np.abs(steps[:, 0]) <= 1)
    is_usual = (n_digits == usual) & ~is_typed
    if is_usual.all() or 10 * np.count_nonzero(~is_usual) > len(ids):
        return np.empty(0, np.int64)
    numbers = np.array([int(one) for one in ids.tolist()], object)
    low, high = min(numbers[is_usual]), max(numbers[is_usual])
    near = _FAR_APART * len(ids)
    is_far = [not low - near < number < high + near for number in numbers]
    return np.flatnonzero(~is_usual & is_far)


def copies(ids: Texts) -> Ints:
    """Return the indices of candidate numbers that are another number with letters before or behind it, or
    with one or two digits behind a sign (`69-0013-2`).
    """
    if not 0 < len(ids) <= _MOST_EXAMINED or _are_digits(_signs(ids)).all():
        return np.empty(0, np.int64)
    written = number_texts(ids).str.strip_chars()
    texts, numbers = (one.str.replace_all(_SIGNS, "") for one in (written, written.str.replace(_SUFFIX, "")))
    stems = numbers.str.replace(r"^[\p{L}\p{M}]+(\d{2,})$|^(.*\d{2,})[\p{L}\p{M}]+$", "$1$2")
    is_copy = (numbers != texts) & numbers.is_in(texts.to_list())
    return np.flatnonzero((is_copy | ((stems != texts) & stems.is_in(texts.to_list()))).to_numpy())


def zeros_lost(ids: Texts) -> Ints:
    """Return the indices of numbers with fewer digits than those that begin with 0: a spreadsheet may have
    removed leading zeros.
    """
    signs = _signs(ids)
    is_number, n_digits = _are_digits(signs).all(axis=1), np.count_nonzero(signs, axis=1)
    begins = is_number & (signs[:, 0] == ord("0"))
    if not begins.any():
        return np.empty(0, np.int64)
    usual = int(np.bincount(n_digits[begins]).argmax())
    return np.flatnonzero(is_number & ~begins & (n_digits < usual))


def _signs(ids: Texts) -> Marks:
    """(n, width) the bytes of numbers, 0 behind the last."""
    return np.ascontiguousarray(ids).view(np.uint8).reshape(len(ids), -1)


def _are_digits(signs: Marks) -> Flags:
    return np.asarray((signs == 0) | ((signs >= ord("0")) & (signs <= ord("9"))))


def numbered(answers: FileAnswers, rows: Ints, changes: dict[int, int] | None = None) -> str:
    """Return the first few rows as text: each with its candidate number, and what it is with `changes` of
    letters.
    """
    shown = []
    for row in rows[:MOST_NAMED].tolist():
        number = answers.id_at(row)
        changed = f" = {number.translate(changes)}" if changes else ""
        shown.append(f"{number}{changed} (line {answers.rows.line[row]})")
    return ", ".join(shown) + (", …" if len(rows) > MOST_NAMED else "")


# ── messages ─────────────────────────────────────────────────────────────────────────────────


def numbers_to_check(answers: FileAnswers) -> Iterator[Message]:
    """Report candidate numbers that a spreadsheet may have changed, or with letters of another script."""
    places, ids = answers.places, answers.rows.ids[answers.places]
    if not len(ids):
        return
    lost = places[zeros_lost(ids)]
    if len(lost):
        yield tell_n(
            "{n:,} candidate number has fewer digits than the others, which begin with 0: {shown}. Zeros "
            "may be lost. Check it.",
            "{n:,} candidate numbers have fewer digits than the others, which begin with 0: {shown}. Zeros "
            "may be lost. Check them.",
            len(lost),
            shown=numbered(answers, lost),
        )
    if _are_digits(_signs(ids)).all():
        return
    texts = number_texts(ids)
    dates = places[texts.str.contains(_DATE).to_numpy()]
    if 0 < len(dates) < len(places):
        yield tell_n(
            "{n:,} candidate number is a date: {shown}. A spreadsheet may have changed it.",
            "{n:,} candidate numbers are dates: {shown}. A spreadsheet may have changed them.",
            len(dates),
            shown=numbered(answers, dates),
        )
    other = places[texts.str.contains(f"[{_ALIKE}]").to_numpy()]
    if len(other):
        yield tell_n(
            "{n:,} candidate number has a letter of another script that looks like a Latin one: {shown}. "
            "Check whose it is.",
            "{n:,} candidate numbers have letters of another script that look like Latin ones: {shown}. "
            "Check whose they are.",
            len(other),
            shown=numbered(answers, other, _LOOK_ALIKES),
        )


def repeated_numbers(answers: FileAnswers) -> Iterator[Message]:
    """Report columns that repeat the candidate number, with the lines on which they have a different one."""
    own = None
    for heading, _, cells in answers.columns:
        # another kind of number is reported as such
        if is_candidate_name(heading) or is_person_name(heading):
            continue
        own = number_texts(answers.rows.ids[answers.places]) if own is None else own
        found = answers.places[((cells != own) & (cells != "")).to_numpy()]
        if len(found) and 2 * (cells == own).sum() > len(own):
            yield tell(
                "{file}: `{name}` repeats the candidate number, but has another on lines {lines}. Check "
                "whose rows they are.",
                name=heading,
                **answers.at(found),
            )


def other_numbers(answers: FileAnswers) -> Iterator[Message]:
    """Report other columns that may hold the candidate number, and differ from the one used."""
    columns = answers.file.columns
    for heading, _, cells in () if columns.is_declared else answers.columns:
        if is_candidate_name(heading) and (cells != number_texts(answers.rows.ids[answers.places])).any():
            yield tell(
                "{file}: `{taken}` is taken as the candidate number, not `{other}`. To choose "
                "another, assign the columns with {option}.",
                taken=columns.names[columns.candidate],
                other=heading,
                option=option("columns"),
                **answers.where,
            )


def users_column(answers: FileAnswers) -> str | None:
    """Return the heading of a column of user names, if the numbers read as candidate numbers only count
    records consecutively; None otherwise.
    """
    columns = answers.file.columns
    heading = columns.names[columns.candidate].strip().casefold()
    if columns.is_declared or heading not in _RECORDS or len(answers.places) < 3:
        return None
    numbers = number_texts(answers.rows.ids[answers.places]).cast(pl.Int64, strict=False)
    if numbers.null_count() or (numbers.diff().drop_nulls() != 1).any():
        return None
    unique = (one.heading for one in answers.columns if one.cells.n_unique() == len(one.cells))
    return next(filter(_USERS.search, unique), None)


def same_numbers(ids: Texts) -> Iterator[Message]:
    """Report candidate numbers that differ only in leading zeros, capitals or separators."""
    signs = _signs(ids)
    if ((signs >= ord("0")) & (signs <= ord("9"))).all():
        return  # numbers of one length
    number = pl.col("id").str.to_lowercase().str.replace_all(r"[\s_./'’-]", "").str.strip_chars_start("0")
    frame = pl.DataFrame({"id": number_texts(ids)}).with_columns(number=number).filter(pl.col("number") != "")
    if not frame["number"].is_duplicated().any():
        return
    pairs = frame.group_by("number", maintain_order=True).agg(pl.col("id").unique(maintain_order=True))
    pairs = pairs.filter(pl.col("id").list.len() > 1)
    if pairs.height:
        yield tell_n(
            "{n:,} candidate may have a number in two ways, with other zeros, capitals or signs: "
            "{shown}. Both are scored.",
            "{n:,} candidates may have a number in two ways, with other zeros, capitals or signs: "
            "{shown}. Both are scored.",
            pairs.height,
            shown=joined(joined(some, between=" = ") for some in pairs["id"].head(MOST_NAMED).to_list()),
        )
