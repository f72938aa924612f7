"""Health, metrics, and the check of how a site is set up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from examgen.web.audit.record import record
from examgen.web.jobs import queue
from examgen.web.operation.checks import findings


def test_health_tells_that_no_worker_lives(served: Path, db: None) -> None:
    answer = Client().get("/health/")
    assert (answer.status_code, answer.json()["worker"]) == (503, False)
    code = f"from examgen.locks import take; from pathlib import Path; one = take(Path({str(queue.workers() / 'one')!r})); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        assert Client().get("/health/").status_code == 200
        worker.kill()
    assert Client().get("/health/").status_code == 503
    (queue.workers() / "one").unlink()


def test_metrics_ask_for_the_token_and_name_nobody(
    served: Path, browser: Callable[..., Client], settings: Any
) -> None:
    person = browser("assembler")
    person.get("/work/")
    assert Client().get("/metrics/").status_code == 401
    assert person.get("/metrics/").status_code == 401
    token = settings.SITE.token("metrics-token")
    said = Client().get("/metrics/", headers={"authorization": f"Bearer {token}"}).content.decode()
    assert 'examgen_request_seconds_count{method="GET",page="jobs"}' in said
    assert 'examgen_jobs{state="waiting"} 0.0' in said
    assert "assembler" not in said


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"hosts": ("exam.example",)}, "no-https"),
        ({"hosts": ("*",)}, "any-host"),
        ({"is_demo": True}, "demo"),
    ],
)
def test_the_check_finds_what_is_unsafe(
    served: Path, db: None, settings: Any, changed: dict[str, Any], code: str
) -> None:
    plain = settings.SITE._replace(hosts=("localhost",), is_demo=False)
    assert code not in {one.code for one in findings(plain)}
    assert code in {one.code for one in findings(plain._replace(**changed))}


def test_the_check_finds_open_files_and_a_changed_record(workspace: Path, db: None, settings: Any) -> None:
    site = settings.SITE._replace(hosts=("localhost",), is_demo=False)
    site.secret()
    assert not [one for one in findings(site) if one.severity == "error"]
    (site.state / "secret").chmod(0o644)
    record(None, "x")
    from examgen.web.audit.models import Head

    Head.objects.update(hash="0" * 64)
    assert {"open-to-others", "record-changed"} <= {one.code for one in findings(site)}
