"""Nothing tells a user to install `examgen`: on the package index that name is somebody else's."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
BARE = re.compile(
    r"(?:(?:pip3?|pipx|uv pip|uv tool|poetry|conda|micromamba|pdm)['\"`]*\s+(?:install|add|download)|uvx|pipx run|uv add)"
    r"[^\n|;&`]*?[\s'\"`(]examgen(?![\w./*-])"
    r"|(?<![\w.-])examgen\[(?:web|scan|signing|dask|plot|dev)"
    r"|pypi\.org/(?:project|simple)/examgen(?![\w-])|pkg:pypi/examgen(?![\w-])",
    re.IGNORECASE,
)
"""Commands that fetch the bare name from an index, or its extras."""


def tracked() -> list[Path]:
    told = subprocess.run(["git", "ls-files", "-z"], cwd=HERE, capture_output=True, text=True, check=True)
    return [HERE / name for name in told.stdout.split("\0") if name]


def test_nothing_tells_a_user_to_install_a_bare_examgen() -> None:
    own, found = Path(__file__).resolve(), []
    for path in tracked():
        if path == own or path.name == "CHANGELOG.md" or not path.is_file() or path.is_symlink():
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(HERE)}: {match[0]}" for match in BARE.finditer(text)]
    assert found == []


def test_what_is_looked_for_is_found_and_ours_is_not() -> None:
    wrong = "pip install examgen|pip install 'examgen[scan]'|uv pip install -U examgen|pipx install examgen==1|uvx examgen|`examgen[web]`"
    assert [one for one in wrong.split("|") if not BARE.search(one)] == []
    right = "pip install examgen-certification|pip install 'examgen-certification[scan]'|pip install ./examgen_certification-1.whl"
    assert [one for one in right.split("|") if BARE.search(one)] == []


def test_the_name_stands_alike_in_the_project_and_in_the_code() -> None:
    project = tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))["project"]
    code = (HERE / "examgen/__init__.py").read_text("utf-8")
    assert f'DISTRIBUTION = "{project["name"]}"' in code
    assert project["name"] != "examgen"
    assert [*project["scripts"]] == ["examgen"]
