"""What a centre sends back (bytes) → `CentreReturns`: attendance, incidents, accommodation, packets,
declarations.

A file is a table of one list, or a workbook with a list on each of some sheets. A list is told by its
headings, in English or Thai, in any order beside others; titles may stand above them. Encodings, delimiters
and workbooks are those of answer files. Each list is declared once (`RETURN_LISTS`): its columns, how each is
headed on forms and read again, and the record of a line. A line in which only `is_prefilled` columns are
filled says nothing. On a form that a centre gets no heading may be another one: what stands below it would be
lost. Every fault is collected with its file, sheet and line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, partial
from typing import Any, Literal, NamedTuple, get_args

from examgen.capture.cells import CENTRE_HEADS, ROOM_HEADS, fold
from examgen.capture.centre_cells import (
    NONE_WORDS,
    Moment,
    Serials,
    candidates_of,
    centre_day,
    count_of,
    moment_of,
    serial_of_cell,
    serials_of,
    time_of,
)
from examgen.capture.columns import CANDIDATE_NAMES, FORM_NAMES
from examgen.capture.declared_columns import (
    CellFault,
    Column,
    DeclaredTable,
    Line,
    candidate_number,
    headed_ways,
    heading_lines,
    places_in,
    without_blank_end,
)
from examgen.capture.grader_decisions import clean_text, restored
from examgen.capture.list_columns import NAME_NAMES, SEAT_NAMES
from examgen.core.problems import Problem, Refused, has_errors
from examgen.core.tables.opening import open_tables
from examgen.core.tables.records import Table, TableRecord, visible
from examgen.core.text.characters import turned
from examgen.core.words import Message, either, joined, tell

ListName = Literal["attendance", "incidents", "accommodation", "packets", "declarations"]
CellKind = Literal[
    "text", "text or none", "candidate", "candidates", "word", "day", "time", "moment", "count", "serial",
    "serials",
]  # fmt: skip

INCIDENT_KINDS: Mapping[str, Message] = {
    "identity": tell("identity in doubt"),
    "impersonation": tell("impersonation of a candidate"),
    "late": tell("arrived late"),
    "left": tell("left the room"),
    "illness": tell("illness"),
    "misconduct": tell("suspected misconduct"),
    "device": tell("forbidden device or material"),
    "papers": tell("error in the exam materials"),
    "packet": tell("packet or seal"),
    "equipment": tell("power or equipment"),
    "disturbance": tell("disturbance"),
    "emergency": tell("emergency"),
    "other": tell("other"),
}
"""What kinds of incidents there are."""
IDENTITY_RESULTS: Mapping[str, Message] = {
    "matched": tell("confirmed"),
    "doubt": tell("in doubt"),
    "not_checked": tell("not checked"),
}
"""What a look at an identity document came to."""
ATTENDANCE: Mapping[str, Message] = {"present": tell("attended"), "absent": tell("absent")}
YES_NO: Mapping[str, Message] = {"yes": tell("yes"), "no": tell("no")}


class Attendance(NamedTuple):
    """A line of the attendance sheet: whether a candidate came, and who looked at which document."""

    candidate_id: str
    name: str
    centre: str
    room: str
    seat: str
    serial: str
    """Of the booklet that the candidate had."""
    status: str
    document: str
    identity: str
    checked_by: str
    remark: str
    source: str


class Incident(NamedTuple):
    """Something that happened at a centre."""

    number: int
    day: str
    """Where a file says none, that of the plan."""
    time: str
    centre: str
    room: str
    kind: str
    candidates: tuple[str, ...]
    what: str
    done: str
    reported_by: str
    minutes_lost: int | None
    source: str

    @property
    def name(self) -> str:
        """By which decisions name it."""
        return f"{self.centre} {self.number}".strip()


class AccommodationGiven(NamedTuple):
    """What a candidate was given that others were not."""

    candidate_id: str
    name: str
    centre: str
    room: str
    approved: str
    given: str
    """Empty where nothing was given."""
    extra_minutes: int | None
    reason: str
    approved_by: str
    given_by: str
    began: str
    ended: str
    remark: str
    source: str


class Packet(NamedTuple):
    """A packet of booklets on its way: who packed, received, opened, returned, destroyed what, and when."""

    packet: str
    centre: str
    room: str
    form: str
    """Where the packet has booklets of one form alone: from `first` to `last` those of this form."""
    first: str
    last: str
    packed_at: Moment
    packed_by: str
    seal: str
    received_at: Moment
    received_by: str
    seal_at_receipt: str
    opened_at: Moment
    opened_by: str
    used: int | None
    unused: Serials | None
    void: Serials | None
    returned_at: Moment
    returned_by: str
    returned_seal: str
    returned: int | None
    destroyed_at: Moment
    destroyed_by: str
    destroyed: Serials | None
    source: str


class Declaration(NamedTuple):
    """Somebody's interest in candidates, or that there is none."""

    name: str
    role: str
    centre: str
    interest: str
    """Empty where somebody declares none."""
    candidates: tuple[str, ...]
    day: str
    signed: str
    source: str


class CentreReturns(NamedTuple):
    """What files say, in their order."""

    attendance: tuple[Attendance, ...] = ()
    incidents: tuple[Incident, ...] = ()
    accommodation: tuple[AccommodationGiven, ...] = ()
    packets: tuple[Packet, ...] = ()
    declarations: tuple[Declaration, ...] = ()

    @property
    def n(self) -> int:
        """How many lines these are."""
        return sum(map(len, self))


class ReturnColumn(NamedTuple):
    """A column of a list: its name, which is the field of the record, and its heading on forms."""

    role: str
    label: Message
    """The heading on forms; both its English and its Thai are read."""
    kind: CellKind = "text"
    heads: tuple[str, ...] = ()
    """Other headings that are read."""
    is_needed: bool = False
    """Whether every line has to say it."""
    is_prefilled: bool = False
    """Whether a form that a centre gets has it filled in: a line that says no more says nothing."""
    words: Mapping[str, Message] = {}
    """Of a column of words: each code, and the word for it on forms."""
    also: Mapping[str, str] = {}
    """Other words that are read, and the code that each stands for."""

    @property
    def tiers(self) -> tuple[tuple[str, ...], ...]:
        """The headings that are read, best first; a form may show the Thai beside the English."""
        th, en = self.label.th, self.label.en
        return (self.role,), (en, th, f"{th} {en}", f"{th} / {en}", f"{en} / {th}"), self.heads

    def declared(self, today: date | None = None) -> Column:
        """The column as a table has it; by `today` no day is later."""
        return Column(self.role, self.tiers, partial(_cell, self, today), self.is_needed)


class ReturnList(NamedTuple):
    """A list that a centre sends back: its title, its columns, and by which columns it is known."""

    name: ListName
    title: Message
    columns: tuple[ReturnColumn, ...]
    known_by: tuple[str, ...]
    """Columns that no other list of a sitting has together, where `n_filled` are not prefilled."""
    record: Callable[..., Any]
    n_filled: int = 1

    def column(self, role: str) -> ReturnColumn:
        """The column of that name."""
        return next(one for one in self.columns if one.role == role)


def _flat(tiers: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(name for tier in tiers for name in tier)


_CANDIDATE = ReturnColumn(
    "candidate_id", tell("Candidate number"), "candidate", _flat(CANDIDATE_NAMES[1:]), True, True
)
_NAME = ReturnColumn("name", tell("Name"), heads=_flat(NAME_NAMES[1:]), is_prefilled=True)
_CENTRE = ReturnColumn("centre", tell("Centre"), heads=CENTRE_HEADS, is_prefilled=True)
_ROOM = ReturnColumn("room", tell("Room"), heads=ROOM_HEADS, is_prefilled=True)
_REMARK = ReturnColumn("remark", tell("Remark"), heads=("remarks", "note", "notes"))

RETURN_LISTS: tuple[ReturnList, ...] = (
    ReturnList(
        "attendance",
        tell("Attendance and identity"),
        (
            _CANDIDATE,
            _NAME,
            _CENTRE,
            _ROOM,
            ReturnColumn("seat", tell("Seat"), heads=_flat(SEAT_NAMES), is_prefilled=True),
            ReturnColumn("serial", tell("Booklet number"), "serial", ("booklet",), is_prefilled=True),
            ReturnColumn(
                "status",
                tell("Attendance"),
                "word",
                ("มาสอบ", "เข้าสอบ", "สถานะ", "การมาสอบ"),
                True,
                words=ATTENDANCE,
                also={
                    **dict.fromkeys(("1", "y", "yes", "มา", "มาสอบ", "เข้าสอบ", "/", "✓"), "present"),
                    **dict.fromkeys(("0", "n", "no", "ขาด", "ไม่มา", "ไม่มาสอบ"), "absent"),
                },
            ),
            ReturnColumn("document", tell("Identity document"), heads=("id_document", "บัตรที่ใช้", "เอกสาร")),
            ReturnColumn(
                "identity",
                tell("Identity"),
                "word",
                ("identity_result", "identity_check", "การตรวจตัวบุคคล", "ผลการตรวจบัตร"),
                words=IDENTITY_RESULTS,
                also={
                    **dict.fromkeys(("match", "ok", "yes", "ตรง", "ตรงกัน", "ถูกต้อง", "✓", "/"), "matched"),
                    **dict.fromkeys(("in doubt", "doubtful", "ไม่ตรง", "สงสัย", "ไม่แน่ใจ"), "doubt"),
                    **dict.fromkeys(("no", "not checked", "ไม่ตรวจ", "ยังไม่ตรวจ"), "not_checked"),
                },
            ),
            ReturnColumn("checked_by", tell("Checked by"), heads=("identity_by",)),
            _REMARK,
        ),
        ("candidate_id", "status", "identity"),
        Attendance,
    ),
    ReturnList(
        "incidents",
        tell("Incidents"),
        (
            ReturnColumn("number", tell("Incident no."), "count", ("no", "ลำดับ", "ลำดับที่", "ที่"), True, True),
            ReturnColumn("day", tell("Day"), "day", ("date", "วัน", "วันที่")),
            ReturnColumn("time", tell("Time of day"), "time", ("เวลา",)),
            _CENTRE,
            _ROOM,
            ReturnColumn("kind", tell("Kind"), "word", ("ชนิด", "ประเภทเหตุการณ์"), True, words=INCIDENT_KINDS),
            ReturnColumn(
                "candidates", tell("Candidates concerned"), "candidates", ("candidate_ids", "ผู้เข้าสอบ")
            ),
            ReturnColumn(
                "what", tell("What happened"), heads=("event", "เหตุการณ์", "รายละเอียด"), is_needed=True
            ),
            ReturnColumn("done", tell("What was done"), heads=("action", "การดำเนินการ", "การแก้ไข")),
            ReturnColumn("reported_by", tell("Reported by"), heads=("by",)),
            ReturnColumn("minutes_lost", tell("Minutes lost"), "count", ("เวลาที่เสียไป",)),
        ),
        ("kind", "what"),
        Incident,
    ),
    ReturnList(
        "accommodation",
        tell("Accommodation given"),
        (
            _CANDIDATE,
            _NAME,
            _CENTRE,
            _ROOM,
            ReturnColumn("approved", tell("Approved"), is_prefilled=True),
            ReturnColumn("given", tell("Given"), "text or none", ("สิ่งที่จัดให้",), True),
            ReturnColumn("extra_minutes", tell("Extra minutes"), "count", ("extra_time", "เวลาเพิ่ม")),
            ReturnColumn("reason", tell("Reason"), heads=("why",)),
            ReturnColumn("approved_by", tell("Approved by")),
            ReturnColumn("given_by", tell("Provided by")),
            ReturnColumn("began", tell("Started at"), "time", ("begins", "เริ่ม")),
            ReturnColumn("ended", tell("Ended at"), "time", ("ends", "สิ้นสุด", "เลิก")),
            _REMARK,
        ),
        ("candidate_id", "given"),
        AccommodationGiven,
        2,  # a given name stands in lists of candidates
    ),
    ReturnList(
        "packets",
        tell("Packets of booklets"),
        (
            ReturnColumn(
                "packet",
                tell("Packet"),
                heads=("parcel", "ซองที่", "หมายเลขซอง"),
                is_needed=True,
                is_prefilled=True,
            ),
            _CENTRE,
            _ROOM,
            ReturnColumn("form", tell("Form"), heads=_flat(FORM_NAMES[1:]), is_prefilled=True),
            ReturnColumn("first", tell("First booklet"), "serial", ("from",), is_prefilled=True),
            ReturnColumn("last", tell("Last booklet"), "serial", ("to",), is_prefilled=True),
            ReturnColumn("packed_at", tell("Packed at"), "moment"),
            ReturnColumn("packed_by", tell("Packed by")),
            ReturnColumn("seal", tell("Seal"), heads=("seal_no", "seal_number")),
            ReturnColumn("received_at", tell("Received at"), "moment"),
            ReturnColumn("received_by", tell("Received by")),
            ReturnColumn("seal_at_receipt", tell("Seal at receipt")),
            ReturnColumn("opened_at", tell("Opened at"), "moment"),
            ReturnColumn("opened_by", tell("Opened by")),
            ReturnColumn("used", tell("Booklets used"), "count"),
            ReturnColumn("unused", tell("Unused booklets"), "serials"),
            ReturnColumn("void", tell("Void booklets"), "serials"),
            ReturnColumn("returned_at", tell("Returned at"), "moment"),
            ReturnColumn("returned_by", tell("Returned by")),
            ReturnColumn("returned_seal", tell("Seal at return")),
            ReturnColumn("returned", tell("Booklets returned"), "count"),
            ReturnColumn("destroyed_at", tell("Destroyed at"), "moment"),
            ReturnColumn("destroyed_by", tell("Destroyed by")),
            ReturnColumn("destroyed", tell("Destroyed booklets"), "serials"),
        ),
        ("packet",),
        Packet,
    ),
    ReturnList(
        "declarations",
        tell("Declarations of interest"),
        (
            ReturnColumn(
                "name", tell("Name"), heads=_flat(NAME_NAMES[1:]), is_needed=True, is_prefilled=True
            ),
            ReturnColumn("role", tell("Role"), heads=("ตำแหน่ง",), is_needed=True, is_prefilled=True),
            _CENTRE,
            ReturnColumn("interest", tell("Interest in candidates"), "text or none", ("ความเกี่ยวข้อง",), True),
            ReturnColumn(
                "candidates", tell("Candidates concerned"), "candidates", ("candidate_ids", "ผู้เข้าสอบ")
            ),
            ReturnColumn("day", tell("Day"), "day", ("date", "วัน", "วันที่")),
            ReturnColumn(
                "signed",
                tell("Signed"),
                "word",
                ("ลายมือชื่อ",),
                words=YES_NO,
                also={"✓": "yes", "ลงชื่อแล้ว": "yes"},
            ),
        ),
        ("name", "interest"),
        Declaration,
    ),
)
"""The lists that a centre sends back."""
assert tuple(one.name for one in RETURN_LISTS) == get_args(ListName) == CentreReturns._fields


# ── which list a table is ────────────────────────────────────────────────────────────────────


def is_returns(tables: Sequence[Table]) -> bool:
    """Whether a file has one of the lists, by its headings."""
    return any(_headed(table) is not None for table in tables)


def _first_lines(table: Table) -> Iterator[TableRecord]:
    """The lines among which a heading may be, each without empty cells at its end."""
    return map(without_blank_end, heading_lines(table))


def _headed(table: Table) -> tuple[ReturnList, Table] | None:
    """The list that a table is, from its heading on; titles may stand above that."""
    for way in headed_ways(table):
        heading = without_blank_end(way.header)
        if (of := _list_of(heading.fields)) is not None:
            return of, way._replace(header=heading)
    return None


def titles_of(name: str, data: bytes) -> list[tuple[str, str]]:
    """The cells above the headings of each list of a file, with the line of each."""
    found: list[tuple[str, str]] = []
    for table in open_tables(visible(name), data):
        if (headed := _headed(table)) is None:
            continue
        for line in _first_lines(table):
            if line.line >= headed[1].header.line:
                break
            where = f"{visible(name)}:{table.sheet}:{line.line}" if table.sheet else f"{name}:{line.line}"
            found += [(where, clean_text(cell)) for cell in line.fields if cell.strip()]
    return found


def _on_form(of: ReturnList, heading: TableRecord) -> list[ReturnColumn]:
    """The columns that a heading has as a form shows them, Thai and English in one cell."""
    heads = {fold(cell) for cell in heading.fields}
    return [one for one in of.columns if fold(f"{one.label.th} {one.label.en}") in heads]


def _spoilt_form(table: Table, source: str) -> Problem | None:
    """What is wrong with a sheet of a form that is no list any longer, since headings of it are gone."""
    found = [(len(_on_form(of, one)), of, one) for one in _first_lines(table) for of in RETURN_LISTS]
    n, of, heading = max(found, key=lambda each: each[0], default=(0, RETURN_LISTS[0], table.header))
    where = f"{source}:{heading.line}"
    if n < _LEAST_OF_FORM:
        named = next((one for one in RETURN_LISTS if fold(table.sheet).startswith(one.name)), None)
        if named is None or not any(any(map(str.strip, line.fields)) for line in _first_lines(table)):
            return None
        of, where = named, source
    heads, own = set(map(fold, heading.fields)), _names()[RETURN_LISTS.index(of)]
    lacking = [one for one in of.columns if one.role in of.known_by and heads.isdisjoint(own[one.role])]
    message = tell(
        "is missing the headings {names}. Write the headings of “{title}” as on the form",
        names=joined((one.label for one in lacking), ", "),
        title=of.title,
    )
    return Problem(where, "heading-gone", message)


def _strange_heads(
    of: ReturnList, heading: TableRecord, places: Mapping[str, int], where: str
) -> list[Problem]:
    """Headings of a form that are none of its own, while some of its own are gone: somebody wrote others."""
    strange = [n for n, _ in enumerate(heading.fields) if n not in places.values()]
    gone = [one for one in of.columns if one.role not in places]
    if not gone or len(_on_form(of, heading)) < _LEAST_OF_FORM:
        return []
    names = joined((one.label for one in gone), ", ")
    return [
        Problem(
            where,
            "heading-changed",
            tell(
                "column {n}, `{text}`: is not a heading of this list, and {names} are missing. "
                "Write the headings as on the form",
                n=n + 1,
                text=clean_text(heading.fields[n]),
                names=names,
            ),
        )
        for n in strange
    ]


_LEAST_OF_FORM = 3
"""So many headings as a form shows them, and a sheet is one."""


def _list_of(heads: Sequence[str]) -> ReturnList | None:
    """The list with these headings: of several the one that has most of them."""
    folded = set(map(fold, heads))
    best, most = None, 0
    for one, names in zip(RETURN_LISTS, _names(), strict=True):
        found = {role for role, own in names.items() if not folded.isdisjoint(own)}
        is_filled = sum(not one.column(role).is_prefilled for role in found) >= one.n_filled
        if is_filled and found.issuperset(one.known_by) and len(found) > most:
            best, most = one, len(found)
    return best


@cache
def _names() -> tuple[Mapping[str, frozenset[str]], ...]:
    """By column of each list its headings, as they are compared."""
    return tuple(
        {
            column.role: frozenset(fold(name) for tier in column.tiers for name in tier)
            for column in of.columns
        }
        for of in RETURN_LISTS
    )


def _lists(shown: str, data: bytes, today: date | None) -> list[tuple[ReturnList, DeclaredTable]]:
    """The lists of a file. Raises Refused where it has none, or one of them lacks a column."""
    found: list[tuple[ReturnList, DeclaredTable]] = []
    problems: list[Problem] = []
    tables = open_tables(shown, data)
    for table in tables:
        headed = _headed(table)
        source = f"{shown}:{table.sheet}" if table.sheet else shown
        if headed is None:
            if table.sheet and (spoilt := _spoilt_form(table, source)) is not None:
                problems.append(spoilt)
            continue
        of, below = headed
        heading = below.header
        where = f"{source}:{heading.line}"
        columns = [one.declared(today) for one in of.columns]
        places, lacking, ambiguous = places_in(columns, where, heading)
        problems += ambiguous
        for column in map(of.column, lacking):
            message = tell("no column `{name}` ({label}). Add it", name=column.role, label=column.label)
            problems.append(Problem(where, "column-missing", message, field=column.role))
        problems += _strange_heads(of, heading, places, where)
        found.append((of, DeclaredTable(source, columns, heading.fields, places, below)))
    if found and not tables[0].sheet:  # a text, seen with each delimiter
        found = [max(found, key=lambda one: len(one[1].places))]
    if not found and not problems:
        message = tell(
            "contains none of the lists that a centre sends back. Keep their headings unchanged ({titles})",
            titles=either(one.title for one in RETURN_LISTS),
        )
        problems = [Problem(shown, "no-list", message)]
    if problems:
        raise Refused(tell("{shown} is not a return from a centre", shown=shown), problems)
    return found


# ── its lines ────────────────────────────────────────────────────────────────────────────────


def read_returns(name: str, data: bytes, today: date | None = None) -> CentreReturns:
    """What a file says, each list in its order. Raises Refused with every fault and its line; `today` finds
    days that are still to come."""
    shown = visible(name)
    found: dict[str, list[Any]] = {name: [] for name in CentreReturns._fields}
    problems: list[Problem] = []
    for of, table in _lists(shown, data, today):
        for line in table.lines(problems):
            if not _says_something(of, line):
                continue
            values = line.values()
            if not line.faults:
                found[of.name].append(of.record(**values, source=line.source))
    if not problems and not any(found.values()):
        message = tell("has no completed lines. Add the file when the centre has filled it in")
        problems = [Problem(shown, "nothing-filled-in", message)]
    if problems:
        raise has_errors(shown, problems)
    return CentreReturns(**{name: tuple(records) for name, records in found.items()})


def _says_something(of: ReturnList, line: Line) -> bool:
    """Whether more is filled in than a centre gets; a merged cell over an empty line is no line."""
    if any(line.text(one.role) for one in of.columns if not one.is_prefilled):
        return True
    n_filled = sum(bool(restored(cell.strip())) for cell in line.record.fields)
    return n_filled != 1 and any(line.is_merged(one.role) for one in of.columns)


MOST_TEXT = 2000
"""Characters of a cell."""


def _cell(column: ReturnColumn, today: date | None, written: str) -> Any:
    """What a cell says; or what is wrong with it."""
    text = restored(written.strip())
    said = clean_text(text)
    if not said:
        message = tell("is empty. Fill it in, or leave the whole line empty")
        return CellFault("cell-empty", message) if column.is_needed else _EMPTY[column.kind]
    if "\ufffd" in said:
        return CellFault("undecodable", tell("contains a damaged character (�). Write it again"))
    if turn := turned(text):
        return CellFault("direction-mark", turn)
    value = _word(column, said) if column.kind == "word" else _READERS[column.kind](text)
    if isinstance(value, Message):
        return CellFault(f"no-{column.kind}", value)
    day = value.day if isinstance(value, Moment) else value if column.kind == "day" else ""
    if today is not None and day > today.isoformat():
        return CellFault("day-to-come", tell("{day} is in the future", day=day))
    return value


def _word(column: ReturnColumn, said: str) -> str | Message:
    codes = {fold(word): code for word, code in column.also.items()}
    for code, word in column.words.items():
        codes |= dict.fromkeys(map(fold, (code, word.en, word.th)), code)
    found = codes.get(fold(said))
    if found is not None:
        return found
    words = either(joined([code, " (", word, ")"], "") for code, word in column.words.items())
    return tell("`{text}` is not known. Write {words}", text=said, words=words)


def _text(text: str) -> str | CellFault:
    said = clean_text(text)
    if len(said) <= MOST_TEXT:
        return said
    message = tell("has {n} characters. Write at most {most}", n=len(said), most=MOST_TEXT)
    return CellFault("too-long", message)


def _text_or_none(text: str) -> str | CellFault:
    return "" if fold(clean_text(text)) in NONE_WORDS else _text(text)


def _candidates(text: str) -> tuple[str, ...] | Message:
    return () if fold(clean_text(text)) in NONE_WORDS else candidates_of(text)


def _day(text: str) -> str | Message:
    day = centre_day(clean_text(text))
    return day if isinstance(day, Message) else day.isoformat()


_READERS: Mapping[CellKind, Callable[[str], Any]] = {
    "text": _text,
    "text or none": _text_or_none,
    "candidate": candidate_number,
    "candidates": _candidates,
    "day": _day,
    "time": lambda text: time_of(clean_text(text)),
    "moment": lambda text: moment_of(clean_text(text)),
    "count": lambda text: count_of(clean_text(text)),
    "serial": lambda text: serial_of_cell(clean_text(text)),
    "serials": serials_of,
}
"""Of each kind of cell but words: its value, or what is wrong with it."""
_EMPTY: Mapping[CellKind, Any] = {
    **dict.fromkeys(("text", "text or none", "candidate", "word", "day", "time", "serial"), ""),
    "candidates": (),
    "moment": Moment(),
    "count": None,
    "serials": None,
}
"""What a cell says that is empty."""
