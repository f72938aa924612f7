"""Bookmarks to a cut, by hand and by an independent curve; bookmarks that say nothing."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from tests.commands.conftest import Ran, Run
from tests.standard_setting.conftest import Set, write

RASCH = "item,b\ni3,1\ni1,-1\ni4,2\ni2,0"
THREE = "judge,bookmark\nJ1,3\nJ2,4\nJ3,4"


def rasch(theta: float, b: list[float]) -> float:
    return sum(1 / (1 + math.exp(x - theta)) for x in b)


def test_three_judges_by_hand(found: Set) -> None:
    # RP 0.5: items stand at their difficulties. Page 3 is i3; before it stands i2 (0), before page 4 i3 (1).
    # abilities 0, 1, 1: median 1; T(1) = .8808 + .7311 + .5 + .2689 = 2.3808 of 4 points
    said = found("bookmark", write("b.csv", THREE), "--parameters", write("p.csv", RASCH), "--rp", "0.5")
    [form] = said["forms"]
    assert [one["item"] for one in said["booklet"]] == ["i1", "i2", "i3", "i4"]
    assert [one["theta"] for one in said["judges"]] == [0, 1, 1]
    assert (form["theta"], form["cut"]) == (1, 2.3808)
    # the deviation of 0, 1, 1 is .57735, over √3 a third; for a median times √(π/2): .41777
    assert form["se_theta"] == pytest.approx(math.sqrt(math.pi / 2) / 3)
    # the slope there: Σ P(1 − P) = .1050 + .1966 + .25 + .1966 = .7482
    assert form["slope"] == pytest.approx(0.748217, abs=1e-6)
    assert form["se"] == pytest.approx(0.748217 * math.sqrt(math.pi / 2) / 3, abs=5e-5)
    assert said["judges"][0]["cut"] == pytest.approx(rasch(0, [-1, 0, 1, 2]))


def test_two_thirds_moves_every_item_by_the_log_of_two(found: Set) -> None:
    said = found("bookmark", write("b.csv", THREE), "--parameters", write("p.csv", RASCH), "--centre", "mean")
    assert [one["theta"] for one in said["booklet"]] == pytest.approx(
        [x + math.log(2) for x in (-1, 0, 1, 2)]
    )
    [form] = said["forms"]
    assert form["theta"] == pytest.approx(2 / 3 + math.log(2))
    assert form["se_theta"] == pytest.approx(1 / 3)
    assert form["cut"] == pytest.approx(rasch(2 / 3 + math.log(2), [-1, 0, 1, 2]), abs=5e-5)


def test_parameters_with_every_digit_that_a_program_writes(found: Set) -> None:
    # as `analyse irt --out` does: the shortest text that is the same number again
    b = [-1.4330035165861255, 0.12786584013907235, 0.00012345678901234567, 1.2345678901234567e-05]
    assert max(len(f"{x!r}".split(".")[1]) for x in b) > 17
    write("p.csv", "\n".join(["item,b", *(f"i{n},{x!r}" for n, x in enumerate(b))]))
    said = found("bookmark", write("b.csv", THREE), "--parameters", "p.csv", "--rp", "0.5")
    assert [one["theta"] for one in said["booklet"]] == sorted(b)


@pytest.mark.parametrize(("place", "theta"), [("before", 0.0), ("at", 1.0), ("between", 0.5)])
def test_which_item_a_bookmark_means(found: Set, place: str, theta: float) -> None:
    write("p.csv", RASCH)
    said = found("bookmark", write("b.csv", "judge,bookmark\nA,i3"), "--parameters", "p.csv", "--rp", ".5", "--place", place)  # fmt: skip
    assert said["judges"][0]["theta"] == pytest.approx(theta, abs=1e-12)
    assert said["forms"][0]["se"] is None


@pytest.mark.parametrize("guessing", [True, False])
def test_slopes_and_guessing(found: Set, guessing: bool) -> None:
    a, b, c = (
        np.array([0.8, 1.5, 1.1, 2.0]),
        np.array([-0.5, 0.2, 0.9, 1.4]),
        np.array([0.2, 0.25, 0.1, 0.15]),
    )
    rows = [f"i{n},{x},{y},{z}" for n, (x, y, z) in enumerate(zip(a, b, c, strict=True), 1)]
    write("p.csv", "\n".join(["item,a,b,c", *rows]))
    words = [] if guessing else ["--no-guessing"]
    said = found("bookmark", write("b.csv", "judge,bookmark\nA,3\nB,3\nC,4\nD,4"), "--parameters", "p.csv", "--rp", "0.67", *words)  # fmt: skip

    # where each curve itself comes to .67, or to c + (1 − c) .67, by bisection
    def at(n: int) -> float:
        wanted = 0.67 if guessing else c[n] + (1 - c[n]) * 0.67
        low, high = -10.0, 10.0
        for _ in range(80):
            middle = (low + high) / 2
            p = c[n] + (1 - c[n]) / (1 + math.exp(-a[n] * (middle - b[n])))
            low, high = (middle, high) if p < wanted else (low, middle)
        return low

    assert sorted(one["theta"] for one in said["booklet"]) == pytest.approx(sorted(map(at, range(4))))
    theta = said["forms"][0]["theta"]
    total = (c + (1 - c) / (1 + np.exp(-a * (theta - b)))).sum()
    assert said["forms"][0]["cut"] == pytest.approx(total, abs=5e-5)


def test_last_page_and_behind_it(found: Set, refused: Callable[..., Ran]) -> None:
    write("p.csv", RASCH)
    said = found("bookmark", write("b.csv", "judge,bookmark\nA,5\nB,4"), "--parameters", "p.csv")
    assert said["judges"][0]["item"] is None
    assert [
        one["values"]["judge"] for one in said["notes"] if one["code"] == "bookmark-behind-last-page"
    ] == ["A"]
    assert "after the last page" in refused("bookmark", "b.csv", "--parameters", "p.csv", "--place", "at").err


def test_rounds(found: Set, run: Run) -> None:
    write("p.csv", RASCH)
    write("b.csv", "judge,bookmark,round\nA,2,1\nB,5,1\nA,3,2\nB,4,2")
    said = found("bookmark", "b.csv", "--parameters", "p.csv", "--rp", "1/2")
    assert [one["theta"] for one in said["rounds"]] == pytest.approx([0.5, 0.5])
    assert [one["bookmarks"] for one in said["rounds"]] == [{"A": 2, "B": 5}, {"A": 3, "B": 4}]
    assert said["round"] == 2
    assert "ability" in run("analyse", "cut", "--method", "bookmark", "b.csv", "--parameters", "p.csv").out
