"""A workspace with the trial unit, and a way to run commands as a user does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from examgen.commands import main
from examgen.core.models.form import Booklet
from examgen.papers.booklet.printing import Printed
from examgen.papers.rooms.lists import RoomPapers
from tests.samples import blueprint_data, write_unit


class Ran(NamedTuple):
    """What a command left: its exit status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


class Run:
    """Runs `examgen …` in this process: `run("bank", "check")`; a traceback on any stream fails the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capfd = monkeypatch, capfd

    def __call__(self, *words: object) -> Ran:
        self._patch.setattr("sys.argv", ["examgen", *map(str, words)])
        self._capfd.readouterr()
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = self._capfd.readouterr()
        assert "Traceback" not in out + err
        return Ran(status, out, err)

    def ok(self, *words: object) -> Ran:
        """What a command printed that ended well."""
        ran = self(*words)
        assert ran.status == 0, ran.text
        return ran

    def json(self, *words: object) -> Any:
        """The document of `--json`, however the command ended."""
        return json.loads(self(*words, "--json").out)

    def refused(self, *words: object, status: int = 1) -> str:
        """What is said of a command that is refused."""
        ran = self(*words)
        assert ran.status == status, ran.text
        return ran.err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capfd)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with unit T-1 (30 items), its blueprint as bp.yaml; the current folder."""
    write_unit(tmp_path / "item_bank")
    write_blueprint(tmp_path / "bp.yaml")
    (tmp_path / "output").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Once:
    """Makes what stands in a workspace once for a kind of test; later tests are given a copy."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, dict[str, Path]()

    def __call__(self, workspace: Path, make: Callable[[Run], object], run: Run) -> Path:
        """Leaves in a workspace what `make` does there; the exam that was built."""
        name = f"{make.__module__}.{make.__qualname__}"
        if name in self._made:
            shutil.copytree(self._made[name], workspace, dirs_exist_ok=True)
        else:
            make(run)
            self._made[name] = Path(shutil.copytree(workspace, self._folder / name))
        return workspace / "output" / "T-1-L4"


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    return Once(tmp_path_factory.mktemp("made"))


def two_forms(run: Run) -> None:
    write_blueprint(Path("bp.yaml"), forms=2)
    run.ok("build", "bp.yaml")


@pytest.fixture
def exam_dir(workspace: Path, run: Run, once: Once) -> Path:
    """An exam of two forms, built in that workspace."""
    return once(workspace, two_forms, run)


def write_blueprint(path: Path, **changes: object) -> Path:
    data = {name: value for name, value in blueprint_data(**changes).items() if value is not None}
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")
    return path


class Printer:
    """In place of the real printer: a line for each booklet and sheet."""

    def __init__(self, exam: object, rule: object, *_: object) -> None:
        self.size = getattr(rule, "text", "")

    def lay_out_sheets(self) -> None: ...

    def write(
        self, path: Path, booklets: Iterable[Booklet], *, title: str, parts: str = "booklet"
    ) -> Printed:
        serials = [one.serial for one in booklets]
        path.write_text("\n".join([f"%PDF {title} {parts} {self.size}", *serials]), "utf-8")
        sizes = (0 if parts == "sheet" else 8, 0 if parts == "booklet" else 2)
        return Printed(len(serials), dict.fromkeys(serials, sizes))


def room_papers(_: object, of: RoomPapers) -> dict[str, bytes]:
    """The name of a room, and its booklets in large print, in place of its papers."""
    return {paper.file: " ".join(("%PDF", of.room, *of.large_print)).encode() for paper in of.papers}


@pytest.fixture
def quick_booklets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Booklets, sheets and keys without pages: what they look like is tested elsewhere."""
    for module in ("examgen.papers.printing", "examgen.papers.settings"):
        monkeypatch.setattr(f"{module}.BookletPrinter", Printer)
    monkeypatch.setattr("examgen.papers.printing.answer_sheet", lambda *_: b"%PDF sheet")
    monkeypatch.setattr(
        "examgen.papers.printing.key_sheet", lambda _exam, form, *_: b"%PDF key " + form.name.encode()
    )


@pytest.fixture
def quick_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    """So are papers of rooms."""
    monkeypatch.setattr("examgen.papers.printing.room_papers", room_papers)


@pytest.fixture
def quick(quick_booklets: None, quick_rooms: None) -> None:
    """So are all papers."""
