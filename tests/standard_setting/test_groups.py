"""Cuts by how judged candidates did: by hand and against R; groups that say no cut."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.commands.conftest import Ran
from tests.standard_setting.conftest import Set, write

TEN = """
    candidate_id,score,group
    1,10,borderline
    2,12,Borderline
    3,13,คาบเส้น
    4,15,borderline
    5,20,competent
    6,14,ผ่าน
    7,8,not competent
    8,12,not_competent
    9,15,fail
    10,19,competent
"""


def test_borderline_group_by_hand(found: Set) -> None:
    # 10, 12, 13, 15: the median is 12.5, the mean 12.5, the deviation 2.0817, over √4 1.0408
    said = found("borderline", write("g.csv", TEN), "--points", 24)
    [form] = said["forms"]
    assert (form["cut"], form["median"], form["mean"], form["candidates"]) == (12.5, 12.5, 12.5, 4)
    assert form["percent"] == pytest.approx(100 * 12.5 / 24)
    assert [one["passing"] for one in form["impact"] if one["se"] == 0] == [6]
    mean = found("borderline", "g.csv", "--centre", "mean")["forms"][0]
    assert mean["se"] == pytest.approx(np.std([10, 12, 13, 15], ddof=1) / 2, abs=5e-5)


def test_the_error_of_a_median_is_that_of_the_bootstrap(found: Set) -> None:
    scores = [11, 12, 12, 13, 15, 15, 16, 18, 18, 19, 21, 22, 25]
    write("g.csv", "score,group\n" + "\n".join(f"{x},borderline" for x in scores))
    se = found("borderline", "g.csv")["forms"][0]["se"]
    rng = np.random.default_rng(1)
    assert se == pytest.approx(np.median(rng.choice(scores, (100_000, 13)), axis=1).std(), abs=0.02)


def test_contrasting_groups_against_r(found: Set) -> None:
    # R 4.2.2, glm(competent ~ score, binomial): cut −b0/b1 14.6857757693, by the delta method 1.6630339141
    form = found("contrasting", write("g.csv", TEN), "--points", 24)["forms"][0]
    assert (form["cut"], form["judged"]) == (14.6858, pytest.approx(14.6857757693, abs=1e-8))
    assert form["se"] == pytest.approx(1.6630339141, abs=1e-8)
    assert (form["competent_below"], form["not_competent_above"]) == (1, 1)
    assert (form["competent"], form["not_competent"]) == (3, 3)
    assert -form["intercept"] / form["slope"] == pytest.approx(14.6857757693, abs=1e-8)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not there")
def test_contrasting_and_regression_against_r_on_many(found: Set, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    scores = rng.binomial(40, 0.6, 300)
    right = rng.random(300) < 1 / (1 + np.exp(-0.35 * (scores - 26)))
    grades = np.clip(np.rint((scores - 10) / 6 + rng.normal(0, 0.8, 300)), 1, 5)
    rows = [f"{s},{'yes' if r else 'no'},{g:g}" for s, r, g in zip(scores, right, grades, strict=True)]
    write("g.csv", "\n".join(["score,group,grade", *rows]))
    script = """d <- read.csv("g.csv"); m <- glm(group == "yes" ~ score, binomial, d, control = list(epsilon = 1e-14, maxit = 99))
        b <- coef(m); p <- log(.7 / .3); n <- table(d$group); k <- log(n[["yes"]] / n[["no"]])
        f <- function(x) { cut <- (x - b[[1]]) / b[[2]]; g <- c(-1, -cut) / b[[2]]; c(cut, sqrt(g %*% vcov(m) %*% g)) }
        r <- predict(lm(score ~ grade, d), data.frame(grade = 2), se.fit = TRUE)
        cat(sprintf("%.12g", c(f(0), f(p), f(k), r$fit, r$se.fit)))"""
    made = subprocess.run(["Rscript", "-e", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    r = list(map(float, made.stdout.split()))
    ways = [(), ("--at", "0.7"), ("--equal-groups",)]
    forms = [found("contrasting", "g.csv", *words)["forms"][0] for words in ways]
    forms.append(found("regression", "g.csv", "--border", "2")["forms"][0])
    assert [one[name] for one in forms for name in ("cut", "se")] == pytest.approx(r, abs=5.1e-5)


def test_borderline_regression_by_hand(found: Set) -> None:
    # grades 1, 2, 2, 3, 4 (mean 2.4, Σx² 5.2), scores 10, 12, 13, 15, 20 (mean 14), Σxy 5.6 + .8 + .4 + .6 + 9.6:
    # slope 17 / 5.2 = 3.2692; at grade 2 the line has 14 − .4 · 3.2692 = 12.6923
    write("g.csv", "score,grade\n10,1\n12,2\n13,2\n15,3\n20,4")
    form = found("regression", "g.csv", "--border", 2)["forms"][0]
    assert form["cut"] == pytest.approx(14 - 0.4 * 17 / 5.2, abs=5e-5)


def test_hofstee_by_hand(found: Set) -> None:
    # judges' means: cuts 10 to 16, failing 5 to 45 %; of 1 … 20 a share (c − 1)/20 lies below c. They cross where
    # (c − 1)/20 = .45 − .40 (c − 10)/6: c (1/20 + .4/6) = .45 + 4/6 + 1/20, c = 10
    write("t.csv", "score\n" + "\n".join(map(str, range(1, 21))))
    write("h.csv", "judge,min_cut,max_cut,min_fail,max_fail\nA,9,15,0,50\nB,11,17,10,40")
    form = found("hofstee", "h.csv", "--totals", "t.csv")["forms"][0]
    assert (form["cut"], form["failing"]) == (10, pytest.approx(0.45))
    share = found("hofstee", write("h.csv", "judge,min_cut,max_cut,min_fail,max_fail\nA,45%,75%,0.05,0.45"), "--totals", "t.csv", "--points", 20)  # fmt: skip
    # 9 to 15: (c − 1)/20 = .45 − .4 (c − 9)/6
    assert share["forms"][0]["cut"] == pytest.approx((0.45 + 0.6 + 0.05) / (0.05 + 0.4 / 6), abs=5e-5)
    assert share["forms"][0]["se"] is None


def test_groups_that_do_not_overlap(found: Set) -> None:
    said = found("contrasting", write("g.csv", "score,group\n10,no\n12,no\n15,yes\n18,yes"))
    [form] = said["forms"]
    assert (form["cut"], form["se"], form["slope"]) == (13.5, None, None)
    assert "groups-apart" in {one["code"] for one in said["notes"]}


def test_one_borderline_candidate_has_no_error(found: Set) -> None:
    form = found("borderline", write("g.csv", "score,group\n10,borderline\n12,yes"))["forms"][0]
    assert (form["cut"], form["se"]) == (10, None)


def test_a_column_of_ids_is_of_candidates(found: Set) -> None:
    table = write("g.csv", "id,score,group\n1,12,borderline\n2,13,borderline\n3,9,fail")
    [form] = found("borderline", table)["forms"]
    assert (form["candidates"], form["judges"]) == (2, None)


def test_scores_come_from_another_table_by_id(found: Set, refused: Callable[..., Ran]) -> None:
    write("t.csv", "candidate_id,score\n" + "\n".join(f"{n},{n}" for n in range(10, 30)))
    form = found("borderline", write("g.csv", "id,judgement,judge\n12,borderline,A\n14,borderline,B"), "--totals", "t.csv")  # fmt: skip
    assert (form["forms"][0]["cut"], form["forms"][0]["judges"]) == (13, 2)
    assert form["forms"][0]["impact"][2]["candidates"] == 20
    write("g.csv", "id,group\n99,borderline")
    assert "99 is not among the given scores" in refused("borderline", "g.csv", "--totals", "t.csv").err


def test_scores_of_the_judged_candidates_count_before_the_totals(found: Set) -> None:
    write("t.csv", "candidate_id,score\n" + "\n".join(f"{n},{n}" for n in range(10, 30)))
    judged = write("g.csv", "id,score,judgement\n12,20,borderline\n14,22,borderline")
    [alone] = found("borderline", judged)["forms"]
    [beside] = found("borderline", judged, "--totals", "t.csv")["forms"]
    assert (alone["cut"], beside["cut"]) == (21, 21)
    assert beside["impact"][2]["candidates"] == 20


def test_judged_candidates_are_found_however_their_numbers_are_written(found: Set) -> None:
    write("t.csv", "candidate_id,score\n" + "\n".join(f"69-{n},{n}" for n in range(10, 30)))
    judged = "\n".join(f"{one},borderline" for one in ("6912", "๖๙๑๓", "69 14"))
    form = found("borderline", write("g.csv", f"candidate_id,group\n{judged}\n"), "--totals", "t.csv")[
        "forms"
    ][0]
    assert (form["cut"], form["candidates"]) == (13, 3)
