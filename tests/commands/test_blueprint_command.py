"""`blueprint new`: what it writes builds at once, at the levels that the standard assesses in writing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from examgen.assembly.first_blueprint import new_blueprint
from tests.commands.conftest import Run
from tests.samples import item_data, write_unit

PCS = ("E1.01", "E1.02", "E2.01")


def test_what_it_writes_builds_at_once(workspace: Path, run: Run) -> None:
    ran = run.ok("blueprint", "new", "T-1", "--level", 4, "-o", "new.yaml")
    assert "new.yaml: 15 items of 3 criteria" in ran.out
    assert "items that are not approved. Use it for trials only" in ran.out
    text = (workspace / "new.yaml").read_text("utf-8")
    assert "  E1.01: 5  # ระบุสาเหตุ\n" in text
    assert "# For trials only" in text
    run.ok("build", "new.yaml")
    assert (workspace / "output" / "T-1-L4" / "exam.yaml").is_file()
    assert run("blueprint", "new", "T-1", "--level", 4, "-o", "new.yaml").status == 2
    run.ok("blueprint", "new", "T-1", "--level", 4, "-o", "new.yaml", "--replace")
    assert run("blueprint", "new", "T-1", "--level", 4, "-o", "new.txt").status == 2


def test_the_blueprint_after_a_scored_exam_is_of_another_exam(workspace: Path, run: Run) -> None:
    run.ok("blueprint", "new", "T-1", "--level", 4)
    run.ok("build", "T-1-L4.yaml")
    exam = workspace / "output" / "T-1-L4"
    run.ok("simulate", exam, "--candidates", 5, "--seed", 1, "--out", "a.csv")
    run("score", exam, "a.csv")
    run.ok("blueprint", "new", "T-1", "--level", 4)
    assert "exam: T-1-L4-2" in (workspace / "T-1-L4-2.yaml").read_text("utf-8")
    run.ok("build", "T-1-L4-2.yaml")


def test_too_few_items_to_judge_a_criterion_are_told_at_once(workspace: Path, run: Run) -> None:
    ran = run.ok("blueprint", "new", "T-1", "--level", 4, "--items", 6, "-o", "new.yaml")
    assert "no criterion can be judged. That requires 3 items of each, or 9 items per form" in ran.out
    ran = run.ok("blueprint", "new", "T-1", "--level", 4, "--items", 9, "-o", "enough.yaml")
    assert "can be judged" not in ran.out


def test_forms_of_few_items_do_not_warn_of_themselves(tmp_path: Path, run: Run) -> None:
    """An odd number of items of a category over two forms differs by one item, whatever is asked."""
    kinds = ["remember"] * 3 + ["apply"] * 3
    items = [item_data(pc, n, cognitive=kind) for pc in PCS for n, kind in enumerate(kinds[:4], 1)]
    write_unit(tmp_path / "item_bank", items)
    place = ("--workspace", tmp_path)
    run.ok(
        "blueprint", "new", "T-1", "--level", 4, "--forms", 2, "--items", 6, "-o", tmp_path / "b.yaml", *place
    )
    assert (
        "category of behaviour differ between forms" not in run.ok("build", tmp_path / "b.yaml", *place).text
    )


def test_what_it_names_for_help_is_there(workspace: Path, run: Run, root: Path) -> None:
    """A wheel has no docs/: a command lists the fields; the pages are in the source archive."""
    run.ok("blueprint", "new", "T-1", "--level", 4, "-o", "new.yaml")
    text = (workspace / "new.yaml").read_text("utf-8")
    (command,) = re.findall(r"`examgen (bank check [^`]+)`", text)
    assert '"judgement"' in run.ok(*command.split()).out
    pages = re.findall(r"docs/[\w.-]+\.md", text)
    assert pages
    assert [page for page in pages if not (root / page).is_file()] == []
    excluded = re.search(r"sdist\]\nexclude = (\[.*?\])", (root / "pyproject.toml").read_text("utf-8"))
    assert excluded is not None
    assert "docs" not in excluded[1]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--level", 5], "does not assess level 5 by a written test, only by interview"),
        (["--level", 7], "T-1: --level: the standard T-1 does not state level 7"),
        (
            [],
            "T-1: --level: is missing, but T-1 states the levels 3, 4, 5. A written test is possible at 3, 4",
        ),
        (["--level", 4, "--occupation", "ครู"], "section 18 of T-1 does not assess ครู"),
    ],
)
def test_levels_without_a_written_test_are_refused(
    workspace: Path, run: Run, asked: list[object], said: str
) -> None:
    ran = run("blueprint", "new", "T-1", *asked, "-o", "new.yaml")
    assert ran.status == 1
    assert "no blueprint was written" in ran.err
    assert said in ran.err
    assert not (workspace / "new.yaml").exists()


def made(place: Path, run: Run, items: list[dict[str, object]]) -> dict[str, object]:
    write_unit(place / "other/item_bank", items)
    (place / "other/output").mkdir()
    command = ("blueprint", "new", "T-1", "--level", 4, "-o", "n.yaml", "--workspace", "other", "--json")
    ran = run.ok(*command)
    told: dict[str, object] = json.loads(ran.out)
    return told


def test_approved_items_go_first_where_every_criterion_has_some(workspace: Path, run: Run) -> None:
    items = [item_data(pc, n, status="operational") for pc in PCS for n in (1, 2, 3)]
    items += [item_data(pc, n) for pc in PCS for n in (4, 5)] + [item_data("E1.01", 6, status="approved")]
    told = made(workspace, run, items)
    assert (told["statuses"], told["items"], told["builds"]) == (["operational"], 9, True)
    assert "For trials" not in (workspace / "n.yaml").read_text("utf-8")


def test_criteria_without_items_stand_there_as_comments(workspace: Path, run: Run) -> None:
    told = made(workspace, run, [item_data("E1.01", n) for n in (1, 2)])
    assert (told["criteria"], told["builds"]) == ({"E1.01": 2, "E1.02": 0, "E2.01": 0}, True)
    assert yaml.safe_load((workspace / "n.yaml").read_text("utf-8"))["criteria"] == {"E1.01": 2}
    run.ok("build", "n.yaml", "--dry-run", "--workspace", "other")


def test_fewer_items_are_asked_for_where_enemies_stand_in_the_way(workspace: Path, run: Run) -> None:
    foes = {1: ["E1.01-002", "E1.01-003"], 2: ["E1.01-003"], 3: []}
    items = [item_data("E1.01", n, enemies=foes[n]) for n in foes]
    items += [item_data(pc, n) for pc in PCS[1:] for n in (1, 2, 3)]
    told = made(workspace, run, items)
    assert (told["items"], told["builds"]) == (3, True)


def test_an_empty_bank_gets_a_blueprint_that_says_what_to_write(workspace: Path, run: Run) -> None:
    told = made(workspace, run, [])
    assert (told["items"], told["builds"]) == (9, False)
    ran = run("--lang", "th", "build", "n.yaml", "--workspace", "other")
    assert (ran.status, "เขียนข้อสอบเพิ่ม" in ran.err) == (4, True)


def test_several_forms_ask_the_same_thinking(workspace: Path, run: Run) -> None:
    def counts(blueprint: str) -> list[int]:
        found = run.json("build", blueprint, "--dry-run", "--workspace", "other")
        return [sum(1 for item in form["items"] if item in apply) for form in found["forms"]]

    items = [item_data(pc, n, cognitive="apply" if n % 3 else "remember") for pc in PCS for n in range(1, 11)]
    apply = {one["id"] for one in items if one["cognitive"] == "apply"}
    write_unit(workspace / "other/item_bank", items)
    (workspace / "other/output").mkdir()
    ran = run.ok(
        *("blueprint", "new", "T-1", "--level", 4, "--forms", 2, "-o", "n.yaml", "--workspace", "other"),
        "--json",
    )
    told = json.loads(ran.out)
    assert (told["forms"], told["items"], told["builds"]) == (2, 15, True)
    asked = yaml.safe_load((workspace / "n.yaml").read_text("utf-8"))
    assert set(asked["cognitive"]) == {"apply", "remember"}
    a, b = counts("n.yaml")
    assert abs(a - b) <= 1


def test_forms_asked_for_are_made_by_the_smallest_change_of_quotas(root: Path, tmp_path: Path) -> None:
    """Two forms of 30 gave one, as a criterion would have needed one item more."""
    asked = (root, "ASM-REE-5-059ZB", 4, None, tmp_path / "b.yaml")
    made = new_blueprint(*asked, n_forms=2, exam="two-forms", n_items=30)
    assert (made.asked.n_forms, made.asked.n_items, made.builds) == (2, 30, True)
    written = yaml.safe_load((tmp_path / "b.yaml").read_text("utf-8"))["criteria"]
    spans = {code: of for code, of in written.items() if isinstance(of, dict)}
    assert 0 < len(spans) <= 2
    assert all(of["max"] - of["min"] == 1 for of in spans.values())
    [told] = [one for one in made.notices if "The smallest change that allows them" in one]
    assert all(code in told for code in spans)


def test_one_form_is_asked_for_where_the_bank_has_too_few_items_for_two(workspace: Path, run: Run) -> None:
    write_unit(workspace / "other/item_bank", [item_data(pc, 1) for pc in PCS])
    (workspace / "other/output").mkdir()
    ran = run.ok(
        *("blueprint", "new", "T-1", "--level", 4, "--forms", 2, "-o", "n.yaml", "--workspace", "other"),
        "--json",
    )
    told = json.loads(ran.out)
    assert (told["forms"], told["items"], told["builds"]) == (1, 3, True)


@pytest.mark.parametrize(
    ("counts", "asked", "says"),
    [
        ((1, 4, 4), (), "1 form, not 2. Without shared items, 2 forms need 2 items of E1.01 (the bank has 1)"),
        (
            (3, 4, 5), ("--items", 6),
            "1 form, not 2. Without shared items, 2 forms need 4 items of E1.01 (the bank has 3)",
        ),
        ((4, 4, 4), ("--items", 6), ""),
        ((2, 2, 2), ("--items", 9), "items per form, not 9, because the bank has no more"),
    ],
)  # fmt: skip
def test_fewer_forms_or_items_than_asked_are_said_with_what_it_would_take(
    workspace: Path, run: Run, counts: tuple[int, ...], asked: tuple[object, ...], says: str
) -> None:
    items = [item_data(pc, n) for pc, most in zip(PCS, counts, strict=True) for n in range(1, most + 1)]
    write_unit(workspace / "other/item_bank", items)
    (workspace / "other/output").mkdir()
    command = ("blueprint", "new", "T-1", "--level", 4, "-o", "n.yaml", "--workspace", "other", *asked)
    out = run.ok(*command, "--forms", 1 if "a form" in says else 2).out
    assert says in " ".join(out.split())
    assert ("form, not" in out) == ("form, not" in says)


def test_the_comments_are_in_the_language_of_who_asks(workspace: Path, run: Run) -> None:
    run.ok("--lang", "th", "blueprint", "new", "T-1", "--level", 4, "-o", "new.yaml")
    comments = [line.partition("# ")[2] for line in (workspace / "new.yaml").read_text("utf-8").splitlines()]
    said = [one for one in comments if one and not one.startswith("cognitive:")]
    assert [one for one in said if not any("ก" <= letter <= "๛" for letter in one)] == []


def test_items_that_an_exam_before_asked_are_left_out_where_the_others_suffice(
    workspace: Path, exam_dir: Path, quick: None, run: Run
) -> None:
    def exposure(name: str) -> object:
        made = new_blueprint(workspace, "T-1", 4, None, workspace / f"{name}.yaml", exam=name, n_items=3)
        return yaml.safe_load(made.path.read_text("utf-8")).get("exposure")

    assert exposure("FIRST") is None
    run.ok("render", exam_dir)
    assert exposure("SECOND") == {"administrations": 1}
