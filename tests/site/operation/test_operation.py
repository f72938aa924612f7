"""Health, metrics, and the check of how a site is set up."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from examgen.core.problems import WrongUsage
from examgen.site import server
from examgen.site.jobs import queue
from examgen.site.operation.checks import findings
from examgen.site.server import AT_ONCE, Asked, in_turns, most_threads
from tests.site.conftest import Client
from tests.site.serve import serve


def test_health_tells_that_no_worker_lives(served: Path, db: None) -> None:
    answer = Client().get("/health/")
    assert (answer.status_code, answer.json()["worker"]) == (503, False)
    code = f"from examgen.core.locks import lock_file; from pathlib import Path; one = lock_file(Path({str(queue.workers() / 'one')!r})); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        assert Client().get("/health/").status_code == 200
        worker.kill()
    assert Client().get("/health/").status_code == 503
    (queue.workers() / "one").unlink()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"hosts": ("exam.example",)}, "no-https"),
        ({"hosts": ("*",)}, "any-host"),
        ({"is_demo": True}, "demo"),
    ],
)
def test_unsafe_settings(served: Path, db: None, settings: Any, changed: dict[str, Any], code: str) -> None:
    plain = settings.SITE._replace(hosts=("localhost",), is_demo=False)
    assert code not in {one.code for one in findings(plain)}
    assert code in {one.code for one in findings(plain._replace(**changed))}


def test_the_check_finds_open_files(workspace: Path, db: None, settings: Any) -> None:
    site = settings.SITE._replace(hosts=("localhost",), is_demo=False)
    site.secret()
    assert not [one for one in findings(site) if one.severity == "error"]
    (site.state / "secret").chmod(0o644)
    assert "open-to-others" in {one.code for one in findings(site)}


def test_the_address_that_is_told_can_be_opened(
    served: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []
    monkeypatch.setattr(server, "begin", lambda site: None)
    monkeypatch.setattr(server, "make_ready", lambda site: None)
    monkeypatch.setattr(server, "check_port", lambda asked: None)
    monkeypatch.setattr(server, "first_link", lambda address: f"{address}link")
    monkeypatch.setattr(server, "serve", lambda asked, address, progress: told.append(address) or 0)
    serve(served, host="0.0.0.0")  # in a container: all addresses, of which none is a name of the site
    serve(served, https=True, public_name=["exams.example.org"])
    assert told == ["http://localhost:8000/", "https://exams.example.org/"]
    assert "http://localhost:8000/link" in capsys.readouterr().out.replace("\n", "")


def test_a_second_start_on_a_taken_port_makes_nothing_and_tells_no_link(
    served: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []
    monkeypatch.setattr(server, "begin", lambda site: None)
    monkeypatch.setattr(server, "make_ready", lambda *_: done.append("database"))
    monkeypatch.setattr(server, "first_link", lambda address: done.append("link"))
    monkeypatch.setattr(server, "serve", lambda asked, address, progress: done.append("served") or 0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(WrongUsage, match="is taken"):
            serve(served, port=taken.getsockname()[1])
    assert done == []
    assert capsys.readouterr().out == ""


def test_the_database_is_for_its_owner_alone(tmp_path: Path, root: Path) -> None:
    (tmp_path / "item_bank").mkdir()
    code = (
        "import sys; from pathlib import Path; from examgen.site import server, site\n"
        "place = site.Site(Path(sys.argv[1]), '', ('localhost',), False, False)\n"
        "server.begin(place); server.make_ready(place)"
    )
    outside = {name: value for name, value in os.environ.items() if not name.startswith("EXAMGEN_")}
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True, cwd=root, env=outside, umask=0o022)
    assert (tmp_path / ".examgen-web" / "site.sqlite3").stat().st_mode & 0o077 == 0


def test_whoever_waits_for_what_is_sent_leaves_the_turn_to_others() -> None:
    """As many slow senders as a process works on at once, and one who sends nothing."""
    sent, answered = threading.Event(), threading.Semaphore(0)

    class Slow:
        def read(self, size: int) -> bytes:
            assert sent.wait(30)
            return b"x" * size

        readline = read

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        data = environ["wsgi.input"].read(2) if environ["slow"] else b""
        answered.release()
        return [data]

    site = in_turns(application)
    slow = [
        threading.Thread(target=site, args=({"wsgi.input": Slow(), "slow": True}, None)) for _ in range(9)
    ]
    for one in slow:
        one.start()
    other = threading.Thread(target=site, args=({"wsgi.input": Slow(), "slow": False}, None), daemon=True)
    other.start()
    assert answered.acquire(timeout=10), "somebody who sends nothing waits for those who send slowly"
    sent.set()
    for one in slow:
        one.join()
    assert Asked().threads > AT_ONCE


def test_whoever_sends_nothing_more_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("examgen.site.server._SECONDS", 0.01)
    gone, ended = threading.Event(), list[bool]()

    class Stalled:
        def read(self, _: int) -> bytes:
            ended.append(gone.wait(1))
            return b""

        readline = read

    answer: Any = in_turns(lambda *_: [b"too large"])({"wsgi.input": Stalled(), "CONTENT_LENGTH": "9"}, None)
    assert ([*answer], ended) == ([b"too large"], [])
    gone.set()
    answer.close()
    assert ended == [True]


@pytest.mark.django_db
def test_threads_leave_connections_to_others() -> None:
    """Each may keep one to a database on a server, which has a hundred, say, for all of them."""
    assert [most_threads(Asked(processes=n)) for n in (1, 8, 1000)] == (
        [32, 10, 5] if connection.vendor == "postgresql" else [32, 32, 32]
    )
