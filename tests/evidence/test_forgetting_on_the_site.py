"""The database of a site forgets a person with the files, and its record of who did what holds."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.evidence.people import NAME, OTHER, PERSON, THAI, examgen, ok, tombstone_in
from tests.evidence.searching import traces

ASKED = ("--by", "DPO", "--reason", "request 3/2569")
_READY = """
import json, sys
from pathlib import Path
from examgen.site.server import begin, make_ready
from examgen.site.site import Site
site = Site(Path(sys.argv[1]), "", (), False, False)
begin(site)
make_ready(site)
from examgen.site.accounts.models import User
from examgen.site.audit.models import Entry
from examgen.site.audit.record import record
from examgen.site.jobs.models import Job
from examgen.site.sittings.models import Assessment, Rating
"""
_FILL = f"""
user = User.objects.create(username="clerk", name="Clerk")
for n in range(5):
    record(user, "exam.build", "X", n=n)
record(user, "persons.decide", "X", candidates=["{PERSON}", "{OTHER}"], reason="{NAME} was ill")
record(user, "answers.upload", "X", files=["a.csv"])
Job.objects.create(kind="report.candidate", about="X", by=user, asked={{"candidate": "{THAI}"}},
                   result={{"files": ["{PERSON}.pdf"]}}, problems=[{{"source": "{PERSON}", "message": "{NAME}"}}])
one = Assessment.objects.create(exam="X", fingerprint="0" * 64, candidate="{PERSON}", user=user)
Rating.objects.create(assessment=one, task="T1", points=2, note="speaks of his mother", counter=1, said_at=1)
"""
_LOOK = """
said = {
    "entries": [[e.number, e.what, e.detail] for e in Entry.objects.order_by("number")],
    "candidate": Assessment.objects.get().candidate,
    "note": Rating.objects.get().note,
    "asked": Job.objects.get().asked,
}
print("SAID" + json.dumps(said))
"""


def _site(folder: Path, code: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", _READY + code, str(folder)], capture_output=True, text=True, check=True
    )
    line = next((one for one in done.stdout.splitlines() if one.startswith("SAID")), "SAID{}")
    said: dict[str, object] = json.loads(line.removeprefix("SAID"))
    return said


@pytest.fixture(scope="module")
def served(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a site whose database names the person in several tables."""
    folder = tmp_path_factory.mktemp("served") / "ws"
    shutil.copytree(whole, folder)
    _site(folder, _FILL)
    return folder


def test_the_database_forgets_and_its_record_holds(served: Path, tmp_path: Path) -> None:
    place = tmp_path / "ws"
    shutil.copytree(served, place)
    assert any(one.startswith(".examgen-web/") for one in traces(place, [PERSON, NAME]))
    found = json.loads(ok(place, "person", "where", PERSON, "--json"))["files"]
    tables = {one["path"] for one in found if one["path"].startswith("database: ")}
    assert {"database: audit_entry", "database: jobs_job", "database: sittings_assessment"} <= tables
    tombstone = tombstone_in(ok(place, "forget", PERSON, *ASKED))
    assert traces(place, [PERSON, NAME]) == []
    said = _site(place, _LOOK)
    assert (said["candidate"], said["note"], said["asked"]) == (tombstone, "", {"candidate": tombstone})
    entries = said["entries"]
    assert isinstance(entries, list)
    decided = next(one for one in entries if one[1] == "persons.decide")
    assert decided[2]["candidates"] == [tombstone, OTHER]
    last = next(one for one in entries if one[1] == "persons.erase")
    assert last[2]["forgotten"] == [tombstone]
    status, _ = examgen(place, "verify", "output/X")
    assert status == 0


def test_an_erasure_that_broke_off_is_completed_by_the_next_start(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed when the files were in place and the database was not: what is left says how to go on."""
    place = tmp_path / "ws"
    shutil.copytree(served, place)
    before = place.parent / "database"
    shutil.copytree(place / ".examgen-web", before)
    pending = place / ".examgen-web/erasing.json"
    kept: list[bytes] = []
    unlink = Path.unlink

    def kept_before(path: Path, missing_ok: bool = False) -> None:
        if path.name == pending.name:
            kept.append(path.read_bytes())
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", kept_before)
    ok(place, "forget", PERSON, *ASKED)
    monkeypatch.undo()
    shutil.rmtree(place / ".examgen-web")
    shutil.copytree(before, place / ".examgen-web")
    pending.write_bytes(kept[-1])
    assert traces(place, [PERSON, NAME])
    said = _site(place, _LOOK)
    assert said["candidate"] != PERSON
    # what the pages of the file keep beside its rows goes with the next one
    left = [one for one in traces(place, [PERSON, NAME]) if "table:" in one or "erasing.json" in one]
    assert left == []


def test_a_database_that_never_came_to_it_stays_as_it_was(served: Path, tmp_path: Path) -> None:
    place = tmp_path / "ws"
    shutil.copytree(served, place)
    said = {"erasure": 1, "digest": "0" * 64, "by": "DPO", "persons": []}
    (place / ".examgen-web/erasing.json").write_text(json.dumps(said), "utf-8")
    assert _site(place, _LOOK)["candidate"] == PERSON
    assert not (place / ".examgen-web/erasing.json").exists()
