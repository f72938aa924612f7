"""What holds of every public name: it is documented in full, its example runs, and its import stays light."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

import numpy as np
import pytest

import examgen.stats as es

NAMES = sorted(es.__all__)
HEAVY = (
    "django",
    "weasyprint",
    "openpyxl",
    "pikepdf",
    "PIL",
    "pandas",
    "matplotlib",
    "lxml",
    "pydantic",
    "jinja2",
)


def _text(name: str) -> str:
    return inspect.getdoc(getattr(es, name)) or ""


@pytest.mark.parametrize("name", NAMES)
def test_its_docstring_is_complete(name: str) -> None:
    found, text = getattr(es, name), _text(name)
    assert re.match(r"[^\n]+\.\n\n", text), "one line first"
    sections = set(re.findall(r"^([A-Z][A-Za-z ]+)\n-{3,}$", text, flags=re.M))
    needed = {"See Also", "Examples"}
    if inspect.isfunction(found):
        needed |= {"Parameters", "Returns", "Raises", "Notes"}
        part = text.split("Parameters\n---")[1].split("Returns\n---")[0]
        for parameter in inspect.signature(found).parameters:
            assert re.search(
                rf"^\*{{0,2}}(\w+, )*\*{{0,2}}{parameter}(, \*{{0,2}}\w+)* : ", part, flags=re.M
            ), parameter
    assert needed <= sections


@pytest.mark.parametrize("name", NAMES)
def test_its_example_runs(name: str) -> None:
    test = doctest.DocTestParser().get_doctest(_text(name), {}, name, None, 0)
    assert test.examples
    said: list[str] = []
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    with np.printoptions(legacy=False):
        doctest.DocTestRunner(optionflags=flags).run(test, out=said.append)
    assert not said, "".join(said)


def test_no_module_is_called_as_a_verb() -> None:
    """Python would put it in the verb's place in the package."""
    modules = {found.name for found in pkgutil.iter_modules(es.__path__)}
    assert modules.isdisjoint(NAMES)
    assert [name for name in NAMES if not hasattr(importlib.import_module("examgen.stats"), name)] == []


def test_the_import_takes_nothing_heavy() -> None:
    names = ", ".join(NAMES)
    code = (
        f"from examgen.stats import {names}\nimport sys\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))\n"
        "print(*(name for name in sys.modules if name.startswith('examgen.capture')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded, capture = ran.stdout.split("\n")[:2]
    assert set(HEAVY).isdisjoint(loaded.split())
    assert not capture
    bare = "import examgen.stats, sys; print({'numpy', 'scipy', 'polars'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", bare], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
