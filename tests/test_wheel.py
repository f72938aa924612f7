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


def test_a_new_workspace_works_from_the_wheel_alone(examgen: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*arguments: str) -> str:
        ran = subprocess.run(
            [examgen, *arguments], cwd=tmp_path, env=environment, check=False, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    where = "import examgen.resources as r; print(r.__file__, r.example_page(), r.builtin('templates'))"
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


@pytest.mark.parametrize(
    ("ms", "chosen"),
    [
        ({"a": "100", "b": "80"}, "b/python3.11"),
        ({"a": "100", "b": "96"}, "a/python3.11"),
        ({"a": "1000100", "b": "120"}, "b/python3.11"),  # the first cannot make an environment
        ({"a": "", "b": "120"}, "b/python3.11"),  # the first is too old, or the stub of an uninstalled one
        ({"a": ""}, ""),
    ],
)
def test_the_house_is_set_up_with_the_python_that_takes_least(
    root: Path, tmp_path: Path, ms: dict[str, str], chosen: str
) -> None:
    for folder, said in ms.items():
        (tmp_path / folder).mkdir()
        python = tmp_path / folder / "python3.11"
        python.write_text(f"#!/bin/sh\n{f'echo {said}' if said else 'exit 1'}\n")
        python.chmod(0o755)
    path = ":".join(str(tmp_path / folder) for folder in ms)
    script = root / "scripts" / "choose-python"
    found = subprocess.run([script], env={"PATH": path}, check=True, capture_output=True, text=True).stdout
    assert found.strip() == (chosen and str(tmp_path / chosen))


def test_this_python_is_one_that_would_be_chosen(root: Path, tmp_path: Path) -> None:
    (tmp_path / "python3.11").symlink_to(sys.executable)
    script = root / "scripts" / "choose-python"
    found = subprocess.run([script], env={"PATH": str(tmp_path)}, check=True, capture_output=True, text=True)
    assert found.stdout.strip() == str(tmp_path / "python3.11")
