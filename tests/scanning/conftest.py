"""What several tests of scanning share."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from examgen.assembly.building import build
from examgen.papers.printing import PrintingOptions, render
from tests.commands.conftest import once, run

__all__ = ["once", "package", "run"]
BLUEPRINT = "item_bank/ASM-REE-5-059ZB/blueprints/level-4.yaml"


@pytest.fixture(scope="session")
def package(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exam of six items, printed for three candidates."""
    folder = tmp_path_factory.mktemp("simulated")
    blueprint = yaml.safe_load((root / BLUEPRINT).read_text("utf-8"))
    small = {
        name: value for name, value in blueprint.items() if name not in ("criteria", "cognitive", "overlap")
    }
    path = folder / "blueprint.yaml"
    short = {"items": 6, "forms": 1, "judgement": {"min_items": 1, "percent": 60}}
    path.write_text(yaml.safe_dump(small | short), "utf-8")
    build(path, root, folder / "exam")
    roster = folder / "list.csv"
    roster.write_text("candidate_id,name\n" + "".join(f"{n:013},ปู่น้ำ\n" for n in range(3)), "utf-8")
    render(folder / "exam", folder, PrintingOptions(candidates=roster))
    return folder / "exam"
