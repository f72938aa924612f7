"""One walk over the nodes gives what PyYAML's own loader gives, and every fault as before."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from examgen.core.yamlfile import is_too_deep, load, parse, suggestion

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.dates()
    | st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12) | st.binary(max_size=4)
)  # fmt: skip
KEYS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=6) | st.integers(0, 99)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@given(data=DATA)
def test_any_plain_data_is_read_as_the_loader_reads_it(data: Any) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    document, problems = parse(text, "x.yaml")
    twice = [problem for problem in problems if problem.code == "field-twice"]  # 1 and "1" are one field
    if "&id" not in text and not twice:
        assert problems == []
        assert document.data == yaml.safe_load(text) == data
    assert load(text.encode()) == yaml.safe_load(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1_000\nb: 0x1f\nc: 1:30\nd: 07\ne: 5\nf: -5\ng: 5.5\nh: .inf",
        "a: no\nb: ~\nc:\nd: 2026-11-20\ne: 2026-11-20 10:00:00",
        "a: !!str 5\nb: !!int '5'\nc: !!set {x, y}\nd: !!binary aGk=\ne: !!float 3",
        "<<: {a: 1}\nb: 2",
        "1: one\nno: two",
        "- |\n  ก\n  ข\n- >-\n  ค\n  ง\n- \"\\u0e01\"\n- ''",
    ],
)
def test_what_is_not_plain_is_read_the_same(text: str) -> None:
    document, problems = parse(text, "x.yaml")
    assert problems == []
    assert document.data == yaml.safe_load(text)


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


def test_a_file_of_our_own_is_read_as_pyyaml_reads_it() -> None:
    """Data that is not plain, too: fields twice, anchors, merges, tags; and what cannot be read."""
    texts = (
        "", "null", "a: 1\na: 2", "<<: {a: 1}\nb: 2", "a: 1_0", "a: 0x1F", "a: 2026-01-02", "a: 2026-99-99", "=",
        "a: =", "- yes", "1: 2", "? [a]\n: b", "a: &x [1]\nb: *x", "a: !!str 1", "a: !foo 1", "--- 1\n--- 2",
        "a: [", "a: 1:30", "a:", "a: 010", "a: -0", "a: 1.0e+3", "{}", "[a, b: c]", "!!seq {a: 1}", "a: ยาว",
    )  # fmt: skip
    n_refused = 0
    for text in texts:
        try:
            wanted = yaml.load(text, Loader=yaml.SafeLoader)
        except (yaml.YAMLError, ValueError):
            n_refused += 1
            with pytest.raises(ValueError):  # noqa: PT011 – whatever it says
                load(text.encode())
            continue
        assert repr(load(text.encode())) == repr(wanted), text
    assert n_refused == 8


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
