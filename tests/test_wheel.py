"""The wheel, installed outside the checkout, has all that a workspace needs."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def examgen(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console script of a new environment that holds the wheel and, by reference, its dependencies."""
    place = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place), str(root)],
        check=True,
        capture_output=True,
    )
    [wheel] = place.glob("*.whl")
    venv.create(place / "env", with_pip=False)
    python = place / "env" / "bin" / "python"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--no-deps",
            "--no-index",
            str(wheel),
        ],
        check=True,
        capture_output=True,
    )
    [packages] = (place / "env" / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return place / "env" / "bin" / "examgen"


@pytest.mark.long("builds, installs and runs a wheel; what it holds is held by its list of files")
def test_a_new_workspace_works_from_the_wheel_alone(examgen: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*arguments: str) -> str:
        ran = subprocess.run(
            [examgen, *arguments], cwd=tmp_path, env=environment, check=False, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    where = "import examgen.core.resources as r; print(r.__file__, r.example_page(), r.builtin('templates'))"
    python = examgen.parent / "python"
    found = subprocess.run(
        [python, "-c", where], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    assert all(path.startswith(str(examgen.parent.parent)) for path in found.stdout.split())
    page = found.stdout.split()[1]

    run("init", "place")
    run("unit", "import", page, "--workspace", "place")
    run("bank", "check", "--workspace", "place")
    run("build", "place/item_bank/DG-TWRT-007/blueprints/standard.yaml")
    run("render", "place/output/DG-TWRT-007", "--workspace", "place")
    run("verify", "place/output/DG-TWRT-007")
    run("simulate", "place/output/DG-TWRT-007", "--candidates", "20", "--seed", "1", "--out", "answers.csv")
    run("score", "place/output/DG-TWRT-007", "answers.csv")
    assert (tmp_path / "place/output/DG-TWRT-007/results/pc_results.csv").is_file()
    assert (tmp_path / "place/output/DG-TWRT-007/papers/booklet-A.pdf").read_bytes().startswith(b"%PDF")
