"""Thirty sittings and twelve more, each with what is odd about it; small, for every sentence is read."""

from __future__ import annotations

from tests.reports.sentences.people import (
    always,
    blank,
    but,
    codes,
    first,
    in_turn,
    items_of,
    listed,
    misled,
    of_centres,
    people,
    right,
    spread,
    unit_of,
    wrong,
)  # fmt: skip
from tests.reports.sentences.sitting import Sitting

_TWO = {"forms": 2, "items": 12}
_MIXED = [*people(right, but(1, 2), first(8), first(7), first(6), but(9, 10, 11, 12), blank), *spread(5)]
_SCALED = {"slope": 12.5, "intercept": -20, "decimals": 1}
_EVERYTHING = {"rank": True, "percentile": True, "t_score": "linear", "coverage": True, "scaled": _SCALED}
_SHORT = {"items": 6, "criteria": {"E1.01": 4, "E1.02": 1, "E2.01": 1}}


SITTINGS = (
    Sitting("usual", _MIXED, {"report": {"rank": True}}, told=(0, 2, 3, 6)),
    Sitting(
        "everybody fails", people(*(first(k % 5) for k in range(11)), wrong), released=(1,), analysed=True
    ),
    Sitting(
        "the standard asks an interview, too",
        [*people(right, first(7), wrong, blank), *spread(8)],
        unit={
            "assessment": [
                {"occupation": "ช่าง", "levels": [4], "methods": ["written_objective", "interview"]},
                {"occupation": "ช่าง", "levels": [3], "methods": ["written_objective", "portfolio"]},
            ],
            "source": None,
        },
        released=(1,),
        told=(0, 1, 2, 3),
    ),
    Sitting("everybody met everything", people(*[right] * 11, but(3)), {"items": 9}, released=(1,)),
    Sitting("one candidate", people(first(8)), told=(0,)),
    Sitting("nobody", (), odd=[["0001", "Z", *"ABCDABCDABCD"]], told=()),
    Sitting(
        "nothing judged", people(right, first(7), wrong), {"judgement": {"min_items": 5}}, told=(0, 1, 2)
    ),
    Sitting(
        "judged in one criterion, met by all",
        people(*[right] * 10, but(5)),
        {**_SHORT, "report": {"coverage": True}},
        told=(0, -1),
    ),
    Sitting(
        "every element must be reached",
        people(right, but(9, 10, 11), but(1, 2, 3, 4, 5, 6), wrong, blank),
        {
            "pass": {"percent": 60, "elements": {"all": 50}},
            "judgement": {"min_items": 5},
        },
        told=(0, 1, 2, 3, 4),
    ),
    Sitting(
        "every criterion must be reached",
        people(right, but(1, 2, 3), but(1, 2, 3, 5, 6, 7), first(3)),
        {"pass": {"criteria": {"all": 50}}},
        told=(0, 1, 2, 3),
    ),
    Sitting(
        "units must be reached, and points",
        people(right, first(7), first(6), first(3)),
        {"pass": {"percent": 50, "units": {"all": 60}, "criteria": {"E1.*": 30}}},
        told=(0, 1, 2, 3),
    ),
    Sitting(
        "so many criteria",
        people(right, first(8), first(4), *(first(k) for k in range(5, 12))),
        {"pass": {"at_least": {"met": 3, "percent": 60}}},
        told=(0, 1, 2),
    ),
    Sitting(
        "so many elements, among few items",
        people(right, first(8), but(1, 2, 3, 4, 5), wrong),
        {**_SHORT, "pass": {"percent": 40, "at_least": {"met": 2, "of": "elements", "percent": 60}}},
        pseudonymous=True,
        told=(0, 1, 2, 3),
    ),
    Sitting("no pass rule", people(right, first(8), but(3), blank, centre="ก"), {"pass": None}, told=(0, 1)),
    Sitting(
        "a question dropped, and a key corrected",
        _MIXED,
        corrections=[
            {"kind": "drop", "form": "A", "question": 1},
            {"kind": "rekey", "form": "A", "question": 2, "key": "other"},
        ],
        told=(0, 1, 3),
    ),
    Sitting(
        "a criterion dropped on one form",
        [*spread(11), *spread(11, "B")],
        {
            **_TWO,
            **_SHORT,
            "pass": {"percent": 60, "elements": {"all": 50}, "second_look": {"sem": 1.5}},
            "report": {"rank": True, "t_score": "normalised"},
        },
        corrections=[{"kind": "drop", "form": "A", "question": 6}],
        told=(0, 10, 11),
    ),
    Sitting(
        "Angoff with a drop",
        [*spread(12), *people(first(7), first(8))],
        {"pass": {"cut": "angoff"}},
        cuts={"A": {"cut": "7.4125", "judged": "7.4125", "se": "0.4365", "judges": 4}},
        corrections=[{"kind": "drop", "form": "A", "question": 2}],
        told=(0, 12, 13),
    ),
    Sitting(
        "a cut in points, its own error",
        [*people(first(7), first(8), first(6)), *spread(9)],
        {"pass": {"cut": 7, "reason": "มติที่ประชุม", "second_look": {"sem": 1}}},
        corrections=[{"kind": "credit_all", "form": "A", "question": 12}],
        released=(1,),
        told=(0, 1, 2),
    ),
    Sitting(
        "negative marking to the end",
        [*people(right, first(8), wrong, blank, first(6, blank)), *spread(8)],
        {"scoring": {"wrong": "by_options", "floor": "none"}},
        told=(0, 1, 2, 3, 4),
    ),
    Sitting(
        "negative marking, cut at nought",
        [*people(right, wrong, but(5, then=always("X")), first(3), always("A|B")), *spread(6)],
        {"scoring": {"wrong": 0.25, "invalid": "wrong"}, "pass": {"percent": 60, "second_look": {"sem": 0}}},
        told=(0, 1, 2, 3, 4),
    ),
    Sitting(
        "parts of points",
        [*people(right, first(7), lambda question, key: key[0], always("A|B")), *spread(8)],
        {"scoring": {"several": "partial"}},
        items=[*items_of({"E1.01": 5}, key=["a", "c"]), *items_of({"E1.02": 5, "E2.01": 5})],
        told=(0, 1, 2, 3),
    ),
    Sitting(
        "a correction that moves ranks, and points from one criterion to another",
        [*people(right, right, but(1), but(1, 12, then=blank), but(5, then=always("X"))), *spread(5)],
        {"report": {"rank": True, "percentile": True}},
        corrections=[{"kind": "rekey", "form": "A", "question": q, "key": "other"} for q in (1, 12)],
        released=(1, 2),
        told=(0, 2, 3, 4),
    ),
    Sitting("a cut at all the points", people(right, but(3), wrong), {"pass": {"percent": 100}}, told=()),
    Sitting("scaled scores and ranks", [*spread(12), *people(right, blank)], {"report": _EVERYTHING}),
    Sitting(
        "a scale with a floor and a ceiling",
        [*spread(6), *people(first(1), first(6), first(10), right)],
        {"report": {**_EVERYTHING, "scaled": {**_SCALED, "floor": 35, "ceiling": 110}}},
        told=(6, 7, 8, 9),
    ),
    Sitting(
        "two forms far apart",
        [*spread(24, low=0.6, centre="เหนือ"), *spread(24, "B", 0.05, 0.6, centre="ใต้")],
        _TWO,
        analysed=True,
        told=(0, 24, -1),
    ),
    Sitting("one form not sat", spread(12), _TWO, analysed=True),
    Sitting("centres of 4, 40 and 400", of_centres(กรุงเทพ=4, เชียงใหม่=40, ขอนแก่น=400), _SHORT),
    Sitting(
        "absentees, and who is not on the list",
        [
            *spread(6, room="101"),
            *spread(6, room="102"),
            *people(always("C"), blank, lambda question, key: "ABCD"[question % 4], room="102"),
        ],
        odd=[
            ["0001", "Z", *"ABCDABCDABCD", "101"],
            ["0090", "Z", *"ABCDABCDABCD", "101"],
            ["", "A", *"ABCDABCDABCD", "101"],
            ["0091", "A", "B"],
        ],
        register=[
            {"candidate_id": "0090", "status": "present", "room": "101"},
            {"candidate_id": "0092", "status": "absent", "room": "101"},
            {"candidate_id": "0093", "status": "present", "room": "102"},
            {"candidate_id": "0094", "status": "", "room": "103"},
        ],
        absent=(1,),
        told=(0, 12, 13),
    ),
    Sitting(
        "rooms of one name at two centres, which list and roster alone name",
        [
            *listed(spread(12), centre="ศูนย์ 1", room="301"),
            *listed(spread(11, low=0.1, high=0.4), centre="เชียงใหม่/๑", room="301"),
            *listed(people(*[but(2, 5, 9)] * 2), centre="ศูนย์ ๑", room="302"),
            *listed(spread(2), room="301"),
        ],
        printed=True,
        register=[
            {"candidate_id": "0090", "status": "absent", "centre": "เชียงใหม่/๑", "room": "301"},
            {"candidate_id": "0091", "status": "", "centre": "ตรัง", "room": "301"},
        ],
        corrections=[{"kind": "credit_all", "form": "A", "question": 4}],
        told=(0, 12, 26),
    ),
    Sitting(
        "answers, roster and list of several centres",
        [
            *listed(spread(11, centre="ก"), centre="ข", room="301"),
            *listed(spread(12, centre="ศูนย์ ข"), centre="ศูนย์ข", room="301"),
            *listed(spread(3), centre="ค"),
        ],
        register=[],
        told=(0, 11, 25),
    ),
    Sitting("two answer files, identical answers", [*people(*[but(2, 5, 9)] * 3), *spread(9)], files=2),
    Sitting(
        "synthetic candidates among others",
        [*spread(6, synthetic="yes"), *spread(8, synthetic="no")],
        register=[],
        signals=False,
    ),
    Sitting("synthetic candidates alone", spread(61, synthetic="yes"), released=(1,), analysed=True),
    Sitting(
        "pseudonyms",
        [*spread(6, room="101", name="สมชาย"), *people(blank, right, room="102", name="สมศรี")],
        corrections=[{"kind": "credit_answered", "form": "A", "question": 3}],
        released=(2,),
        pseudonymous=True,
        told=(0, -1),
    ),
    Sitting(
        "half of a unit, half of the items approved",
        people(right, first(9), but(1, 2, 3), first(2), centre="ศูนย์เดียว"),
        {
            "statuses": ["approved", "draft"],
            "scope": ["E1.*"],
            "items": 8,
            "judgement": {"units": {"T-1": 80}},
        },
        unit={"skills": ["ทักษะ"], "knowledge": ["ความรู้"]},
        items=[*items_of({"E1.01": 4}, status="approved"), *items_of({"E1.02": 4})],
        told=(0, 2, 3),
    ),
    Sitting(
        "an earlier run is released, the newest is read",
        _MIXED,
        {"pass": {"percent": 60, "second_look": {"sem": 2}}},
        corrections=[{"kind": "accept", "form": "A", "question": 12, "key": "other"}],
        released=(1,),
        read=2,
        told=(0, 2),
    ),
    Sitting(
        "a released run has taken the place of another, which is read",
        _MIXED,
        corrections=[{"kind": "credit_all", "form": "A", "question": 9}],
        released=(1, 2),
        read=1,
        told=(0, 2),
    ),
    Sitting(
        "a released run has taken the place of another",
        [*people(first(7), first(9), but(9, 10), right, wrong), *spread(6)],
        corrections=[
            {"kind": "credit_all", "form": "A", "question": 9},
            {"kind": "rekey", "form": "A", "question": 1, "key": "other"},
        ],
        released=(1, 2),
        told=(0, 1, 2, 3, 4),
    ),
    Sitting(
        "elements alone decide",
        [*people(right, first(6), wrong), *people(first(9), form="B")],
        {**_TWO, "pass": {"at_least": {"met": 2, "of": "elements", "percent": 60}}},
        told=(0, 1, 2),
    ),
    Sitting(
        "units alone decide, nobody at the cut",
        [*people(right, wrong, centre="ก"), *people(*[right] * 9, centre="ข")],
        {"pass": {"at_least": {"met": 1, "of": "units", "percent": 60}}},
        told=(0, 1),
    ),
    Sitting(
        "twelve criteria of one item each",
        [*people(right, first(3), first(4)), *spread(9)],
        {"pass": {"percent": 20, "at_least": {"met": 4, "percent": 50}}},
        unit=unit_of(12),
        items=[*items_of(dict.fromkeys(codes(12), 2))],
        told=(0, 1, 2),
    ),
    Sitting(
        "twelve criteria, each judged on one item",
        spread(14, low=0.2, high=0.8),
        {"judgement": {"min_items": 1}},
        unit=unit_of(12),
        items=[*items_of(dict.fromkeys(codes(12), 2))],
    ),
    Sitting(
        "criteria that only one of two forms asks",
        [*spread(11, low=0.8), *spread(11, "B", 0.1, 0.4)],
        {"forms": 2, "items": 4, "pass": None},
        items=[*items_of({"E1.01": 4, "E1.02": 2, "E2.01": 2})],
        told=(0, -1),
    ),
    Sitting(
        "scaled scores with a drop, the judges' cut moved",
        [*spread(12), *people(right, first(6), but(11, then=blank))],
        {
            "pass": {"cut": "angoff", "angoff": {"adjust_se": -1}},
            "report": {"scaled": _SCALED, "t_score": "linear"},
        },
        cuts={"A": {"cut": "6.9760", "judged": "7.4125", "se": "0.4365", "judges": 4}},
        corrections=[
            {"kind": "drop", "form": "A", "question": 12},
            {"kind": "drop", "form": "A", "question": 11},
        ],
        told=(0, 12, 13, 14),
    ),
    Sitting(
        "five hundred and one",
        in_turn(6, misled(5, spread(501, centre="ใหญ่"))),
        {"items": 8},
        signals=False,
        analysed=True,
    ),
    Sitting(
        "centres on both sides of the limits, some of none",
        [
            *spread(12, low=0.1, high=0.3, centre="อ่อน"),
            *spread(12, low=0.9, high=1, centre="เก่ง"),
            *spread(20, low=0.4, high=0.7, centre="กลาง"),
            *spread(3),
        ],
        analysed=True,
    ),
    Sitting(
        "judgements must be certain",
        people(right, but(1, 2), first(8), wrong, blank, but(1, 5, 9), but(*range(1, 9))),
        {"judgement": {"certainty": {"percent": 80}}, "report": {"coverage": True}},
        told=(0, 1, 2, 3, 4, 5, 6),
    ),
    Sitting(
        "certain by intervals, wrong answers cost, a question dropped",
        [*spread(70, low=0.3, high=0.9), *people(right, blank, but(1, 2, 3, then=blank))],
        {
            "judgement": {
                "interval": "clopper_pearson",
                "certainty": {"percent": 90, "by": "interval"},
                "min_items": 2,
            },
            "scoring": {"wrong": 0.25},
        },
        corrections=[{"kind": "drop", "form": "A", "question": 2}],
        released=(2,),
        told=(0, 30, 70, 71, 72),
    ),
    Sitting(
        "so certain that nothing is decided",
        people(right, first(7), blank, wrong),
        {"judgement": {"certainty": {"percent": 99.9, "by": "posterior", "prior": "jeffreys"}}, "pass": None},
        told=(0, 1, 2, 3),
    ),
    Sitting(
        "dirt of many kinds",
        [*spread(10, low=0.6), *people(*[always("B")] * 2)],
        odd=[
            ["1.23E+05", "A", *"ABCDABCDABCD"],
            ["0001", "A", *"DDDDCCCCBBBB"],
            ["0" * 300, "A", *"ABCDABCDABCD"],
            ["0301", "A", *"ABCDABCDABCD", "E", "E"],
            ["candidate_id", "form", *(f"Q{n}" for n in range(1, 13))],
            ["รวม", "", *["12"] * 12],
            ["0302", "A", *["XYZ"] * 12],
        ],
        register=[{"candidate_id": "0301", "status": "absent"}],
        unlisted=(5,),
        told=(1, -1),
    ),
    Sitting(
        "the cut of a file, moved, where the blueprint asks for criteria too",
        [*spread(14), *people(first(7), first(8))],
        {"pass": {"percent": 60, "criteria": {"all": 25}}},
        cut={
            "method": "ebel",
            "moved_by_se": -1,
            "reason": "ประชุมครั้งที่ 9",
            "forms": {"A": {"cut": 6.95, "judged": 7.35, "se": 0.4, "judges": 5, "points": 12}},
        },
        corrections=[{"kind": "drop", "form": "A", "question": 2}],
        told=(0, 14, 15),
    ),
    Sitting(
        "cuts of borderline candidates, form by form",
        [*spread(12), *spread(12, "B")],
        {**_TWO, "pass": None, "report": {"scaled": _SCALED}},
        cut={
            "method": "borderline-group",
            "reason": "ประชุมครั้งที่ 9",
            "forms": {
                "A": {"cut": 7, "judged": 7, "se": 0.5, "candidates": 31, "points": 12},
                "B": {"cut": 6.6, "judged": 6.6, "candidates": 1, "points": 12},
            },
        },
        told=(0, 12),
    ),
)
