"""`analyse copying` of a scored exam: by item and option over forms, within the rooms of its roster."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from examgen.analysis.copying import copying_of_run
from examgen.analysis.options import CopyingOptions
from examgen.analysis.subscores import subscores_of_run
from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.problems import WrongUsage
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from tests.samples import blueprint, shelf
from tests.sittings import write_table


@pytest.fixture(scope="module")
def exam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two forms of 20 items, 10 of them common, and 160 candidates; the first and the last of each form have
    the same answers."""
    folder = tmp_path_factory.mktemp("copied")
    built = assemble([shelf()], *blueprint(forms=2, items=20, anchor=10))
    write_package(folder / "exam", exam_files(built, bank_sha256([shelf()]), {}))
    simulations.simulate(folder / "exam", 160, 6, folder / "answers.csv")
    with (folder / "answers.csv").open(encoding="utf-8-sig", newline="") as lines:
        heading, *rows = csv.reader(lines)
    for form in "AB":
        own = [row for row in rows if row[1] == form]
        own[0][2:22] = own[-1][2:22] = "DBACCABDDACBBDCAACDB"  # mostly wrong
    write_table(folder / "answers.csv", rows, heading)
    sittings.score(folder / "exam", [folder / "answers.csv"])
    return folder / "exam"


def test_forms_are_compared_on_what_they_share(exam: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("source,copier\nSYN-00001,SYN-00002\nSYN-00001,SYN-00003\n")
    found = copying_of_run(exam, None, CopyingOptions(pairs=pairs)).result
    assert found.pairs["n_items"].to_list() == [10, 20]
    assert found.pairs.select("p_gbt", "p_omega").null_count().row(0) == (0, 0)
    assert found.n_items == 30


def test_all_pairs_over_forms(exam: Path) -> None:
    found = copying_of_run(exam, "1", CopyingOptions(adjust="bh", alpha=0.2)).result
    assert found.n_compared == 160 * 159 // 2
    same = found.pairs.filter(matches=20, n_items=20)
    assert len(same) == 2
    assert same["listed"].all()


def test_rooms_are_those_of_a_roster(exam: Path) -> None:
    with pytest.raises(WrongUsage, match="--roster"):
        copying_of_run(exam, None, CopyingOptions(), within_rooms=True)


def test_blank_sheets_are_told_of_a_run(exam: Path, tmp_path: Path) -> None:
    with (exam.parent / "answers.csv").open(encoding="utf-8-sig", newline="") as lines:
        heading, *rows = csv.reader(lines)
    for row in rows[20:24]:
        row[2:22] = [""] * 20
    write_table(tmp_path / "blank.csv", rows, heading)
    made = sittings.score(exam, [tmp_path / "blank.csv"], tmp_path / "results")
    run = str(made.folder)
    found = copying_of_run(exam, run, CopyingOptions()).result
    assert found.n_compared == 156 * 155 // 2
    for notes in (found.notes, subscores_of_run(exam, run).result.notes):
        assert [one.values["n"] for one in notes if getattr(one, "code", "") == "blank-sheets"] == [4]
