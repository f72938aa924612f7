"""The wheel holds what is tracked and nothing else and, installed outside the checkout, is all a workspace needs."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from examgen import __version__


@pytest.fixture(scope="module")
def release(root: Path) -> Any:
    """`scripts/release`, by whose functions `make dist` builds and looks at what it built."""
    return SimpleNamespace(**runpy.run_path(str(root / "scripts/release")))


@pytest.fixture(scope="module")
def wheel(release: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wheel")
    names = {"pyproject.toml", "README.md", *release.due_in_wheel(release.tracked()).values()}
    return Path(release.build(release.copied(names, place / "sources"), "wheel", place))


@pytest.fixture(scope="module")
def environment(wheel: Path) -> Path:
    """The programs of a new environment that holds the wheel and, by reference, its dependencies."""
    env = wheel.parent / "env"
    venv.create(env, with_pip=False)
    install = ["--python", str(env / "bin/python"), "install", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([sys.executable, "-m", "pip", *install, str(wheel)], check=True, capture_output=True)
    [packages] = (env / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return env / "bin"


@pytest.fixture
def run(environment: Path, tmp_path: Path) -> Callable[..., str]:
    """Runs a program of that environment in an empty folder and gives what it says."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(program: str, *arguments: str) -> str:
        command = [environment / program, *arguments]
        ran = subprocess.run(
            command, cwd=tmp_path, env=variables, check=False, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    return run


def test_the_wheel_holds_what_is_tracked_with_its_licences_and_no_more(release: Any, wheel: Path) -> None:
    assert release.faults_of_wheel(wheel, release.tracked()) == []
    [notice] = (name for name in release.held_of_wheel(wheel) if name.endswith("licenses/LICENSE"))
    assert notice == f"examgen_certification-{__version__}.dist-info/licenses/LICENSE"


def test_what_never_leaves_the_house_is_found_in_an_archive(release: Any) -> None:
    held = {
        "examgen/data/item_bank/X/source.txt": b"a published document",
        "examgen/a.py": b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA",
        "keys/body.pem": b"",
    }
    found = release.faults("the wheel", held, {}, held.keys())
    assert {line.split(":")[0] for line in found} == {f"the wheel must not have {name}" for name in held}


def test_the_wheel_installed_in_an_empty_environment_makes_a_workspace(run: Callable[..., str]) -> None:
    assert run("examgen", "--version").split() == ["examgen", __version__]
    run("examgen", "init", "place")
    where = "import examgen.core.resources as r; print(r.__file__, r.example_page(), r.builtin('templates'))"
    prefix = run("python", "-c", "import sys; print(sys.prefix)").strip()
    assert all(path.startswith(prefix) for path in run("python", "-c", where).split())


@pytest.mark.long("goes through an exam with the wheel; that it is whole is held by its list of files")
def test_an_exam_is_gone_through_with_the_wheel_alone(run: Callable[..., str], tmp_path: Path) -> None:
    run("examgen", "init", "place")
    page = "import examgen.core.resources as r; print(r.example_page())"
    run("examgen", "unit", "import", run("python", "-c", page).strip(), "--workspace", "place")
    run("examgen", "bank", "check", "--workspace", "place")
    run("examgen", "build", "place/item_bank/DG-TWRT-007/blueprints/standard.yaml")
    exam = "place/output/DG-TWRT-007"
    run("examgen", "render", exam, "--workspace", "place")
    run("examgen", "verify", exam)
    run("examgen", "simulate", exam, "--candidates", "20", "--seed", "1", "--out", "answers.csv")
    run("examgen", "score", exam, "answers.csv")
    assert (tmp_path / exam / "results/pc_results.csv").is_file()
    assert (tmp_path / exam / "papers/booklet-A.pdf").read_bytes().startswith(b"%PDF")


def test_the_lock_of_an_extra_has_what_it_needs_and_no_tools_of_development(root: Path) -> None:
    lock_of = SimpleNamespace(**runpy.run_path(str(root / "scripts/lock-of")))
    always, site = ({one.name for one in lock_of.needed(extras)} for extras in ([], ["web"]))
    assert {"weasyprint", "cffi", "pycparser", "polars-runtime-32"} <= always
    assert site - always >= {"django", "granian", "asgiref", "psycopg-binary"}
    assert not site & {"pytest", "mypy", "ruff", "distributed"}
    assert len(lock_of.needed(["dev", "web"])) == len(lock_of.locked())
