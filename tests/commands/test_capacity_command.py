"""`bank coverage --capacity`: the sentences and the figures of the JSON."""

from __future__ import annotations

from pathlib import Path

from tests.commands.conftest import Run, write_blueprint
from tests.samples import unit_data, write_unit

QUOTAS = {"criteria": {"all": 4}, "cognitive": {"apply": {"min": 2}}}


def test_it_says_how_many_what_runs_out_and_what_to_write(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", **QUOTAS)
    ran = run.ok("bank", "coverage", "T-1", "--capacity", "bp.yaml")
    told = " ".join(ran.out.split())
    assert "the bank supports 2 forms (2 built, 3 proven impossible)" in told
    assert "for 3 forms write 6 items: E1.01 2, E1.02 2, E2.01 2" in told
    assert "คลังข้อสอบ" not in ran.out
    thai = run("--lang", "th", "bank", "coverage", "T-1", "--capacity", "bp.yaml")
    assert "คลังข้อสอบรองรับได้ 2 ชุด" in " ".join(thai.out.split())
    assert "the bank supports" not in thai.out
    assert "trying 2 forms" in ran.err


def test_json_is_one_document_with_every_figure(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", forms=5, **QUOTAS)
    told = run.json("bank", "coverage", "T-1", "--capacity", "bp.yaml")
    assert (told["exam"], told["usable"], told["bound"]) == ("T-1-L4", 30, 2)
    assert told["built"] == {"forms": 2, "impossible": None, "ended": [], "limit": None}
    assert [one["names"] for one in told["runs_out_first"]] == [["E1.01"], ["E1.02"], ["E2.01"]]
    assert told["supplies"][1] == {
        "name": "E1.01", "field": "criteria.all", "usable": 10, "in_each_form": 4, "forms": 2,
    }  # fmt: skip
    assert told["further"][0]["allows"][0] == {"items": 2, "forms": 3}
    assert [(plan["forms"], plan["items"]) for plan in told["to_write"]] == [(3, 6), (4, 18), (5, 30)]
    assert told["to_write"][0]["lines"][0] == {
        "pc": "E1.01", "levels": [4], "categories": [], "statuses": [], "n_items": 2,
    }  # fmt: skip
    assert set(told["sentences"]) == {"en", "th"}


def test_a_blueprint_that_the_standard_forbids_is_refused(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", level=5)
    assert "interview" in run.refused("bank", "coverage", "T-1", "--capacity", "bp.yaml")


def test_options_that_do_not_go_together_are_refused(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", **QUOTAS)
    for words in (("--forms", 3), ("--capacity", "bp.yaml", "--level", 4)):
        assert run("bank", "coverage", "T-1", *words).status == 2
    write_unit(workspace / "item_bank", **unit_data(code="T-2"))
    assert "is not a blueprint for T-2" in run.refused(
        "bank", "coverage", "T-2", "--capacity", "bp.yaml", status=2
    )
