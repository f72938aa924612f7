"""Every sentence of every report of thirty sittings is known, and true of the files; none is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reports.sentences.made import pages, unit_pages
from tests.reports.sentences.not_met import NOT_MET
from tests.reports.sentences.people import spread
from tests.reports.sentences.reading import STATEMENTS, told
from tests.reports.sentences.sitting import Sitting
from tests.reports.sentences.statement import Statement
from tests.reports.sentences.thirty import SITTINGS

MADE_UP = Sitting("made up, of a unit", spread(4, synthetic="yes"))
LANGS = ("th", "en", "both")


@pytest.mark.long(
    "thirty sittings; the numbers of each report are read back from some in tests/reports/readback"
)
def test_every_sentence_of_thirty_sittings_is_true_and_none_is_left_out(tmp_path: Path) -> None:
    """One test, for what is met is counted over all sittings: each costs half a second and more."""
    faults, met = list[str](), set[Statement]()
    for number, sitting in enumerate(SITTINGS):
        lang = LANGS[number % len(LANGS)]
        for about, html in pages(sitting, tmp_path / str(number), lang):
            found = told(about, html, lang)
            who = f" of {about.own['candidate_id']}" if about.own else ""
            faults += [f"{sitting.name}, {about.kind}{who}: {fault}" for fault in found.faults]
            met |= found.met
    for lang in LANGS:
        for about, html in unit_pages(MADE_UP, tmp_path / f"unit-{lang}", lang):
            found = told(about, html, lang, about.facts.data())
            faults += [f"unit, {lang}: {fault}" for fault in found.faults]
            met |= found.met
    assert not faults, "\n".join(faults)
    assert {one.messages[0] for one in STATEMENTS if one not in met} == NOT_MET


def test_a_false_an_unknown_and_a_missing_sentence_are_found(tmp_path: Path) -> None:
    """A page of one candidate, with a sentence of another sitting, one that nobody knows and one less."""
    one = next(sitting for sitting in SITTINGS if sitting.name == "one candidate")
    about, html = next(iter(pages(one, tmp_path, "en")))
    assert not told(about, html, "en").faults
    roster = (
        "No roster was given when the answers were scored: who was registered and did not come is not known."
    )
    changed = {
        "not true: 'Every candidate met every criterion.'": html.replace(
            roster, f"{roster} Every candidate met every criterion."
        ),
        "unknown: 'All is well.'": html.replace("</main>", "<p>All is well.</p></main>"),
        f"left out in en: '{roster}'": html.replace(roster, ""),
        "not true: 'Fewer than {n} candidates": html.replace(
            "Fewer than 10 candidates", "Fewer than 9 candidates"
        ),
    }
    for fault, page in changed.items():
        assert page != html
        found = told(about, page, "en").faults
        assert any(one.startswith(fault) for one in found), (fault, found)
