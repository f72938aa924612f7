"""`examgen analyse dif --json` beside `es.dif` on the same file: the same numbers, findings and notes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from examgen.stats.dif_analysis import METHODS
from tests.commands.conftest import Run
from tests.commands.hostile_responses import SCORES, answers, text
from tests.commands.test_analysing_hostile import file_of
from tests.effort import ALL
from tests.psychometrics.reference import found
from tests.stats.both_ways import typed

SIM = found("data/sim_dif.csv")
WAYS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "plain": {"purify": False, "adjust": "none", "correction": False},
    "logistic": {"method": "logistic", "kind": "nudif", "criterion": "wald", "adjust": "holm"},
    "std": {"method": "std", "alpha": 0.01},
    "sibtest": {"method": "sibtest", "least": 2, "adjust": "bonferroni"},
}


def both(run: Run, path: Path, group: str, **options: Any) -> Any:
    """The document of the command, found equal to the result of the library."""
    told = run.json("analyse", "dif", path, "--group", group, *typed(path.parent, options))
    own = json.loads(es.dif(es.read_responses(path, exclude=[group]), group, **options).to_json())
    assert {name: told[name] for name in own} == own
    assert set(told) - set(own) == {"file", "sha256"}
    return told


def codes(document: dict[str, Any]) -> list[str]:
    return [note["code"] for note in document["notes"] if isinstance(note, dict)]


def written(path: Path, cells: Any, groups: list[str]) -> Path:
    path.write_text(text(cells, groups=groups))
    return path


@pytest.mark.parametrize("way", list(WAYS))
def test_every_method(run: Run, way: str) -> None:
    both(run, SIM, "group", focal="focal", **WAYS[way])


def test_defaults_are_purified_and_adjusted(run: Run) -> None:
    """Of the psychometrician's data the items with DIF were found so, and one more without."""
    told = both(run, SIM, "group", focal="focal")
    assert (told["purified"], told["adjust"]) == (True, "bh")
    assert told["rounds"] > 0
    true = {"I05", "I12", "I20"}  # and I27, whose difference has no direction
    assert set(told["flagged"]) == true
    plain = both(run, SIM, "group", focal="focal", purify=False, adjust="none")
    assert set(plain["flagged"]) > true


def test_several_groups_and_those_without_one(run: Run, tmp_path: Path) -> None:
    groups = [["R", "F", "G", ""][n % 4] for n in range(400)]
    path = written(tmp_path / "groups.csv", answers(400, 8), groups)
    told = both(run, path, "g", reference="R")
    assert codes(told) == ["no-group"]
    assert told["focal"] == ["F", "G"]
    told = both(run, path, "g", reference="R", focal=["G"])
    assert codes(told) == ["no-group", "other-groups"]


@pytest.mark.parametrize(
    ("blank", "kind"),
    [
        ((0.02, 0.02), "missing-answers"),
        ((0.01, 0.025), "missing-answers"),
        ((0.0, 0.05), "incomplete-matching"),  # as where one group is slower
        ((0.2, 0.2), "incomplete-matching"),
    ],
)
def test_blank_cells(run: Run, tmp_path: Path, blank: tuple[float, float], kind: str) -> None:
    cells = answers(400, 9).astype(object)
    cells[np.random.default_rng(1).random(cells.shape) < np.resize(blank, 400)[:, None]] = ""
    cells[:, 4], cells[:, 5], cells[::3, 6] = "", 1, 2
    path = written(tmp_path / "blank.csv", cells, ["R", "F"] * 200)
    told = both(run, path, "g", focal="F")
    assert codes(told) == [kind, "no-answers", "not-dichotomous", "all-right"]


def refused(run: Run, path: Path, status: int, **options: Any) -> tuple[str, str]:
    """What the command says of it, and what the library."""
    said = run.refused("analyse", "dif", path, "--group", "g", *typed(path.parent, options), status=status)
    with pytest.raises(es.ArgumentError) as error:
        es.dif(es.read_responses(path, exclude=["g"]), "g", **options)
    return " ".join(said.split()), str(error.value)


def test_a_role_is_asked_for_where_it_is_not_certain(run: Run, tmp_path: Path) -> None:
    """Neither the order of the rows nor that of the alphabet makes a reference group."""
    cells = answers(400, 8)
    path = written(tmp_path / "words.csv", cells, ["m", "f"] * 200)
    for said in refused(run, path, 2):
        assert "g contains f, m. Name the reference group with" in said
    path = written(tmp_path / "numbers.csv", cells, ["1", "0"] * 200)
    told = both(run, path, "g")
    assert (told["reference"], told["focal"]) == ("0", ["1"])
    backwards = written(tmp_path / "rows.csv", cells[::-1], ["0", "1"] * 200)
    assert both(run, backwards, "g")["items"] == told["items"]


def test_groups_that_are_written_in_two_ways_are_told(run: Run, tmp_path: Path) -> None:
    """`A` and `a` are two groups; that all others are one of both would be a guess."""
    cells, groups = answers(400, 8), [["B", "b ", "A", "a", "A", "B"][n % 6] for n in range(400)]
    path = written(tmp_path / "labels.csv", cells, groups)
    for options in ({"focal": "B"}, {"reference": "A"}):
        for said in refused(run, path, 1, **options):
            assert "g contains groups that differ only in capital letters or spaces: A, a, B, b" in said
    told = both(run, path, "g", focal=["B"], reference="A")
    assert codes(told) == ["alike-groups", "other-groups"]
    assert told["notes"][0]["values"]["names"] == "A, a, B, b"


def test_blank_sheets_are_no_candidates(run: Run, tmp_path: Path) -> None:
    """With a key a blank is wrong; who answered nothing at all is left out and told."""
    cells, groups = answers(400, 8), ["m", "f"] * 200
    plain = both(run, written(tmp_path / "plain.csv", cells[20:], groups[20:]), "g", focal="f")
    blank = cells.astype(object)
    blank[:20] = ""
    told = both(run, written(tmp_path / "blank.csv", blank, groups), "g", focal="f")
    assert (codes(told), told["items"]) == (["blank-sheets"], plain["items"])
    assert told["notes"][0]["values"]["n"] == 20
    key = tmp_path / "key.csv"
    key.write_text("item,key\n" + "".join(f"I{n},1\n" for n in range(1, 9)))
    path = tmp_path / "blank.csv"
    keyed = run.json("analyse", "dif", path, "--group", "g", "--focal", "f", "--key", key)
    own = es.dif(es.read_responses(path, key=key, exclude=["g"]), "g", focal="f").to_dict()
    assert keyed["items"] == json.loads(json.dumps(own["items"])) == plain["items"]
    assert codes(keyed) == codes(own) == ["unlike-key", "blank-sheets"]


@pytest.mark.parametrize("names", [list(SCORES)[n::4] for n in range(4)])
def test_any_file_of_scores(run: Run, tmp_path: Path, names: list[str]) -> None:
    """Of what both can read, both give the same result, or neither has one. In `make test` half of the methods
    are tried on a file, the others on the next."""
    for n, name in enumerate(names):
        path = file_of(tmp_path, SCORES[name], "responses.csv.gz" if name == "gzip" else "responses.csv")
        try:
            data = es.read_responses(path, exclude=["g"])
        except es.ArgumentError:
            continue
        for method in METHODS if ALL else METHODS[n % 2 :: 2]:
            told = run.json("analyse", "dif", path, "--group", "g", "--focal", "F", "--method", method)
            try:
                own = es.dif(data, "g", focal="F", method=method).to_dict()
            except es.ArgumentError:
                assert "error" in told, (name, method)
                continue
            assert "error" not in told, (name, method, told)
            assert codes(told)[-len(codes(own)) :] == codes(own) or not codes(own), (name, method)
            for field in set(own) - {"notes"}:
                assert told[field] == json.loads(json.dumps(own[field])), (name, method, field)


def test_groups_that_are_codes_and_options_that_do_nothing(run: Run, tmp_path: Path) -> None:
    data = es.example(n_persons=300)
    groups = ["99"] * 15 + ["-1"] * 15 + ["f", "m"] * 135
    path = tmp_path / "r.csv"
    data.frame().rename({"person": "id"}).with_columns(g=pl.Series(groups)).write_csv(path)
    told = both(run, path, "g", reference="m")
    names = [one["values"]["names"] for one in told["notes"] if one["code"] == "word-as-group"]
    assert names == ["-1, 99"]
    for options in ({"kind": "udif"}, {"criterion": "wald"}):
        ran = run("analyse", "dif", path, "--group", "g", "--reference", "m", *typed(tmp_path, options))
        assert (ran.status, "applies only to --method logistic" in ran.err) == (2, True)
        with pytest.raises(es.ArgumentError, match="applies only to method='logistic'"):
            es.dif(data, groups, reference="m", **options)
    with pytest.raises(es.ArgumentError, match="data has no column G"):
        es.dif(pl.read_csv(path), "G", reference="m")


@pytest.mark.parametrize("verb", ["dif", "irt"])
def test_one_group(run: Run, tmp_path: Path, verb: str) -> None:
    path = tmp_path / "r.csv"
    frame = es.example(n_persons=60).frame().rename({"person": "id"})
    frame.with_columns(g=pl.lit("f")).write_csv(path)
    ran = run("analyse", verb, path, "--group", "g")
    assert ran.status == 1
    assert "groups" not in ran.err.split("[")[0]
