"""Scored answers → what somebody should check before they count: questions that nobody answered, or that all
answered in the same wrong way, candidates who stop together, files that are right throughout or no better
than guessing, a candidate who may be the key, numbers that may belong to one person.

None of this is certain, so nothing is set aside: it is only reported.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import polars as pl

from examgen.capture.answer_files import AnswerFile
from examgen.capture.cells import fold
from examgen.capture.columns import is_candidate_name, is_feedback_name, is_person_name
from examgen.capture.list_columns import CENTRE_NAMES, ROOM_NAMES, SEAT_NAMES
from examgen.core.exam.names import base_form
from examgen.core.person_names import near_names, same_person
from examgen.core.register import Register
from examgen.core.responses.rows import BLANK, AnswerRows, Ints, Marks
from examgen.core.words import Message, joined, option, tell, tell_n
from examgen.scoring.answer_columns import is_many
from examgen.scoring.answer_places import answers_of_other_forms, answers_of_other_rows
from examgen.scoring.answer_rows import ReadAnswers, RowSource
from examgen.scoring.answers_and_key import (
    FEWEST_ALIKE,
    Flags,
    Floats,
    KeyedAnswers,
    lines_shown,
    question_shown,
    questions_shown,
)
from examgen.scoring.earn import earn, total_of
from examgen.scoring.key import Key
from examgen.scoring.numbers_to_check import number_texts, numbers_to_check, other_numbers

_FEWEST = 3
"""Fewest candidates who cannot leave the same question blank, or stop at it, by chance; and fewest blanks
after their last answer.
"""
_MOST_FORMS = 50
"""The most forms whose keys rows are compared with."""
_MOST_NAMED = 4
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


def answers_to_check(
    source: RowSource, read: ReadAnswers, key: Key, listed: Callable[[], Register | None]
) -> list[Message]:
    """Return the messages about the scored rows; `listed` returns the list of candidates, or None."""
    if source.kept is not None or not len(read.rows):
        return []
    assignment = source.layout.assignment
    reports = [*_by_form(source, read, key, listed), *_not_to_count(source, read), *_comments(source, read)]
    reports += [*_other_entries(source, read, listed), *_one_person_twice(read, key)]
    if not assignment.dealt and not len(assignment.roster):
        reports += [*_keys(source, read, key), *_one_person(read), *_other_numbers(source, read)]
        for file in source.files:
            own = np.flatnonzero(read.rows.file == file.number)
            reports += numbers_to_check(file, read.rows, own) if len(own) else ()
    for file in source.files:
        own = np.flatnonzero(read.rows.file == file.number)
        reports += [*_teachers(file, read, key, own), *other_numbers(file, read.rows, own)]
        reports += [*_other_totals(file, read, key, own), *_other_days(file, read, own)]
        reports += _cut_short(file, read, own)
        if unread := file.structure.unread:
            reports.append(
                tell(
                    "{file}: sheets are not read: {names}. Check that nothing on them changes a result.",
                    file=file.structure.name,
                    names=joined(repr(name) for name in unread),
                )
            )
    return reports


def _by_form(
    source: RowSource, read: ReadAnswers, key: Key, listed: Callable[[], Register | None]
) -> Iterator[Message]:
    """Yield the messages about the answers of each file, and of each file to each form."""
    rows, sizes = read.rows, source.layout.sizes
    names = [base_form(name) for name in sizes]
    size_of = dict(zip(names, sizes.values(), strict=True))
    number = {name: n for n, name in enumerate(size_of)}
    base = np.array([number[name] for name in names])[rows.form]
    for file in source.files:
        of_file = rows.file == file.number
        answered = np.flatnonzero(of_file & rows.marks.any(axis=1))
        where = {"file": file.structure.name}
        whole = _keyed(read, key, of_file, max(sizes.values()), where)
        is_few = 0 < len(answered) < FEWEST_ALIKE < len(rows) and whole.is_guessed
        others = _keyed(read, key, ~of_file, max(sizes.values()), where) if is_few else whole
        is_level = bool(level := [*whole.level(1 if whole.is_below(others) else FEWEST_ALIKE)])
        yield from level
        if not is_level:
            yield from whole.order(_places(file, read, listed, answered))
            yield from answers_of_other_rows(whole)
            if len(names) == len(size_of) <= _MOST_FORMS and len({*sizes.values()}) == 1:
                yield from answers_of_other_forms(whole, range(len(names)))
        absent = np.flatnonzero(of_file & ~rows.marks.any(axis=1))
        if len(absent) and len(answered) >= _FEWEST:
            yield tell_n(
                "{file}: {n_blank:,} candidate has no answer at all (line {lines}). Check that the candidate "
                "was present.",
                "{file}: {n_blank:,} candidates have no answer at all (lines {lines}). Check that they were "
                "present.",
                len(absent),
                n_blank=len(absent),
                lines=lines_shown(rows.line[absent].tolist()),
                **where,
            )
        small: dict[int, list[int]] = {}
        for name, size in size_of.items():
            is_own = of_file & (base == number[name])
            own = np.flatnonzero(is_own)
            marks = rows.marks[own, :size]
            n_answered = np.count_nonzero(marks.any(axis=1))
            if n_answered < FEWEST_ALIKE:
                small.setdefault(size, []).append(number[name])
            if n_answered < _FEWEST:
                continue
            whose = tell("{file}, form {form}", form=name, **where)
            answers = _keyed(read, key, is_own, size, where if len(size_of) == 1 else {"file": whose})
            yield from () if is_level else answers.level()
            yield from answers.reports()
            in_form = name if len(size_of) > 1 else ""
            if len(blank := np.flatnonzero(~marks.any(axis=0))):
                yield tell(
                    "{file}: nobody of {n:,} candidates answered {questions}. Check the columns.",
                    questions=questions_shown(blank.tolist(), in_form),
                    n=n_answered,
                    **where,
                )
            stops = () if size - 1 in blank else _stops(answers.marks)
            for last, n_stopped in stops:
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
                yield from _keyed(read, key, of_file & np.isin(base, forms), size, where).reports()


def _places(
    file: AnswerFile, read: ReadAnswers, listed: Callable[[], Register | None], rows: Ints
) -> list[Ints]:
    """Return the numbers of the centre and of the room of each row, as the list or the file has them; -1 for
    rows without one.
    """
    if not FEWEST_ALIKE <= len(rows) <= _MOST_COMPARED:
        return []
    texts = [
        read.rows.extras[name].gather(rows)
        for name, column in zip(file.structure.extra_names, file.columns.extras, strict=True)
        if _PLACES.search(file.columns.names[column])
    ]
    if (register := listed()) is not None and register.rooms:
        at = register.places(read.rows.ids[rows])
        room_of = np.where(at >= 0, register.room[at], -1)
        rooms = [register.rooms[number] if number >= 0 else ("", "") for number in room_of.tolist()]
        texts += [pl.Series([room[0] for room in rooms]), pl.Series([" ".join(room) for room in rooms])]
    found = []
    for own in texts:
        named = own.replace({"": None, " ": None})
        codes = named.rank("dense").fill_null(0).cast(pl.Int64).to_numpy() - 1
        if 0 < codes.max(initial=-1) < len(rows) / _FEWEST:
            found.append(codes)
    return found


def _keyed(
    read: ReadAnswers, key: Key, which: Flags, size: int, where: Mapping[str, Message | str]
) -> KeyedAnswers:
    """Return some of the rows that have any answer, with the key."""
    rows = read.rows
    places = np.flatnonzero(which & rows.marks[:, :size].any(axis=1))
    is_in_order = bool((rows.ids[places][1:] > rows.ids[places][:-1]).all())
    return KeyedAnswers(
        rows.marks[places, :size],
        rows.form[places],
        rows.line[places],
        key,
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


def _keys(source: RowSource, read: ReadAnswers, key: Key) -> Iterator[Message]:
    """Report rows that may be the key: every answer is right, and the number is no candidate's or nobody else
    in the file comes near.
    """
    rows = read.rows
    is_unlikely = number_texts(rows.ids).str.contains(_NO_CANDIDATE).to_numpy()
    for file in source.files:
        places = np.flatnonzero(rows.file == file.number)
        if not is_unlikely[places].any() and len(places) > _MOST_COMPARED:
            continue
        units = earn(key, rows.form[places], rows.marks[places]).units.sum(axis=1)
        is_right = units == key.max_total[rows.form[places]]
        is_alone = is_right & _is_far_above(units / np.maximum(key.max_total[rows.form[places]], 1), is_right)
        for place in places[(is_right & is_unlikely[places]) | is_alone].tolist():
            yield tell(
                "{file}:{line}: {id} has every answer right. Check that it is a candidate and not the key.",
                file=file.structure.name,
                line=int(rows.line[place]),
                id=rows.ids[place].decode(),
            )


def _is_far_above(shares: Floats, is_right: Flags) -> bool:
    """Return whether a file with a full score would be rare, by the normal distribution of the shares of
    points that are not full.
    """
    others = shares[~is_right]
    if not is_right.any() or len(others) < FEWEST_ALIKE or not others.std():
        return False
    distance = (1 - others.mean()) / others.std(ddof=1)
    return bool(len(shares) * math.erfc(distance / math.sqrt(2)) / 2 < _RARE)


def _cut_short(file: AnswerFile, read: ReadAnswers, places: Ints) -> Iterator[Message]:
    """Report a last row without its last answer, in a text file that does not end with a line end: the file
    may have been cut off.
    """
    rows = read.rows
    if file.container != "text" or file.is_gzip or len(places) < _FEWEST or not file.structure.size:
        return
    with file.path.open("rb") as data:
        data.seek(-1, 2)
        is_ended = data.read(1) in (b"\n", b"\r", b"\x1a", b"\0")
    if is_ended:
        return
    answered = rows.marks[places] != BLANK
    size = int(np.flatnonzero(answered.any(axis=0)).max(initial=0)) + 1
    if not answered[-1, size - 1] and 10 * answered[:, size - 1].sum() > 8 * len(places):
        yield tell(
            "{file}: the file ends within line {line}, whose last answer is missing. Check that it is whole.",
            file=file.structure.name,
            line=int(rows.line[places[-1]]),
        )


def _teachers(file: AnswerFile, read: ReadAnswers, key: Key, places: Ints) -> Iterator[Message]:
    """Report rows with every answer right whose name is a title such as "teacher": they may be the key."""
    rows = read.rows
    for name, column in zip(file.structure.extra_names, file.columns.extras, strict=True):
        if not is_person_name(file.columns.names[column]):
            continue
        named = rows.extras[name].gather(places).fill_null("").str.strip_chars().str.contains(_OFFICES)
        found = places[named.to_numpy()]
        units = earn(key, rows.form[found], rows.marks[found]).units.sum(axis=1)
        for place in found[units == key.max_total[rows.form[found]]].tolist():
            yield tell(
                "{file}:{line}: {id} has every answer right, and `{name}` is no candidate's. Check that it "
                "is not the key.",
                file=file.structure.name,
                line=int(rows.line[place]),
                id=rows.ids[place].decode(),
                name=rows.extras[name][place],
            )


def _other_totals(file: AnswerFile, read: ReadAnswers, key: Key, places: Ints) -> Iterator[Message]:
    """Report columns of totals that are the points of most rows, with the rows of which they are not."""
    if not FEWEST_ALIKE <= len(places) <= _MOST_COMPARED:
        return
    rows = read.rows
    for name in filter(_TOTALS.search, file.structure.extra_names):
        cells = rows.extras[name].gather(places).fill_null("")
        total = cells.str.extract(r"^\s*(\d+(?:\.\d+)?)").cast(pl.Float64).to_numpy()
        points = total_of(key, earn(key, rows.form[places], rows.marks[places]).units) / key.unit
        is_other = ~np.isnan(total) & (np.abs(points - total) > 0.005)
        n_same = np.count_nonzero(np.abs(points - total) <= 0.005)
        if is_other.any() and n_same > max(_FEWEST, int(is_other.sum())):
            yield tell(
                "{file}: `{name}` has the points of {n_same:,} rows, but other points on lines {lines}. "
                "Check whether rows or cells have moved, or the key.",
                file=file.structure.name,
                name=name,
                n_same=n_same,
                lines=lines_shown(rows.line[places[is_other]].tolist()),
            )


def _other_days(file: AnswerFile, read: ReadAnswers, places: Ints) -> Iterator[Message]:
    """Report the few rows whose time is months from that of the others."""
    for name in filter(_TIMES.search, file.structure.extra_names if len(places) >= FEWEST_ALIKE else ()):
        cells = read.rows.extras[name].gather(places).fill_null("")
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
                file=file.structure.name,
                name=name,
                lines=lines_shown(read.rows.line[places[is_far]].tolist()),
            )


def _one_person(read: ReadAnswers) -> Iterator[Message]:
    """Report candidate numbers that differ only in leading zeros, capitals or separators."""
    signs = np.ascontiguousarray(read.rows.ids).view(np.uint8)
    if ((signs >= ord("0")) & (signs <= ord("9"))).all():
        return  # numbers of one length
    frame = pl.DataFrame({"id": number_texts(read.rows.ids)}).with_columns(
        number=pl.col("id").str.to_lowercase().str.replace_all(r"[\s_./'’-]", "").str.strip_chars_start("0")
    )
    frame = frame.filter(pl.col("number") != "")
    if not frame["number"].is_duplicated().any():
        return
    pairs = frame.group_by("number", maintain_order=True).agg(pl.col("id").unique(maintain_order=True))
    pairs = pairs.filter(pl.col("id").list.len() > 1)
    shown = [joined(ids, between=" = ") for ids in pairs["id"].head(_MOST_NAMED).to_list()]
    if shown:
        yield tell_n(
            "{n:,} candidate may have a number in two ways, with other zeros, capitals or signs: "
            "{shown}. Both are scored.",
            "{n:,} candidates may have a number in two ways, with other zeros, capitals or signs: "
            "{shown}. Both are scored.",
            pairs.height,
            shown=joined(shown),
        )


def _not_to_count(source: RowSource, read: ReadAnswers) -> Iterator[Message]:
    """Report rows that another column marks as not to be counted, and remarks in a few rows, which may do the
    same.
    """
    for file in source.files:
        own = np.flatnonzero(read.rows.file == file.number)
        for name in (one for one in file.structure.extra_names if not is_feedback_name(one)):
            cells = read.rows.extras[name].gather(own).fill_null("").str.strip_chars()
            is_said = cells.str.contains(_EXAMPLES if is_person_name(name) else _NOT_TO_COUNT)
            said = is_said.arg_true().to_numpy()
            lines = read.rows.line[own].tolist()
            if len(said):
                yield tell_n(
                    "{file}: `{name}` says {texts}, but the row is scored. Record a decision if it does not "
                    "count.",
                    "{file}: `{name}` says {texts}, but the rows are scored. Record a decision if they do "
                    "not count.",
                    len(said),
                    file=file.structure.name,
                    name=name,
                    texts=_by_line(cells, lines, said),
                )
            is_remark = (cells != "") if _REMARKS.search(name) else cells.str.contains(_CORRECTION)
            remarks = np.setdiff1d(is_remark.arg_true().to_numpy(), said)
            if len(remarks) and 2 * (len(remarks) + len(said)) < len(own):
                yield tell_n(
                    "{file}: `{name}` has {n:,} remark: {texts}. Check whether it changes a result.",
                    "{file}: `{name}` has {n:,} remarks: {texts}. Check whether one of them changes a "
                    "result.",
                    len(remarks),
                    file=file.structure.name,
                    name=name,
                    texts=_by_line(cells, lines, remarks),
                )


def _comments(source: RowSource, read: ReadAnswers) -> Iterator[Message]:
    """Report comments on cells in rows of a workbook, which may correct an answer."""
    for file in (one for one in source.files if one.structure.comments):
        lines = {*read.rows.line[read.rows.file == file.number].tolist()}
        found = [f"{cell} {text[:40]!r}" for line, cell, text in file.structure.comments if line in lines]
        if found:
            yield tell_n(
                "{file}: {n:,} cell has a comment: {texts}. Check whether it changes a result.",
                "{file}: {n:,} cells have comments: {texts}. Check whether one of them changes a result.",
                len(found),
                file=file.structure.name,
                texts=joined([*found[:_MOST_NAMED], *(["…"] if len(found) > _MOST_NAMED else [])]),
            )


def _other_entries(
    source: RowSource, read: ReadAnswers, listed: Callable[[], Register | None]
) -> Iterator[Message]:
    """Report rows with a name, centre, room or seat other than the one that the list has for their number."""
    for file in source.files:
        columns = zip(file.structure.extra_names, file.columns.extras, strict=True)
        roles = {name: role for name, column in columns if (role := _role(file.columns.names[column]))}
        register = listed() if roles else None
        if register is None:
            continue
        own = np.flatnonzero(read.rows.file == file.number)
        at = register.places(read.rows.ids[own])
        own, at = own[at >= 0], at[at >= 0]
        for name, role in roles.items():
            if role == "name":
                on_list = register.names.gather(at)
            elif role == "seat":
                on_list = register.columns[role].gather(at) if role in register.columns else pl.Series([""])
            else:
                rooms = pl.Series([*(room[role == "room"] for room in register.rooms), ""], dtype=pl.String)
                on_list = rooms.gather(np.where(register.room[at] < 0, len(rooms) - 1, register.room[at]))
            if not (on_list != "").any():
                continue
            cells = read.rows.extras[name].gather(own).fill_null("")
            frame = pl.DataFrame({"row": own, "list": on_list.fill_null(""), "file": cells})
            plain = pl.col("list", "file").str.replace_all(r"\s", "").str.to_uppercase()
            texts = frame.select(plain)
            is_other = (texts["list"] != "") & (texts["file"] != "") & (texts["list"] != texts["file"])
            if role == "name":
                is_other &= texts.select(
                    pl.struct("list", "file").map_batches(_differ, pl.Boolean)
                ).to_series()
                some = frame.filter(is_other).head(_MOST_COMPARED)
                other = [row for row, one, two in some.iter_rows() if _is_other(one, two)]
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
                    file=file.structure.name,
                    name=name,
                    lines=lines_shown(read.rows.line[other].tolist()),
                )


def _role(heading: str) -> str | None:
    """Return what the list has for a heading: a name, a centre, a room or a seat."""
    if is_person_name(heading):
        return "name"
    plain = fold(heading)
    return next(
        (role for role, tiers in _HEADS.items() if any(plain in map(fold, heads) for heads in tiers)), None
    )


def _differ(pairs: pl.Series) -> pl.Series:
    """Return, for pairs of names, whether neither name contains the other."""
    names = pairs.struct.unnest().iter_rows()
    return pl.Series([one not in other and other not in one for one, other in names], dtype=pl.Boolean)


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
            shown = [joined(ids, between=" = ") for ids in shared["id"].head(_MOST_NAMED).to_list()]
            yield tell(
                "`{name}` is the same for several candidate numbers: {shown}. All are scored. Check whether "
                "they are one person's.",
                name=name,
                shown=joined([*shown, *(["…"] if shared.height > _MOST_NAMED else [])]),
            )


def _are_alike(rows: AnswerRows, key: Key, places: Sequence[int]) -> bool:
    """Return whether the first and last of some rows have nearly the same answers, several of them wrong."""
    one, other = rows.marks[places[0]], rows.marks[places[-1]]
    size = key.keys.shape[1]
    is_wrong = (one[:size] & ~key.keys[rows.form[places[0]]]) != 0
    is_same = (one == other)[:size]
    return bool(is_same.mean() >= _ALIKE and np.count_nonzero(is_same & is_wrong) >= _FEWEST)


def _by_line(cells: pl.Series, lines: Sequence[int], places: Ints) -> Message:
    """Return the first few different texts of some rows, each with its lines."""
    by_text: dict[str, list[int]] = {}
    for place in places.tolist():
        by_text.setdefault(str(cells[place])[:40], []).append(lines[place])
    shown: list[Message | str] = [
        tell_n(
            "{text!r} (line {lines})", "{text!r} (lines {lines})", len(own), text=text, lines=lines_shown(own)
        )
        for text, own in by_text.items()
    ]
    return joined([*shown[:_MOST_NAMED], *(["…"] if len(shown) > _MOST_NAMED else [])])


def _other_numbers(source: RowSource, read: ReadAnswers) -> Iterator[Message]:
    """Report files with another column that may hold the candidate number, and differs from the one used."""
    for file in source.files:
        columns = file.columns
        own = np.flatnonzero(read.rows.file == file.number)
        for name, column in zip(file.structure.extra_names, columns.extras, strict=True):
            if columns.is_declared or not is_candidate_name(columns.names[column]):
                continue
            cells = read.rows.extras[name].gather(own).str.strip_chars()
            if (cells != number_texts(read.rows.ids[own])).any():
                yield tell(
                    "{file}: `{taken}` is taken as the candidate number, not `{other}`. To choose "
                    "another, assign the columns with {option}.",
                    file=file.structure.name,
                    taken=columns.names[columns.candidate],
                    other=columns.names[column],
                    option=option("columns"),
                )
