"""Each candidate's report says what the files of the run say of that candidate: every number, in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reports.readback.candidate_oracle import claim_candidate
from tests.reports.readback.conftest import Packages
from tests.reports.readback.packages import report
from tests.reports.readback.raw import Raw
from tests.reports.readback.reader import Page
from tests.reports.readback.speech import Tongue

DAY = ("20 พฤศจิกายน 2569", "20 November 2026")


@pytest.mark.parametrize(
    ("name", "run", "lang", "digits", "few"),
    [
        ("small", None, "both", "arabic", 9),
        ("small", None, "th", "thai", 4),
        ("middle", 1, "en", "thai", 4),
        ("middle", 2, "both", "thai", 6),
        ("large", None, "th", "thai", 5),
        ("marked", None, "both", "arabic", 9),
        ("marked", None, "th", "thai", 9),
    ],
)
def test_every_number_is_that_of_the_files(
    packages: Packages, tmp_path: Path, name: str, run: int | None, lang: str, digits: str, few: int
) -> None:
    package = packages(name)
    raw = Raw(package, run)
    ids = [one["candidate_id"] for one in raw.candidates[:few]]
    named = [word for one in ids for word in ("--candidate", one)]
    chosen = () if run is None else ("--run", run)
    wishes = ("--lang", lang, "--digits", digits, "--date", "2026-11-20", *chosen)
    out = report(package, "candidate", tmp_path / "candidate", "--html", *wishes, *named)
    assert sorted(path.stem for path in out.glob("*.html")) == sorted(ids)
    for one in ids:
        page = Page((out / f"{one}.html").read_text("utf-8"))
        claim_candidate(page, raw, Tongue(lang, digits), one, DAY)
        assert not page.unclaimed()
