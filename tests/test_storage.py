"""Folders that are replaced whole."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from examgen.core.files import own_folder, yaml_bytes
from examgen.core.problems import WrongUsage


def test_a_folder_of_our_own_takes_the_place_of_nothing_else(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(WrongUsage, match="contains other files"), own_folder(other):
        pass
    assert (other / "thesis.txt").read_text() == "mine"
    for text in ("one", "two"):
        with own_folder(tmp_path / "made") as made:
            (made / "report.html").write_text(text)
    assert (tmp_path / "made" / "report.html").read_text() == "two"


@given(
    st.recursive(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(allow_nan=False),
            st.text("ab 1:-#'\"\\\n\t,[]{}&*!|>%@`?~กน้ำ–é\u00a0\u200b\ufeff\u2028😀\x07", max_size=12),
        ),
        lambda one: st.one_of(
            st.lists(one, max_size=3), st.dictionaries(st.text("a:ข1'", max_size=3), one, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_yaml_is_that_of_the_emitter_written_in_python(data: object) -> None:
    plain = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10_000)
    assert yaml_bytes(data).decode() == plain
