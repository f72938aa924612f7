"""What every report of many sittings says, sentence by sentence, as it was read and found true.

`tests/data/reports/sentences.txt` has each sentence once, and below it the pages that say it:
`a released run: cohort committee`. A sentence that is another, missing, or where it was not before, is a change
to read: is it true of that sitting? Then `EXAMGEN_TESTS=all pytest … --update-golden` writes it.
Numbers and tables are held by `tests/reports/readback`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.effort import ALL, some
from tests.reports.readback.reader import Page
from tests.reports.sentences.made import pages
from tests.reports.sentences.people import spread
from tests.reports.sentences.sitting import Sitting
from tests.reports.sentences.thirty import SITTINGS

LANGS = ("th", "en", "both")
ANALYSED = ("one candidate", "everybody fails", "two forms far apart", "one form not sat", "synthetic candidates alone",
            "negative marking to the end", "a question dropped, and a key corrected", "five hundred and one")  # fmt: skip
COMMON = Sitting(
    "two forms with common items",
    [*spread(30), *spread(30, "B")],
    {"forms": 2, "items": 12, "anchor": 4},
    analysed=True,
    told=(),
)
ONE_ABILITY = Sitting(
    "of one ability", spread(240, low=0.2), {"items": 24}, signals=False, analysed=True, told=()
)
WITH_ANALYSIS = (*(one for one in SITTINGS if one.name in ANALYSED), COMMON, ONE_ABILITY)
DIGEST = (
    r"\b[0-9a-f]{4}(?: [0-9a-f]{4}){3}\b|"
    r"(?<![0-9A-Za-z])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{6,}(?![0-9A-Za-z])|(?<!\d)\d{8,}(?!\d)|"
    r"(?<=\()[a-f]{8}(?=\))"
)
"""Fingerprints and hashes, which are others in each run."""

Said = dict[str, set[tuple[str, str]]]
"""Sentence → sittings, each with the page that says it."""


@pytest.fixture
def golden(root: Path) -> Path:
    return root / "tests" / "data" / "reports" / "sentences.txt"


def test_reports_say_what_they_said(golden: Path, tmp_path: Path, update_golden: bool) -> None:
    made = [
        *((one.name, LANGS[SITTINGS.index(one) % 3], one) for one in some(SITTINGS, 4)),
        *((f"analysis: {one.name}", "both", one) for one in some(WITH_ANALYSIS, 2)),
    ]
    found: Said = {}
    for n, (name, lang, sitting) in enumerate(made):
        for page, html in _pages(name, sitting, tmp_path / str(n), lang):
            for sentence in _sentences(html):
                found.setdefault(sentence, set()).add((name, page))
    if update_golden:
        assert ALL, "EXAMGEN_TESTS=all makes all of them"
        _write(golden, found)
    names = {name for name, *_ in made}
    known = {
        sentence: here
        for sentence, where in _read(golden).items()
        if (here := {one for one in where if one[0] in names})
    }
    changed = list(_differences(known, found))
    assert not changed, "\n".join(changed)


def _pages(name: str, sitting: Sitting, folder: Path, lang: str) -> Iterable[tuple[str, str]]:
    if name.startswith("analysis"):
        package = replace(sitting, analysed=True).made(folder)
        (path,) = (package / "analysis").glob("*/report.html")
        return [("analysis", path.read_text("utf-8"))]
    return pages(sitting, folder, lang)


def _sentences(html: str) -> Iterator[str]:
    """The longer texts of a page, without what is another in each run: digests."""
    for one in Page(html).passages:
        if len(one.text) > 24 and re.search(r"[^\W\d_]{3}", one.text):
            yield re.sub(DIGEST, "…", one.text)


def _differences(known: Said, found: Said) -> Iterator[str]:
    for sentence in sorted({*known, *found}):
        before, now = known.get(sentence, set()), found.get(sentence, set())
        yield from (f"no longer in {page} of {name}: {sentence}" for name, page in sorted(before - now))
        yield from (f"new in {page} of {name}: {sentence}" for name, page in sorted(now - before))


def _read(path: Path) -> Said:
    found: Said = {}
    where: set[tuple[str, str]] = set()
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("\t"):
            name, _, kinds = line.strip().rpartition(": ")
            where |= {(name, page) for page in kinds.split()}
        else:
            where = found[line] = set()
    return found


def _write(path: Path, found: Said) -> None:
    lines = []
    for sentence in sorted(found):
        lines.append(sentence)
        by_sitting: dict[str, list[str]] = {}
        for name, page in sorted(found[sentence]):
            by_sitting.setdefault(name, []).append(page)
        lines += [f"\t{name}: {' '.join(kinds)}" for name, kinds in by_sitting.items()]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")
