"""The figures of reports, as they were drawn and looked at: every shape, its place and its words.

`tests/data/reports/figures.txt` has them element by element; after a change look at the pages, then
`pytest … --update-golden` writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from examgen.analysis.exam import analyse_exam
from examgen.reports.analysis_report.writing import write_report
from tests.reports.readback.conftest import Packages
from tests.reports.readback.packages import report
from tests.reports.sentences.test_sentences import COMMON

OF_RUNS = [("small", "cohort"), ("small", "candidate"), ("middle", "cohort"), ("middle", "centre"), ("large", "cohort"), ("large", "centre")]  # fmt: skip


def test_figures_are_drawn_as_they_were(
    packages: Packages, tmp_path: Path, root: Path, update_golden: bool
) -> None:
    found = list[str]()
    for name, kind in OF_RUNS:
        words = ("--html", "--candidate", "010") if kind == "candidate" else ()
        out = report(packages(name), kind, tmp_path / f"{name}-{kind}", "--lang", "en", *words)
        (path,) = out.glob("*.html")
        found += [f"{name} {kind}", *_drawn(path)]
    (tmp_path / "analysed").mkdir()
    package = COMMON.made(tmp_path / "analysed")
    made = write_report(package, analyse_exam(package), tmp_path, tmp_path / "analysis", pdf=False)
    found += ["analysis", *_drawn(made.folder / "report.html")]
    golden = root / "tests" / "data" / "reports" / "figures.txt"
    if update_golden:
        golden.write_text("\n".join(found) + "\n", "utf-8")
    assert found == golden.read_text("utf-8").splitlines()


def _drawn(path: Path) -> Iterator[str]:
    """Every element of every figure of a page: its name, attributes and own words, and that of bars in
    cells."""
    html = re.sub(r"<style>.*?</style>", "", path.read_text("utf-8"), flags=re.DOTALL)
    for one in BeautifulSoup(html, "html.parser").select("svg, svg *, .meter i, .meter b, td[class^=shade]"):
        words = (
            ""
            if one.name == "td"
            else "".join(str(x) for x in one.children if not isinstance(x, Tag)).strip()
        )
        attributes = " ".join(
            f"{name}={' '.join(value) if isinstance(value, list) else value}"
            for name, value in sorted(one.attrs.items())
        )
        yield f"\t{one.name} {attributes} {words}".rstrip()
