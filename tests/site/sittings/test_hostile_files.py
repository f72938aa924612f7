"""Workbooks of a kilobyte that were made to hold up the site."""

from __future__ import annotations

import pytest

from tests.effort import promptly, some
from tests.site.conftest import Client
from tests.site.sittings.conftest import AT, file
from tests.test_hostile_workbooks import HOSTILE

PAGES = ("answers", "returns", "roster/list")


@pytest.mark.parametrize(
    ("case", "page"),
    # in `make test` every case on one page, in turn: test_hostile_workbooks has each of them read by each reader
    [(case, page) for n, case in enumerate(HOSTILE) for page in some(PAGES[n % 3 :] + PAGES[: n % 3], 1)],
)
def test_a_workbook_of_a_few_kilobytes_takes_no_place_of_the_site(
    grader: Client, page: str, case: str
) -> None:
    data = HOSTILE[case]
    grader.get(f"{AT}/{page}/")  # loads what the page needs
    with promptly():
        answer = grader.post(f"{AT}/{page}/", {"given": [file("a.xlsx", data)]})
    assert answer.status_code in (200, 302, 422)
    if page == "returns":
        assert answer.status_code != 302
