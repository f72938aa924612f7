"""The lines of an accreditation file → its index, as a page and as PDF: by section, then by clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any

from examgen.core.models.base import Bilingual
from examgen.core.resources import fonts, template_folders
from examgen.core.text.fonts import missing
from examgen.core.words import Message, Pair, tell
from examgen.evidence.dossier.clauses import CLAUSES, THIRD_EDITION
from examgen.evidence.dossier.sections import SECTIONS
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import (
    BY_NUMBER,
    day_words,
    face_addresses,
    footing,
    notices,
    printable,
    running_foot,
    with_labels,
)
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.self_contained import self_contained
from examgen.rendering.templates.filling import fill

if TYPE_CHECKING:
    from examgen.core.files import Progress
    from examgen.evidence.dossier.archive import DossierLine
    from examgen.evidence.dossier.source import DossierSource

TEMPLATE = "dossier-index.html"
MOST_PATHS = 6
"""Files of a document that the index names; the manifest has all."""
STATES: Mapping[str, tuple[str, Message]] = {
    "present": ("■", tell("in this file")),
    "withheld": ("◆", tell("withheld")),
    "missing": ("▲", tell("not yet available")),
    "none": ("−", tell("there was none")),
}


def index_files(
    source: DossierSource,
    head: Mapping[str, Any],
    lines: Sequence[DossierLine],
    day: date | None,
    progress: Progress,
) -> Iterator[tuple[str, bytes]]:
    """index.pdf and index.html."""
    templates = template_folders(source.workspace)
    readable = (*templates, fonts())
    context = _context(source, head, lines, day)
    printed = {**context, "faces": face_addresses(), "printed": True, "lang": "both", "page_lang": "th"}
    html = fill(TEMPLATE, printed, templates, line_setter(templates))
    if missing(html):
        html = printable(html, escape(BY_NUMBER))
    title = tell("{exam} – accreditation file", exam=source.name)
    yield (
        "index.pdf",
        render_pdf(html, title=title.th, language="th", readable=readable, variant="pdf/ua-1"),
    )
    screen = {**printed, "faces": face_addresses(), "printed": False}
    html = fill(TEMPLATE, screen, templates, line_setter(templates, browsers=True))
    yield "index.html", self_contained(html, readable).encode()


def _context(
    source: DossierSource, head: Mapping[str, Any], lines: Sequence[DossierLine], day: date | None
) -> dict[str, object]:
    by_document: dict[tuple[int, str], list[DossierLine]] = {}
    for one in lines:
        by_document.setdefault((one.section, one.document), []).append(one)
    run = source.run
    documents = {key: _shown(own) for key, own in by_document.items()}
    counts = {name: sum(one["state"] == name for one in documents.values()) for name in STATES}
    foot = footing(run) if run is not None else [(tell("Exam"), source.name)]
    clauses = []
    for clause in CLAUSES:
        own = [documents[key] for key, some in by_document.items() if clause.number in some[0].clauses]
        clauses.append(
            {
                "number": clause.number,
                "title": _pair(clause.title),
                "documents": own,
                "outside": None if clause.outside is None else _pair(clause.outside),
            }
        )
    prints = head["fingerprints"]
    return {
        "exam": source.name,
        "title": source.package.exam.blueprint.title,
        "digits": "arabic",
        "labelled": with_labels,
        "foot": foot,
        **running_foot(foot, "both"),
        "notices": [] if run is None else notices(run),
        "dated": None if day is None else day_words(day),
        "counts": [(sign, _pair(word), str(counts[name])) for name, (sign, word) in STATES.items()],
        "fingerprints": [(name, str(value)) for name, value in prints.items() if value],
        "sections": [
            {
                "number": str(section.number),
                "title": _pair(section.title),
                "documents": [documents[section.number, one.name] for one in section.documents],
            }
            for section in SECTIONS
        ],
        "clauses": clauses,
        "third_edition": _pair(THIRD_EDITION),
    }


def _shown(own: Sequence[DossierLine]) -> dict[str, Any]:
    states = {one.state for one in own}
    state = next(name for name in STATES if name in states)
    there = [one for one in own if one.state == "present"]
    withheld = [one for one in own if one.state == "withheld"]
    why = next((one.why for one in own if one.why is not None), None)
    sign, word = STATES[state]
    return {
        "title": _pair(own[0].title),
        "place": f"{own[0].section}",
        "clauses": ", ".join(own[0].clauses),
        "state": state,
        "sign": sign,
        "word": _pair(word),
        "paths": [(one.path, one.sha256[:16]) for one in there[:MOST_PATHS]],
        "more": max(len(there) - MOST_PATHS, 0),
        "withheld": len(withheld),
        "withheld_paths": [(one.path, one.sha256[:16]) for one in withheld[:MOST_PATHS]],
        "withheld_more": max(len(withheld) - MOST_PATHS, 0),
        "why": None if why is None else _pair(why),
    }


def _pair(said: Pair) -> Bilingual:
    """A template would take a message for plain text."""
    return Bilingual(th=said.th, en=said.en)
