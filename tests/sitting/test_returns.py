"""What centres send back: taken or refused, put together, and told where it does not add up."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from examgen.capture.centre_returns import RETURN_LISTS
from examgen.core.words import tell
from examgen.scoring.sitting_folder import sitting_of
from examgen.sitting import discrepancies as found_by
from examgen.sitting.discrepancies import Discrepancy, discrepancies
from tests.commands.conftest import Run, run
from tests.sitting.centres import (
    ATTENDANCE,
    GIVEN,
    INCIDENTS,
    PACKETS,
    PLAN,
    attendance,
    csv_of,
    package,
    packet,
    serials,
)
from tests.sittings import HEAD, OPEN_LOOKS, table, write_table

__all__ = ["run"]
REPLACE = ("--replace", "--reason", "read again")


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exam that was printed for two centres, which nobody changes."""
    return package(tmp_path_factory.mktemp("printed") / "T-1")


@pytest.fixture
def exam(printed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """The same in a workspace, with the plan of its sitting."""
    (tmp_path / "item_bank").mkdir()
    monkeypatch.chdir(tmp_path)
    found = Path(shutil.copytree(printed, "output/T-1"))
    Path("sitting.yaml").write_text(PLAN, "utf-8")
    run.ok("take", found, "sitting.yaml")
    return found


def write(name: str, head: Sequence[str], *rows: Sequence[object]) -> Path:
    path = Path(name)
    path.write_text(csv_of(head, *rows), "utf-8")
    return path


def sound(exam: Path) -> list[Path]:
    """Lists of both centres that add up: one candidate was absent."""
    sheets = attendance(exam, ["0003"])
    given = ["0002", "extra time", 30, "", "", "สมศรี"]
    unused = f"{serials(exam, '301')[2]}, {serials(exam, '301')[3]}"
    return [
        write("south.csv", ATTENDANCE, *sheets[:6]),
        write("north.csv", ATTENDANCE, *sheets[6:]),
        write(
            "incidents.csv", INCIDENTS, [1, "9.40", "กรุงเทพ", "301", "late", "0001", "late", "let in", "x"]
        ),
        write("given.csv", GIVEN, given),
        write(
            "packets.csv",
            PACKETS,
            packet(exam, "301", used=2, unused=unused),
            packet(exam, "302"),
            packet(exam, "1"),
        ),
    ]


def codes(exam: Path) -> list[tuple[str, str]]:
    """What does not add up, and of what."""
    return [(one.code, one.where) for one in discrepancies(sitting_of(exam))]


def statuses(exam: Path) -> dict[str, str]:
    return {row["candidate_id"]: row["status"] for row in table(exam / "sitting/roster.csv")}


# ── taken ────────────────────────────────────────────────────────────────────────────────────


def test_lists_that_add_up_are_kept_as_they_came_and_fill_the_roster(exam: Path, run: Run) -> None:
    files = sound(exam)
    taken = run.json("take", exam, *files, "--by", "สมหญิง")["taken"]
    assert {(one["kind"], one["act"]) for one in taken} == {("returns", "taken")}
    assert [one["n"] for one in taken] == [6, 3, 1, 1, 3]
    assert all((exam / "sitting/returns" / one.name).read_bytes() == one.read_bytes() for one in files)
    assert statuses(exam) == {f"{n:04}": "absent" if n == 3 else "present" for n in range(1, 10)}
    lines = (exam / "sitting/record.jsonl").read_text("utf-8").splitlines()
    assert [(one["kind"], one["by"]) for one in map(json.loads, lines)][-1] == ("roster", "สมหญิง")
    assert codes(exam) == []
    found = run("returns", exam)
    assert (found.status, "the returns have no discrepancies" in found.out) == (0, True)
    assert run.json("take", exam, files[0])["taken"][0]["act"] == "known"
    run.ok("verify", exam)
    run.ok("take", exam, "--back", "incidents.csv", "--reason", "of another day")
    assert run.json("returns", exam)["incidents"] == []


def test_before_anything_came_back_nothing_is_told(exam: Path, run: Run) -> None:
    assert "No centre has sent returns yet." in run.ok("returns", exam).out


Bad = Callable[[Path], Path]
BAD: dict[str, tuple[Bad, str]] = {
    "an unknown candidate": (
        lambda _: write("b.csv", ATTENDANCE, ["0099", "กรุงเทพ", "301", "present"]),
        "b.csv:2: candidate_id: 0099 is on no list",
    ),
    "a candidate of an incident": (
        lambda _: write("b.csv", INCIDENTS, [1, "", "กรุงเทพ", "", "late", "0001, 77", "x"]),
        "b.csv:2: candidates: 77 is on no list",
    ),
    "a centre that the plan does not have": (
        lambda _: write("b.csv", INCIDENTS, [1, "", "ขอนแก่น", "", "late", "", "x"]),
        "b.csv:2: centre: ขอนแก่น is not a centre of this sitting. Its centres: กรุงเทพ, เชียงใหม่",
    ),
    "no centre where there are two": (
        lambda _: write("b.csv", INCIDENTS, [1, "", "", "", "late", "", "x"]),
        "b.csv:2: centre: has no centre",
    ),
    "a room of the other centre": (
        lambda _: write("b.csv", ATTENDANCE, ["0001", "เชียงใหม่", "301", "present"]),
        "b.csv:2: room: 301 is not a room of this centre",
    ),
    "a booklet that was not printed": (
        lambda exam: write("b.csv", PACKETS, packet(exam, "301", first="A-0900-11")),
        "b.csv:2: first: no booklet A-0900-11 was printed",
    ),
    "booklets from the last to the first": (
        lambda exam: write(
            "b.csv", PACKETS, packet(exam, "301", first=serials(exam)[3], last=serials(exam)[0])
        ),
        "b.csv:2: last:",
    ),
    "an unused booklet that was not printed": (
        lambda exam: write("b.csv", PACKETS, packet(exam, "302", unused="A-0900-11 – A-0901-11")),
        "b.csv:2: unused: no booklet A-0901-11 was printed",
    ),
    "a day to come": (
        lambda exam: write("b.csv", PACKETS, packet(exam, "302", returned_at="2399-01-01 12:00")),
        "b.csv:2: returned_at: 2399-01-01 is in the future",
    ),
    "a candidate twice, otherwise": (
        lambda _: write("b.csv", ATTENDANCE, ["0001", "", "", "present"], ["๐๐๐๑", "", "", "absent"]),
        "b.csv:3: status: ๐๐๐๑: b.csv:2 has present",
    ),
    "the name of somebody else": (
        lambda _: write(
            "b.csv", ("candidate_id", "name", "status", "identity"), ["0001", "ผู้สอบ 2", "present"]
        ),
        "b.csv:2: name: ผู้สอบ 2 is the name of 0002, but 0001 is ผู้สอบ 1",
    ),
    "the form of another exam": (
        lambda _: write(
            "b.csv",
            ("T-9 – กรุงเทพ", *[""] * (len(ATTENDANCE) - 1)),
            ATTENDANCE,
            ["0001", "กรุงเทพ", "301", "present", *[""] * 5],
        ),
        "b.csv:1: is a form of T-9, but this is",
    ),
    "a number of an incident twice": (
        lambda _: write(
            "b.csv",
            INCIDENTS,
            [1, "", "กรุงเทพ", "301", "late", "0001", "late"],
            [1, "", "กรุงเทพ", "", "late", "", "late"],
        ),
        "b.csv:3: number: has the same number as b.csv:2",
    ),
    "an incident twice, otherwise": (
        lambda _: write(
            "b.csv",
            INCIDENTS,
            [1, "", "กรุงเทพ", "", "late", "", "x"],
            [1, "", "กรุงเทพ", "", "illness", "", "x"],
        ),
        "b.csv:3: kind: incident กรุงเทพ 1: b.csv:2 has late",
    ),
    "a packet twice, otherwise": (
        lambda exam: write("b.csv", PACKETS, packet(exam, "1"), packet(exam, "1", used=2)),
        "b.csv:3: used: packet เชียงใหม่ P1: b.csv:2 has 3",
    ),
    "a list that is none": (lambda _: write("b.csv", ("packet", "room")), "b.csv"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_the_sitting_is_refused_with_its_line(exam: Path, run: Run, case: str) -> None:
    make, told = BAD[case]
    good = sound(exam)[1]
    said = run.refused("take", exam, good, make(exam), "--as", "returns")
    assert told in said, said
    assert not (exam / "sitting/returns").exists(), "all or nothing"
    assert not (exam / "sitting/roster.csv").exists()


def test_two_centres_that_contradict_each_other(exam: Path, run: Run) -> None:
    south, north = sound(exam)[:2]
    run.ok("take", exam, south)
    write("north.csv", ATTENDANCE, ["0007", "เชียงใหม่", "1", "present"], ["0003", "", "", "present"])
    said = run.refused("take", exam, north)
    assert "north.csv:3: status: 0003: south.csv:4 has absent. Keep the one that is correct" in said
    Path("south.csv").write_text(csv_of(ATTENDANCE, *attendance(exam)[:6]), "utf-8")
    assert "a different file of this name" in run.refused("take", exam, south)
    run.ok("take", exam, south, *REPLACE)
    assert statuses(exam)["0003"] == "present"
    run.ok("take", exam, north)


def test_attendance_that_somebody_recorded_is_not_written_over(exam: Path, run: Run) -> None:
    write_table("roster.csv", [["0001", "301", "absent"]], ["candidate_id", "room", "status"])
    run.ok("take", exam, "--back", "sitting.yaml", "--reason", "rooms are another list's")
    run.ok("take", exam, "roster.csv")
    sheet = write("s.csv", ATTENDANCE, ["0001", "", "", "present", "", "matched", "x"])
    assert "s.csv:2: status: 0001 is recorded as absent" in run.refused("take", exam, sheet)
    run.ok("take", exam, sheet, *REPLACE)
    assert statuses(exam) == {"0001": "present"}


def test_cells_of_a_packet_come_in_several_files(exam: Path, run: Run) -> None:
    head, own = PACKETS[:9], packet(exam, "301")
    run.ok("take", exam, write("packing.csv", head, own[:9]))
    run.ok("take", exam, write("slip.csv", ("packet", "centre", "used", "void"), ["P301", "กรุงเทพ", 3, "-"]))
    [found] = run.json("returns", exam)["packets"]
    assert (found["seal"], found["used"], found["void"]) == ("77301", 3, "-")
    other = write("other.csv", ("packet", "centre", "seal"), ["P301", "กรุงเทพ", "78"])
    assert "other.csv:2: seal: packet กรุงเทพ P301: packing.csv:2 has 77301" in run.refused(
        "take", exam, other
    )


# ── what does not add up ─────────────────────────────────────────────────────────────────────

HALF = ("packet-count", "กรุงเทพ P301")
CELLS: dict[str, tuple[dict[str, object], list[tuple[str, str]]]] = {
    "too few used": ({"used": 1}, [HALF, ("used-not-present", HALF[1])]),
    "as many unused as it has, and not which": ({"unused": 2}, []),
    "too few came back": ({"returned": 3}, [("packet-returned", HALF[1])]),
    "it never came back": (
        {"returned": "", "returned_at": "", "returned_seal": ""},
        [("packet-not-returned", HALF[1])],
    ),
    "another seal arrived": ({"seal_at_receipt": "1"}, [("seal-at-receipt", HALF[1])]),
    "opened at seven": ({"opened_at": "07:00"}, [("opened-early", HALF[1])]),
    "opened the day before": ({"opened_at": "2025-11-19"}, [("opened-early", HALF[1])]),
    "opened on the day, and no more": ({"opened_at": "2025-11-20"}, []),
}


@pytest.mark.parametrize("case", CELLS)
def test_a_packet_that_does_not_add_up(exam: Path, run: Run, case: str) -> None:
    cells, told = CELLS[case]
    files = sound(exam)
    unused = f"{serials(exam, '301')[2]}, {serials(exam, '301')[3]}"
    own = packet(exam, "301", **{"used": 2, "unused": unused, **cells})
    write("packets.csv", PACKETS, own, packet(exam, "302"), packet(exam, "1"))
    run.ok("take", exam, *files)
    assert codes(exam) == told
    assert run("returns", exam).status == (3 if told else 0)


def test_people_of_whom_the_sheets_are_in_doubt(exam: Path, run: Run) -> None:
    sheets = attendance(exam)
    sheets[0][5] = "doubt"
    sheets[1][5] = "not_checked"
    del sheets[4]
    run.ok("take", exam, write("all.csv", ATTENDANCE, *sheets))
    assert codes(exam) == [
        ("attendance-missing", "กรุงเทพ – 302"),
        ("identity-in-doubt", "0001"),
        ("identity-not-checked", "0002"),
        ("accommodation-not-given", "0002"),
        *(("serial-in-no-packet", room) for room in ("กรุงเทพ – 301", "กรุงเทพ – 302", "เชียงใหม่ – 1")),
    ]


def test_what_was_explained_is_open_again_once_others_are_meant(exam: Path) -> None:
    message = tell("{n} of them", n=9)
    told = Discrepancy("attendance-missing", message, "กรุงเทพ", "301", more=("0009",))
    assert told.ref != told._replace(more=("0010",)).ref
    assert told.as_dict()["more"] == ("0009",)


def test_which_way_attendance_is_otherwise(exam: Path, run: Run) -> None:
    run.ok("take", exam, *sound(exam))
    assert codes(exam) == []
    people = table(exam / "sitting/roster.csv")
    people[0]["status"], people[2]["status"] = "absent", "present"
    write_table(exam / "sitting/roster.csv", people)
    found = {(one.code, one.candidate_id): one.message for one in discrepancies(sitting_of(exam))}
    assert found["attendance-otherwise", "0001"] == "is present on the sheet but recorded as absent"
    assert found["attendance-otherwise", "0003"] == "is absent on the sheet but recorded as present"


def test_somebody_on_no_list_is_found(exam: Path, run: Run) -> None:
    run.ok("take", exam, *sound(exam))
    people = table(exam / "sitting/roster.csv")
    write_table(exam / "sitting/roster.csv", people[1:])
    assert ("not-listed", "0001") in codes(exam)


def test_centres_and_rooms_from_which_nothing_came(exam: Path, run: Run) -> None:
    run.ok("take", exam, write("one.csv", ATTENDANCE, *attendance(exam)[:3]))
    assert codes(exam)[:2] == [
        ("nothing-came-back", "เชียงใหม่"),
        ("attendance-missing", "กรุงเทพ – 302"),
    ]


def test_incidents_and_accommodation_that_do_not_add_up(exam: Path, run: Run) -> None:
    files = sound(exam)
    write(
        "incidents.csv",
        INCIDENTS,
        [1, "", "กรุงเทพ", "301", "misconduct", "0003", "copied", ""],
        [1, "", "เชียงใหม่", "1", "late", "0001", "late", "let in"],
    )
    write(
        "given.csv",
        GIVEN,
        ["0002", "extra time", 15],
        ["0005", "reader"],
        ["0003", "reader", "", "blind", "A"],
    )
    run.ok("take", exam, *files)
    assert codes(exam) == [
        ("incident-nothing-done", "กรุงเทพ – 301"),
        ("accommodation-other-time", "0002"),
        ("accommodation-not-approved", "0005"),
    ]
    for given, code in ((["0002", "none"], "not-given"), (["0002", "extra time"], "other-time")):
        write("given.csv", GIVEN, given)
        run.ok("take", exam, "given.csv", *REPLACE)
        assert (f"accommodation-{code}", "0002") in codes(exam)


def test_answers_of_the_absent_and_of_unused_booklets(exam: Path, run: Run) -> None:
    run.ok("take", exam, *sound(exam))
    dealt = {row["candidate_id"]: row["serial"] for row in table(exam / "secure/candidates.csv")}
    rows = [[who, serial, *"ABCD"] for who, serial in dealt.items() if who and who != "0001"]
    write_table("answers.csv", rows, HEAD)
    run.ok("take", exam, "answers.csv")
    assert run("score", exam).status == 3, "one came and has no answers"
    found = codes(exam)
    assert ("absent-with-answers", "0003") in found
    assert ("present-without-answers", "0001") in found
    assert ("unused-but-scored", "0003") in found
    done = run("release", exam, "--run", 1, "--by", "A", "--reason", "minutes 1", *OPEN_LOOKS)
    assert done.status == 0, done.text
    assert "3 discrepancies in the returns of centres are not explained" in done.out


def test_lists_that_came_later_do_not_ask_for_another_scoring(exam: Path, run: Run) -> None:
    run.ok("take", exam, *sound(exam)[:2])
    dealt = [(row["candidate_id"], row["serial"]) for row in table(exam / "secure/candidates.csv")]
    rows = [[who, serial, *"ABCD"] for who, serial in dealt if who and who != "0003"]
    run.ok("take", exam, write_table("answers.csv", rows, HEAD))
    run.ok("score", exam)
    run.ok("take", exam, *sound(exam)[2:])
    done = run.ok("release", exam, "--run", 1, "--by", "A", "--reason", "minutes 1", *OPEN_LOOKS)
    assert "Files were added or removed after run" not in done.out
    assert "discrepanc" not in done.out


# ── what came of it ──────────────────────────────────────────────────────────────────────────


def test_somebody_explains_what_does_not_add_up(exam: Path, run: Run) -> None:
    run.ok("take", exam, write("one.csv", ATTENDANCE, *attendance(exam)[:3]))
    found: list[dict[str, Any]] = run.json("returns", exam)["discrepancies"]
    ref = found[0]["ref"]
    assert "Give the explanation with --reason" in run.refused("returns", exam, "--explain", ref, status=2)
    assert "abc" in run.refused("returns", exam, "--explain", ref, "--explain", "abc", "--reason", "x")
    assert run.json("returns", exam)["open"] == len(found), "all or nothing"
    refs = [word for one in found for word in ("--explain", one["ref"])]
    run.ok("returns", exam, *refs, "--reason", "the centre was closed", "--by", "สมหญิง")
    told = run.json("returns", exam)
    assert (told["open"], told["discrepancies"][0]["explained"]["by"]) == (0, "สมหญิง")
    found_now = run("returns", exam)
    assert (found_now.status, "the returns have no discrepancies" in found_now.out) == (0, False)
    assert "already explained" in run.refused("returns", exam, "--explain", ref, "--reason", "x")
    run.ok("take", exam, write("two.csv", ATTENDANCE, *attendance(exam)[3:5]))
    assert run.json("returns", exam)["open"] > 0, "what is said otherwise now is open"


def test_a_decision_names_the_incident_that_it_follows_from(exam: Path, run: Run) -> None:
    run.ok("take", exam, *sound(exam))
    decided = ("decide", exam, "0001", "--as", "disqualified", "--reason", "notes", "--by", "Committee")
    assert "is not an incident in the returns of the centres. Known incidents: กรุงเทพ 1" in run.refused(
        *decided, "--incident", "กรุงเทพ 2"
    )
    made = run.json(*decided, "--incident", "กรุงเทพ  1")["persons"]
    assert made[0]["incident"] == "กรุงเทพ 1"
    assert "กรุงเทพ 1" in run.ok("decide", exam).out
    assert "0001: disqualified" in run.ok("returns", exam).out
    assert [one["candidate_id"] for one in run.json("returns", exam)["decisions"]["กรุงเทพ 1"]] == ["0001"]


# ── the page that says so ────────────────────────────────────────────────────────────────────


def test_the_page_names_every_column_and_whatever_does_not_add_up() -> None:
    page = Path(__file__).parents[2].joinpath("docs/papers.md").read_text("utf-8")
    for of in RETURN_LISTS:
        section = page.partition(f"### {of.title.en}\n")[2].partition("\n### ")[0]
        lines = [line.split(" | ")[:2] for line in section.splitlines() if line.startswith("| `")]
        assert lines == [[f"| `{one.role}`", one.label.th] for one in of.columns]
    source = Path(found_by.__file__).read_text("utf-8")
    told = set(re.findall(r'(?:Discrepancy|_of_[a-z]+)\(\s*"([a-z-]+)"', source))
    assert told == set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", page.partition("| code |")[2]))
