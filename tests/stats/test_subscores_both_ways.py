"""Subscores by the command and by the function: the same numbers, the same notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run
from tests.commands.hostile_responses import answers, text
from tests.stats.both_ways import same_both_ways

HALVES = {f"I{n}": "odd" if n % 2 else "even" for n in range(1, 11)}
TWO_LEVELS = {"item": [*HALVES] * 2, "subscore": [*HALVES.values(), *("first" if n < 5 else "rest" for n in range(10))],
              "level": ["element"] * 10 + ["pc"] * 10}  # fmt: skip


def with_forms() -> Any:
    cells = answers(300, 10, slope=2)
    cells[:140, 4], cells[140:280, 5], cells[280:, 6], cells[299] = "", "", "", ""
    return cells


def with_nines() -> Any:
    cells = answers(200, 10)
    cells[np.random.default_rng(1).random(cells.shape) < 0.1] = 9
    return cells


CASES: dict[str, tuple[Any, Any, Any]] = {
    "plain": (answers(400, 10, slope=2), HALVES, ()),
    "levels": (answers(400, 10, slope=2), TWO_LEVELS, ()),
    "forms, few of one, nothing of one person": (with_forms(), HALVES, ()),
    "omitted answers": (with_nines(), HALVES, {9: "omitted"}),
    "part of the items": (answers(100, 10), {"I1": "a", "I2": "a", "I3": "b"}, ()),
    "few": (answers(29, 10), HALVES, ()),
    "constant": (np.hstack([answers(60, 8), np.ones((60, 2), int)]), {"I9": "a", "I10": "a", "I1": "b", "I2": "b"}, ()),
    "answers that exclude each other": (np.eye(10, dtype=int)[np.arange(40) % 10], HALVES, ()),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_same_both_ways(run: Run, tmp_path: Path, case: str) -> None:
    cells, parts, missing = CASES[case]
    file, mapping = tmp_path / "s.csv", tmp_path / "m.csv"
    file.write_text(text(cells))
    known = pl.DataFrame(parts if "item" in parts else {"item": [*parts], "subscore": [*parts.values()]})
    known.write_csv(mapping)
    words = ["--omitted", "9"] if missing else []
    told = run.json("analyse", "subscores", file, "--exclude", "g", "--subscores", mapping, *words)
    found = es.subscores(es.read_responses(file, exclude=["g"], missing=missing), known)
    same_both_ways(told, found)


def test_no_form_is_refused_both_ways(run: Run, tmp_path: Path) -> None:
    cells = answers(60, 10)
    for n, row in enumerate(cells):
        row[[n % 10, (n // 10 + n + 1) % 10]] = ""
    file = tmp_path / "s.csv"
    file.write_text(text(cells))
    (tmp_path / "m.csv").write_text("item,subscore\nI1,a\nI2,a\n")
    words = ("analyse", "subscores", file, "--exclude", "g", "--subscores", tmp_path / "m.csv")
    assert "no 30 candidates have scores on the same items. --blank omitted counts" in run.refused(*words)
    data = es.read_responses(file, exclude=["g"])
    with pytest.raises(es.ArgumentError, match=r"missing=\{None: 'omitted'\} counts a blank as no points"):
        es.subscores(data, {"I1": "a", "I2": "a"})
    run.ok(*words, "--blank", "omitted")
    counted = es.read_responses(file, exclude=["g"], missing={None: "omitted"})
    assert "blanks" in [
        getattr(one, "code", "") for one in es.subscores(counted, {"I1": "a", "I2": "a"}).notes
    ]


MAPS = {
    "an item of no name": "item,subscore\n,a\nI2,a\n",
    "an unknown item": "item,subscore\nI99,a\nI2,a\n",
    "no part": "item,subscore\nI1,\nI2,a\n",
    "two parts": "item,subscore\nI1,a\nI1,b\n",
    "no line": "item,subscore\n",
    "another column": "item,part\nI1,a\n",
}


@pytest.mark.parametrize("name", MAPS)
def test_maps_are_refused_both_ways(run: Run, tmp_path: Path, name: str) -> None:
    """With the same words about the same rows."""
    (tmp_path / "s.csv").write_text(text(answers(60, 10)))
    (tmp_path / "m.csv").write_text(MAPS[name])
    words = ("analyse", "subscores", tmp_path / "s.csv", "--exclude", "g", "--subscores", tmp_path / "m.csv")
    told = run.json(*words)["problems"]
    with pytest.raises(es.ArgumentError) as refused:
        es.subscores(es.read_responses(tmp_path / "s.csv", exclude=["g"]), pl.read_csv(tmp_path / "m.csv"))
    own = [one.values.get("fault", one) for one in refused.value.args]
    assert [one["code"] for one in told] == [one.code for one in own]
    assert [one["message"] for one in told] == [one.replace("parts", "m.csv") for one in own]


def test_parts_are_named_in_any_way() -> None:
    data = es.example(n_items=12)
    by_part = {"odd": data.items[::2], "even": data.items[1::2]}
    found = es.subscores(data, by_part).table
    in_order = [["odd", "even"][n % 2] for n in range(12)]
    assert es.subscores(data, in_order).table.equals(found)
    assert es.subscores(data, dict(zip(data.items, in_order, strict=True))).table.equals(found)
    assert es.subscores(data, pl.DataFrame({"item": data.items, "subscore": in_order})).table.equals(found)
    with pytest.raises(es.ArgumentError, match="is in odd and in all"):
        es.subscores(data, {**by_part, "all": data.items})


def test_parts_that_go_against_each_other_are_told() -> None:
    """A part whose key is reversed has a score of its own that is worth reporting, and that is wrong."""
    cells = answers(300, 20, slope=2).astype(int)
    cells[:, :8] = 1 - cells[:, :8]
    names = [f"I{n}" for n in range(20)]
    parts = {"reversed": names[:8], "a": names[8:14], "b": names[14:]}
    found = es.subscores(es.responses(cells, items=names), parts)
    told = [one for one in found.notes if getattr(one, "code", "") == "against"]
    assert [(one.values["first"], one.values["second"]) for one in told] == [
        ("reversed", "a"),
        ("reversed", "b"),
    ]
    assert "Check their keys" in told[0]
    unlike = np.random.default_rng(1).integers(
        0, 2, (300, 20)
    )  # parts that have nothing to do with each other
    found = es.subscores(es.responses(unlike, items=names), parts)
    assert "against" not in [getattr(one, "code", "") for one in found.notes]


def test_blank_sheets_are_told_both_ways(run: Run, tmp_path: Path) -> None:
    cells = np.where(answers(100, 10).astype(int) == 1, "A", "B").astype(object)
    cells[:7] = ""
    (tmp_path / "s.csv").write_text(text(cells))
    (tmp_path / "key.csv").write_text("item,key\n" + "".join(f"I{n},A\n" for n in range(1, 11)))
    known = pl.DataFrame({"item": [*HALVES], "subscore": [*HALVES.values()]})
    known.write_csv(tmp_path / "m.csv")
    words = ("--exclude", "g", "--key", tmp_path / "key.csv", "--subscores", tmp_path / "m.csv")
    told = run.json("analyse", "subscores", tmp_path / "s.csv", *words)
    found = es.subscores(
        es.read_responses(tmp_path / "s.csv", key=tmp_path / "key.csv", exclude=["g"]), known
    )
    same_both_ways(told, found)
    [note] = [one for one in told["notes"] if one["code"] == "blank-sheets"]
    assert note["values"] == {"n": 7}
