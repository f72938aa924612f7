"""`examgen analyse` on files as no analysis would wish for: a clear word about what can and cannot be said."""

from __future__ import annotations

import json
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.commands.conftest import Ran, Run
from tests.commands.hostile_responses import REFUSED, SCORES, X, text
from tests.effort import some

MODELS = ("rasch", "1pl", "2pl", "3pl", "grm", "pcm", "gpcm")
METHODS = ("mh", "logistic", "sibtest")


def file_of(folder: Path, content: str | bytes, name: str = "responses.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def told(ran: Ran) -> dict[str, Any]:
    """The document that was printed: strict JSON, a status that fits, and nothing beside it."""

    def never(constant: str) -> None:
        raise AssertionError(f"{constant} as a result")

    document = json.loads(ran.out, parse_constant=never)
    assert ran.err == ""
    assert ran.status in (0, 1, 2)
    not_converged = document.get("converged") is False
    assert ("error" in document) == (ran.status != 0 and not not_converged)
    assert not not_converged or ran.status == 1
    if "error" in document:
        assert document["error"]["message"]
    return dict(document)


def words_of(document: dict[str, Any]) -> str:
    return " ".join(one["message"] for one in [*document.get("notes", []), *document.get("problems", [])])


@pytest.mark.parametrize(("number", "name"), some(enumerate(SCORES), 10), ids=str)
def test_something_is_said_of_any_scores(tmp_path: Path, run: Run, number: int, name: str) -> None:
    content = SCORES[name]
    path = file_of(tmp_path, content, "responses.csv.gz" if name == "gzip" else "responses.csv")
    found = told(run("analyse", "items", path, "--exclude", "g", "--json"))
    assert found["items"], found
    for model in ("rasch-cml", MODELS[number % len(MODELS)]):
        scores = tmp_path / "abilities.csv"
        ran = run("analyse", "irt", path, "--model", model, "--exclude", "g", "--scores", scores, "--json")
        document = told(ran)
        if ran.status:
            assert words_of(document), document
        else:
            estimated = [row for row in document["items"] if row["a"] is not None]
            assert estimated or words_of(document)
            assert "nan" not in scores.read_text("utf-8-sig").lower()
    for method in (METHODS[number % len(METHODS)],):
        words = ["--group", "g", "--focal", "F", "--method", method, *(["--no-purify"] if number % 2 else [])]
        told(run("analyse", "dif", path, *words, "--json"))


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_holds_no_scores_is_refused_with_the_reason(tmp_path: Path, run: Run, name: str) -> None:
    content, reason = REFUSED[name]
    path = file_of(tmp_path, content)
    of_items = [] if name == "a half" else [["items", path]]  # which takes half points
    for command in (*of_items, ["irt", path, "--model", "2pl"]):
        document = (
            told(run("analyse", *command, "--exclude", "g", "--json"))
            if b"g," in path.read_bytes()
            else (told(run("analyse", *command, "--json")))
        )
        assert document["error"]["exit"] == 1, document
        assert reason in words_of(document)
        assert any(problem["source"].startswith("responses.csv") for problem in document["problems"])


GROUPS = [
    ("one group", ["--focal", "F"], 1, "contains only the group R"),
    ("one group", ["--focal", "R"], 1, "nothing to compare"),
    ("a group column without a word", ["--focal", "F"], 1, "g names no group"),
    ("fifty groups", ["--focal", "G7,G99"], 2, "--focal is 'G99', but g contains G0, G1"),
    ("constant item", ["--focal", "F", "--reference", "F"], 2, "different groups"),
    ("constant item", ["--focal", ","], 2, "Name the reference group with --reference"),
    ("constant item", ["--focal", "F,R"], 2, "--focal names every group of g"),
    ("constant item", ["--focal", "F", "--alpha", "nan"], 2, "--alpha is nan; it must be a number"),
    ("constant item", ["--focal", "F", "--alpha", "2"], 2, "--alpha is 2.0; it must be a number from 0 to 1"),
    ("constant item", ["--focal", "F", "--adjust", "some"], 2, "bh, holm, bonferroni"),
    ("constant item", ["--focal", "F", "--method", "some"], 2, "mh, logistic, std, sibtest"),
    ("constant item", ["--focal", "F", "--kind", "some"], 2, "both, udif"),
    ("constant item", ["--focal", "F", "--method", "logistic", "--criterion", "some"], 2, "lrt"),
    ("one item", ["--focal", "F"], 1, "cannot be matched"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "words", "status", "reason"), GROUPS)
def test_groups_unlike(
    tmp_path: Path, run: Run, name: str, words: list[str], status: int, reason: str
) -> None:
    ran = run("analyse", "dif", file_of(tmp_path, SCORES[name]), "--group", "g", *words, "--json")
    assert ran.status == status
    assert reason in told(ran)["error"]["message"]


def test_a_group_of_one_is_called_by_its_name(tmp_path: Path, run: Run) -> None:
    path = file_of(tmp_path, SCORES["a group of one"])
    found = told(run("analyse", "dif", path, "--group", "g", "--focal", "F", "--json"))
    assert "groups of fewer than 100 candidates: R (59), F (1)" in words_of(found)
    found = told(run("analyse", "irt", path, "--group", "g", "--model", "2pl", "--json"))
    assert "group F: with so few candidates (1)" in words_of(found)


USAGE = [
    (["items"], "--exclude nothing", "no column nothing. Its columns: id, g, I1"),
    (["items"], "--exclude id", "contains the candidate numbers"),
    (["items"], "--exclude g --blank empty", "omitted, not_reached, not_administered"),
    (["items"], "--exclude g --min-n 0", "min-n"),
    (["items"], "--exclude g --key key.csv", "key.csv is not a file"),
    (["items"], "--exclude g --out table.pdf", "must end in .csv or .xlsx"),
    (["irt"], "--exclude g --model 5pl", "--model is '5pl'; it must be one of rasch, rasch-cml"),
    (["irt"], "--exclude g --model 2pl --prior-c norm:-1:1", "2pl has no lower asymptote"),
    (["irt"], "--exclude g --model 3pl --prior-c flat", "norm:MEAN:SD"),
    (["irt"], "--exclude g --model 3pl --prior-c norm:nan:1", "finite"),
    (["irt"], "--exclude g --model 3pl --prior-c norm:0:0", "above 0"),
    (["irt"], "--exclude g --model 3pl --prior-c norm:1e300:1e-300", "within ±20"),
    (["irt"], "--exclude g --model 3pl --prior-c beta:0.5:2", "at least 1"),
    (["irt"], "--exclude g --model 2pl --free I1", "there are no groups"),
    (["irt"], "--group g --model 2pl --free I99", "I99"),
    (["irt"], "--group g --model rasch-cml", "rasch, 1pl, 2pl, 3pl"),
    (["irt"], "--group nothing --model 2pl", "no column nothing"),
    (["dif"], "--group g", "--focal"),
    (["dif"], "--focal F", "--group"),
    (["dif"], "--group id --focal C1", "contains the candidate numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "words", "reason"), USAGE)
def test_wrong_words(tmp_path: Path, run: Run, command: list[str], words: str, reason: str) -> None:
    ran = run("analyse", *command, file_of(tmp_path, text(X)), *words.split(), "--json")
    assert ran.status == 2
    assert reason in told(ran)["error"]["message"]


def test_what_is_no_file(tmp_path: Path, run: Run) -> None:
    for path in (tmp_path, tmp_path / "nothing.csv"):
        ran = run("analyse", "items", path, "--json")
        assert ran.status == 2
        assert "is not a file" in told(ran)["error"]["message"]
    assert run("analyse", "items", "--json").status == 2


@pytest.mark.long("a bound on time and memory")
def test_twenty_thousand_items_of_three_candidates(tmp_path: Path, run: Run) -> None:
    """Refused before any matrix of items × items."""
    row = np.random.default_rng(2).integers(0, 2, (3, 20_000))
    path = file_of(tmp_path, text(row.tolist()))
    ran = run("analyse", "items", path, "--exclude", "g", "--json")
    assert ran.status == 1
    assert [one["code"] for one in told(ran)["problems"]] == ["too-many-items"]


def test_screens_show_no_number_that_is_none(tmp_path: Path, run: Run) -> None:
    """What is undefined is a dash, not `nan`."""
    commands = cycle((["items"], ["irt", "--model", "2pl"], ["irt", "--model", "pcm"]))
    for (name, content), words in zip(some(SCORES.items(), 8), commands, strict=False):
        path = file_of(tmp_path, content)
        shown = run("analyse", words[0], path, *words[1:], "--exclude", "g").text.lower().split()
        assert not {"nan", "inf", "-inf", "none", "-0.000"} & set(shown), name
