"""`scripts/measure` counts a small tree as a person does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

TREE = {
    "examgen/__init__.py": '"""Nothing but a docstring is no module with code."""',
    "examgen/core/first.py": '''
        """A docstring
        of two lines."""
        # a comment
        from typing import TYPE_CHECKING, NamedTuple
        from examgen.core import second
        from examgen.core.words import tell, tell_n
        if TYPE_CHECKING:
            from examgen.core.third import Model

        class Pair(NamedTuple):
            """A docstring."""
            left: int  # a comment behind code is code
            """A docstring of a field."""

        def used_once(): return tell("one"), tell_n("one", "many", n=2), tell(text)
        def used_twice(): return Pair(1)
        def never(): return second.x(used_once(), used_twice, used_twice)
        ''',
    "examgen/core/second.py": '''
        from examgen.core import first
        x = """a text
        # that is no comment
        """
        def late():
            import scipy.stats
            from examgen.core import third
        ''',
    "examgen/core/third.py": """
        from dataclasses import dataclass
        from pydantic import BaseModel
        class Model(BaseModel): ...
        class Further(Model): ...
        @dataclass(frozen=True)
        class Held: ...
        a = Held(), Held()
        def sooner():
            from . import second
        """,
    "examgen/commands/tree.py": """
        COMMANDS: dict[str, str] = {"build": "b", "site keys": "k"}
        def run():
            from examgen.core import first
        """,
    "examgen/site/views.py": """
        @allowed(read=BANK)
        def item(request): ...
        @signed_in
        def home(request): ...
        urls = [public(shown)]
        """,
    "examgen/site/accounts/migrations/0001_initial.py": "a = 1\nb = 2\n",
    "examgen/site/templates/page.html": """
        {# a comment
           of two lines #}
        <p>{{ tell("one") }} {{ tell('two') }}</p>
        <!-- another -->
        """,
    "examgen/site/static/page.js": """
        /* a comment
           of two lines */
        const address = "https://example.org/*"; // a comment behind code
        // a comment
        """,
    "examgen/site/static/page.css": "/* a comment */\np { margin: 0 }\n\n",
    "examgen/locale/th/core.po": """
        # a comment
        msgid ""
        msgstr ""
        "Language: th\\n"

        msgid "one"
        msgstr "หนึ่ง"

        msgid ""
        "a long one"
        msgstr "ยาว"
        """,
    "examgen/data/levels.yaml": "# a comment\nlevels: 1\n",
    "templates/booklet.html": "<p></p>\n",
    "scripts/count": "#!/usr/bin/env python3\n# a comment\na = 1\n",
    "scripts/start": "#!/bin/sh\n# a comment\nset -e\nexec true\n",
    "benchmarks/run.py": "a = 1\n",
    "tests/test_first.py": "# a comment\ndef test_it():\n    assert True\n",
    "docs/index.md": "# Two words\n",
    "docs/rules/one.md": "Three more words.\n",
    "pyproject.toml": """
        [project]
        name = "examgen-certification"
        dependencies = ["polars>=1", "numpy"]
        [project.optional-dependencies]
        web = ["django>=5", "numpy"]
        all = ["examgen-certification[web]"]
        dev = ["pytest"]
        """,
    "requirements.lock": "polars==1.2 \\\n    --hash=sha256:00\nnumpy==2.0\n    # via polars\n",
}
EXPECTED = {
    "lines of code": 43,
    "– Python": 36, "– templates": 2, "– JavaScript": 1, "– CSS": 1, "– YAML": 1, "– shell and other": 2,
    "benchmarks": 1,
    "examgen/commands": 3,
    "examgen/core": 26,  # 10, 7 (a text of three lines is code) and 9
    "examgen/data": 1,
    "examgen/site": 8, "– of it Python, examgen/site": 5,
    "scripts": 3, "– of it Python, scripts": 1,
    "templates": 1,
    "tests (apart)": 2, "migrations (apart)": 2,
    "modules": 5, "– under 80 lines": 5,
    "messages: calls": 4, "messages: entries of catalogues": 2,
    "commands": 2, "guarded views": 3,
    "docs: pages": 2, "docs: words": 6,
    "functions and methods": 8, "functions at the top of modules": 6, "– used once": 1,
    "records": 4, "– built once": 1,
    "circles of modules": 1, "circles with imports in functions": 1, "– modules in these": 3,
    "imports in functions": 4, "– not by rule 4": 2,
    "dependencies: always": 2, "dependencies: of extras": 1, "dependencies: locked": 2,
    "seconds of make test": 61.5,
}  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), "utf-8")
    return tmp_path


def printed(root: Path, *words: object) -> str:
    command = [sys.executable, str(root / "scripts/measure"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_every_figure_of_a_small_tree(root: Path, tree: Path) -> None:
    (figures,) = json.loads(printed(root, tree, "--seconds", 61.5, "--json")).values()
    assert figures == EXPECTED


def test_the_table_has_a_column_for_each_checkout(root: Path, tree: Path) -> None:
    (tree / "other/beans").mkdir(parents=True)
    (tree / "other/beans/__init__.py").write_text("import click\n@click.command()\ndef go(): ...\n", "utf-8")
    lines = printed(root, tree, tree / "other").splitlines()
    assert lines[0] == f"| | {tree} | {tree / 'other'} |"
    assert "| commands | 2 | 1 |" in lines
    assert "| beans/ |  | 3 |" in lines


def test_the_places_behind_a_figure(root: Path, tree: Path) -> None:
    assert printed(root, tree, "--list", "once-function") == "examgen/core/first.py:15 used_once\n"
    assert printed(root, tree, "--list", "circle") == "examgen.core.first examgen.core.second\n"
