"""What jobs have made is on record, also where their worker was killed before they could say so."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.site import killed_jobs

ROOT = Path(__file__).parents[2]


@pytest.mark.long(
    "eleven kinds of job, each killed for real; what settles them is tried without kills in tests/site/test_jobs"
)
def test_what_a_killed_job_has_put_in_its_place_is_on_record_once(analysable: Path, tmp_path: Path) -> None:
    """Really killed, by SIGKILL, between the two; every kind of job that makes something."""
    folder = Path(shutil.copytree(analysable, tmp_path / "workspace"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.site.killed_jobs", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = {one["case"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert found.keys() == killed_jobs.cases(folder).keys()
    for name, one in found.items():
        assert (one["status"], one["was"]) == (-9, [True, 0]), (name, one)
        assert (one["state"], one["left"]) == ("interrupted", 0), (name, one)
        assert [act[0] for act in one["acts"]] == [*killed_jobs.cases(folder)[name].acts], (name, one)
        who = "somchai" if name == "release" else "malee"
        assert {act[1] for act in one["acts"]} == {who}, (name, one)
