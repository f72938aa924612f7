"""Scored answers → what somebody should check before they count: questions that nobody answered, or that all
answered in the same wrong way, candidates who stop together, files that are right throughout or no better
than guessing, a candidate who may be the key, numbers that may belong to one person.

None of this is certain, so nothing is set aside: it is only reported.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice

import numpy as np
import polars as pl

from examgen.capture.cells import fold
from examgen.capture.columns import is_feedback_name, is_person_name
from examgen.capture.list_columns import CENTRE_NAMES, ROOM_NAMES, SEAT_NAMES
from examgen.core.exam.names import base_form
from examgen.core.person_names import near_names, same_person
from examgen.core.register import Register
from examgen.core.responses.rows import BLANK, AnswerRows, Ints, Marks
from examgen.core.words import Message, joined, tell, tell_n
from examgen.scoring.answer_columns import is_many
from examgen.scoring.answer_places import (
    answers_of_other_forms,
    answers_of_other_questions,
    answers_of_other_rows,
)
from examgen.scoring.answer_rows import ReadAnswers, RowSource
from examgen.scoring.answers_and_key import FEWEST_ALIKE, KeyedAnswers
from examgen.scoring.earn import earn, total_of
from examgen.scoring.file_answers import (
    MOST_NAMED,
    FileAnswers,
    Flags,
    Floats,
    few_shown,
    has_list,
    lines_shown,
    number_texts,
    question_shown,
    questions_shown,
)
from examgen.scoring.key import Key
from examgen.scoring.numbers_to_check import numbers_to_check, other_numbers, repeated_numbers, same_numbers

Listed = Callable[[], Register | None]
"""Returns the list of candidates, or None."""

_FEWEST = 3
"""Fewest candidates who cannot leave the same question blank, or stop at it, by chance; and fewest blanks
after their last answer.
"""
_MOST_FORMS = 50
"""The most forms whose keys rows are compared with."""
_NO_CANDIDATE = r"^(?:0+|9{3,})$"
"""Numbers that people enter for something that is not a candidate."""
_NOT_TO_COUNT = (
    r"(?i)^\W*(?:absent|no.?show|void(?:ed)?|cancell?ed|withdrawn|withheld|disqualified|invalid(?:ated)?|excluded"
    r"|deleted|removed|cheat(?:ed|ing)?|test|dummy|ขาด(?:สอบ)?|ไม่มา(?:สอบ)?|ไม่เข้าสอบ|ยกเลิก|ทุจริต|ถอนตัว|สละสิทธิ์|โมฆะ"
    r"|ตัดสิทธิ์|งดสอบ|ระงับผล|ทดสอบ(?:ระบบ)?"
    r"|in.?progress|(?:not|never).?(?:submitted|finished)|unsubmitted|incomplete|abandoned|overdue|draft"
    r"|(?:ยัง)?(?:ไม่|มิ)(?:เคย|ได้)?(?:ส่ง|เสร็จ).*|(?:กำลัง|อยู่ระหว่าง)(?:ทำ|ดำเนินการ).*)\W*$"
)
"""Texts in another column that mark a row as not to be counted."""
_EXAMPLES = r"(?i)\b(?:example|sample)\b|ตัวอย่าง|สมมุ?ติ"
"""Names of candidates who are made up."""
_REMARKS = re.compile(r"(?i)remark|comment|correct(?:ed|ion)|หมายเหตุ|ข้อสังเกต|แก้|บันทึก")
"""Headings of columns of remarks and corrections."""
_CORRECTION = (
    r"(?i)(?:ข้อ|คำถาม|\b(?:q(?:uestion)?|item))\s*(?:ที่)?\s*[.#]?\s*[0-9๐-๙]+"
    r"|(?:แก้(?:ไข)?|เปลี่ยน)\s*(?:คำตอบ)?\s*(?:ข้อ|เป็น|จาก)|(?:corrected|changed)\s+(?:to|from)\b"
)
"""Remarks that name a question or correct an answer, in any column."""
_OFFICES = (
    r"(?i)^(?:(?:ครู|อาจารย์)(?:ผู้สอน|ประจำ.*)?|ผู้(?:สอน|ออกข้อสอบ|ตรวจ(?:ข้อสอบ)?|ดูแลระบบ)"
    r"|teacher|instructor|lecturer|examiner|admin(?:istrator)?)$"
)
"""Titles in place of a name that usually mean no candidate."""
_TOTALS = re.compile(
    r"(?i)^(?:(?:raw|total|exam)[ _-]?)?(?:score|points?|marks?|grade|total|sum)\b|^(?:รวม)?คะแนน|^รวม"
)
"""Headings of totals of points."""
_TIMES = re.compile(r"(?i)time|date|started|completed|submitted|เวลา|วันที่|เริ่ม|สิ้นสุด")
_DAY = r"(?:(\d{4})[-/.])?(\d{1,2})[-/.](\d{1,2})(?:[-/.](\d{4}))?"
"""Headings of columns of times, and a day in them."""
_MONTHS = 3
"""Months between two sittings."""
_PLACES = re.compile(r"(?i)^(?:exam(?:ination)? )?(?:cent(?:re|er)|room|site)\b|^(?:ศูนย์|สนาม|ห้อง)")
"""Headings of columns of centres or rooms."""
_HEADS = {"centre": CENTRE_NAMES, "room": ROOM_NAMES, "seat": SEAT_NAMES}
_MAIL = re.compile(r"(?i)e-?mail|อีเมล")
_MOST_OF_ONE = 3
"""The most candidate numbers of one person; an address with more belongs to a room or a device."""
_ALIKE = 0.9
"""The least share of equal answers in two rows of one person."""
_RARE = 0.01
"""Files in which a candidate far above all others has a full score by chance."""
_MOST_COMPARED = 20_000
"""The most names that are compared thoroughly."""


def answers_to_check(source: RowSource, read: ReadAnswers, key: Key, listed: Listed) -> list[Message]:
    """Return the messages about the scored rows."""
    if source.kept is not None or not len(read.rows):
        return []
    files = [FileAnswers(source, read, key, file) for file in source.files]

    def of_files(*checks: Callable[[FileAnswers], Iterator[Message]]) -> Iterator[Message]:
        return (report for answers in files for check in checks for report in check(answers))

    reports = [*of_files(partial(_by_form, listed=listed)), *of_files(_not_to_count), *of_files(_comments)]
    reports += [*of_files(partial(_other_entries, listed=listed)), *_one_person_twice(read, key)]
    if not has_list(source):
        reports += [*of_files(_keys), *same_numbers(read.rows.ids)]
        reports += [*of_files(other_numbers), *of_files(numbers_to_check)]
    of_file = _teachers, repeated_numbers, _other_totals, _other_days, _cut_short, _unread_sheets
    return [*reports, *of_files(*of_file)]


def _by_form(answers: FileAnswers, listed: Listed) -> Iterator[Message]:
    """Yield the messages about the answers of a file, and about those to each form."""
    rows, sizes, where = answers.rows, answers.source.layout.sizes, answers.where
    names = [base_form(name) for name in sizes]
    size_of = dict(zip(names, sizes.values(), strict=True))
    number = {name: n for n, name in enumerate(size_of)}
    base = np.array([number[name] for name in names])[rows.form]
    of_file, most = rows.file == answers.file.number, max(sizes.values())
    answered = answers.places[rows.marks[answers.places].any(axis=1)]
    whole = _keyed(answers, of_file, most, where)
    is_few = 0 < len(answered) < FEWEST_ALIKE < len(rows) and whole.is_guessed
    others = _keyed(answers, ~of_file, most, where) if is_few else whole
    is_level = bool(level := [*whole.level(1 if whole.is_below(others) else FEWEST_ALIKE)])
    exchanged = [] if is_level else [*whole.exchanged(is_whole=True)]
    yield from (*level, *exchanged)
    if not is_level:
        yield from whole.order(_places(answers, listed, answered))
        yield from answers_of_other_rows(whole)
        yield from answers_of_other_questions(whole)
        if len(names) == len(size_of) <= _MOST_FORMS and len({*sizes.values()}) == 1:
            yield from answers_of_other_forms(whole, range(len(names)))
    absent = np.setdiff1d(answers.places, answered)
    if len(absent) and len(answered) >= _FEWEST:
        yield tell_n(
            "{file}: {n_blank:,} candidate has no answer at all (line {lines}). Check that the candidate "
            "was present.",
            "{file}: {n_blank:,} candidates have no answer at all (lines {lines}). Check that they were "
            "present.",
            len(absent),
            n_blank=len(absent),
            **answers.at(absent),
        )
    small: dict[int, list[int]] = {}
    for name, size in size_of.items():
        is_own = of_file & (base == number[name])
        marks = rows.marks[is_own, :size]
        n_answered = np.count_nonzero(marks.any(axis=1))
        if n_answered < FEWEST_ALIKE:
            small.setdefault(size, []).append(number[name])
        if n_answered < _FEWEST:
            continue
        whose = tell("{file}, form {form}", form=name, **where)
        own = _keyed(answers, is_own, size, where if len(size_of) == 1 else {"file": whose})
        yield from () if is_level else own.level(whole=whole)
        yield from own.reports()
        if not (is_level or exchanged):
            yield from own.exchanged(is_whole=False)
        in_form = name if len(size_of) > 1 else ""
        if len(blank := np.flatnonzero(~marks.any(axis=0))):
            yield tell(
                "{file}: nobody of {n:,} candidates answered {questions}. Check the columns.",
                questions=questions_shown(blank.tolist(), in_form),
                n=n_answered,
                **where,
            )
        for last, n_stopped in () if size - 1 in blank else _stops(own.marks):
            yield tell(
                "{file}: {n_stopped:,} of {n:,} candidates have no answer after {question}. Check the "
                "columns.",
                n_stopped=n_stopped,
                question=question_shown(last, in_form),
                n=n_answered,
                **where,
            )
    for size, forms in small.items():  # too few candidates of each form, but perhaps enough of all
        if len(forms) > 1:
            yield from _keyed(answers, of_file & np.isin(base, forms), size, where).reports()


def _places(answers: FileAnswers, listed: Listed, rows: Ints) -> list[Ints]:
    """Return the numbers of the centre and of the room of each row, as the list or the file has them; -1 for
    rows without one.
    """
    if not FEWEST_ALIKE <= len(rows) <= _MOST_COMPARED:
        return []
    own = np.searchsorted(answers.places, rows)
    texts = [one.cells.gather(own) for one in answers.columns if _PLACES.search(one.heading)]
    if (register := listed()) is not None and register.rooms:
        at = register.places(answers.rows.ids[rows])
        rooms = [
            register.rooms[number] if number >= 0 else ("", "")
            for number in np.where(at >= 0, register.room[at], -1).tolist()
        ]
        texts += [
            pl.Series([room[0] for room in rooms]),
            pl.Series([" ".join(room).strip() for room in rooms]),
        ]
    codes = [
        text.replace({"": None}).rank("dense").fill_null(0).cast(pl.Int64).to_numpy() - 1 for text in texts
    ]
    return [one for one in codes if 0 < one.max(initial=-1) < len(rows) / _FEWEST]


def _keyed(answers: FileAnswers, which: Flags, size: int, where: Mapping[str, Message | str]) -> KeyedAnswers:
    """Return some of the rows that have any answer, with the key."""
    rows = answers.rows
    places = np.flatnonzero(which & rows.marks[:, :size].any(axis=1))
    is_in_order = bool((rows.ids[places][1:] > rows.ids[places][:-1]).all())
    return KeyedAnswers(
        rows.marks[places, :size],
        rows.form[places],
        rows.line[places],
        answers.key,
        {**where, "n": len(places)},
        is_in_order,
    )


def _stops(marks: Marks) -> Iterator[tuple[int, int]]:
    """Yield each question after which many candidates, but not all, have no answer, and their number."""
    n, size = marks.shape
    last = size - np.argmax((marks != BLANK)[:, ::-1], axis=1)
    for place, count in enumerate(np.bincount(last, minlength=size).tolist()):
        if 0 < place <= size - _FEWEST and count >= _FEWEST and is_many(count, n):
            yield place, count


# ── rows that may be the key ─────────────────────────────────────────────────────────────────


def _keys(answers: FileAnswers) -> Iterator[Message]:
    """Report rows that may be the key: every answer is right, and the number is no candidate's or nobody else
    in the file comes near.
    """
    places = answers.places
    is_unlikely = number_texts(answers.rows.ids[places]).str.contains(_NO_CANDIDATE).to_numpy()
    if not len(places) or (not is_unlikely.any() and len(places) > _MOST_COMPARED):
        return
    shares = answers.shares(places)
    for row in places[(shares == 1) & (is_unlikely | _is_far_above(shares))].tolist():
        yield tell(
            "{file}:{line}: {id} has every answer right. Check that it is a candidate and not the key.",
            line=int(answers.rows.line[row]),
            id=answers.id_at(row),
            **answers.where,
        )


def _is_far_above(shares: Floats) -> bool:
    """Return whether a file with a full score would be rare, by the normal distribution of the shares of
    points that are not full.
    """
    others = shares[shares != 1]
    if len(others) == len(shares) or len(others) < FEWEST_ALIKE or not others.std():
        return False
    distance = (1 - others.mean()) / others.std(ddof=1)
    return bool(len(shares) * math.erfc(distance / math.sqrt(2)) / 2 < _RARE)


def _teachers(answers: FileAnswers) -> Iterator[Message]:
    """Report rows with every answer right whose name is a title such as "teacher": they may be the key."""
    for column in (one for one in answers.columns if is_person_name(one.heading)):
        is_office = column.cells.str.contains(_OFFICES)
        rows = answers.places[is_office.to_numpy()]
        for row, name, share in zip(rows, column.cells.filter(is_office), answers.shares(rows), strict=True):
            if share == 1:
                yield tell(
                    "{file}:{line}: {id} has every answer right, and `{name}` is no candidate's. Check that "
                    "it is not the key.",
                    line=int(answers.rows.line[row]),
                    id=answers.id_at(row),
                    name=name,
                    **answers.where,
                )


# ── other columns, and the file ──────────────────────────────────────────────────────────────


def _cut_short(answers: FileAnswers) -> Iterator[Message]:
    """Report a last row without its last answer, in a text file that does not end with a line end: the file
    may have been cut off.
    """
    file, places = answers.file, answers.places
    if file.container != "text" or file.is_gzip or len(places) < _FEWEST or not file.structure.size:
        return
    with file.path.open("rb") as data:
        data.seek(-1, 2)
        is_ended = data.read(1) in (b"\n", b"\r", b"\x1a", b"\0")
    if is_ended:
        return
    answered = answers.rows.marks[places] != BLANK
    last = int(np.flatnonzero(answered.any(axis=0)).max(initial=0))
    if not answered[-1, last] and 10 * answered[:, last].sum() > 8 * len(places):
        yield tell(
            "{file}: the file ends within line {line}, whose last answer is missing. Check that it is whole.",
            line=int(answers.rows.line[places[-1]]),
            **answers.where,
        )


def _unread_sheets(answers: FileAnswers) -> Iterator[Message]:
    """Report the other sheets of a workbook."""
    if unread := answers.file.structure.unread:
        yield tell(
            "{file}: sheets are not read: {names}. Check that nothing on them changes a result.",
            names=joined(repr(name) for name in unread),
            **answers.where,
        )


def _comments(answers: FileAnswers) -> Iterator[Message]:
    """Report comments on cells in rows of a workbook, which may correct an answer."""
    comments = answers.file.structure.comments
    lines = {*answers.rows.line[answers.places].tolist()} if comments else set()
    found = [f"{cell} {text[:40]!r}" for line, cell, text in comments if line in lines]
    if found:
        yield tell_n(
            "{file}: {n:,} cell has a comment: {texts}. Check whether it changes a result.",
            "{file}: {n:,} cells have comments: {texts}. Check whether one of them changes a result.",
            len(found),
            texts=few_shown(found),
            **answers.where,
        )


def _not_to_count(answers: FileAnswers) -> Iterator[Message]:
    """Report rows that another column marks as not to be counted, and remarks in a few rows, which may do the
    same.
    """
    for _, name, cells in (one for one in answers.columns if not is_feedback_name(one.name)):
        is_marked = cells.str.contains(_EXAMPLES if is_person_name(name) else _NOT_TO_COUNT)
        if is_marked.any():
            yield tell_n(
                "{file}: `{name}` says {texts}, but the row is scored. Record a decision if it does not "
                "count.",
                "{file}: `{name}` says {texts}, but the rows are scored. Record a decision if they do "
                "not count.",
                int(is_marked.sum()),
                name=name,
                texts=_by_line(answers, cells, is_marked),
                **answers.where,
            )
        is_remark = (cells != "") if _REMARKS.search(name) else cells.str.contains(_CORRECTION)
        is_remark &= ~is_marked
        if is_remark.any() and 2 * (is_remark | is_marked).sum() < len(cells):
            yield tell_n(
                "{file}: `{name}` has {n:,} remark: {texts}. Check whether it changes a result.",
                "{file}: `{name}` has {n:,} remarks: {texts}. Check whether one of them changes a result.",
                int(is_remark.sum()),
                name=name,
                texts=_by_line(answers, cells, is_remark),
                **answers.where,
            )


def _by_line(answers: FileAnswers, cells: pl.Series, which: pl.Series) -> Message:
    """Return the first few different texts of some rows, each with its lines."""
    by_text: dict[str, list[int]] = {}
    lines = answers.rows.line[answers.places[which.to_numpy()]].tolist()
    for text, line in zip(cells.filter(which).str.slice(0, 40), lines, strict=True):
        by_text.setdefault(text, []).append(line)
    shown = (
        tell_n(
            "{text!r} (line {lines})", "{text!r} (lines {lines})", len(own), text=text, lines=lines_shown(own)
        )
        for text, own in by_text.items()
    )
    return few_shown([*shown])


def _other_totals(answers: FileAnswers) -> Iterator[Message]:
    """Report columns of totals that are the points of most rows, with the rows of which they are not."""
    rows, key, places = answers.rows, answers.key, answers.places
    if not FEWEST_ALIKE <= len(places) <= _MOST_COMPARED:
        return
    for _, name, cells in (one for one in answers.columns if _TOTALS.search(one.name)):
        total = cells.str.extract(r"^(\d+(?:\.\d+)?)").cast(pl.Float64).to_numpy()
        points = total_of(key, earn(key, rows.form[places], rows.marks[places]).units) / key.unit
        is_other = ~np.isnan(total) & (np.abs(points - total) > 0.005)
        n_same = np.count_nonzero(np.abs(points - total) <= 0.005)
        if is_other.any() and n_same > max(_FEWEST, int(is_other.sum())):
            yield tell(
                "{file}: `{name}` has the points of {n_same:,} rows, but other points on lines {lines}. "
                "Check whether rows or cells have moved, or the key.",
                name=name,
                n_same=n_same,
                **answers.at(places[is_other]),
            )


def _other_days(answers: FileAnswers) -> Iterator[Message]:
    """Report the few rows whose time is months from that of the others."""
    places = answers.places
    for _, name, cells in answers.columns if len(places) >= FEWEST_ALIKE else ():
        if not _TIMES.search(name):
            continue
        days = cells.str.extract_groups(_DAY).struct.unnest().cast(pl.Int64, strict=False)
        year, is_far = days[:, 0].fill_null(days[:, 3]), np.ones(len(places), np.bool_)
        may_be_months = [one for one in (days[:, 1], days[:, 2]) if not (one > 12).any()]
        for month in may_be_months if days[:, 0].null_count() else may_be_months[:1]:
            months = 12 * year + month
            is_far &= ((months - months.median()).abs() >= _MONTHS).fill_null(False).to_numpy()
        if 0 < 5 * np.count_nonzero(is_far) <= len(places):
            yield tell(
                "{file}: `{name}` on lines {lines} is months from that of the other rows. Check that these "
                "rows belong to this sitting.",
                name=name,
                **answers.at(places[is_far]),
            )


# ── whose rows they are ──────────────────────────────────────────────────────────────────────


def _other_entries(answers: FileAnswers, listed: Listed) -> Iterator[Message]:
    """Report rows with a name, centre, room or seat other than the one that the list has for their number."""
    columns = [(one, role) for one in answers.columns if (role := _role(one.heading))]
    register = listed() if columns else None
    if register is None:
        return
    at = register.places(answers.rows.ids[answers.places])
    is_listed = at >= 0
    own, at = answers.places[is_listed], at[is_listed]
    for column, role in columns:
        if role == "name":
            on_list = register.names.gather(at)
        elif role == "seat":
            on_list = register.columns[role].gather(at) if role in register.columns else pl.Series([""])
        else:
            rooms = pl.Series([*(room[role == "room"] for room in register.rooms), ""], dtype=pl.String)
            on_list = rooms.gather(np.where(register.room[at] < 0, len(rooms) - 1, register.room[at]))
        if not (on_list != "").any():
            continue
        cells = column.cells.filter(pl.Series(is_listed))
        frame = pl.DataFrame({"row": own, "list": on_list.fill_null(""), "file": cells})
        texts = frame.select(pl.col("list", "file").str.replace_all(r"\s", "").str.to_uppercase())
        is_other = (texts["list"] != "") & (texts["file"] != "") & (texts["list"] != texts["file"])
        if role == "name":
            pairs = zip(frame.filter(is_other).iter_rows(), texts.filter(is_other).iter_rows(), strict=True)
            some = (row for row, (one, two) in pairs if one not in two and two not in one)
            other = [row for row, one, two in islice(some, _MOST_COMPARED) if _is_other(one, two)]
        else:  # a place that the list writes in another way is no other place
            is_known = texts["file"].is_in(texts["list"].unique().to_list()).sum() >= 0.8 * len(own)
            other = frame.filter(is_other)["row"].to_list() if is_known else []
        if other:
            yield tell_n(
                "{file}: `{name}` of {n:,} row is not what the list has for its number (line {lines}). "
                "It is scored by its number. Check whose row it is.",
                "{file}: `{name}` of {n:,} rows is not what the list has for their number (lines "
                "{lines}). They are scored by their number. Check whose rows they are.",
                len(other),
                name=column.name,
                **answers.at(other),
            )


def _role(heading: str) -> str | None:
    """Return what the list has for a heading: a name, a centre, a room or a seat."""
    if is_person_name(heading):
        return "name"
    plain = fold(heading)
    return next(
        (role for role, tiers in _HEADS.items() if any(plain in map(fold, heads) for heads in tiers)), None
    )


def _is_other(one: str, other: str) -> bool:
    """Return whether two names in one script belong to two persons."""
    is_thai = ["\u0e01" <= max(name) <= "\u0e5b" for name in (one, other)]
    return is_thai[0] == is_thai[1] and not same_person(one, other) and not near_names(one, other)


def _one_person_twice(read: ReadAnswers, key: Key) -> Iterator[Message]:
    """Report e-mail addresses, and names with nearly the same answers, that occur with several candidate
    numbers: one person may have two.
    """
    rows = read.rows
    for name in (name for name in rows.extras if _MAIL.search(name) or is_person_name(name)):
        frame = pl.DataFrame({"id": number_texts(rows.ids), "text": rows.extras[name]}).with_row_index("row")
        frame = frame.with_columns(pl.col("text").str.replace_all(r"\s", "").str.to_lowercase())
        frame = frame.filter((pl.col("text") != "") & pl.col("text").is_duplicated())
        if _MAIL.search(name):
            frame = frame.filter(pl.col("text").str.contains("@"))
        shared = frame.group_by("text", maintain_order=True).agg(
            pl.col("id").unique(maintain_order=True), "row"
        )
        shared = shared.filter(pl.col("id").list.len().is_between(2, _MOST_OF_ONE))
        shared = shared.head(_MOST_COMPARED)
        if not _MAIL.search(name):
            is_same = [_are_alike(rows, key, own) for own in shared["row"].to_list()]
            shared = shared.filter(pl.Series(is_same, dtype=pl.Boolean))
        if shared.height and 4 * shared.height <= max(len(rows), 4):
            shown = [joined(ids, between=" = ") for ids in shared["id"].head(MOST_NAMED + 1).to_list()]
            yield tell(
                "`{name}` is the same for several candidate numbers: {shown}. All are scored. Check whether "
                "they are one person's.",
                name=name,
                shown=few_shown(shown),
            )


def _are_alike(rows: AnswerRows, key: Key, places: Sequence[int]) -> bool:
    """Return whether the first and last of some rows have nearly the same answers, several of them wrong."""
    one, other = rows.marks[places[0]], rows.marks[places[-1]]
    size = key.keys.shape[1]
    is_wrong = (one[:size] & ~key.keys[rows.form[places[0]]]) != 0
    is_same = (one == other)[:size]
    return bool(is_same.mean() >= _ALIKE and np.count_nonzero(is_same & is_wrong) >= _FEWEST)
