"""What is past its time goes, where `examgen.yaml` says for how long things are kept, and the record says so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from examgen.site import uploads as keeping
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
