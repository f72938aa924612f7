"""An incident that somebody enters by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from examgen.core.exam.package import read_package
from examgen.core.problems import Refused
from examgen.scoring.sitting_events import events_of
from examgen.scoring.sitting_folder import Sitting, sitting_of
from examgen.sitting.one_incident import enter_incident
from tests.sittings import list_of, print_for, small_package


@pytest.fixture
def place(tmp_path: Path) -> Sitting:
    folder = small_package(tmp_path / "T-1-L4")
    print_for(folder, list_of(3))
    (folder / "sitting").mkdir()
    return sitting_of(folder)


def test_no_two_at_once_get_one_number(place: Sitting) -> None:
    said = [{"kind": "late", "what": f"{n} arrived late", "centre": "เหนือ/../1"} for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        names = list(pool.map(lambda one: enter_incident(place, one, "somebody"), said))
    assert sorted(names) == [f"เหนือ/../1 {n}" for n in range(101, 107)]
    found = events_of(place, read_package(place.exam)).incidents
    assert {one.what for one in found} == {one["what"] for one in said}
    assert {path.parent for path in place.returns} == {place.place / "returns"}
    assert [act.kind for act in place.acts(files=False)] == ["returns"] * 6


def test_the_same_is_not_taken_twice(place: Sitting) -> None:
    said = {"kind": "device", "what": "=a phone, rang", "time": "09:10", "candidates": "0001"}
    assert enter_incident(place, said, "somebody") == "101"
    with pytest.raises(Refused, match="already recorded as incident 101"):
        enter_incident(place, {**said, "what": "=A phone,  rang"}, "somebody else")
    [found] = events_of(place, read_package(place.exam)).incidents
    assert (found.what, found.time, found.candidates) == ("=a phone, rang", "09:10", ("0001",))


def test_what_is_wrong_is_refused_and_no_number_is_lost(place: Sitting) -> None:
    with pytest.raises(Refused) as refused:
        enter_incident(place, {"kind": "late", "what": "x", "candidates": "9999", "time": ""}, "somebody")
    assert [one.field for one in refused.value.problems] == ["candidates"]
    assert place.returns == []
    assert enter_incident(place, {"kind": "late", "what": "x"}, "somebody") == "101"
