"""What is past its time goes, where `examgen.yaml` says for how long things are kept, and the record says so."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from examgen.core.exam.bindings import exam_sha256
from examgen.core.exam.manifest import read_manifest
from examgen.site import keeping
from examgen.site.audit.models import Entry
from examgen.site.jobs.models import Job, State
from tests.site.test_security import left


def says(results: Path, text: str) -> None:
    (results.parents[1] / "examgen.yaml").write_text(text, "utf-8")


@pytest.fixture
def sitting(results: Path) -> Path:
    """The folder of the sitting, with answers, scans and decisions in it."""
    folder = results / "sitting"
    for name in ("answers/a.csv", "scans/1/responses.csv", "roster.csv", "marks.csv"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", "utf-8")
    return folder


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    now, today = timezone.now(), timezone.localdate()
    monkeypatch.setattr(keeping.timezone, "now", lambda: now + timedelta(days=days))
    monkeypatch.setattr(keeping.timezone, "localdate", lambda: today + timedelta(days=days))


def gone() -> list[tuple[str, Any]]:
    return [*Entry.objects.filter(what="keep.remove").values_list("about", "detail")]


def test_everything_stays(results: Path, sitting: Path, person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Job.objects.create(
        kind="score", about="x", by=person("grader"), state=State.DONE, ended_at=timezone.now()
    )
    before = left(results.parents[1])
    later(monkeypatch, 36_000)
    keeping.keep_no_longer()
    assert left(results.parents[1]) == before
    assert (Job.objects.count(), gone()) == (1, [])


def test_answers_go_and_results_stay(results: Path, sitting: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(results, "site: {keep: {answers: 90}}")
    before = left(results) - {"sitting/answers/a.csv", "sitting/scans/1/responses.csv"}
    later(monkeypatch, 0)
    keeping.keep_no_longer()
    assert (sitting / "answers/a.csv").is_file(), "before their time they stay"
    later(monkeypatch, 36_000)
    keeping.keep_no_longer()
    keeping.keep_no_longer()
    assert left(sitting) == {"roster.csv", "marks.csv"}
    assert left(results) == before, "runs, releases and reports stay"
    assert gone() == [(results.name, {"removed": ["answers", "scans"]})], "once"


def test_an_exam_goes_whole(results: Path, sitting: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(results, "site: {keep: {exams: 3650}}")
    for unit in read_manifest(results)["blueprint"]["units"]:
        (results.parents[1] / "item_bank" / unit).mkdir(parents=True, exist_ok=True)
    later(monkeypatch, 36_000)
    keeping.keep_no_longer()
    assert not results.exists()
    assert not sitting.exists()
    assert [detail["removed"] for _, detail in gone()] == [["exam"]]
    [asked] = (results.parents[1] / "uses").iterdir()
    said = json.loads(asked.read_bytes())
    assert (Path(said["folder"]).name, said["is_sat"]) == (results.name, True)
    assert set(said) == {"exam", "fingerprint", "day", "folder", "forms", "candidates", "is_sat"}, "no names"


def test_what_came_of_work_goes_with_its_exam_for_it_names_people(
    results: Path, sitting: Path, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(results, "site: {keep: {exams: 3650}}")
    of = exam_sha256(read_manifest(results))
    made = {"by": person("grader"), "state": State.DONE, "ended_at": timezone.now()}
    Job.objects.create(kind="try-rules", about=results.name, result={"moved": ["690001"]}, **made)
    Job.objects.create(kind="try-rules", about="its-former-name", result={"of": of}, **made)
    Job.objects.create(kind="try-rules", about="another", result={"of": "0" * 64}, **made)
    later(monkeypatch, 36_000)
    keeping.keep_no_longer()
    assert [*Job.objects.values_list("about", flat=True)] == ["another"]
    assert (results.name, {"jobs": 2}) in gone()
    assert not results.exists()


def test_an_exam_whose_manifest_is_damaged_goes_too(
    results: Path, sitting: Path, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(results, "site: {keep: {exams: 3650}}")
    made = {"by": person("grader"), "state": State.DONE, "ended_at": timezone.now()}
    Job.objects.create(kind="try-rules", about=results.name, result={"moved": ["690001"]}, **made)
    (results / "exam.yaml").write_text("{", "utf-8")
    later(monkeypatch, 36_000)
    keeping.keep_no_longer()
    assert not results.exists()
    assert not sitting.exists()
    assert not Job.objects.exists()


def test_what_was_never_released_or_is_worked_on_stays(
    results: Path, sitting: Path, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(results, "site: {keep: {exams: 30, answers: 30}}")
    later(monkeypatch, 36_000)
    job = Job.objects.create(kind="reports", about=results.name, by=person("grader"))
    before = left(results.parents[1])
    keeping.keep_no_longer()
    assert left(results.parents[1]) == before, "a job waits"
    job.delete()
    for path in (results / "results" / "releases").iterdir():
        path.unlink()
    before = left(results.parents[1])
    keeping.keep_no_longer()
    assert left(results.parents[1]) == before
    assert gone() == []


@pytest.mark.parametrize("text", ["site: {keep: {exams: 1}}", "site: {keep: {exam: 90}}", "site: ["])
def test_a_faulty_setting(results: Path, sitting: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    says(results, text)
    later(monkeypatch, 36_000)
    before = left(results.parents[1])
    keeping.keep_no_longer()
    assert left(results.parents[1]) == before
    assert keeping.uploads_stay() == 7 * 24 * 3600


def test_of_old_work_the_last_of_a_kind_stays(
    results: Path, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(results, "site: {keep: {jobs: 30}}")
    by, now = person("grader"), timezone.now()
    old, last, new, waits = (
        Job.objects.create(kind="score", about="x", by=by, state=state, ended_at=ended)
        for state, ended in (
            (State.DONE, now - timedelta(days=90)),
            (State.DONE, now - timedelta(days=80)),
            (State.DONE, now),
            (State.WAITING, None),
        )
    )
    other = Job.objects.create(
        kind="score", about="y", by=by, state=State.DONE, ended_at=now - timedelta(days=90)
    )
    keeping.keep_no_longer()
    assert {*Job.objects.values_list("pk", flat=True)} == {new.pk, waits.pk, other.pk}
    assert gone()[0][1]["jobs"] == 2
    assert (old.about, last.about) == ("x", "x")


def test_analyses_go_with_their_exam(results: Path, sitting: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(results, "site: {keep: {exams: 90}}")
    place = results.parents[1] / "analyses"
    own, another = exam_sha256(read_manifest(results)), "0" * 64  # of one that had the name before
    for number, exams in ((1, {results.name: own}), (2, {}), (3, {results.name: another})):
        (folder := place / f"{number:08}-0000-4000-8000-000000000000").mkdir(parents=True)
        asked = {"kind": "copying", "at": timezone.now().isoformat(), "exams": exams, "units": ["T-1"]}
        (folder / "asked.json").write_text(json.dumps(asked), "utf-8")
    later(monkeypatch, 91)
    keeping.keep_no_longer()
    assert sorted(path.name[:8] for path in place.iterdir()) == ["00000002", "00000003"]
    assert (results.name, {"removed": ["analysis"]}) in gone()
