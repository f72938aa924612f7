"""Item files edited in place: what is asked changes, every other byte stays."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from examgen.bank.rewriting import append_items, rewrite
from examgen.bank.texts import item_lines
from examgen.core.models.item import Item
from examgen.core.problems import Refused
from examgen.core.yamlfile import SafeLoader
from tests.bank.nasty import bank_items, nasty_texts
from tests.samples import item_data


class _Plain(yaml.SafeDumper):
    """Writes every value out, however often it stands in the data."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def load(text: str) -> Any:
    return yaml.load(text, SafeLoader)


COMMENTED = """\
# ชุดที่ 1
- id: E1.01-001   # the first
  pcs: [E1.01]
  levels: [3, 4]  # not 5
  cognitive: apply
  stem: "ข้อใดถูก: #1"   # asked by A

  options:
    # options were shortened
    b: 'it''s b'
    a: plain a   # stays
    c: |
      line one
      line two

    d: >-
      folded
      text
  key: c  # checked
  rationale: {a: "x", b: y, c: z, d: 'w'}
  reference:   ตำรา   # spaces before
  status: draft
  enemies:   # kept apart
  - E1.01-002  # because
  - E1.01-003
  shared_stimulus: case-1 # a case
# between

- {id: E1.01-002, pcs: [E1.01], levels: [3], cognitive: apply, stem: s, options: {a: p, b: q}, key: a, rationale: {a: p, b: q}, reference: r, status: draft}

-   id: E1.01-003
    pcs:
    - E1.01
    levels:
        - 3   # three
        - 4
    cognitive: apply
    stem: one
        two
    options: {a: "1", b: "2"}
    key:
    - a
    rationale:
        a: w
        b: v
    reference: r
    status: "draft"
# the end
"""


def changed(changes: dict[str, dict[str, Any]], text: str = COMMENTED) -> str:
    return rewrite({"E1.01.yaml": text}, changes, []).get("E1.01.yaml", text)


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        ("stem", 'ใหม่ "x"', '"ข้อใดถูก: #1"', '"ใหม่ \\"x\\""'),
        ("levels", [3, 4, 5], "[3, 4]  #", "[3, 4, 5]  #"),
        ("options.b", "b's: new", "'it''s b'", "'b''s: new'"),
        ("options.a", "plain b", "plain a   #", "plain b   #"),
        ("options.a", "yes", "plain a   #", '"yes"   #'),
        ("options.a", "a: b", "plain a   #", '"a: b"   #'),
        ("options.c", "one\ntwo\n", "|\n      line one\n      line two\n", "|\n      one\n      two\n"),
        ("options.c", "one", "|\n      line one\n      line two\n", "|-\n      one\n"),
        ("options.d", "new text", ">-\n      folded\n      text\n", '"new text"\n'),
        ("key", ["a", "c"], "key: c  #", "key: [a, c]  #"),
        ("rationale.b", "no, not", "b: y", 'b: "no, not"'),
        ("reference", "เล่ม 2", "  ตำรา   #", "  เล่ม 2   #"),
        ("enemies", ["E1.01-002"], "  - E1.01-003\n", ""),
        ("enemies", ["E9", "E1.01-003", "E8"], "- E1.01-002  # because\n  - E1.01-003\n", "- E9  # because\n  - E1.01-003\n  - E8\n"),
        ("shared_stimulus", None, "  shared_stimulus: case-1 # a case\n", "  # a case\n"),
        ("options.d", None, "    d: >-\n      folded\n      text\n", ""),
    ],
)  # fmt: skip
def test_a_value_is_replaced_where_it_stands(path: str, value: Any, old: str, new: str) -> None:
    assert COMMENTED.count(old) == 1
    assert changed({"E1.01-001": {path: value}}) == COMMENTED.replace(old, new)


def test_new_fields_and_options_stand_below_their_neighbours() -> None:
    text = changed({"E1.01-003": {"enemies": ["E1.01-001"], "rationale.c": "u", "shared_stimulus": "case-1"}})
    assert "        b: v\n        c: u\n    reference: r\n" in text
    added = '    status: "draft"\n    enemies: [E1.01-001]\n    shared_stimulus: "case-1"\n# the end\n'
    assert text.endswith(added)
    assert len(text.splitlines()) == len(COMMENTED.splitlines()) + 3


def test_a_text_is_added_below_a_list_in_brackets() -> None:
    text = '- id: X\n  status: "draft"\n  anchored: [b]\n'
    assert changed({"X": {"shared_stimulus": "case-1"}}, text) == f"{text}  shared_stimulus: case-1\n"


def test_an_item_on_one_line_stays_on_one_line() -> None:
    text = changed({"E1.01-002": {"options.c": "r, s", "rationale.c": "t", "stem": "new"}})
    line = text.splitlines()[28]
    assert 'stem: new, options: {a: p, b: q, c: "r, s"}' in line
    assert text.replace(line, "") == COMMENTED.replace(COMMENTED.splitlines()[28], "")


def test_a_list_written_in_lines_stays_in_lines() -> None:
    text = changed({"E1.01-003": {"levels": [4, 4, 5], "key": "b"}})
    assert "        - 4   # three\n        - 4\n        - 5\n" in text
    assert "    key: b\n    rationale:" in text


def test_line_ends_and_a_missing_last_one_are_kept() -> None:
    windows = COMMENTED.replace("\n", "\r\n")
    assert changed({"E1.01-001": {"key": "a"}}, windows) == changed({"E1.01-001": {"key": "a"}}).replace(
        "\n", "\r\n"
    )
    cut = "- id: X\n  status: draft"
    assert changed({"X": {"enemies": ["Y"]}}, cut) == "- id: X\n  status: draft\n  enemies: [Y]"


def test_nothing_to_change_gives_no_file() -> None:
    assert rewrite({"E1.01.yaml": COMMENTED}, {}, []) == {}
    assert rewrite({"E1.01.yaml": COMMENTED}, {"E9-1": {"stem": "x"}}, []) == {}


def test_new_items_go_to_the_end_in_the_style_of_the_file() -> None:
    new = item_data("E1.01", 4, stem="ใหม่ # จริง")
    text = rewrite({"E1.01.yaml": COMMENTED}, {}, [new])["E1.01.yaml"]
    assert text.startswith(COMMENTED)
    assert "\n\n- id: E1.01-004\n  pcs: [E1.01]\n  levels: [3, 4]\n" in text
    assert '  stem: "ใหม่ # จริง"\n  options:\n    a: ตัวเลือก a' in text
    quoted = '- id: X\n  stem: "q"\n\n- id: Y\n  stem: "r"\n'
    text = append_items(quoted, [new, item_data("E1.01", 5)], "f")
    assert "\n\n- id: E1.01-005\n" in text
    assert '    a: "ตัวเลือก a' in text
    assert load(text)[2:] == [new, item_data("E1.01", 5)]


@pytest.mark.parametrize(
    "text",
    ["", "[]\n", "# none yet\n", "  - {id: X}\n", "[{id: X}]", "- id: X\n...\n", "- id: X", "---\n- id: X\n"],
)
def test_a_new_item_fits_into_any_file(text: str) -> None:
    new = item_data("E1.01", 4)
    after = append_items(text, [new], "f")
    assert load(after) == [*(load(text) or []), new]


def test_what_cannot_be_edited_is_refused_with_the_name_of_the_file() -> None:
    with pytest.raises(Refused) as refused:
        rewrite({"E.yaml": "- id: X\n  ? key\n  :\n   - a\n"}, {"X": {"key": "b"}}, [])
    assert refused.value.problems[0].source == "E.yaml"


@given(data=bank_items(), in_quotes=st.booleans())
def test_any_item_survives_yaml_in_the_style_of_the_house(data: dict[str, Any], in_quotes: bool) -> None:
    item = Item.model_validate(data)
    dumped = item.model_dump(mode="json")
    lines = item_lines(dumped, in_quotes)
    assert all("\n" not in line for line in lines)
    [read] = load("\n".join(lines))
    assert Item.model_validate(read) == item


@given(
    items=st.lists(bank_items(), min_size=1, max_size=3, unique_by=lambda data: data["id"]),
    style=st.sampled_from([None, '"', "'", "|", ">"]),
    flow_style=st.sampled_from([None, True, False]),
    indent=st.sampled_from([2, 4]),
    windows=st.booleans(),
    data=st.data(),
)
def test_any_change_to_any_style_of_file(
    items: list[dict[str, Any]],
    style: str | None,
    flow_style: bool | None,
    indent: int,
    windows: bool,
    data: st.DataObject,
) -> None:
    text = yaml.dump(
        items, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=10_000, default_style=style, default_flow_style=flow_style, indent=indent, line_break="\r\n" if windows else "\n"
    )  # fmt: skip
    expected = copy.deepcopy(load(text))
    target = data.draw(st.sampled_from(expected))
    wanted = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "stem": nasty_texts,
                "options.a": nasty_texts,
                "rationale.b": nasty_texts,
                "reference": nasty_texts,
                "levels": st.lists(st.integers(1, 8), max_size=3),
                "key": st.sampled_from(["a", "b", ["a", "b"]]),
                "enemies": st.lists(st.sampled_from(["=x-1", "12", "no"]), min_size=1, max_size=3),
                "shared_stimulus": nasty_texts,
                "options.e": nasty_texts,
                "anchored": st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True),
                "time_s": st.integers(1, 600),
            },
        )
    )
    for path, value in wanted.items():
        field, _, member = path.partition(".")
        (target[field] if member else target)[member or field] = value
    after = rewrite({"f.yaml": text}, {target["id"]: wanted}, []).get("f.yaml", text)
    assert load(after) == expected
    extended = append_items(after, [items[0]], "f.yaml")
    assert extended.startswith(after.rstrip("]\r\n "))
    assert load(extended) == [*expected, items[0]]


def test_a_list_at_the_end_grows_before_a_field_is_added() -> None:
    text = "- id: E1.01-001\n  stem: a\n  anchored:\n  - b\n"
    wanted = {"time_s": 1, "anchored": ["a", "b"]}
    after = rewrite({"f.yaml": text}, {"E1.01-001": wanted}, [])["f.yaml"]
    assert load(after) == [{"id": "E1.01-001", "stem": "a", **wanted}]


@given(text=nasty_texts)
@example("1.0")
@example("2026-11-20")
@example("back\\")
def test_a_changed_text_touches_its_own_line_only(text: str) -> None:
    after = changed({"E1.01-001": {"reference": text}})
    before_lines, after_lines = COMMENTED.split("\n"), after.split("\n")
    assert len(before_lines) == len(after_lines)
    assert [
        n for n, pair in enumerate(zip(before_lines, after_lines, strict=True)) if pair[0] != pair[1]
    ] in ([20], [])
