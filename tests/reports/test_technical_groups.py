"""The technical report: rooms are groups of candidates where no centre is named, answer files are none."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest

from examgen.reports.technical_report import report


@pytest.mark.parametrize(
    ("kind", "groups"), [("centre", ("centre",)), ("room", ("centre",)), ("file", ()), ("", ())]
)
def test_groups_are_what_the_results_name(kind: str, groups: tuple[str, ...]) -> None:
    """A report that lists two rooms does not say that it knows no group of candidates."""
    people = pl.DataFrame({"candidate_id": ["1", "2"], "centre": ["301", "302"], "organisation": ["", ""]})
    run: Any = SimpleNamespace(candidates=people, is_hidden=False, place_kind=kind, run=1)
    answers = SimpleNamespace(chosen=SimpleNamespace(candidates=["1", "2"]))
    with (
        patch.object(report, "responses_of", return_value=answers),
        patch.object(report, "dif_by_groups", return_value=()) as compared,
    ):
        assert report._dif(run, Path(), None) == (groups, ())
    assert [call.args[1] for call in compared.call_args_list] == [["301", "302"]] * len(groups)
