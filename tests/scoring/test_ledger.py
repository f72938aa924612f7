"""The ledger of a sitting: everybody stands in exactly one place, and whoever does not add up is named."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.core.models.field_types import ExamRoom
from examgen.core.register import ABSENT, NOT_KNOWN, PRESENT, Register
from examgen.scoring.reconcile import (
    COUNTS,
    LEDGER_HEADER,
    WHAT,
    ReconciledQuarantine,
    RosterLedger,
    ScoredIds,
    reconcile,
)

FORMS = ("A", "B")


class Person(NamedTuple):
    """A candidate of a register."""

    id: str
    room: str = ""
    form: str = ""
    status: int = NOT_KNOWN


def register(people: Sequence[Person]) -> Register:
    rooms = tuple(dict.fromkeys(one.room for one in people if one.room))
    forms = tuple(dict.fromkeys(one.form for one in people if one.form))
    return Register(
        name="list.csv",
        place={unicodedata.normalize("NFC", one.id).encode(): n for n, one in enumerate(people)},
        names=pl.Series([f"name of {one.id}" for one in people]),
        columns={"seat": pl.Series([f"S{n}" for n in range(len(people))])},
        rooms=tuple(ExamRoom("", room) for room in rooms),
        room=np.array([rooms.index(one.room) if one.room else -1 for one in people], dtype=np.int32),
        forms=forms,
        form=np.array([forms.index(one.form) if one.form else -1 for one in people], dtype=np.int32),
        status=np.array([one.status for one in people], dtype=np.int8),
    )


def batches(scored: Mapping[str, str], size: int = 2, forms: Sequence[str] = FORMS) -> Iterator[ScoredIds]:
    entries = list(scored.items())
    for start in range(0, len(entries), size):
        part = entries[start : start + size]
        ids = np.array([candidate.encode() for candidate, _ in part], dtype=np.bytes_)
        yield ScoredIds(ids, np.array([forms.index(form) for _, form in part], dtype=np.int64))


def ledger(
    people: Sequence[Person], scored: Mapping[str, str], set_aside: Sequence[ReconciledQuarantine] = ()
) -> RosterLedger:
    return reconcile(register(people), batches(scored), set_aside, FORMS)


def told(found: RosterLedger) -> list[tuple[str, str, str]]:
    return [(one.candidate_id, one.what, one.detail) for one in found.unreconciled]


PEOPLE = (
    Person("001", "ห้อง 10", "A", PRESENT), Person("002", "ห้อง 10", "B", PRESENT),
    Person("003", "ห้อง 2", "A", PRESENT), Person("004", "ห้อง 2", "B", ABSENT),
    Person("005", "ห้อง 2", "A", ABSENT), Person("006", "ห้อง 2", "B", PRESENT),
    Person("007", "", "", NOT_KNOWN), Person("008", "", "", NOT_KNOWN),
)  # fmt: skip
SCORED = {"001": "A", "002": "A", "005": "A", "007": "B", "x": "B"}
SET_ASIDE = (
    ReconciledQuarantine("n.csv", 3, "003", "too_few_fields"),
    ReconciledQuarantine("n.csv", 4, "001", "conflicting_rows"),
    ReconciledQuarantine("n.csv", 9, None, "no_candidate"),
    ReconciledQuarantine("n.csv", 10, "y", "unknown_form"),
    ReconciledQuarantine("n.csv", 11, "006", "voided_by_grader"),
)


def test_a_ledger_by_room_and_form_and_all_that_does_not_add_up() -> None:
    found = ledger(PEOPLE, SCORED, SET_ASIDE)
    #                 registered present absent scored quarantined missing unknown abs.scored abs.q. strangers
    assert found.rows == (
        ("total", "", 8, 5, 3, 3, 2, 0, 2, 1, 0, 1),
        ("room", "ห้อง 2", 4, 2, 2, 0, 2, 0, 0, 1, 0, 0),
        ("room", "ห้อง 10", 2, 2, 0, 2, 0, 0, 0, 0, 0, 0),
        ("room", "", 2, 1, 1, 1, 0, 0, 2, 0, 0, 1),
        ("form", "A", 3, 2, 1, 1, 1, 0, 0, 1, 0, 0),
        ("form", "B", 4, 3, 1, 2, 1, 0, 1, 0, 0, 1),
        ("form", "", 1, 0, 1, 0, 0, 0, 1, 0, 0, 0),
    )
    assert told(found) == [
        ("001", "also_in_quarantine", "conflicting_rows at n.csv:4"),
        ("002", "other_form", "scored on A"),
        ("003", "in_quarantine", "too_few_fields at n.csv:3"),
        ("004", "absent", ""),
        ("005", "absent_but_scored", "scored on A"),
        ("006", "in_quarantine", "voided_by_grader at n.csv:11"),
        ("008", "no_row", ""),
        ("x", "not_on_roster", "scored on B"),
        ("", "row_of_nobody", "no_candidate at n.csv:9"),
        ("y", "not_on_roster", "unknown_form at n.csv:10"),
    ]
    assert found.unreconciled[1][:5] == ("002", "name of 002", "ห้อง 10", "S1", "B")
    assert not found.is_reconciled
    assert found.record()["unreconciled"]["not_on_roster"] == 2
    assert found.lines()[:3] == [
        "registered 8 = present 5 + absent 3",
        "present 5 = scored 3 + quarantined 2 + missing 0",
        "the roster has no attendance for 2 of its candidates. Those with a row count as present, "
        "those without as absent",
    ]


def test_whose_row_may_be_in_quarantine_is_not_absent_without_a_word() -> None:
    came = {"001": NOT_KNOWN, "002": PRESENT, "003": ABSENT, "004": PRESENT}
    people = [Person(one, "R", "A", status) for one, status in came.items()]
    rows = [ReconciledQuarantine("n.csv", k, str(k), "not_on_list", f"00{k}") for k in (1, 2, 3, 4)]
    rows += [
        ReconciledQuarantine("n.csv", 5, "x", "not_on_list"),
        ReconciledQuarantine("n.csv", 6, "002", "too_few_fields"),
    ]
    found = ledger(people, {"004": "A"}, rows)
    assert dict(zip(LEDGER_HEADER, found.rows[0], strict=True)) | {"by": "", "name": ""} == {
        **dict.fromkeys(LEDGER_HEADER, 0), "by": "", "name": "", "registered": 4, "present": 3, "absent": 1,
        "scored": 1, "quarantined": 2, "status_unknown": 1,
    }  # fmt: skip
    assert told(found) == [
        ("001", "may_be_in_quarantine", "not_on_list at n.csv:1 as 1"),
        ("002", "in_quarantine", "not_on_list at n.csv:2 as 2; too_few_fields at n.csv:6"),
        ("003", "absent", ""),
        # who did not come, or is scored, is not said to have another row
        ("3", "not_on_roster", "not_on_list at n.csv:3, may be 003"),
        ("4", "not_on_roster", "not_on_list at n.csv:4, may be 004"),
        ("x", "not_on_roster", "not_on_list at n.csv:5"),
    ]


def test_a_row_that_may_be_theirs_is_no_row_of_theirs() -> None:
    rows = [ReconciledQuarantine("n.csv", 3, "2", "not_on_list", "02")]
    found = ledger([Person("01"), Person("02"), Person("03")], {"01": "A"}, rows)
    assert found.lines()[0] == "1 of 3 candidates on the list have a row. Attendance is not recorded"


def test_a_sitting_that_adds_up_says_only_its_sums() -> None:
    people = [Person("1", "R", "A", PRESENT), Person("2", "R", "B", ABSENT)]
    found = ledger(people, {"1": "A"})
    assert found.is_reconciled
    assert found.found == {}
    assert told(found) == [("2", "absent", "")]
    assert len(found.lines()) == 2


def test_who_did_not_come_as_far_as_known_is_named_and_is_no_fault() -> None:
    found = ledger([Person("1", "R"), Person("2", "R")], {"1": "A"})
    assert told(found) == [("2", "no_row", "")]
    assert found.is_reconciled


def test_a_room_of_which_nothing_was_handed_in_is_named() -> None:
    people = [Person("1", "R"), Person("2", "Q"), Person("3", "Q"), Person("4", "P", status=ABSENT)]
    found = ledger(people, {"1": "A"})
    assert [one.room for one in found.unreconciled if one.what == "room_without_rows"] == ["Q"]
    assert not found.is_reconciled


def test_rows_that_contradict_each_other_are_a_conflict() -> None:
    rows = [ReconciledQuarantine("n.csv", line, "1", "conflicting_rows") for line in (2, 7)]
    found = ledger([Person("1", "R", "A", PRESENT)], {}, rows)
    assert told(found) == [("1", "conflict", "conflicting_rows at n.csv:2; conflicting_rows at n.csv:7")]


@pytest.mark.parametrize("written", ["cafe\u0301-1", "caf\u00e9-1"])
def test_ids_are_compared_composed(written: str) -> None:
    people = [Person("caf\u00e9-1", "R", "A", PRESENT)]
    assert ledger(people, {written: "A"}).is_reconciled
    aside = ledger(people, {}, [ReconciledQuarantine("n.csv", 2, written, "too_few_fields")])
    assert [what for _, what, _ in told(aside)] == ["in_quarantine"]


@pytest.mark.parametrize(
    ("dealt", "scored", "is_other"),
    [
        ("A-0001", "A-0001", False), ("A-0001", "A-0002", True), ("A", "A-0002", False), ("A", "B-0003", True),
        ("A-0001", "B-0003", True), ("", "B-0003", False),
    ],
)  # fmt: skip
def test_forms_with_an_order_of_their_own_are_counted_under_their_base(
    dealt: str, scored: str, is_other: bool
) -> None:
    forms = ("A-0001", "A-0002", "B-0003")
    people = [Person("1", "R", dealt, PRESENT)]
    base = {form: form[0] for form in forms}
    found = reconcile(register(people), batches({"1": scored}, forms=forms), (), forms, base)
    assert [one.what for one in found.unreconciled] == (["other_form"] if is_other else [])
    assert [row[1] for row in found.rows if row[0] == "form"] == ["A", "B"]


# ── laws ─────────────────────────────────────────────────────────────────────────────────────

IDS = st.sampled_from([f"{n:03}" for n in range(12)] + ["ก-1", "\u00e9"])
STATUS = st.sampled_from([PRESENT, ABSENT, NOT_KNOWN])
LISTS = st.lists(
    st.builds(Person, IDS, st.sampled_from(["", "R1", "R2", "R10"]), st.sampled_from(["", "A", "B"]), STATUS),
    min_size=1,
    unique_by=lambda one: one.id,
)
ANSWERS = st.dictionaries(IDS, st.sampled_from(FORMS))
REASONS = st.sampled_from(["too_few_fields", "conflicting_rows", "no_candidate", "voided_by_grader"])
ASIDE = st.lists(
    st.builds(ReconciledQuarantine, st.just("n.csv"), st.integers(2, 99), st.none() | IDS, REASONS),
    max_size=8,
)


@given(LISTS, ANSWERS, ASIDE)
def test_the_sums_always_hold(
    people: list[Person], scored: dict[str, str], set_aside: list[ReconciledQuarantine]
) -> None:
    found = ledger(people, scored, set_aside)
    for row in found.rows:
        n = dict(zip(LEDGER_HEADER, row, strict=True))
        assert n["registered"] == n["present"] + n["absent"]
        assert n["present"] == n["scored"] + n["quarantined"] + n["missing"]
    for by in ("room", "form"):
        parts = [row[2:] for row in found.rows if row[0] == by]
        assert [sum(column) for column in zip(*parts, strict=True)] == list(found.rows[0][2:])
    total = found.total
    assert tuple(total) == COUNTS
    assert total["scored"] + total["absent_but_scored"] + total["not_on_roster"] == len(scored)


@given(LISTS, ANSWERS, ASIDE)
def test_everybody_stands_in_exactly_one_place(
    people: list[Person], scored: dict[str, str], set_aside: list[ReconciledQuarantine]
) -> None:
    found = ledger(people, scored, set_aside)
    known = {one.id: one for one in people}
    with_row = {
        row.candidate_id
        for row in set_aside
        if row.reason != "voided_by_grader"
        or (row.candidate_id in known and known[row.candidate_id].status != ABSENT)
    }
    with_row |= {
        row.may_be
        for row in set_aside
        if row.reason != "voided_by_grader" and row.candidate_id not in known and row.may_be in known
        if row.may_be not in scored and known[row.may_be].status != ABSENT
    }

    def place(one: Person) -> str:
        has_row = one.id in scored or one.id in with_row
        if one.status == ABSENT or (one.status == NOT_KNOWN and not has_row):
            return "absent"
        return "scored" if one.id in scored else "quarantined" if one.id in with_row else "missing"

    places = Counter(map(place, people))
    assert {name: found.total[name] for name in places} == places
    named = Counter((one.candidate_id, one.what) for one in found.unreconciled if one.candidate_id)
    for one in people:
        where = place(one)
        assert named[one.id, "missing"] == (where == "missing")
        held = sum(named[one.id, what] for what in ("in_quarantine", "conflict", "may_be_in_quarantine"))
        assert held == (where == "quarantined")
        assert named[one.id, "absent_but_scored"] == (one.status == ABSENT and one.id in scored)
        no_result = ("absent", "no_row", "absent_but_scored", "absent_in_quarantine")
        assert sum(named[one.id, what] for what in no_result) == (where == "absent")
        is_other = one.id in scored and one.form not in ("", scored[one.id])
        assert named[one.id, "other_form"] == is_other
    strangers = set(scored) - {one.id for one in people}
    assert strangers <= {one.candidate_id for one in found.unreconciled if one.what == "not_on_roster"}


@given(LISTS, ANSWERS, ASIDE)
def test_nothing_depends_on_the_order_or_the_size_of_batches(
    people: list[Person], scored: dict[str, str], set_aside: list[ReconciledQuarantine]
) -> None:
    known = {one.id for one in people}
    scored = {candidate: form for candidate, form in scored.items() if candidate in known}
    turned = dict(reversed(scored.items()))
    one = reconcile(register(people), batches(scored, 1), set_aside, FORMS)
    other = reconcile(register(people), batches(turned, 5), set_aside, FORMS)
    assert one == other
    assert set(one.found) <= set(WHAT)
