"""The reading back finds what is wrong: a digit changed anywhere, cells exchanged, a bar of
another length, a line of a table that says another number."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.reports.readback.candidate_oracle import claim_candidate
from tests.reports.readback.centre_oracle import claim_centre
from tests.reports.readback.cohort_oracle import claim_cohort
from tests.reports.readback.conftest import Packages
from tests.reports.readback.packages import report
from tests.reports.readback.raw import Raw
from tests.reports.readback.reader import Page
from tests.reports.readback.repeat_claims import claim_repeats, repeats
from tests.reports.readback.speech import Tongue
from tests.reports.readback.tables import centre_tables, check_tables, cohort_tables

Read = Callable[[], bool]
"""Whether the page is right as it stands."""


@pytest.fixture(
    scope="module",
    params=["small cohort", "large cohort", "middle centre", "large centre", "small candidate"],
)
def right(
    request: pytest.FixtureRequest, packages: Packages, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Page, Read]:
    """A page and what reads it."""
    name, kind = str(request.param).split()
    package, tongue = packages(name), Tongue()
    words = ("--html", "--candidate", "010") if kind == "candidate" else ()
    out = report(package, kind, tmp_path_factory.mktemp("right") / kind, *words)
    (path,) = out.glob("*.html")
    page, raw = Page(path.read_text("utf-8")), Raw(package)
    told = repeats(package, tmp_path_factory.mktemp("told"), raw.n if kind == "cohort" else 0)

    def is_right() -> bool:
        for one in page.passages:
            one.is_claimed = False
        try:
            if kind == "candidate":
                claim_candidate(page, raw, tongue, "010")
            else:
                {"cohort": claim_cohort, "centre": claim_centre}[kind](page, raw, tongue)
            if kind == "cohort":
                claim_repeats(page, tongue, told)
        except (AssertionError, ValueError):
            return False
        return not page.unclaimed()

    assert is_right()
    return page, is_right


def test_a_changed_digit_is_found(right: tuple[Page, Read]) -> None:
    page, is_right = right
    told = [one for one in page.passages if one.numbers and "svg" not in one.place]
    for n, one in enumerate(told[:: max(1, len(told) // 24)]):
        was = one.text
        spot = [place for place, letter in enumerate(was) if letter.isdigit()][-(n % 2)]
        one.text = was[:spot] + ("1" if was[spot] != "1" else "2") + was[spot + 1 :]
        assert not is_right(), f"{one.place}: {one.text!r} in place of {was!r}"
        one.text = was


def test_a_number_too_many_is_found(right: tuple[Page, Read]) -> None:
    page, is_right = right
    silent = next(one for one in page.passages if not one.numbers)
    was, silent.text = silent.text, f"{silent.text} 7"
    assert not is_right()
    silent.text = was


def test_exchanged_cells_are_found(right: tuple[Page, Read]) -> None:
    page, is_right = right
    for table in page.tables(page.root)[:6]:
        cells = [cell for row in table.rows[:3] for cell in row.cells if cell.numbers]
        for a, b in pairwise(cells):
            if a.text != b.text:
                a.text, b.text = b.text, a.text
                assert not is_right(), f"{a.place}: {a.text!r} and {b.text!r}"
                a.text, b.text = b.text, a.text
                break


def test_a_meter_or_a_shade_that_is_off_is_found(right: tuple[Page, Read]) -> None:
    page, is_right = right
    for one in page.root.select(".meter i, .meter b")[:4]:
        was = str(one["style"])
        one["style"] = was.replace("width: ", "width: 1")
        assert not is_right(), was
        one["style"] = was
    for one in page.root.select("td[class^=shade]")[:6]:
        kept = one["class"]
        one["class"] = "shade-0" if kept != ["shade-0"] else "shade-3"
        assert not is_right(), kept
        one["class"] = kept


@pytest.mark.parametrize("kind", ["cohort", "centre"])
def test_another_number_in_a_table_is_found(packages: Packages, tmp_path: Path, kind: str) -> None:
    package = packages("small")
    wanted = {"cohort": cohort_tables, "centre": centre_tables}[kind](Raw(package))
    out = report(package, kind, tmp_path / kind)
    check_tables(out, wanted)
    for name, rows in wanted.items():
        if rows:
            path = out / f"{name}.csv"
            was = path.read_bytes()
            digit = max(was.rfind(d) for d in (b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9"))
            path.write_bytes(
                was[:digit] + (b"7" if was[digit : digit + 1] != b"7" else b"8") + was[digit + 1 :]
            )
            if digit < was.rfind(b"\n") and b"." not in was[was.rfind(b",", 0, digit) : digit]:
                with pytest.raises(AssertionError):
                    check_tables(out, wanted)
            path.write_bytes(was)
