"""Papers of rooms as they are composed: the same pages as WeasyPrint lays out, for any kind of room."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from examgen.core.models.form import Booklet, Candidate, Exam, PersonalForm
from examgen.papers.rooms import lists
from examgen.papers.rooms.lists import AccommodationLine, RoomPapers
from examgen.papers.rooms.printing import RoomPrinter, is_composed
from tests.effort import some
from tests.papers.pages import TEMPLATES, drawn_lines, exam, item, pixels, write

FORMS = ("A", "B", "C", "D")
LONG = "นางสาวพิชญ์สินีปัทมาวดีกรรณิการ์ ศักดิ์สิทธิ์วัฒนาพรพิพัฒน์สกุลไพศาลอนันตโชติช่วงชัชวาลวง์"
NAMES = ("นายเปี๊ยะ กู้ยืม", "นางสาวน้ำทิพย์ ฐานฎีกา", "Ann Lee", LONG, "นางศักดิ์สิทธิ์ ณ อยุธยา", "")
ROWS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"

Seat = Callable[[int], str]


def in_rows(columns: int) -> Seat:
    return lambda n: f"{ROWS[n // columns]}{n % columns + 1}"


def booklets(
    n: int, seat: Seat, n_spare: int = 0, number: str = "1101400{:06d}", names: Sequence[str] = NAMES
) -> tuple[Booklet, ...]:
    """A room of so many; every sixth has a name of ninety characters, every sixth none."""
    found = []
    for place in range(n + n_spare):
        form = FORMS[(place + place // 5) % 4]
        who = None
        if place < n:
            name = names[place % len(names)]
            who = Candidate(candidate_id=number.format(place), name=name, room="1", seat=seat(place))
        order = PersonalForm(form, (0,), ((0, 1),))
        found.append(Booklet(f"{form}-{place + 1:04d}-{place * 7 % 97:02d}", form, order, who, "1"))
    return tuple(found)


def numbered(n: int) -> str:
    return str(n + 1)


ROOMS: dict[str, tuple[str, tuple[Booklet, ...]]] = {
    "one": ("1203", booklets(1, in_rows(5))),
    "seven": ("ห้อง ๑๒", booklets(7, in_rows(4), number="๑๑๐{:02d}")),
    "thirty": ("ห้อง 001", booklets(30, in_rows(5), 2)),
    "forty-five": ("R&D <1>", booklets(45, in_rows(8), number="3f2504e0-4f89-11d3-9a0c-0305e82c{:04d}")),
    "hall": ("ห้องประชุมใหญ่อาคารเฉลิมพระเกียรติ ชั้นที่สิบสอง ปีกตะวันออก ใกล้บันไดหนีไฟ", booklets(92, in_rows(12))),
    "list": ("", booklets(75, numbered, names=NAMES[:2])),
    "long": ("8", booklets(30, numbered)),
    "dashes": ("9", booklets(4, numbered, number="3f2504e0-4f89-11d3-9a0c-0305e82c{:04d}")),
    "spare": ("10", booklets(0, numbered, 3)),
}
PLAN, LIST, SLIP, GIVEN = (paper.file for paper in lists.PAPERS)
INVIGILATORS: dict[str, tuple[str, ...]] = {
    "seven": (LONG, "นางสมศรี ใจดี", "R&D <1>"),
    "thirty": NAMES[:2],
    "spare": NAMES[:1] * 27,
}
ACCOMMODATION = {
    "thirty": tuple(
        AccommodationLine(f"A{n}", f"1101400{n:06d}", NAMES[n % 6], given, str(n), "11:30" if n else "")
        for n, given in enumerate(("ผู้ช่วยอ่านข้อสอบและผู้ช่วยเขียนคำตอบ นั่งแยกจากผู้เข้าสอบคนอื่น", "R&D <1>", "ล่าม") * 12)
    )
}
"""What a plan says of some of them."""


@pytest.fixture(scope="module")
def sample() -> Exam:
    return exam([item(1)], forms=FORMS)


@pytest.fixture(scope="module")
def folder(sample: Exam, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """By room the folder of its papers; each is composed when it is first asked for."""
    folder, printer = tmp_path_factory.mktemp("rooms"), RoomPrinter(sample, TEMPLATES)

    def of(name: str) -> Path:
        if not (folder / name).exists():
            composed(printer, folder, {name: ROOMS[name]})
        return folder / name

    return of


def composed(printer: RoomPrinter, folder: Path, of: dict[str, tuple[str, tuple[Booklet, ...]]]) -> Path:
    for name in of:
        (folder / name).mkdir()
    printer.write((folder / name, papers_of(name, *of[name])) for name in of)
    return folder


def papers_of(name: str, room: str, some: tuple[Booklet, ...]) -> RoomPapers:
    of = RoomPapers(room, some, sheets(some), INVIGILATORS.get(name, ()), ACCOMMODATION.get(name, ()))
    large = tuple(f"{one.serial} (7)" for one in some[:2] if name in ACCOMMODATION)
    return of._replace(large_print=large)


def sheets(some: Sequence[Booklet]) -> dict[str, tuple[int, int]]:
    return {one.serial: (12 + n % 2, 1) for n, one in enumerate(some)}


def direct(sample: Exam, name: str, file: str) -> bytes:
    paper = next(one for one in lists.PAPERS if one.file == file)
    return paper.printed(sample, papers_of(name, *ROOMS[name]), TEMPLATES)


def words(data: bytes) -> dict[str, list[tuple[float, float]]]:
    """By word where it stands, from the top of the first page."""
    found: dict[str, list[tuple[float, float]]] = {}
    read = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=data, capture_output=True, check=True
    ).stdout
    for number, page in enumerate(read.decode().split("<page ")):
        for x, y, word in re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)".*>(.*?)</word>', page):
            found.setdefault(word, []).append((float(x), float(y) + 1000 * number))
    return found


def astray(one: bytes, other: bytes) -> Iterator[float]:
    """How far words stand from where they stand in the other, in points; words that both have."""
    first, second = words(one), words(other)
    alike = [word for word in first if len(first[word]) == len(second.get(word, ()))]
    assert len(alike) > 0.8 * len(first)  # readers take words apart at a change of face
    for word in alike:
        for here, there in zip(sorted(first[word]), sorted(second[word]), strict=True):
            yield max(abs(a - b) for a, b in zip(here, there, strict=True))


def unlike(one: bytes, other: bytes) -> Iterator[int]:
    """By page: how many pixels are dark in the one and light in the other."""
    with pypdfium2.PdfDocument(one) as first, pypdfium2.PdfDocument(other) as second:
        assert len(first) == len(second)
        n = len(first)
    for page in range(n):
        dark, light = (np.asarray(pixels(data, page, 100), dtype=int) for data in (one, other))
        yield int((abs(dark - light) > 160).sum())


@pytest.mark.parametrize(
    ("name", "file"),
    [
        *(
            (name, file)
            for name in some(("seven", "one", "thirty", "spare"), 1)
            for file in (PLAN, LIST, SLIP)
            if (name, file) != ("spare", PLAN)  # nobody has a seat there
        ),
        *(("forty-five", file) for file in some((LIST, PLAN), 1)),
        ("thirty", GIVEN),
        *some([("hall", PLAN), ("list", PLAN), ("long", LIST)], 1),
    ],
)
def test_a_composed_paper_is_the_page_that_weasyprint_lays_out(
    sample: Exam, folder: Callable[[str], Path], name: str, file: str
) -> None:
    made, wanted = (folder(name) / file).read_bytes(), direct(sample, name, file)
    assert drawn_lines(made) == drawn_lines(wanted)
    assert max(astray(made, wanted)) < 0.02
    assert max(unlike(made, wanted)) < 300  # edges of glyphs that fall between two pixels


def test_a_list_of_seats_parts_nobody_where_weasyprint_would(
    sample: Exam, folder: Callable[[str], Path]
) -> None:
    """Two columns of lines of different height: WeasyPrint ends the first column within a line of the list."""
    made, wanted = (folder("long") / PLAN).read_bytes(), direct(sample, "long", PLAN)
    said, meant = (sorted("".join(line.text for line in drawn_lines(data))) for data in (made, wanted))
    assert said == meant
    with pypdfium2.PdfDocument(made) as document:
        assert len(document) == 1


def test_what_cannot_be_composed_is_laid_out_as_it_is(sample: Exam, folder: Callable[[str], Path]) -> None:
    """An id that breaks at a dash, on the line of a name; more invigilators than slots have letters."""
    assert (folder("dashes") / PLAN).read_bytes() == direct(sample, "dashes", PLAN)
    assert (folder("dashes") / LIST).read_bytes() != direct(sample, "dashes", LIST)
    assert (folder("spare") / LIST).read_bytes() == direct(sample, "spare", LIST)


@pytest.mark.long(
    "five rooms printed twice; one is in test_a_composed_paper_is_the_page_that_weasyprint_lays_out"
)
def test_lists_of_as_many_as_thirty_two_are_one_page_and_the_same_bytes_each_time(
    sample: Exam, tmp_path: Path
) -> None:
    of = {str(n): ("1", booklets(n - 1, in_rows(5), 1, names=NAMES[:2])) for n in (22, 23, 27, 28, 32)}
    made = []
    for turn in ("once", "again"):
        (tmp_path / turn).mkdir()
        made.append(composed(RoomPrinter(sample, TEMPLATES), tmp_path / turn, of))
    for name in of:
        with pypdfium2.PdfDocument(made[0] / name / LIST) as document:
            assert len(document) == 1
        for file in (PLAN, LIST, SLIP):
            assert (made[0] / name / file).read_bytes() == (made[1] / name / file).read_bytes()


def test_templates_of_a_workspace_are_not_composed(tmp_path: Path) -> None:
    assert is_composed(TEMPLATES)
    own = write(tmp_path, "booklet.css", "p { color: red }").parent
    assert is_composed((own, *TEMPLATES))
    for name in ("rooms.css", "attendance.html", "seating-plan.css"):
        own = write(tmp_path / name, name, "").parent
        assert not is_composed((own, *TEMPLATES))
