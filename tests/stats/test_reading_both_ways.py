"""How files of responses are read: every verb tells it, from the command line as from Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import examgen.stats as es
from tests.commands.conftest import Run, run
from tests.stats.both_ways import same_both_ways
from tests.stats.test_data_notes import PARTS, RIGHT, RNG, VERBS, N

__all__ = ["run"]

NAMES = [f"Q{j}" for j in range(6)]


def written(path: Path, cells: Any, names: list[str] = NAMES, first: int = 0) -> Path:
    rows = (
        ",".join([f"P{first + n}", "ab"[n % 2], *map(str, row)])
        for n, row in enumerate(np.asarray(cells).tolist())
    )
    path.write_text("\n".join([",".join(["id", "g", *names]), *rows]) + "\n")
    return path


def codes(run: Run, tmp_path: Path, verb: str, files: list[Path], *, key: str = "", **options: Any) -> Any:
    """The values of the notes by their codes, which both ways have alike."""
    parts, keys = tmp_path / "parts.csv", tmp_path / "key.csv"
    parts.write_text("item,subscore\n" + "".join(f"{item},{part}\n" for item, part in PARTS.items()))
    keys.write_text("item,key\n" + "".join(f"{name},{key}\n" for name in NAMES))
    words, function = VERBS[verb]
    words = [parts if one == "PARTS" else one for one in words]
    words += [] if verb == "dif" else ["--exclude", "g"]
    words += ["--key", keys] if key else []
    for kind, code in options.get("missing", {}).items():
        words += [f"--{kind.replace('_', '-')}", code]
    ours = run.json("analyse", verb, *files, *words)
    missing = {code: kind for kind, code in options.get("missing", {}).items()}
    data = es.read_responses(files, exclude=["g"], key=keys if key else None, missing=missing)
    same_both_ways(ours, function(data))
    return {note["code"]: note["values"] for note in ours["notes"]}


@pytest.mark.parametrize("verb", VERBS)
def test_words_for_no_answer_and_codes_that_no_cell_has(run: Run, tmp_path: Path, verb: str) -> None:
    cells = np.where(RIGHT == 1, "A", RNG.choice(list("BCD"), RIGHT.shape)).astype(object)
    cells[3:6, 1] = "N/A"
    files = [written(tmp_path / "r.csv", cells)]
    found = codes(run, tmp_path, verb, files, key="A", missing={"omitted": "X", "not_reached": "Y"})
    assert found["words-for-nothing"]["cells"] == "N/A (3)"
    assert found["codes-not-met"] == {"n": 2, "codes": "X, Y"}


@pytest.mark.parametrize("verb", VERBS)
def test_numbers_below_0(run: Run, tmp_path: Path, verb: str) -> None:
    cells = RIGHT.copy()
    cells[:7, 2] = -1
    found = codes(run, tmp_path, verb, [written(tmp_path / "r.csv", cells)])
    assert found["below-zero"] == {"n": 7}


@pytest.mark.parametrize("verb", VERBS)
def test_files_that_are_pooled(run: Run, tmp_path: Path, verb: str) -> None:
    half = N // 2
    files = [
        written(tmp_path / "x.csv", RIGHT[:half]),
        written(tmp_path / "y.csv", RIGHT[half:], first=half),
    ]
    assert "x.csv (120), y.csv (120)" in codes(run, tmp_path, verb, files)["files-pooled"]["files"]


def test_dif_is_of_the_items_that_every_file_has(run: Run, tmp_path: Path) -> None:
    half = N // 2
    files = [
        written(tmp_path / "x.csv", RIGHT[:half, :5], NAMES[:5]),
        written(tmp_path / "y.csv", RIGHT[half:, 1:], NAMES[1:], half),
    ]
    assert codes(run, tmp_path, "dif", files)["not-common"] == {"n": 2, "items": "Q0, Q5"}
    files[1] = written(tmp_path / "y.csv", RIGHT[half:, 4:], ["Q4", "Q9"], half)
    assert "1 item in common" in run.refused("analyse", "dif", *files, "--group", "g", "--focal", "b")
    with pytest.raises(es.ArgumentError, match="1 item in common"):
        es.dif(es.read_responses(files, exclude=["g"]), "g", focal="b")


def test_a_long_file_has_every_item(run: Run, tmp_path: Path) -> None:
    """A candidate without a row for an item is no file without it."""
    path = tmp_path / "long.csv"
    rows = [
        f"P{n},{name},{cell},{'ab'[n % 2]}"
        for n, row in enumerate(RIGHT.tolist())
        for name, cell in zip(NAMES, row, strict=True)
        if (n, name) != (5, "Q0")
    ]
    path.write_text("\n".join(["id,item,resp,g", *rows]) + "\n")
    ours = run.json("analyse", "dif", path, "--group", "g", "--focal", "b")
    same_both_ways(ours, es.dif(es.read_responses(path, exclude=["g"]), "g", focal="b"))
    assert [row["item"] for row in ours["items"]] == NAMES
