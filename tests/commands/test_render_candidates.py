"""`examgen render --candidates`: what is written, what is refused, and that a refusal writes nothing."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from tests.commands.conftest import Run, write_blueprint
from tests.samples import item_data, write_unit
from tests.sittings import contents, table

LIST = "candidate_id,name,room,seat\n" + "".join(
    f"{n:013d},สมชาย น้ำใจ {n},{'ห้อง 1' if n < 6 else 'A/B'},{'AB'[n % 2]}{n // 2 + 1}\n" for n in range(10)
)
ASKED = "\n".join(
    line
    + ("Large print,accessible" if n == 0 else f"{'x' if n == 4 else ''},{'x' if n == 5 else 'ไม่ต้องการ'}")
    for n, line in enumerate(LIST.replace("\n", ",\n").splitlines())
)
"""The list, in which number 3 asks for large print and number 4 for a version for screen readers."""
PERSONAL = {"spare": 1, "personal": {"items": True, "options": True}}


@pytest.fixture
def package(workspace: Path, run: Run) -> Path:
    write_blueprint(workspace / "bp.yaml", forms=2, papers=PERSONAL)
    (workspace / "list.csv").write_text(LIST, "utf-8")
    run.ok("build", "bp.yaml", "--out", "exam")
    return workspace / "exam"


def files(package: Path, below: str = "papers") -> list[str]:
    return sorted(
        path.relative_to(package / below).as_posix()
        for path in (package / below).rglob("*")
        if path.is_file()
    )


def serials(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()[1:]


def dealt(package: Path) -> list[dict[str, str]]:
    return table(package / "secure/candidates.csv")


ROOM_PAPERS = ["attendance.pdf", "packing-slip.pdf", "seating-plan.pdf"]
SHARED = ["answer-sheet.pdf", "answers-template.csv", "sheet.json"]


@pytest.mark.usefixtures("quick")
def test_a_file_for_each_room_in_seat_order(package: Path, run: Run) -> None:
    ran = run.ok("render", "exam", "--candidates", "list.csv", "--json")
    assert {Path(path).name for path in json.loads(ran.out)["printed"]} >= {"booklets.pdf", "candidates.csv"}
    names = ["booklets.pdf", "sheets.pdf", *ROOM_PAPERS]
    expected = [f"rooms/{room}/{name}" for room in ("A-B", "ห้อง 1") for name in names]
    assert files(package) == sorted([*SHARED, *expected])
    rows = [row for row in dealt(package) if row["room"] == "ห้อง 1"]
    assert [row["seat"] for row in rows] == ["A1", "A2", "A3", "B1", "B2", "B3", ""]
    assert serials(package / "papers/rooms/ห้อง 1/booklets.pdf") == [row["serial"] for row in rows]
    assert serials(package / "papers/rooms/ห้อง 1/sheets.pdf") == [row["serial"] for row in rows]
    assert [row["base"] for row in rows] == list("ABABABA")
    assert "room ห้อง 1: 7 booklets (2 of 2)" in ran.err
    run.ok("verify", "exam")


TWO_CENTRES = "candidate_id,name,ศูนย์สอบ,room,seat,หมายเหตุ\n" + "".join(
    f"{n:013d},สมชาย,{('เชียงใหม่/1', 'กรุงเทพ', '')[n % 3]},301,A{n // 3 + 1},x\n" for n in range(9)
)


@pytest.mark.usefixtures("quick")
def test_rooms_of_one_name_at_two_centres_are_two_rooms(package: Path, run: Run) -> None:
    """Each has its booklets, its attendance list and packing slip, its spare booklets and its seats."""
    Path("list.csv").write_text(TWO_CENTRES, "utf-8")
    ran = run.ok("render", "exam", "--candidates", "list.csv")
    rooms = ("no-centre/301", "กรุงเทพ/301", "เชียงใหม่-1/301")
    names = ["booklets.pdf", "sheets.pdf", *ROOM_PAPERS]
    assert files(package) == sorted([*SHARED, *(f"rooms/{room}/{name}" for room in rooms for name in names)])
    heads = ["candidate_id", "name", "room", "seat", "form", "serial", "base", "centre", "หมายเหตุ"]
    assert list(dealt(package)[0]) == heads
    for room, centre in zip(rooms, ("", "กรุงเทพ", "เชียงใหม่/1"), strict=True):
        rows = [row for row in dealt(package) if row["centre"] == centre]
        assert [row["seat"] for row in rows] == ["A1", "A2", "A3", ""]
        assert serials(package / f"papers/rooms/{room}/booklets.pdf") == [row["serial"] for row in rows]
        said = (package / f"papers/rooms/{room}/attendance.pdf").read_text("utf-8")
        assert said == f"%PDF {centre} – 301" if centre else "%PDF 301"
    assert "room กรุงเทพ – 301: 4 booklets (2 of 3)" in ran.err
    assert "ข้อสอบ, กรุงเทพ – 301 booklet" in (package / "papers/rooms/กรุงเทพ/301/booklets.pdf").read_text()
    run.ok("verify", "exam")


@pytest.mark.usefixtures("quick")
def test_a_room_in_thai_digits_is_the_same_room(package: Path, run: Run) -> None:
    """Neighbours whose lines write it otherwise sit beside each other, and have other forms."""
    seats = "".join(
        f"{n:013d},{('301', '๓๐๑', ' 301 ')[n // 4]},A{n % 4 * 3 + n // 4 + 1}\n" for n in range(12)
    )
    Path("list.csv").write_text(f"candidate_id,room,seat\n{seats}", "utf-8")
    run.ok("render", "exam", "--candidates", "list.csv")
    rows = [row for row in dealt(package) if row["seat"]]
    assert [(row["room"], row["seat"]) for row in rows] == [("301", f"A{n}") for n in range(1, 13)]
    assert all(one["base"] != other["base"] for one, other in pairwise(rows))
    assert {name.split("/")[1] for name in files(package) if name.startswith("rooms/")} == {"301"}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--together"], ["rooms/A-B/booklets.pdf", "rooms/ห้อง 1/booklets.pdf"]),
        (["--per", "sitting"], ["booklets.pdf", "sheets.pdf"]),
        (["--per", "sitting", "--together"], ["booklets.pdf"]),
    ],
)
def test_files_are_cut_as_asked(package: Path, run: Run, options: list[str], expected: list[str]) -> None:
    run.ok("render", "exam", "--candidates", "list.csv", *options)
    found = [name for name in files(package) if name.endswith(("booklets.pdf", "sheets.pdf"))]
    assert found == expected
    booklets = [
        serial for name in found if "sheets" not in name for serial in serials(package / "papers" / name)
    ]
    assert booklets == [row["serial"] for row in dealt(package)]
    assert all((package / f"papers/rooms/A-B/{name}").is_file() for name in ROOM_PAPERS)


@pytest.mark.usefixtures("quick")
def test_a_candidates_own_file_holds_nobody_elses_booklet(package: Path, run: Run) -> None:
    run.ok("render", "exam", "--candidates", "list.csv", "--per", "candidate", "--together")
    for row in dealt(package):
        [path] = (package / "papers/rooms").glob(f"*/{row['serial']}-booklets.pdf")
        assert serials(path) == [row["serial"]]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("words", [(), ("--large-print", "--accessible")], ids=["unasked", "by options"])
def test_variants_are_for_those_whom_the_list_marks(package: Path, run: Run, words: tuple[str, ...]) -> None:
    Path("list.csv").write_text(ASKED, "utf-8")
    run.ok("render", "exam", "--candidates", "list.csv", *words)
    room = package / "papers/rooms/ห้อง 1"
    of = {row["candidate_id"]: row["serial"] for row in dealt(package)}
    large, accessible = of[f"{3:013d}"], of[f"{4:013d}"]
    assert serials(room / "large-print-booklets.pdf") == [large]
    assert large not in serials(room / "booklets.pdf")
    assert f" {large} (" in (room / "packing-slip.pdf").read_text("utf-8"), "its number and its seat"
    assert (room / f"{accessible}-accessible.pdf").read_bytes().startswith(b"%PDF")
    assert accessible in (room / f"{accessible}-accessible.html").read_text("utf-8")
    assert len(list((package / "papers").rglob("*accessible*"))) == 2
    assert (room / "accommodation.pdf").is_file()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("head", "cell", "said"),
    [
        (
            "เวลาเพิ่ม (นาที)",
            "30",
            "`เวลาเพิ่ม (นาที)` requests 30 more minutes, but the plan of the sitting gives 0",
        ),
        ("extra time", "yes", "`extra time` yes is not a number of minutes. Write a number"),
        (
            "accommodation",
            "ผู้ช่วยอ่าน",
            "`accommodation` requests ผู้ช่วยอ่าน, but the plan of the sitting gives nothing",
        ),
    ],
    ids=["minutes", "no number", "help"],
)
def test_time_and_help_of_the_list_must_stand_in_the_plan(
    package: Path, run: Run, head: str, cell: str, said: str
) -> None:
    before = contents(package)
    Path("list.csv").write_text(f"ชื่อ,candidate_id,{head}\nก,01,\nข,๐๒,{cell}\nค,03,-\n", "utf-8")
    told = run.refused("render", "exam", "--candidates", "list.csv")
    assert f"list.csv:3: {said}" in told
    assert told.count("list.csv:") == 1
    assert contents(package) == before
    plan = {
        "date": "2026-11-21",
        "accommodation": [{"candidate_id": "02", "given": "30", "extra_minutes": 30}],
    }
    Path("sitting.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True), "utf-8")
    run.ok("take", "exam", "sitting.yaml")
    assert run("render", "exam", "--candidates", "list.csv").status == (1 if cell == "yes" else 0)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("head", "cell", "said"),
    [
        ("หมายเหตุ", "ขอข้อสอบตัวใหญ่", "`หมายเหตุ` ขอข้อสอบตัวใหญ่ may be a request for large print"),
        ("Needs large type?", "x", "`Needs large type?` x may be a request for large print"),
        ("หมายเหตุ", "ขอเวลาเพิ่มครึ่งชั่วโมง", "`หมายเหตุ` ขอเวลาเพิ่มครึ่งชั่วโมง may be a request for more time"),
        ("Special needs", "wheelchair", "`Special needs` wheelchair may be a request for other help"),
        ("large_print", "24 pt", "`large_print` 24 pt is treated as a request for large print"),
    ],
    ids=["remark", "head", "time", "help", "odd mark"],
)
def test_what_may_be_a_request_is_told(package: Path, run: Run, head: str, cell: str, said: str) -> None:
    Path("list.csv").write_text(f"candidate_id,{head}\n1,\n2,{cell}\n3,ไม่ต้องการ\n", "utf-8")
    ran = run.ok("render", "exam", "--candidates", "list.csv")
    assert f"list.csv:3: {said}" in ran.err
    assert ran.err.count("list.csv:") == 1
    large = [path for path in files(package) if "large-print" in path]
    assert bool(large) == (head == "large_print")


@pytest.mark.usefixtures("quick", "package")
def test_numbers_that_may_have_lost_their_zeros_are_told(run: Run) -> None:
    Path("list.csv").write_text("No.\n\ncandidate_id,name\n7,A\n8,B\n007,A\n", "utf-8")
    told = run.ok("render", "exam", "--candidates", "list.csv").err
    assert "list.csv:4: 7 may be the same person as 007" in told
    assert "list.csv:5: 8 has fewer digits than the others, which begin with 0" in told


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("per", ["room", "sitting"])
def test_no_file_is_written_that_would_hold_no_booklet(package: Path, run: Run, per: str) -> None:
    Path("papers.yaml").write_text("spare: 0\n", "utf-8")
    Path("list.csv").write_text("candidate_id,name,room,large_print\n1,ก,A,x\n2,ข,A,x\n", "utf-8")
    options = ["--per", per, "--papers", "papers.yaml", "--large-print"]
    run.ok("render", "exam", "--candidates", "list.csv", *options)
    large = ["large-print-booklets.pdf", "large-print-sheets.pdf"]
    of_room = ["accommodation.pdf", "attendance.pdf", "packing-slip.pdf"]  # without seats, no plan of them
    assert files(package) == sorted([*SHARED, *(f"rooms/A/{name}" for name in [*large, *of_room])])


@pytest.mark.usefixtures("quick")
def test_a_list_gives_the_same_files_and_a_plain_printing_others(package: Path, run: Run) -> None:
    built = {name: (package / name).read_bytes() for name in ("secure/forms.csv", "secure/key.csv")}
    run("render", "exam", "--candidates", "list.csv")
    first = contents(package)
    run("render", "exam", "--candidates", "list.csv")
    assert contents(package) == first
    run.ok("render", "exam")
    assert files(package) == sorted([*SHARED, "booklet-A.pdf", "booklet-B.pdf"])
    assert {name: (package / name).read_bytes() for name in built} == built
    assert not (package / "secure/candidates.csv").exists()
    run.ok("verify", "exam")


@pytest.mark.usefixtures("quick")
def test_the_chain_of_a_personal_sitting(package: Path, run: Run) -> None:
    run("render", "exam", "--candidates", "list.csv")
    too_many = run("simulate", "exam", "--candidates", 11, "--seed", 1, "--out", "a.csv")
    assert (too_many.status, "only 10 candidates were assigned booklets" in too_many.err) == (2, True)
    run.ok("simulate", "exam", "--candidates", 10, "--seed", 1, "--out", "a.csv")
    run.ok("score", "exam", "a.csv")
    run.ok("render", "exam", "--candidates", "list.csv")
    Path("short.csv").write_text("\n".join(LIST.splitlines()[:9]), "utf-8")
    refused = run("render", "exam", "--candidates", "short.csv")
    assert (refused.status, "--replace" in refused.err) == (1, True)
    assert (package / "results").is_dir()
    run.ok("render", "exam", "--candidates", "short.csv", "--replace")
    assert not (package / "results").exists()


@pytest.mark.usefixtures("quick")
def test_settings_of_a_file_stand_in_place_of_the_blueprints(package: Path, run: Run) -> None:
    Path("papers.yaml").write_text(yaml.safe_dump({"papers": {"spare": 0}}), "utf-8")
    run.ok("render", "exam", "--candidates", "list.csv", "--papers", "papers.yaml")
    assert {row["form"] for row in dealt(package)} == {"A", "B"}
    assert all(row["candidate_id"] for row in dealt(package))
    Path("papers.yaml").write_text("spare: -1\ncolour: red\n", "utf-8")
    refused = run("render", "exam", "--candidates", "list.csv", "--papers", "papers.yaml")
    assert refused.status == 1
    assert "papers.yaml:1" in refused.err
    assert "papers.yaml:2" in refused.err


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("text", "options", "status", "said"),
    [
        ("candidate_id,name\n1,ก\n1,ข\n", [], 1, "candidate 1 is on lines 2 and 3"),
        ("candidate_id,name\n1,สม🙂ชาย\n", [], 1, "list.csv:2: `name`: the fonts have no '🙂'"),
        ("candidate_id,name\n1,ก\n", ["--large-print"], 1, "no column `large_print`"),
        ("name\nก\n", [], 1, "no column of candidate numbers"),
        (None, [], 2, "cannot be read"),
    ],
)
def test_a_list_with_a_fault_is_refused_and_nothing_is_written(
    package: Path, run: Run, text: str | None, options: list[str], status: int, said: str
) -> None:
    before = contents(package)
    Path("list.csv").unlink()
    if text is not None:
        Path("list.csv").write_text(text, "utf-8")
    ran = run("render", "exam", "--candidates", "list.csv", *options)
    assert (ran.status, said in ran.err) == (status, True), ran.err
    assert contents(package) == before


def test_options_of_a_list_need_a_list(package: Path, run: Run) -> None:
    assert package.is_dir()
    ran = run("render", "exam", "--together")
    assert (ran.status, "Add --candidates" in ran.err) == (2, True)


@pytest.mark.long("pages of a whole room; test_room_papers reads those of one")
def test_real_pages_of_a_small_room(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two candidates, by the real printer: the text of each page is that of the candidate's own form."""
    import subprocess

    items = [item_data(pc, n) for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 5)]
    write_unit(tmp_path / "item_bank", items)
    write_blueprint(tmp_path / "bp.yaml", papers={**PERSONAL, "spare": 0})
    (tmp_path / "list.csv").write_text("\n".join(LIST.splitlines()[:3]), "utf-8")
    (tmp_path / "output").mkdir()
    monkeypatch.chdir(tmp_path)
    run("build", "bp.yaml", "--out", "exam")
    run.ok("render", "exam", "--candidates", "list.csv", "--together")
    path = "exam/papers/rooms/ห้อง 1/booklets.pdf"
    text = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    first, second = (row["serial"] for row in dealt(tmp_path / "exam"))
    assert text.index(first) < text.index("สมชาย น้ำใจ 1".replace(" ", " "))
    assert text.index(f"{0:013d}") < text.index(second)
    rows = [row for row in table(Path("exam/secure/forms.csv")) if row["form"] == first]
    stems = {item["id"]: str(item["stem"]) for item in items}
    places = [text.index("".join(stems[row["item"]])) for row in rows]
    assert places == sorted(places)
