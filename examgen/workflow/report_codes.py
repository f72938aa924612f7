"""Candidates' reports → the codes that they bear: what is signed, and the picture of it.

A code signs a digest of all numbers on its pages, so the pages are made twice: once with the place of the
code empty, to read the numbers off them as a reader of the PDF will, and once with the code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from examgen.problems import MissingDependency
from examgen.signing import Statement, numbers_digest, signed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from examgen.papers.symbols import Box, Modules
    from examgen.reports.candidate import CandidateReport
    from examgen.reports.candidate_page import VerifyCode
    from examgen.reports.candidate_press import CandidatePress
    from examgen.scored_run import ScoredRun

MOST_CRITERIA = 25
"""A code names the points of so many criteria; of more only the digest tells."""


class ReportCodes:
    """The codes of a run's candidates, by id, once they are made."""

    def __init__(self, run: ScoredRun, key: Ed25519PrivateKey) -> None:
        self._run, self._key = run, key
        self._codes: dict[str, str] = {}

    @property
    def made(self) -> bool:
        """Whether they are."""
        return bool(self._codes)

    def shown(self, report: CandidateReport) -> VerifyCode:
        """The code on a page of HTML."""
        from examgen.reports.candidate_page import VerifyCode

        path = " ".join(
            f"M{x:.5f} {y:.5f}h{w:.5f}v{h:.5f}h{-w:.5f}z" for x, y, w, h in self.rectangles(report)
        )
        head = '<svg viewBox="0 0 1 1" aria-hidden="true" xmlns="http://www.w3.org/2000/svg">'
        svg = f'{head}<path d="{path}"/></svg>'
        return VerifyCode(svg, self.text(report))

    def text(self, report: CandidateReport) -> str:
        """The code of a candidate."""
        return self._codes[report.candidate_id]

    def modules(self, report: CandidateReport) -> Modules:
        """Its QR code."""
        from examgen.papers.symbols import qr_code

        return qr_code(self.text(report))

    def rectangles(self, report: CandidateReport) -> Iterable[Box]:
        """The QR code in a square of 1 by 1 with its quiet zone; nothing before the codes are made."""
        from examgen.papers.symbols import QUIET_MODULES, boxes

        if report.candidate_id not in self._codes:
            return []
        modules = self.modules(report)
        size = len(modules) + 2 * QUIET_MODULES
        quiet = QUIET_MODULES / size
        return boxes(modules, quiet, quiet, 1 - 2 * quiet)

    def make(self, press: CandidatePress, reports: Iterable[CandidateReport], scratch: Path) -> None:
        """Makes every code, from the pages of a press that asks `rectangles` for them."""
        pages: list[tuple[CandidateReport, int]] = []
        with press.file(scratch, self._run.exam.blueprint.exam) as file:
            for report in reports:
                pages.append((report, press.add(file, report)))
        texts = _texts(scratch)
        made: Mapping[str, str] = {
            report.candidate_id: signed(self._statement(report, [next(texts) for _ in range(n)]), self._key)
            for report, n in pages
        }
        self._codes.update(made)

    def _statement(self, report: CandidateReport, texts: Iterable[str]) -> Statement:
        criteria = [line for line in report.lines if line.place.level == "pc"]
        points = " ".join(f"{line.place.code} {line.result.percent or '-'}" for line in criteria)
        return Statement(
            exam=self._run.exam.blueprint.exam,
            run=f"{self._run.run} {self._run.fingerprint}",
            candidate_id=report.candidate_id,
            form=report.form,
            decision=report.decision,
            score=report.score,
            max_score=report.max_score,
            criteria=points if len(criteria) <= MOST_CRITERIA else "",
            numbers=numbers_digest(texts),
        )


def _texts(path: Path) -> Iterator[str]:
    """The text of each page."""
    try:
        import pypdfium2
    except ImportError:
        raise MissingDependency("signed reports need a library: pip install 'examgen[signing]'") from None
    with pypdfium2.PdfDocument(path) as document:
        for number in range(len(document)):
            page = document[number]
            yield page.get_textpage().get_text_bounded()
            page.close()
