"""Two runs compared: every count is that of plain loops over the two tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.scoring.compare import Changes, Comparison, compare

PCS = ("E1.01", "E1.02")
STATUSES = ("met", "not_met", "insufficient")
Row = dict[str, Any]

rows = st.fixed_dictionaries(
    {
        "form": st.sampled_from("AB"),
        "score": st.sampled_from([0.0, 1.0, 1.5, 7.0]),
        "decision": st.sampled_from(["pass", "fail"]),
        "room": st.sampled_from(["1", "2", ""]),
        **{f"{pc}_status": st.sampled_from(STATUSES) for pc in PCS},
    }
)
runs = st.dictionaries(st.sampled_from([f"{n:03d}" for n in range(8)]), rows, max_size=8)


def table(run: Mapping[str, Row], decided: bool = True) -> pl.DataFrame:
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "candidate_id": pl.String, "form": pl.String, "score": pl.Float64, "decision": pl.String,
        "room": pl.String, **{f"{pc}_status": pl.Enum(STATUSES) for pc in PCS},
    }  # fmt: skip
    data = [
        {"candidate_id": name, **row, **({} if decided else {"decision": None})} for name, row in run.items()
    ]
    return pl.DataFrame(data, schema=schema)


def counted(before: Mapping[str, Row], after: Mapping[str, Row], name: str) -> Changes:
    """The same by loops."""
    both = [who for who in before if who in after]
    by = [after[who]["score"] - before[who]["score"] for who in both]
    pairs = [(before[who]["decision"], after[who]["decision"]) for who in both]
    return Changes(
        name,
        len(before),
        len(after),
        sum(row["decision"] == "pass" for row in before.values()) if before else None,
        sum(row["decision"] == "pass" for row in after.values()) if after else None,
        sum(change != 0 for change in by),
        sum(change > 0 for change in by),
        sum(change < 0 for change in by),
        sum(by) / len(by) if by else None,
        pairs.count(("fail", "pass")),
        pairs.count(("pass", "fail")),
        sum(any(before[who][f"{pc}_status"] != after[who][f"{pc}_status"] for pc in PCS) for who in both),
    )


def close(one: Changes, other: Changes) -> bool:
    mean = (one.mean_change or 0) - (other.mean_change or 0)
    return abs(mean) < 1e-9 and one._replace(mean_change=None) == other._replace(mean_change=None)


def belongs(before: Mapping[str, Row], after: Mapping[str, Row], group: str) -> dict[str, str]:
    """Where each candidate is counted: where the second run has them, else the first."""
    return {who: ({**before, **after})[who][group] for who in {**before, **after}}


def within(run: Mapping[str, Row], place: Mapping[str, str], name: str) -> dict[str, Row]:
    return {who: row for who, row in run.items() if place[who] == name}


def check(found: Comparison, before: Mapping[str, Row], after: Mapping[str, Row]) -> None:
    assert close(found.all, counted(before, after, "all"))
    for group, changes in found.groups.items():
        place = belongs(before, after, group)
        assert [one.name for one in changes] == sorted(set(place.values()))
        for one in changes:
            mine = within(before, place, one.name), within(after, place, one.name)
            assert close(one, counted(*mine, one.name))
    assert found.only_before == tuple(who for who in before if who not in after)
    assert found.only_after == tuple(who for who in after if who not in before)
    both = [who for who in before if who in after]
    assert found.form_changed == sum(before[who]["form"] != after[who]["form"] for who in both)
    for criterion in found.criteria:
        name = f"{criterion.pc}_status"
        pairs = [(before[who][name], after[who][name]) for who in both]
        assert criterion.changed == sum(old != new for old, new in pairs)
        assert criterion.now_met == sum(old != "met" == new for old, new in pairs)
        assert criterion.no_longer_met == sum(old == "met" != new for old, new in pairs)
        assert criterion.met_before == sum(row[name] == "met" for row in before.values())
        assert criterion.met_after == sum(row[name] == "met" for row in after.values())


@given(runs, runs)
def test_every_count_is_that_of_loops(before: dict[str, Row], after: dict[str, Row]) -> None:
    found = compare(table(before), table(after))
    check(found, before, after)
    told = {who: row for who, row in {**before, **after}.items() if differs(before.get(who), after.get(who))}
    assert set(found.rows["candidate_id"]) == set(told)


def differs(old: Row | None, new: Row | None) -> bool:
    names = ("form", "score", "decision", *(f"{pc}_status" for pc in PCS))
    return old is None or new is None or any(old[name] != new[name] for name in names)


@given(runs)
def test_a_run_is_the_same_as_itself(run: dict[str, Row]) -> None:
    found = compare(table(run), table(run))
    assert found.rows.height == 0
    assert not any(one.anything for group in found.groups.values() for one in group)


def test_a_row_says_what_changed_in_words() -> None:
    old: Row = {
        "form": "A", "score": 3.0, "decision": "fail", "room": "1", "E1.01_status": "not_met", "E1.02_status": "met",
    }  # fmt: skip
    new = {**old, "score": 4.5, "decision": "pass", "E1.01_status": "met", "E1.02_status": "insufficient"}
    [row] = compare(table({"007": old, "008": old}), table({"007": new, "008": old})).rows.to_dicts()
    assert row["candidate_id"] == "007"
    assert row["change"] == 1.5
    assert row["criteria"] == "E1.01: not_met → met; E1.02: met → insufficient"


def test_without_a_pass_rule_there_are_no_rates() -> None:
    row: Row = {
        "form": "A", "score": 3.0, "decision": None, "room": "1", "E1.01_status": "met", "E1.02_status": "met",
    }  # fmt: skip
    found = compare(table({"1": row}, decided=False), table({"1": {**row, "score": 2.0}}, decided=False))
    assert (found.all.passed_before, found.all.pass_rate_after) == (None, None)
    assert (found.all.score_changed, found.all.now_fail) == (1, 0)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [(0.0, 0.3333, 1 / 3), (0.6667, 2.0, 4 / 3), (0.4333, 0.0, -13 / 30), (1.0, 1.25, 0.25)],
)
def test_a_change_is_that_of_points_before_they_were_rounded(
    before: float, after: float, change: float
) -> None:
    rest = {"form": "A", "decision": "pass", "room": "1", **{f"{pc}_status": STATUSES[0] for pc in PCS}}
    tables = (table({"1": {"score": points, **rest}}) for points in (before, after))
    assert compare(*tables).rows["change"].item() == round(change, 6)
