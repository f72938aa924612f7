"""The package on disk: what is written reads back, what was changed is seen, nothing is half there."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import polars as pl
import pytest
import yaml

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.commands import system_check as doctor
from examgen.core.csv_files import csv_bytes, read_csv
from examgen.core.exam.bindings import exam_sha256
from examgen.core.exam.digests import digest_key_of, listed_digest
from examgen.core.exam.names import CANDIDATES_CSV, FORMS_CSV, KEY_CSV, MANIFEST, SNAPSHOT, key_sheet_path
from examgen.core.exam.package import check_package, read_package, read_snapshot
from examgen.core.exam.printing import new_printing
from examgen.core.exam.writing import Files, exam_files, write_package
from examgen.core.models.form import Exam
from examgen.core.models.papers import PapersRule
from examgen.core.problems import Refused, WrongUsage
from tests.samples import blueprint, item_data, shelf
from tests.sittings import contents, small_package


def built(**changes: object) -> tuple[Exam, Files]:
    bank = shelf()
    sat = assemble([bank], *blueprint(**changes))
    return sat, exam_files(sat, bank_sha256([bank]), {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    _, files = built(forms=2)
    write_package(tmp_path / "exam", files)
    return tmp_path / "exam"


def test_what_was_written_reads_back_the_same(folder: Path) -> None:
    sat, _ = built(forms=2)
    assert read_package(folder).exam == sat
    assert check_package(read_package(folder)) == []


def test_a_snapshot_that_is_set_in_another_way_reads_the_same() -> None:
    sat, files = built(forms=2)
    data = yaml.safe_load(files[SNAPSHOT])
    for text in (yaml.safe_dump(data), yaml.safe_dump(data, default_flow_style=True, sort_keys=False)):
        parts, forms = read_snapshot(text.encode())
        assert forms == sat.forms
        assert parts == data


def test_the_tables_are_those_of_the_contract(folder: Path) -> None:
    forms = pl.read_csv(folder / "secure" / "forms.csv", infer_schema=False)
    key = pl.read_csv(folder / "secure" / "key.csv", infer_schema=False)
    assert forms.columns == ["form", "question", "item", "unit", "element", "pc", "options"]
    assert key.columns == ["form", "question", "item", "unit", "element", "pc", "key", "points"]
    sat, _ = built(forms=2)
    bank = {p.item.id: p.item for form in sat.forms for p in form.items}
    for printed, keyed in zip(forms.iter_rows(named=True), key.iter_rows(named=True), strict=True):
        order = printed["options"].split(" ")
        assert (printed["form"], printed["question"]) == (keyed["form"], keyed["question"])
        assert order["ABCDE".index(keyed["key"])] == bank[printed["item"]].key[0]


def test_several_right_answers_stand_in_the_key_as_letters_with_a_bar() -> None:
    rows = [item_data(pc, n, key=["a", "c"]) for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 5)]
    sat = assemble([shelf(items=rows)], *blueprint())
    for printed in sat.forms[0].items:
        letters = printed.key_letters.split("|")
        assert sorted(printed.order["ABCD".index(letter)] for letter in letters) == ["a", "c"]
        assert letters == sorted(letters)


def test_a_build_writes_nothing_that_may_leave_the_building() -> None:
    """Neither the key nor the canonical option ids, which tell it where authors have a habit."""
    _, files = built()
    assert {path.partition("/")[0] for path in files if path != "exam.yaml"} == {"secure"}
    assert {"secure/forms.csv", "secure/key.csv"} <= set(files)


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_what_is_secret_is_closed_to_others(folder: Path) -> None:
    assert stat.S_IMODE((folder / "secure").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder / "secure").iterdir()} == {0o600}
    (folder / "secure").chmod(0o755)
    codes = [problem.code for problem in check_package(read_package(folder))]
    assert codes == ["secure-open"]


def test_a_manifest_cannot_lead_outside_the_package(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    manifest = folder / "exam.yaml"
    text = manifest.read_text("utf-8").replace("files:\n", f"files:\n  ../secret: {'a' * 64}\n")
    manifest.write_text(text, "utf-8")
    with pytest.raises(Refused) as caught:
        read_package(folder)
    assert [problem.code for problem in caught.value.problems] == ["path-outside"]


def test_a_key_sheet_that_was_locked_away_does_not_stop_scoring(folder: Path) -> None:
    package = read_package(folder)
    with new_printing(package, PapersRule(), personal=False, replace=False) as staged:
        for name in (FORMS_CSV, KEY_CSV):
            shutil.copy(folder / name, staged / name)
        (staged / key_sheet_path("A")).write_bytes(b"%PDF")
    (folder / "secure" / "key-A.pdf").unlink()
    again = read_package(folder)
    assert [problem.code for problem in check_package(again)] == ["file-missing"]


@pytest.mark.parametrize(
    "text", ["", "[", "exam: x\n", "files: {}\n", "\x00", "files: {a: b}\nblueprint: {}\n"]
)
def test_a_damaged_manifest_is_refused_by_name(folder: Path, text: str) -> None:
    (folder / "exam.yaml").write_text(text)
    with pytest.raises(Refused, match=r"exam\.yaml|changed"):
        read_package(folder)


def test_a_printed_or_scored_exam_is_not_lost_by_building_another(folder: Path) -> None:
    _, same = built(forms=2)
    _, other = built(forms=2, seed=9)
    write_package(folder, other)
    write_package(folder, same)
    (folder / "results").mkdir()
    write_package(folder, same)
    assert (folder / "results").exists()
    _, stricter = built(forms=2, **{"pass": {"percent": 80}})
    for changed in (other, stricter):
        with pytest.raises(Refused, match="printed or scored"):
            write_package(folder, changed)
    write_package(folder, other, replace=True)
    assert not (folder / "results").exists()


def test_a_folder_with_other_files_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    _, files = built()
    with pytest.raises(WrongUsage, match="no exam package"):
        write_package(tmp_path / "mine", files)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "x"


def test_a_write_that_fails_leaves_the_old_package_whole(folder: Path) -> None:
    before = contents(folder)
    _, files = built(forms=2, seed=9)
    broken = {**files, "papers/x\x00y": b""}
    with pytest.raises(ValueError, match="null"):
        write_package(folder, broken)
    assert contents(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["exam"]


def test_cells_that_a_spreadsheet_would_run_are_neutralised() -> None:
    cells = ["=1+1", "+66", "-5", "@x", "\tx", "ก=1", "5"]
    table = pl.DataFrame({"candidate_id": cells, "score": [-1] * len(cells), "=head": cells})
    lines = csv_bytes(table).decode("utf-8-sig").splitlines()
    assert lines[0] == "candidate_id,score,'=head"
    assert [line.split(",")[0] for line in lines[1:]] == ["'=1+1", "'+66", "'-5", "'@x", "'\tx", "ก=1", "5"]
    assert {line.split(",")[1] for line in lines[1:]} == {"-1"}
    clash = csv_bytes(pl.DataFrame({"=x": ["1"], "'=x": ["2"]})).decode("utf-8-sig")
    assert len(set(clash.splitlines()[0].split(","))) == 2


def test_csv_opens_rightly_in_a_spreadsheet() -> None:
    assert csv_bytes(pl.DataFrame({"ก": ["น้ำ"]})) == "\ufeffก\nน้ำ\n".encode()


def test_the_next_build_removes_what_a_killed_one_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_package(tmp_path / "output" / "exam")
    left = tmp_path / "output/.examgen-tmp/tmpx/new/0/secure"
    left.mkdir(parents=True)
    (left / "key.csv").write_text("a key")
    (tmp_path / "output/.exam-old-mine").mkdir()
    [problem] = check_package(read_package(folder))
    assert (problem.code, problem.source) == ("left-behind", str(left.parents[2]))
    (tmp_path / "item_bank").mkdir()
    monkeypatch.chdir(tmp_path)
    [told] = [finding for finding in doctor.examine() if finding.what == "clean workspace"]
    assert not told.ok
    assert str(left.parents[2]) in told.detail
    small_package(folder)  # the same one again
    assert check_package(read_package(folder)) == []
    assert sorted(path.name for path in (tmp_path / "output").iterdir()) == [".exam-old-mine", "exam"]


def test_the_fingerprint_of_an_exam_is_that_of_its_fields_in_any_order() -> None:
    said = {"exam": "T", "blueprint": {"items": 4, "title": "สอบ"}, "files": {"secure/items.yaml": "1"}}
    turned = {
        "files": {"secure/items.yaml": "1"}, "blueprint": {"title": "สอบ", "items": 4}, "exam": "T"
    }  # fmt: skip
    assert exam_sha256(said) == exam_sha256(turned)
    assert exam_sha256(said) != exam_sha256({**said, "blueprint": {"items": 5, "title": "สอบ"}})


def test_tables_are_read_as_they_were_written(folder: Path) -> None:
    """Cells that a spreadsheet would run, quoted ones, and empty ones among them."""
    dealt = {
        "candidate_id": ["=1+1", "ก-002", "", "'7", "00012"],
        "name": ["น้ำ, ทิพย์", 'says "so"', "", "one\ntwo", "x"],
        "serial": ["A-1", "A-1", "", "NA", "null"],
        "room": ["", "", "", "", ""],
    }
    data = csv_bytes(pl.DataFrame(dealt))
    (folder / CANDIDATES_CSV).write_bytes(data)
    manifest = yaml.safe_load((folder / MANIFEST).read_text("utf-8"))
    manifest["files"][CANDIDATES_CSV] = listed_digest(digest_key_of(folder), CANDIDATES_CSV, data)
    (folder / MANIFEST).write_text(yaml.safe_dump(manifest, allow_unicode=True), "utf-8")
    package = read_package(folder)
    assert package.candidates.to_dict(as_series=False) == dealt
    for name, table in ((KEY_CSV, package.key), (FORMS_CSV, package.forms)):
        assert table.with_columns(pl.all().cast(str)).equals(read_csv(folder / name, {}))
