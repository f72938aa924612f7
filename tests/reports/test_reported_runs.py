"""Which run a report is of, what stands beside it, and what it may never overwrite."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from examgen.core.problems import Refused
from examgen.reports.writing import Reported, ReportOptions, report
from examgen.scoring import score as sittings
from examgen.scoring.runs import read_scored, result_of, run_of
from tests.reports.scored_samples import first, right, sat
from tests.sittings import table


class Place(NamedTuple):
    """A package and a results folder elsewhere, each with two runs of its own people."""

    package: Path
    elsewhere: Path
    answers: Path

    @property
    def own_run(self) -> Path:
        """The second run of the package."""
        return self.package / "results/runs/0002"

    @property
    def other_run(self) -> Path:
        """The second run elsewhere."""
        return self.elsewhere / "runs/0002"


def score(place: Place, right: Mapping[str, int], out: Path | None = None) -> None:
    """Scores candidates with so many right answers, the others blank."""
    head, key = place.answers.read_text("utf-8").splitlines()[:2]
    form, *letters = key.split(",")[1:]
    rows = [[name, form, *letters[:n], *[""] * (len(letters) - n)] for name, n in right.items()]
    path = place.answers.with_name("again.csv")
    path.write_text("\n".join([head, *map(",".join, rows)]) + "\n", "utf-8")
    sittings.score(place.package, [path], out=out)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sat")
    sat(folder / "exam", {"P-01": right})
    place = Place(folder / "exam", folder / "elsewhere", folder / "exam-answers.csv")
    score(place, {"P-01": 5})
    score(place, {"Q-01": 12, "Q-02": 11}, place.elsewhere)
    score(place, {"Q-01": 12, "Q-02": 3}, place.elsewhere)
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Place:
    shutil.copytree(made, tmp_path / "sat")
    folder = tmp_path / "sat"
    return Place(folder / "exam", folder / "elsewhere", folder / "exam-answers.csv")


def reported(place: Place, kind: str = "committee", **asked: Any) -> Reported:
    return report(place.package, place.package.parent, kind, ReportOptions(pdf=False, **asked))


def moved(found: Reported) -> list[str]:
    return [row["candidate_id"] for row in table(found.folder / "moved.csv")]


# ── the run before ───────────────────────────────────────────────────────────────────────────


def test_a_run_is_compared_with_the_one_beside_it_wherever_that_is(place: Place) -> None:
    assert moved(reported(place)) == ["P-01"]
    assert moved(reported(place, results=place.elsewhere)) == ["Q-02"]
    assert moved(reported(place, run=str(place.other_run))) == ["Q-02"]


def test_a_run_that_stands_alone_is_compared_with_none_of_another_folder(place: Place) -> None:
    shutil.rmtree(place.elsewhere / "runs/0001")
    found = reported(place, results=place.elsewhere)
    assert "moved.csv" not in found.names or moved(found) == []
    assert "No earlier run stands beside this one" in (found.folder / "report.html").read_text("utf-8")


@pytest.mark.parametrize("name", ["candidates.csv", "pc_results.csv", "audit.json"])
def test_changes_since_a_run_that_was_touched_are_not_told(place: Place, name: str) -> None:
    path = place.package / "results/runs/0001" / name
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"P-01", b"P-02") + b"\n")
    with pytest.raises(Refused, match="run 1 was changed after scoring") as refused:
        reported(place)
    code = "chain-broken" if name == "audit.json" else "file-changed"
    assert [(one.source, one.code) for one in refused.value.problems] == [(str(path), code)]
    assert not (place.package / "reports/run-0002").exists()
    assert reported(place, "cohort").folder.is_dir()  # which tells of no other run


@pytest.mark.parametrize("how", ["gone", "damaged"])
def test_a_run_before_without_its_audit_is_refused(place: Place, how: str) -> None:
    path = place.package / "results/runs/0001/audit.json"
    path.unlink()
    if how == "damaged":
        path.write_text("{", "utf-8")
    with pytest.raises(Refused, match="run 1 was changed after scoring"):
        reported(place)


# ── where it goes ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("by", ["results", "run"])
def test_a_run_from_elsewhere_overwrites_nothing_of_the_packages_own(place: Place, by: str) -> None:
    own = reported(place, "cohort")
    before = {path: path.read_bytes() for path in own.folder.iterdir()}
    named: dict[str, Any] = {"results": place.elsewhere} if by == "results" else {"run": str(place.other_run)}
    other = reported(place, "cohort", **named)
    assert {path: path.read_bytes() for path in before} == before
    assert other.folder.parent != own.folder.parent


def test_the_packages_own_run_is_called_the_same_by_number_and_by_path(place: Place) -> None:
    for run in (None, "2", str(place.own_run), f"{place.own_run}/../../runs/0002"):
        found = reported(place, "cohort", run=run)
        assert found.folder == place.package / "reports/run-0002/cohort"


# ── one candidate ────────────────────────────────────────────────────────────────────────────


def test_one_candidate_is_read_as_in_the_whole_whatever_stands_in_the_cells_of_others(place: Place) -> None:
    """A cell of the answers may hold lines, and in them what another candidate's line would look like."""
    head, key = place.answers.read_text("utf-8").splitlines()[:2]
    form, *letters = key.split(",")[1:]
    who = ["P-01", "=P-02", "P,03", "P'04", "ป-05", "-P-06"]
    cells = [f'{letters[0]}\n{one},{form},99,99,99.00,pass,"x"\n' for one in reversed(who)]
    with (path := place.answers.with_name("notes.csv")).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*head.split(","), "note\nP-01"])
        for n, (one, note) in enumerate(zip(who, cells, strict=True)):
            writer.writerow([one, form, *letters[: n + 1], *[""] * (len(letters) - n - 1), note])
    done = sittings.score(place.package, [path])
    number = str(done.run)
    whole = read_scored(place.package, number)
    assert sorted(whole.candidates["candidate_id"]) == sorted(who)
    run = run_of(place.package / "results", number)
    for one in who:
        alone = read_scored(place.package, number, who=one)
        assert _texts(alone.candidates.select(whole.candidates.columns)).equals(
            _texts(whole.candidates.filter(pl.col("candidate_id") == one))
        )
        assert _texts(alone.criteria.select(whole.criteria.columns)).equals(
            _texts(whole.criteria.filter(pl.col("candidate_id") == one))
        )
        assert alone.candidates.height == alone.criteria.height == 1
        found = result_of(run, one)
        assert found is not None
        assert found["score"] == whole.candidates.filter(pl.col("candidate_id") == one)["score"][0]
    for nobody in ("P-0", "", "99", "P-01,A"):
        assert result_of(run, nobody) is None
        assert read_scored(place.package, number, who=nobody).candidates.height == 0


def _texts(table: pl.DataFrame) -> pl.DataFrame:
    """Whatever a column holds its texts by."""
    return table.select(pl.all().cast(pl.String))


@pytest.mark.parametrize("kind", ["centre", "room", "file", ""])
def test_one_candidate_of_each_kind_of_place_is_read_as_in_the_whole(place: Place, kind: str) -> None:
    head, key = place.answers.read_text("utf-8").splitlines()[:2]
    form, *letters = key.split(",")[1:]
    files = []
    for n in range(2 if kind == "file" else 1):
        files.append(place.answers.with_name(f"answers-{n}.csv"))
        rows = [
            f"{who}{n},{form},{','.join(letters)},{place_of}" for who, place_of in (("1", "x"), ("10", ""))
        ]
        files[-1].write_text("\n".join([f"{head},{kind or 'note'}", *rows]) + "\n", "utf-8")
    out = place.answers.with_name("out")
    number = str(sittings.score(place.package, files, out=out).run)
    whole = read_scored(place.package, number, out)
    assert whole.place_kind == kind
    for who in [*whole.candidates["candidate_id"], "1"]:
        alone = read_scored(place.package, number, out, who=who)
        assert _texts(alone.candidates.select(whole.candidates.columns)).equals(
            _texts(whole.candidates.filter(pl.col("candidate_id") == who))
        )
        assert _texts(alone.criteria.select(whole.criteria.columns)).equals(
            _texts(whole.criteria.filter(pl.col("candidate_id") == who))
        )
        assert alone.place_kind == kind


def test_what_a_roster_without_rooms_says_is_not_lost(tmp_path: Path) -> None:
    exam, roster = tmp_path / "exam", tmp_path / "roster.csv"
    sat(exam, {"001": first(9), "002": first(4)})
    roster.write_text("candidate_id,seat\n001,A1\n002,\n", "utf-8")
    options = sittings.ScoringOptions(roster=roster)
    sittings.score(exam, [tmp_path / "exam-answers.csv"], options=options)
    assert read_scored(exam).candidates["seat"].to_list() == ["A1", ""]


def test_an_organisation_is_that_of_the_person_wherever_they_sat(tmp_path: Path) -> None:
    exam, roster = tmp_path / "exam", tmp_path / "roster.csv"
    centres = {"001": {"centre": "เหนือ"}, "002": {"centre": "ใต้"}}
    sat(exam, {"001": first(9), "002": first(4)}, extra=centres)
    roster.write_text("candidate_id,centre,seat,สังกัด\n001,เหนือ,A1,บริษัท ก\n002,เหนือ,A2,บริษัท ข\n", "utf-8")
    options = sittings.ScoringOptions(roster=roster)
    sittings.score(exam, [tmp_path / "exam-answers.csv"], options=options)
    found = read_scored(exam).candidates
    assert found.select("seat", "organisation").rows() == [("A1", "บริษัท ก"), ("", "บริษัท ข")]
