"""The list for signature of a large cohort, as a PDF beside the committee's book."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from examgen.workflow.files import Progress

if TYPE_CHECKING:
    from examgen.reports.committee import CommitteeBook
    from examgen.reports.committee_list import Listing
    from examgen.reports.report_parts import Lang, Words
    from examgen.scored_run import ScoredRun

MOST_IN_BOOK = 1000
"""Of more candidates WeasyPrint would lay out the rows for minutes."""


def write_list(
    run: ScoredRun,
    book: CommitteeBook,
    lang: Lang,
    progress: Progress,
    folder: Path,
    words: Words,
    templates: Sequence[Path],
) -> Listing | None:
    """Writes the list where the cohort is large; None where it stands in the book."""
    if book.cohort.n <= MOST_IN_BOOK:
        return None
    from examgen.papers.templating import fill
    from examgen.papers.thai import line_setter
    from examgen.reports.committee_centres import LIST_FILE
    from examgen.reports.committee_list import CommitteeList, list_page
    from examgen.reports.faces import face_addresses

    progress(f"the list of {book.cohort.n:,} candidates for signature, as PDF")
    page = list_page(run, book, lang, words, face_addresses())
    html = fill("report-committee-list.html", page.context, templates, line_setter(templates))
    language = "en" if lang == "en" else "th"
    made = CommitteeList(html, page.centres, templates, digits=words.digits, language=language)
    return made.write(folder / LIST_FILE, f"{run.exam.blueprint.exam} – list for signature", progress)
