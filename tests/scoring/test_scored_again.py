"""A correction after the answer files are gone: the responses of the newest run say the same as the files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from examgen.assembly.verification import verify
from examgen.core.exam.runs import recorded_scoring
from examgen.core.problems import Refused, WrongUsage
from examgen.scoring import score as sittings
from examgen.scoring.options import ScoringOptions
from examgen.scoring.score import ScoringResult
from tests.analyses.test_administrations import sat, write
from tests.sittings import small_package, table


def files_of(done: ScoringResult) -> dict[str, Any]:
    """Every file of a run, and what its audit says of the scoring."""
    found: dict[str, Any] = {
        path.name: path.read_bytes() for path in (done.folder / "runs" / f"{done.run:04d}").iterdir()
    }
    found["audit.json"] = recorded_scoring(json.loads(found["audit.json"]))
    return found


@pytest.mark.parametrize("personal", [False, True], ids=["plain", "personal"])
def test_the_same_run_comes_out_without_the_answer_files(tmp_path: Path, personal: bool) -> None:
    """Rows repeated, set aside and given to somebody by decisions, extra columns of one file alone."""
    folder, files, wanted = sat(tmp_path, personal)
    files.append(
        write(
            tmp_path / "late.csv", [["candidate_id", "form", "answers", "ห้อง"], ["0007x", "A", "A" * 16, ""]]
        )
    )
    decided = wanted.model_copy(update={"corrections": None, "formats": ("parquet",)})
    sittings.score(folder, files, options=decided)
    there = shutil.copytree(folder, tmp_path / "there")
    with_files = files_of(
        sittings.score(folder, files, options=wanted.model_copy(update={"formats": ("parquet",)}))
    )
    for path in (*files, *decided.identities, *decided.marks):
        path.rename(path.with_suffix(".gone"))
    again = sittings.score(
        there, [], options=ScoringOptions(corrections=wanted.corrections, formats=("parquet",))
    )
    assert again.run == 3
    assert again.audit["rows"]["quarantined"]
    assert again.audit["rows"]["identical_repeats"]
    assert again.audit["decided"]
    found = files_of(again)
    assert sorted(found) == sorted(with_files)
    assert [name for name in found if found[name] != with_files[name]] == []
    assert not sittings.score(
        there, [], options=ScoringOptions(corrections=wanted.corrections, formats=("parquet",))
    ).is_new


def test_paths_are_told_from_a_folder_and_older_runs_go_on(tmp_path: Path) -> None:
    """An audit that names files by their whole paths holds, says the same, and is scored again."""
    folder, files, wanted = sat(tmp_path, False)
    decided = wanted.model_copy(update={"corrections": None})
    assert str(tmp_path) in json.dumps(sittings.score(folder, files, options=decided).audit)
    here = {"with_paths_from": tmp_path}
    assert not sittings.score(folder, files, options=decided.model_copy(update={**here})).is_new
    again = sittings.score(folder, [], options=ScoringOptions(corrections=wanted.corrections, **here))
    assert again.run == 3
    assert str(tmp_path) not in json.dumps(again.audit)
    assert [one["file"] for one in again.audit["inputs"]] == [path.name for path in files]
    sources = {one["source"].rpartition(":")[0] for one in again.audit["decided"]}
    assert sources <= {one["file"] for one in again.audit["records"]}
    assert verify(folder).problems == []
    assert not sittings.score(folder, files, options=wanted.model_copy(update={**here})).is_new


def small(tmp_path: Path, **asked: Any) -> Path:
    folder = small_package(tmp_path / "exam")
    path = write(
        tmp_path / "a.csv",
        [["candidate_id", "form", "answers"], ["1", "A", "ABCD"], ["2", "B", "ABCD"], ["x", "Z", "A"]],
    )
    sittings.score(folder, [path], options=ScoringOptions(**asked))
    path.unlink()
    return folder


def correction(folder: Path, name: str = "c.yaml") -> Path:
    path = folder.parent / name
    path.write_text("- {kind: drop, form: A, question: 1, reason: r, by: b, date: 2026-11-20}\n", "utf-8")
    return path


def test_what_would_change_is_shown_without_the_answer_files(tmp_path: Path) -> None:
    folder = small(tmp_path)
    found = sittings.dry_run(folder, [], ScoringOptions(corrections=correction(folder)))
    assert (found.comparison.only_before, found.comparison.only_after) == ((), ())
    assert [one["kind"] for one in found.new] == ["drop"]
    assert [path.name for path in (folder / "results/runs").iterdir()] == ["0001"]


def test_a_correction_is_taken_back_without_the_answer_files(tmp_path: Path) -> None:
    folder = small(tmp_path)
    before = table(folder / "results/candidates.csv")
    changed = sittings.score(folder, [], options=ScoringOptions(corrections=correction(folder)))
    assert table(folder / "results/candidates.csv") != before
    with pytest.raises(Refused) as refused:
        sittings.score(folder, [], options=ScoringOptions())
    assert [one.code for one in refused.value.problems] == ["leaves-out-corrections"]
    back = sittings.score(folder, [], options=ScoringOptions(without=("corrections",)))
    assert (changed.run, back.run) == (2, 3)
    assert table(folder / "results/candidates.csv") == before


@pytest.mark.parametrize("asked", [{"identities": (Path("i.csv"),)}, {"encoding": "cp874"}])
def test_what_only_files_can_tell_asks_for_them(tmp_path: Path, asked: dict[str, Any]) -> None:
    folder = small(tmp_path)
    with pytest.raises(WrongUsage, match="Name the files"):
        sittings.score(folder, [], options=ScoringOptions(corrections=correction(folder), **asked))


def test_the_roster_must_be_that_of_the_run(tmp_path: Path) -> None:
    roster = write(tmp_path / "r.csv", [["candidate_id"], ["1"], ["2"], ["3"]])
    folder = small(tmp_path, roster=roster)
    ledger = (folder / "results/ledger.csv").read_bytes()
    sittings.score(folder, [], options=ScoringOptions(corrections=correction(folder), roster=roster))
    assert (folder / "results/ledger.csv").read_bytes() == ledger
    roster.write_text("candidate_id\n1\n", "utf-8")
    with pytest.raises(Refused) as refused:
        sittings.score(folder, [], options=ScoringOptions(corrections=correction(folder), roster=roster))
    assert [one.code for one in refused.value.problems] == ["other-roster"]


def test_a_run_that_was_touched_is_not_scored_again(tmp_path: Path) -> None:
    folder = small(tmp_path)
    path = folder / "results/runs/0001/responses.parquet"
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"\x01\x02\x04\x08", b"\x02\x02\x04\x08", 1))
    with pytest.raises(Refused) as refused:
        sittings.score(folder, [], options=ScoringOptions(corrections=correction(folder)))
    assert {one.code for one in refused.value.problems} == {"file-changed"}


def test_without_a_run_the_answer_files_are_asked_for(tmp_path: Path) -> None:
    folder = small_package(tmp_path / "exam")
    with pytest.raises(WrongUsage, match="Name the answer files"):
        sittings.score(folder, [], options=ScoringOptions(corrections=correction(folder)))
