"""What a command prints as JSON beside what the function of the library returns."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from examgen.stats.arguments import ArgumentError
from examgen.stats.results import Note, Result
from tests.commands.conftest import Ran, Run


def same_both_ways(document: Mapping[str, Any], result: Result) -> None:
    """Every field of the result is in the document, with the same numbers and the same notes."""
    own = result.to_dict()
    document = as_arguments(document, own)
    for name in own:
        assert _alike(document[name], own[name]), (name, document[name], own[name])


def asked(run: Run, folder: Path, verb: str, *tables: pl.DataFrame, **options: Any) -> Ran:
    """A command with `--json` about tables, written as x.csv, y.csv …; its options as the library has them, tables
    among them as files."""
    paths = [folder / f"{name}.csv" for name in "xyz"[: len(tables)]]
    for path, table in zip(paths, tables, strict=True):
        table.write_csv(path)
    return run("analyse", verb, *paths, *typed(folder, options), "--json")


def typed(folder: Path, options: Mapping[str, Any]) -> list[object]:
    """The words of options of the library; a table is written into the folder."""
    words: list[object] = []
    for name, value in options.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
            continue
        if isinstance(value, pl.DataFrame):
            value.write_csv(folder / f"{name}.csv")
        told = folder / f"{name}.csv" if isinstance(value, pl.DataFrame) else value
        words += [f"--{flag}", ",".join(map(str, told)) if isinstance(told, (list, tuple)) else told]
    return words


def same_or_refused(ran: Ran, call: Callable[[], Result]) -> set[str]:
    """A command with `--json` and a call of the library have the same result, or refuse the same; the codes of
    the notes, or of what is refused."""
    document = json.loads(ran.out or ran.err)
    try:
        found = call()
    except ArgumentError as error:
        notes = [one for one in error.args if isinstance(one, Note)]
        refused = {one.values.get("fault", one).code for one in notes}
    else:
        assert ran.status == 0, ran.text
        same_both_ways(document, found)
        return {one.code for one in getattr(found, "notes", ())}
    assert ran.status in (1, 2), ran.text
    assert {one["code"] for one in document["problems"]} <= refused
    return refused


class Case(NamedTuple):
    """Tables, the command about their files, the same call of the library, what both must tell, and what they must
    not."""

    tables: Sequence[pl.DataFrame]
    words: str
    call: Callable[..., Result]
    codes: set[str]
    silent: frozenset[str] = frozenset()

    def hold(self, run: Run, folder: Path) -> None:
        """Fails where command and library differ, or tell other than they must; a word is the number of a table."""
        files = {str(n): folder / f"{n}.csv" for n in range(len(self.tables))}
        for path, one in zip(files.values(), self.tables, strict=True):
            one.write_csv(path)
        ran = run("analyse", *(files.get(word, word) for word in self.words.split()), "--json")
        if self.words.startswith("cut "):  # its document has the forms of an exam
            notes = self.call(*self.tables).to_dict()["notes"]
            assert as_arguments(json.loads(ran.out)["notes"], notes) == notes
            codes = {one["code"] for one in notes}
        else:
            codes = same_or_refused(ran, lambda: self.call(*self.tables))
        assert self.codes <= codes
        assert not codes & self.silent


def answers(cells: Any, names: Sequence[str], prefix: str = "P") -> pl.DataFrame:
    """A row for each person, with ids."""
    ids = pl.Series("id", [f"{prefix}{n}" for n in range(len(cells))])
    return pl.DataFrame([ids, *(pl.Series(name, cells[:, j]) for j, name in enumerate(names))])


def as_arguments(document: Any, own: Any) -> Any:
    """A document of the command with the sentences of the library, where these are the same but for an option,
    which the library calls by the name of its argument."""
    if isinstance(document, Mapping) and isinstance(own, Mapping):
        if isinstance(document.get("message"), str) and re.search(r"--|\.csv", document["message"]):
            # `--smooth loglinear` is `smooth='loglinear'`, `--points and` is `points and`
            pattern = re.sub(
                r"\\-\\-[a-z]+(?:\\-[a-z]+)*(\\ [a-z]+)?",
                lambda option: rf"(?:\S+({option[1] or ''})?|missing=\{{None: '{(option[1] or '')[2:]}'\}})",
                re.escape(document["message"]),
            )
            pattern = re.sub(r"\w+\\\.csv", r"\\S+", pattern)  # a file is the argument that it is
            if re.fullmatch(pattern, own["message"]):
                document = {**document, "message": own["message"]}
        return {name: as_arguments(one, own.get(name)) for name, one in document.items()}
    if isinstance(document, list) and isinstance(own, list):
        return [as_arguments(one, other) for one, other in zip_longest(document, own)][: len(document)]
    return document


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(_alike(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return bool(one == (pytest.approx(other, rel=1e-12) if isinstance(one, float) else other))
