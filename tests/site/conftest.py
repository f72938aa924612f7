"""The site in tests: Django made ready once, on a workspace of its own; people of each role."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
import yaml

from examgen.core.resources import builtin
from examgen.site.site import STATE

_FIRST = Path(tempfile.mkdtemp(prefix="examgen-web-"))
os.environ.update(
    DJANGO_SETTINGS_MODULE="examgen.site.settings",
    EXAMGEN_WORKSPACE=str(_FIRST),
    EXAMGEN_DATABASE=os.environ.get("EXAMGEN_TEST_DATABASE", ""),
    EXAMGEN_HOSTS="testserver,localhost,127.0.0.1",
    EXAMGEN_DEMO="1",  # nobody is asked for a second factor, but where a test is about it
)

import django  # noqa: E402

django.setup()

from django.test import Client as TestClient  # noqa: E402
from whitenoise.middleware import WhiteNoiseMiddleware  # noqa: E402

from tests.commands.conftest import run  # noqa: E402, F401  # the command line, to compare pages with

UNIT, OTHER = "DG-TWRT-007", "ASM-REE-5-059ZB"
"""Units of the starter bank: people with a role in one unit have it in the first."""
PASSWORD = "correct horse battery 7"

_look_for_files = WhiteNoiseMiddleware.add_files_from_finders
_files: dict[str, Any] = {}


def _looked_for_once(self: WhiteNoiseMiddleware) -> None:
    """Every `Client` begins a site of its own; the files that everybody may have are the same in each."""
    if not _files:
        _look_for_files(self)
        _files.update(self.files)
    self.files.update(_files)


WhiteNoiseMiddleware.add_files_from_finders = _looked_for_once


@pytest.fixture(scope="session", autouse=True)
def _first_workspace_goes() -> Iterator[None]:
    yield
    shutil.rmtree(_FIRST, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Passwords of tests are hashed quickly."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def _connections_stay() -> Iterator[None]:
    """Whoever closes a file that was sent ends its request, and Django then closes the connection in which
    the test is one transaction; to SQLite in memory that does nothing, to PostgreSQL it ends the test."""
    from django.db.backends.base.base import BaseDatabaseWrapper

    with patch.object(BaseDatabaseWrapper, "close_if_unusable_or_obsolete", lambda self: None):
        yield


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the starter bank, which nobody changes."""
    folder = tmp_path_factory.mktemp("web") / "workspace"
    shutil.copytree(builtin("item_bank"), folder / "item_bank")
    (folder / "output").mkdir()
    return folder


@pytest.fixture
def served(starter: Path, settings: Any) -> Path:
    """The starter workspace as what the site serves; nothing may be written in it. What other tests sent, or
    typed, waits no longer."""
    shutil.rmtree(starter / STATE / "uploads", ignore_errors=True)
    return point(settings, starter)


@pytest.fixture
def workspace(starter: Path, settings: Any, tmp_path: Path) -> Path:
    """A workspace of the test's own as what the site serves, without what the site kept in other tests."""
    own = shutil.copytree(starter, tmp_path / "workspace", ignore=shutil.ignore_patterns(STATE))
    return point(settings, Path(own))


def point(settings: Any, folder: Path) -> Path:
    """The site serves that folder."""
    settings.SITE = settings.SITE._replace(workspace=folder)
    settings.WORKSPACE = folder
    settings.SITE.prepare()
    return folder


class Client(TestClient):
    """A browser of tests."""

    def page(self, address: str, *more: Any, **named: Any) -> str:
        """What a page says."""
        return self.get(address, *more, **named).content.decode()


def name_of(address: str) -> str:
    """The name of the page at an address, "" of none."""
    from django.urls import Resolver404, resolve

    try:
        return resolve(urlsplit(address).path).url_name or ""
    except Resolver404:
        return ""


def done(answer: Any) -> Any:
    """The job that a page asked for, done."""
    from examgen.site.jobs import worker
    from examgen.site.jobs.models import Job

    assert answer.status_code == 302, answer.content.decode()
    assert answer.headers["location"].startswith("/work/"), answer.headers["location"]
    worker.work(is_once=True)
    return Job.objects.get(pk=answer.headers["location"].split("/")[2])


Make = Callable[..., Any]
Browser = Callable[..., Client]


@pytest.fixture
def person(db: None) -> Make:
    """`person("writer", unit=UNIT)`: somebody with that role; several roles by comma, none by ""."""
    from examgen.site.accounts.models import Grant, User

    def make(roles: str, unit: str = "", name: str = "") -> User:
        username = name or f"{roles.replace(',', '-') or 'nobody'}{User.objects.count()}"
        user = User.objects.create_user(username, f"{username}@example.org", PASSWORD, name=f"คุณ{username}")
        for role in filter(None, roles.split(",")):
            Grant.objects.create(user=user, role=role, unit=unit)
        return user

    return make


@pytest.fixture
def browser(person: Make) -> Browser:
    """`browser("writer", unit=UNIT)`: a client of somebody with that role, who has signed in."""

    def sign_in(roles: str = "", unit: str = "", user: Any = None, language: str = "en") -> Client:
        client = Client()
        client.force_login(user or person(roles, unit))
        client.cookies["language"] = language
        return client

    return sign_in


@pytest.fixture(scope="session")
def analysable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a unit of 30 items and its exam `T-EXAM`, two forms of 16 with common items, that 240
    people sat, some of whom copied; run 1 is released. Nobody changes it."""
    from datetime import date

    from examgen.assembly.assemble import assemble, bank_sha256
    from examgen.core.exam.writing import exam_files, write_package
    from examgen.scoring.releases import release
    from examgen.scoring.score import score
    from examgen.scoring.simulations import simulate
    from tests.samples import blueprint, shelf, write_unit

    folder = tmp_path_factory.mktemp("analysable") / "workspace"
    write_unit(folder / "item_bank")
    bank = shelf()
    sat = assemble([bank], *blueprint(exam="T-EXAM", forms=2, items=16, anchor=6))
    exam = folder / "output" / "T-EXAM"
    write_package(exam, exam_files(sat, bank_sha256([bank]), {}))
    answers = folder / "answers.csv"
    simulate(exam, 240, 1, answers)
    rows = [line.rsplit(",", 1)[0] for line in answers.read_text("utf-8-sig").splitlines()]
    for n in range(1, 60, 4):  # every other of them copies from who wrote the same form before
        rows[n + 2] = f"{rows[n + 2].split(',')[0]},{rows[n].split(',', 1)[1]}"
    answers.write_text("\n".join(rows).replace("SYN-", "P") + "\n", "utf-8")
    score(exam, [answers])
    release(exam, 1, "กรรมการ", "ครบถ้วน", date(2026, 11, 20), open_looks="พิจารณาภายหลัง")
    return folder


@pytest.fixture
def analysed_site(analysable: Path, settings: Any, tmp_path: Path, db: None) -> Path:
    """That workspace as one of the test's own, which the site serves."""
    return point(settings, Path(shutil.copytree(analysable, tmp_path / "workspace")))


@pytest.fixture
def site(settings: Any, tmp_path: Path, db: None) -> Path:
    """A bank of one small unit with a blueprint, and its exam, not sat yet."""
    from tests.samples import blueprint_data, write_unit
    from tests.sittings import small_package

    folder = tmp_path / "workspace"
    unit = write_unit(folder / "item_bank")
    (unit / "blueprints").mkdir()
    asked = yaml.safe_dump(blueprint_data(), allow_unicode=True)
    (unit / "blueprints" / "1.yaml").write_text(asked, "utf-8")
    small_package(folder / "output" / "T-EXAM")
    return point(settings, folder)
