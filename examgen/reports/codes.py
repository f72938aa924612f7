"""Candidates' reports → the codes printed on them: the signed statement, and its picture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from examgen.core.other_methods import AllMethods, UnitStatus
from examgen.core.text.thai import arabic_digits
from examgen.rendering.symbols import QUIET_MODULES, boxes, qr_code

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from examgen.core.signing.codes import SignedStatement
    from examgen.rendering.symbols import Box
    from examgen.reports.candidate_report.report import CandidateReport
    from examgen.scoring.scored_run import ScoredRun

MOST_CRITERIA = 25
"""The maximum number of criteria whose points a code states; if there are more, it states none."""
MOST_UNITS = 6
"""The maximum number of units whose status by all methods a code states; if there are more, it states
none."""

NAME_LENGTH = 40
"""The maximum length of a name in a code. With more, the picture would be too fine for a scanner."""

_NAMED = re.compile(r'data-code="([0-9A-Z $%*+\-./:]+)"')


class ReportCodes:
    """Makes the codes for the candidates of a run."""

    def __init__(self, run: ScoredRun, key: Ed25519PrivateKey) -> None:
        self._run, self._key, self._all_methods = run, key, run.all_methods

    def of(self, report: CandidateReport) -> str:
        """Return the code of a report."""
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
            decision=_stated_decision(report, self._all_methods),
            score=arabic_digits(report.score),
            max_score=arabic_digits(report.max_score),
            criteria=arabic_digits(points) if len(criteria) <= MOST_CRITERIA else "",
        )
        return signed(statement, self._key)

    def picture_of(self, code: str) -> str:
        """Return the text that the picture of a code encodes: the address at which the body verifies it or,
        if there is none, the code."""
        from examgen.core.signing.codes import address_of

        return address_of(code, self._run.body.verify if self._run.body is not None else None)


_SCOPE = " of the written test only; also asked: "
"""Follows the decision if the standard requires more, so that people read it even without examgen or with an
older version."""
_UNITS = "; by all methods: "
"""Follows the methods if results of them are recorded: each unit and its status, in these words."""
_STATUSES: dict[str, UnitStatus] = {"met": "met", "not met": "not_met", "not decided": "open"}


def _stated_decision(report: CandidateReport, all_methods: AllMethods) -> str:
    """Return the decision as a code states it, with the methods that the standard requires besides the
    written test and the status of the units by all methods."""
    also = dict.fromkeys(method for one in all_methods.asked.values() for method in one.methods)
    if not report.decision or not also:
        return report.decision
    units = [line for line in report.lines if line.place.level == "unit"]
    found = {
        line.place.unit: all_methods.of(
            report.candidate_id, line.place.unit, line.result.status, report.decision
        )
        for line in units
    }
    words = {status: name for name, status in _STATUSES.items()}
    said = [f"{unit} {words[one.status]}" for unit, one in found.items() if one is not None]
    by_all = f"{_UNITS}{', '.join(said)}" if 0 < len(said) <= MOST_UNITS else ""
    return f"{report.decision}{_SCOPE}{', '.join(also)}{by_all}"


def decision_of(stated: SignedStatement) -> str:
    """Return the decision in a statement: `pass`, `fail` or empty."""
    return stated.decision.partition(_SCOPE)[0]


def other_methods(stated: SignedStatement) -> tuple[str, ...]:
    """Return the methods that the standard requires besides the written test, as far as the code
    states them."""
    methods = stated.decision.partition(_SCOPE)[2].partition(_UNITS)[0]
    return tuple(filter(None, methods.split(", ")))


def units_by_all_methods(stated: SignedStatement) -> dict[str, UnitStatus]:
    """Return the status of each unit by all methods that its standard requires, as far as the code states
    it."""
    said = (one.partition(" ") for one in stated.decision.partition(_UNITS)[2].split(", "))
    return {unit: _STATUSES[words] for unit, _, words in said if words in _STATUSES}


def modules(text: str) -> list[Box]:
    """Return the dark boxes of the QR code of a text, in a square of 1 by 1 that includes its quiet zone."""
    dark = qr_code(text)
    size = len(dark) + 2 * QUIET_MODULES
    quiet = QUIET_MODULES / size
    return boxes(dark, quiet, quiet, 1 - 2 * quiet)


def html_picture(code: str, said: str = "", title: str = "") -> str:
    """Return the picture of a code for an HTML page, as SVG that also has the code as text. `said` is the
    text encoded in the picture, if it differs from the code; `title` is its name for screen readers."""
    path = " ".join(f"M{x:.5f} {y:.5f}h{w:.5f}v{h:.5f}h{-w:.5f}z" for x, y, w, h in modules(said or code))
    told = 'role="img"' if title else 'aria-hidden="true"'
    begin = f'<svg viewBox="0 0 1 1" data-code="{code}" {told} xmlns="http://www.w3.org/2000/svg">'
    return f'{begin}{f"<title>{title}</title>" if title else ""}<path d="{path}"/></svg>'


def codes_in(html: str) -> list[str]:
    """Return the distinct codes on an HTML page."""
    return list(dict.fromkeys(_NAMED.findall(html)))
