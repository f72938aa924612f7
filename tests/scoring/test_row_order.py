"""Rows of one candidate, found whatever the order of the ids and the files: the same as found by comparing all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from examgen.capture.answer_layout import AnswerLayout
from examgen.capture.files import kept_file
from examgen.core.responses.rows import AnswerRows, FileStructure
from examgen.scoring.answer_rows import ReadAnswers, RowSource
from examgen.scoring.settle import settle

Row = tuple[str, int]
"""A candidate and a mark."""
ROWS = st.lists(
    st.lists(st.tuples(st.sampled_from(["1", "2", "02", "3", "ก", "๑"]), st.integers(0, 1)), max_size=5),
    min_size=1,
    max_size=4,
)
SAME = {"๑": "1"}


def read(files: Sequence[Sequence[Row]]) -> tuple[RowSource, ReadAnswers]:
    """Answers to one question on one form, file by file."""
    names = [FileStructure(f"{n}.csv", "", (), 0) for n in range(len(files))]
    known = tuple(kept_file(n, Path(one.name), one) for n, one in enumerate(names))
    rows = [row for own in files for row in own]
    answers = AnswerRows(
        np.repeat(np.arange(len(files)), [len(own) for own in files]),
        np.concatenate([np.empty(0, np.int64), *(np.arange(2, 2 + len(own)) for own in files)]),
        np.array([who.encode() for who, _ in rows] or [b""], np.bytes_)[: len(rows)],
        np.zeros(len(rows), np.int64),
        np.array([[mark] for _, mark in rows], np.uint8).reshape(-1, 1),
        {},
        dict.fromkeys(range(len(rows)), "text"),
    )
    sizes = tuple(map(len, files))
    source = RowSource(known, AnswerLayout({"A": (4,)}), None)
    return source, ReadAnswers(answers, [], sizes, ({},) * len(files))


@given(ROWS)
@example([[("1", 0)], [("1", 0)], [("1", 0)]])
@example([[], [("1", 0), ("2", 1)], [], [("2", 0)]])
@example([[("3", 0), ("3", 1), ("1", 0), ("๑", 0)]])
def test_rows_of_one_candidate_are_found_whatever_their_order(files: list[list[Row]]) -> None:
    settled = settle(*read(files))
    places = [(n, at) for n, own in enumerate(files) for at in range(len(own))]
    scored, n_repeats, reasons = [], 0, {}
    for file, at in places:
        who, mark = files[file][at]
        same = [
            one
            for one in places
            if SAME.get(files[one[0]][one[1]][0], files[one[0]][one[1]][0]) == SAME.get(who, who)
        ]
        if {files[n][k][1] for n, k in same} != {mark}:
            is_one = len({n for n, _ in same}) == 1
            reasons[file, at + 2] = "conflicting_rows" if is_one else "candidate_in_two_files"
        scored.append((file, at + 2) not in reasons and same[0] == (file, at))
        n_repeats += not scored[-1] and (file, at + 2) not in reasons
    assert settled.is_scored.tolist() == scored
    assert settled.identical_repeats == n_repeats
    assert {(one.file, one.row.line): one.row.reason for one in settled.quarantine} == reasons
