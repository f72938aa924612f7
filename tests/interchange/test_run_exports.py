"""What `examgen export` writes of a scored run, read again without examgen and held against the run."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest

from examgen.cli import main
from examgen.workflow.scoring import sittings
from tests.sittings import table
from tests.workflow.test_administrations import sat as administration

Run = tuple[Path, dict[str, dict[str, str]]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of two forms: dirty rows, every kind of correction, pilot items; and its candidates by id."""
    folder, files, wanted = administration(tmp_path_factory.mktemp("run"), personal=False)
    sittings.score(folder, files, wanted=wanted)
    return folder, {row["candidate_id"]: row for row in table(folder / "results/candidates.csv")}


def export(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str | Path
) -> tuple[int, str]:
    """Status and what was printed."""
    monkeypatch.setattr("sys.argv", ["examgen", "export", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out + said.err


def marks_of(folder: Path) -> dict[str, dict[str, tuple[str, ...] | None]]:
    """By candidate and item, the option ids that were marked, None for what is no option: from the run's
    responses and the printed order alone."""
    printed: dict[str, list[tuple[str, list[str]]]] = {}
    for row in sorted(table(folder / "secure/forms.csv"), key=lambda row: int(row["question"])):
        printed.setdefault(row["form"], []).append((row["item"], row["options"].split()))
    found = {}
    for who, form, marks in (
        pl.read_parquet(folder / "results/responses.parquet").select("candidate_id", "form", "marks").rows()
    ):
        found[who] = {
            item: None if mark >= 128 else tuple(o for k, o in enumerate(order) if mark >> k & 1)
            for (item, order), mark in zip(printed[form], marks, strict=False)
        }
    return found


def test_one_hot_says_what_each_candidate_marked(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, people = run
    status, out = export(
        capsys, monkeypatch, folder / "results", "--format", "one-hot", "--out", tmp_path / "o", "--json"
    )
    assert status == 0, out
    said = json.loads(out)
    assert said["files"] == ["one-hot.csv"]
    assert said["run"] == 2
    assert said["candidates"] == len(people)
    marks = marks_of(folder)
    rows = table(tmp_path / "o/one-hot.csv")
    assert [row["candidate_id"] for row in rows] == list(marks)
    for row in rows:
        seen: dict[str, set[str]] = {}
        for name, cell in list(row.items())[2:]:
            item, _, option = name.partition("_")
            if cell == "1":
                seen.setdefault(item.partition(" ")[0], set()).add(option)
        told = marks[row["candidate_id"]]
        assert set(seen) == set(told)
        for item, mark in told.items():
            if mark is None or len(mark) > 1:
                assert seen[item] == {"invalid"}
            elif mark:
                assert seen[item] == set(mark)
            else:
                assert seen[item] <= {"omitted", "not_reached"}
    assert export(capsys, monkeypatch, folder, "--format", "one-hot", "--out", tmp_path / "o")[0] == 2
    assert export(capsys, monkeypatch, folder, "--format", "nothing")[0] == 2
    assert export(capsys, monkeypatch, tmp_path, "--format", "one-hot")[0] == 2


def test_codes_stand_in_place_of_ids(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, people = run
    words = [folder, "--format", "one-hot", "--out", tmp_path / "o", "--pseudonymous", "--json"]
    status, out = export(capsys, monkeypatch, *words)
    assert status == 0, out
    codes = {row["code"]: row["candidate_id"] for row in table(Path(json.loads(out)["codes"]))}
    with (tmp_path / "o/one-hot.csv").open(encoding="utf-8-sig", newline="") as file:
        shown = [row["candidate_id"] for row in csv.DictReader(file)]
    assert shown == sorted(shown)
    assert {codes[one] for one in shown} == set(people)
