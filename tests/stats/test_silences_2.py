"""More data that a figure alone would hide: the command and the library tell the same of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from examgen.stats.results import Result
from tests.commands.conftest import Run, run
from tests.effort import some
from tests.stats.both_ways import Case, answers, same_or_refused

__all__ = ["run"]
ITEMS = [f"Q{n}" for n in range(20)]
B = np.linspace(-1.5, 1.5, 20)
RNG = np.random.default_rng(11)


def table(cells: Any, names: Sequence[str] = ITEMS, prefix: str = "P") -> pl.DataFrame:
    """Answers with ids."""
    return answers(cells, names, prefix)


def right(n: int, seed: int = 1) -> Any:
    """Answers of n persons to items of a Rasch model, and their abilities."""
    rng = np.random.default_rng(seed)
    ability = rng.normal(0, 1.2, size=(n, 1))
    return (rng.random((n, 20)) < 1 / (1 + np.exp(B - ability))).astype(int), ability[:, 0]


CELLS, ABILITY = right(200)
ANSWERS = table(CELLS)
CURVES = pl.DataFrame({"item": ITEMS, "a": [1.0] * 20, "b": B})


# ── answers in common ────────────────────────────────────────────────────────────────────────


def of_copying(argument: str, other: pl.DataFrame, told: str | None, silent: str = "") -> Case:
    """A table beside the answers."""
    return Case(
        (ANSWERS, other), f"copying 0 --{argument} 1",
        lambda data, table: es.copying(data, **{argument: table}), {told} if told else set(),
        frozenset(silent.split()),
    )  # fmt: skip


def able(theta: Any) -> pl.DataFrame:
    """Known abilities."""
    return pl.DataFrame({"id": ANSWERS["id"], "theta": theta})


def seated(rooms: Sequence[object]) -> Case:
    """The answers with a room for each person."""
    data = ANSWERS.with_columns(room=pl.Series(rooms))
    return Case((data,), "copying 0 --room room", lambda own: es.copying(own, rooms="room"), set())


OPTION_CURVES = pl.DataFrame(
    {"item": [ITEMS[0]] * 3, "option": ["A", "B", "A"], "a": [1.0, 0.0, 1.0], "c": [0.0, 0.0, 0.0]}
)
COPYING = {
    "abilities in logits": of_copying(
        "abilities", able(ABILITY), None, "far-abilities abilities-reversed nothing-compared no-parameters"
    ),
    "abilities as T scores": of_copying("abilities", able(50 + 10 * ABILITY), "far-abilities", "abilities-reversed"),
    "abilities reversed": of_copying("abilities", able(-ABILITY), "abilities-reversed", "far-abilities"),
    "parameters of some items": of_copying("items", CURVES[:12], "no-parameters"),
    "parameters of all items": of_copying("items", CURVES, None, "no-parameters anchors-misfit"),
    "an item twice": of_copying("items", pl.concat([CURVES, CURVES[3:4]]), "bad-line"),
    "everybody alone in a room": seated([f"R{n}" for n in range(200)])._replace(codes={"nothing-compared"}),
    "two rooms": seated([f"R{n % 2}" for n in range(200)])._replace(silent=frozenset({"nothing-compared"})),
}  # fmt: skip

# ── scores on two forms, and totals ──────────────────────────────────────────────────────────

OLDER = table(right(300, 3)[0], [f"Y{n}" for n in range(20)])
TOTALS_X = pl.DataFrame({"total": 5.0 * right(300, 5)[0].sum(axis=1)})
TOTALS_Y = pl.DataFrame({"total": right(300, 6)[0].sum(axis=1)})
LOW = pl.DataFrame({"total": right(300, 7)[0].sum(axis=1)})
SCORES = {
    "points above those of the items": Case(
        (ANSWERS, OLDER), "equate 0 1 --points 40", lambda x, y: es.equate(x, y, points=40), {"points-above-items"}
    ),
    "points of the items": Case(
        (ANSWERS, OLDER), "equate 0 1 --points 20", lambda x, y: es.equate(x, y, points=20), set(),
        frozenset({"points-above-items"}),
    ),
    "per cent against points": Case(
        (TOTALS_X, TOTALS_Y), "equate 0 1 --method linear", lambda x, y: es.equate(x, y, "linear"),
        {"full-score-taken", "far-below-full"},
    ),
    "totals far below the maximum": Case(
        (LOW,), "decisions 0 --cut 10 --max-score 100", lambda own: es.decisions(own, 10, max_score=100),
        {"far-below-full"},
    ),
    "totals up to the maximum": Case(
        (LOW,), "decisions 0 --cut 10 --max-score 20", lambda own: es.decisions(own, 10, max_score=20), set(),
        frozenset({"far-below-full"}),
    ),
    "parameters of other items too": Case(
        (ANSWERS, pl.concat([CURVES, pl.DataFrame({"item": ["Z"], "a": [1.0], "b": [0.0]})])),
        "decisions 0 --cut 10 --items 1", lambda own, known: es.decisions(own, 10, items=known), {"unused-items"},
    ),
    "a mark of who passed": Case(
        (ANSWERS.with_columns(passed=pl.Series((CELLS.sum(axis=1) >= 11).astype(int))),), "items 0", es.items,
        {"is-pass-mark"},
    ),
}  # fmt: skip
# ── items, parts, judges, assessors, groups ──────────────────────────────────────────────────

OTHER_FILE = table(right(200, 8)[0], ["q0", *ITEMS[1:]], "R")
PARTS = pl.DataFrame({"item": ITEMS, "subscore": ["one", "two"] * 10})
LIMITS = {"min_cut": [8.0, 9.0], "max_cut": [12.0, 12.0], "min_fail": [10.0, 10.0], "max_fail": [60.0, 55.0]}
POINTS = np.clip(np.rint(RNG.normal(size=(60, 1)) + RNG.normal(size=(60, 4)) * 0.6 + 2), 0, 4).astype(int)


def mapped(levels: Sequence[str]) -> Case:
    """The levels of the parts."""
    return Case(
        (ANSWERS, PARTS.with_columns(level=pl.Series(levels))), "subscores 0 --subscores 1", es.subscores, set(),
        frozenset({"alike-groups", "in-levels"}),
    )  # fmt: skip


def limits(judges: Sequence[str]) -> Case:
    """Limits of judges."""
    rows = pl.DataFrame({"judge": judges} | {name: own[: len(judges)] for name, own in LIMITS.items()})
    return Case(
        (rows, LOW.with_row_index("candidate_id").rename({"total": "score"})),
        "cut 0 --method hofstee --totals 1 --points 20",
        lambda own, totals: es.hofstee(totals["score"], own, points=20), set(),
        frozenset({"judges-spelled", "one-judge"}),
    )  # fmt: skip


def rated(tasks: Sequence[str], centres: Sequence[str] = ("N", "S")) -> Case:
    """Ratings of two tasks at two centres."""
    rows = [
        (f"K{n}", f"J{j}", tasks[t], centres[n % 2], int(POINTS[n, 2 * t + j]))
        for n in range(60) for t in range(2) for j in range(2)
    ]  # fmt: skip
    heads = ["candidate_id", "assessor", "task", "centre", "points"]
    return Case(
        (pl.DataFrame(rows, schema=heads, orient="row"),), "assessors 0", es.assessors, set(),
        frozenset({"tasks-alike", "centres-alike"}),
    )  # fmt: skip


def told(case: Case, *codes: str) -> Case:
    """The case, where these are told."""
    return case._replace(codes={*codes}, silent=case.silent - {*codes})


BY_SEX = ["m", "f"] * 98 + ["x"] * 4
DIFFERENT = CELLS.copy()
DIFFERENT[1::4, 4] = 0
DIFFERENT[-4:] = right(4, 9)[0]
OTHERS = {
    "parts in one level": mapped(["area"] * 20),
    "levels alike": told(mapped(["area", "area", "Area", "Area"] * 5), "alike-groups", "in-levels"),
    "a level blank in part": told(mapped(["area", "area", "", ""] * 5), "in-levels"),
    "judges": limits(["A", "B"]),
    "judges spelled alike": told(limits(["A", "a "]), "judges-spelled"),
    "one judge": told(limits(["A"]), "one-judge"),
    "tasks and centres": rated(["T1", "T2"]),
    "tasks alike": told(rated(["T1", "t1"]), "tasks-alike"),
    "centres alike": told(rated(["T1", "T2"], ["N", "n"]), "centres-alike"),
    "an anchor without difficulty": Case(
        (ANSWERS, CURVES.with_columns(b=pl.when(pl.int_range(20) != 3).then("b"))),
        "irt 0 --model rasch --anchors 1", lambda own, known: es.irt(own, "rasch", anchors=known),
        {"no-difficulty"},
    ),
    "anchors of some items": Case(
        (ANSWERS, CURVES[:12]), "irt 0 --model rasch --anchors 1",
        lambda own, known: es.irt(own, "rasch", anchors=known), set(), frozenset({"no-difficulty"}),
    ),
    "a table with itself": Case((CURVES, CURVES), "link 0 1", lambda y, x: es.link(x, y), {"same-file"}),
    "a table with another": Case(
        (CURVES, CURVES.with_columns(pl.col("b") + 0.1)), "link 0 1", lambda y, x: es.link(x, y), set(),
        frozenset({"same-file"}),
    ),
}  # fmt: skip
CASES = {**COPYING, **SCORES, **OTHERS}


@pytest.mark.parametrize("name", some(CASES, 40))
def test_told_both_ways(run: Run, tmp_path: Path, name: str) -> None:
    CASES[name].hold(run, tmp_path)


@pytest.mark.parametrize("verb", ["items", "irt"])
def test_names_of_pooled_files_that_are_alike(run: Run, tmp_path: Path, verb: str) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path, one in zip(paths, (ANSWERS, OTHER_FILE), strict=True):
        one.write_csv(path)
    call: Callable[[Any], Result] = es.items if verb == "items" else lambda own: es.irt(own, "rasch")
    words = ["--model", "rasch"] if verb == "irt" else []
    ran = run("analyse", verb, *paths, *words, "--json")
    assert "items-alike" in same_or_refused(ran, lambda: call(es.read_responses(paths)))


@pytest.mark.parametrize(("index", "n"), [("gbt", 2), ("omega", 3)])
def test_a_pair_counts_once(run: Run, tmp_path: Path, index: str, n: int) -> None:
    """Turned round it is another one only by an index with a direction; blanks around ids are none."""
    pairs = pl.DataFrame({"source": ["P0", "P1", " P0", "P4"], "copier": ["P1", "P0", "P1 ", "P5"]})
    ANSWERS.write_csv(tmp_path / "a.csv")
    pairs.write_csv(tmp_path / "p.csv")
    ran = run(
        "analyse", "copying", tmp_path / "a.csv", "--pairs", tmp_path / "p.csv", "--index", index, "--json"
    )
    found = es.copying(ANSWERS, pairs=pairs, index=index)
    same_or_refused(ran, lambda: found)
    assert (found.n_compared, len(found.pairs)) == (n, n)


def test_a_small_group_hides_no_contrast(run: Run, tmp_path: Path) -> None:
    """The flag of an item rests on groups that have persons enough."""
    cells = np.tile(DIFFERENT, (3, 1))
    sexes = [*BY_SEX[:-4] * 3, *["m"] * 8, *["x"] * 4]
    cells[-4:, 4] = 0
    data = table(cells).with_columns(sex=pl.Series(sexes))
    data.write_csv(tmp_path / "a.csv")
    words = ("--group", "sex", "--reference", "m", "--method", "std")
    ran = run("analyse", "dif", tmp_path / "a.csv", *words, "--json")
    found = es.dif(data, "sex", reference="m", method="std")
    assert "few-in-group" in same_or_refused(ran, lambda: found)
    own, small = (found.contrasts.filter(focal=focal).filter(item="Q4")["effect"][0] for focal in ("f", "x"))
    assert found.items.filter(item="Q4")["effect"][0] == own
    assert abs(small) > abs(own)
    assert "Q4" in found.flagged


def test_an_option_twice_is_refused() -> None:
    data = table(np.where(CELLS == 1, "A", "B"))
    with pytest.raises(es.ArgumentError, match=r"Q0, A. is on another row"):
        es.copying(data, dict.fromkeys(ITEMS, "A"), items=OPTION_CURVES)
