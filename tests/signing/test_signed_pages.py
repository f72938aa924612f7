"""A file of several reports that is signed as a whole: no page of it comes, goes or leaves it unseen."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pikepdf
import pytest

from examgen.core.problems import Refused
from examgen.core.signing.keys import make_keys, read_private
from examgen.core.signing.signers import SignWith, file_signer
from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.verifying import verify_report
from examgen.reports.writing import ReportOptions
from tests.papers.pdf_ua.requirements import checked
from tests.reports.scored_samples import blank, first, items_of, long_unit, right, sat

N = 3


class Made(NamedTuple):
    """A file of three reports of two pages, the letter of one of them, and the key that checks them."""

    path: Path
    letter: Path
    key: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    place = tmp_path_factory.mktemp("signed")
    unit = long_unit(30)
    people = {"P-01": right, "P-02": blank, "P-03": first(20)}
    sat(place / "package", people, items_of(unit, 1), unit, n_items=30, criteria={"all": 1})
    public, _ = make_keys(place / "body.pem", "A body")
    own = read_private(place / "body.pem")
    with file_signer(SignWith(str(place / "body.pem"))) as signer:
        which = CandidateReportOptions(key=own.codes, signer=signer)
        candidate_reports(place / "package", place, ReportOptions(out=place / "out", lang="th"), which)
        which = which._replace(ids=("P-01",), by="candidate")
        candidate_reports(place / "package", place, ReportOptions(out=place / "letter", lang="th"), which)
    (path,), (letter,) = (place / "out").glob("*.pdf"), (place / "letter").glob("*.pdf")
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) == 2 * N
    return Made(path, letter, public)


def test_the_file_is_found_as_it_was_signed_with_the_code_of_each_report(made: Made) -> None:
    found = verify_report(str(made.path), [made.key])
    assert [one.signer for one in found.signatures] == ["A body"]
    assert [one.statement.candidate_id for one in found.codes] == ["P-01", "P-02", "P-03"]
    assert [one.source.rpartition(", ")[2] for one in found.codes] == ["page 1", "page 3", "page 5"]


def test_a_signed_letter_is_as_accessible_as_before(made: Made) -> None:
    """A hidden field is the one thing more: ISO 14289-1, 7.18.1, asks nothing of what nobody sees."""
    assert {one.number: one.faults for one in checked(made.letter.read_bytes()) if one.faults} == {}
    with pikepdf.open(made.letter) as pdf:
        (field,) = pdf.pages[0].Annots
        field.F = 4
        shown = io.BytesIO()
        pdf.save(shown)
    faults = {one.number: one.faults for one in checked(shown.getvalue()) if one.faults}
    assert faults == {"7.18": ["page 1 has annotations", "/AcroForm"]}


@pytest.mark.parametrize(
    "order",
    [
        lambda pages: pages[2:4],
        lambda pages: pages[:1] + pages[2:],
        lambda pages: [0, 3, 2, 1, 4, 5],
        lambda pages: [*pages, 1],
    ],
    ids=["a report taken out", "a page is gone", "pages of two exchanged", "one behind"],
)
def test_pages_elsewhere_are_unsigned(
    made: Made, tmp_path: Path, order: Callable[[list[int]], list[int]]
) -> None:
    with pikepdf.open(made.path) as source, pikepdf.new() as pdf:
        del source.pages[0].Annots
        for n in order(list(range(len(source.pages)))):
            pdf.pages.append(source.pages[n])
        pdf.save(tmp_path / "other.pdf")
    with pytest.raises(Refused) as refused:
        verify_report(str(tmp_path / "other.pdf"), [made.key])
    (problem,) = refused.value.problems
    assert problem.code == "signature-missing"
    assert "Its codes say: page" in problem.message
