"""`examgen templates`: built-in templates listed and copied; the password of secret papers."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from examgen.commands.papers import password_for
from examgen.core.problems import Refused, WrongUsage
from examgen.core.resources import builtin, template_folders
from tests.commands.conftest import Run


def test_templates_are_listed_and_copied_and_never_over_ones_own(run: Run, workspace: Path) -> None:
    listed = [one["name"] for one in run.json("templates", "list")]
    assert {"key-sheet.html", "booklet/cover.html", "booklet.css", "locale/th.po"} <= set(listed)
    assert not [name for name in listed if name.startswith("fonts/")]

    assert len(run.json("templates", "eject", "key-sheet.html", "booklet/cover.html")["copied"]) == 2
    own = Path("templates/key-sheet.html")
    assert own.read_bytes() == (builtin("templates") / "key-sheet.html").read_bytes()
    assert Path.cwd() / "templates" == template_folders(workspace)[0]
    own.write_text("mine")
    assert f"{'key-sheet.html':32}templates/key-sheet.html" in run("templates", "list").out

    ran = run("templates", "eject")
    assert ran.status == 1
    assert "templates/key-sheet.html: already exists" in ran.err
    assert "templates/booklet/cover.html: already exists" in ran.err
    assert own.read_text() == "mine"
    assert not Path("templates/booklet.html").exists()

    run.ok("templates", "eject", "--replace")
    assert own.read_text() != "mine"
    everything = {path.relative_to("templates").as_posix() for path in Path("templates").rglob("*.*")}
    assert everything == set(listed)


def test_a_name_that_is_no_template_is_told_with_the_one_that_was_meant(run: Run, workspace: Path) -> None:
    ran = run("templates", "eject", "bookle.html", "../pyproject.toml", "--into", "own")
    assert ran.status == 1
    assert "bookle.html: there is no such template. Did you mean booklet.html?" in ran.err
    assert "../pyproject.toml: there is no such template" in ran.err
    assert not Path("own").exists()


def test_the_password_comes_from_a_file_or_is_asked_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "password.txt"
    path.write_text("correct horse\n")
    path.chmod(0o644)
    asked: list[dict[str, object]] = []

    def prompt(text: str, **options: object) -> str:
        asked.append(options)
        return "battery staple"

    monkeypatch.setattr(click, "prompt", prompt)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    assert password_for(path, False) == "correct horse"
    assert "others can read it (mode 644)" in capsys.readouterr().err
    assert password_for(None, True) == "battery staple"
    assert asked == [{"hide_input": True, "confirmation_prompt": True}]
    assert password_for(None, False) is None
    with pytest.raises(WrongUsage, match="use either --password-file or --encrypt"):
        password_for(path, True)
    path.write_text("1234\n")
    with pytest.raises(Refused, match="too weak"):
        password_for(path, False)
