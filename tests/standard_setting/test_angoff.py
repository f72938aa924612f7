"""Angoff and Ebel through the command line: by hand, against R's analysis of variance, and what is not usual."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from openpyxl import Workbook

from tests.commands.conftest import Ran, Run
from tests.standard_setting.conftest import Set, write

FIVE = """
    judge,i1,i2,i3,i4
    J1,60,80,20,55
    J2,70,80,30,60
    J3,60,50,40,65
    J4,55,75,35,50
    J5,65,70,25,60
"""
RATINGS = np.array([[0.6, 0.8, 0.2, 0.55], [0.7, 0.8, 0.3, 0.6], [0.6, 0.5, 0.4, 0.65], [0.55, 0.75, 0.35, 0.5], [0.65, 0.7, 0.25, 0.6]])  # fmt: skip


def test_five_judges_by_hand(found: Set) -> None:
    # judges' sums 2.15, 2.40, 2.15, 2.15, 2.20: mean 2.21, deviation .10840, over √5: .04848
    said = found("angoff", write("r.csv", FIVE))
    [form] = said["forms"]
    assert (form["cut"], form["judged"], form["judges"], form["points"]) == (2.21, 2.21, 5, 4)
    assert form["se"] == pytest.approx(stdev([2.15, 2.40, 2.15, 2.15, 2.20]) / 5**0.5, abs=5e-5)
    assert form["percent"] == pytest.approx(55.25)
    assert [one["cut"] for one in said["judges"]] == pytest.approx([2.15, 2.4, 2.15, 2.15, 2.2])
    assert said["method"] == "angoff"
    # judge 2 is 8.5 standard errors of prediction from the others, whose sums are 2.15, 2.15, 2.15, 2.20
    others = [2.15, 2.15, 2.15, 2.2]
    t = (2.4 - mean(others)) / (stdev(others) * (1 + 1 / 4) ** 0.5)
    assert said["judges"][1]["apart"] == pytest.approx(t)
    assert [one["judge"] for one in said["judges"] if one["outlying"]] == ["J2"]


def test_variance_components_are_those_of_a_two_way_analysis_of_variance(found: Set) -> None:
    # R 4.2.2, anova(lm(x ~ judge + item)): mean squares .0029375, .15645833, .0084375
    [panel] = found("angoff", write("r.csv", FIVE))["forms"][0]["panels"]
    assert_allclose(
        [panel["variance"][name] for name in ("judges", "items", "residual")],
        [0.0, (0.469375 / 3 - 0.10125 / 12) / 5, 0.10125 / 12],
        atol=1e-12,
    )
    assert panel["se_judges"] == pytest.approx(4 * (0.01175 / 4 / 20) ** 0.5)
    assert panel["se_items"] == pytest.approx(4 * (0.469375 / 3 / 20) ** 0.5)
    both = panel["variance"]["items"] / 4 + panel["variance"]["residual"] / 20
    assert panel["se_both"] == pytest.approx(4 * both**0.5)
    assert panel["agreement"] == pytest.approx(1 - (0.10125 / 12) / (0.469375 / 3))


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not there")
def test_components_against_r(found: Set, tmp_path: Path) -> None:
    rng = np.random.default_rng(21)
    ratings = np.clip(0.6 + rng.normal(0, 0.08, (7, 1)) + rng.normal(0, 0.15, (1, 12)) + rng.normal(0, 0.07, (7, 12)), 0, 1).round(2)  # fmt: skip
    lines = [",".join(["judge", *(f"i{n}" for n in range(12))])]
    lines += [",".join([f"J{j}", *map(str, row)]) for j, row in enumerate(ratings.tolist())]
    [panel] = found("angoff", write("r.csv", "\n".join(lines)))["forms"][0]["panels"]
    script = """X <- as.matrix(read.csv("r.csv", row.names = 1))
        e <- data.frame(x = as.vector(X), j = factor(row(X)), i = factor(col(X)))
        cat(sprintf("%.15g", summary(aov(x ~ j + i, e))[[1]][["Mean Sq"]]))"""
    made = subprocess.run(["Rscript", "-e", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    ms_j, ms_i, ms_r = map(float, made.stdout.split())
    wanted = [(ms_j - ms_r) / 12, (ms_i - ms_r) / 7, ms_r]
    assert_allclose([panel["variance"][n] for n in ("judges", "items", "residual")], wanted, rtol=1e-9)


def long(sep: str = ",", comma: bool = False) -> str:
    lines = [sep.join(("ผู้เชี่ยวชาญ", "ข้อ", "ร้อยละ"))]
    for j, row in enumerate(RATINGS.tolist(), 1):
        lines += [sep.join((f"J{j}", f"i{i}", f"{100 * x:g}".replace(".", "," if comma else "."))) for i, x in enumerate(row, 1)]  # fmt: skip
    return "\n".join(lines)


def test_every_shape_of_table_says_the_same(found: Set) -> None:
    wanted = {**found("angoff", write("r.csv", FIVE)), "sources": None}
    turned = "\n".join(
        [
            "item,J1,J2,J3,J4,J5",
            *(f"i{i}," + ",".join(f"{x:g}" for x in RATINGS[:, i - 1]) for i in range(1, 5)),
        ]
    )
    book = Workbook()
    for row in [
        ["Judge", "i1", "i2", "i3", "i4"],
        *([f"J{j}", *row] for j, row in enumerate(RATINGS.tolist(), 1)),
    ]:
        book.active.append(row)
    book.save("r.xlsx")
    Path("thai.csv").write_bytes(long().encode("cp874"))
    Path("r.csv.gz").write_bytes(gzip.compress(long(";", comma=True).encode("utf-8-sig")))
    own = []
    for j, row in enumerate(RATINGS.tolist(), 1):
        lines = ["item,rating", *(f"i{i},{x:.0%}" for i, x in enumerate(row, 1))]
        own.append(write(f"J{j}.csv", "\n".join(lines)))
    for files in ([write("t.csv", turned)], ["r.xlsx"], ["thai.csv"], ["r.csv.gz"], own):
        assert {**found("angoff", *files), "sources": None} == wanted, files


def test_rounds_stand_side_by_side_and_the_last_counts(found: Set, run: Run) -> None:
    table = """
        judge,round,i1,i2
        A,1,0.5,0.9
        B,1,0.1,0.3
        A,2,0.5,0.7
        B,2,0.4,0.5
    """
    said = found("angoff", write("r.csv", table))
    assert [(one["round"], one["judged"]) for one in said["rounds"]] == [(1, 0.9), (2, 1.05)]
    assert said["rounds"][0]["own"] == {"A": pytest.approx(1.4), "B": pytest.approx(0.4)}
    assert (said["round"], said["forms"][0]["cut"]) == (2, 1.05)
    assert found("angoff", "r.csv", "--round", 1)["forms"][0]["cut"] == 0.9
    assert "rounds" in run("analyse", "cut", "--method", "angoff", "r.csv").out


# ── what is not usual ────────────────────────────────────────────────────────────────────────


def codes(said: dict[str, Any]) -> set[str]:
    return {one["code"] for one in said["notes"]}


def test_one_judge_has_no_error(found: Set, run: Run) -> None:
    said = found("angoff", write("r.csv", "judge,i1,i2\nA,0.5,0.6"))
    [form] = said["forms"]
    assert (form["cut"], form["se"], form["judges"], form["panels"][0]["se_both"]) == (1.1, None, 1, None)
    assert "one-judge" in codes(said)
    assert "no standard error" in run("analyse", "cut", "--method", "angoff", "r.csv").out


def test_one_against_judges_who_agree_stands_apart(found: Set) -> None:
    said = found("angoff", write("r.csv", "judge,i1\nA,0.5\nB,0.5\nC,0.5\nD,0.9"))
    assert [one["judge"] for one in said["judges"] if one["outlying"]] == ["D"]
    assert said["judges"][3]["apart"] is None


def test_a_missing_rating_is_in_no_error(found: Set) -> None:
    said = found("angoff", write("r.csv", "judge,i1,i2\nA,0.4,0.6\nB,0.6,0.8\nC,0.8,"))
    [form] = said["forms"]
    # means .6 and .7; of A and B alone the sums 1.0 and 1.4
    assert (form["cut"], form["se"], form["judges"]) == (1.3, 0.2, 2)
    assert [one["values"]["judge"] for one in said["notes"] if one["code"] == "judge-incomplete"] == ["C"]
    assert said["judges"][2]["cut"] is None


def test_files_that_are_not_there(refused: Callable[..., Ran]) -> None:
    for words, said in (((), "give files of ratings"), (("no.csv",), "no.csv is not a file")):
        assert said in refused("angoff", *words, status=2).err


# ── Ebel ─────────────────────────────────────────────────────────────────────────────────────

ITEMS = """
    item,difficulty,relevance
    i1,easy,essential
    i2,Hard,essential
    i3,easy,important
    i4,easy,Essential
"""
SHARES = """
    judge,difficulty,relevance,share
    J1,easy,essential,90
    J1,hard,essential,60
    J1,easy,important,70
    J2,easy,essential,95
    J2,hard,essential,50
    J2,easy,important,80
"""


def test_ebel_by_hand(found: Set) -> None:
    # J1: 2 · .9 + .6 + .7 = 3.1; J2: 2 · .95 + .5 + .8 = 3.2
    said = found("ebel", write("i.csv", ITEMS), write("s.csv", SHARES))
    [form] = said["forms"]
    assert (form["cut"], form["se"], form["points"]) == (3.15, 0.05, 4)
    assert [one["cut"] for one in said["judges"]] == pytest.approx([3.1, 3.2])
    cells = {(one["relevance"], one["difficulty"]): (one["items"], one["share"]) for one in said["grid"]}
    assert cells[("essential", "easy")] == (2, pytest.approx(0.925))
    assert (said["method"], len(cells)) == ("ebel", 3)


def test_ebel_with_cells_of_each_judge(found: Set) -> None:
    write("i.csv", "judge,item,difficulty,relevance\nJ1,i1,easy,high\nJ2,i1,hard,high")
    write("s.csv", "judge,difficulty,relevance,share\nJ1,easy,high,0.8\nJ2,hard,high,0.4\nJ2,easy,high,0.9")
    assert found("ebel", "i.csv", "s.csv")["forms"][0]["cut"] == 0.6


def test_an_item_may_be_called_like_a_column(found: Set) -> None:
    said = found("angoff", write("r.csv", "judge,o,p,q\nA,0.5,0.6,0.7\nB,0.4,0.6,0.8"))
    assert [one["item"] for one in said["items"]] == ["o", "p", "q"]
