"""Statuses by rule, the records of reviews.yaml, and approvals that a changed text voids."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.bank.loading import load_unit
from examgen.bank.reviews.statuses import Review, approval_state, claims_of, move, refusal
from examgen.bank.texts import append_records, read_records
from examgen.core.models.field_types import STATUSES, Status
from examgen.core.models.item import Item
from examgen.core.problems import Refused
from tests.bank.nasty import nasty_texts
from tests.samples import item_data, write_unit

DAY = date(2026, 11, 20)
CLAIMS = "c" * 64


def claims(_: Item) -> str:
    return CLAIMS


def item(status: str = "draft", **changes: Any) -> Item:
    return Item.model_validate(item_data("E1.01", 1, status=status, **changes))


def record(before: Status, after: Status, comment: str | None = None, **changes: Any) -> Review:
    return move(item(before, **changes), after, "e" * 64, "สมศรี", DAY, comment, CLAIMS)


APPROVED = record("review", "approved")
ALLOWED = {
    "draft": {"review", "retired"},
    "review": {"approved", "draft", "retired"},
    "approved": {"pilot", "draft", "retired"},
    "pilot": {"operational", "draft", "retired"},
    "operational": {"draft", "retired"},
    "retired": {"draft"},
}


@pytest.mark.parametrize("before", STATUSES)
def test_only_the_next_step_and_the_way_back_are_open(before: Status) -> None:
    open_ = {to for to in get_args(Status) if refusal(item(before), to, [APPROVED], claims) is None}
    assert open_ == ALLOWED[before]


def test_a_jump_is_refused_with_the_step_that_is_next() -> None:
    assert refusal(item(), "approved", [], claims) == (
        "cannot go from draft to approved. It can become review, draft or retired."
    )
    assert refusal(item("pilot"), "pilot", [], claims) == "is already pilot"


def test_an_item_changed_after_its_approval_goes_no_further() -> None:
    changed = item("approved", stem="ข้อใดถูกที่สุด")
    assert approval_state(changed, [APPROVED], claims) == "changed"
    reason = refusal(changed, "pilot", [APPROVED], claims)
    assert reason is not None
    assert "its text was changed after สมศรี approved it on 2026-11-20" in reason
    assert refusal(changed, "draft", [APPROVED], claims) is None


def test_an_approval_that_was_taken_back_does_not_count() -> None:
    assert approval_state(item("approved"), [APPROVED, record("approved", "draft")], claims) == "unrecorded"
    again = [APPROVED, record("approved", "draft"), record("draft", "review"), APPROVED]
    assert approval_state(item("approved"), again, claims) == "stands"


def test_verdicts_follow_from_the_move() -> None:
    moves: list[tuple[Status, Status]] = [("draft", "review"), ("review", "draft"), ("pilot", "retired")]
    assert [record(*one).verdict for one in moves] == ["accept", "revise", "retire"]


# ── bank check ───────────────────────────────────────────────────────────────────────────────


def void(folder: Path) -> list[tuple[str | None, str, str]]:
    _, problems = load_unit(folder)
    return [(p.item, p.severity, p.source) for p in problems if p.code == "approval-void"]


def test_bank_check_warns_of_void_approvals_and_keeps_the_unit_usable(tmp_path: Path) -> None:
    statuses = ["draft", "review", "approved", "pilot", "operational", "retired"]
    items = [item_data("E1.01", n, status=status) for n, status in enumerate(statuses, 1)]
    folder = write_unit(tmp_path, items)
    assert [name for name, _, _ in void(folder)] == ["E1.01-003", "E1.01-004", "E1.01-005"]
    unit, _ = load_unit(folder)
    assert unit is not None
    bound = claims_of(folder, unit.unit, ())
    read = [Item.model_validate(data) for data in items[2:5]]
    approvals = [move(one, "approved", "e" * 64, "x", DAY, claims=bound(one)) for one in read]
    (folder / "reviews.yaml").write_bytes(append_records(b"", approvals, "reviews.yaml"))
    assert void(folder) == []
    path = folder / "items" / "E1.01.yaml"
    text = path.read_text("utf-8").replace("คำถามที่ 4 ", "ปัญหาที่ 4 ")
    path.write_text(text, "utf-8")
    line = text[: text.index("status: pilot")].count("\n") + 1
    assert void(folder) == [("E1.01-004", "warning", f"T-1/items/E1.01.yaml:{line}")]
    assert load_unit(folder)[0] is not None


def test_a_damaged_history_is_told_with_its_line(tmp_path: Path) -> None:
    folder = write_unit(tmp_path, [item_data("E1.01", 1, status="approved")])
    good = append_records(b"", [APPROVED], "reviews.yaml").decode()
    (folder / "reviews.yaml").write_text(good.replace("to: approved", "to: aproved"), "utf-8")
    _, problems = load_unit(folder)
    found = [(p.source, p.field, p.severity) for p in problems if p.code != "provenance-missing"]
    assert found == [("T-1/reviews.yaml:6", "to", "error")]


# ── records at the end of a file ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("one_line", [False, True])
@pytest.mark.parametrize(
    "before",
    [
        b"",
        "\ufeff".encode(),
        b"# notes of ours\n",
        b"# notes without an end of line",
        append_records(b"", [APPROVED], "r"),
        b"\xef\xbb\xbf" + append_records(b"", [APPROVED], "r").replace(b"\n", b"\r\n"),
        append_records(b"", [APPROVED], "r").rstrip(b"\n") + b"  # the last",
        b"".join(b"  " + line for line in append_records(b"", [APPROVED], "r").splitlines(keepends=True)),
    ],
)
def test_a_record_is_added_and_no_earlier_byte_is_written_anew(before: bytes, one_line: bool) -> None:
    old, _ = read_records(before, "r", Review)
    longer = append_records(before, [APPROVED, record("approved", "pilot", "ดี: มาก # จริง")], "r", one_line)
    assert longer.startswith(before)
    assert len(longer) > len(before)
    new, problems = read_records(longer, "r", Review)
    assert problems == []
    assert new == (*old, APPROVED, record("approved", "pilot", "ดี: มาก # จริง"))


@pytest.mark.parametrize("before", [b"[]\n", b"a: 1\n", b"- item: x\n...\n", b"- {item: [\n", b"\xff\xfe-"])
def test_a_file_that_cannot_grow_is_refused(before: bytes) -> None:
    with pytest.raises(Refused):
        append_records(before, [APPROVED], "r")


@given(st.lists(nasty_texts, min_size=1, max_size=4), st.booleans())
def test_any_comment_survives(texts: list[str], one_line: bool) -> None:
    data, records = b"", []
    for text in texts:
        records.append(record("draft", "review", text))
        data = append_records(data, records[-1:], "r", one_line)
    assert read_records(data, "r", Review) == (tuple(records), [])
