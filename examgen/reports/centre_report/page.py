"""A report of centres and forms → context of `report-centre.html`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from examgen.rendering.parts import report_context
from examgen.rendering.plot import drawn
from examgen.reports.centre_report import figures
from examgen.reports.centre_report.report import CentreReport, centre_report
from examgen.reports.fail_causes import conditions
from examgen.reports.form_groups import SMALL, UNRATED
from examgen.reports.kinds import ReportDocument
from examgen.reports.localisation import ReportLanguage, counted_places, group_context, place_words
from examgen.reports.tables import centre_tables

if TYPE_CHECKING:
    from examgen.rendering.parts import Lang, Words
    from examgen.scoring.scored_run import ScoredRun

MOST_CENTRES, MOST_FORMS = 600, 60
_SIGNS = {
    "within": "",
    "below-95": "↓",
    "above-95": "↑",
    "below-99.8": "↓↓",
    "above-99.8": "↑↑",
    SMALL: "",
    UNRATED: "",
}
"""The arrows of verdicts, as in the figure: ■ and ▲ mean decisions and statuses in all reports."""
MOST_NOT_DRAWN = 20
MOST_SAT = 4
"""The maximum number of forms listed for a centre; if there are more, only their number is shown."""


def centre_page(
    run: ScoredRun,
    found: CentreReport,
    lang: Lang,
    words: Words,
    faces: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return everything that the page shows, in the digits of `words`; `faces` are the fonts of a PDF."""
    voice = ReportLanguage(lang, words)
    # numbers of the centres, in the order of their names
    numbers = {one.name: n for n, one in enumerate(found.centres, start=1)}
    n_centres, n_forms = sum(bool(one.name) for one in found.centres), len(found.forms)
    # in the table but not in the funnel plot: small centres by name, and candidates without a centre
    small = [one.name for one in found.centres if one.verdict == SMALL and one.name]
    more = f" … ({voice.number(len(small))})" if len(small) > MOST_NOT_DRAWN else ""
    return {
        **report_context(run, lang, words.digits, faces),
        **group_context(voice, found.n, found.passed),
        "report": found,
        "places": place_words(words, run.place_kind),
        "of_two": run.n_of_two_centres,
        "n_centres": n_centres,
        "centres_word": counted_places(words, run.place_kind, n_centres),
        "all_sat": n_forms >= found.printed,
        "funnel": drawn(partial(figures.funnel_figure, voice, found, numbers), bool(found.funnel)),
        "outside_outer": sum(n for verdict, n in found.outside.items() if verdict.endswith("99.8")),
        "signs": _SIGNS,
        "most_centres": MOST_CENTRES,
        "most_forms": MOST_FORMS,
        "most_sat": MOST_SAT,
        "forms_count": lambda n: voice.words("{n} forms", n=voice.number(n)),
        "not_drawn": ", ".join(small[:MOST_NOT_DRAWN]) + more,
        "nowhere": sum(one.n for one in found.centres if not one.name),
        "forms_figure": drawn(
            partial(figures.forms_figure, voice, found.forms), 1 < n_forms <= figures.MOST_FORMS
        ),
        "on_few": conditions(run),
    }


DOCUMENT = ReportDocument(
    "report-centre.html", lambda run, *_: centre_report(run), centre_page, centre_tables
)
