"""Pages of reports as they were read and found right: every text, every bar, and every table beside them.

`tests/data/reports/pages/` has a file for each page. When it was written, each of its numbers had been found in
the files of the run by oracles of every line. After a change read what differs, then
`EXAMGEN_TESTS=all pytest … --update-golden` writes the files; the figures that decide are counted anew in
`test_numbers.py`, figures that are drawn stand in `test_figures.py`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.effort import ALL, some
from tests.reports.readback.conftest import Packages
from tests.reports.readback.packages import report
from tests.reports.readback.reader import Page
from tests.reports.sentences.test_sentences import DIGEST

PAGES = (
    "small cohort both arabic",
    "small candidate both thai 010",
    "small coverage th thai",
    "small committee en arabic",
    "none cohort th arabic",
    "none centre en arabic",
    "one committee en arabic",
    "one cohort en arabic",
    "middle cohort th thai",
    "middle centre en thai 1",
    "middle centre both arabic",
    "middle committee both arabic",
    "marked candidate en arabic K-4",
    "marked cohort en arabic",
    "marked committee th thai",
    "large cohort en arabic",
    "large centre th thai",
    "large committee both arabic",
    "marked candidate th thai K-1",
)
"""Package, kind, language and figures; whose page it is, or of which run."""


@pytest.mark.parametrize("page", some(PAGES, 7))
def test_a_page_is_as_it_was_read(
    packages: Packages, tmp_path: Path, root: Path, update_golden: bool, page: str
) -> None:
    name, kind, lang, digits, *which = page.split()
    words = ("--html", "--candidate", *which) if kind == "candidate" else ("--run", *which) if which else ()
    out = report(packages(name), kind, tmp_path / "out", "--lang", lang, "--digits", digits, *words)
    (path,) = out.glob("*.html")
    read = Page(path.read_text("utf-8"))
    lines = [f"{one.place}: {one.text}" for one in read.passages if "svg" not in one.place]
    lines += [f"bar {one['style']}" for one in read.root.select(".meter i, .meter b")]
    lines += [f"cell {' '.join(one['class'])}" for one in read.root.select("td[class^=shade]")]
    for table in sorted(out.glob("*.csv")):
        lines += [f"= {table.name}", *table.read_text("utf-8-sig").splitlines()]
    found = re.sub(DIGEST, "…", "\n".join(lines)) + "\n"
    golden = root / "tests" / "data" / "reports" / "pages" / f"{page.replace(' ', '-')}.txt"
    if update_golden:
        assert ALL, "EXAMGEN_TESTS=all makes all of them"
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found, "utf-8")
    assert found.splitlines() == golden.read_text("utf-8").splitlines()
