"""Jobs: asked for, done once by one worker, refused with reasons, ended where a worker was killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection

from examgen.core.locks import lock_folder
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell
from examgen.site import server
from examgen.site.audit.models import Entry
from examgen.site.jobs import queue, worker
from examgen.site.jobs.models import Job, State
from examgen.site.language import kept
from examgen.site.server import kill_stopped
from tests.site.conftest import Browser, Make


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, queue.Kind]]:
    """Kinds of jobs of the test's own."""

    def good(asked: dict[str, Any], progress: queue.Progress) -> queue.Outcome:
        progress(tell("begins"))
        return queue.Outcome(tell("done"), "/")

    def refused(asked: dict[str, Any], progress: queue.Progress) -> queue.Outcome:
        raise Refused(tell("is refused"), [Problem("a.csv:1", "fault", tell("is wrong"))])

    def broken(asked: dict[str, Any], progress: queue.Progress) -> queue.Outcome:
        raise ZeroDivisionError

    made = {
        name: queue.Kind(name, tell("done"), work)
        for name, work in (("good", good), ("refused", refused), ("broken", broken))
    }
    queue.kinds()  # those of the site are entered once, when their modules are loaded
    monkeypatch.setattr(queue, "_kinds", made)
    queue.kinds.cache_clear()
    yield made
    queue.kinds.cache_clear()


@contextmanager
def held_by(names: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds the locks of workers of these names."""
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom examgen.core.locks import lock_file as take\n"
        "held = [take(Path(one)) for one in sys.argv[1:]]\nprint(flush=True)\ntime.sleep(60)"
    )
    paths = [str(queue.workers() / name) for name in names]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *paths], stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


def test_each_outcome_is_kept(served: Path, person: Any, known: Any) -> None:
    by = person("assembler")
    for kind in ("good", "refused", "broken", "unknown"):
        queue.ask(kind, kind, by)
    worker.work(is_once=True)
    found = {job.kind: job for job in Job.objects.all()}
    assert {kind: job.state for kind, job in found.items()} == {
        "good": State.DONE, "refused": State.REFUSED, "broken": State.FAILED, "unknown": State.FAILED,
    }  # fmt: skip
    assert found["refused"].problems == [
        {"severity": "error", **kept(tell("{source}: {message}", source="a.csv:1", message=tell("is wrong")))}
    ]
    assert found["good"].result == {"address": "/"}


def test_a_job_of_a_worker_that_is_gone_is_interrupted_once(served: Path, person: Any, known: Any) -> None:
    job = queue.ask("good", "exam", person("assembler"))
    assert queue.take("gone") is not None
    assert queue.take("other") is None
    assert queue.reap() == 1
    job.refresh_from_db()
    assert job.state == State.INTERRUPTED
    assert not queue.end(job, State.DONE, tell("done"))
    assert queue.reap() == 0


def test_a_scoring_does_not_wait_for_long_work_on_another_exam(served: Path, person: Any, known: Any) -> None:
    known["long"] = known["good"]._replace(name="long", is_long=True)
    by = person("assembler")
    asked = [
        queue.ask(kind, about, by) for kind, about in (("long", "one"), ("long", "two"), ("good", "two"))
    ]
    assert [queue.take("first"), queue.take("short", is_short=True)] == [asked[0], asked[2]]
    assert queue.take("short", is_short=True) is None
    assert queue.take("third") is None  # something is done about the exam `two` already


def test_of_two_workers_one_does_what_was_left(served: Path, person: Any, known: Any) -> None:
    begun: list[str] = []
    known["good"] = known["good"]._replace(broken=lambda asked: begun.append("broken"))
    queue.ask("good", "exam", person("assembler"))
    queue.take("gone")
    held = lock_folder(queue.workers())  # the other worker is at it
    assert held is not None
    with held:
        worker.work(is_once=True)
        assert not begun
    worker.work(is_once=True)
    assert begun == ["broken"]


def test_what_waits_is_taken_back_and_never_begun(served: Path, person: Any, known: Any) -> None:
    by, begun = person("assembler"), []
    known["good"] = known["good"]._replace(broken=begun.append)
    job = queue.ask("good", "exam", by, upload="1")
    queue.stop(job, by)
    assert begun == [{"upload": "1", "by": by.username, "user": by}], "what it was to be done with goes"
    assert queue.take("worker") is None
    job.refresh_from_db()
    assert (job.state, job.message["en"]) == (State.WITHDRAWN, f"{by} took it back before it began")
    assert [entry.what for entry in Entry.objects.order_by("number")][-2:] == ["good.ask", "good.withdrawn"]
    with pytest.raises(Refused, match="ended already"):
        queue.stop(job, by)


def test_of_what_is_being_done_long_work_alone_is_stopped(
    served: Path, person: Any, known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    known["long"] = known["good"]._replace(
        name="long", is_long=True, broken=lambda asked: begun.append("broken")
    )
    by = person("assembler")
    short, long, other = (
        queue.ask(kind, about, by) for kind, about in (("good", "a"), ("long", "b"), ("long", "c"))
    )
    names = [queue.name_of_worker(number) for number in (101, 102, 103)]
    for name in names:
        assert queue.take(name) is not None
    with pytest.raises(Refused, match="ends soon by itself"):
        queue.stop(short, by)
    for _ in range(2):  # a button pressed twice
        queue.stop(long, by)
    assert Entry.objects.filter(what="long.stop").count() == 1
    with held_by([names[1]]):
        assert queue.workers_to_kill() == {102}
    assert queue.workers_to_kill() == set(), "it is no more: another process may have its number"
    assert queue.reap() == 3
    long.refresh_from_db()
    other.refresh_from_db()
    assert (long.state, long.message["en"]) == (
        State.INTERRUPTED,
        f"{by} stopped it: what it wrote is whole or not there",
    )
    assert other.message["en"].startswith("the worker ended in the middle")
    assert begun == ["broken", "broken"]


def test_the_process_of_a_stopped_job_is_killed_and_no_other(served: Path, person: Any, known: Any) -> None:
    known["long"] = known["good"]._replace(name="long", is_long=True)
    by = person("assembler")
    with ExitStack() as stack:
        workers = []
        for about in ("a", "b"):
            queue.ask("long", about, by)
            workers.append(stack.enter_context(held_by([])))
        names = [queue.name_of_worker(one.pid) for one in workers]
        jobs = {job.about: job for job in map(queue.take, names) if job}
        stack.enter_context(held_by(names))
        kill_stopped(workers)
        assert [one.poll() for one in workers] == [None, None]
        queue.stop(jobs["b"], by)
        kill_stopped(workers)
        assert [one.poll() for one in workers] == [None, -signal.SIGKILL]


@pytest.mark.parametrize("fault", [OperationalError, InterfaceError, OSError])
def test_a_database_that_is_away_ends_no_site_and_leaves_no_worker_stopped(
    fault: type[Exception], served: Path, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of Django an InterfaceError (a connection that was closed) is no DatabaseError."""
    monkeypatch.setattr(connection, "close", lambda: None)  # the test is in a transaction of it
    with held_by([]) as one:
        for first in ([], [{one.pid}]):  # at the first look, and when the worker stands still for the second
            answers = iter(first)

            def look(answers: Iterator[set[int]] = answers) -> set[int]:
                for found in answers:
                    return found
                raise fault

            monkeypatch.setattr(queue, "workers_to_kill", look)
            with suppress(OSError):  # of which the site is told
                kill_stopped([one])
        time.sleep(0.1)  # a signal takes its time
        state = Path(f"/proc/{one.pid}/stat").read_text().rpartition(")")[2].split()[0]
        assert one.poll() is None
        assert state != "T"


@pytest.mark.parametrize(
    ("said", "lanes"),
    [("", ["", "short"]), ("site: {workers: 1}", [""]), ("site: {workers: 0}", ["", "short"])],
)
def test_a_site_has_as_many_workers_as_its_settings_say(
    said: str,
    lanes: list[str],
    workspace: Path,
    db: None,
    person: Any,
    known: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (workspace / "examgen.yaml").write_text(said, "utf-8")
    begun: list[list[str]] = []

    class Ended:
        returncode = 3

        def __init__(self, command: list[str]) -> None:
            begun.append(command)

        def poll(self) -> int:
            return self.returncode

        def wait(self, seconds: float) -> None: ...

    monkeypatch.setattr(server, "start", Ended)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert server.serve(server.Asked(port=9), "", print) == 3
    workers = [command for command in begun if "examgen.site.jobs" in command]
    assert [command[3:] for command in workers] == [[lane] if lane else [] for lane in lanes]


def test_a_job_is_stopped_by_two_kinds(served: Path, person: Any, known: Any, browser: Browser) -> None:
    by = person("assembler")
    jobs = [queue.ask("good", about, by) for about in ("a", "b")]
    pages = [f"/work/{job.id}/" for job in jobs]
    assert b"Stop this work" in browser(user=by).get(pages[0]).content
    for role in ("assembler", "auditor"):
        assert browser(role).post(pages[0] + "stop/").status_code == 403
    assert b"Stop this work" not in browser("auditor").get(pages[0]).content
    assert browser(user=by).post(pages[0] + "stop/").status_code == 302
    assert browser("administrator").post(pages[1] + "stop/").status_code == 302
    assert {job.state for job in Job.objects.all()} == {State.WITHDRAWN}
    client = browser(user=by)
    page = client.get(pages[0]).content
    assert b"took it back before it began" in page
    assert b'class="state withdrawn">withdrawn<' in page
    assert b"note error" not in page, "nothing went wrong"
    assert b"Stop this work" not in page
    assert b"withdrawn" in client.get("/work/").content
    assert "ถอนแล้ว" in browser(user=by, language="th").page("/work/")
    assert b"it has ended already" in client.post(pages[0] + "stop/", follow=True).content


def test_what_a_job_that_is_not_taken_on_was_to_be_done_with_goes(
    served: Path, person: Any, known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    by, gone = person("assembler"), []
    known["good"] = known["good"]._replace(broken=gone.append)
    monkeypatch.setattr(queue, "MOST_WAITING", 1)
    queue.ask("good", "a", by, upload="1")
    with pytest.raises(Refused, match="wait already"):
        queue.ask("good", "b", by, upload="2")
    assert gone == [{"upload": "2", "by": by.username, "user": by}]
    assert Job.objects.count() == 1


def test_a_page_of_a_job_promises_what_is_so(served: Path, person: Any, known: Any, browser: Browser) -> None:
    known["long"] = known["good"]._replace(name="long", is_long=True)
    by = person("assembler")
    job = queue.ask("long", "a", by)
    client = browser(user=by)
    said = ("to stop it now changes nothing", "what it has done so far is lost", "the work goes on")

    def told() -> list[bool]:
        address = f"/work/{job.id}/"
        pages = [client.get(address), client.get(address, headers={"HX-Request": "true"})]
        found = [[one in page.content.decode() for one in said] for page in pages]
        assert found[0] == found[1], "what is fetched every second says the same as the whole page"
        return found[0]

    assert told() == [True, False, True]
    queue.take("worker")
    assert told() == [False, True, True]
    queue.stop(job, by)
    assert told() == [False, False, False]


def test_long_kinds_are_those_that_may_last() -> None:
    long = {name for name, one in queue.kinds().items() if one.is_long}
    assert {"build", "render", "scan", "reports", "analysis", "analyse-link"} <= long
    assert not {"score", "try-correction", "release", "bank-take"} & long


def test_what_nobody_comes_back_for_goes(workspace: Path, person: Any, settings: Any) -> None:
    old, asked, new = (settings.SITE.uploads / name for name in ("old", "asked", "new"))
    for folder in (old, asked, new):
        folder.mkdir()
        (folder / "items.xlsx").write_bytes(b"x")
    (settings.SITE.uploads / "half.upload").write_bytes(b"x")
    for path in (old, asked, settings.SITE.uploads / "half.upload"):
        os.utime(path, (1, 1))
    queue.ask("good", "exam", person("assembler"), upload="asked")
    (queue.workers() / "killed").touch()
    queue.tidy("own")
    assert {path.name for path in settings.SITE.uploads.iterdir()} == {"asked", "new"}
    assert not (queue.workers() / "killed").exists()


def test_a_job_that_was_not_done_leads_back_to_its_form_with_what_was_sent(
    site: Path, person: Make, browser: Browser
) -> None:
    assembler = person("assembler")
    asked = {"exam": "T-EXAM", "by": assembler.username, "per": "room", "books": True, "together": False}
    job = Job.objects.create(kind="render", about="T-EXAM", by=assembler, asked=asked, state=State.REFUSED)
    page = browser(user=assembler).page(f"/work/{job.id}/")
    [way] = re.findall(r'<a class="button" href="([^"]+)">Back, to mend it and ask again</a>', page)
    assert way == f"/exams/T-EXAM/papers/?job={job.id}"
    form = browser(user=assembler).page(way)
    assert re.search(r'name="books"[^>]* checked', form)
    others = browser("assembler").page(way)
    assert not re.search(r'name="books"[^>]* checked', others)
    Job.objects.filter(pk=job.pk).update(state=State.DONE)
    assert "to mend it" not in browser(user=assembler).page(f"/work/{job.id}/")
