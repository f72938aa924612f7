"""Readings of single pages → sheets: pages joined by serial, doubts kept, every page accounted for."""

from __future__ import annotations

from itertools import permutations
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.scanning.page_reading import RowReading, SheetIdentity
from examgen.scanning.page_register import (
    AssignedBooklet,
    PageLedger,
    ReadPage,
    SheetSitting,
    may_be_same,
    settled,
)
from examgen.scanning.reasons import reason_message
from examgen.scanning.sheet_layout import SheetLayout

TWO_PAGES = cast(SheetLayout, SimpleNamespace(pages=(1, 2)))
SITTING = SheetSitting(
    "E",
    TWO_PAGES,
    {"A": 4, "B": 3},
    {
        "A-1": AssignedBooklet("001", "A", "A"),
        "B-2": AssignedBooklet("002", "B", "B"),
        "A-3": AssignedBooklet("", "A", "A"),
    },
)

ONE_PAGE = SITTING._replace(layout=cast(SheetLayout, SimpleNamespace(pages=(1,))), sizes={"A": 2, "B": 2})


def page(name: str, sheet_page: int, reads: str, serial: str = "A-1", **more: Any) -> ReadPage:
    """A page of two questions, `1` or `2` of the sheet."""
    first = 2 * sheet_page - 1
    states = {"?": "uncertain", "-": "blank"}
    rows = tuple(
        RowReading(n, "" if read == "-" else read, cast(Any, states.get(read, "marked")), 0.1)
        for n, read in enumerate(reads, first)
    )
    who = SITTING.booklets[serial].candidate_id if serial in SITTING.booklets else ""
    said = {"code": "read", "exam": "E", "serial": serial, "candidate": who} | more
    return ReadPage(name, 1, name, "read", "", 0, SheetIdentity(**said), sheet_page, 2, rows)


def outcomes(found: PageLedger) -> list[tuple[str, str, str]]:
    return [(one.read.source, one.outcome, one.reason) for one in found.pages]


def test_pages_of_a_sheet_are_joined_in_any_order() -> None:
    found = settled(
        [page("b", 2, "C-"), page("x", 1, "AB", "B-2"), page("a", 1, "A?"), page("y", 2, "D-", "B-2")],
        [SITTING],
    )
    assert {one.outcome for one in found.pages} == {"read"}
    assert [(sheet.serial, sheet.candidate_id, sheet.form, sheet.answers) for sheet in found.sheets] == [
        ("A-1", "001", "A", ("A", "?", "C", "")),
        ("B-2", "002", "B", ("A", "B", "D", "")),
    ]
    assert [[one.name for one in sheet.pages] for sheet in found.sheets] == [["a:1", "b:1"], ["x:1", "y:1"]]


def test_without_its_second_page_a_sheet_is_named_and_nothing_of_it_is_blank() -> None:
    found = settled([page("a", 1, "AB"), page("x", 2, "C", "B-2")], [SITTING])
    assert outcomes(found) == [("a", "set_aside", "page-missing"), ("x", "set_aside", "page-missing")]
    assert [sheet.answers for sheet in found.sheets] == [("A", "B", "?", "?"), ("?", "?", "C", "")]


@pytest.mark.parametrize(
    ("scan", "told"),
    [
        ("SbSb", "SBSB"), ("bSbS", "BSBS"), ("SwSw", "SBSB"), ("SfSb", "SBSB"), ("Sb", "SB"),
        ("Sw", "Sw"),  # one side of two sheets, of which one may be emptied
        ("SSSb", "SSSb"), ("SbS", "SbS"),  # one side of four, of three
        ("SbwwSb", "SBwwSB"),  # of the second sheet nothing is seen on either side
        ("SbobSb", "SBobSB"),
    ],
)  # fmt: skip
def test_an_empty_page_is_the_back_of_a_sheet_where_both_sides_were_scanned(scan: str, told: str) -> None:
    reasons = {"b": "blank-page", "w": "white-page", "f": "faint-page", "o": "not-our-sheet"}
    pages = [
        page("a.pdf", 1, "AB", f"X-{n}")._replace(page=n)
        if kind == "S"
        else ReadPage(
            "a.pdf",
            n,
            "",
            "blank" if kind in "bw" else "set_aside",
            reasons[kind],
            0,
            SheetIdentity(),
            0,
            0,
            (),
        )
        for n, kind in enumerate(scan, 1)
    ]
    found = settled(pages, [ONE_PAGE]).pages
    assert [one.reason == "back-of-sheet" for one in found] == [kind == "B" for kind in told]
    for one in found:
        if one.reason == "back-of-sheet":
            assert one.outcome == "blank"
            assert one.others in ([f"a.pdf:{one.read.page - 1}"], [f"a.pdf:{one.read.page + 1}"])
        elif not one.rows:
            assert one.reason == one.read.reason


def test_a_sheet_is_unused_where_no_page_of_it_has_a_mark_and_it_was_dealt_to_nobody() -> None:
    nothing = {"candidate": "", "number": "", "number_state": "blank", "form": "", "form_state": "blank"}
    spare = [page("a", 1, "--", "A-3", **nothing), page("b", 2, "--", "A-3", **nothing)]
    assert outcomes(settled(spare, [SITTING])) == [
        ("a", "blank", "unused-sheet"),
        ("b", "blank", "unused-sheet"),
    ]
    assert settled(spare, [SITTING]).sheets == ()
    own = [page("a", 1, "--", **nothing), page("b", 2, "--", **nothing)]
    assert {one.outcome for one in settled(own, [SITTING]).pages} == {"read"}
    for marked in (
        [page("a", 1, "A-", "A-3", **nothing), spare[1]],
        [page("a", 1, "?-", "A-3", **nothing), spare[1]],
        [page("a", 1, "--", "A-3", **nothing | {"number": "77", "number_state": "marked"}), spare[1]],
        [page("a", 1, "--", "", **nothing)],  # its number may be on a page that is scanned elsewhere
    ):
        assert "unused-sheet" not in {one.reason for one in settled(marked, [SITTING]).pages}


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_of_scans_that_agree_the_one_with_the_fewest_doubts_counts_alone(order: tuple[int, ...]) -> None:
    scans = [page("a", 1, "??"), page("best", 1, "A?"), page("c", 1, "??")]
    found = settled([*(scans[n] for n in order), page("b", 2, "CD")], [SITTING])
    assert {one.read.source: (one.outcome, one.others) for one in found.pages} == {
        "a": ("repeated", ["best:1"]), "best": ("read", []), "c": ("repeated", ["best:1"]), "b": ("read", []),
    }  # fmt: skip
    assert [sheet.answers for sheet in found.sheets] == [("A", "?", "C", "D")]


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_a_third_scan_in_doubt_hides_no_difference_between_two(order: tuple[int, ...]) -> None:
    scans = [page("a", 1, "A?"), page("b", 1, "AB"), page("c", 1, "AC")]
    found = settled([scans[n] for n in order], [SITTING])
    assert {one.reason for one in found.pages} == {"scanned-twice-differs"}
    assert len(found.sheets) == 3


def test_without_its_code_a_page_is_of_the_only_booklet_of_its_candidate() -> None:
    marked = {"number": "001", "number_state": "marked", "form": "A", "form_state": "marked"}
    codeless = {"code": "missing", "exam": "", "candidate": "", **marked}
    scans = [
        page("a", 1, "A?", "", **codeless), page("b", 1, "AB", **marked), page("c", 2, "CD", "", **codeless)
    ]  # fmt: skip
    found = settled(scans, [SITTING])
    assert [one.outcome for one in found.pages] == ["repeated", "read", "read"]
    assert [(sheet.serial, sheet.answers) for sheet in found.sheets] == [("A-1", ("A", "B", "C", "D"))]
    found = settled([page("a", 1, "AB", "", **codeless), page("b", 1, "AC", **marked), scans[2]], [SITTING])
    assert {one.outcome for one in found.pages} == {"set_aside"}
    again = SITTING._replace(booklets={**SITTING.booklets, "A-9": AssignedBooklet("001", "A", "A")})
    found = settled(scans, [again])  # of which of two booklets is it?
    assert [sheet.serial for sheet in found.sheets] == ["", "A-1"]
    for serial in ("A-1", "A-9"):
        coded = page("b", 1, "AB", serial, **{**marked, "candidate": "001"})
        found = settled([scans[0], coded], [again])
        assert [len(sheet.pages) for sheet in found.sheets] == [1, 1]


def test_by_a_number_alone_no_page_is_another_scan_of_one_that_it_may_not_be() -> None:
    by_number = {"code": "missing", "candidate": "", "number": "77", "number_state": "marked"}
    of = {**by_number, "form": "A", "form_state": "marked"}
    sitting = ONE_PAGE
    found = settled([page("a", 1, "??", "", **of), page("b", 1, "AB", "", **of)], [sitting])
    assert outcomes(found) == [("a", "set_aside", "too-little-in-common"), ("b", "read", "")]
    assert [(one.candidate_id, one.answers) for one in found.sheets] == [("", ("?", "?")), ("77", ("A", "B"))]
    found = settled([page("a", 1, "A?", "", **of), page("b", 1, "AB", "", **of)], [sitting])
    assert outcomes(found) == [("a", "repeated", "scanned-twice"), ("b", "read", "")]
    coded = {**of, "serial": "A-3"}
    found = settled([page("a", 1, "??", **coded), page("b", 1, "AB", **coded)], [sitting])
    assert outcomes(found) == [("a", "repeated", "scanned-twice"), ("b", "read", "")]


def test_a_page_whose_code_says_no_serial_is_not_joined_to_a_sheet_that_has_one() -> None:
    own = {"number": "001", "number_state": "marked", "form": "A", "form_state": "marked"}
    spare = page("b", 2, "CD", "", **{"candidate": "", **own})
    found = settled([page("a", 1, "AB", **own), spare], [SITTING])
    assert outcomes(found) == [("a", "set_aside", "page-missing"), ("b", "set_aside", "page-missing")]
    unread = page("a", 1, "AB", "", **{"candidate": "", "code": "missing", **own})
    [sheet] = settled([unread, spare], [SITTING._replace(booklets={})]).sheets
    assert sheet.answers == ("A", "B", "C", "D"), "where no sheet has a serial, the number joins its pages"


def test_by_a_number_alone_no_page_takes_the_place_of_a_sheet_whose_code_was_read() -> None:
    marked = {"number": "001", "number_state": "marked", "form": "A", "form_state": "marked"}
    other = page("other", 1, "AB", "", **{"code": "missing", "candidate": "", **marked})
    found = settled([other, page("own", 1, "??", **marked)], [ONE_PAGE])
    assert outcomes(found) == [("other", "set_aside", "too-little-in-common"), ("own", "read", "")]
    assert [(one.serial, one.candidate_id) for one in found.sheets] == [("", ""), ("A-1", "001")]
    found = settled([other, page("own", 1, "A?", **marked)], [ONE_PAGE])
    assert outcomes(found) == [("other", "repeated", "scanned-twice"), ("own", "read", "")]


@pytest.mark.parametrize("serial", ["A-1", "A-3"])
def test_pages_of_one_serial_with_the_numbers_of_two_name_each_other(serial: str) -> None:
    own, other = ({"number": number, "number_state": "marked"} for number in ("001", "002"))
    found = settled([page("a", 1, "AB", serial, **own), page("b", 2, "CD", serial, **other)], [SITTING])
    assert [(one.reason, one.others) for one in found.pages] == [
        ("pages-differ", ["b:1"]),
        ("pages-differ", ["a:1"]),
    ]
    assert [sheet.candidate_id for sheet in found.sheets] == [""]
    blank = {"number": "", "number_state": "blank"}
    found = settled([page("a", 1, "AB", **own), page("b", 2, "CD", **blank)], [SITTING])
    assert [sheet.candidate_id for sheet in found.sheets] == ["001"]


@pytest.mark.parametrize(
    ("sure", "doubtful", "reason"),
    [
        (
            {"number": "002", "number_state": "marked"},
            {"number": "00?", "number_state": "uncertain"},
            "number",
        ),
        ({"form": "B", "form_state": "marked"}, {"form": "?", "form_state": "uncertain"}, "form"),
    ],
)
def test_what_one_scan_is_sure_of_against_its_print_is_not_hidden_by_another_that_is_in_doubt_of_it(
    sure: dict[str, str], doubtful: dict[str, str], reason: str
) -> None:
    found = settled([page("a", 1, "AB", **doubtful), page("b", 1, "?B", **sure)], [ONE_PAGE])
    assert outcomes(found) == [("a", "repeated", "scanned-twice"), ("b", "set_aside", f"{reason}-differs")]
    assert not any(sheet.candidate_id and sheet.form for sheet in found.sheets)


def test_a_sheet_of_an_earlier_printing_is_not_a_scan_of_the_one_that_has_its_serial_now() -> None:
    refused = page("z", 1, "", candidate="009")._replace(outcome="set_aside", reason="one-bit")
    found = settled([page("old", 1, "AB", candidate="009"), page("now", 1, "A?"), refused], [ONE_PAGE])
    assert outcomes(found)[:2] == [("old", "set_aside", "candidate-differs"), ("now", "read", "")]
    assert [(one.candidate_id, one.answers) for one in found.sheets] == [
        ("", ("A", "B")),
        ("001", ("A", "?")),
    ]
    assert found.pages[2].others == ["old:1"]


@pytest.mark.parametrize(
    ("serial", "one", "other"),
    [
        ("A-1", {}, {"form": "B", "form_state": "marked"}),
        ("A-3", {"number": "77", "number_state": "marked"}, {"number": "7?", "number_state": "uncertain"}),
    ],
)
def test_of_scans_that_differ_none_is_scored_where_their_rows_are_not_of_one_candidate_and_form(
    serial: str, one: dict[str, str], other: dict[str, str]
) -> None:
    found = settled([page("a", 1, "AB", serial, **one), page("b", 1, "AC", serial, **other)], [ONE_PAGE])
    assert outcomes(found)[0] == ("a", "set_aside", "scanned-twice-differs")
    assert not any(sheet.candidate_id and sheet.form for sheet in found.sheets)


def test_a_page_that_cannot_be_read_names_the_scan_of_it_that_was_and_stays_set_aside() -> None:
    refused = page("a", 1, "", "A-1")._replace(outcome="set_aside", reason="one-bit")
    found = settled([refused, page("b", 1, "AB"), page("c", 2, "CD")], [SITTING])
    assert (found.pages[0].outcome, found.pages[0].reason, found.pages[0].others) == (
        "set_aside", "one-bit", ["b:1"],
    )  # fmt: skip
    other = settled([refused._replace(sheet_page=2), page("b", 1, "AB")], [SITTING])
    assert other.pages[0].others == []


def test_a_mark_past_the_last_question_of_a_form_is_kept_and_blanks_there_are_not() -> None:
    found = settled([page("x", 2, "D-", "B-2"), page("a", 2, "D-")], [SITTING])
    assert [[row.question for row in one.rows] for one in found.pages] == [[3], [3, 4]]
    marked = settled([page("x", 2, "DC", "B-2"), page("x", 2, "D?", "B-2")], [SITTING])
    assert [[row.question for row in one.rows] for one in marked.pages] == [[3, 4], [3]]


@pytest.mark.parametrize(
    ("state", "forms", "form", "reason"),
    [
        ("none", {"A": 2}, "A", ""),  # nothing asks for the only form
        ("uncertain", {"A": 2}, "A", ""),
        ("none", {"A": 2, "B": 2}, "", "form-blank"),
        ("blank", {"A": 2, "B": 2}, "", "form-blank"),
        ("uncertain", {"A": 2, "B": 2}, "", "form-uncertain"),
        ("multiple", {"A": 2, "B": 2}, "", "form-multiple"),
        ("marked", {"A": 2, "B": 2}, "B", ""),
    ],
)
def test_a_form_is_the_one_that_is_marked_or_the_only_one(
    state: str, forms: dict[str, int], form: str, reason: str
) -> None:
    sitting = ONE_PAGE._replace(sizes=forms, booklets={})
    said = {"candidate": "", "number": "77", "number_state": "marked", "form": "B", "form_state": state}
    found = settled([page("a", 1, "AB", "", **said)], [sitting])
    assert [(one.form, one.reason) for one in found.pages] == [(form, reason)]


def test_a_sheet_whose_pages_say_two_forms_has_none() -> None:
    said = {"candidate": "", "number": "77", "number_state": "marked", "form_state": "marked"}
    scans = [page("a", n, "AB", "", **said, form=form) for n, form in ((1, "A"), (2, "B"))]
    found = settled(scans, [SITTING._replace(booklets={})])
    assert outcomes(found) == [("a", "set_aside", "pages-differ")] * 2
    assert [(sheet.candidate_id, sheet.form) for sheet in found.sheets] == [("77", "")]


def test_a_file_that_was_given_before_is_told_in_words() -> None:
    found = settled([page("a", 1, "AB"), ReadPage.again("b", 1, "0", "a")], [ONE_PAGE])
    assert reason_message(found.pages[1].reason) == "the same file was already given"


def test_two_scans_that_differ_are_both_set_aside_and_name_each_other() -> None:
    found = settled([page("a", 1, "AB"), page("a2", 1, "AC"), page("b", 2, "CD")], [SITTING])
    assert outcomes(found)[:2] == [(one, "set_aside", "scanned-twice-differs") for one in ("a", "a2")]
    assert [one.others for one in found.pages[:2]] == [["a2:1"], ["a:1"]]
    assert found.pages[2].outcome == "set_aside"
    assert all("?" in sheet.answers for sheet in found.sheets)


@pytest.mark.parametrize(("number", "reason"), [("7??", "number-uncertain"), ("77", "")])
def test_copies_of_a_spare_sheet_are_told_apart_by_their_numbers(number: str, reason: str) -> None:
    state = "uncertain" if reason else "marked"
    one = {"serial": "A-3", "number_state": "marked"}
    pages = [
        page("a", 1, "AB", **one, number="55"), page("b", 2, "CD", **one, number="55"),
        page("c", 1, "AC", **(one | {"number_state": state}), number=number),
    ]  # fmt: skip
    found = settled(pages, [SITTING])
    assert {one.outcome for one in found.pages} == {"set_aside"}
    assert found.pages[0].reason == ("copy-of-another-sheet" if not reason else "scanned-twice-differs")
    assert {sheet.candidate_id for sheet in found.sheets} <= {"", "55"}


def told(found: PageLedger) -> tuple[list[Any], list[Any]]:
    """What a ledger says, whatever the order of the scans."""
    pages = [(one.name, one.outcome, one.reason, sorted(one.others)) for one in found.pages]
    sheets = [
        (sorted(one.name for one in sheet.pages), sheet.candidate_id, sheet.form, sheet.serial, sheet.answers)
        for sheet in found.sheets
    ]
    return sorted(pages), sorted(sheets)


SERIALS = st.sampled_from(["A-1", "B-2", "A-3", "", "X-9"])
PAGES = st.lists(
    st.tuples(
        SERIALS, st.integers(1, 2), st.text("AB?-", min_size=2, max_size=2),
        st.sampled_from(["E", "F", ""]), st.sampled_from(["", "001", "00?", "002"]), st.sampled_from(["", "A", "B", "A|B"]),
    ),
    max_size=9,
)  # fmt: skip


@given(PAGES, st.randoms(use_true_random=False))
def test_every_page_has_one_outcome_and_no_doubt_is_lost(
    drawn: list[tuple[str, int, str, str, str, str]],
    random: Random,
) -> None:
    pages = []
    for n, (serial, at, reads, exam, number, form) in enumerate(drawn):
        number_state = "blank" if not number else "uncertain" if "?" in number else "marked"
        form_state = "multiple" if "|" in form else "marked" if form else "blank"
        said = {
            "exam": exam,
            "number": number,
            "number_state": number_state,
            "form": form,
            "form_state": form_state,
        }
        pages.append(page(f"p{n}", at, reads, serial, **said))
    found = settled(pages, [SITTING])
    assert [one.read for one in found.pages] == pages
    assert sum(found.counts().values()) == len(pages)
    for one in found.pages:
        assert bool(one.reason) == (one.outcome != "read")
        assert not one.reason or reason_message(one.reason) != one.reason, "in words"
    shuffled = random.sample(pages, len(pages))
    assert told(settled(shuffled, [SITTING])) == told(found)
    in_sheets = [one.name for sheet in found.sheets for one in sheet.pages]
    assert len(in_sheets) == len(set(in_sheets))
    assert {one.name for one in found.pages if one.outcome == "read"} <= set(in_sheets)
    for sheet in found.sheets:
        clean = {one.outcome for one in sheet.pages} == {"read"}
        assert not clean or (sheet.candidate_id and sheet.form and len(sheet.pages) == 2)
        for one in sheet.pages:
            doubts = {row.question for row in one.read.rows if row.state == "uncertain"}
            size = SITTING.sizes.get(sheet.form, 4)
            assert all(sheet.answers[n - 1] == "?" for n in doubts if n <= size)


THAI_LIST = ONE_PAGE._replace(
    booklets={
        "A-1": AssignedBooklet("๖๙-๑", "A", "A"),
        "B-2": AssignedBooklet("๗๐๒", "B", "B"),
        "A-3": AssignedBooklet("", "A", "A"),
    }
)


@pytest.mark.parametrize(
    ("serial", "said", "who", "reason"),
    [
        ("A-1", {"candidate": "๖๙-๑", "number": "691", "number_state": "marked"}, "๖๙-๑", ""),
        ("A-1", {"candidate": "", "number": "6?1", "number_state": "uncertain"}, "๖๙-๑", ""),
        ("A-1", {"candidate": "691", "number": "", "number_state": "blank"}, "๖๙-๑", ""),
        ("A-1", {"candidate": "๖๙-๑", "number": "692", "number_state": "marked"}, "", "number-differs"),
        ("A-1", {"candidate": "๗๐๒", "number": "", "number_state": "blank"}, "", "candidate-differs"),
        ("A-3", {"candidate": "", "number": "702", "number_state": "marked"}, "๗๐๒", ""),
        ("A-3", {"candidate": "", "number": "703", "number_state": "marked"}, "703", ""),
    ],
)
def test_a_sheet_is_whose_number_the_list_writes_otherwise(
    serial: str, said: dict[str, str], who: str, reason: str
) -> None:
    [sheet] = settled([page("a", 1, "AB", serial, **said)], [THAI_LIST]).sheets
    assert sheet.candidate_id == who
    assert sheet.pages[0].reason == reason


def test_the_sheet_and_the_number_on_a_spare_one_are_one_candidates() -> None:
    """Scanned with its serial, and once more where only the number was read."""
    marked = {"number": "702", "number_state": "marked", "form": "B", "form_state": "marked"}
    own = page("a", 1, "AB", "B-2", candidate="๗๐๒", **marked)
    again = page("b", 1, "AB", "", candidate="", code="none", **marked)
    found = settled([own, again], [THAI_LIST])
    assert outcomes(found) == [("a", "read", ""), ("b", "repeated", "scanned-twice")]


@pytest.mark.parametrize(
    ("one", "other", "may_be"),
    [
        ("123", "123", True), ("123", "124", False), ("1?3", "123", True), ("1?3", "124", False),
        ("1?3", "1?4", False), ("?23", "23", False), ("12?", "12", True), ("12?", "1234", False),
        ("1?3", "4?6", False), ("???", "123", True),
    ],
)  # fmt: skip
def test_an_unclear_digit_may_be_any_and_the_others_must_agree(one: str, other: str, may_be: bool) -> None:
    assert may_be_same(one, other) is may_be
    assert may_be_same(other, one) is may_be
