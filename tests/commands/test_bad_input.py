"""Bad input to every command: the status of the design, a message that names file, line and field,
no traceback, nothing half-written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from examgen.core.yamlfile import _OF_PATTERNS
from tests.commands.conftest import Run, write_blueprint
from tests.samples import item_data, write_unit
from tests.sittings import contents

BINARY = bytes(range(256)) * 8


@pytest.fixture
def exam_dir(workspace: Path, run: Run) -> Path:
    run.ok("build", "bp.yaml")
    return workspace / "output" / "T-1-L4"


@pytest.mark.parametrize(
    ("name", "data", "status", "expected"),
    [
        ("missing.txt", None, 2, "missing.txt: cannot be read"),
        ("empty.txt", b"", 1, "not_a_unit"),
        ("binary.txt", BINARY, 1, "not_a_unit"),
        ("wrong.txt", "ใบเสร็จรับเงิน\nรวม 500 บาท\n".encode(), 1, "not_a_unit"),
        ("paper.pdf", b"%PDF-1.7\n" + BINARY, 1, "not_a_unit"),
    ],
)
def test_unit(workspace: Path, run: Run, name: str, data: bytes | None, status: int, expected: str) -> None:
    if data is not None:
        (workspace / name).write_bytes(data)
    before = contents(workspace)
    ran = run("unit", "import", name)
    assert ran.status == status
    assert expected in ran.text
    assert name in ran.text
    assert contents(workspace) == before


@pytest.mark.parametrize(
    ("name", "data", "advice"),
    [
        ("unit.pdf", b"%PDF-1.7\n", "extract the text with `pdftotext -layout FILE.pdf FILE.txt`"),
        ("unit.docx", b"PK\x03\x04", "save it as plain text (.txt, UTF-8), or as a web page (.html)"),
        ("unit.doc", b"\xd0\xcf\x11\xe0", "Save it as plain text (.txt, UTF-8) or as .html"),
    ],
)
def test_a_document_that_is_no_text_is_refused(
    workspace: Path, run: Run, name: str, data: bytes, advice: str
) -> None:
    (workspace / name).write_bytes(data)
    ran = run("unit", "import", name)
    assert ran.status == 1
    assert advice in ran.err
    assert "keep one complete unit in a file" in ran.err


def test_warnings_about_levels_say_what_to_do(workspace: Path, run: Run, root: Path) -> None:
    ran = run("unit", "import", root / "tests/data/units/bookkeeping-plain-numbers.txt", "--dry-run")
    assert "[levels_not_stated]\n    if the document states levels, check that" in ran.out
    assert "leave `level` out of blueprints" in ran.out


def test_every_pattern_of_a_field_is_told_in_words(root: Path) -> None:
    sources = [*(root / "examgen/core/models").glob("*.py"), *(root / "examgen/bank").rglob("*.py")]
    found = {one for path in sources for one in re.findall(r'\(pattern=r"(.*?)"\)', path.read_text("utf-8"))}
    assert len(found) > 10
    assert found - set(_OF_PATTERNS) == set()


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_unit_without_its_code_is_refused_dry_too(
    workspace: Path, run: Run, root: Path, more: list[str]
) -> None:
    text = (root / "tests/data/units/bookkeeping-plain-numbers.txt").read_text("utf-8")
    Path("page.txt").write_text(re.sub(r"รหัสหน่วยสมรรถนะ 1042\n", "", text), "utf-8")
    ran = run("unit", "import", "page.txt", *more)
    assert ran.status == 1
    assert "section 1 (รหัสหน่วยสมรรถนะ), which contains the unit's code, is missing" in ran.err
    assert "None" not in ran.text


def test_a_page_in_english_alone_is_told_that_it_lacks_thai_headings(workspace: Path, run: Run) -> None:
    Path("page.txt").write_text("1. Unit Code H14\n2. Unit Title Cleaning\n11. Elements\nSweep\n", "utf-8")
    assert "the Thai section headings" in run.refused("unit", "import", "page.txt", "--dry-run")


def test_unit_import_names_every_file_that_is_missing(workspace: Path, run: Run) -> None:
    ran = run("unit", "import", "a.txt", "b.txt")
    assert ran.status == 2
    assert "a.txt" in ran.err
    assert "b.txt" in ran.err


def test_a_unit_that_is_not_in_the_bank(workspace: Path, run: Run) -> None:
    for command in (["unit", "show", "T-2"], ["bank", "coverage", "T-2"], ["bank", "check", "T-2"]):
        assert "T-2 is not in the bank. Did you mean T-1?" in run.refused(*command)


def test_bank_commands_without_a_bank(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "contains no units" in run.refused("bank", "check", status=2)


def test_bank_coverage_of_a_level_not_stated(workspace: Path, run: Run) -> None:
    assert "T-1 has no level 8. Its levels: 3, 4, 5" in run.refused("bank", "coverage", "T-1", "--level", 8)
    assert run("bank", "coverage", "T-1", "--status", "x").status == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- id: [", "E1.01.yaml:1: is not YAML"),
        ("", "E1.01.yaml: contains no items"),
        ("stem: x", "E1.01.yaml:1: must be a list"),
        ("- {id: E1.01-001}", "pcs: is missing"),
    ],
)
def test_check_and_build_name_the_faulty_file(workspace: Path, run: Run, text: str, expected: str) -> None:
    (workspace / "item_bank/T-1/items/E1.01.yaml").write_text(text)
    for command in (["bank", "check"], ["build", "bp.yaml"], ["bank", "coverage", "T-1"]):
        assert expected in run.refused(*command)
    assert list((workspace / "output").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "bad.yaml:1: is empty"),
        (BINARY, "not UTF-8"),
        (b"exam: [", "bad.yaml:1: is not YAML"),
        (b"- a\n- b\n", "bad.yaml:1: is not a list of fields"),
        (b"exam: x\nexam: y\n", "bad.yaml:2: exam: is written twice"),
        (
            b"exam: ../../etc/x\n",
            "bad.yaml:1: exam: must contain only Latin letters, digits, . _ -, and begin with",
        ),
        (b"exam: x\nitmes: 4\n", "bad.yaml:2: itmes: is not a field here. Did you mean items?"),
    ],
)
def test_build_with_a_file_of_another_kind(workspace: Path, run: Run, text: bytes, expected: str) -> None:
    (workspace / "bad.yaml").write_bytes(text)
    assert expected in run.refused("build", "bad.yaml")
    assert list((workspace / "output").iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "status", "expected"),
    [
        ({"criteria": {"E1.1": 2}}, 1, "bp.yaml:15: criteria.E1.1: E1.1 matches no "
                                       "criterion of T-1. Did you mean E1.01?"),
        ({"units": ["T-9"]}, 1, "T-9 is not in the bank. Did you mean T-1?"),
        ({"level": 5}, 1, "18.2 “สำหรับหัวหน้าช่าง ระดับ 5 · สอบสัมภาษณ์”"),
        ({"level": 2}, 1, "does not state level 2"),
        ({"items": 31}, 4, "requires 31 items, but the bank has 30 that can be used. Please write 1 more"),
        ({"criteria": {"E1.01": {"min": 11}}}, 4, "write 1 more, or require 10"),
        ({"cognitive": {"apply": "40"}}, 1, "cognitive.apply.min: write a count (4) or a share of the form (40%)"),
        ({"statuses": None}, 4, "the bank has 0 that can be used (30 in all: 30 status "
                                "draft). Please write 12 more"),
        ({"statuses": ["drafts"]}, 1, "statuses.0: must be 'draft'"),
        ({"units": ["../item_bank/T-1"]}, 1, "units.0: must contain only Latin letters, digits, . _ -"),
        ({"units": ["T-1", "T-1"]}, 1, "units: lists a name twice"),
        ({"level": True}, 1, "level: must be a whole number"),
        ({"overlap": {"min": 5, "max": 3}}, 1, "overlap: min 5 is more than max 3"),
        ({"overlap": 13, "forms": 2}, 1, "overlap: requires forms of 12 items to share 13"),
        ({"overlap": {"min": 10**30}, "forms": 2}, 1, "overlap.min: must be at most"),
        ({"pass": {"percent": "abc"}}, 1, "pass.percent: write a percentage (60)"),
        ({"statistics": {"information": {"at": [0]}}}, 1, "statistics.information: give either shape or target"),
        ({"statistics": {"information": {"at": [0, 1], "shape": [1]}}}, 1, "`at` has 2 "
                                                                           "points. Give a "
                                                                           "number for "
                                                                           "each."),
        ({"statistics": {}}, 1, "statistics: give at least one of facility, information, reliability, sem"),
        ({"scope": ["E9.*"]}, 1, "scope: E9.* matches no criterion of T-1"),
        ({"scope": ["E2.*"], "criteria": {"E1.01": 2}}, 1, "criteria.E1.01: E1.01 is outside the scope"),
        ({"unit_mix": {"T-2": 3}}, 1, "unit_mix.T-2: T-2 is not one of the units T-1"),
        ({"status_mix": {"pilot": 1}}, 1, "status_mix.pilot: pilot is not one of the statuses"),
        ({"quantities": {"time_s": {}}}, 1, "quantities.time_s: give at least one of mean, sum, each"),
        ({"sets": [{"name": "x", "items": ["E1.01-001"]}]}, 1, "give min, max or `together: true`"),
        ({"sets": [{"name": "x", "items": ["E1.01-01"], "max": 1}]}, 1, "E1.01-01 is not an item of T-1"),
        ({"anchor": 13}, 1, "anchor: requires forms of 12 items to share more items than "
                            "they contain"),
        ({"units": "qualification"}, 1, "a qualification is an occupation at a level. Give both"),
        ({"pass": {"cut": "angoff"}}, 1, "E1.01-001: is on form A but its present wording has no Angoff rating of level 4 in round 1"),
        ({"pass": {"cut": "ebel"}}, 1, "pass.cut: write a raw score (27) with its reason, or angoff"),
        ({"pass": {"units": {"T-2": 50}}}, 1, "pass.units.T-2: 'T-2' matches no unit of this exam"),
        ({"judgement": {"units": {"T-2": 50}}}, 1, "judgement.units.T-2: T-2 is not one of "
                                                   "the units T-1"),
        ({"report": {"scaled": {"table": {"0": 1}}}}, 1, "no scaled score for 1, 2, 3, 4"),
        ({"report": {"scaled": {"slope": 2}}}, 1, "report.scaled: a line needs both slope and intercept"),
        ({"cognitive": dict.fromkeys(["remember", "understand", "apply"], 1)}, 4, "remember (exactly 1); understand (exactly 1); 12 items in a form"),
        ({"cognitive": {"create": 1}}, 1, "cognitive.create: must be 'remember'"),
        ({"pass": {"percent": 160}}, 1, "pass.percent: must be at most 100"),
        ({"pass": {"cut": 7}}, 1, "a raw cut score needs its reason"),
        ({"time_min": "an hour"}, 1, "time_min"),
        ({"criteria": {"E1.01": {"min": 4, "max": 2}}}, 1, "min 4 is more than max 2"),
    ],
)  # fmt: skip
def test_blueprints_that_cannot_be(
    workspace: Path, run: Run, changes: dict[str, object], status: int, expected: str
) -> None:
    write_blueprint(workspace / "bp.yaml", **changes)
    ran = run("build", "bp.yaml")
    assert ran.status == status
    assert expected in ran.err
    assert list((workspace / "output").iterdir()) == []


def test_commands_on_what_is_no_exam_package(workspace: Path, run: Run) -> None:
    (workspace / "answers.csv").write_text("candidate_id,form,Q1\n1,A,A\n")
    for command in (
        ["render"], ["verify"], ["simulate", "--candidates", 5, "--seed", 1, "--out", "x.csv"], ["score"],
    ):  # fmt: skip
        files = ["answers.csv"] if command == ["score"] else []
        for folder in ("nowhere", "item_bank", "bp.yaml"):
            assert folder in run.refused(command[0], folder, *command[1:], *files, status=2)
    assert not (workspace / "x.csv").exists()


def test_wrong_usage_ends_with_status_2(workspace: Path, run: Run) -> None:
    for arguments in (
        ["nonsense"],
        ["build"],
        ["build", "bp.yaml", "--seed", "x"],
        ["score"],
        ["simulate", "x"],
    ):
        assert run.refused(*arguments, status=2)
    assert run("build", "missing.yaml").status == 2
    assert run("build", "bp.yaml", "--workspace", "nowhere").status == 2


def test_init_does_not_write_into_a_folder_in_use(workspace: Path, run: Run) -> None:
    before = contents(workspace)
    assert "is not empty" in run.refused("init", workspace, status=2)
    assert contents(workspace) == before


def test_a_fault_of_ours_is_logged_and_told_in_one_line(
    workspace: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from examgen.assembly.editions import units

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(units, "show_unit", fail)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    ran = run("unit", "show", "T-1")
    assert ran.status == 70
    assert len(ran.err.strip().splitlines()) == 1
    [log] = (tmp_path / "state").rglob("examgen.log")
    assert "ZeroDivisionError" in log.read_text()


def test_files_and_folders_in_each_others_place_are_named(exam_dir: Path, workspace: Path, run: Run) -> None:
    (workspace / "file").write_text("x")
    (workspace / "link").symlink_to(workspace / "nowhere")
    before = contents(workspace)
    answers = workspace / "file"
    commands: list[tuple[list[object], str]] = [
        (["build", "bp.yaml", "--out", "file"], "file is a file"),
        (["build", "bp.yaml", "--out", "file/x"], "file is a file"),
        (["build", "bp.yaml", "--out", "link"], "link is a link"),
        (["build", "item_bank"], "item_bank: cannot be read: Is a directory"),
        (["init", "file"], "file is a file"),
        (["simulate", exam_dir, "--candidates", 5, "--seed", 1, "--out", "item_bank"], "item_bank is a folder"),
        (["simulate", exam_dir, "--candidates", 5, "--seed", 1, "--out", "/dev/null"], "/dev/null is a device"),
        (["simulate", exam_dir, "--candidates", 5, "--seed", 1, "--out", "x", "--dirty", 6], "6 faulty rows are too many"),
        (["score", exam_dir, "item_bank"], "item_bank: is a folder. Give the answer files one by one"),
        (["verify", "x" * 300], "File name too long"),
    ]  # fmt: skip
    for command, expected in commands:
        ran = run(*command)
        assert ran.status in (1, 2), ran
        assert expected in ran.err
    assert contents(workspace) == before
    assert answers.read_text() == "x"
    assert not list(workspace.rglob(".*"))


def test_a_failed_write_leaves_nothing(
    exam_dir: Path, workspace: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from examgen.core import files

    before = contents(workspace)
    write, calls = files._write_new, []

    def full(path: Path, data: bytes, mode: int) -> None:
        calls.append(path)
        if len(calls) % 2 == 0:
            raise OSError(28, "No space left on device", str(path))
        write(path, data, mode)

    monkeypatch.setattr(files, "_write_new", full)
    for command in (["render", exam_dir], ["build", "bp.yaml", "--out", "deep/down/here", "--seed", 5]):
        assert "No space left on device" in run.refused(*command)
    assert contents(workspace) == before
    assert not (workspace / "deep").exists()


def test_nesting_that_would_end_the_process_is_a_fault(exam_dir: Path, workspace: Path, run: Run) -> None:
    deep = "[" * 50_000
    (workspace / "deep.yaml").write_text(deep)
    assert "nested too deeply" in run("build", "deep.yaml").err
    (workspace / "item_bank/T-1/items/E1.01.yaml").write_text("- " * 50_000)
    assert "nested too deeply" in run("bank", "check").err
    (exam_dir / "exam.yaml").write_text(deep)
    assert run("verify", exam_dir).status == 1


def test_units_that_share_an_item_id_are_not_mixed(workspace: Path, run: Run) -> None:
    rows = [item_data("F1.01", n, id=f"E1.01-{n:03d}") for n in range(1, 4)]
    element = {"code": "F1", "title": "อื่น", "criteria": [{"code": "F1.01", "text": "อื่น"}]}
    write_unit(workspace / "item_bank", rows, code="T-2", elements=[element])
    write_blueprint(workspace / "both.yaml", units=["T-1", "T-2"])
    for command in (["bank", "check"], ["build", "both.yaml"]):
        assert "T-2: E1.01-001 id: item E1.01-001 is also in T-1" in run.refused(*command)


def test_json_is_one_document_in_failure_too(workspace: Path, run: Run) -> None:
    for command in (
        ["build", "--json"], ["build", "bp.yaml", "--seed", "x", "--json"], ["score", "x", "--json"],
        ["unit", "import", "--json"], ["bank", "coverage", "T-1", "--level", "x", "--json"], ["nonsense", "--json"],
    ):  # fmt: skip
        ran = run(*command)
        assert ran.status == 2
        assert json.loads(ran.out)["error"]["exit"] == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("๒๐/๑๑/๒๕๖๙", "is in the Buddhist era. Write 2026-11-20"),
        ("2569-11-20", "is in the Buddhist era. Write 2026-11-20"),
        ("3/4/2569", "is in the Buddhist era. Write 2026-03-04 or 2026-04-03"),
        ("3/4/2026", "could be either of two dates. Write 2026-03-04 or 2026-04-03"),
        ("2026-02-30", "is not a date"),
    ],
)
def test_the_day_of_an_option_is_told_as_it_is_to_be_written(
    workspace: Path, run: Run, text: str, told: str
) -> None:
    assert told in run.refused("bank", "status", "T-1", "all", "--to", "review", "--date", text, status=2)


def test_a_day_that_can_be_told_is_taken(workspace: Path, run: Run) -> None:
    ran = run.ok("bank", "status", "T-1", "all", "--to", "review", "--by", "S", "--date", "20/11/2026")
    assert "for 2026-11-20" in ran.out
