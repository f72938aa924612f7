"""Groups whose names differ only in capital letters: told by every verb that takes groups."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import examgen.stats as es
from tests.commands.conftest import Run, run

__all__ = ["run"]


def test_alike_groups_are_told_by_command_and_library(run: Run, tmp_path: Path) -> None:
    data, path = es.example(n_persons=80, n_items=6), tmp_path / "a.csv"
    groups = ["A", "a", "B", "B"] * 20
    rows = (",".join(map(str, (n, groups[n], *row))) for n, row in enumerate(data.cells.tolist()))
    path.write_text("\n".join(["id,grp," + ",".join(data.items), *rows]) + "\n")
    own = es.read_responses(path, exclude=["grp"])
    found = {
        ("irt", "--group"): es.irt(own, "rasch", groups="grp").notes,
        ("copying", "--room"): es.copying(own, rooms="grp").notes,
        ("items", "--by"): None,
    }
    for (verb, option), theirs in found.items():
        words = ["--model", "rasch"] if verb == "irt" else []
        document = run.json("analyse", verb, path, option, "grp", *words)
        [ours] = [one for one in document["notes"] if one["code"] == "alike-groups"]
        assert "A, a" in ours["message"]
        if theirs is not None:
            [other] = [one for one in theirs if getattr(one, "code", "") == "alike-groups"]
            assert ours["values"] == other.values


def test_groups_with_spaces_around_are_one_which_is_told(run: Run, tmp_path: Path) -> None:
    data, path = es.example(n_persons=80, n_items=6), tmp_path / "a.csv"
    groups = ["M", "M ", "F", "F"] * 20
    rows = (",".join(map(str, (n, groups[n], *row))) for n, row in enumerate(data.cells.tolist()))
    path.write_text("\n".join(["id,grp," + ",".join(data.items), *rows]) + "\n")
    document = run.json("analyse", "dif", path, "--group", "grp", "--reference", "F")
    frame = data.frame().with_columns(grp=pl.Series(groups))
    for found in (es.dif(es.read_responses(path, exclude=["grp"]), "grp", reference="F"),
                  es.dif(frame, "grp", reference="F")):  # fmt: skip
        assert found.groups.rows() == [("F", "reference", 40), ("M", "focal", 40)]
        [note] = [one for one in found.notes if one.code == "spaces-around"]
        assert note.values == {"column": "grp", "names": "M"}
        assert [one["values"] for one in document["notes"] if one["code"] == note.code] == [note.values]
