"""Candidates' reports → the codes that they bear: what is stated, and the picture of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from examgen.core.text.thai import arabic_digits
from examgen.rendering.symbols import QUIET_MODULES, boxes, qr_code

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from examgen.core.models.form import Exam
    from examgen.core.scored_run import ScoredRun
    from examgen.core.signing.codes import SignedStatement
    from examgen.rendering.symbols import Box
    from examgen.reports.candidate_report.report import CandidateReport

MOST_CRITERIA = 25
"""A code names the points of so many criteria, and of more none."""


NAME_LENGTH = 40
"""So much of a name stands in a code: with more its picture would be too fine for a scanner."""

_NAMED = re.compile(r'data-code="([0-9A-Z $%*+\-./:]+)"')


class ReportCodes:
    """The codes of a run's candidates."""

    def __init__(self, run: ScoredRun, key: Ed25519PrivateKey) -> None:
        self._run, self._key = run, key

    def of(self, report: CandidateReport) -> str:
        """The code of a report."""
        from examgen.core.signing.codes import SignedStatement, signed  # libraries of signatures are an extra

        criteria = [line for line in report.lines if line.place.level == "pc"]
        points = " ".join(f"{line.place.code} {line.result.percent or '-'}" for line in criteria)
        name = report.name if len(report.name) <= NAME_LENGTH else f"{report.name[: NAME_LENGTH - 1]}…"
        statement = SignedStatement(
            exam=self._run.exam.blueprint.exam,
            run=f"{self._run.run} {self._run.fingerprint}",
            candidate_id=report.candidate_id,
            name=name,
            form=report.form,
            decision=stated_decision(report.decision, self._run.exam),
            score=arabic_digits(report.score),
            max_score=arabic_digits(report.max_score),
            criteria=arabic_digits(points) if len(criteria) <= MOST_CRITERIA else "",
        )
        return signed(statement, self._key)


_SCOPE = " of the written test only; also asked: "
"""Follows the decision where the standard asks more: who has no examgen, or an older one, reads it so."""


def stated_decision(decision: str, exam: Exam) -> str:
    """The decision as a code states it, with the methods that the standard asks besides the written test."""
    also = dict.fromkeys(method for one in exam.other_methods for method in one.methods)
    return f"{decision}{_SCOPE}{', '.join(also)}" if decision and also else decision


def decision_of(stated: SignedStatement) -> str:
    """`pass`, `fail` or empty."""
    return stated.decision.partition(_SCOPE)[0]


def other_methods(stated: SignedStatement) -> tuple[str, ...]:
    """The methods that the standard asks besides the written test, as far as the code says."""
    return tuple(filter(None, stated.decision.partition(_SCOPE)[2].split(", ")))


def modules(code: str) -> list[Box]:
    """The dark parts of a code's picture in a square of 1 by 1 with its quiet zone."""
    dark = qr_code(code)
    size = len(dark) + 2 * QUIET_MODULES
    quiet = QUIET_MODULES / size
    return boxes(dark, quiet, quiet, 1 - 2 * quiet)


def html_picture(code: str) -> str:
    """The picture of a code on a page of HTML, which also holds it as text."""
    path = " ".join(f"M{x:.5f} {y:.5f}h{w:.5f}v{h:.5f}h{-w:.5f}z" for x, y, w, h in modules(code))
    begin = (
        f'<svg viewBox="0 0 1 1" data-code="{code}" aria-hidden="true" xmlns="http://www.w3.org/2000/svg">'
    )
    return f'{begin}<path d="{path}"/></svg>'


def codes_in(html: str) -> list[str]:
    """The codes on a page of HTML, each once."""
    return list(dict.fromkeys(_NAMED.findall(html)))
