"""A file that a centre returns (bytes) → `CentreReturns`: attendance, incidents, accommodation, packets,
declarations.

A file is a table with one list, or a workbook with a list on each of several sheets. A list is recognised by
its headings, in English or Thai, in any order and among others; titles may precede them. Encodings,
delimiters and workbooks are those of answer files. Each list is declared once (`RETURN_LISTS`): its columns,
the heading of each on forms and in files, and the record of a line. A line in which only `is_prefilled`
columns are filled is ignored. On a form that was sent to a centre no heading may be changed, because the
cells below it would be lost. Every fault is collected with its file, sheet and line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache, partial
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_type_hints

from examgen.capture.cells import ROOM_HEADS, fold
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
from examgen.capture.columns import FORM_NAMES
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
from examgen.core.tables.records import Table, visible
from examgen.core.text.characters import turned
from examgen.core.words import Message, either, joined, tell
from examgen.stats.checklists import CANDIDATE_NAMES, CENTRE_HEADS

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
"""The kinds of incidents."""
IDENTITY_RESULTS: Mapping[str, Message] = {
    "matched": tell("confirmed"),
    "doubt": tell("in doubt"),
    "not_checked": tell("not checked"),
}
"""The possible results of an identity check."""
ATTENDANCE: Mapping[str, Message] = {"present": tell("attended"), "absent": tell("absent")}
YES_NO: Mapping[str, Message] = {"yes": tell("yes"), "no": tell("no")}


class ReturnColumn(NamedTuple):
    """A column of a list, named like the field of the record: its heading on forms, and the kind of its
    cells.
    """

    label: Message
    """The heading on forms; both its English and its Thai are read."""
    kind: CellKind = "text"
    heads: tuple[str, ...] = ()
    """Other headings that are accepted."""
    is_needed: bool = False
    """Whether every line must have a value."""
    is_prefilled: bool = False
    """Whether it is already filled in on the form that a centre receives; a line with no more than that is
    ignored.
    """
    words: Mapping[str, Message] = {}
    """For a column of words, each code and its word on forms."""
    also: Mapping[str, str] = {}
    """Other words that are accepted, and the code for each."""
    role: str = ""

    @property
    def tiers(self) -> tuple[tuple[str, ...], ...]:
        """The headings that are accepted, best first; a form may show Thai and English together."""
        th, en = self.label.th, self.label.en
        return (self.role,), (en, th, f"{th} {en}", f"{th} / {en}", f"{en} / {th}"), self.heads

    def declared(self, today: date | None = None) -> Column:
        """Return the column for a declared table; a day after `today` is a fault."""
        return Column(self.role, self.tiers, partial(_cell, self, today), self.is_needed)


def _flat(tiers: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(name for tier in tiers for name in tier)


_Candidate = Annotated[
    str, ReturnColumn(tell("Candidate number"), "candidate", _flat(CANDIDATE_NAMES[1:]), True, True)
]
_Name = Annotated[str, ReturnColumn(tell("Name"), heads=_flat(NAME_NAMES[1:]), is_prefilled=True)]
_Centre = Annotated[str, ReturnColumn(tell("Centre"), heads=CENTRE_HEADS, is_prefilled=True)]
_Room = Annotated[str, ReturnColumn(tell("Room"), heads=ROOM_HEADS, is_prefilled=True)]
_Remark = Annotated[str, ReturnColumn(tell("Remark"), heads=("remarks", "note", "notes"))]
_Candidates = Annotated[
    tuple[str, ...],
    ReturnColumn(tell("Candidates concerned"), "candidates", ("candidate_ids", "ผู้เข้าสอบ")),
]
_Day = Annotated[str, ReturnColumn(tell("Day"), "day", ("date", "วัน", "วันที่"))]

_CAME = {
    **dict.fromkeys(("1", "y", "yes", "มา", "มาสอบ", "เข้าสอบ", "/", "✓"), "present"),
    **dict.fromkeys(("0", "n", "no", "ขาด", "ไม่มา", "ไม่มาสอบ"), "absent"),
}
_IDENTITY = {
    **dict.fromkeys(("match", "ok", "yes", "ตรง", "ตรงกัน", "ถูกต้อง", "✓", "/"), "matched"),
    **dict.fromkeys(("in doubt", "doubtful", "ไม่ตรง", "สงสัย", "ไม่แน่ใจ"), "doubt"),
    **dict.fromkeys(("no", "not checked", "ไม่ตรวจ", "ยังไม่ตรวจ"), "not_checked"),
}


class Attendance(NamedTuple):
    """A line of the attendance sheet: whether a candidate attended, and who checked which identity
    document.
    """

    candidate_id: _Candidate
    name: _Name
    centre: _Centre
    room: _Room
    seat: Annotated[str, ReturnColumn(tell("Seat"), heads=_flat(SEAT_NAMES), is_prefilled=True)]
    serial: Annotated[str, ReturnColumn(tell("Booklet number"), "serial", ("booklet",), is_prefilled=True)]
    """The serial of the candidate's booklet."""
    status: Annotated[
        str,
        ReturnColumn(
            tell("Attendance"),
            "word",
            ("มาสอบ", "เข้าสอบ", "สถานะ", "การมาสอบ"),
            True,
            words=ATTENDANCE,
            also=_CAME,
        ),
    ]
    document: Annotated[
        str, ReturnColumn(tell("Identity document"), heads=("id_document", "บัตรที่ใช้", "เอกสาร"))
    ]
    identity: Annotated[
        str,
        ReturnColumn(
            tell("Identity"),
            "word",
            ("identity_result", "identity_check", "การตรวจตัวบุคคล", "ผลการตรวจบัตร"),
            words=IDENTITY_RESULTS,
            also=_IDENTITY,
        ),
    ]
    checked_by: Annotated[str, ReturnColumn(tell("Checked by"), heads=("identity_by",))]
    remark: _Remark
    source: str


class Incident(NamedTuple):
    """Something that happened at a centre."""

    number: Annotated[
        int, ReturnColumn(tell("Incident no."), "count", ("no", "ลำดับ", "ลำดับที่", "ที่"), True, True)
    ]
    day: _Day
    """The day of the plan if a file has none."""
    time: Annotated[str, ReturnColumn(tell("Time of day"), "time", ("เวลา",))]
    centre: _Centre
    room: _Room
    kind: Annotated[
        str, ReturnColumn(tell("Kind"), "word", ("ชนิด", "ประเภทเหตุการณ์"), True, words=INCIDENT_KINDS)
    ]
    candidates: _Candidates
    what: Annotated[
        str, ReturnColumn(tell("What happened"), heads=("event", "เหตุการณ์", "รายละเอียด"), is_needed=True)
    ]
    done: Annotated[str, ReturnColumn(tell("What was done"), heads=("action", "การดำเนินการ", "การแก้ไข"))]
    reported_by: Annotated[str, ReturnColumn(tell("Reported by"), heads=("by",))]
    minutes_lost: Annotated[int | None, ReturnColumn(tell("Minutes lost"), "count", ("เวลาที่เสียไป",))]
    source: str

    @property
    def name(self) -> str:
        """The name by which decisions refer to the incident."""
        return f"{self.centre} {self.number}".strip()


class AccommodationGiven(NamedTuple):
    """The accommodation that a candidate was given."""

    candidate_id: _Candidate
    name: _Name
    centre: _Centre
    room: _Room
    approved: Annotated[str, ReturnColumn(tell("Approved"), is_prefilled=True)]
    given: Annotated[str, ReturnColumn(tell("Given"), "text or none", ("สิ่งที่จัดให้",), True)]
    """Empty if nothing was given."""
    extra_minutes: Annotated[
        int | None, ReturnColumn(tell("Extra minutes"), "count", ("extra_time", "เวลาเพิ่ม"))
    ]
    reason: Annotated[str, ReturnColumn(tell("Reason"), heads=("why",))]
    approved_by: Annotated[str, ReturnColumn(tell("Approved by"))]
    given_by: Annotated[str, ReturnColumn(tell("Provided by"))]
    began: Annotated[str, ReturnColumn(tell("Started at"), "time", ("begins", "เริ่ม"))]
    ended: Annotated[str, ReturnColumn(tell("Ended at"), "time", ("ends", "สิ้นสุด", "เลิก"))]
    remark: _Remark
    source: str


class Packet(NamedTuple):
    """A packet of booklets in transit: who packed, received, opened, returned and destroyed what, and
    when.
    """

    packet: Annotated[
        str,
        ReturnColumn(
            tell("Packet"), heads=("parcel", "ซองที่", "หมายเลขซอง"), is_needed=True, is_prefilled=True
        ),
    ]
    centre: _Centre
    room: _Room
    form: Annotated[str, ReturnColumn(tell("Form"), heads=_flat(FORM_NAMES[1:]), is_prefilled=True)]
    """The form of the booklets, if the packet has only one form; `first` to `last` are then booklets of this
    form.
    """
    first: Annotated[str, ReturnColumn(tell("First booklet"), "serial", ("from",), is_prefilled=True)]
    last: Annotated[str, ReturnColumn(tell("Last booklet"), "serial", ("to",), is_prefilled=True)]
    packed_at: Annotated[Moment, ReturnColumn(tell("Packed at"), "moment")]
    packed_by: Annotated[str, ReturnColumn(tell("Packed by"))]
    seal: Annotated[str, ReturnColumn(tell("Seal"), heads=("seal_no", "seal_number"))]
    received_at: Annotated[Moment, ReturnColumn(tell("Received at"), "moment")]
    received_by: Annotated[str, ReturnColumn(tell("Received by"))]
    seal_at_receipt: Annotated[str, ReturnColumn(tell("Seal at receipt"))]
    opened_at: Annotated[Moment, ReturnColumn(tell("Opened at"), "moment")]
    opened_by: Annotated[str, ReturnColumn(tell("Opened by"))]
    used: Annotated[int | None, ReturnColumn(tell("Booklets used"), "count")]
    unused: Annotated[Serials | None, ReturnColumn(tell("Unused booklets"), "serials")]
    void: Annotated[Serials | None, ReturnColumn(tell("Void booklets"), "serials")]
    returned_at: Annotated[Moment, ReturnColumn(tell("Returned at"), "moment")]
    returned_by: Annotated[str, ReturnColumn(tell("Returned by"))]
    returned_seal: Annotated[str, ReturnColumn(tell("Seal at return"))]
    returned: Annotated[int | None, ReturnColumn(tell("Booklets returned"), "count")]
    destroyed_at: Annotated[Moment, ReturnColumn(tell("Destroyed at"), "moment")]
    destroyed_by: Annotated[str, ReturnColumn(tell("Destroyed by"))]
    destroyed: Annotated[Serials | None, ReturnColumn(tell("Destroyed booklets"), "serials")]
    source: str


class Declaration(NamedTuple):
    """A person's interest in candidates, or a declaration that there is none."""

    name: Annotated[
        str, ReturnColumn(tell("Name"), heads=_flat(NAME_NAMES[1:]), is_needed=True, is_prefilled=True)
    ]
    role: Annotated[str, ReturnColumn(tell("Role"), heads=("ตำแหน่ง",), is_needed=True, is_prefilled=True)]
    centre: _Centre
    interest: Annotated[
        str, ReturnColumn(tell("Interest in candidates"), "text or none", ("ความเกี่ยวข้อง",), True)
    ]
    """Empty if the person declares none."""
    candidates: _Candidates
    day: _Day
    signed: Annotated[
        str,
        ReturnColumn(tell("Signed"), "word", ("ลายมือชื่อ",), words=YES_NO, also={"✓": "yes", "ลงชื่อแล้ว": "yes"}),
    ]
    source: str


class CentreReturns(NamedTuple):
    """The contents of one or more files, in their order."""

    attendance: tuple[Attendance, ...] = ()
    incidents: tuple[Incident, ...] = ()
    accommodation: tuple[AccommodationGiven, ...] = ()
    packets: tuple[Packet, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    files: tuple[str, ...] = ()
    """The files of a sitting, by their names in its folder; empty for one file."""

    @property
    def n(self) -> int:
        """The number of lines."""
        return sum(len(getattr(self, one.name)) for one in RETURN_LISTS)

    def incident(self, name: str) -> Incident | None:
        """Return the incident with that name, `CENTRE NO`; None if there is none."""
        return next((one for one in self.incidents if fold(one.name) == fold(name)), None)

    def as_dict(self) -> dict[str, Any]:
        """Return every record by its fields, as people write them, for JSON output."""
        return {
            "files": list(self.files),
            **{one.name: [_as_dict(record) for record in getattr(self, one.name)] for one in RETURN_LISTS},
        }


def _as_dict(record: Any) -> dict[str, Any]:
    values = record._asdict()
    found = {name: getattr(value, "text", value) for name, value in values.items() if value is not None}
    return {**found, "name": record.name} if isinstance(record, Incident) else found


class ReturnList(NamedTuple):
    """A list that a centre returns: its title, the record of a line, and the columns by which it is
    recognised.
    """

    name: ListName
    title: Message
    record: Callable[..., Any]
    known_by: tuple[str, ...]
    """Columns that no other list of a sitting has together; at least `n_filled` columns that are not
    prefilled must be present as well.
    """
    n_filled: int = 1

    @property
    def columns(self) -> tuple[ReturnColumn, ...]:
        """The columns, in the order of the record's fields."""
        return _columns(self.record)

    def column(self, role: str) -> ReturnColumn:
        """Return the column with that name."""
        return next(one for one in self.columns if one.role == role)


@cache
def _columns(record: Callable[..., Any]) -> tuple[ReturnColumn, ...]:
    hints = get_type_hints(record, include_extras=True)
    return tuple(hint.__metadata__[0]._replace(role=role) for role, hint in hints.items() if role != "source")


@cache
def _heads(of: ReturnList) -> Mapping[str, frozenset[str]]:
    """Return the normalised headings of each column of a list."""
    return {one.role: frozenset(fold(name) for tier in one.tiers for name in tier) for one in of.columns}


RETURN_LISTS: tuple[ReturnList, ...] = (
    ReturnList(
        "attendance", tell("Attendance and identity"), Attendance, ("candidate_id", "status", "identity")
    ),
    ReturnList("incidents", tell("Incidents"), Incident, ("kind", "what")),
    # a given name stands in lists of candidates
    ReturnList(
        "accommodation", tell("Accommodation given"), AccommodationGiven, ("candidate_id", "given"), 2
    ),
    ReturnList("packets", tell("Packets of booklets"), Packet, ("packet",)),
    ReturnList("declarations", tell("Declarations of interest"), Declaration, ("name", "interest")),
)
"""The lists that a centre returns."""
assert tuple(one.name for one in RETURN_LISTS) == get_args(ListName) == CentreReturns._fields[:-1]


# ── which list a table is ────────────────────────────────────────────────────────────────────

_LEAST_OF_FORM = 3
"""The number of original headings from which a sheet is recognised as one of a form."""


def is_returns(tables: Sequence[Table]) -> bool:
    """Return whether a file has one of the lists, by its headings."""
    return any(_headed(table) is not None for table in tables)


def _headed(table: Table) -> tuple[ReturnList, Table] | None:
    """Return the list that a table has, and the table from its heading on; titles may precede it."""
    for way in headed_ways(table):
        heading = without_blank_end(way.header)
        if (of := _list_of(heading.fields)) is not None:
            return of, way._replace(header=heading)
    return None


def _list_of(heads: Sequence[str]) -> ReturnList | None:
    """Return the list with these headings; of several, the one with most of them."""
    folded = set(map(fold, heads))
    best, most = None, 0
    for of in RETURN_LISTS:
        found = {role for role, own in _heads(of).items() if not folded.isdisjoint(own)}
        n_filled = sum(one.role in found and not one.is_prefilled for one in of.columns)
        if n_filled >= of.n_filled and found.issuperset(of.known_by) and len(found) > most:
            best, most = of, len(found)
    return best


def titles_of(name: str, data: bytes) -> list[tuple[str, str]]:
    """Return the cells above the headings of each list of a file, with their lines."""
    found: list[tuple[str, str]] = []
    for table in open_tables(visible(name), data):
        headed = _headed(table)
        for line in heading_lines(table) if headed is not None else ():
            if headed is None or line.line >= headed[1].header.line:
                break
            where = f"{visible(name)}:{table.sheet}:{line.line}" if table.sheet else f"{name}:{line.line}"
            found += [(where, clean_text(cell)) for cell in line.fields if cell.strip()]
    return found


def _lost_headings(table: Table, source: str, of: ReturnList | None = None) -> Problem | None:
    """Return the fault of a sheet of a form in which headings were overwritten, so that the cells below them
    would be lost. If the sheet is no longer recognised, its list is determined from the remaining headings or
    the name of the sheet.
    """
    lines = [without_blank_end(line) for line in ([table.header] if of else heading_lines(table))]
    found = [
        (
            sum(fold(f"{one.label.th} {one.label.en}") in {*map(fold, line.fields)} for one in own.columns),
            own,
            line,
        )
        for line in lines
        for own in ((of,) if of else RETURN_LISTS)
    ]
    n, own, line = max(found, key=lambda each: each[0])
    where = f"{source}:{line.line}"
    if n < _LEAST_OF_FORM:
        named = next((one for one in RETURN_LISTS if fold(table.sheet).startswith(one.name)), None)
        if of or named is None or not any(any(map(str.strip, line.fields)) for line in lines):
            return None
        own, where = named, source
    heads, names = {*map(fold, line.fields)}, _heads(own)
    lacking = [one for one in own.columns if heads.isdisjoint(names[one.role])]
    if of is None:
        lacking = [one for one in lacking if one.role in own.known_by]
    elif heads <= {fold(name) for some in names.values() for name in some}:
        return None
    if not lacking:
        return None
    message = tell(
        "is missing the headings {names}. Write the headings of “{title}” as on the form",
        names=joined((one.label for one in lacking), ", "),
        title=own.title,
    )
    return Problem(where, "heading-gone", message)


def _lists(shown: str, data: bytes, today: date | None) -> list[tuple[ReturnList, DeclaredTable]]:
    """Return the lists of a file. Raises Refused if it has none, or if one of them lacks a column."""
    found: list[tuple[ReturnList, DeclaredTable]] = []
    problems: list[Problem] = []
    tables = open_tables(shown, data)
    for table in tables:
        source = f"{shown}:{table.sheet}" if table.sheet else shown
        if (headed := _headed(table)) is None:
            problems += filter(None, [_lost_headings(table, source) if table.sheet else None])
            continue
        of, below = headed
        where = f"{source}:{below.header.line}"
        columns = [one.declared(today) for one in of.columns]
        places, lacking, ambiguous = places_in(columns, where, below.header)
        problems += ambiguous
        for column in map(of.column, lacking):
            message = tell("no column `{name}` ({label}). Add it", name=column.role, label=column.label)
            problems.append(Problem(where, "column-missing", message, field=column.role))
        problems += filter(None, [_lost_headings(below, source, of)])
        found.append((of, DeclaredTable(source, columns, below.header.fields, places, below)))
    if found and not tables[0].sheet:  # a text, seen with each delimiter
        found = [max(found, key=lambda one: len(one[1].places))]
    if not found and not problems:
        message = tell(
            "contains none of the lists that a centre sends back. Keep their headings unchanged ({titles})",
            titles=either(one.title for one in RETURN_LISTS),
        )
        problems = [Problem(shown, "no-list", message)]
    if problems:
        raise Refused.because("{shown} is not a return from a centre", problems, shown=shown)
    return found


# ── its lines ────────────────────────────────────────────────────────────────────────────────


def read_returns(name: str, data: bytes, today: date | None = None) -> CentreReturns:
    """Return the contents of a file, each list in its order. Raises Refused with every fault and its line;
    `today` finds days in the future.
    """
    shown = visible(name)
    found: dict[str, list[Any]] = {one.name: [] for one in RETURN_LISTS}
    problems: list[Problem] = []
    for of, table in _lists(shown, data, today):
        for line in table.lines(problems):
            if _says_something(of, line):
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
    """Return whether more is filled in than on the form that a centre receives; a merged cell over an empty
    line does not count.
    """
    if any(line.text(one.role) for one in of.columns if not one.is_prefilled):
        return True
    n_filled = sum(bool(restored(cell.strip())) for cell in line.record.fields)
    return n_filled != 1 and any(line.is_merged(one.role) for one in of.columns)


MOST_TEXT = 2000
"""The most characters of a cell."""


def _cell(column: ReturnColumn, today: date | None, written: str) -> Any:
    """Return the value of a cell, or its fault."""
    text = restored(written.strip())
    words = clean_text(text)
    read, empty = _KINDS[column.kind]
    if not words:
        message = tell("is empty. Fill it in, or leave the whole line empty")
        return CellFault("cell-empty", message) if column.is_needed else empty
    if "\ufffd" in words:
        return CellFault("undecodable", tell("contains a damaged character (�). Write it again"))
    if turn := turned(text):
        return CellFault("direction-mark", turn)
    value = _word(column, words) if column.kind == "word" else read(text)
    if isinstance(value, Message):
        return CellFault(f"no-{column.kind}", value)
    day = value.day if isinstance(value, Moment) else value if column.kind == "day" else ""
    if today is not None and day > today.isoformat():
        return CellFault("day-to-come", tell("{day} is in the future", day=day))
    return value


def _word(column: ReturnColumn, text: str) -> str | Message:
    codes = {fold(word): code for word, code in column.also.items()}
    for code, word in column.words.items():
        codes |= dict.fromkeys(map(fold, (code, word.en, word.th)), code)
    words = either(joined([code, " (", word, ")"], "") for code, word in column.words.items())
    return codes.get(fold(text)) or tell("`{text}` is not known. Write {words}", text=text, words=words)


def _text(text: str) -> str | CellFault:
    words = clean_text(text)
    if len(words) <= MOST_TEXT:
        return words
    message = tell("has {n} characters. Write at most {most}", n=len(words), most=MOST_TEXT)
    return CellFault("too-long", message)


def _unless_none(read: Callable[[str], Any], empty: Any) -> Callable[[str], Any]:
    """Return a reader for cells in which a word may mean that there is nothing."""
    return lambda text: empty if fold(clean_text(text)) in NONE_WORDS else read(text)


def _day(text: str) -> str | Message:
    day = centre_day(clean_text(text))
    return day if isinstance(day, Message) else day.isoformat()


_KINDS: Mapping[CellKind, tuple[Callable[[str], Any], Any]] = {
    "text": (_text, ""),
    "text or none": (_unless_none(_text, ""), ""),
    "word": (clean_text, ""),
    "candidate": (candidate_number, ""),
    "candidates": (_unless_none(candidates_of, ()), ()),
    "day": (_day, ""),
    "time": (lambda text: time_of(clean_text(text)), ""),
    "moment": (lambda text: moment_of(clean_text(text)), Moment()),
    "count": (lambda text: count_of(clean_text(text)), None),
    "serial": (lambda text: serial_of_cell(clean_text(text)), ""),
    "serials": (serials_of, None),
}
"""For each kind of cell, its reader, which returns the value or the fault, and the value of an empty cell."""
