"""Items moved from file to file: their bytes go with them, nothing else changes."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from examgen.bank.moving import move_items
from examgen.core.problems import Refused

A1 = "- id: A-1\n  stem: หนึ่ง\n"
A2 = "# about the second\n- id: A-2  # a remark\n  stem: |\n    # no comment\n    - id: none\n"
A3 = "- id: A-3\n  options:\n    a: x\n    b: y   # the last\n  # a note below its fields\n"
FILE = f"# All of A\n\n{A1}\n{A2}\n{A3}"


def moved(files: dict[str, str], targets: dict[str, str]) -> dict[str, str]:
    return {**files, **move_items(files, targets, {})}


def test_an_item_takes_its_bytes_and_its_comment_along() -> None:
    after = moved({"a.yaml": FILE}, {"A-2": "b.yaml"})
    assert after == {"a.yaml": f"# All of A\n\n{A1}\n{A3}", "b.yaml": A2}


def test_the_last_item_leaves_no_blank_lines_behind() -> None:
    after = moved({"a.yaml": FILE, "b.yaml": A1.replace("A-", "B-")}, {"A-3": "b.yaml"})
    assert after["a.yaml"] == f"# All of A\n\n{A1}\n{A2}"
    assert after["b.yaml"] == A1.replace("A-", "B-") + "\n" + A3


def test_a_file_that_loses_all_gives_its_head_to_the_first() -> None:
    after = moved({"a.yaml": FILE}, {"A-1": "b.yaml", "A-2": "b.yaml", "A-3": "c.yaml"})
    assert after["a.yaml"] == ""
    assert after["b.yaml"] == f"# All of A\n\n{A1}\n{A2}"
    assert after["c.yaml"] == A3


def test_two_files_change_places() -> None:
    b = A1.replace("A-", "B-")
    after = moved({"a.yaml": A1, "b.yaml": b}, {"A-1": "b.yaml", "B-1": "a.yaml"})
    assert after == {"a.yaml": b, "b.yaml": A1}


def test_lines_above_say_where_an_item_comes_from() -> None:
    after = move_items({"a.yaml": FILE}, {"A-1": "o.yaml"}, {"A-1": ["from edition x"]})
    assert after["o.yaml"] == f"# from edition x\n{A1}"


def test_other_line_ends_and_no_last_line_end() -> None:
    dos = FILE.replace("\n", "\r\n").rstrip()
    after = moved({"a.yaml": dos, "b.yaml": "- id: B-1\n  stem: x"}, {"A-2": "b.yaml", "A-3": "c.yaml"})
    assert after["c.yaml"] == A3.replace("\n", "\r\n").rstrip() + "\n"
    assert [one["id"] for one in yaml.safe_load(after["b.yaml"])] == ["B-1", "A-2"]


@pytest.mark.parametrize(
    "text",
    [
        "[{id: A-1}, {id: A-2}]\n",
        "{- id: A-1\n",
        "- id: A-1\n  stem: |+\n    blank lines that count\n\n- id: A-3\n",
    ],
)
def test_what_cannot_be_cut_is_refused_or_left(text: str) -> None:
    with pytest.raises(Refused):
        move_items({"a.yaml": text}, {"A-1": "b.yaml", "A-2": "b.yaml"}, {})


def test_a_dash_on_a_line_of_its_own() -> None:
    kept = "-\n  id: A-1\n  stem: y\n"
    after = moved({"a.yaml": f"{kept}- id: A-2\n  stem: x\n"}, {"A-1": "b.yaml"})
    assert after == {"a.yaml": "- id: A-2\n  stem: x\n", "b.yaml": kept}


def test_an_item_that_stays_changes_nothing() -> None:
    assert move_items({"a.yaml": FILE}, {"A-1": "a.yaml"}, {}) == {}


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=3, max_size=3))
def test_no_item_is_lost_or_altered_wherever_they_go(places: list[str]) -> None:
    files = {"a.yaml": FILE, "b.yaml": A1.replace("A-", "B-")}
    after = moved(files, {f"A-{n}": f"{place}.yaml" for n, place in enumerate(places, 1)})
    for n, (block, place) in enumerate(zip((A1, A2, A3), places, strict=True), 1):
        holding = [name for name, text in after.items() if block in text]
        assert holding == [f"{place}.yaml"], n
