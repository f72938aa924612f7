"""Every sentence of every report of thirty sittings is known, and true of the files; none is left out."""

from __future__ import annotations

from collections.abc import Callable
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


def _rooms(sitting: Sitting) -> set[tuple[str, str]]:
    """Centre and room of everybody, as roster, list and answers name them."""
    told = [{**one.own, **one.listed} for one in sitting.people] + list(sitting.register or ())
    return {(one.get("centre", ""), one.get("room", "")) for one in told}


HAVE: dict[str, Callable[[Sitting], object]] = {
    "centres": lambda one: len({centre for centre, _ in _rooms(one) if centre}) > 1,
    "centres that the answers do not name": lambda one: any("centre" in p.listed for p in one.people),
    "centres of answers and list that contradict": lambda one: any(
        p.own.get("centre", p.listed.get("centre")) != p.listed.get("centre") for p in one.people
    ),
    "rooms of one name at two centres": lambda one: any(
        room and room == other and centre and of and centre != of
        for centre, room in _rooms(one)
        for of, other in _rooms(one)
    ),
    "a list in Thai digits": lambda one: one.thai == "list",
    "answers in Thai digits": lambda one: one.thai == "answers",
    "spare sheets": lambda one: one.spare,
    "late pages": lambda one: any("?" in row for row in one.odd),
    "corrections in several runs": lambda one: one.corrections and one.corrections_later,
    "rows decided between them": lambda one: one.decided and one.corrections_later,
    "waiting people": lambda one: one.register and one.odd,
    "a released run, and another in its place": lambda one: len(one.released) > 1,
    "all of these together": lambda one: (
        one.thai and one.decided and one.corrections_later and len({c for c, _ in _rooms(one) if c}) > 1
    ),
}


@pytest.mark.parametrize("what", HAVE)
def test_the_sittings_have_what_goes_wrong_in_practice(what: str) -> None:
    assert len(SITTINGS) >= 30
    assert any(HAVE[what](one) for one in SITTINGS)


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
