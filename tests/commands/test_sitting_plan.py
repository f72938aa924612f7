"""`sitting.yaml`: what was arranged for a sitting, from `take` to papers, decisions, release and reports."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands.conftest import Run
from tests.effort import some
from tests.sittings import OPEN_LOOKS

PLAN: dict[str, Any] = {
    "date": "2026-11-18",
    "begins": "09:00",
    "ends": "11:00",
    "body": {"th": "สถาบันสมมติ", "en": "Assumed Body"},
    "centres": [
        {
            "name": "ศูนย์ 1",
            "rooms": [{"name": "301", "seats": 2, "invigilators": ["สมศรี"]}, {"name": "302"}],
        },
        {"name": "ศูนย์ 2", "rooms": [{"name": "301"}]},
    ],
    "accommodation": [{"candidate_id": "0001", "given": "extra time", "extra_minutes": 30}],
}
PEOPLE = (
    ("0001", "ก", "ศูนย์ 1", "301"),
    ("0002", "ข", "ศูนย์ 1", "๓๐๑"),
    ("0003", "ค", "ศูนย์ ๒", "301"),
    ("0004", "ง", "ศูนย์ 1", "302"),
)


def write_plan(name: str = "sitting.yaml", **changes: object) -> Path:
    path = Path(name)
    said = {key: value for key, value in {**PLAN, **changes}.items() if value is not None}
    path.write_text(yaml.safe_dump(said, allow_unicode=True), "utf-8")
    return path


def write_list(people: object = PEOPLE, name: str = "list.csv") -> Path:
    lines = ["candidate_id,name,centre,room", *(",".join(one) for one in people)]  # type: ignore[attr-defined]
    Path(name).write_text("\n".join(lines) + "\n", "utf-8")
    return Path(name)


def text_of(path: Path) -> str:
    ran = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, check=True, encoding="utf-8"
    )
    return " ".join(ran.stdout.split())


ARRANGED: dict[str, Any] = {
    "centres": [
        {
            "name": "ศูนย์ 1",
            "rooms": [
                {"name": "301", "invigilators": ["นางสมศรี ใจดี", "นายมานะ กล้าหาญ"]},
                {"name": "302", "invigilators": ["นางสาวน้ำทิพย์ ณ อยุธยา"]},
            ],
        },
        {"name": "ศูนย์ 2", "rooms": [{"name": "301"}]},
    ],
    "accommodation": [
        {
            "candidate_id": "0-001",
            "given": "ผู้ช่วยอ่าน <i>",
            "extra_minutes": 45,
            "reason": "REASON",
            "approved_by": "APPROVER",
        },
        {"candidate_id": "0002", "given": "ห้องน้ำใกล้ห้องสอบ", "reason": "REASON"},
    ],
}


def test_papers_are_as_arranged_and_invigilators_alone_read_who_is_given_what(
    exam_dir: Path, run: Run
) -> None:
    run.ok("take", exam_dir, write_plan(**ARRANGED), "--by", "สมชาย")
    run.ok("render", exam_dir, "--candidates", write_list())
    said = {
        path.relative_to(exam_dir / "papers/rooms").as_posix(): text_of(path)
        for path in exam_dir.glob("papers/rooms/**/*.pdf")
    }
    for path, text in said.items():
        if not path.endswith("sheets.pdf"):
            assert all(one in text for one in ("Assumed Body", "18 November 2026", "09:00–11:00")), path
    rooms = {
        "ศูนย์ 1/301": ("นางสมศรี ใจดี", "นายมานะ กล้าหาญ"),
        "ศูนย์ 1/302": ("นางสาวน้ำทิพย์ ณ อยุธยา",),
        "ศูนย์ ๒/301": (),
    }
    for room, names in rooms.items():
        for name in names:
            shown = sorted(path for path in said if name in said[path])
            assert shown == [f"{room}/attendance.pdf", f"{room}/packing-slip.pdf"]
        # who is named signs beside the name; two sign at least
        signed = said[f"{room}/attendance.pdf"]
        assert signed.count("กรรมการคุมสอบ") == 2
        assert all(f"กรรมการคุมสอบ · Invigilator {name}" in signed for name in names)
        assert [f"Invigilator {n}" in signed for n in (1, 2)] == [not names, len(names) < 2]
        assert ("Invigilators" in said[f"{room}/packing-slip.pdf"]) == bool(names)
    [page] = [path for path in said if "ผู้ช่วยอ่าน <i>" in said[path]]
    assert page == "ศูนย์ 1/301/accommodation.pdf"
    assert [path for path in said if "ห้องน้ำใกล้ห้องสอบ" in said[path]] == [page]
    assert [path for path in said if path.endswith("accommodation.pdf")] == [page]
    assert "ลับ / CONFIDENTIAL" in said[page]
    assert "0001 ก ผู้ช่วยอ่าน <i> 45 11:45" in said[page]
    assert "0002 ข ห้องน้ำใกล้ห้องสอบ – –" in said[page]
    # their own booklet says when they have to stop, and nobody else's
    assert {path for path in said if "11:45" in said[path]} == {page, "ศูนย์ 1/301/booklets.pdf"}
    assert said["ศูนย์ 1/301/booklets.pdf"].count("09:00–11:45") == 1
    minutes = map(int, re.findall(r"you have (\d+) minutes", said["ศูนย์ 1/301/booklets.pdf"]))
    own, general = sorted(minutes, reverse=True)
    assert own - general == 45
    assert {path for path in said if "Accommodation" in said[path]} == {page, "ศูนย์ 1/301/packing-slip.pdf"}
    for path in exam_dir.glob("**/*.pdf"):
        assert not re.search("REASON|APPROVER", text_of(path)), path
    run.ok("verify", exam_dir)


@pytest.mark.long("printed twice; test_papers_are_as_arranged has rooms and papers each time")
@pytest.mark.usefixtures("quick_booklets")
def test_a_plan_that_names_nobody_prints_what_one_without_rooms_does(exam_dir: Path, run: Run) -> None:
    nobody = [{"name": "ศูนย์ 1", "rooms": [{"name": "301"}, {"name": "302"}]}, {"name": "ศูนย์ 2"}]
    printed = []
    for n, centres in enumerate((nobody, None)):
        reason = ("--reason", "less") if n else ()
        run.ok("take", exam_dir, write_plan(f"{n}.yaml", centres=centres, accommodation=None), *reason)
        run.ok("render", exam_dir, "--candidates", write_list(PEOPLE[:1]), "--replace")
        printed.append({path: path.read_bytes() for path in exam_dir.glob("papers/**/*.*")})
    assert printed[0] == printed[1]


@pytest.mark.usefixtures("quick_booklets")
@pytest.mark.parametrize("ends", some([None, "23:30"], 1))
def test_no_end_is_said_that_is_not_known_or_another_day(exam_dir: Path, run: Run, ends: str | None) -> None:
    run.ok("take", exam_dir, write_plan(**ARRANGED, ends=ends))
    run.ok("render", exam_dir, "--candidates", write_list(PEOPLE[:2]))
    page = text_of(exam_dir / "papers/rooms/ศูนย์ 1/301/accommodation.pdf")
    assert "0001 ก ผู้ช่วยอ่าน <i> 45 – – 0002" in page


def test_what_of_a_plan_cannot_be_printed_is_refused(exam_dir: Path, run: Run, quick: None) -> None:
    rooms = [{"name": "301", "invigilators": ["สมศรี", "漢"]}, {"name": "302"}]
    given = [{"candidate_id": "0001", "given": "ล่าม\n😀"}]
    centres = [{"name": "ศูนย์ 1", "rooms": rooms}, {"name": "ศูนย์ 2"}]
    run.ok("take", exam_dir, write_plan(centres=centres, accommodation=given))
    refused = run.refused("render", exam_dir, "--candidates", write_list())
    assert "centres.0.rooms.0.invigilators.1: the fonts have no '漢'" in refused
    assert "accommodation.0.given: the fonts have no '😀'" in refused
    assert refused.count("glyph-missing") == 2
    run.ok("render", exam_dir)


@pytest.mark.long("printed in full; test_papers_are_as_arranged has rooms and papers each time")
@pytest.mark.usefixtures("quick_rooms")
@pytest.mark.parametrize("n_centres", some([2, 1], 1))
def test_booklet_and_sheet_name_the_centre(exam_dir: Path, run: Run, n_centres: int) -> None:
    centres = ("สนามสอบวิทยาลัยอาชีวศึกษาเชียงใหม่", "กรุงเทพ")[:n_centres]
    people = [(f"{n:04d}", "ก", centres[n % n_centres], "ห้อง 301") for n in range(2)]
    run.ok("render", exam_dir, "--candidates", write_list(people))
    for centre in centres:
        for name in ("booklets.pdf", "sheets.pdf"):
            said = text_of(exam_dir / f"papers/rooms/{centre}/ห้อง 301/{name}")
            assert (said.count("ห้อง 301"), said.count(centre)) == (2 // n_centres, 2 // n_centres), name


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"date": "2569-11-18"}, "Buddhist era. Write 2026-11-18"),
        ({"date": "18 November"}, "date"),
        ({"date": None}, "date"),
        ({"begins": "9 o'clock"}, "begins"),
        ({"ends": "09:00"}, "is not after"),
        ({"centres": [{"name": "ศูนย์ 1"}, {"name": "ศูนย์  ๑"}]}, "two centres are called"),
        (
            {"centres": [{"name": "ก", "rooms": [{"name": "301"}, {"name": "๓๐๑"}]}]},
            "two rooms of ก are called",
        ),
        ({"centres": [{"name": ""}]}, "centres.0.name"),
        ({"centres": [{"name": "ก", "rooms": [{"name": "1", "seats": 0}]}]}, "seats"),
        ({"centres": [{"name": "ก", "floors": 2}]}, "floors"),
        ({"accommodation": [{"candidate_id": "0001"}]}, "given"),
        (
            {"accommodation": [{"candidate_id": one, "given": "x"} for one in ("0001", "๐๐๐๑")]},
            "under `accommodation`",
        ),
        ({"body": "สถาบัน"}, "body"),
    ],
)
def test_a_plan_that_is_not_right_is_refused_by_line_and_field(
    exam_dir: Path, run: Run, changes: dict[str, object], said: str
) -> None:
    refused = run.refused("take", exam_dir, write_plan(**changes))
    assert said in refused
    assert "sitting.yaml" in refused
    assert not (exam_dir / "sitting/sitting.yaml").exists()


@pytest.mark.parametrize(
    ("people", "code"),
    [
        ([*PEOPLE, ("0005", "จ", "ศูนย์ 3", "301")], "centre-not-planned"),
        ([*PEOPLE, ("0005", "จ", "ศูนย์ 2", "302")], "room-not-planned"),
        ([*PEOPLE, ("0005", "จ", "ศูนย์ 1", "301")], "room-too-small"),
        (PEOPLE[1:], "accommodation-of-nobody"),
    ],
)
def test_a_list_that_does_not_fit_the_plan_is_refused_whichever_comes_first(
    exam_dir: Path, run: Run, people: object, code: str, quick: None
) -> None:
    run.ok("take", exam_dir, write_plan())
    assert code in run.refused("render", exam_dir, "--candidates", write_list(people))
    assert code in run.refused("take", exam_dir, write_list(people))
    run.ok("take", exam_dir, "--back", "sitting.yaml", "--reason", "not settled yet")
    run.ok("take", exam_dir, write_list(people))
    assert code in run.refused("take", exam_dir, write_plan())


def test_papers_of_another_day_are_refused(exam_dir: Path, run: Run, quick: None) -> None:
    run.ok("take", exam_dir, write_plan())
    Path("papers.yaml").write_text("date: 2026-11-19\n", "utf-8")
    said = run.refused("render", exam_dir, "--papers", "papers.yaml")
    assert "is 2026-11-18, but the papers have 2026-11-19" in said


def test_days_are_held_against_the_sitting_and_the_clock(exam_dir: Path, run: Run) -> None:
    run.ok("simulate", exam_dir, "--candidates", 12, "--seed", 1, "--out", "a.csv")
    run.ok("take", exam_dir, "a.csv", write_plan(accommodation=None))
    assert "in the future" not in run("score", exam_dir).out
    words = ("--by", "c", "--reason", "r")
    early = ("decide", exam_dir, "SYN-00002", "--as", "withheld", *words, "--date", "2026-11-17")
    assert "before-the-sitting" in run.refused(*early)
    release = ("release", exam_dir, "--run", 1, *words, *OPEN_LOOKS, "--date")
    assert "the day of the sitting" in run.refused(*release, "2026-11-17")
    assert "is in the future" in run.refused(*release, "2126-11-17")
    later = write_plan("later.yaml", date="2126-11-18", accommodation=None)
    run.ok("take", exam_dir, later, "--reason", "moved")
    assert "The exam is planned for 2126-11-18, which is in the future" in run("score", exam_dir).out
    run.ok("take", exam_dir, write_plan(accommodation=None), "--reason", "moved back")
    run.ok(*release, "2026-11-18")
    assert "after-decisions" in run.refused("take", exam_dir, later, "--reason", "moved")


def test_reports_of_a_release_have_the_plan_that_it_took(exam_dir: Path, run: Run) -> None:
    def page() -> str:
        run.ok("report", exam_dir, "--kind", "candidate", "--lang", "en", "--no-pdf", "--html")
        return (exam_dir / "reports/run-0001/candidate/SYN-00001.html").read_text("utf-8")

    run.ok("simulate", exam_dir, "--candidates", 12, "--seed", 1, "--out", "a.csv")
    run.ok("take", exam_dir, "a.csv", write_plan(accommodation=None))
    run("score", exam_dir)
    words = ("--run", 1, "--by", "c", *OPEN_LOOKS, "--date", "2026-11-20", "--reason")
    run.ok("release", exam_dir, *words, "r")
    other = write_plan("other.yaml", body={"th": "อื่น", "en": "Other Body"}, accommodation=None)
    run.ok("take", exam_dir, other, "--reason", "a typing error in the name")
    assert "Other Body" not in page()
    assert "Assumed Body" in page()
    run.ok("release", exam_dir, *words, "the name of the body was wrong")
    assert "Other Body" in page()
    kept = next((exam_dir / "sitting/earlier").glob("*sitting.yaml"))
    kept.unlink()
    run.ok("verify", exam_dir)
    (exam_dir / "sitting/sitting.yaml").unlink()
    assert "taken-file-gone" in run("verify", exam_dir).text


def test_reports_name_the_body_the_day_and_the_place_of_the_plan(exam_dir: Path, run: Run) -> None:
    run.ok("simulate", exam_dir, "--candidates", 12, "--seed", 1, "--out", "a.csv")
    run.ok("take", exam_dir, "a.csv", write_plan(accommodation=None))
    run("score", exam_dir)
    run.ok("report", exam_dir, "--kind", "candidate", "--kind", "committee", "--lang", "en", "--no-pdf")
    place = exam_dir / "reports/run-0001"
    page = (place / "candidate/SYN-00001.html").read_text("utf-8")
    book = (place / "committee/report.html").read_text("utf-8")
    for one in (page, book):
        assert "Assumed Body" in one
        assert "18 November 2026" in one
    assert "ศูนย์ 1, ศูนย์ 2" in book


def test_another_plan_takes_the_place_of_the_first_which_is_kept(exam_dir: Path, run: Run) -> None:
    run.ok("take", exam_dir, write_plan())
    said = run.json("take", exam_dir, write_plan("new.yaml", begins="08:30"), "--reason", "earlier")
    assert [one["act"] for one in said["taken"]] == ["replaced"]
    assert [path.name for path in (exam_dir / "sitting/earlier").iterdir()] == ["0002-sitting.yaml"]
