"""Ids beside a list of candidates: who is on none, whose row theirs may be, which form each was dealt."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from examgen.capture.answer_files import recognise
from examgen.capture.answer_layout import AnswerLayout, assignment_of, closed
from examgen.capture.file_chunks import read_file
from examgen.capture.likely_ids import offers

OPTIONS = {"A": (4,) * 6, "B": (4,) * 6}
NATIONAL = "2601815908301"


@pytest.mark.parametrize(
    ("written", "listed", "may_be", "why"),
    [
        ("1", ["00001"], "00001", "written differently"),
        ("00001", ["1"], "1", "written differently"),
        ("10", ["00001", "00010"], "00010", "written differently"),
        ("2-6018-15908-30-1", [NATIONAL], NATIONAL, "written differently"),
        ("2 6018 15908 30 1", [NATIONAL], NATIONAL, "written differently"),
        ("2–6018–15908–30–1", [NATIONAL], NATIONAL, "written differently"),
        (NATIONAL, ["2-6018-15908-30-1"], "2-6018-15908-30-1", "written differently"),
        ("๒๖๐๑๘๑๕๙๐๘๓๐๑", [NATIONAL], NATIONAL, "written differently"),
        (NATIONAL, ["๒๖๐๑๘๑๕๙๐๘๓๐๑"], "๒๖๐๑๘๑๕๙๐๘๓๐๑", "written differently"),
        ("๑", ["00001"], "00001", "written differently"),
        ("๒-๖๐๑๘-๑๕๙๐๘-๓๐-๑", [NATIONAL], NATIONAL, "written differently"),
        ("ab-017", ["AB-017"], "AB-017", "written differently"),
        ("ＡＢ－０１７", ["AB-017"], "AB-017", "written differently"),
        ("2601815908300", [NATIONAL], NATIONAL, "with one character off"),
        ("2601815980301", [NATIONAL], NATIONAL, "with one character off"),
        ("260181590830", [NATIONAL], NATIONAL, "with one character off"),
        ("26018159083011", [NATIONAL], NATIONAL, "with one character off"),
        ("2-6018-15908-30-7", [NATIONAL], NATIONAL, "with one character off"),
        ("AC-017", ["AB-017"], "AB-017", "with one character off"),
        ("สอ-12", ["สบ-12"], "สบ-12", "with one character off"),
    ],
)
def test_an_id_is_offered_with_the_reason(written: str, listed: list[str], may_be: str, why: str) -> None:
    others = ["70001", "8800000000000", "ZZ-999"]
    found = offers([written], [*others, *listed])
    assert [(one, *offer[:2]) for one, offer in found.items()] == [(written, may_be, f"{may_be} {why}")]


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        ("99999", ["00001", "00002"]),  # nobody near
        ("00021", ["00001", "00022"]),  # two a digit off
        ("2", ["002", "0002"]),  # two that differ in zeros alone
        ("1-11", ["11-1", "1-1-1"]),
        ("2601815908311", [NATIONAL, "2601815908312"]),  # a digit off and a digit off
        ("12", ["13"]),  # so short that a digit says nothing
        ("123", ["1234"]),
        ("2601815098031", [NATIONAL]),  # two slips
        ("x", []),
    ],
)
def test_nobody_is_offered_where_it_is_not_one(written: str, listed: list[str]) -> None:
    assert offers([written], listed) == {}


def test_who_has_a_row_or_did_not_come_is_not_a_digit_off() -> None:
    listed = ["00011", "00013", "00031"]
    assert offers(["00032"], listed, with_rows=["00031"]) == {}
    assert offers(["00012"], listed, absent=["00011"])["00012"][:2] == (
        "00013",
        "00013 with one character off; just as similar, but already accounted for: 1",
    )
    assert offers(["00012"], listed) == {}
    # written otherwise it is the same whoever has a row: two rows are a repeat or a conflict
    assert offers(["11"], listed, with_rows=["00011"])["11"].likeness.endswith(
        "; that number has its own row"
    )


def test_two_ids_that_may_be_one_are_no_slips_of_it_but_may_be_its_spellings() -> None:
    listed = [NATIONAL, "8800000000000"]
    slips = ["2601815908300", "2601815908302"]
    assert offers(slips, listed) == {}
    spelt = offers(["2-6018-15908-30-1", "๒๖๐๑๘๑๕๙๐๘๓๐๑", *slips], listed)
    assert {one: offer.candidate_id for one, offer in spelt.items()} == dict.fromkeys(list(spelt), NATIONAL)
    assert len(spelt) == 2


@pytest.mark.long("a bound on time")
def test_a_long_list_and_many_ids_take_seconds() -> None:
    listed = [f"11002{k:08d}" for k in range(100_000)]
    began = time.process_time()
    found = offers([one[:-1] for one in listed[:1500]] + [f"0{one}" for one in listed[:5000]], listed)
    assert time.process_time() - began < 10
    assert sum(offer.likeness.endswith("written differently") for offer in found.values()) == 5000


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read(path: Path, layout: AnswerLayout) -> tuple[dict[str, int], dict[str, str]]:
    """Candidate → number of the form, or the reason."""
    file = recognise(0, path, layout)
    forms: dict[str, int] = {}
    aside: dict[str, str] = {}
    for chunk in read_file(file, layout):
        ids = [one.decode() for one in chunk.rows.ids.tolist()]
        forms |= dict(zip(ids, chunk.rows.form.tolist(), strict=True))
        aside |= {row.candidate_id or "": row.reason for row in chunk.set_aside}
    return forms, aside


WIDTHS = pytest.mark.parametrize("even", [True, False], ids=["even", "uneven"])


def people(even: bool) -> list[str]:
    return [f"{k:06d}" if even else f"{10 ** (k % 7)}-{k}" for k in range(300)]


@WIDTHS
@pytest.mark.parametrize("where", ["booklets", "roster", "both"])
def test_who_is_on_no_list_is_set_aside_and_the_others_are_scored(
    even: bool, where: str, tmp_path: Path
) -> None:
    who = people(even)
    dealt = {"booklets": who[3:], "roster": [], "both": who[3:150]}[where]
    roster = {"booklets": [], "roster": [*who[3:], "กำ-1"], "both": who[140:]}[where]
    booklets = [(one, "AB"[k % 2], f"S{k:04d}") for k, one in enumerate(dealt)]
    layout = AnswerLayout(OPTIONS, closed(assignment_of(booklets), [one.encode() for one in roster]))
    form = {one: "AB"[k % 2] for k, one in enumerate(dealt)}
    lines = [f"{one},{form.get(one, 'B')},A,B,C,D,A,B" for one in [*who, "กำ-1"]]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["candidate_id,form,Q1,Q2,Q3,Q4,Q5,Q6", *lines, ""]), "utf-8")
    unlisted = dict.fromkeys([*who[:3], *(["กำ-1"] if where != "roster" else [])], "not_on_list")
    scored = {one: "AB".index(form.get(one, "B")) for one in [*who, "กำ-1"] if one not in unlisted}
    assert read(path, layout) == (scored, unlisted)


@WIDTHS
def test_without_a_form_column_it_is_the_one_that_was_dealt(even: bool, tmp_path: Path) -> None:
    who = people(even)
    assignment = assignment_of((one, "AB"[k % 3 == 0], f"S{k:04d}") for k, one in enumerate(who[5:]))
    lines = [f"{one},A,B,C,D,A,B" for one in who]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["candidate_id,Q1,Q2,Q3,Q4,Q5,Q6", *lines, ""]), "ascii")
    wanted = {one: int(k % 3 == 0) for k, one in enumerate(who[5:])}
    for own, reason in ((assignment, "form_not_known"), (closed(assignment), "not_on_list")):
        layout = AnswerLayout(OPTIONS, own)
        assert read(path, layout) == (wanted, dict.fromkeys(who[:5], reason))
    # who is on the roster alone was dealt none
    layout = AnswerLayout(OPTIONS, closed(assignment, [who[0].encode()]))
    assert read(path, layout)[1] == {
        **dict.fromkeys(who[1:5], "not_on_list"),
        who[0]: "form_not_known",
    }
    label = recognise(0, path, layout).structure.label
    assert label.endswith("no form column; the form assigned to each candidate is used")
