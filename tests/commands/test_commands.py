"""Commands on sound input: what they write, what they print, what a program may read."""

from __future__ import annotations

import json
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import yaml

from examgen.assembly.building import plan
from examgen.commands import system_check
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.resources import example_page
from tests.commands.conftest import Run, write_blueprint


def test_unit_import_writes_the_unit_and_keeps_the_document(workspace: Path, run: Run) -> None:
    ran = run.ok("unit", "import", example_page())
    [folder] = [path for path in (workspace / "item_bank").iterdir() if path.name != "T-1"]
    assert (folder / "source.txt").read_bytes() == example_page().read_bytes()
    assert folder.name in ran.out
    shown = run.json("unit", "show", folder.name)
    assert shown["source"]["document"] == example_page().name
    read = run.json("unit", "import", example_page(), "--dry-run")
    assert {name: value for name, value in shown.items() if name != "source"} == read
    n_criteria = sum(len(element["criteria"]) for element in read["elements"])
    assert f"no items yet for its {n_criteria} criteria" in run("bank", "coverage", folder.name).out


def test_dry_run_writes_nothing(workspace: Path, run: Run) -> None:
    run.ok("unit", "import", example_page(), "--dry-run")
    assert [path.name for path in (workspace / "item_bank").iterdir()] == ["T-1"]


def test_one_refused_document_keeps_all_from_being_written(workspace: Path, run: Run) -> None:
    (workspace / "bad.txt").write_text("ไม่ใช่หน่วยสมรรถนะ", "utf-8")
    ran = run("unit", "import", example_page(), "bad.txt", "--json")
    assert ran.status == 1
    assert [unit["error"] is None for unit in json.loads(ran.out)] == [True, False]
    assert [path.name for path in (workspace / "item_bank").iterdir()] == ["T-1"]


@pytest.mark.usefixtures("quick_booklets")
def test_the_whole_chain_in_a_workspace(exam_dir: Path, workspace: Path, run: Run) -> None:
    rendered = run.ok("render", exam_dir, "--verbose")
    papers = {path.name for path in (exam_dir / "papers").iterdir()}
    assert papers == {
        "booklet-A.pdf", "booklet-B.pdf", "answer-sheet.pdf", "answers-template.csv", "sheet.json",
    }  # fmt: skip
    secure = {path.name for path in (exam_dir / "secure").iterdir()}
    assert secure == {
        "digest.key", "forms.csv", "key.csv", "key-A.pdf", "key-B.pdf", "items.yaml", "build-report.html",
    }  # fmt: skip
    assert all(
        (exam_dir / line.strip()).exists() or Path(line.strip()).exists()
        for line in rendered.out.split("Printed in")[0].splitlines()[1:]
    )
    run.ok("verify", exam_dir)
    run.ok("simulate", exam_dir, "--candidates", 50, "--seed", 3, "--out", "a.csv")
    assert "synthetic" in (workspace / "a.csv").read_text("utf-8-sig").splitlines()[0]
    scored = run.ok("score", exam_dir, "a.csv", "--json")
    audit = json.loads(scored.out)
    assert audit["rows"]["read"] == audit["rows"]["scored"] == 50
    assert audit["inputs"][0]["file"] == "a.csv"
    template = (exam_dir / "papers" / "answers-template.csv").read_text("utf-8-sig")
    assert template == "candidate_id,form," + ",".join(f"Q{n}" for n in range(1, 13)) + "\n"
    run.ok("build", "bp.yaml")
    assert (exam_dir / "results" / "audit.json").is_file()


def test_a_seed_on_the_command_line_stands_in_for_the_blueprints(workspace: Path, run: Run) -> None:
    same = run.json("build", "bp.yaml", "--out", "a", "--seed", 1)
    other = run.json("build", "bp.yaml", "--out", "b", "--seed", 2)
    assert same["exam_dir"] == "a"
    assert same["forms"] != other["forms"]
    assert run.json("build", "bp.yaml", "--out", "c")["forms"] == same["forms"]


def test_results_go_where_out_says(exam_dir: Path, workspace: Path, run: Run) -> None:
    made = run.ok("simulate", exam_dir, "--candidates", 20, "--seed", 3, "--out", "a.csv", "--dirty", 12)
    assert "reveal most of the key" in made.out, "who tries the chain with others gives it away else"
    assert run("score", exam_dir, "a.csv", "--out", "here").status == 3
    assert (workspace / "here" / "quarantine.csv").is_file()
    assert not (exam_dir / "results").exists()


def test_init_fills_the_empty_folder_that_a_shell_stands_in(tmp_path: Path, run: Run) -> None:
    (here := tmp_path / "here").mkdir()
    before = here.stat().st_ino
    run.ok("init", here)
    assert here.stat().st_ino == before
    assert (here / "output").is_dir()
    assert (here / "item_bank").stat().st_mode & 0o777 == 0o700
    assert any((here / "item_bank").glob("*/unit.yaml"))
    run.ok("init", tmp_path / "bare", "--empty")
    assert list((tmp_path / "bare" / "item_bank").iterdir()) == []


def test_doctor_finds_what_printing_needs(run: Run) -> None:
    ran = run.ok("doctor", "--json")
    assert {"Python", "fonts", "Pango", "Thai line breaking"} <= {
        f["what"] for f in json.loads(ran.out) if f["ok"]
    }


def test_doctor_says_of_each_extra_whether_it_is_here(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extras = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]

    def without_dask(name: str) -> str:
        if name == "distributed":
            raise PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(system_check, "version", without_dask)
    monkeypatch.setattr(
        system_check,
        "requires",
        lambda _: [f"{one}; extra == '{extra}'" for extra, all_ in extras.items() for one in all_],
    )
    found = {one["what"]: one for one in json.loads(run.ok("doctor", "--json").out)}
    ours = {what: one["ok"] for what, one in found.items() if what.startswith("examgen-certification[")}
    assert ours == {f"examgen-certification[{extra}]": extra != "dask" for extra in extras if extra != "dev"}
    assert "pip install 'examgen-certification[dask]'" in found["examgen-certification[dask]"]["detail"]


def test_version(run: Run) -> None:
    assert run("--version").out.startswith("examgen 0.")


def test_images_of_items_are_kept_in_the_package_and_printed(workspace: Path, run: Run) -> None:
    unit = workspace / "item_bank" / "T-1"
    (unit / "media").mkdir()
    square = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40"/></svg>'
    )
    (unit / "media" / "plan.svg").write_text(square)
    (unit / "media" / "unused.svg").write_text(square)
    for path in (unit / "items").glob("*.yaml"):
        path.write_text(path.read_text("utf-8").replace("ข้อใดถูก", "ตามแผนผัง ![](plan.svg) ข้อใดถูก"), "utf-8")
    run.ok("build", "bp.yaml")
    kept = workspace / "output" / "T-1-L4" / "secure" / "media" / "T-1"
    assert [path.name for path in kept.iterdir()] == ["plan.svg"]
    (unit / "media" / "plan.svg").unlink()
    run.ok("render", "output/T-1-L4")
    run.ok("verify", "output/T-1-L4")
    (kept / "plan.svg").write_text(square.replace("40", "41"))
    assert run("verify", "output/T-1-L4").status == 1
    assert "secure/media/T-1/plan.svg: was changed" in run.refused("render", "output/T-1-L4")


@pytest.mark.parametrize("options", [[], ["--accessible"]])
def test_a_package_with_a_broken_image_is_not_printed(workspace: Path, run: Run, options: list[str]) -> None:
    unit = workspace / "item_bank" / "T-1"
    (unit / "media").mkdir()
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><path d="M0 0h9"/></svg>'
    (unit / "media" / "plan.svg").write_text(drawing)
    for path in (unit / "items").glob("*.yaml"):
        path.write_text(path.read_text("utf-8").replace("ข้อใดถูก", "ผัง ![ผังห้อง](plan.svg)"), "utf-8")
    planned = plan(write_blueprint(workspace / "bp.yaml"), workspace)
    run.ok("bank", "check")
    broken = {place: data.replace(b"40", b"0") for place, data in planned.media.items()}
    # as a build left it that did not look into pictures
    write_package(workspace / "old", exam_files(planned.exam, planned.bank_sha256, broken))
    before = sorted((workspace / "old").rglob("*"))
    assert "stem: image 'plan.svg' has no size" in run.refused("render", "old", *options)
    assert sorted((workspace / "old").rglob("*")) == before
    (unit / "media" / "plan.svg").write_bytes(broken["T-1", "plan.svg"])
    for command in (["bank", "check"], ["build", "bp.yaml", "--replace"]):
        assert "E1.01-001 stem: image 'plan.svg' has no size" in run.refused(*command)


def test_papers_are_samples_where_an_approval_does_not_stand(workspace: Path, run: Run) -> None:
    for path in (workspace / "item_bank/T-1/items").glob("*.yaml"):
        path.write_text(path.read_text("utf-8").replace("status: draft", "status: approved"), "utf-8")
    write_blueprint(workspace / "bp.yaml", statuses=["approved"])
    assert "approval-void" in run("bank", "check").err
    assert "! " in run.ok("build", "bp.yaml").out
    manifest = yaml.safe_load((workspace / "output/T-1-L4/exam.yaml").read_text("utf-8"))
    assert manifest["draft"] is True
    assert len(manifest["void_approvals"]) == 12
