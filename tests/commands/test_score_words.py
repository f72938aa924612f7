"""A plain `examgen score` is understood without typer, and means what typer takes it to mean."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.commands import commands, scored
from examgen.commands.scored import score_words
from examgen.core.problems import Exit

PLAIN = (
    "exam", "a.csv", "b c.csv", "คำตอบ.csv", "1", "score",
    "--json", "--strict", "--signals", "--no-signals", "--elements", "--careful",
    "--out", "--roster", "--corrections", "--without",
)  # fmt: skip
STRANGE = (
    "", "-", "--", "-h", "--help", "--version", "--out=here", "--no-json", "--str", "--dry-run",
    "--identities", "--marks", "--processes", "--format", "--encoding", "--dask", "--compare",
)  # fmt: skip

Call = tuple[tuple[Any, ...], dict[str, Any]]


def called(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> Call:
    """What typer has scored by these words, with the options that are not as they are when left out."""
    calls: list[Call] = []

    def score(*arguments: Any, **options: Any) -> Exit:
        calls.append((arguments, options))
        return Exit.DONE

    monkeypatch.setattr(scored, "score", score)
    commands()(words, prog_name="examgen", standalone_mode=False)
    [call] = calls
    return call


@given(st.lists(st.sampled_from(PLAIN), max_size=8))
def test_what_is_plain_means_the_same_to_typer(words: list[str]) -> None:
    found = score_words(["score", "exam", *words])
    if found is None:
        return
    with pytest.MonkeyPatch.context() as patch:
        arguments, options = called(patch, ["score", "exam", *words])
        _, left_out = called(patch, ["score", "exam", "a.csv"])
    assert arguments == (found.exam_dir, found.answers)
    assert options == {**left_out, **found.asked}


@pytest.mark.parametrize("option", [word for word in PLAIN if word.startswith("--")])
def test_each_plain_option_is_understood(option: str) -> None:
    value = ["there"] if option in ("--out", "--roster", "--corrections", "--without") else []
    found = score_words(["score", "exam", option, *value, "a.csv"])
    assert found is not None
    assert len(found.asked) == 1
    assert [path.name for path in found.answers] == ["a.csv"]


@given(st.lists(st.sampled_from(PLAIN), max_size=4), st.sampled_from(STRANGE), st.data())
def test_what_is_not_plain_is_left_to_typer(words: list[str], strange: str, data: st.DataObject) -> None:
    words.insert(data.draw(st.integers(0, len(words))), strange)
    assert score_words(["score", "exam", "a.csv", *words]) is None


def test_other_commands_are_left_to_typer() -> None:
    assert score_words([]) is None
    assert score_words(["score"]) is None
    assert score_words(["score", "exam"]) is None
    assert score_words(["verify", "exam", "a.csv"]) is None


def test_a_plain_scoring_loads_neither_typer_nor_pydantic(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv[:1] = ['examgen', 'score']\n"
        "from examgen.commands import main\n"
        "try: main()\n"
        "except SystemExit as stop: print(stop.code)\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), "a.csv", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{tmp_path} holds no exam.yaml" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "2"
    assert not {"typer", "pydantic", "rich", "numpy.random", "polars"} & set(ran.stderr.split())
