"""What is written into the bank is on record and in git, and two who save do not lose one."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from examgen.site import writing as git_history
from examgen.site.audit.models import Entry
from tests.site.bank.test_items import first, parsed
from tests.site.conftest import UNIT, Browser, Client


def git(folder: Path, *words: str) -> str:
    """What git says."""
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(workspace: Path) -> Path:
    """A workspace that is a repository, all of it entered."""
    git(workspace, "init", "-q")
    git(workspace, "add", "item_bank")
    git(workspace, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "all")
    return workspace


def save(client: Client, workspace: Path, text: str, name: str | None = None, field: str = "stem") -> Any:
    """The first item with another stem, or a new one like it."""
    item = first(workspace)
    address = f"/bank/{UNIT}/{item.id}/"
    sent = {**parsed(client.page(address)), field: text}
    if name is None:
        return client.post(address, sent)
    return client.post(f"/bank/{UNIT}/new/", {**sent, "base": ""})


def test_two_who_save_a_blueprint_do_not_lose_one(workspace: Path, browser: Browser, person: Any) -> None:
    """The second saved between the look at the file and the lock of the bank."""
    from examgen.site.blueprints import views

    path = workspace / "item_bank" / UNIT / "blueprints" / "standard.yaml"
    client = browser(user=person("assembler", name="malee"))
    address = f"/blueprints/{UNIT}/standard/"
    page = client.page(address)
    mark = page.split('name="mark" value="')[1].split('"')[0]
    there = path.read_text("utf-8")
    meant = views.check_may

    def quicker(*said: Any, **more: Any) -> None:
        path.write_text(there + "# another\n", "utf-8")
        meant(*said, **more)

    with patch.object(views, "check_may", quicker):
        answer = client.post(address, {"save": "1", "text": there + "# mine\n", "mark": mark})
    assert answer.status_code == 409
    assert path.read_text("utf-8").endswith("# another\n")
    assert not Entry.objects.filter(what="blueprint.save").exists()


def test_where_git_refuses_a_change_is_saved_all_the_same(
    repository: Path, browser: Browser, person: Any
) -> None:
    lock = repository / ".git" / "index.lock"
    lock.touch()
    writer = person("writer", name="malee")
    answer = save(browser(user=writer), repository, "ข้อใดเขียนไว้ขณะที่ git อื่นกำลังทำงาน")
    assert answer.status_code == 302, "it is saved all the same"
    assert git(repository, "status", "--porcelain"), "another git may be at work"
    lock.unlink()
    save(browser(user=writer), repository, "ข้อใดเขียนไว้หลังจากนั้น")
    assert git(repository, "status", "--porcelain") == ""


def test_what_git_has_already_is_no_fault(
    repository: Path, person: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A process may be killed after git has entered a change and before the database knows that."""
    path = next((repository / "item_bank" / UNIT).rglob("*.yaml"))
    path.write_text(path.read_text("utf-8") + "# another\n", "utf-8")
    (repository / "nobody-has-entered-this").touch()
    writer = person("writer", name="malee")
    for _ in range(2):
        assert git_history.commit(repository, [path], "once", writer)
    assert not caplog.records
    assert git(repository, "log", "--format=%s").split("\n").count("once") == 1
