"""The tables of `examgen analyse … --json` are those of `examgen.stats`: the same columns, the same numbers; and
what the command printed goes into the functions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run


def test_what_irt_printed_is_a_table_of_items(run: Run, tmp_path: Path) -> None:
    """Of partial scores too, whose categories stand for scores that somebody has."""
    b = np.linspace(-1, 1, 5)[:, None] + np.array([-0.8, 0.0, 0.8])
    items = {
        "item": list("abcde"),
        "a": [0.8, 1.0, 1.2, 1.4, 1.6],
        **{f"b{k + 1}": b[:, k] for k in range(3)},
    }
    frame = es.simulate(items, 400, model="grm").responses.frame()
    frame = frame.with_columns(b=pl.when(pl.col("b") == 1).then(2).otherwise("b"))
    frame.rename({"person": "candidate_id"}).write_csv(tmp_path / "x.csv")
    told = run.json("analyse", "irt", tmp_path / "x.csv", "--model", "grm")
    fit = es.irt(frame, "grm")
    assert told["items"] == fit.items.to_dicts()
    assert told["items"][1]["scores"] == "0 2 3"
    given = es.abilities(frame, told, population=(fit.mean, fit.sd))
    assert given["theta"].to_list() == pytest.approx(fit.abilities()["theta"].to_list())
    assert es.link(told, fit).slope == pytest.approx(1.0)
    again = es.irt(frame, "grm", anchors=told)
    assert again.items["b1"].to_list() == pytest.approx(fit.items["b1"].to_list())


def test_sentences_are_english_and_name_options(run: Run, tmp_path: Path) -> None:
    """Whatever language the reader has; and as `--free-slope`, not as the argument of the function."""
    words = ["analyse", "link"]
    for name in ("old.csv", "new.csv"):
        pl.DataFrame({"item": [f"Q{n}" for n in range(8)], "b": np.linspace(-1, 1, 8)}).write_csv(
            tmp_path / name
        )
        words.append(str(tmp_path / name))
    document = run.json(*words, "--equate", "true")
    for notes in (document["notes"], document["equating"]["notes"]):
        [message] = [one["message"] for one in notes if one["code"] == "equal-slopes"]
        assert "--free-slope estimates it" in message
        assert "free_slope" not in message
    assert run.json("--lang", "th", *words, "--equate", "true") == document


def test_sentences_of_groups_name_options(run: Run, tmp_path: Path) -> None:
    rows = [f"{'ab'[n % 2]},{n % 2},{n // 2 % 2},{9 if n % 7 == 0 else n // 4 % 2}" for n in range(80)]
    (tmp_path / "r.csv").write_text("\n".join(["g,Q1,Q2,Q3", *rows]))
    for words in (["--exclude", "g"], ["--by", "g"]):
        document = run.json("analyse", "items", tmp_path / "r.csv", *words)
        for one in document.get("groups", [document]):
            [message] = [note["message"] for note in one["notes"] if note["code"] == "gap"]
            assert "--omitted" in message
            assert "missing" not in message
