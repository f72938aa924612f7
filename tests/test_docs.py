"""The README and the docs are held true: the tutorial runs, what they list is what there is."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from pathlib import Path

import pytest

from examgen import stats
from examgen.capture.quarantine_reasons import QUARANTINE_REASONS
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.decisions import Judgement, PassRule, ReportRule
from examgen.core.models.item import Item
from examgen.core.models.scoring import Correction, ScoringRule
from examgen.core.problems import Exit
from examgen.core.yamlfile import model_fields
from examgen.scoring.reconcile import LEDGER_HEADER, UNRECONCILED_HEADER, WHAT
from examgen.scoring.results import PC_SCALE_COLUMNS, QUARANTINE_COLUMNS, RESULT_FORMATS
from examgen.scoring.score import score
from examgen.scoring.signals import REASSIGN_COLUMNS, SIGNAL_COLUMNS
from tests.effort import some
from tests.quick_examgen import quick_examgen
from tests.screen_exams import screen_exam, wide
from tests.sittings import table
from tests.transcripts import played, rewritten, steps

ROOT = Path(__file__).parents[1]
DOCS = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/**/*.md"))
STORIES = ("analysis.md", "certification.md")
"""Documents in docs/ that are sessions, shown with all that the commands print."""


FRONT_DOOR = ("README.md", "docs/tutorial.md")
"""What newcomers read first: always run, in whatever tests are drawn."""


def _environment(*folders: Path) -> dict[str, str]:
    """With the commands of those folders and of this installation, on a terminal of a known width."""
    path = os.pathsep.join([*map(str, folders), str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "COLUMNS": "110", "LC_ALL": "C.UTF-8"}


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of an `examgen` that begins at once."""
    with quick_examgen(tmp_path_factory.mktemp("quick"), _environment()) as folder:
        yield folder


@pytest.mark.parametrize("name", FRONT_DOOR)
def test_the_front_door_shows_what_the_commands_print(
    root: Path, tmp_path: Path, name: str, update_golden: bool, quick: Path
) -> None:
    shutil.copytree(root / "docs/tutorial", tmp_path / "tutorial")
    _goes_so(root / name, tmp_path, update_golden, quick, least=6)


@pytest.mark.parametrize("name", some(STORIES, 1))
def test_a_story_goes_so(root: Path, tmp_path: Path, name: str, update_golden: bool, quick: Path) -> None:
    _goes_so(root / "docs" / name, tmp_path, update_golden, quick)


def _goes_so(path: Path, folder: Path, update_golden: bool, quick: Path, least: int = 11) -> None:
    text = path.read_text("utf-8")
    ran = list(played(text, folder, _environment(quick)))
    assert len(ran) >= least
    if update_golden:
        path.write_text(rewritten(text, ran), "utf-8")
    following = [one.step.command for one in ran[1:]] + [""]
    for (step, printed, status), after in zip(ran, following, strict=True):
        assert status == 0 or after == "echo $?", f"{step.command}\n{printed}"
        if step.shown is not None and not update_golden:
            assert printed == step.shown, step.command


@pytest.mark.parametrize("name", some(STORIES, 1))
def test_a_story_says_which_of_its_numbers_are_others_for_its_reader(root: Path, name: str) -> None:
    text = (root / "docs" / name).read_text("utf-8")
    head = text[: text.index("\n## ")]
    shown = "".join(step.shown or "" for step in steps(text))
    assert ("fingerprint" in head) == bool(
        re.search(r"(?<!\.)\b(?:[0-9a-f]{16}|[0-9a-f]{4}(?: [0-9a-f]{4}){3})\b", shown)
    )
    assert ("numbers of keys" in head) == bool(re.search(r"\bkey [A-Z2-7]{8}\b", shown))
    for found in re.finditer(r"\n\n([^\n]+)\n\n```console\n\$ [^\n]*--fingerprint ['0-9a-f ]{14,}", text):
        assert re.search(r"\byour own\b", found[1]), found[0]
    assert len(re.findall(r"\$ .*--fingerprint", text)) == len(
        re.findall(r"```console\n\$ [^\n]*--fingerprint", text)
    )


def test_the_docs_name_every_field_reason_and_status(root: Path) -> None:
    text = (root / "docs" / "file-formats.md").read_text("utf-8")
    models = (Item, Blueprint, ScoringRule, Correction)
    for name in [name for model in models for name in model_fields(model)]:
        assert f"`{name}`" in text, name
    for model in (PassRule, Judgement, ReportRule):
        assert [name for name in model_fields(model) if not re.search(rf"`{name}\b", text)] == []
    for reason in QUARANTINE_REASONS:
        assert f"| `{reason.code}` | {reason.explanation} |" in text, reason.code
    statuses = text.split("## Exit status")[1]
    assert all(re.search(rf"\b{int(code)} ", statuses) for code in Exit)


def test_the_docs_name_every_column_of_the_results(root: Path) -> None:
    text = (root / "docs" / "file-formats.md").read_text("utf-8")
    headers = (
        PC_SCALE_COLUMNS, QUARANTINE_COLUMNS, LEDGER_HEADER, UNRECONCILED_HEADER, SIGNAL_COLUMNS,
        REASSIGN_COLUMNS,
    )  # fmt: skip
    for columns in headers:
        assert f"`{', '.join(columns)}`" in text
    assert [what for what in WHAT if f"`{what}`" not in text] == []
    assert [name for one in RESULT_FORMATS for name in one.files if f"`{name}`" not in text] == []


def test_the_docs_of_scoring_name_every_option_reason_and_choice(root: Path) -> None:
    text = (root / "docs" / "scoring.md").read_text("utf-8")
    help_of_score = subprocess.run(
        ["examgen", "score", "--help"], env=_environment(), capture_output=True, text=True, check=True
    ).stdout
    options = set(re.findall(r"--[a-z]+(?:-[a-z]+)*", help_of_score)) - {"--help"}
    assert len(options) >= 18
    assert [option for option in sorted(options) if option not in text] == []
    assert [reason.code for reason in QUARANTINE_REASONS if f"`{reason.code}`" not in text] == []
    for field in ("several", "wrong", "multiple", "invalid", "floor"):
        assert f"`{field}: " in text, field
    for kind in ("rekey", "accept", "drop", "credit_all", "credit_answered"):
        assert f"| `{kind}` |" in text, kind


def test_statistics_from_python_are_where_their_page_says(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each function of the page can be imported, and its examples print what stands there."""
    text = (root / "docs" / "python.md").read_text("utf-8")
    named = re.findall(r"`(examgen[\w.]+)\.(\w+)`", text)
    for module, name in named:
        assert hasattr(import_module(module), name), name
    assert set(re.findall(r"\bes\.([A-Za-z]\w+)", text)) - {"__all__"} <= set(stats.__all__)
    exam = screen_exam(tmp_path / "output/EXAM")
    key = [row["key"][0] for row in table(exam / "secure/key.csv") if row["form"] == "A"]
    score(exam, [wide(tmp_path / "answers.csv", [("101", "A", key), ("102", "A", key[::-1])])])
    shutil.copytree(root / "item_bank", tmp_path / "item_bank")
    monkeypatch.chdir(tmp_path)
    examples = "\n".join(re.findall(r"```pycon\n(.*?)```", text, flags=re.S))
    session = doctest.DocTestParser().get_doctest(examples, {}, "python.md", None, 0)
    said: list[str] = []
    assert doctest.DocTestRunner().run(session, out=said.append).failed == 0, "".join(said)


def test_every_dependency_has_its_reason_and_licence(root: Path) -> None:
    """`scripts/dependencies` writes the page."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    names = {re.split(r"[^\w.-]", one)[0].lower() for one in asked} - {"examgen"}
    rows = [
        line.strip("| ").split(" | ")
        for line in (root / "docs/validation/dependencies.md").read_text().splitlines()
    ]
    told = {row[0].split(" ")[0] for row in rows if len(row) == 4 and all(row)}
    assert names - told == set()


def test_the_page_of_statistics_has_every_public_name(root: Path) -> None:
    verbs = (root / "docs" / "python.md").read_text("utf-8").split("## Every verb")[1]
    assert [name for name in stats.__all__ if f"`es.{name}`" not in verbs] == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", *DOCS])
def test_links_between_the_docs_lead_somewhere(root: Path, name: str) -> None:
    text = (root / name).read_text("utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, place = link.partition("#")
        if "://" in link or (path and name != "README.md" and not path.endswith(".md")):
            continue
        target = (root / name).parent / path if path else root / name
        assert target.exists(), link
        assert not place or place in _places(target.read_text("utf-8")), link


def test_the_index_names_every_page(root: Path) -> None:
    linked = set(re.findall(r"\]\(([\w-]+\.md)", (root / "docs" / "README.md").read_text("utf-8")))
    assert {path.name for path in root.glob("docs/*.md")} - linked - {"README.md"} == set()


def _places(text: str) -> list[str]:
    """What the headings of a document are called in links, as GitHub has it."""
    heads = [re.sub(r"[`*]", "", head).strip().lower() for head in re.findall(r"^#+ (.+)$", text, flags=re.M)]
    return [re.sub(r"[^\w\- ]", "", head).replace(" ", "-") for head in heads]
