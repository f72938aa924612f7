"""The harness of the guards: a fault of the code is seen, and no more than the command's own status passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guards.commands import CODE, Examgen


def test_a_command_runs_in_its_folder_with_the_code_asked_for(examgen: Examgen, tmp_path: Path) -> None:
    assert examgen("--version", cwd=tmp_path).out.startswith("examgen ")
    assert examgen("verify", "nowhere", cwd=tmp_path, status=None).status in (1, 2)
    with pytest.raises(AssertionError):
        examgen("verify", "nowhere", cwd=tmp_path)
    assert (CODE / "examgen" / "commands").is_dir()
