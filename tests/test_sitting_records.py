"""A printing with personal booklets on disk: recorded whole, replaced whole, or left as it was."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.assembly.booklets import deal
from examgen.core.exam.names import room_folders
from examgen.core.exam.package import check_package, read_package
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.files import write_file
from examgen.core.models.field_types import ExamRoom
from examgen.core.problems import Refused
from tests.samples import blueprint, shelf
from tests.sittings import ASKED, RULE, bank_items, build, contents, list_of, print_for, table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build(tmp_path / "exam")


def test_every_booklet_has_its_rows_and_base_forms_have_none(folder: Path) -> None:
    print_for(folder, list_of(30))
    sat = read_package(folder).exam
    forms, key = table(folder / "secure/forms.csv"), table(folder / "secure/key.csv")
    dealt = table(folder / "secure/candidates.csv")
    booklets = list(deal(sat, list_of(30), RULE))
    assert [row["serial"] for row in dealt] == [one.serial for one in booklets]
    assert sum(not row["candidate_id"] for row in dealt) == 3
    assert list(dict.fromkeys(row["form"] for row in forms)) == [one.serial for one in booklets]
    assert not {"A", "B"} & {row["form"] for row in key}
    bank = {p.item.id: p.item for form in sat.forms for p in form.items}
    for printed, keyed in zip(forms, key, strict=True):
        assert [printed[name] for name in list(printed)[:6]] == [keyed[name] for name in list(keyed)[:6]]
        letters = [
            letter
            for letter, option in zip("ABCDE", printed["options"].split(), strict=False)
            if option in bank[printed["item"]].key
        ]
        assert keyed["key"] == "|".join(letters)
    assert stat.S_IMODE((folder / "secure/candidates.csv").stat().st_mode) == 0o600
    assert {row["name"] for row in dealt} == {"'=สมชาย", ""}


def test_a_list_printed_again_gives_the_same_bytes_and_another_list_its_own(folder: Path) -> None:
    print_for(folder, list_of(30))
    first = contents(folder)
    print_for(folder, list_of(30)[::-1])
    assert contents(folder) == first
    print_for(folder, list_of(10))
    second = contents(folder)
    assert "papers/rooms/ห้อง-0/booklets.pdf" in second
    assert not any("ห้อง-2" in path for path in second)
    assert not (folder / "papers/rooms/ห้อง-2").exists()
    assert check_package(read_package(folder)) == []


def test_a_printing_that_fails_leaves_the_package_as_it_was(folder: Path) -> None:
    print_for(folder, list_of(30))
    before = contents(folder)

    def fail(staged: Path) -> None:
        raise RuntimeError("the printer is on fire")

    with pytest.raises(RuntimeError):
        print_for(folder, list_of(5), also=fail)
    assert contents(folder) == before


def test_a_rename_that_fails_leaves_the_old_printing_or_one_that_is_completed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    print_for(folder, list_of(30))
    before, replace = contents(folder), Path.replace

    def failing_for(name: str) -> None:
        def failing(self: Path, target: Path) -> Path:
            if target.name == name:
                raise OSError("no space")
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", failing)

    failing_for("exam.yaml")  # which commits the printing
    with pytest.raises(OSError, match="no space"):
        print_for(folder, list_of(5))
    assert contents(folder) == before
    failing_for("key.csv")
    with pytest.raises(Refused, match="Nothing is lost"):
        print_for(folder, list_of(5))
    monkeypatch.setattr(Path, "replace", replace)
    assert check_package(read_package(folder)) == []
    assert contents(folder)["secure/candidates.csv"].count(b"\n") == 5 + 1 + 1


def test_results_are_not_lost_by_printing_for_another_list(folder: Path) -> None:
    print_for(folder, list_of(30))
    (folder / "results").mkdir()
    write_file(folder / "results/audit.json", b"{}")
    print_for(folder, list_of(30))
    with pytest.raises(Refused, match="has been scored"):
        print_for(folder, list_of(29))
    assert (folder / "results/audit.json").exists()
    print_for(folder, list_of(29), replace=True)
    assert not (folder / "results").exists()


def test_building_the_same_exam_again_keeps_its_papers(folder: Path) -> None:
    bank = shelf(items=bank_items())
    same = assemble([bank], *blueprint(**ASKED))
    print_for(folder, list_of(8))
    before = contents(folder)
    write_package(folder, exam_files(same, bank_sha256([bank]), {}))
    assert contents(folder) == before
    other = assemble([bank], *blueprint(**ASKED, seed=5))
    with pytest.raises(Refused, match="printed or scored"):
        write_package(folder, exam_files(other, bank_sha256([bank]), {}))


def test_rooms_get_folders_that_lead_nowhere_else() -> None:
    rooms = ["../../etc", "A/B", "A:B", "A-B", "a-b", "ห้องสอบ ๑", "", ".", "CON", "ก" * 300, "ก" * 301, "x\n"]
    folders = {room.name: place for room, place in room_folders(ExamRoom("", one) for one in rooms).items()}
    assert len({place.casefold() for place in folders.values()}) == len(rooms)
    for place in folders.values():
        first, second, name = place.split("/")
        assert (first, second) == ("papers", "rooms")
        assert name not in ("", ".", "..")
        assert len(name.encode()) < 200
    assert folders["ห้องสอบ ๑"] == "papers/rooms/ห้องสอบ ๑"


@given(
    st.lists(st.tuples(st.just(""), st.text()), max_size=8, unique=True)
    | st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=8, unique=True)
)
def test_folders_of_rooms_are_never_shared_nor_nested(rooms: list[tuple[str, str]]) -> None:
    folders = room_folders(ExamRoom(*one) for one in rooms)
    assert list(folders) == rooms
    if not any(centre for centre, _ in rooms):
        assert all(
            Path(place).parent == Path("papers/rooms") and Path(place).name for place in folders.values()
        )
    places = {place.casefold() for place in folders.values()}
    assert len(places) == len(rooms)
    assert not any(one != other and one.startswith(f"{other}/") for one in places for other in places)
