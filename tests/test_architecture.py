"""The layers of the house: cli → workflow → stages → vocabulary. Fails on a planted violation."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

STAGES = {
    "standards",
    "bank",
    "assembly",
    "papers",
    "capture",
    "scoring",
    "analysis",
    "reports",
    "scanning",
    "interchange",
}
VOCABULARY = {
    "models",
    "responses",
    "tables",
    "catalogue",
    "drawings",
    "foreign",
    "pictures",
    "problems",
    "candidate_numbers",
    "register",
    "exam",
    "pdf",
    "resources",
    "signing",
    "changes",
    "disk",
    "work_folders",
    "uncertainty",
    "scored_run",
    "shown_pictures",
    "storage",
    "text",
    "words",
    "yamlfile",
}
SURFACE = {"workflow", "cli", "web", "doctor", "__main__"}
ONLY_IN_PDF = {"weasyprint", "pikepdf", "uharfbuzz"}
ONLY_IN_SIGNING = {"pyhanko", "pyhanko_certvalidator", "asn1crypto", "pkcs11", "pyld"}
ONLY_IN_SCANNING = {"cv2"}
ONLY_IN_WEB = {"django", "allauth", "csp", "django_htmx", "granian"}
HEAVY = {
    "weasyprint", "pikepdf", "uharfbuzz", "polars", "numpy", "highspy", "openpyxl", "bs4", "pydantic", "yaml", "jinja2", "babel",
    "markdown_it", "pythainlp", "rapidfuzz", "ziamath", "zxingcpp", "PIL",
    "cryptography", "pyhanko", "cv2", "pyld",
}  # fmt: skip


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that a file imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level


def violations(package: Path) -> list[str]:
    """Every import under `package` that the layers forbid, as `file: import`."""
    found = []
    for path in sorted(package.rglob("*.py")):
        relative = path.relative_to(package)
        room = relative.parts[0].removesuffix(".py")
        for name in imports(ast.parse(path.read_text("utf-8"))):
            if forbidden(room, name):
                found.append(f"{relative.as_posix()}: {name}")
    return found


def forbidden(room: str, name: str) -> bool:
    if name.startswith("."):
        return True
    if name.split(".", maxsplit=1)[0] in ONLY_IN_PDF:
        return room != "pdf"
    if name.split(".", maxsplit=1)[0] in ONLY_IN_SIGNING:
        return room != "signing"
    if name.split(".", maxsplit=1)[0] in ONLY_IN_SCANNING:
        return room != "scanning"
    if name.split(".", maxsplit=1)[0] in ONLY_IN_WEB:
        return room != "web"
    parts = name.split(".")
    if parts[0] != "examgen" or len(parts) == 1:
        return False
    target = parts[1]
    if room in STAGES:
        return target in (STAGES - {room}) | SURFACE
    if room in VOCABULARY:
        return target in STAGES | SURFACE
    if room == "workflow":
        return target in {"cli", "web"}
    if room == "web":
        return target in {"cli", *STAGES}
    if room == "cli":
        return target in STAGES
    return False


def test_no_layer_reaches_past_its_place(root: Path) -> None:
    assert violations(root / "examgen") == []


def test_every_room_of_the_package_is_known(root: Path) -> None:
    rooms = {
        path.name.removesuffix(".py")
        for path in (root / "examgen").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert rooms - {"__init__"} <= STAGES | VOCABULARY | SURFACE


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("scoring/score.py", "from examgen.assembly import assemble"),
        ("bank/loading.py", "import examgen.workflow"),
        ("models.py", "def f():\n    from examgen import bank"),
        ("workflow/exams.py", "from examgen.cli import main"),
        ("cli/exams.py", "from examgen.capture import recognise"),
        ("papers/booklet.py", "import weasyprint"),
        ("workflow/reports/verifying.py", "from pyhanko.sign import signers"),
        ("papers/booklet.py", "from . import markup"),
        ("reports/gallery.py", "import cv2"),
        ("scanning/sheet_layout.py", "from examgen.papers.sheet import design"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, file: str, line: str) -> None:
    planted = tmp_path / file
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(line, "utf-8")
    assert len(violations(tmp_path)) >= 1


def test_the_command_line_loads_nothing_heavy_at_start(root: Path) -> None:
    for path in (root / "examgen" / "cli").glob("*.py"):
        if path.name == "demo.py":
            continue
        top = [
            node
            for node in ast.parse(path.read_text("utf-8")).body
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        loaded = {name.split(".")[0] for node in top for name in imports(ast.Module([node], []))}
        assert not loaded & HEAVY, path
        rooms = {
            name.split(".")[1]
            for node in top
            for name in imports(ast.Module([node], []))
            if name.startswith("examgen.")
        }
        assert rooms <= {"problems", "cli", "words"}, path


def test_help_is_shown_without_anything_heavy() -> None:
    code = (
        "import sys; sys.argv = ['examgen', '--help']\n"
        "from examgen.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "score" in ran.stdout
    assert not set(ran.stderr.split()) & HEAVY


OF_OUR_OWN = {
    "cli/demo.py", "workflow/processes.py", "workflow/bank/checking.py", "papers/templates/child.py", "papers/booklet.py",
    "papers/sheet/printing.py", "papers/templates/sandbox.py", "pdf/document.py", "pdf/press.py", "changes.py", "text/fonts.py", "web/site.py", "web/demo.py",
    "words.py",
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
    assert found <= OF_OUR_OWN | {"standards/reading.py"}
