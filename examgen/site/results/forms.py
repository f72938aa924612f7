"""Forms of results: which reports are made, how answers are analysed, what is written into the bank."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms

from examgen.commands.analyses.exam import AnalyseExam
from examgen.commands.reporting import Report
from examgen.core.words import tell
from examgen.reports.kinds import DEFAULT_KINDS
from examgen.site.forms import OptionsForm, form_of
from examgen.site.language import said

OF_CANDIDATES = ("by", "candidate", "html", "verify_code")
"""Options of candidates' reports alone."""


class ReportsForm(OptionsForm):
    """Which kinds of reports, in which language, with which key: a name of the workspace's keys."""

    days_to_come = ("date",)

    def __init__(self, *args: Any, keys: Collection[str] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["kind"].required, self.fields["kind"].initial = True, DEFAULT_KINDS
        none = said(tell("none: without a code to verify"))
        self.choose("verify_code", [("", none), *((one, one) for one in keys)])
        if not keys:
            del self.fields["verify_code"]

    def given(self, found: dict[str, Any]) -> dict[str, Any]:
        """What is of candidates' reports counts where these are made; they are HTML where they are no PDF."""
        if "candidate" not in found["kind"]:
            return {name: value for name, value in found.items() if name not in OF_CANDIDATES}
        return {**found, "html": found["html"] or not found["pdf"]}


class WriteBackForm(OptionsForm):
    """What an administration found, written into the bank."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["date"].required = True  # it tells administrations apart


REPORTS = form_of(
    Report,
    ReportsForm,
    ("kind", "lang", "pdf", "digits", "date", "by", "candidate", "html", "verify_code"),
    {"verify_code": forms.ChoiceField(label=said(Report.declared()["verify_code"].label), required=False)},
)


class AnalysisForm(OptionsForm):
    """How answers are analysed; a PDF of a report that nobody may open yet is for who asks for it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["pdf"].initial = False


ANALYSIS = form_of(AnalyseExam, AnalysisForm, ("model", "min_n", "pdf"))
WRITE_BACK = form_of(
    AnalyseExam, WriteBackForm, ("date", "administration", "synthetic", "replace", "own_scale")
)
