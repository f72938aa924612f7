"""Faults of YAML keep their lines; what nests too deeply is told before it is parsed; names are suggested."""

from __future__ import annotations

import pytest
import yaml

from examgen.core.yamlfile import is_too_deep, parse, suggestion


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "field-twice", 3),
        ("- a: {x: 1,\n   x: 2}\n", "field-twice", 2),
        ("1: a\n'1': b\n", "field-twice", 2),
        ("a: &one [x]\nb: *one\n", "yaml-anchor", 1),
        ("- &one x\n- *one\n", "yaml-anchor", 1),
        ("&one [*one]\n", "yaml-anchor", 1),
        ("a: 1\nb: !!python/name:os.system x\n", "yaml-syntax", 2),
        ("a: 1\nb: [\n", "yaml-syntax", 2),
        ("? [a]\n: b\n", "yaml-syntax", 1),
        ("a: =\n", "yaml-syntax", 1),
    ],
)
def test_faults_keep_their_lines(text: str, code: str, line: int) -> None:
    document, problems = parse(text, "x.yaml")
    assert document.data is None
    assert [(problem.code, problem.source) for problem in problems] == [(code, f"x.yaml:{line}")]


def test_a_date_that_is_none_is_a_fault_of_its_file() -> None:
    assert [problem.code for problem in parse("a: 2026-13-45\n", "x.yaml")[1]] == ["yaml-value"]


def test_a_short_line_cannot_nest_deeply_and_a_long_one_can() -> None:
    assert is_too_deep("- " * 150 + "x")
    assert is_too_deep("[" * 150)
    assert not is_too_deep("- a - b\n" * 300)


def test_a_bank_of_many_short_lists_is_not_parsed_for_how_deep_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = "- id: x\n  pcs: [A4011.01]\n  levels: [3, 4]\n" * 200
    assert is_too_deep(lists + "- a: " + "[" * 150)
    assert is_too_deep("{\na: [1]\n, b: " * 150)
    monkeypatch.setattr(yaml, "parse", lambda *_, **__: pytest.fail("parsed"))
    assert not is_too_deep(lists)


@pytest.mark.parametrize(
    ("written", "known", "hint"),
    [
        ("HOH0626.02", ["HOH0622.02", "HOH0623.02", "HOH0700.01"], ". Did you mean "
                                                                   "HOH0622.02 or "
                                                                   "HOH0623.02?"),
        ("25502", [f"25502.0{n}" for n in range(1, 5)], ". Did you mean 25502.01, "
                                                        "25502.02, 25502.03 or 25502.04?"),
        ("E1.0", [f"E1.{n:02}" for n in range(1, 8)], ". Choose one of E1.01, E1.02, E1.03, E1.04, E1.05, E1.06, E1.07."),
        ("E1.0", [f"E1.{n:02}" for n in range(1, 28)], ""),
        ("stme", ["stem", "options"], ". Did you mean stem?"),
    ],
)  # fmt: skip
def test_all_names_that_are_as_near_are_suggested_or_none(written: str, known: list[str], hint: str) -> None:
    assert suggestion(written, known) == hint
