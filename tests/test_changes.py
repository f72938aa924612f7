"""Changes of several files and folders, killed before each change of the disk: old or new, never between."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from examgen.bank.loading import unit_codes
from examgen.core import changes, record
from examgen.core.changes import TMP, change, changing, settle, steady
from examgen.core.files import new_folder, staged_folder, write_files
from examgen.core.problems import Refused
from tests.kills import contents, copied, small_process

Doing = Callable[[Path], None]


def begun(place: Path) -> Path:
    """A folder with files, and one of folders."""
    (place / "a/items").mkdir(parents=True)
    for name in ("a/items/1", "a/items/2", "a/old"):
        (place / name).write_text("old")
    (place / "packages/X").mkdir(parents=True)
    (place / "packages/X/key").write_text("old")
    return place


def several(place: Path) -> None:
    """Two files anew, a new one in a new folder, and one that goes."""
    files = {place / "a" / name: b"new" for name in ("items/1", "items/2", "b/c/3")}
    write_files(files, within=place, without=[place / "a/old"])


def a_folder(place: Path) -> None:
    """A folder in the place of another one."""
    with new_folder(place / "packages/X", durable=True) as made:
        (made / "key").write_text("new")
        (made / "more").write_text("new")


def without_exchange(place: Path) -> None:
    """The same where the system cannot exchange two folders."""
    changes.exchange = lambda one, other: False  # type: ignore[assignment]  # in a copy of this process
    a_folder(place)


def both(place: Path) -> None:
    """Files of one folder, and a folder of another one: the bank's statistics, and the report on them."""
    with change(place / "a") as one:
        made = staged_folder(one, place / "packages/X")
        (made / "key").write_text("new")
        for name in ("items/1", "items/2"):
            one.new(place / "a" / name).write_text("new")


def aside(place: Path) -> None:
    """A folder gets another name, and a new one the name of the first: an exam set aside."""
    with change(place / "packages") as one:
        if not (place / "packages/X.earlier-1").exists():
            one.move(place / "packages/X", "X.earlier-1")
        (staged_folder(one, place / "packages/X") / "key").write_text("new")


@pytest.fixture(scope="module")
def small() -> Iterator[Callable[..., None]]:
    with small_process() as call:
        yield call


def on_record(place: Path) -> None:
    """An act that names a new file, one in the place of another, one that goes and one under another name."""
    acts = record.read_acts(place / "record.jsonl")
    with changing(place), change(place) as one:
        for name in ("a/items/1", "a/b/c/3"):
            one.new(place / name).write_text("new")
        if not acts:
            one.remove(place / "a/old")
            one.move(place / "packages/X", "X.earlier-1")
        new = record.added(place / "record.jsonl", [{"act": "taken"}])
        one.commit_by(
            place / "record.jsonl", new.acts[-1].digest, partial(record.put, place / "record.jsonl", new)
        )


def by_manifest(place: Path) -> None:
    """A manifest that names files in the place of others."""
    with changing(place), change(place) as one:
        (one.staging / "a").mkdir()
        for name in ("a/items/1", "a/items/2", "a/c"):
            staged = one.staging / name.replace("/items", "")
            staged.write_text("new")
            one.put(place / name, staged)
        one.remove(place / "a/old")
        (one.staging / "manifest").write_text("new")
        put = partial((one.staging / "manifest").replace, place / "manifest")
        one.commit_by(place / "manifest", sha256(b"new").hexdigest(), put)


@pytest.mark.parametrize(
    ("doing", "at_least"),
    [
        (several, 20),
        (a_folder, 8),
        (without_exchange, 9),
        (both, 20),
        (aside, 8),
        (on_record, 20),
        (by_manifest, 20),
    ],
)
def test_killed_at_each_call_of_the_primitives(
    tmp_path: Path, doing: Doing, at_least: int, small: Callable[..., None]
) -> None:
    small(killed_everywhere, tmp_path, doing, at_least)


COMMITTED = (several, on_record, by_manifest)


def killed_everywhere(tmp_path: Path, doing: Doing, at_least: int) -> None:
    """With a commit file all has happened or nothing; without one each file is as it was or new, if it is
    there. The command is run again: all is new."""
    old, new = begun(tmp_path / "old"), begun(tmp_path / "new")
    assert copied(new, lambda: doing(new) or 0)[0] == 0
    before, after = contents(old, hidden=True), contents(new, hidden=True)
    seen = set()
    for n in range(200):
        place = tmp_path / f"at-{n}"
        shutil.copytree(old, place)
        status, *_ = copied(place, lambda place=place: doing(place) or 0, n)  # type: ignore[misc]
        if status == 0:
            break
        assert status == -signal.SIGKILL
        for root in ("packages", "a", "."):
            settle(place / root)
        found = contents(place, hidden=True)
        if doing in COMMITTED:
            found.pop("record.jsonl", None) if not record.read_acts(place / "record.jsonl") else None
            assert found in (before, after), n
            seen.add(found == after)
            if found == after:
                continue
        else:
            odd = [
                name
                for name, data in found.items()
                if data and data not in (before.get(name), after.get(name))
            ]
            assert not odd, (n, odd)
        doing_again = copied(place, lambda place=place: doing(place) or 0)  # type: ignore[misc]
        assert doing_again[0] == 0
        assert contents(place, hidden=True) == after, n
    assert n >= at_least
    assert seen == ({False, True} if doing in COMMITTED else set())


def half_done(place: Path) -> Path:
    """A bank with an act on record whose files are not all in their places."""
    for n in range(200):
        begun(place)
        (place / "a/unit.yaml").write_text("")
        copied(place, lambda: on_record(place) or 0, n)
        if (place / "a/items/1").read_text() == "new":
            break
        shutil.rmtree(place)
    assert (place / "a/old").exists()
    return place


def test_completing_may_be_killed_too(tmp_path: Path, small: Callable[..., None]) -> None:
    small(completing_killed, tmp_path)


def completing_killed(tmp_path: Path) -> None:
    old, new = half_done(tmp_path / "old"), half_done(tmp_path / "new")
    settle(new)
    for n in range(100):
        place = tmp_path / f"at-{n}"
        shutil.copytree(old, place)
        status, *_ = copied(place, lambda place=place: settle(place) or 0, n)  # type: ignore[misc]
        settle(place)
        assert contents(place, hidden=True) == contents(new, hidden=True), n
        if status == 0:
            break
    assert n >= 5


# ── what may not be completed ────────────────────────────────────────────────────────────────


def test_who_reads_completes_it_first(tmp_path: Path) -> None:
    place = half_done(tmp_path / "bank")
    assert unit_codes(place) == ["a"]
    assert [(place / "a" / n).read_text() for n in ("items/1", "b/c/3")] == ["new", "new"]
    assert not (place / TMP).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_who_may_not_write_there_is_refused_with_words(tmp_path: Path) -> None:
    place = half_done(tmp_path / "bank")
    for path in (tmp_path, *tmp_path.parents):
        path.chmod(path.stat().st_mode | 0o055)

    def reading() -> int:
        os.setuid(12345)
        try:
            unit_codes(place)
        except Refused as refused:
            return 11 if "Nothing is lost" in refused.message else 12
        return 13

    assert copied(tmp_path, reading)[0] == 11
    assert (place / "a/old").exists()


@pytest.mark.parametrize("path", ["../out", "/tmp/examgen-out"])
def test_moves_never_lead_outside(tmp_path: Path, path: str) -> None:
    work = tmp_path / "bank" / TMP / "tmpx"
    (work / "new").mkdir(parents=True)
    (work / "new/0").write_text("new")
    (tmp_path / "bank/m").write_text("")
    said = {"put": {path: "0"}, "move": {}, "remove": [], "mode": 511, "commit": "m"}
    (work / "moves.json").write_text(json.dumps({**said, "digest": sha256(b"").hexdigest()}))
    with pytest.raises(Refused, match="damaged"):
        unit_codes(tmp_path / "bank")
    assert not (tmp_path / "out").exists()


def test_paths_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    making = tempfile.mkdtemp
    monkeypatch.setattr("tempfile.mkdtemp", lambda **said: os.path.abspath(making(**said)))  # as from 3.12 on
    begun(tmp_path)
    monkeypatch.chdir(tmp_path)
    both(Path())
    assert Path("a/items/1").read_text() == Path("packages/X/key").read_text() == "new"


def test_what_cannot_be_written_is_refused_before_anything_moves(tmp_path: Path) -> None:
    place = begun(tmp_path / "bank")
    (place / "a/b").write_text("in the way")
    before = contents(place, hidden=True)
    with pytest.raises(Exception, match="is a file, not a folder"):
        several(place)
    assert contents(place, hidden=True) == before


def test_a_change_that_breaks_off_is_completed_by_the_next_command_once_that_can_be(tmp_path: Path) -> None:
    place = begun(tmp_path / "bank")
    (place / "a/b").symlink_to(place / "nowhere")  # no folder can be made there, and none is in the way
    with pytest.raises(Refused, match="Nothing is lost"):
        on_record(place)
    assert len(record.read_acts(place / "record.jsonl")) == 1
    assert [(place / "a" / name).read_text() for name in ("items/1", "old")] == ["new", "old"]
    (place / "a/b").unlink()
    settle(place)
    assert (place / "a/b/c/3").read_text() == "new"
    assert not (place / "a/old").exists()
    assert not (place / TMP).exists()


def test_without_locks_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl, place = pytest.importorskip("fcntl"), begun(tmp_path / "bank")

    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("it waits"))
    with changing(place), steady(place):
        pass


def test_files_are_of_the_group_of_their_folder(tmp_path: Path) -> None:
    place = begun(tmp_path / "bank")
    group = next((one for one in os.getgroups() if one != os.getegid()), 12 if os.geteuid() == 0 else None)
    if group is None:
        pytest.skip("this user is in one group only")
    os.chown(place, -1, group)
    place.chmod(0o2775)
    several(place)
    assert (place / "a/items/1").stat().st_gid == group


# ── only ours, and only what is over ─────────────────────────────────────────────────────────

WAITING = """
import sys
from pathlib import Path
from examgen.core.changes import change, changing
place = Path(sys.argv[1])
with changing(place), change(place) as one:
    one.new(place / "a/items/1").write_text("new")
    print("begun", flush=True)
    sys.stdin.read()
"""


def test_what_is_under_way_or_not_ours_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = begun(tmp_path / "bank")
    (place / ".a-old-foreign").mkdir()
    (place / TMP).mkdir()
    (place / TMP / "note.txt").write_text("somebody's")
    monkeypatch.setattr(changes, "WAIT", 0.2)
    command = [sys.executable, "-c", WAITING, str(place)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "begun\n"
        with pytest.raises(Refused, match="another examgen"), changing(place):
            pass
        with pytest.raises(Refused, match="another examgen"), steady(place):
            pass
        settle(place)
        assert len(list((place / TMP).glob("tmp*/new/0"))) == 1
        other.communicate()
    assert (place / "a/items/1").read_text() == "new"
    with steady(place), steady(place):
        pass
    assert sorted(path.name for path in place.glob(".*")) == [".a-old-foreign", TMP]
    assert [path.name for path in (place / TMP).iterdir()] == ["note.txt"]


def test_folders_change_places_in_one_step_here(tmp_path: Path) -> None:
    if not changes.exchange(begun(tmp_path) / "a", tmp_path / "packages"):
        pytest.skip("this system cannot")
    assert (tmp_path / "a/X/key").is_file()
    with pytest.raises(FileNotFoundError):
        changes.exchange(tmp_path / "a", tmp_path / "none")


def test_threads_of_one_process_keep_each_other_out(tmp_path: Path) -> None:
    counted = tmp_path / "n"
    counted.write_text("0")

    def add() -> None:
        for _ in range(20):
            with changing(tmp_path), changing(tmp_path):  # within itself it goes on
                n = int(counted.read_text())
                counted.write_text("")
                counted.write_text(str(n + 1))

    threads = [threading.Thread(target=add) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert counted.read_text() == "60"
