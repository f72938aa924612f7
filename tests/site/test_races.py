"""Two people at once, on a database that several connections share as the site's processes do: what one may do
alone is done once, and the other is told."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from examgen.core.problems import Refused
from examgen.site.accounts import confirming
from examgen.site.accounts.models import Grant, Kind, User, administrators
from examgen.site.audit.models import Entry
from examgen.site.jobs import queue
from examgen.site.jobs.models import Job, State
from examgen.site.sittings import sitting_confirmation as held
from examgen.site.sittings.models import Held
from examgen.sitting import correcting, taking
from tests.site.conftest import Client, point
from tests.site.sittings.conftest import printed
from tests.sittings import small_package

EXAM = "T-EXAM"
AT = f"/exams/{EXAM}"
PLAIN = b"candidate_id,form,Q1,Q2,Q3,Q4\n0001,A,A,B,C,D\n0002,B,A,A,A,A\n"
pytestmark = pytest.mark.django_db  # so that the database of tests is made, of which this has a copy
ROUNDS = 5
"""Of each race: which of two is first, and how near they are to each other, is another each time."""
Doing = Callable[[], Any]


@pytest.fixture(scope="module")
def shared(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """A copy of the database of tests that every thread opens anew, and that keeps what is written."""
    said = connections.databases["default"]
    name = said["NAME"]
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            other = str(tmp_path_factory.mktemp("shared") / "site.sqlite3")
            connection.ensure_connection()
            with closing(sqlite3.connect(other)) as copy:
                connection.connection.backup(copy)
        else:
            other = f"{name}_shared"
            connection.close()  # a database is copied while nobody is in it
            _at_server(f'DROP DATABASE IF EXISTS "{other}"', f'CREATE DATABASE "{other}" TEMPLATE "{name}"')
        said["NAME"] = other
        try:
            yield
        finally:
            said["NAME"] = name
            if connection.vendor != "sqlite":
                connection.close()
                _at_server(f'DROP DATABASE "{other}" WITH (FORCE)')


def _at_server(*statements: str) -> None:
    import psycopg

    with psycopg.connect(os.environ["EXAMGEN_TEST_DATABASE"], autocommit=True) as server:
        for statement in statements:
            server.execute(statement)


def at_once(*doings: Doing) -> list[Any]:
    """What comes of each, a value or what was raised, of threads that begin together, each with a connection
    of its own."""
    came: dict[int, Any] = {}
    together = threading.Barrier(len(doings))

    def do(number: int, doing: Doing) -> None:
        try:
            connection.ensure_connection()
            together.wait(30)
            came[number] = doing()
        except Exception as error:
            came[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=one) for one in enumerate(doings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [came[number] for number in range(len(doings))]


def there(doing: Doing) -> Any:
    """What comes of something in that database."""
    [came] = at_once(doing)
    if isinstance(came, Exception):
        raise came
    return came


def refused(came: list[Any]) -> list[str]:
    """What those were told who were second; whatever else was raised is a fault."""
    for one in came:
        if isinstance(one, Exception) and not isinstance(one, Refused):
            raise one
    return [str(one) for one in came if isinstance(one, Refused)]


@pytest.fixture
def exam(shared: None, settings: Any, tmp_path: Path) -> Path:
    """An exam that nobody has sat, in a workspace that the site serves."""
    (tmp_path / "workspace" / "item_bank").mkdir(parents=True)
    point(settings, tmp_path / "workspace")
    made = small_package(tmp_path / "workspace" / "output" / EXAM)
    printed(made)
    return made


def people(*roles: str) -> list[User]:
    """Somebody new with each of the roles, an administrator who can sign in."""

    def make() -> list[User]:
        n = User.objects.count()
        made = [User.objects.create_user(f"p{n + k}", f"p{n + k}@x.org", "x") for k in range(len(roles))]
        for user, role in zip(made, roles, strict=True):
            Grant.objects.create(user=user, role=role)
        return made

    return list(there(make))


def nobody() -> None:
    """No account is an administrator's any more."""
    there(lambda: Grant.objects.filter(role="administrator").delete())


def entries(what: str, about: str) -> int:
    return int(there(lambda: Entry.objects.filter(what=what, about=about).count()))


@pytest.mark.parametrize("kind", [Kind.CLOSE, Kind.TAKE])
def test_one_of_the_last_two_administrators_stays(shared: None, kind: Kind) -> None:
    for _ in range(ROUNDS):
        nobody()
        two = people("administrator", "administrator")
        role = "administrator" if kind == Kind.TAKE else ""
        came = at_once(*(lambda who=who: confirming.ask(who, kind, who, role) for who in two))  # noqa: B023 # run at once
        assert refused(came) == ["the last administrator stays one"]
        assert there(lambda: administrators().count()) == 1


def test_a_sitting_is_stated_once(exam: Path) -> None:
    for n in range(ROUNDS):
        two = people("invigilator", "approver")
        came = at_once(*(lambda who=who: held.state(who, EXAM, timezone.localdate()) for who in two))
        assert refused(came) == ["somebody has stated it meanwhile"]
        assert entries("sitting.held", EXAM) == n + 1
        there(lambda: Held.objects.filter(exam=EXAM).update(taken_back_at=timezone.now()))


def test_of_an_exam_one_job_is_done_at_a_time(shared: None) -> None:
    [who] = people("assembler")
    for n in range(ROUNDS):
        there(lambda n=n: [queue.ask("verify", f"E{n}", who) for _ in range(2)])
        came = at_once(lambda: queue.take("one"), lambda: queue.take("two"))
        refused(came)
        assert came.count(None) == 1
        there(lambda: Job.objects.all().delete())


def test_a_correction_is_made_once_by_two_who_press_the_button_together(exam: Path) -> None:
    place = held.sitting(EXAM)
    answers = exam.parent / "north.csv"
    answers.write_bytes(PLAIN)
    taking.take(place, [taking.Given(answers, answers.name, "answers")], "n")
    by, *two = people("invigilator", "grader", "grader")
    there(lambda: held.state(by, EXAM, timezone.localdate()))
    for n in (1, 2):
        entry = {"kind": "drop", "form": "A", "question": n, "everywhere": True, "reason": "two are right"}
        entry |= {"by": "minutes 8", "date": "2026-11-20"}
        found = correcting.try_out(place, correcting.propose(place, entry).id)
        page = f"{AT}/corrections/{found.id}/make/"

        def pressed(who: User, page: str = page) -> int:
            client = Client()
            client.force_login(who)
            return client.post(page).status_code

        assert sorted(at_once(*(lambda who=who: pressed(who) for who in two))) == [302, 422]
        assert [one["question"] for one in correcting.on_record(place)] == list(range(1, n + 1))
        assert entries("corrections.make", EXAM) == n


def test_a_job_is_stopped_or_ends_whichever_is_first(shared: None) -> None:
    for n in range(4 * ROUNDS):
        [by] = people("assembler")
        job = there(lambda by=by, n=n: queue.ask("build", f"exam {n}", by))
        there(lambda job=job: Job.objects.filter(pk=job.pk).update(state=State.RUNNING, worker="worker"))
        came = at_once(
            lambda job=job, by=by: queue.stop(Job.objects.get(pk=job.pk), by),
            lambda job=job: queue.end(job, State.DONE, "done"),
        )
        told = refused(came)
        assert told in ([], ["it has ended already"])
        assert came[1] is True
        now = there(lambda job=job: Job.objects.get(pk=job.pk))
        assert (now.state, now.message["en"]) == (State.DONE, "done")
        assert (now.stopper_id is None) == bool(told)
        assert entries("build.stop", f"exam {n}") == (not told)
        assert entries("build.done", f"exam {n}") == 1
