"""A site backed up while it is changed, and put back: the same files, a whole record; a damaged one is refused."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import signal
import sqlite3
import tarfile
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from examgen.assembly.verification import verify
from examgen.core.changes import changing
from examgen.core.files import sha256_of, write_files
from examgen.core.problems import Refused, WrongUsage
from examgen.scoring.score import score
from examgen.site.operation.backup import backup, restore
from examgen.site.site import STATE, Site
from tests.kills import copied
from tests.sittings import small_package


@pytest.fixture
def site(tmp_path: Path) -> Site:
    unit = tmp_path / "workspace" / "item_bank" / "U-1" / "items"
    unit.mkdir(parents=True)
    (unit / "P.yaml").write_text("ก: ข\n", "utf-8")
    made = Site(tmp_path / "workspace", "", (), False, False)
    made.secret()
    with closing(sqlite3.connect(made.state / "site.sqlite3")) as database, database:
        database.execute("CREATE TABLE t (n)")
        database.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(100)])
    return made


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in folder.rglob("*")
        if path.is_file() and STATE not in path.parts
    }


def test_what_is_put_back_is_what_was(site: Site, tmp_path: Path) -> None:
    (site.workspace / "item_bank" / "U-1").chmod(0o700)
    (site.workspace / "item_bank" / "U-1" / "items").chmod(0o750)
    backup(site, tmp_path / "b.tar.gz")
    restore(tmp_path / "b.tar.gz", tmp_path / "again")
    assert files(tmp_path / "again") == files(site.workspace)
    there = tmp_path / "again" / "item_bank" / "U-1"
    assert (there.stat().st_mode & 0o777, (there / "items").stat().st_mode & 0o777) == (0o700, 0o750)
    assert (tmp_path / "again" / STATE / "secret").read_text() == site.secret()
    with closing(sqlite3.connect(tmp_path / "again" / STATE / "site.sqlite3")) as database, database:
        assert database.execute("SELECT count(*) FROM t").fetchone() == (100,)


def test_an_exam_that_was_scored_comes_back_with_each_of_its_runs(site: Site, tmp_path: Path) -> None:
    exam = small_package(site.workspace / "output" / "T-EXAM")
    for answers in ("A,A,A,A", "B,B,B,B"):
        (tmp_path / "answers.csv").write_text(f"candidate_id,form,Q1,Q2,Q3,Q4\n0001,A,{answers}\n")
        score(exam, [tmp_path / "answers.csv"])
    assert any(path.stat().st_nlink > 1 for path in exam.rglob("*")), (
        "the result is its run under another name"
    )
    backup(site, tmp_path / "b.tar.gz")
    restore(tmp_path / "b.tar.gz", tmp_path / "again")
    assert files(tmp_path / "again") == files(site.workspace)
    before, after = (verify(folder / "output" / "T-EXAM") for folder in (site.workspace, tmp_path / "again"))
    assert (after.problems, after.checked) == (before.problems, before.checked)
    assert after.checked["runs"] == [1, 2]


def test_a_backup_sees_no_change_that_is_half_done(site: Site, tmp_path: Path) -> None:
    """Two files of the bank are written together, over and over; in no backup do they differ."""
    bank, going, again = site.workspace / "item_bank", True, threading.Event()
    pair = [bank / "one.txt", bank / "two.txt"]
    write_files(dict.fromkeys(pair, b"0"), within=bank)

    def change() -> None:
        n = 0
        while going:
            n += 1
            with changing(bank):  # as every command that changes the bank does
                write_files(dict.fromkeys(pair, b"%d" % n), within=bank)
            again.set()
            time.sleep(0.03)

    writer = threading.Thread(target=change)
    writer.start()
    try:
        seen = set()
        for n in range(3):
            again.clear()
            assert again.wait(30)  # another pair is there than at the backup before
            backup(site, tmp_path / f"{n}.tar.gz")
            restore(tmp_path / f"{n}.tar.gz", tmp_path / f"{n}")
            texts = {(tmp_path / f"{n}" / "item_bank" / one.name).read_bytes() for one in pair}
            assert len(texts) == 1
            seen |= texts
    finally:
        going = False
        writer.join()
    assert len(seen) == 3


def changed(source: Path, target: Path, name: str, data: bytes | None) -> None:
    """A copy of a backup with a file changed, left out (None) or added."""
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for entry in old:
            text = old.extractfile(entry).read()  # type: ignore[union-attr]
            if entry.name == name:
                if data is None:
                    continue
                text, entry.size = data, len(data)
            new.addfile(entry, io.BytesIO(text))
        if data is not None and name not in old.getnames():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            new.addfile(entry, io.BytesIO(data))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("workspace/item_bank/one.txt", b"other"),
        ("workspace/item_bank/one.txt", None),
        ("workspace/more.txt", b"more"),
        ("../../outside.txt", b"out"),
        ("manifest.json", b"{}"),
        ("database.sqlite3", b"SQLite format 3"),
    ],
)
def test_a_damaged_backup_is_refused(site: Site, tmp_path: Path, name: str, data: bytes | None) -> None:
    (site.workspace / "item_bank" / "one.txt").write_text("one")
    backup(site, tmp_path / "b.tar.gz")
    changed(tmp_path / "b.tar.gz", tmp_path / "bad.tar.gz", name, data)
    with pytest.raises(Refused):
        restore(tmp_path / "bad.tar.gz", tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert not [*tmp_path.glob("*outside*"), *tmp_path.parent.glob("outside*")]


@pytest.mark.parametrize("name", ["../outside.txt", "/{}/outside.txt", "workspace/../../outside.txt"])
def test_a_backup_that_names_a_file_outside_is_refused(site: Site, tmp_path: Path, name: str) -> None:
    name = name.format(tmp_path.as_posix().lstrip("/"))
    backup(site, tmp_path / "b.tar.gz")
    with tarfile.open(tmp_path / "b.tar.gz") as archive:
        told = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
    told["files"][name] = hashlib.sha256(b"out").hexdigest()
    changed(tmp_path / "b.tar.gz", tmp_path / "named.tar.gz", "manifest.json", json.dumps(told).encode())
    changed(tmp_path / "named.tar.gz", tmp_path / "bad.tar.gz", name, b"out")
    with pytest.raises(Refused):
        restore(tmp_path / "bad.tar.gz", tmp_path / "again")
    assert not [*tmp_path.rglob("outside*"), *tmp_path.parent.glob("outside*")]


def test_what_a_killed_backup_leaves_the_next_takes_away(site: Site, tmp_path: Path) -> None:
    there, seen = files(tmp_path), 0
    status, n, _ = copied(tmp_path, lambda: backup(site, tmp_path / "b.tar.gz") and 0)
    assert status == 0
    (tmp_path / "b.tar.gz").unlink()
    for kill in range(0, n, 3):
        status, *_ = copied(tmp_path, lambda: backup(site, tmp_path / "b.tar.gz") and 0, kill)
        seen += status == -signal.SIGKILL and (tmp_path / "b.tar.gz").exists()
        (tmp_path / "b.tar.gz").unlink(missing_ok=True)
        backup(site, tmp_path / "b.tar.gz")
        restore(tmp_path / "b.tar.gz", tmp_path / "again")
        shutil.rmtree(tmp_path / "again")
        (tmp_path / "b.tar.gz").unlink()
        assert files(tmp_path) == there
        assert not [*tmp_path.rglob(".examgen-tmp")]
    assert seen <= 2, "it stands when it was read back, not before"


def test_half_a_file_is_refused(site: Site, tmp_path: Path) -> None:
    backup(site, tmp_path / "b.tar.gz")
    data = (tmp_path / "b.tar.gz").read_bytes()
    (tmp_path / "half.tar.gz").write_bytes(data[: len(data) // 2])
    with pytest.raises(Refused):
        restore(tmp_path / "half.tar.gz", tmp_path / "again")
    assert not (tmp_path / "again").exists()
    with pytest.raises(WrongUsage):
        backup(site, tmp_path / "b.tar.gz")


@pytest.mark.skipif(not os.environ.get("EXAMGEN_TEST_DATABASE"), reason="see scripts/with-postgresql")
def test_postgresql_is_backed_up_and_put_back(site: Site, tmp_path: Path) -> None:
    import psycopg

    server = os.environ["EXAMGEN_TEST_DATABASE"]
    one, other = (server.rpartition("/")[0] + f"/backup_{name}" for name in ("one", "other"))
    with psycopg.connect(server, autocommit=True) as connection:
        for url in (one, other):
            name = url.rpartition("/")[2]
            connection.execute(f"DROP DATABASE IF EXISTS {name}")
            connection.execute(f"CREATE DATABASE {name}")
    rows = [(n, "ก<>'") for n in range(100)]
    with psycopg.connect(one) as connection:
        connection.execute("CREATE TABLE t (n int, word text)")
        connection.cursor().executemany("INSERT INTO t VALUES (%s, %s)", rows)
    backup(site._replace(database=one), tmp_path / "b.tar.gz")
    with pytest.raises(WrongUsage, match="empty database"):
        restore(tmp_path / "b.tar.gz", tmp_path / "without")
    assert not (tmp_path / "without").exists()
    restore(tmp_path / "b.tar.gz", tmp_path / "again", other)
    with psycopg.connect(other) as connection:
        assert connection.execute("SELECT n, word FROM t ORDER BY n").fetchall() == rows
    assert files(tmp_path / "again") == files(site.workspace)
