"""Candidates' reports → the codes that they bear: what is signed, and the picture of it.

A code signs the seal of the pages that bear it, in which its own picture counts as a place only. So pages of
a PDF are made twice: once with another picture, to seal them, and once with the code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from examgen.papers.symbols import QUIET_MODULES, boxes, qr_code
from examgen.pdf.operators import rectangles
from examgen.pdf.seals import sealed_pages
from examgen.problems import Refused
from examgen.signing import PREFIX, Statement, signed
from examgen.workflow import html_codes
from examgen.workflow.page_seals import pages_seal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from examgen.papers.symbols import Box
    from examgen.pdf.seals import PageSeal
    from examgen.reports.candidate import CandidateReport
    from examgen.reports.candidate_press import CandidatePress
    from examgen.scored_run import ScoredRun

WITHOUT_ROOM_SAID = "without a room"
"""What the title of a file says where no room of its candidates is told."""

MOST_CRITERIA = 25
"""A code names the points of so many criteria; of more only the digest tells."""


NAME_LENGTH = 40
"""So much of a name stands in a code: with more its picture would be too fine for a scanner."""

_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_TOGETHER = 200
"""Reports whose pages are sealed together: more of them would only take memory."""

_ELSE = f"{PREFIX}{'0' * 200}"
"""What stands in the place of a code while its page is sealed."""


class ReportCodes:
    """The codes of a run's candidates: those of the PDF by id, once they are made."""

    def __init__(self, run: ScoredRun, key: Ed25519PrivateKey) -> None:
        self._run, self._key = run, key
        self._codes: dict[str, str] = {}

    def rectangles(self, report: CandidateReport) -> Iterable[Box]:
        """The QR code in a square of 1 by 1 with its quiet zone; another one before the codes are made."""
        return modules(self._codes.get(report.candidate_id, _ELSE))

    def make(self, press: CandidatePress, reports: Iterable[CandidateReport], scratch: Path) -> None:
        """Makes the codes of a PDF, from the pages of a press that asks `rectangles` for them."""
        left, picture = iter(reports), pdf_picture(_ELSE)
        while some := [*islice(left, _TOGETHER)]:
            with press.file(scratch, self._run.exam.blueprint.exam) as file:
                n_pages = [press.add(file, report) for report in some]
            with sealed_pages(scratch) as sealed:
                pages = (sealed.seal(n, picture) for n in range(len(sealed)))
                for report, n in zip(some, n_pages, strict=True):
                    self._codes[report.candidate_id] = self._of_pages(report, [*islice(pages, n)])

    def _of_pages(self, report: CandidateReport, pages: Sequence[PageSeal]) -> str:
        if foreign := sorted({name for page in pages for name in page.foreign}):
            message = "cannot be sealed: its template draws what another reader may draw otherwise"
            raise Refused(f"the report of {report.candidate_id} {message} ({', '.join(foreign)})")
        (bearer,) = (n for n, page in enumerate(pages) if page.bears)
        return self._signed(report, [page.seal for page in pages], bearer)

    def on_page(self, report: CandidateReport, html: str) -> str:
        """A page of HTML with its code in the place of `html_codes.BLANK`."""
        if html.count(html_codes.BLANK) != 1:
            message = "template report-candidate.html must show code.svg once where a code is given"
            raise Refused(f"{message}: {{{{ code.svg|safe }}}}")
        code = self._signed(report, [html_codes.seal(html)], 0)
        return html.replace(html_codes.BLANK, html_picture(code))

    def _signed(self, report: CandidateReport, seals: Sequence[bytes], bearer: int) -> str:
        return signed(self._statement(report, pages_seal(seals, bearer)), self._key)

    def _statement(self, report: CandidateReport, pages: str) -> Statement:
        criteria = [line for line in report.lines if line.place.level == "pc"]
        points = " ".join(f"{line.place.code} {line.result.percent or '-'}" for line in criteria)
        name = report.name if len(report.name) <= NAME_LENGTH else f"{report.name[: NAME_LENGTH - 1]}…"
        return Statement(
            exam=self._run.exam.blueprint.exam,
            run=f"{self._run.run} {self._run.fingerprint}",
            candidate_id=report.candidate_id,
            name=name,
            form=report.form,
            decision=report.decision,
            score=report.score.translate(_ARABIC),
            max_score=report.max_score.translate(_ARABIC),
            criteria=points.translate(_ARABIC) if len(criteria) <= MOST_CRITERIA else "",
            pages=pages,
        )


def modules(code: str) -> list[Box]:
    """The dark parts of a code's picture in a square of 1 by 1 with its quiet zone."""
    dark = qr_code(code)
    size = len(dark) + 2 * QUIET_MODULES
    quiet = QUIET_MODULES / size
    return boxes(dark, quiet, quiet, 1 - 2 * quiet)


def pdf_picture(code: str) -> bytes:
    """The picture of a code as a page of a PDF draws it: the one that may stand there."""
    return rectangles(modules(code))


def html_picture(code: str) -> str:
    """The picture of a code as a page of HTML holds it: the one that may stand there."""
    return html_codes.drawing(code, modules(code))
