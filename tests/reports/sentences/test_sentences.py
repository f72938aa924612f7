"""Every sentence of every report of thirty sittings is known, and true of the files; none is left out."""

from __future__ import annotations

from pathlib import Path

from tests.reports.sentences.made import pages
from tests.reports.sentences.not_met import NOT_MET
from tests.reports.sentences.reading import STATEMENTS, told
from tests.reports.sentences.statement import Statement
from tests.reports.sentences.thirty import SITTINGS

LANGS = ("th", "en", "both")


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
    assert not faults, "\n".join(faults)
    assert {one.messages[0] for one in STATEMENTS if one not in met} == NOT_MET
