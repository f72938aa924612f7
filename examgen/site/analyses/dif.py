"""What is asked on the page of differential item functioning: a form of an exam with the groups that its
candidates are known to be in, or a file of responses with a column of groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from examgen.core.words import tell
from examgen.site.analyses.forms import EXAM, AnalysisForm, Source, forms_of, parted
from examgen.site.language import said


class DifForm(AnalysisForm):
    """Groups of candidates compared on one form: totals of different items are no common scale."""

    of_forms = True

    @staticmethod
    def extra() -> dict[str, forms.Field]:
        """One source in the place of several."""
        return {"files": Source(tell("A form of an exam, or a file of responses"), exams=True, needed=True)}

    @classmethod
    def began(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Options of the command as the page has them."""
        found = {name: value for name, value in options.items() if name != "form"}
        [source] = options.get("files") or [""]
        return found | {"files": f"{source}/{options['form']}" if options.get("form") else source}

    @classmethod
    def of_exam(cls, exam: str) -> dict[str, Any]:
        """How the page begins that was opened from an exam."""
        return {"files": f"{EXAM}{exam}/{forms_of(exam)[0]}"}

    def clean(self) -> dict[str, Any]:
        """The options of the command, and which form of the exam."""
        _, form = parted(self.cleaned_data.get("files"))
        if form and self.cleaned_data.get("group") not in (None, "", *GROUPS):
            self.add_error("group", said(tell("of an exam write one of {names}", names=", ".join(GROUPS))))
        found = super().clean()
        return found if self.errors else {**self.given(found), "form": form}

    def given(self, found: dict[str, Any]) -> dict[str, Any]:
        """The options of the command."""
        source, _ = parted(found.get("files"))
        return {**found, "files": [source] if source else []}


GROUPS = ("room", "centre", "organisation")
"""Columns of the list of candidates that are groups of people."""
