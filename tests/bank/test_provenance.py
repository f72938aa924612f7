"""`provenance.yaml` of a unit: who drafted its items, with what help, who answers for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.bank.loading import load_unit
from examgen.bank.provenance import provenance_of
from examgen.core.exam.package import read_package
from examgen.core.models.item import Item
from tests.commands.conftest import Run, run, workspace
from tests.samples import item_data, write_unit

__all__ = ["run", "workspace"]
DRAFTED = {"drafted_by": "Mr Wit", "help": "a language model", "answers_for": "Board"}


def put(folder: Path, said: object) -> None:
    text = said if isinstance(said, str) else yaml.safe_dump(said, allow_unicode=True, sort_keys=False)
    (folder / "provenance.yaml").write_text(text, "utf-8")


def found(folder: Path) -> list[tuple[str, str, str]]:
    _, problems = load_unit(folder)
    return [(one.source, one.code, one.severity) for one in problems if one.code != "approval-void"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A unit with an approved item and an instance of an item model."""
    model = {"id": "E1.01-M01", "seed": 1, "values": {"n": "1"}}
    items = [
        item_data("E1.01", 1, status="approved"),
        item_data("E1.01", 2),
        item_data("E1.01", 3, status="approved", model=model),
    ]
    return write_unit(tmp_path / "item_bank", items)


def test_approved_items_without_it_are_one_notice_and_drafts_none(folder: Path) -> None:
    assert found(folder) == [("T-1/provenance.yaml", "provenance-missing", "notice")]
    put(folder, {"some": [{**DRAFTED, "ids": ["E1.01-001"]}]})
    _, problems = load_unit(folder)
    [notice] = [one for one in problems if one.code == "provenance-missing"]
    assert "1 approved item " in notice.message
    assert "E1.01-003" in notice.message
    put(folder, {"all": DRAFTED})
    assert found(folder) == []


def test_approved_items_for_which_nobody_answers_are_told(folder: Path) -> None:
    put(folder, {"all": {**DRAFTED, "answers_for": ""}, "some": [{**DRAFTED, "ids": ["E1.01-M01"]}]})
    _, problems = load_unit(folder)
    [notice] = [one for one in problems if one.code == "nobody-answers"]
    assert "(E1.01-001)" in notice.message  # the instance of the model is answered for by its own


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({}, ("T-1/provenance.yaml:1", "value", "error")),
        ({"all": {"help": "x"}}, ("T-1/provenance.yaml:1", "field-missing", "error")),
        ({"all": {**DRAFTED, "author": "x"}}, ("T-1/provenance.yaml:5", "field-unknown", "error")),
        ({"all": {**DRAFTED, "day": "2569-01-01"}}, ("T-1/provenance.yaml:5", "value", "error")),
        ({"all": {**DRAFTED, "drafted_by": ""}}, ("T-1/provenance.yaml:2", "value", "error")),
        ({"some": [{**DRAFTED, "ids": []}]}, ("T-1/provenance.yaml:5", "value", "error")),
        ({"some": [{**DRAFTED, "ids": ["../x"]}]}, ("T-1/provenance.yaml:6", "value", "error")),
        ([DRAFTED], ("T-1/provenance.yaml:1", "value", "error")),
        ("all: [\n", None),
        ("all: {drafted_by: a}\nall: {drafted_by: b}\n", None),
        ({"all": DRAFTED, "some": [{**DRAFTED, "ids": ["E1.01-009"]}]}, ("T-1/provenance.yaml:10", "provenance-of-nothing", "warning")),
        ({"all": DRAFTED, "some": [{**DRAFTED, "ids": ["E1.01-001"]}] * 2}, ("T-1/provenance.yaml:10", "provenance-twice", "warning")),
    ],
)  # fmt: skip
def test_every_fault_has_its_line(folder: Path, said: Any, fault: tuple[str, str, str] | None) -> None:
    put(
        folder,
        yaml.dump(said, Dumper=_Plain, allow_unicode=True, sort_keys=False)
        if not isinstance(said, str)
        else said,
    )
    faults = found(folder)
    if fault is None:
        assert [severity for _, _, severity in faults] == ["error"]
        assert faults[0][0].startswith("T-1/provenance.yaml:")
    else:
        assert (fault[1], fault[2]) in [(code, severity) for _, code, severity in faults]
        assert fault[0].rpartition(":")[0] in faults[0][0]
        if fault[1] != "value":
            assert faults[0][0].rpartition(":")[2].isdigit()


class _Plain(yaml.SafeDumper):
    """Without anchors, which our files do not have."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def test_the_hash_of_an_item_and_the_fingerprint_of_an_exam_do_not_know_of_it(
    workspace: Path, run: Run
) -> None:
    def built() -> dict[str, str]:
        """Its fingerprints: built again in its place the same exam keeps them, another one gets others."""
        return run.json("build", "bp.yaml", "--out", "output/a")["fingerprints"]

    first = built()
    put(workspace / "item_bank/T-1", {"all": DRAFTED})
    assert built() == first
    items = workspace / "item_bank/T-1/items/E1.01.yaml"
    items.write_text(items.read_text("utf-8").replace("stem: ", "stem: Now, ", 1), "utf-8")
    assert built() != first
    assert "provenance" not in Item.model_fields


def test_bank_show_tells_it(workspace: Path, run: Run) -> None:
    assert run.json("bank", "show", "E1.01-001")["items"][0]["provenance"] is None
    put(workspace / "item_bank/T-1", {"all": {**DRAFTED, "day": "2026-05-04"}})
    shown = run.ok("bank", "show", "E1.01-001").out
    assert "drafted by: Mr Wit (2026-05-04)" in shown
    assert "with help from: a language model" in shown
    assert "reviewed by: no one named" in shown
    assert run.json("bank", "show", "E1.01-001")["items"][0]["provenance"]["answers_for"] == "Board"


def test_what_an_exam_asks_is_told_item_by_item(workspace: Path, run: Run) -> None:
    run.ok("build", "bp.yaml")
    exam = read_package(workspace / "output/T-1-L4").exam
    assert {one.provenance for one in provenance_of(workspace / "item_bank", exam)} == {None}
    put(workspace / "item_bank/T-1", {"all": DRAFTED})
    told = provenance_of(workspace / "item_bank", exam)
    assert {one.id for one in told} == {one.item.id for form in exam.forms for one in form.items}
    assert {(one.kind, one.unit, one.provenance.drafted_by) for one in told if one.provenance} == {
        ("item", "T-1", "Mr Wit")
    }


def test_the_starter_bank_says_who_drafted_it_and_that_nobody_answers_yet(root: Path, run: Run) -> None:
    for item in ("A4012.02-107", "DG401.01-101"):
        [one] = run.json("bank", "show", item, "--workspace", root)["items"]
        assert "language model" in one["provenance"]["help"]
        assert one["provenance"]["answers_for"] == ""
