"""A database belongs to one workspace: the site of another is refused, with what stands where and what to do."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection

from examgen.core.problems import Refused
from examgen.site import own_database, server
from examgen.site.jobs import queue, worker
from examgen.site.jobs.models import Job, State
from examgen.site.operation.backup import backup
from examgen.site.operation.checks import findings
from examgen.site.site import DATABASE, Site


@pytest.fixture
def of(settings: Any, tmp_path: Path, db: None) -> Callable[[str], Site]:
    """`of("a")`: the site of a workspace, all with the one database of tests."""

    def make(name: str) -> Site:
        site: Site = settings.SITE._replace(workspace=tmp_path / name)
        site.prepare()
        (site.state / DATABASE).touch()
        return site

    return make


def refused(site: Site) -> str:
    with pytest.raises(Refused) as told:
        server.make_ready(site)
    return "\n".join([told.value.message, *told.value.advice])


def test_it_belongs_to_the_first(of: Callable[[str], Site]) -> None:
    one, other = of("one"), of("other")
    for _ in range(2):
        server.make_ready(one)
    told = refused(other)
    assert f"(id {one.id()[:8]}); this one is {other.workspace} (id {other.id()[:8]})" in told
    assert "PASSWORD" not in told
    found = [{problem.code for problem in findings(site)} for site in (one, other)]
    assert ["other-database" in codes for codes in found] == [False, True]


def test_workers_elsewhere_end_no_jobs(of: Callable[[str], Site], person: Any, settings: Any) -> None:
    one, settings.SITE = of("one"), of("other")
    server.make_ready(one)
    queue.ask("good", "exam", person("assembler"))
    assert queue.take("worker of the one") is not None
    with pytest.raises(Refused, match="belongs to another workspace"):
        worker.work(is_once=True)
    assert Job.objects.get().state == State.RUNNING


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
        (site.state / own_database.SERVER).unlink()
        server.make_ready(embedded)
