"""The packages in the order in which they may import (import-linter), and what the command line loads."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

HEAVY = {
    "weasyprint", "pikepdf", "uharfbuzz", "polars", "numpy", "highspy", "openpyxl", "bs4", "pydantic", "yaml", "jinja2", "babel",
    "markdown_it", "pythainlp", "rapidfuzz", "ziamath", "zxingcpp", "PIL",
    "cryptography", "pyhanko", "cv2",
}  # fmt: skip


def layers(root: Path) -> list[str]:
    """The packages of pyproject.toml, from the one that imports all others down."""
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    [contract] = [one for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "layers"]
    return [name.strip() for line in contract["layers"] for name in line.split(":")]


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def test_a_package_imports_only_packages_below_it(root: Path) -> None:
    ran = linted(root)
    assert ran.returncode == 0, ran.stdout
    assert "5 kept, 0 broken" in ran.stdout


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that a file imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_the_help_on_every_command_loads_nothing_heavy() -> None:
    """Declarations are models of pydantic; what a command works with is loaded when it works."""
    code = (
        "import sys\n"
        "from tests.every_command import every_command\n"
        "assert len(dict(every_command())) > 55\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(ran.stdout.split()) & HEAVY - {"pydantic"}


def test_help_is_shown_without_anything_heavy() -> None:
    code = (
        "import sys; sys.argv = ['examgen', '--help']\n"
        "from examgen.commands import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "score" in ran.stdout
    assert not set(ran.stderr.split()) & HEAVY


OF_OUR_OWN = {
    "commands/demo.py", "core/processes.py", "bank/checking.py", "rendering/templates/limits.py",
    "papers/sheet/printing.py", "rendering/templates/sandbox.py", "rendering/pdf/document.py", "rendering/pdf/composer.py", "core/changes.py",
    "core/text/fonts.py", "site/site.py", "site/demo.py", "core/words.py", "reports/candidates.py",
}  # fmt: skip
"""Modules that read whole files that examgen itself has just written, or that come with it."""


def test_files_that_others_made_are_read_in_one_place(root: Path) -> None:
    """`storage.read_input` refuses pipes, devices and what is too large."""
    found = set()
    for path in (root / "examgen").rglob("*.py"):
        text = path.read_text("utf-8")
        calls = ast.walk(ast.parse(text)) if "read_bytes" in text or "read_text" in text else ()
        for node in calls:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                is_pdf = "pdf" in path.relative_to(root).parts and ast.unparse(node.func.value).split(".")[
                    -1
                ] not in (
                    "path",
                    "program",
                )
                if node.func.attr in ("read_bytes", "read_text") and not is_pdf:
                    found.add(path.relative_to(root / "examgen").as_posix())
    assert found <= OF_OUR_OWN | {"bank/standards/reading.py"}


def test_no_group_of_a_pattern_is_possessive(root: Path) -> None:
    """Before 3.11.5 Python matches such a group wrongly where something in it can go back (CPython issue
    106052), and Debian 12 has 3.11.2: contents of PDF were cut in the middle of a word."""
    possessive = re.compile(r"\)(?:\*|\+|\?|\{[0-9,]+\})\+[^+]|\(\?>")
    found = [
        f"{path.relative_to(root)}:{n}"
        for path in sorted((root / "examgen").rglob("*.py"))
        for n, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if possessive.search(line)
    ]
    assert found == []
