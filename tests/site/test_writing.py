"""What is written into the bank is on record and in git wherever the process that wrote it is killed: whoever
comes next does what was left."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from examgen.core import changes
from examgen.core.files import write_file
from examgen.site import git_history, writing
from examgen.site.audit.models import Begun, Entry
from examgen.site.audit.texts import text_name
from examgen.site.bank.authors import authors_of
from examgen.site.bank.units import opened
from tests.site.bank.test_items import first, items, parsed
from tests.site.conftest import UNIT, Browser, Client, point


class Killed(BaseException):
    """The process is no more."""


@contextmanager
def killed(where: str) -> Iterator[None]:
    """A change whose process is killed before it comes to a step."""
    with patch.object(writing, where, side_effect=Killed), pytest.raises(Killed):
        yield


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


@pytest.mark.parametrize("where", ["_record", "_commit"])
def test_a_killed_save_is_finished_next(where: str, repository: Path, browser: Browser, person: Any) -> None:
    writer, other = person("writer", name="malee"), person("writer", name="somchai")
    item = first(repository)
    with killed(where):
        save(browser(user=writer), repository, "ข้อใดเป็นคำถามที่ถูกแก้ก่อนไฟดับ")
    now = items(repository)[item.id]
    assert now.stem == "ข้อใดเป็นคำถามที่ถูกแก้ก่อนไฟดับ", "the file had been written"
    assert git(repository, "status", "--porcelain"), "and nobody had entered it"
    assert Begun.objects.count() == 1

    assert browser(user=other).post(f"/bank/{UNIT}/nothing/", {}).status_code == 404
    answer = browser(user=other).post(f"/bank/{UNIT}/{[*items(repository)][1]}/", {"base": "old"})
    assert answer.status_code in (409, 422), "even one that writes nothing itself"

    [entry] = Entry.objects.filter(what="item.change")
    assert (entry.who, entry.about) == ("malee", f"{UNIT}/{item.id}")
    assert (entry.detail["was"], entry.detail["hash"]) == (text_name(item.sha256()), text_name(now.sha256()))
    assert ("broke_off" in entry.detail) == (where == "_record")
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "log", "-1", "--format=%ae") == "malee@examgen.invalid"
    assert not Begun.objects.exists()
    assert "malee" in authors_of(opened(UNIT), [item.id])[item.id].since


def test_a_killed_save_beside_the_text_is_on_record(repository: Path, browser: Browser, person: Any) -> None:
    """Of a source, say: the hash that candidates' texts are known by stays as it was."""
    item = first(repository)
    with killed("_record"):
        save(browser(user=person("writer", name="malee")), repository, "คู่มือ หน้า 12", field="reference")
    writing.finish_all()
    [entry] = Entry.objects.filter(what="item.change")
    assert (entry.who, entry.about) == ("malee", f"{UNIT}/{item.id}")
    assert entry.detail["hash"] == entry.detail["was"] == text_name(item.sha256())


def test_a_folder_that_a_command_holds_does_not_keep_the_site_from_starting(
    repository: Path, browser: Browser, person: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor does the start wait for it; whoever comes by later finishes."""
    with killed("_record"):
        save(browser(user=person("writer", name="malee")), repository, "คู่มือ หน้า 12", field="reference")
    is_held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with changes.changing(repository / "item_bank"):
            is_held.set()
            may_end.wait(30)

    command = threading.Thread(target=hold)
    command.start()
    assert is_held.wait(30)
    began = time.monotonic()
    writing.finish_all()
    writing.finish_all()
    assert time.monotonic() - began < changes.WAIT / 4
    assert Begun.objects.count() == 1
    assert [one.getMessage() for one in caplog.records if "is held" in one.getMessage()] == [
        "item_bank is held: what was begun there is left for later"
    ]
    may_end.set()
    command.join()
    writing.finish_all()
    assert not Begun.objects.exists()
    assert Entry.objects.get(what="item.change").who == "malee"


def test_a_killed_new_item_has_its_author(repository: Path, browser: Browser, person: Any) -> None:
    before = items(repository)
    with killed("_record"):
        save(browser(user=person("writer", name="malee")), repository, "ข้อใหม่ที่เพิ่งเขียนเสร็จก่อนไฟดับ", "new")
    [new] = {*items(repository)} - {*before}
    writing.finish_all()  # as the site does when it starts
    [entry] = Entry.objects.filter(what="item.write")
    assert (entry.who, entry.about, entry.detail["was"]) == ("malee", f"{UNIT}/{new}", "")
    assert entry.detail["hash"] == text_name(items(repository)[new].sha256())
    assert git(repository, "status", "--porcelain") == ""


def test_a_unit_that_is_gone_meanwhile_stops_nobody(workspace: Path, browser: Browser, person: Any) -> None:
    with killed("_record"):
        save(browser(user=person("writer", name="malee")), workspace, "ข้อใดเขียนไว้ก่อนที่หน่วยจะหายไป")
    shutil.rmtree(workspace / "item_bank" / UNIT)
    writing.finish_all()
    [entry] = Entry.objects.filter(what="item.change")
    assert (entry.who, entry.about) == ("malee", UNIT)
    assert not Begun.objects.exists()


def test_what_was_killed_before_it_wrote_leaves_nothing(workspace: Path, person: Any) -> None:
    writer = person("writer", name="malee")
    with (
        patch.object(writing, "_finish", side_effect=Killed),
        pytest.raises(Killed),
        writing.writing(writer, [UNIT], "nothing", [("blueprint.save", f"{UNIT} x", {})]),
    ):
        raise OSError("the disk is full")
    assert Begun.objects.count() == 1
    writing.finish_all()
    assert not Begun.objects.exists()
    assert not Entry.objects.exists()


def test_what_failed_half_way_and_stands_is_on_record(workspace: Path, person: Any) -> None:
    """Of a change of several files some may be in their places when another cannot be put in its own."""
    writer = person("writer", name="malee")
    path = workspace / "item_bank" / UNIT / "blueprints" / "x.yaml"

    def half() -> None:
        with writing.writing(writer, [UNIT], "one of two", [("blueprint.save", f"{UNIT} x", {})]):
            write_file(path, b"exam: x\n", shared=True)
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        half()
    [entry] = Entry.objects.all()
    assert (entry.what, entry.about, entry.who) == ("blueprint.save", f"{UNIT} x", "malee")


def test_a_restored_backup_is_no_change(workspace: Path, person: Any, tmp_path: Path) -> None:
    """Files are known by what they hold, not by when they were written."""
    with killed("_changed"), writing.writing(person("writer", name="malee"), [UNIT], "nothing"):
        pass
    for path in (workspace / "item_bank" / UNIT).rglob("*.yaml"):
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data)
    writing.finish_all()
    assert not Begun.objects.exists()
    assert not Entry.objects.exists()


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


def _told(names: list[str]) -> dict[str, Any]:
    return authors_of(opened(UNIT), names)


def test_what_is_kept_of_commits_is_what_they_say(
    repository: Path, settings: Any, tmp_path: Path, person: Any
) -> None:
    """Each step is read after the one before, as on a busy day; a copy of the workspace is read anew."""
    people = [person("writer", name=name) for name in ("malee", "somchai", "preecha")]
    names = [*items(repository)][:6]
    chance = random.Random(3)

    def edit(n: int, message: str) -> Path:
        name = chance.choice(names)
        path = next(
            p for p in (repository / "item_bank" / UNIT).rglob("*.yaml") if name in p.read_text("utf-8")
        )
        lines = path.read_text("utf-8").splitlines(keepends=True)
        at = next(i for i, line in enumerate(lines) if re.match(rf"- id: {re.escape(name)}\b", line))
        field = chance.choice(("stem: ", "status: "))
        at = next(i for i in range(at, len(lines)) if lines[i].lstrip().startswith(field))
        head = lines[at].partition(":")[0]
        value = f"{message} {n}" if field == "stem: " else chance.choice(("draft", "review", "approved"))
        lines[at] = f"{head}: {value}\n"
        path.write_text("".join(lines), "utf-8")
        return path

    def compare(n: int) -> None:
        kept = _told(names)
        point(settings, Path(shutil.copytree(repository, tmp_path / f"copy{n}")))
        assert kept == _told(names)
        point(settings, repository)

    point(settings, repository)
    for n in range(8):
        for _ in range(chance.randrange(1, 4)):
            assert git_history.commit(repository, [edit(n, "an edit")], "edit", chance.choice(people))
        compare(n)
    edit(8, "not entered")
    compare(8)
    git(repository, "checkout", "-q", ".")
    git(repository, "reset", "-q", "--hard", "HEAD~2")
    compare(9)
    who = ("-c", "user.name=malee", "-c", "user.email=malee@examgen.invalid")
    git(repository, "checkout", "-qb", "side", "HEAD~2")
    git(repository, *who, "commit", "-qam", "side", "--allow-empty")
    git_history.commit(repository, [edit(10, "aside")], "edit", people[2])
    git(repository, "checkout", "-q", "-")
    git(repository, *who, "merge", "-q", "-X", "ours", "-m", "both", "side")
    compare(10)
