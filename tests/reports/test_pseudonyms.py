"""A run under codes: nobody can be read out of it, and its numbers are the same."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from examgen.core.candidate_numbers import replaced
from examgen.core.resources import template_folders
from examgen.core.scored_run import ScoredRun
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import Words
from examgen.rendering.templates.filling import fill
from examgen.reports.committee_report.page import committee_page
from examgen.reports.committee_report.report import committee_book
from examgen.reports.pseudonyms import pseudonymous, pseudonymous_changes
from examgen.reports.tables import COMMITTEE
from examgen.scoring.comparison import compare
from tests.effort import examples
from tests.reports.scored_samples import blank, first, right, sat
from tests.reports.whole_tables import tables_of

SECRET = bytes(range(32))
PEOPLE = {
    "1100700012345": {
        "name": "สมหญิง ใจดี",
        "email": "somying@example.org",
        "room": "ห้อง 1",
        "organisation": "บริษัท ก้าวไกล",
    },
    "1100700054321": {"name": "มานะ ตั้งใจ", "email": "mana@example.org", "room": "ห้อง 1"},
    "1100700099999": {"name": "ปิติ ยินดี", "email": "piti@example.org", "room": "ห้อง 2"},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ScoredRun:
    """Three candidates with names; a row in quarantine, a signal and an unreconciled row name two of them."""
    answers = dict(zip(PEOPLE, (right, first(6), blank), strict=True))
    found = sat(tmp_path_factory.mktemp("hidden") / "exam", answers, extra=PEOPLE)
    who, other = list(PEOPLE)[:2]
    quarantine = pl.DataFrame([["a.csv", "7", who, "too_many_fields", f"{who},สมหญิง ใจดี,A"]],
                              ["file", "line", "candidate_id", "reason", "raw"], orient="row")  # fmt: skip
    missing = pl.DataFrame([["1100700077777", "ชูใจ", "ห้อง 2", "4", "A", "missing", "a.csv:9 1100700077777"]],
                           ["candidate_id", "name", "room", "seat", "form", "what", "detail"], orient="row")  # fmt: skip
    signals = pl.DataFrame([["blank_row", "1", "a.csv", "3", other, "A", "", "", "เห็น", "seen"]],
                           ["kind", "signal", "file", "line", "candidate_id", "form", "room", "figures",
                            "seen_th", "seen_en"], orient="row")  # fmt: skip
    correction = {"kind": "drop", "item": "x", "reason": f"complaint of {who}, สมหญิง ใจดี", "by": "มานะ ตั้งใจ",
                  "date": "2026-01-01"}  # fmt: skip
    audit = {
        **found.audit,
        "corrections": [correction],
        "decided": [{"file": "a", "line": 1, "decision": who}],
    }
    return found._replace(quarantine=quarantine, signals=signals, unreconciled=missing, audit=audit)


def _told() -> list[str]:
    ids = [*PEOPLE, "1100700077777", "ชูใจ"]
    return [
        *ids,
        *(one[told] for one in PEOPLE.values() for told in ("name", "email", "organisation") if told in one),
    ]


def test_no_id_and_no_name_is_left_anywhere_in_the_run(run: ScoredRun) -> None:
    hidden, _ = pseudonymous(run, SECRET)
    tables = [hidden.candidates, hidden.criteria, hidden.quarantine, hidden.signals, hidden.unreconciled]
    text = json.dumps(hidden.audit, ensure_ascii=False) + "".join(
        table.write_csv() for table in tables if table is not None
    )
    assert [one for one in _told() if one in text] == []


def test_a_report_of_it_tells_nobody(run: ScoredRun) -> None:
    hidden, _ = pseudonymous(run, SECRET)
    folders, book = template_folders(Path()), committee_book(hidden)
    page = committee_page(hidden, book, "both", Words(messages(folders)), {"400": "f"})
    text = fill("report-committee.html", page, folders, line_setter(folders))
    text += "".join(table.write_csv() for table in tables_of(COMMITTEE, book).values())
    assert [one for one in _told() if one in text.replace("\u200b", "")] == []
    assert hidden.candidates["candidate_id"][0] in text


def test_the_table_of_codes_leads_back_to_the_same_results(run: ScoredRun) -> None:
    hidden, codes = pseudonymous(run, SECRET)
    back = dict(codes.select("code", "candidate_id").rows())
    columns = ["candidate_id", "form", "score", "decision", "blank"]
    found = hidden.candidates.with_columns(pl.col("candidate_id").replace_strict(back)).select(columns)
    assert sorted(found.rows()) == sorted(run.candidates.select(columns).rows())
    assert hidden.candidates["candidate_id"].to_list() == hidden.criteria["candidate_id"].to_list()
    assert dict(codes.select("candidate_id", "name").rows())["1100700077777"] == "ชูใจ"


def test_codes_are_of_the_secret_and_differ_for_everybody(run: ScoredRun) -> None:
    many = pl.concat(
        [run.candidates.with_columns(pl.col("candidate_id") + f"-{n}") for n in range(examples(2000))]
    )
    whole = run._replace(candidates=many)
    _, codes = pseudonymous(whole, SECRET)
    _, others = pseudonymous(whole, bytes(32))
    assert codes["code"].n_unique() == codes.height >= 3 * examples(2000)
    assert not set(codes["code"]) & set(others["code"])
    assert pseudonymous(whole, SECRET)[1].equals(codes)


def test_a_short_secret_is_refused(run: ScoredRun) -> None:
    with pytest.raises(ValueError, match="16 to 64 bytes"):
        pseudonymous(run, b"short")


def test_changes_since_an_earlier_run_are_told_by_codes(run: ScoredRun) -> None:
    _, codes = pseudonymous(run, SECRET)
    now = run.candidates.select(
        "candidate_id",
        "form",
        pl.col("score").cast(pl.String).cast(pl.Float64),
        "decision",
        "room",
        pl.col("email").alias("centre"),
    )
    gone = now.head(1).with_columns(candidate_id=pl.lit("1100700066666"))
    found = compare(pl.concat([now.with_columns(score=pl.col("score") - 1), gone]), now)
    hidden = pseudonymous_changes(found, codes)
    text = str((hidden.only_before, hidden.groups)) + hidden.rows.write_csv()
    assert [one for one in [*_told(), "1100700066666"] if one in text] == []
    assert hidden.all == found.all
    assert set(hidden.rows["candidate_id"]) == {
        *codes.filter(pl.col("candidate_id").is_in(list(PEOPLE)))["code"],
        "",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("of 1100200300003.", "of P-X."),
        ("of ๑๑๐๐๒๐๐๓๐๐๐๐๓ and 1100-2003-00003", "of P-X and P-X"),
        ("1 1002 00300 00 3", "P-X"),
        ("21100200300003, 11002003000035", "21100200300003, 11002003000035"),
        ("1100200300004", "1100200300004"),
    ],
)
def test_a_number_is_replaced_however_it_is_written(text: str, told: str) -> None:
    assert replaced(text, "1100200300003", "P-X") == told
