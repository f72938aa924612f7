"""How often decisions would repeat: the sentences of a report against its table `repeated.csv`.

The table is an estimate; `test_readback_committee.py` holds it against the totals of the same run.
"""

from __future__ import annotations

from pathlib import Path

from tests.reports.readback.packages import report
from tests.reports.readback.raw import read_table as table
from tests.reports.readback.reader import Page
from tests.reports.readback.speech import Tongue

SHARES = {
    "Of 100 candidates who passed, about {passed} would pass again on a parallel form; of 100 who did not pass, "
    "about {failed} would not pass again.": {"passed": "pass_again", "failed": "fail_again"},
    "By their true scores, about {false_pass} of 100 candidates passed and should not have, and about {false_fail} "
    "did not pass and should have.": {"false_pass": "false_pass", "false_fail": "false_fail"},
}
FROM = (
    "That is estimated from the scores of {n} candidates by a strong true-score model (Hanson & Brennan, 1990; "
    "Livingston & Lewis, 1995); a parallel form is one of other items, equally hard."
)

SIMULATED = (
    "That is estimated from the answers of {n} candidates. An item response model simulates two administrations, "
    "and the pass rule decides both."
)


def repeats(package: Path, folder: Path, n: int) -> dict[str, str]:
    """The line of the table, which the committee's book has; nothing under a hundred candidates."""
    if n < 100:
        return {}
    (row,) = table(report(package, "committee", folder / "book") / "repeated.csv")
    return row


def claim_repeats(page: Page, tongue: Tongue, row: dict[str, str]) -> None:
    """Claims the sentences, where there is anything to be said."""
    if not row:
        return
    said = [
        tongue.fill(message, {name: f"{100 * float(row[of]):.0f}" for name, of in named.items()})
        for message, named in SHARES.items()
        if all(row[of] for of in named.values())
    ]
    said.append(tongue.fill(FROM if row["accuracy"] else SIMULATED, {"n": row["n"]}))
    lines = page.inside(page.section(tongue.heading("Scores")), "p")
    for ways in said:
        (line,) = (one for one in lines if any(one.text[:12] == way[:12] for way in ways))
        tongue.one_of(line, ways)
