"""What a centre sends back (bytes) → `CentreReturns`: attendance, incidents, accommodation, packets,
declarations.

A file is a table of one list, or a workbook with a list on each of some sheets. A list is told by its
headings, in English or Thai, in any order beside others; titles may stand above them. Encodings, delimiters
and workbooks are those of answer files. Each list is declared once (`RETURN_LISTS`): its columns, how each is
headed on forms and read again, and the record of a line. A line in which only `is_prefilled` columns are
filled says nothing. Every fault is collected with its file, sheet and line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

from examgen.capture.cells import CENTRE_HEADS, ROOM_HEADS
from examgen.capture.centre_cells import Moment, Serials
from examgen.capture.columns import CANDIDATE_NAMES, FORM_NAMES
from examgen.capture.list_columns import NAME_NAMES, SEAT_NAMES
from examgen.core.words import Message, tell

ListName = Literal["attendance", "incidents", "accommodation", "packets", "declarations"]
CellKind = Literal[
    "text", "text or none", "candidate", "candidates", "word", "day", "time", "moment", "count", "serial",
    "serials",
]  # fmt: skip

IncidentKind = Literal[
    "identity", "impersonation", "late", "left", "illness", "misconduct", "device", "papers", "packet",
    "equipment", "disturbance", "emergency", "other",
]  # fmt: skip
INCIDENT_KINDS: Mapping[IncidentKind, Message] = {
    "identity": tell("identity in doubt"),
    "impersonation": tell("somebody sat in the place of a candidate"),
    "late": tell("came late"),
    "left": tell("left the room"),
    "illness": tell("illness"),
    "misconduct": tell("suspected misconduct"),
    "device": tell("forbidden device or material"),
    "papers": tell("fault in the papers"),
    "packet": tell("packet or seal"),
    "equipment": tell("power or equipment"),
    "disturbance": tell("disturbance"),
    "emergency": tell("emergency"),
    "other": tell("other"),
}
"""What kinds of incidents there are."""
IdentityResult = Literal["matched", "doubt", "not_checked"]
IDENTITY_RESULTS: Mapping[IdentityResult, Message] = {
    "matched": tell("is the person"),
    "doubt": tell("in doubt"),
    "not_checked": tell("not checked"),
}
"""What a look at an identity document came to."""
ATTENDANCE: Mapping[str, Message] = {"present": tell("came"), "absent": tell("absent")}
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
    """Empty where it is the day of the plan."""
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


class ReturnList(NamedTuple):
    """A list that a centre sends back: its title, its columns, and by which columns it is known."""

    name: ListName
    title: Message
    columns: tuple[ReturnColumn, ...]
    known_by: tuple[str, ...]
    """Columns that no other list of a sitting has together."""
    record: Callable[..., Any]

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
                    **dict.fromkeys(("0", "n", "no", "ขาด", "ไม่มา", "ไม่มาสอบ", "x"), "absent"),
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
                    **dict.fromkeys(("match", "ok", "yes", "ตรง", "ถูกต้อง", "✓", "/"), "matched"),
                    **dict.fromkeys(("in doubt", "doubtful", "ไม่ตรง", "สงสัย", "ไม่แน่ใจ"), "doubt"),
                    **dict.fromkeys(("no", "not checked", "ไม่ตรวจ", "ยังไม่ตรวจ"), "not_checked"),
                },
            ),
            ReturnColumn("checked_by", tell("Checked by"), heads=("identity_by",)),
            _REMARK,
        ),
        ("candidate_id", "identity"),
        Attendance,
    ),
    ReturnList(
        "incidents",
        tell("Incidents"),
        (
            ReturnColumn("number", tell("No."), "count", ("no", "ลำดับ", "ลำดับที่", "ที่"), True, True),
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
            ReturnColumn("given_by", tell("Who gave it")),
            ReturnColumn("began", tell("Began"), "time", ("begins", "เริ่ม")),
            ReturnColumn("ended", tell("Ended"), "time", ("ends", "สิ้นสุด", "เลิก")),
            _REMARK,
        ),
        ("candidate_id", "given"),
        AccommodationGiven,
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
