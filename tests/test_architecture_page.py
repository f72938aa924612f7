"""docs/architecture.md against the imports: its picture, its table of rooms, its list of what each is for."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.test_architecture import STAGES, VOCABULARY, imports

_ARROW = re.compile(r"^ +(\w+) -- (\w+) --> (\w+)$", re.M)
_ROW = re.compile(r"^\| `([\w/]+?)/?` \| (.*) \|$", re.M)


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "architecture.md").read_text("utf-8")


@pytest.fixture(scope="module")
def imported(root: Path) -> dict[str, set[str]]:
    """What each room imports: `scoring` and `workflow/scoring` are rooms, and so is `workflow`."""
    package = root / "examgen"
    found: dict[str, set[str]] = defaultdict(set)
    for path in package.rglob("*.py"):
        parts = path.relative_to(package).parts
        room = "/".join(parts[:2]) if parts[0] == "workflow" and len(parts) > 2 else parts[0]
        found[room].update(imports(ast.parse(path.read_text("utf-8"))))
    return found


def test_what_stands_on_an_arrow_is_imported_by_both_ends(page: str, imported: dict[str, set[str]]) -> None:
    arrows = _ARROW.findall(page)
    assert len(arrows) >= 6
    for giver, name, taker in arrows:
        assert {giver, taker} <= STAGES, (giver, taker)
        ends = [{one for one in imported[room] if one.endswith(f".{name}")} for room in (giver, taker)]
        homes = {one.split(".")[1] for one in ends[0] & ends[1]}
        assert homes & VOCABULARY, f"{name} is not what {giver} gives to {taker}"


def test_every_stage_is_in_the_picture(page: str) -> None:
    picture = page.split("```mermaid")[1].split("```", maxsplit=1)[0]
    assert set(re.findall(r"\w+", picture)) >= STAGES


def test_the_rooms_of_workflow_compose_the_stages_that_the_page_names(
    page: str, imported: dict[str, set[str]]
) -> None:
    told = {
        room: set(stages.split(", ")) for room, stages in _ROW.findall(page) if room.startswith("workflow")
    }
    rooms = {room for room in imported if room.split("/")[0] == "workflow"}
    for room in rooms:
        of_room = {name.split(".")[1] for name in imported[room] if name.startswith("examgen.")} & STAGES
        table = page.split("| room | stages |")[1].split("\n\n", maxsplit=1)[0]
        assert f"| `{room}` | {', '.join(sorted(of_room))} |" in table
    assert rooms <= set(told)


def test_every_room_is_listed_with_what_is_in_it(root: Path, page: str) -> None:
    package = root / "examgen"
    rooms = sorted(
        path.parent
        for path in package.rglob("__init__.py")
        if path.parent not in {package} and path.parent.name != "migrations"
    )
    said = [
        f"| `{room.relative_to(package).as_posix()}/` | {_first_line(room / '__init__.py')} |"
        for room in rooms
    ]
    assert page.split("| room | what is in it |\n|---|---|\n")[1].strip().split("\n") == said


def _first_line(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split("\n")[0]
