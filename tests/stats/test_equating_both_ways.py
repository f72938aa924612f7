"""`examgen analyse equate` beside `es.equate` on the same tables of scores: the same numbers, notes and refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run, run
from tests.stats.both_ways import asked, same_both_ways, same_or_refused

__all__ = ["run"]

RNG = np.random.default_rng(1)
ABLE = RNG.normal(size=(2, 120)) + np.array([[0.0], [0.2]])
TOTALS = np.rint(20 + 6 * ABLE).astype(int)
ANCHORS = np.clip(np.rint(6 + 2 * ABLE + RNG.normal(size=ABLE.shape) / 2), 0, 12).astype(int)
X, Y = (pl.DataFrame({"total": t, "anchor": a}) for t, a in zip(TOTALS, ANCHORS, strict=True))
SCORE_X, SCORE_Y = (one.rename({"total": "score"}) for one in (X, Y))
IDS = pl.Series("id", [f"c{n}" for n in range(120)])


def but(table: pl.DataFrame, value: object, column: str = "total", rows: int = 3) -> pl.DataFrame:
    """The table with another value in a column of the first rows but one."""
    first = pl.int_range(pl.len()).is_between(1, rows)
    return table.with_columns(pl.when(first).then(pl.lit(value)).otherwise(pl.col(column)).alias(column))


def counts(table: pl.DataFrame, scale: range = range(46)) -> pl.DataFrame:
    """The scores of a scale, and how many persons have each."""
    n = np.bincount(table["total"].to_numpy(), minlength=scale.stop)[scale.start :]
    return pl.DataFrame({"total": [*scale], "count": n})


def items(names: str) -> pl.DataFrame:
    """Right and wrong answers to items."""
    right = ABLE[0][:, None] > RNG.normal(size=(120, len(names)))
    return pl.DataFrame(
        {"id": IDS} | {name: own.astype(int) for name, own in zip(names, right.T, strict=True)}
    )


Tables = tuple[pl.DataFrame, pl.DataFrame, dict[str, Any], set[str]]
TABLES: dict[str, Tables] = {
    "plain": (X, Y, {}, {"full-score-taken"}),
    "blank totals": (but(X, None), Y, {}, {"no-score"}),
    "blank totals alone": (but(X, None).drop("anchor"), Y.drop("anchor"), {}, {"no-score"}),
    "blank scores on the anchor": (X, but(Y, None, "anchor"), {}, {"no-score"}),
    "an anchor in X alone": (X, Y.drop("anchor"), {}, {"anchor-of-one-form"}),
    "an anchor in Y alone": (X.drop("anchor"), Y, {}, {"anchor-of-one-form"}),
    "an anchor in Y alone, not wanted": (X.drop("anchor"), Y, {"design": "eg"}, set()),
    "score and anchor, total and anchor": (SCORE_X, Y, {}, {"method-chosen"}),
    "score and anchor": (SCORE_X, SCORE_Y, {}, {"method-chosen"}),
    "ids, score and anchor": (SCORE_X.with_columns(IDS), SCORE_Y.with_columns(IDS), {}, set()),
    "99 for no total": (but(X, 99), Y, {}, {"far-scores", "full-score-taken"}),
    "99 within the full score": (but(X, 99), Y, {"points": 100}, {"far-scores"}),
    "999 on an anchor": (but(X, 999, "anchor"), Y, {"anchor": "external"}, {"far-scores"}),
    "-1 for no total": (but(X, -1), Y, {"points": 45}, {"below-0"}),
    "-9 on an anchor": (X, but(Y, -9, "anchor"), {}, {"below-0"}),
    "half points": (but(X, 20.5), Y, {}, {"parts-of-points"}),
    "counts": (counts(X), counts(Y), {}, set()),
    "counts of scores from 2": (counts(X, range(2, 46)), counts(Y, range(2, 46)), {}, set()),
    "counts of other scores": (counts(X), counts(Y, range(44)), {}, {"full-score-taken"}),
    "totals beside items": (
        X, es.example(n_persons=40, n_items=5).frame().rename({"person": "id"}), {}, {"totals-of-one"},
    ),
    "an anchor in X alone, wanted in both": (X, Y.drop("anchor"), {"design": "neat"}, {"no-anchor-column"}),
    "above the full score": (but(X, 99), Y, {"points": 45}, {"above-full-score"}),
    "more on the anchor than in all": (but(X, 40, "anchor"), Y, {}, {"anchor-above-total"}),
    "no totals": (but(X, None, rows=119), Y, {}, {"one-candidate"}),
    "an id twice": (
        SCORE_X.with_columns(but(IDS.to_frame(), "c90", "id")), SCORE_Y.with_columns(IDS), {}, {"of-table"},
    ),
    "items beside totals": (
        items("abcdef").with_columns(total=pl.sum_horizontal("a", "b")),
        items("defghi").with_columns(total=pl.sum_horizontal("d", "e")), {}, {"beside-totals"},
    ),
    "a 9 for no answer among items": (
        but(items("abcdef"), 9, "a", 9), items("defghi"), {"method": "chained-mean"}, {"of-table"},
    ),
    "half a point on an item": (but(items("abcdef").cast({"a": float}), 0.5, "a"), items("defghi"), {}, {"not-a-score"}),
    "groups apart on an anchor that is not used": (
        X, but(Y, 12, "anchor", 90), {"design": "eg"}, {"groups-apart"},
    ),
    "groups apart on items that are not used": (
        items("abcdef"), but(items("defghi"), 1, "d", 119).with_columns(e=1, f=1), {"design": "eg"}, {"groups-apart"},
    ),
    "a share as a cut": (X, Y, {"cut": 0.6}, {"cut-below-1"}),
    "proportions": (X.select(pl.col("total") / 40), Y.drop("anchor"), {"design": "eg"}, {"shares"}),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_scores(run: Run, tmp_path: Path, name: str) -> None:
    x, y, options, codes = TABLES[name]
    found = same_or_refused(
        asked(run, tmp_path, "equate", x, y, **options), lambda: es.equate(x, y, **options)
    )
    assert codes <= found
    if name in ("99 for no total", "-1 for no total", "-9 on an anchor"):  # the same by files
        with_ids = [one.with_columns(IDS) for one in (x, y)]
        read = [es.responses(one) for one in with_ids]
        assert es.equate(*read, **options).to_dict() == es.equate(*with_ids, **options).to_dict()
    if "count" in x.columns:
        assert ("full-score-taken" in codes) == ("full-score-taken" in found)


def test_codes_for_no_total(run: Run, tmp_path: Path) -> None:
    x, y = but(X, 99).with_columns(IDS), but(Y, -9, "anchor").with_columns(IDS)
    ours = json.loads(asked(run, tmp_path, "equate", x, y, points=45, omitted=[99, -9]).out)
    read = [es.read_responses(tmp_path / f"{one}.csv", missing=[99, -9]) for one in "xy"]
    theirs = es.equate(*read, points=45).to_dict()
    notes = [
        sorted((one["code"], str(one["values"])) for one in found.pop("notes")) for found in (ours, theirs)
    ]
    assert notes[0] == notes[1]
    assert "no-score" in (codes := {code for code, _ in notes[0]})
    assert not {"far-scores", "below-0"} & codes
    assert {name: ours[name] for name in theirs if name != "advice"} == {
        name: one for name, one in theirs.items() if name != "advice"
    }
    told = [values for code, values in notes[0] if code == "of-table"]
    assert ["no cell has -9" in told[0], "no cell has 99" in told[1]] == [True, True]


@pytest.mark.parametrize("heads", [["candidate_id"], ["Student ID"], ["Name"], ["รหัสผู้สอบ"], ["No."], []])
@pytest.mark.parametrize("scores", [["total"], ["score"], ["total", "anchor"]])
def test_totals_beside_any_heading_of_ids(
    run: Run, tmp_path: Path, heads: list[str], scores: list[str]
) -> None:
    """A file is read in the same way by the command and by `read_responses`, whatever its ids are called."""
    x, y = (
        one.rename({"total": scores[0]}).select(*(IDS.alias(head) for head in heads), *scores)
        for one in (X, Y)
    )
    ours = json.loads(asked(run, tmp_path, "equate", x, y).out)
    theirs = es.equate(*(es.read_responses(tmp_path / f"{one}.csv") for one in "xy")).to_dict()
    codes = [sorted(str(one["code"]) for one in found.pop("notes")) for found in (ours, theirs)]
    assert codes[0] == codes[1]
    assert "beside-totals" not in codes[0]
    assert {name: ours[name] for name in theirs} == theirs


def test_a_key_of_both_forms(run: Run, tmp_path: Path) -> None:
    """Each form tells which items of the key it has not, as it does where it is read alone."""
    tables = [
        items(one).select("id", pl.exclude("id").replace_strict({1: "A", 0: "B"}))
        for one in ("abcdef", "defghi")
    ]
    (tmp_path / "key.csv").write_text("item,key\n" + "".join(f"{name},A\n" for name in "abcdefghi"))
    key = tmp_path / "key.csv"
    ours = json.loads(asked(run, tmp_path, "equate", *tables, key=key, omitted="X").out)
    theirs = es.equate(*(es.read_responses(tmp_path / f"{one}.csv", key=key, missing=["X"]) for one in "xy"))
    same_both_ways(ours, theirs)
    assert sum("3 items of the key have no column" in one for one in theirs.notes) == 2


def test_counts_name_the_ends_of_their_scale(run: Run, tmp_path: Path) -> None:
    """One file with the counts of both forms, and the same as two tables."""
    x, y = counts(X, range(2, 46)), counts(Y, range(2, 46))
    path = tmp_path / "counts.csv"
    pl.DataFrame({"scale": x["total"], "xcount": x["count"], "ycount": y["count"]}).write_csv(path)
    same_both_ways(run.json("analyse", "equate", path, "--method", "mean"), es.equate(x, y, "mean"))
    found = es.equate(x["total"], y["total"], "mean", count_x=x["count"], count_y=y["count"])
    assert found.to_dict() == es.equate(x, y, "mean").to_dict()
    assert found.forms["least"].to_list() == [2, 2]


def rows(anchor: Callable[[int, int], tuple[int, int]]) -> list[pl.DataFrame]:
    """Two forms of sixty candidates, with the total and the score on the anchor of one and form."""
    return [
        pl.DataFrame(
            [(f"c{n}", *anchor(n, k)) for n in range(60)], schema=["id", "total", "anchor"], orient="row"
        )
        for k in range(2)
    ]


def test_codes_among_scores_on_the_anchor_hide_no_groups_and_are_named_in_a_refusal(
    run: Run, tmp_path: Path
) -> None:
    x, y = rows(lambda n, k: (10 + n % 11, 99 if (n, k) == (5, 0) else n % 7 + k))
    options: dict[str, Any] = {"design": "eg", "method": "linear", "points": 40}
    ran = asked(run, tmp_path, "equate", x, y, **options)
    assert {"far-scores", "groups-apart"} <= same_or_refused(ran, lambda: es.equate(x, y, **options))
    x, y = rows(lambda n, k: (5, 0 if k else 99) if n == 5 else (10 + n % 7, n % 7))
    options = {"method": "levine", "anchor": "external"}
    ran = asked(run, tmp_path, "equate", x, y, **options)
    assert "far-scores" in same_or_refused(ran, lambda: es.equate(x, y, **options))
    assert ran.status == 1
