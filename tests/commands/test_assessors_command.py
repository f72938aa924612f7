"""`examgen analyse assessors`: a file with a known truth, small files that say nothing, odd files, Thai."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from tests.commands.conftest import Run
from tests.psychometrics.recovery import rated
from tests.test_docs_statistics import fields

Line = tuple[str, str, str, object, str]


def lines(n: int, n_assessors: int, n_tasks: int, seed: int = 1) -> list[Line]:
    """Ratings by the many-facet model, two assessors each; assessors A0 … by severity."""
    ratings, severity = rated(n, n_assessors, n_tasks, 2, seed=seed, replication=0)
    place = np.argsort(np.argsort(severity))
    return [
        (f"C{c:03}", f"A{place[a]}", f"T{t + 1}", int(x), "north" if a % 2 else "south")
        for x, c, a, t in zip(
            ratings.category, ratings.candidate, ratings.assessor, ratings.task, strict=True
        )
    ]


def write(path: Path, rows: Iterable[Line]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("candidate_id", "assessor", "task", "points", "centre"), *rows])
    return path


def document(run: Run, *words: object) -> dict[str, Any]:
    ran = run("analyse", "assessors", *words, "--json")
    assert (ran.status, ran.err) == (0, ""), ran.text
    assert not re.search(r"\bnan\b|infinity", ran.out, flags=re.I)
    return dict(json.loads(ran.out))


def coefficients(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["coefficient"]: row for row in told["agreement"]["table"]}


def severities(told: dict[str, Any]) -> list[dict[str, Any]]:
    return list(told["severity"]["assessors"])


def codes(told: dict[str, Any]) -> set[str]:
    return {one["code"] for one in told["notes"]}


@pytest.fixture(scope="module")
def ratings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("ratings") / "ratings.csv", lines(160, 5, 4))


def test_everything_is_told_of_a_file_that_has_it(run: Run, ratings: Path, tmp_path: Path) -> None:
    out = tmp_path / "tables.xlsx"
    told = document(run, ratings, "--apart", 4, "--out", out)
    study = told["dependability"]
    assert (study["n_candidates"], study["n_assessors"], study["n_tasks"]) == (160, 5, 4)
    assert sum(one["ratings"] for one in told["agreement"]["assessors"]) == study["n_ratings"] == 160 * 2 * 4
    # agreement counted again
    by_cell: dict[tuple[str, str], list[int]] = {}
    for who, _, on, x, _ in lines(160, 5, 4):
        by_cell.setdefault((who, on), []).append(int(str(x)))
    apart = [abs(a - b) for a, b in by_cell.values()]
    table = coefficients(told)
    assert table["exact"]["value"] == pytest.approx(np.mean([d == 0 for d in apart]))
    assert table["within_1"]["value"] == pytest.approx(np.mean([d <= 1 for d in apart]))
    kappa = table["kappa_quadratic"]
    assert kappa["low"] < kappa["value"] < kappa["high"]
    # the truth: A4 is the most severe; rows stand by severity
    rows = severities(told)
    assert rows[0]["assessor"] == "A4"
    severity = [one["severity"] for one in rows]
    assert severity == sorted(severity, reverse=True)
    assert rows[0]["fair_points"] < rows[-1]["fair_points"]
    assert told["severity"]["models"][0]["p"] < 0.001
    # candidates for moderation counted again
    totals: dict[tuple[str, str], int] = {}
    for who, by, _, x, _ in lines(160, 5, 4):
        totals[who, by] = totals.get((who, by), 0) + int(str(x))
    of = {who: [total for (other, _), total in totals.items() if other == who] for who, _ in totals}
    far = {who for who, (a, b) in of.items() if abs(a - b) > 4}
    assert {one["candidate"] for one in told["agreement"]["moderation"]} == far
    assert 0 < len(far) < 160
    # another assessor never makes points less dependable
    phi = [one["phi"] for one in study["d_study"]]
    assert phi == sorted(phi)
    assert [one["n_assessors"] for one in study["d_study"]] == [1, 2, 3, 4]
    assert {one["centre"] for one in told["severity"]["centres"]} == {"north", "south"}
    with ZipFile(out) as packed:
        assert packed.read("xl/workbook.xml").index(b"severity") > 0
    ran = run.ok("analyse", "assessors", ratings, "--apart", 4)
    assert "With one assessor more it would be" in ran.out
    assert "for moderation" in ran.out


def test_the_docs_name_every_field(run: Run, ratings: Path, root: Path) -> None:
    page = (root / "docs" / "instruments.md").read_text("utf-8").split("## The JSON")[1].split("\n## ")[0]
    told = document(run, ratings, "--apart", 4)
    named = set(re.findall(r"`([a-z0-9_]+)`", page))
    assert {name for place, name in fields(told) if not place.endswith("values")} <= named


def test_the_example_of_the_docs_runs(run: Run, root: Path) -> None:
    page = (root / "docs" / "instruments.md").read_text("utf-8")
    [(words, shown)] = re.findall(r"```console\n\$ examgen (.*?)\n(.*?)```", page, flags=re.S)
    ran = run.ok(*words.replace("docs/", f"{root}/docs/").split())
    lines = [line.rstrip() for line in ran.out.splitlines()]
    assert [line for line in shown.splitlines() if line != "…"] == [
        line for line in lines if line in shown.splitlines()
    ]


def test_few_candidates_are_told_and_nothing_is_concluded(run: Run, tmp_path: Path) -> None:
    few = write(tmp_path / "few.csv", lines(12, 3, 2))
    told = document(run, few)
    assert {"few-shared", "few-candidates"} <= codes(told)
    assert 0 < coefficients(told)["exact"]["value"] < 1
    assert {one["verdict"] for one in severities(told)} == {"unknown"}
    assert told["findings"] == []
    assert all("30" in one["message"] for one in told["notes"] if one["code"] == "few-shared")


def unique(rows: Iterable[Line]) -> list[Line]:
    """One rating of each candidate, assessor and task."""
    return list({row[:3]: row for row in rows}.values())


def test_what_is_wrong_is_said(run: Run, ratings: Path, tmp_path: Path) -> None:
    ran = run("analyse", "assessors", tmp_path / "none.csv")
    assert (ran.status, "is not a file" in ran.err) == (2, True)
    ran = run("analyse", "assessors", ratings, "--out", ratings)
    assert (ran.status, "is an input file" in ran.err) == (2, True)
    ran = run("analyse", "assessors", ratings, "--out", tmp_path / "x.txt")
    assert ran.status == 2
    bad = tmp_path / "bad.csv"
    bad.write_text("candidate_id,assessor,task,points\nC1,A,T1,much\n", "utf-8")
    ran = run("analyse", "assessors", bad)
    assert ran.status == 1
    assert "bad.csv:2: points: `much` is not a number of points" in ran.err
    for words in (("--apart", -1), ("--phi", 2), ("--weights", "cubic"), ("--facet", "room")):
        assert run("analyse", "assessors", ratings, *words).status == 2
