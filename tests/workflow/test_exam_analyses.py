"""Of a form, what counts is analysed as its total: no pilot item, and nothing that everybody was given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from examgen import exam
from examgen.assembly import assemble, bank_sha256
from examgen.workflow import exam_analyses, sittings
from examgen.workflow.analysis_documents import Document
from examgen.workflow.exam_analyses import analyse_exam
from examgen.workflow.sittings import Wanted
from tests.samples import blueprint, shelf
from tests.sittings import bank_items, table

WHO = {"reason": "r", "by": "b", "date": "2026-11-20"}


def built(folder: Path, n: int = 120, **asked: object) -> Path:
    """A package of two forms with pilot items, and the answers of `n` candidates beside it."""
    bank = shelf(items=bank_items())
    made = assemble([bank], *blueprint(**{"forms": 2, "items": 10, "anchor": 4, "pilot": 2, **asked}))
    exam.write_package(folder / "exam", exam.exam_files(made, bank_sha256([bank]), {}))
    sittings.simulate(folder / "exam", n, 6, folder / "answers.csv")
    return folder / "exam"


def scored(folder: Path, *corrections: dict[str, str]) -> Path:
    """The package of `folder`, scored."""
    path = folder / "corrections.yaml"
    path.write_text(yaml.safe_dump([{**one, **WHO} for one in corrections]), "utf-8")
    wanted = Wanted(corrections=path) if corrections else Wanted()
    sittings.score(folder / "exam", [folder / "answers.csv"], wanted=wanted)
    return folder / "exam"


def right(folder: Path, form: str) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """By item, who of a form has it right, from the key and the answers alone."""
    rows = [row for row in table(folder / "answers.csv") if row["form"] == form]
    return {
        k["item"]: np.array([row[f"Q{k['question']}"] in k["key"].split("|") for row in rows], dtype=float)
        for k in table(folder / "exam/secure/key.csv")
        if k["form"] == form
    }


def points(folder: Path) -> dict[str, str]:
    return {row["item"]: row["points"] for row in table(folder / "exam/secure/key.csv")}


def kr20(columns: list[np.ndarray[tuple[int], np.dtype[np.float64]]]) -> float:
    x = np.stack(columns, axis=1)
    k = x.shape[1]
    return float(k / (k - 1) * (1 - x.var(axis=0, ddof=1).sum() / x.sum(axis=1).var(ddof=1)))


def form_of(document: Document, name: str) -> Document:
    [found] = [one for one in document["forms"] if one["form"] == name]
    return found


def test_pilot_items_are_no_part_of_a_forms_total(tmp_path: Path) -> None:
    built(tmp_path)
    found = analyse_exam(scored(tmp_path)).document
    worth = points(tmp_path)
    for name in "AB":
        form, of = form_of(found, name), right(tmp_path, name)
        counted = [x for item, x in of.items() if worth[item] == "1"]
        assert (form["n_items"], form["n_pilot"], form["cut"]) == (10, 2, 6.0)
        assert form["mean"] == pytest.approx(sum(counted).mean())  # type: ignore[union-attr]
        assert form["alpha"] == pytest.approx(kr20(counted))
        assert len(form["score_counts"]) == 11
    for row in found["items"]:
        if row["standing"] == "pilot":
            [name] = {one["form"] for one in row["asked"]}
            of = right(tmp_path, name)
            rest = sum(x for item, x in of.items() if worth[item] == "1")
            assert row["facility"] == pytest.approx(of[row["name"]].mean())
            assert row["item_rest"] == pytest.approx(np.corrcoef(of[row["name"]], rest)[0, 1])
            assert row["item_total"] is None
