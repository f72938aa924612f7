"""A database belongs to one workspace: the site of another is refused, with what stands where and what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now

from examgen.core.disk import lock_folder as own_lock
from examgen.core.problems import Refused
from examgen.site import own_database, server
from examgen.site.audit.models import Entry, Owner
from examgen.site.jobs import queue, worker
from examgen.site.jobs.models import Job, State
from examgen.site.operation.backup import backup
from examgen.site.operation.checks import findings
from examgen.site.site import DATABASE, STATE, Site
from tests.site.serve import serve

on_a_server = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="see scripts/with-postgresql")


@pytest.fixture
def of(settings: Any, tmp_path: Path, db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Site]:
    """`of("a")`: the site of a workspace, all with the one database of tests."""
    monkeypatch.setenv(own_database.MACHINE, "here")

    def make(name: str) -> Site:
        site: Site = settings.SITE._replace(workspace=tmp_path / name)
        site.prepare()
        (site.state / DATABASE).touch()
        return site

    return make


def refused(site: Site, **said: Any) -> str:
    with pytest.raises(Refused) as told:
        server.make_ready(site, **said)
    return "\n".join([told.value.message, *told.value.advice])


def test_it_belongs_to_the_first_unless_somebody_says_so(of: Callable[[str], Site], settings: Any) -> None:
    one, other = of("one"), of("other")
    for _ in range(2):
        assert server.make_ready(one) == ""
    own_database.sign_of_life(one, is_running=False)
    for is_served in (True, False):
        told = refused(other, is_served=is_served)
        assert f"here:{one.workspace}" in told
        assert f"this one is {other.workspace} (id {other.id()[:8]})" in told
        assert f"`examgen serve {other.workspace} --take-database`" in told
        assert "PASSWORD" not in told
    found = [{problem.code for problem in findings(site)} for site in (one, other)]
    assert ["other-database" in codes for codes in found] == [False, True]
    server.make_ready(other, is_served=False, takes=True)
    assert f"here:{other.workspace}" in refused(one)
    server.make_ready(other)
    server.make_ready(other, is_served=False, takes=True)  # its own: nothing is done
    [entry] = Entry.objects.filter(what="database.take")
    assert entry.detail == {"from": f"here:{one.workspace}"}


def test_workers_elsewhere_end_no_jobs(of: Callable[[str], Site], person: Any, settings: Any) -> None:
    one, settings.SITE = of("one"), of("other")
    server.make_ready(one)
    queue.ask("good", "exam", person("assembler"))
    assert queue.take("worker of the one") is not None
    with pytest.raises(Refused, match="belongs to another workspace"):
        worker.work(is_once=True)
    assert Job.objects.get().state == State.RUNNING


def test_a_site_without_database_ends(
    of: Callable[[str], Site], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SITE = of("one")
    server.make_ready(settings.SITE)

    class Runs:
        looks, status = 0, None

        def poll(self) -> int | None:
            self.looks += 1
            return 7 if self.looks > 9 else self.status  # a site that goes on ends by this

        def terminate(self) -> None:
            self.status = 0

        def wait(self, seconds: float) -> None: ...

    monkeypatch.setattr(server, "start", lambda command: Runs())
    monkeypatch.setattr("signal.signal", lambda *_: None)
    Owner.objects.update(workspace="another")
    told: list[str] = []
    assert server.serve(server.Asked(port=9), "", told.append) == 1
    assert told == [own_database.LOST]


@pytest.mark.parametrize("there", ["here", "elsewhere"])
def test_of_a_copy_and_its_original_one_has_the_database(
    of: Callable[[str], Site], there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a server; a database that is a file goes with the copy."""
    one = of("one")
    server.make_ready(one)
    shutil.copytree(one.workspace, one.workspace.with_name("copy"))
    copy = of("copy")
    assert copy.id() == one.id()
    monkeypatch.setenv(own_database.MACHINE, there)
    if connection.vendor == "sqlite":
        assert server.make_ready(copy) == ""
        return
    assert "is in use by the site of here:" in refused(copy), "one was killed a moment ago, or is served"
    assert "end that site first" in refused(copy, is_served=False, takes=True)
    monkeypatch.setenv(own_database.MACHINE, "here")
    assert server.make_ready(one) == "", "its own"
    own_database.sign_of_life(one, is_running=False)
    monkeypatch.setenv(own_database.MACHINE, there)
    if there == "here":
        assert f"belongs to here:{one.workspace}, of which {copy.workspace} is a copy" in refused(copy)
        server.make_ready(copy, is_served=False, takes=True)
        assert "belongs to another workspace" in refused(one)
    else:
        assert server.make_ready(copy) == f"here:{one.workspace}", "moved, as far as can be told"
        monkeypatch.setenv(own_database.MACHINE, "here")
        assert f"is in use by the site of elsewhere:{copy.workspace}" in refused(one)


@on_a_server
def test_a_workspace_that_was_moved_goes_on(of: Callable[[str], Site]) -> None:
    one = of("one")
    server.make_ready(one)
    own_database.sign_of_life(one, is_running=False)
    one.workspace.rename(one.workspace.with_name("moved"))
    assert server.make_ready(of("moved")) == f"here:{one.workspace}"
    assert server.make_ready(of("moved")) == ""


def test_what_is_made_once_is_the_same_for_all_who_start_together(tmp_path: Path) -> None:
    for n in range(10):
        site, found = Site(tmp_path / str(n), "", (), False, False), list[str]()
        together = threading.Barrier(4)

        def look(site: Site = site, found: list[str] = found, together: threading.Barrier = together) -> None:
            together.wait()
            found.append(site.secret() + site.id())

        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [len(one) for one in found] == [160] * 4
        assert len({*found}) == 1


def test_cookies_of_two_sites_of_a_host_have_two_names(tmp_path: Path) -> None:
    one, other = (Site(tmp_path / name, "", (), False, False) for name in ("one", "other"))
    shutil.copytree(one.workspace, other.workspace) if one.id() else None
    assert other.id() == one.id()
    assert len({one.mark(), one.mark(), other.mark()}) == 2


def test_to_take_a_database_over_serves_nothing(
    served: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(server, "begin", lambda site: None)
    monkeypatch.setattr(server, "make_ready", lambda site, *said: asked.append(said))
    serve(served, take_database=True)
    assert asked == [(False, True)]
    said = capsys.readouterr().out.replace("\n", "")
    assert f"{served}/{STATE}/{DATABASE} " in said


def test_a_database_away_is_no_fault_of_ours(
    of: Callable[[str], Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("connection refused")

    site = of("one")
    with monkeypatch.context() as patched:
        patched.setattr(connection, "ensure_connection", away)
        assert "cannot be reached: connection refused" in refused(site)


def test_a_file_is_not_taken_for_the_database_on_a_server(
    of: Callable[[str], Site],
) -> None:
    """`backup` without the variable had written what was left of the file, and said nothing."""
    site = of("one")
    (site.workspace / "item_bank").mkdir()
    if connection.vendor == "sqlite":
        (site.state / own_database.SERVER).write_text("postgresql://h/n")
    else:
        server.make_ready(site)
    embedded, name = site._replace(database=""), (site.state / own_database.SERVER).read_text()
    (site.state / DATABASE).unlink()
    assert f"the database of {site.workspace} is {name}" in refused(embedded)
    assert not (site.state / DATABASE).exists()
    with pytest.raises(Refused, match="the database of"):
        backup(embedded, site.workspace / "b.tar.gz")
    if connection.vendor == "sqlite":
        (site.state / DATABASE).touch()
        server.make_ready(embedded, is_served=False, takes=True)
        server.make_ready(embedded)
        assert Entry.objects.filter(what="database.take").count() == 1


def test_a_database_of_a_later_version_is_left_as_it_is(of: Callable[[str], Site]) -> None:
    site = of("one")
    server.make_ready(site)
    MigrationRecorder(connection).record_applied("jobs", "0099_what_comes_later")
    told = refused(site)
    assert "by a later examgen" in told
    assert "jobs 0099_what_comes_later" in told
    assert "`examgen site restore`" in told


# ── several hosts ────────────────────────────────────────────────────────────────────────────

HOLDS = """
import sys
from pathlib import Path
from examgen.site import own_database
from examgen.site.site import Site
own_database.hold(Site(Path(sys.argv[1]), "", (), False, False))
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def served_by(host: str, site: Site) -> Iterator[None]:
    """Another process that serves the folder, of a machine of that name."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(site.workspace)],
        env={**os.environ, own_database.MACHINE: host},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        yield
    finally:
        other.kill()
        other.communicate()


@on_a_server
def test_hosts_that_see_the_locks_of_each_other_serve_one_folder(
    of: Callable[[str], Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = of("one")
    place = f"there:{site.workspace}"
    Owner.objects.create(workspace=site.id(), host="there", folder=str(site.workspace), seen=Now())
    told = refused(site)
    assert place in told
    assert "hides the locks of one host from the other" in told
    with served_by("there", site):
        with monkeypatch.context() as patched:  # NFS, say: locks of folders are of one host alone
            elsewhere = site.workspace.parent
            patched.setattr(own_database, "lock_folder", lambda folder: own_lock(elsewhere))
            assert "hides the locks of one host from the other" in refused(site)
            patched.setattr(own_database, "is_free", lambda path: True)
            assert "hides the locks of one host from the other" in refused(site)
        MigrationRecorder(connection).record_unapplied("jobs", "0003_withdrawn")
        assert f"the site of {place} still uses it" in refused(site), "it is of an earlier version"
        MigrationRecorder(connection).record_applied("jobs", "0003_withdrawn")
        assert server.make_ready(site) == ""
        assert {row.host for row in Owner.objects.all()} == {"here", "there"}
        own_database.sign_of_life(site, is_running=False)
        assert own_database.is_ours(site)
        Owner.objects.filter(host="there").update(seen=None)
        assert server.make_ready(site) == "", "a host that is silent for a while, but holds its locks, stays"
        assert Owner.objects.count() == 2
    assert server.make_ready(site) == ""
    assert [row.host for row in Owner.objects.all()] == ["here"]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="of a database that is a file")
def test_a_file_is_the_database_of_one_host(of: Callable[[str], Site]) -> None:
    site = of("one")
    Owner.objects.create(workspace=site.id(), host="there", folder=str(site.workspace))
    with served_by("there", site):
        assert f"{site.workspace} is served by there:{site.workspace}" in refused(site)
        assert "is in use" in refused(site, is_served=False, takes=True)
    assert server.make_ready(site) == ""


def test_postgresql_gives_up_a_host_that_lost_its_power(tmp_path: Path) -> None:
    """Else its transaction would hold the record for the two hours of most systems."""

    def options(url: str) -> str:
        return str(Site(tmp_path, url, (), False, False).connection()["OPTIONS"]["options"])

    assert "tcp_keepalives_idle=10" in options("postgresql://db.example.org/exams")
    assert options("postgresql://db.example.org/exams?options=-crole%3Dexams") == "-crole=exams"
