"""`examgen render` where something is not as it should be: a password that nobody can type, a kill before."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from examgen.papers import printing
from tests.commands.conftest import Run, write_blueprint


@pytest.fixture
def package(workspace: Path, run: Run) -> Path:
    """An exam of so few items that it is printed soon."""
    write_blueprint(workspace / "bp.yaml", items=3)
    run.ok("build", "bp.yaml", "--out", "exam")
    return workspace / "exam"


def test_a_password_is_asked_for_on_a_terminal_alone(package: Path) -> None:
    command = [sys.executable, "-m", "examgen", "render", "exam", "--encrypt"]
    ran = subprocess.run(
        command, input="mango-tree-77\nmango-tree-77\n", capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert ran.stderr.strip() == (
        "examgen: There is no terminal to ask for the password. Use --password-file."
    )
    assert "mango" not in ran.stdout + ran.stderr
    assert not list((package / "papers").iterdir())


def test_a_password_file_that_cannot_be_opened(package: Path, run: Run) -> None:
    for name in ("none.txt", package):
        ran = run("render", "exam", "--password-file", name)
        assert (ran.status, f"{name} cannot be read: " in ran.err) == (2, True)


def test_render_removes_what_a_killed_printing_left_and_says_where_the_disk_is_full(
    package: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = package / ".examgen-tmp/tmpx/new/secure"
    left.mkdir(parents=True)
    (left / "key.csv").write_text("x")
    told = run("verify", "exam")
    assert (told.status, "tmpx" in told.text, "interrupted command" in told.text) == (1, True, True)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(printing, "write_file", full)
    ran = run("render", "exam")
    assert (ran.status, ran.err.strip()) == (1, "examgen: exam: No space left on device")
    run.ok("verify", "exam")


@pytest.mark.skipif(os.name != "posix", reason="elsewhere no file is removed that is open")
def test_what_is_drawn_leaves_nothing_in_the_folder_for_temporary_files(package: Path) -> None:
    folder = package.parent / "temporary"
    folder.mkdir()
    command = [sys.executable, "-m", "examgen", "render", "exam", "--processes", "2"]
    ran = subprocess.run(command, env={**os.environ, "TMPDIR": str(folder)}, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    until = time.monotonic() + 10
    while [*folder.iterdir()] and time.monotonic() < until:  # workers end after the command
        time.sleep(0.02)
    assert not [*folder.iterdir()]
