"""Papers: a list with faults mended on the page, printed by a job, taken by room; nobody else's, no keys."""

from __future__ import annotations

import csv
import io
import re
import shutil
import zipfile
from datetime import date as Day
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pikepdf
import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from examgen.assembly.building import build
from examgen.core.exam.names import CANDIDATES_CSV
from examgen.core.exam.package import read_package
from examgen.core.files import sha256
from examgen.core.models.form import Candidate
from examgen.core.models.sitting import SittingPlan
from examgen.papers.candidate_lists import checked, gets, list_table
from examgen.scoring.sitting_plan import plan_of
from examgen.site.accounts.models import Grant
from examgen.site.audit.models import Entry
from examgen.site.jobs import queue, worker
from examgen.site.jobs.models import Job, State
from examgen.sitting.setting_aside import in_use
from tests.commands.conftest import quick, quick_booklets, quick_rooms  # noqa: F401
from tests.site.conftest import OTHER, UNIT, Browser, Client
from tests.sittings import print_for

ROOM = "ห้อง ๑"
LIST = f"""candidate_id,name,room,seat
1001,สมชาย,{ROOM},A1
1001,<script>alert(1)</script>,{ROOM},A2
,สมหญิง,{ROOM},A3
1004,สมศรี,ห้อง ๒,A1,too many
"""
ADDRESS = "/exams/sat/papers/"


@pytest.fixture(scope="module")
def built(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exam, built once; nobody changes it."""
    asked = {
        "exam": "sat",
        "title": {"th": "ทดสอบ", "en": "Test"},
        "units": [UNIT],
        "items": 6,
        "criteria": {"all": 1},
        "statuses": ["draft"],
        "time_min": 10,
    }
    workspace = Path(shutil.copytree(starter, tmp_path_factory.mktemp("built") / "workspace"))
    path = workspace / "b.yaml"
    path.write_text(yaml.safe_dump(asked, allow_unicode=True), "utf-8")
    return build(path, workspace).folder


@pytest.fixture
def sat(built: Path, workspace: Path) -> Path:
    """That exam in a workspace of the test's own."""
    return Path(shutil.copytree(built, workspace / "output" / built.name))


def send(client: Client, data: bytes, name: str = "<b>list.csv") -> str:
    file = SimpleUploadedFile(name, data)
    answer = client.post(f"{ADDRESS}list/", {"file": file}, follow=True)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def taken(client: Client, address: str) -> tuple[str, bytes]:
    """The name of a file that is taken away, and its bytes."""
    answer: Any = client.get(address)
    assert answer.status_code == 200
    data = b"".join(answer.streaming_content)
    answer.close()
    return unquote(answer.headers["Content-Disposition"]), data


def uploads(workspace: Path) -> list[Path]:
    return [*(workspace / ".examgen-web/uploads").iterdir()]


def test_a_list_is_mended_printed_and_taken_by_room(sat: Path, workspace: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    home = client.page("/")
    assert "Nothing waits for you" not in home
    assert "Your next step stands beside its exam below." in home
    page = send(client, LIST.encode())
    assert "<script>alert" not in page
    assert "4 lines have errors" in page
    assert "is on lines 2 and 3" in page
    heads = re.findall('<th scope="col"[^>]*>([^<]+)', page)
    assert heads[:4] == ["Line", "Take out", "What is wrong", "candidate_id"], "a fault before its cells"
    row = page.split('<th scope="row" class="number">3</th>')[1].split("</tr>", maxsplit=1)[0]
    assert row.index("is on lines 2 and 3") < row.index("cell:3:0")
    assert client.post(f"{ADDRESS}print/", {}).headers["location"] == f"{ADDRESS}list/"
    mend = {"mend": "1", "cell:3:0": "1002", "cell:3:1": "สมปอง", "cell:5:4": "", "remove": "4"}
    page = client.post(f"{ADDRESS}list/", mend, follow=True).content.decode()
    assert "3 candidates, no errors" in page
    assert "Room ห้อง ๒: 1 candidate" in page
    (sat / "sitting").mkdir(exist_ok=True)
    (sat / "sitting/papers.yaml").write_text("size: A5\nspare: 1\n", "utf-8")
    plan = {"date": "2026-11-18", "accommodation": [{"candidate_id": "1001", "given": "ล่าม"}]}
    (sat / "sitting/sitting.yaml").write_text(yaml.safe_dump(plan), "utf-8")
    asked = {"per": "room", "password": "horse battery 7"}
    assert client.post(f"{ADDRESS}print/", asked).status_code == 302
    worker.work(is_once=True)
    job = Job.objects.get()
    assert job.state == State.DONE, (job.message, job.problems)
    assert "horse" not in str(job.asked)
    assert len(uploads(workspace)) == 1  # the list of the session alone
    page = client.page(ADDRESS)
    assert ROOM in page
    assert "secure/" not in page
    mark = sha256(ROOM.encode())[:20]
    name, packed = taken(client, f"{ADDRESS}rooms/{mark}/")
    assert f"sat-{ROOM}.zip" in name
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = {name.rpartition("/")[2] for name in archive.namelist()}
    assert {"Booklets.pdf", "Answer sheets.pdf", "Attendance list.pdf"} <= names, "as the page calls them"
    assert page.index("Download everything") < page.index("Print the papers")
    name, packed = taken(client, f"{ADDRESS}everything/")
    assert "sat.zip" in name
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = set(archive.namelist())
    assert {f"{ROOM}/Booklets.pdf", "ห้อง ๒/Booklets.pdf"} <= names
    assert not [one for one in names if "key" in one.lower() or "secure" in one]
    booklets = sha256(f"papers/rooms/{ROOM}/booklets.pdf".encode())[:20]
    name, pdf = taken(client, f"{ADDRESS}files/{booklets}/")
    assert name.endswith(f"sat {ROOM} Booklets.pdf")
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert [round(float(one)) for one in opened.pages[0].mediabox] == [0, 0, 420, 595]  # A5
    with (sat / CANDIDATES_CSV).open(encoding="utf-8-sig") as table:
        assert len([*csv.DictReader(table)]) == 5  # two of them spare, one for each room
    assert Entry.objects.filter(what="papers.take").count() == 3
    for path in ("secure/key.csv", "secure/key-A.pdf", "../../../etc/passwd", "exam.yaml"):
        assert client.get(f"{ADDRESS}files/{sha256(path.encode())[:20]}/").status_code == 404
    watcher = browser("invigilator", UNIT)
    page = watcher.page(ADDRESS)
    assert "Attendance list" in page
    assert page.count("Accommodations") == 1, "of the one room where somebody is given something"
    assert "Booklets" not in page
    assert watcher.get(f"{ADDRESS}files/{booklets}/").status_code == 404
    assert watcher.post(f"{ADDRESS}print/", asked).status_code == 403
    for role, unit in (("assembler", OTHER), ("auditor", ""), ("grader", UNIT)):
        assert browser(role, unit).get(f"{ADDRESS}files/{booklets}/").status_code == 403


@pytest.mark.parametrize("what", ["role", "exam"])
def test_papers_are_printed_of_the_exam_that_was_seen(sat: Path, browser: Browser, what: str) -> None:
    assert browser("assembler", UNIT).post(f"{ADDRESS}print/", {}).status_code == 302
    if what == "role":
        Grant.objects.all().delete()
    else:
        said = (sat / "exam.yaml").read_text("utf-8")
        (sat / "exam.yaml").write_text(re.sub("(?m)^seed: .*", "seed: 99", said), "utf-8")
    worker.work(is_once=True)
    job = Job.objects.get()
    assert job.state == State.REFUSED
    assert ("taken from you" if what == "role" else "built anew since") in job.message["en"]
    assert not in_use(sat.parents[1], sat.name).is_printed


def test_a_printing_taken_back_keeps_no_list(sat: Path, workspace: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    send(client, "candidate_id,name\n1001,สมชาย\n".encode())
    client.post(f"{ADDRESS}print/", {"per": "room", "password": "horse battery 7"})
    assert len(uploads(workspace)) == 2
    client.post(f"/work/{Job.objects.get().pk}/stop/")
    assert Job.objects.get().state == State.WITHDRAWN
    [list_of_session] = uploads(workspace)
    assert "list.csv" in {path.name.lstrip("b") for path in list_of_session.iterdir()}


def test_what_a_stopped_printing_prepared_goes(sat: Path, workspace: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    client.post(f"{ADDRESS}print/", {})
    job = queue.take("gone")
    assert job is not None
    queue.stop(job, job.by)
    for left in (".examgen-tmp/tmpx/new/papers", "../.examgen-tmp/tmpx/new"):
        (sat / left).mkdir(parents=True)
        (sat / left / "booklet-A.pdf").write_bytes(b"a name")
    assert queue.reap() == 1
    assert [*sat.glob(".*"), *sat.parent.glob(".*")] == []
    assert read_package(sat).exam.blueprint.exam == "sat"


def test_a_workbook_is_read_and_stays_with_who_sent_it(sat: Path, workspace: Path, browser: Browser) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["รายชื่อผู้เข้าสอบ"], ["เลขประจำตัว", "ชื่อ-สกุล", "ห้องสอบ"], ["1001", "สมชาย", "1"]):
        sheet.append(row)
    saved = io.BytesIO()
    book.save(saved)
    client = browser("assembler", UNIT)
    assert "1 candidate, no errors" in send(client, saved.getvalue(), "list.xlsx")
    assert "สมชาย" not in browser("assembler", UNIT).page(f"{ADDRESS}list/")
    client.post(f"{ADDRESS}list/", {"drop": "1"})
    assert uploads(workspace) == []


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"name,room\nx,1\n", b"PK\x03\x04broken"])
def test_what_is_no_list_is_refused(sat: Path, workspace: Path, browser: Browser, data: bytes) -> None:
    client = browser("assembler", UNIT)
    answer = client.post(f"{ADDRESS}list/", {"file": SimpleUploadedFile("list.csv", data or b" ")})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f"{ADDRESS}list/blank" in page.replace("blank.xlsx", "blank"), "said where the list is sent"
    assert "is-faulty" in page or "aria-invalid" in page
    assert uploads(workspace) == []


def test_a_weak_password_is_refused_at_once(sat: Path, workspace: Path, browser: Browser) -> None:
    assert browser("assembler", UNIT).post(f"{ADDRESS}print/", {"password": "short"}).status_code == 422
    assert uploads(workspace) == []
    assert not Job.objects.exists()
    client = browser("assembler", UNIT, language="th")
    asked = client.get(f"{ADDRESS}print/")  # an address of a button, opened as a page
    assert asked.status_code == 405
    assert "เปิดหน้านี้แบบนี้ไม่ได้" in asked.content.decode()


def test_rooms_of_one_name_at_two_centres_are_shown_and_taken_apart(sat: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    page = send(client, "candidate_id,ศูนย์สอบ,room,seat\n1,ก,301,1\n2,ข,301,1\n3,ข,301,2\n".encode())
    assert "Room ก – 301: 1 candidate<" in page
    assert "Room ข – 301: 2 candidates<" in page
    people = [Candidate(candidate_id=str(n), centre="กข"[n % 2], room="301", seat=str(n)) for n in range(4)]
    print_for(sat, people)
    page = client.page(ADDRESS)
    assert '<th scope="row">ก – 301</th>' in page
    name, packed = taken(client, f"{ADDRESS}rooms/{sha256('ข/301'.encode())[:20]}/")
    assert "sat-ข-301.zip" in name
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == ["ข/301/Booklets.pdf"]


def test_who_gets_large_print_is_ticked_on_the_list(sat: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    people = "".join(f"{n:013d},สมชาย,{room}\n" for n, room in ((1, "a"), (2, "a"), (3, "b")))
    page = send(client, f"candidate_id,name,room\n{people}".encode())
    assert "is marked for large print" not in page
    assert not re.search('name="large_print"[^>]* checked', client.page(ADDRESS))
    ticked = {"variants": "1", "line": ["2", "3"], "large_print": ["3", "4"], "accessible": "2"}
    page = client.post(f"{ADDRESS}list/", ticked, follow=True).content.decode()
    assert "1 candidate is marked for large print." in page, "line 4 was not on the form that was sent"
    assert "1 candidate is marked for the version for screen readers." in page
    assert re.search('name="large_print" value="3" checked', page)
    assert re.search('name="large_print"[^>]* checked', client.page(ADDRESS)), "the printing goes by it"
    page = client.post(f"{ADDRESS}list/", {"variants": "1", "line": ["2", "3"]}, follow=True).content.decode()
    assert "is marked for" not in page


PEOPLE = "".join(f"{n:013d},สมชาย,{room},{n},{said}\n" for n, room, said in (
    (1, "301", "ขอตัวอักษรขนาดใหญ่"), (2, "301", ""), (3, "302", "ไม่ขอตัวอักษรขนาดใหญ่"), (4, "302", "low vision"),
))  # fmt: skip
NOTED = f"candidate_id,ชื่อ,ห้อง,ที่นั่ง,หมายเหตุ\n{PEOPLE}"


def ticked(page: str, name: str = "large_print") -> list[str]:
    return re.findall(f'name="{name}" value="(\\d+)" checked', page)


def test_who_seems_to_ask_for_large_print_is_shown_and_ticked_by_one_button(
    sat: Path, browser: Browser
) -> None:
    client = browser("assembler", UNIT)
    page = send(client, NOTED.encode())
    assert "Remarks beside 2 candidates seem to ask" in page
    assert "“ขอตัวอักษรขนาดใหญ่”" in page
    assert "“ไม่ขอ" not in page
    ticks = {"line": ["2 3", "4 5"], "large_print": "3", "asked": "1"}
    page = client.post(f"{ADDRESS}list/", ticks, follow=True).content.decode()
    assert ticked(page) == ["2", "3", "5"]
    assert "seem to ask" not in page


@pytest.mark.long("prints papers; test_journeys prints those of a list each time")
@pytest.mark.usefixtures("quick")
def test_a_list_that_was_chosen_and_not_sent_goes_with_the_printing(sat: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    fingerprint = "Fingerprint of the package"
    assert fingerprint not in client.page("/exams/sat/"), "nothing has been printed"
    page = client.page(ADDRESS)
    [form] = [one for one in re.findall("<form.*?</form>", page, re.DOTALL) if "Print the papers" in one]
    assert 'name="file"' in form, "the browser sends the file with either button"
    assert form.index("Send the list") < form.index("Print the papers")
    asked = {"per": "room", "file": SimpleUploadedFile("list.csv", NOTED.encode())}
    answer = client.post(f"{ADDRESS}print/", asked, follow=True)
    assert "Not printed yet" in answer.content.decode(), "somebody seems to need large print"
    assert not Job.objects.exists()
    plain = "candidate_id,name,room,large_print\n0000000000001,สมชาย,301,x\n".encode()
    client.post(f"{ADDRESS}print/", {"per": "room", "file": SimpleUploadedFile("list.csv", plain)})
    worker.work(is_once=True)
    job = Job.objects.get()
    assert job.state == State.DONE, (job.message, job.problems)
    assert job.asked["large_print"] is True
    assert fingerprint in client.page("/exams/sat/")
    with (sat / CANDIDATES_CSV).open(encoding="utf-8-sig") as table:
        assert [row["name"] for row in csv.DictReader(table)] == ["สมชาย"]
    faulty = SimpleUploadedFile("list.csv", LIST.encode())
    assert client.post(f"{ADDRESS}print/", {"file": faulty}).headers["location"] == f"{ADDRESS}list/"
    assert Job.objects.count() == 1
    client.post(f"{ADDRESS}list/", {"drop": "1"})
    page = client.page(ADDRESS)
    assert "No list is chosen: papers without names would take the place of 1 booklet with a name" in page
    answer = client.post(f"{ADDRESS}print/", {"per": "room"})
    assert answer.status_code == 422
    assert Job.objects.count() == 1, "it asks first"
    page = client.post(f"{ADDRESS}list/", {"again": "1"}, follow=True).content.decode()
    assert "1 candidate, no errors" in page
    assert "สมชาย" in page
    assert "1 candidate is marked for large print" in page
    client.post(f"{ADDRESS}list/", {"drop": "1"})
    assert client.post(f"{ADDRESS}print/", {"per": "room", "nameless": "1"}).status_code == 302
    assert Job.objects.count() == 2


@pytest.mark.parametrize(
    "typed",
    [
        "๑๒ ธ.ค. ๒๕๖๙",
        "12/12/69",
        "2569-12-12",
    ],
)
def test_the_day_is_kept_as_people_type_it(sat: Path, browser: Browser, typed: str) -> None:
    client = browser("assembler", UNIT, language="th")
    asked = {"day": typed, "begins": "", "ends": ""}
    if typed.startswith("2569"):  # with the list, which is no reason to lose the day
        client.post(f"{ADDRESS}list/", {**asked, "file": SimpleUploadedFile("list.csv", NOTED.encode())})
    elif typed.startswith("12/"):
        client.post(f"{ADDRESS}print/", asked)
        assert Job.objects.count() == 1
    else:
        assert client.post(ADDRESS, asked).status_code == 302
    assert plan_of(sat) == SittingPlan(date=Day(2026, 12, 12))
    assert "12 ธันวาคม 2569" in client.page(ADDRESS)
    client.post(ADDRESS, {**asked, "day": "20 ธ.ค. 2569"})
    assert plan_of(sat) == SittingPlan(date=Day(2026, 12, 12)), "a page from before changes no plan"


def test_a_day_that_is_none_is_said_beside_its_field(sat: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    assert "No day yet" in client.page(ADDRESS)
    sent = {"day": "12 ธันวาคม 05", "begins": "", "ends": ""}
    for address in (ADDRESS, f"{ADDRESS}print/"):
        answer = client.post(address, sent)
        assert answer.status_code == 422
        field = answer.content.decode().split('id="id_day"')[1].split('id="id_begins"')[0]
        assert "this is not a day" in field
    assert not Job.objects.exists()


def test_a_template_of_the_plan_has_the_rooms_of_the_list(sat: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    assert "/exams/sat/plan/" in client.page("/exams/sat/")
    assert "/exams/sat/plan/sitting.yaml" in client.page("/exams/sat/plan/")
    bare = yaml.safe_load(client.get("/exams/sat/plan/sitting.yaml").content)
    assert bare["date"] is None, "who sends it as it is hears that the day lacks"
    send(client, "candidate_id,ศูนย์สอบ,room\n1,นครสวรรค์,301\n2,นครสวรรค์,301\n3,นครสวรรค์,302\n".encode())
    template = client.get("/exams/sat/plan/sitting.yaml").content.replace(b"date:", b"date: 2026-12-12")
    file = SimpleUploadedFile("sitting.yaml", template)
    answer = client.post("/exams/sat/plan/", {"given": file, "reason": ""}, follow=True)
    assert "the plan is on record" in answer.content.decode()
    plan = plan_of(sat)
    assert plan is not None
    assert plan.date == Day(2026, 12, 12)
    [centre] = plan.centres
    assert (centre.name, [(one.name, one.seats) for one in centre.rooms]) == (
        "นครสวรรค์",
        [("301", 2), ("302", 1)],
    )
    page = client.page(ADDRESS)
    assert "By the plan of the sitting: 12 December 2026 · นครสวรรค์" in page
    assert 'name="day"' not in page


@pytest.mark.parametrize("language", ["en", "th"])
def test_a_blank_list_has_headings_that_are_read(sat: Path, browser: Browser, language: str) -> None:
    client = browser("assembler", UNIT, language=language)
    address = f"{ADDRESS}list/blank/"
    assert address in client.page(ADDRESS)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(address))))
    sheet = book.worksheets[0]
    assert sheet["A2"].number_format == "@", "a number keeps its zeros"
    sheet.append(["0001", "สมศรี ใจดี", "ศูนย์หนึ่ง", "301", "7", "ใช่" if language == "th" else "yes", ""])
    data = io.BytesIO()
    book.save(data)
    table = list_table("list.xlsx", data.getvalue())
    (one,) = checked(table, sat).candidates
    assert (one.candidate_id, one.name, one.centre, one.room, one.seat) == (
        *("0001", "สมศรี ใจดี", "ศูนย์หนึ่ง", "301", "7"),
    )
    assert gets(one, "large_print")
    assert not gets(one, "accessible")


@pytest.mark.long("prints papers; test_render_candidates has more time in plan and papers")
@pytest.mark.usefixtures("quick")
def test_more_time_typed_beside_a_name_reaches_plan_and_papers(sat: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    page = send(client, "candidate_id,name,centre,room\nBK-1,สมชาย,กทม.,1\nBK-2,สมหญิง,กทม.,1\n".encode())
    typed = {"variants": "1", "line": "2 3", "minutes:2": "15", "other:2": "", "other:3": "a reader"}
    page = client.post(f"{ADDRESS}list/", {**typed, "minutes:3": "soon"}, follow=True).content.decode()
    assert "Not a number of minutes: soon" in page
    typed |= {"minutes:3": "", "large_print": "3"}
    page = client.post(f"{ADDRESS}list/", typed, follow=True).content.decode()
    assert "enter the plan of the sitting once its day is known" in page
    assert 'name="minutes:2" value="15"' in page
    answer = client.post(f"{ADDRESS}print/", {"per": "room"}, follow=True)
    assert "give the day before you print" in answer.content.decode()
    assert plan_of(sat) is None
    client.post(ADDRESS, {"day": "15 ธันวาคม 2569", "begins": "09:00", "ends": "09:45"})
    client.post(f"{ADDRESS}list/", typed)
    plan = plan_of(sat)
    assert plan is not None
    given = [(one.candidate_id, one.given, one.extra_minutes) for one in plan.accommodation]
    assert given == [("BK-1", "more time", 15), ("BK-2", "a reader", 0)]
    page = client.page("/exams/sat/plan/")
    assert "BK-1 สมชาย" in page
    assert "a reader, booklet in large print" in page
    assert "10:00" in page, "when who has 15 minutes more ends"
    client.post(f"{ADDRESS}print/", {"per": "room"})
    worker.work(is_once=True)
    assert Job.objects.get().state == State.DONE
    assert "Accommodations" in client.page(ADDRESS)
    assert "were printed before the plan" not in client.page(ADDRESS)
    filled_in = {"arrange": "1", "day": "2026-12-15", "begins": "09:00", "ends": "09:45"}
    filled_in |= {"centre": "กทม.", "room": "1", "who": "", "candidate": "BK-1", "why": "low vision"}
    client.post("/exams/sat/plan/", filled_in | {"approved_by": "ประธาน"})
    plan = plan_of(sat)
    assert plan is not None
    assert plan.centres
    assert plan.accommodation[0].reason == "low vision"
    assert "were printed before the plan" not in client.page(ADDRESS), "no paper says any of this"
    client.post(f"{ADDRESS}list/", {**typed, "minutes:2": "20"})
    for address in (ADDRESS, "/exams/sat/"):
        assert "were printed before the plan" in client.page(address)
    assert "Next: print the papers again" in client.page("/exams/sat/")
    client.post(f"{ADDRESS}list/", {**typed, "minutes:2": "", "other:3": ""})
    assert getattr(plan_of(sat), "accommodation", None) == ()
    assert "by the candidate list" in client.page("/exams/sat/plan/"), "large print alone"


def test_columns_of_a_list_give_more_time(sat: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    client.post(ADDRESS, {"day": "2026-12-15"})
    heads = "เลขประจำตัวผู้เข้าสอบ,ชื่อ,ห้อง,เวลาเพิ่ม (นาที),ความช่วยเหลืออื่น"
    page = send(client, f"{heads}\n1,ก,1,ครึ่งชั่วโมง,\n2,ก,1,30 นาที,ผู้ช่วยอ่าน\n".encode())
    assert "is not a number of minutes" in page
    page = client.post(f"{ADDRESS}list/", {"mend": "1", "cell:2:3": ""}, follow=True).content.decode()
    assert "1 name is that of several candidates" in page
    client.post(f"{ADDRESS}print/", {"per": "room"})
    plan = plan_of(sat)
    assert plan is not None
    assert [(one.given, one.extra_minutes) for one in plan.accommodation] == [("ผู้ช่วยอ่าน", 30)]


def test_a_candidate_of_printed_papers_is_found_when_the_list_is_gone(sat: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    arranged = {"arrange": "1", "day": "2026-12-15", "begins": "09:00", "ends": "09:45"}
    assert client.post("/exams/sat/plan/", arranged).status_code == 302
    print_for(sat, [Candidate(candidate_id="BK-00019", name="นายกิตติพงษ์ ศรีสุข", centre="กทม.", room="101")])
    for words in ("กิตติพงษ์", "BK-00019"):
        page = client.page(f"/find/?q={words}")
        for told in ("BK-00019", "นายกิตติพงษ์ ศรีสุข", "15 December 2026", "09:00–09:45", "กทม.", "room 101"):
            assert told in page, told
    assert "ศรีสุข" not in browser("writer", UNIT).page("/find/?q=BK-00019")
    assert "ศรีสุข" not in browser("assembler", OTHER).page("/find/?q=BK-00019")


def test_the_day_of_a_plan_is_the_day_of_the_papers(sat: Path, browser: Browser) -> None:
    """After the day was changed in the plan, the papers reproached its user for their own."""
    client = browser("assembler", UNIT)
    client.post(ADDRESS, {"day": "15 ธันวาคม 2569", "begins": "09:00", "ends": "09:10"})
    arranged = {"arrange": "1", "day": "2026-12-16", "begins": "09:00", "ends": "09:10"}
    assert client.post("/exams/sat/plan/", arranged).status_code == 302
    page = client.page(ADDRESS)
    assert "16 December 2026" in page
    assert 'name="day"' not in page
    for text, left in (
        ("date: 2026-12-17\nspare: 2\n", {"spare": 2}),
        ("papers: {date: 2026-12-17, spare: 2}\n", {"papers": {"spare": 2}}),
    ):
        (sat / "sitting/papers.yaml").write_text(text, "utf-8")
        assert "By the plan of the sitting: 16 December 2026" in client.page(ADDRESS)
        client.post("/exams/sat/plan/", arranged)
        assert yaml.safe_load((sat / "sitting/papers.yaml").read_text("utf-8")) == left


def test_hours_that_are_not_the_time_of_the_exam_are_told(sat: Path, browser: Browser) -> None:
    """Booklets said 45 minutes and 09:00–10:30; extra time was reckoned from 10:30."""
    client = browser("assembler", UNIT)
    client.post(ADDRESS, {"day": "15 ธันวาคม 2569", "begins": "9.00", "ends": "10.30"})
    assert "The exam takes 10 minutes, but 09:00–10:30 is 90 minutes." in client.page(ADDRESS)
    arranged = {"arrange": "1", "day": "2026-12-15", "begins": "09:00", "ends": "10:30"}
    client.post("/exams/sat/plan/", arranged)
    for address in (ADDRESS, "/exams/sat/plan/"):
        assert "but 09:00–10:30 is 90 minutes." in client.page(address)
        assert "added after 10:30" in client.page(address)
    client.post("/exams/sat/plan/", {**arranged, "ends": "09:10"})
    assert "The exam takes 10 minutes, but" not in client.page(ADDRESS)


def test_numbers_and_names_that_may_be_slips_are_told_and_can_be_changed(sat: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    ids = [*(f"110020030{n:04d}" for n in range(1, 8)), "110020030008", "๑๑๐๐๒๐๐๓๐๐๐๐๙"]
    people = "".join(f"{one},{'' if n == 3 else f'คนที่ {n}'},301\n" for n, one in enumerate(ids))
    page = send(client, f"candidate_id,name,room\n{people}".encode())
    assert "9 candidates, no errors" in page
    assert "3 lines to look at" in page
    assert "110020030008 has 12 characters, and nearly all others have 13" in page
    assert "๑๑๐๐๒๐๐๓๐๐๐๐๙ stays as it is typed. It is the same as 1100200300009" in page
    assert "the name is empty" in page
    mend = {"mend": "1", "cell:9:0": "1100200300008", "cell:10:0": "1100200300009", "cell:5:1": "ก"}
    assert "to look at" not in client.post(f"{ADDRESS}list/", mend, follow=True).content.decode()


def test_settings_are_saved_drawn_and_taken_back(sat: Path, browser: Browser) -> None:
    client, page = browser("assembler", UNIT), f"{ADDRESS}settings/"
    kept = sat / "sitting/papers.yaml"

    def sent(**changed: str) -> dict[str, str]:
        shown = client.page(page)
        mark = re.search(r'name="mark" value="(.*?)"', shown)
        text = re.search(r'<textarea name="text".*?>\n(.*?)</textarea>', shown, re.DOTALL)
        assert mark
        assert text
        return {"mark": mark[1], "text": unescape(text[1]), **changed}

    first = sent(papers_size="A5", save="1")
    assert client.post(page, {**first, "text": "columns: 3", "papers_size": ""}).status_code == 422
    assert client.post(page, {**first, "text": "# ours\nsize: Letter  # paper\n"}).status_code == 302
    assert kept.read_text("utf-8") == "# ours\nsize: A5  # paper\n"
    assert client.post(page, first).status_code == 422, "others were saved since"
    look = client.post(page, sent(look="1"))
    worker.work(is_once=True)
    job = Job.objects.get()
    assert (look.status_code, job.state) == (302, State.DONE), (job.message, job.problems)
    [picture] = re.findall(r'<img class="pages" src="(.*?)"', client.page(job.result["address"]))
    assert Image.open(io.BytesIO(client.get(picture).content)).height == 664  # A5 at 80 dots to the inch
    for role, unit in (("assembler", UNIT), ("invigilator", UNIT), ("auditor", "")):
        assert browser(role, unit).get(picture).status_code in (403, 404)
    assert client.post(page, sent(forget="1")).status_code == 302
    assert not kept.exists()
    assert Entry.objects.filter(what="papers.settings").count() == 1
