"""A workspace with the trial unit, and a way to run commands as a user does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from examgen.cli import main
from tests.samples import blueprint_data, write_unit


class Ran(NamedTuple):
    """What a command left: its exit status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `examgen …`; a traceback on any stream fails the test."""

    def examgen(*arguments: object) -> Ran:
        monkeypatch.setattr("sys.argv", ["examgen", *map(str, arguments)])
        capfd.readouterr()
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return Ran(status, out, err)

    return examgen


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with unit T-1 (30 items), its blueprint as bp.yaml; the current folder."""
    write_unit(tmp_path / "item_bank")
    write_blueprint(tmp_path / "bp.yaml")
    (tmp_path / "output").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_blueprint(path: Path, **changes: object) -> Path:
    data = {name: value for name, value in blueprint_data(**changes).items() if value is not None}
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")
    return path
