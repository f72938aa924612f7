"""A printing that is killed while its files are put in place: the old one stands, or the new one."""

from __future__ import annotations

import errno
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from examgen.core.exam import printing
from examgen.core.exam.package import check_package, read_package
from examgen.core.exam.writing import write_package
from examgen.core.files import write_file
from examgen.core.problems import Refused
from tests.sittings import build, contents, list_of, print_for


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A printed and scored package."""
    folder = build(tmp_path / "exam")
    print_for(folder, list_of(14))
    (folder / "results").mkdir()
    write_file(folder / "results/audit.json", b"{}")
    return folder


def verified(folder: Path) -> bool:
    return check_package(read_package(folder)) == []


def test_two_at_once_the_second_is_refused_and_the_first_stands(folder: Path) -> None:
    """The lock is held for the switch alone: both print, and who comes second is told."""

    def other(*_: object) -> None:
        print_for(folder, list_of(5), replace=True)

    with pytest.raises(Refused, match="was built again while it was being printed"):
        print_for(folder, list_of(14), also=other)
    assert contents(folder)["secure/candidates.csv"].count(b"\n") == 5 + 1 + 1
    assert verified(folder)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that takes no longer file: as where it is full, the write fails and names no file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_write_that_fails_names_what_was_to_be_written(tmp_path: Path) -> None:
    data = b"x" * 2_000_000
    with files_of_at_most(1_000_000):
        with pytest.raises(OSError, match="too large") as caught:
            write_file(tmp_path / "long.csv", data)
        assert caught.value.filename == str(tmp_path / "long.csv")
        with pytest.raises(OSError, match="too large") as caught:
            write_package(tmp_path / "exam", {"secure/candidates.csv": data})
        assert caught.value.filename == str(tmp_path / "exam")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_of_the_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(folder)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left") as caught:
        print_for(folder, list_of(14), also=full)
    assert caught.value.filename == str(folder)
    monkeypatch.setattr(printing, "write_file", full)
    with pytest.raises(OSError, match="No space left"):
        print_for(folder, list_of(14))
    assert contents(folder) == before
