"""Forms of results: which reports are to be made."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms

from examgen.web.abuse import Watched
from examgen.web.language import said
from examgen.web.results.pages import KINDS
from examgen.words import tell

LANGUAGES = {"both": tell("Thai and English"), "th": tell("Thai"), "en": tell("English")}


class ReportsForm(Watched):
    """Which kinds of reports, in which language, with which key."""

    kinds = forms.MultipleChoiceField(
        label=said(tell("Reports")),
        choices=[(name, said(words)) for name, words in KINDS.items()],
        initial=[name for name in KINDS if name != "candidate"],
        widget=forms.CheckboxSelectMultiple,
    )
    lang = forms.ChoiceField(
        label=said(tell("Language")), choices=[(name, said(words)) for name, words in LANGUAGES.items()]
    )
    pdf = forms.BooleanField(label=said(tell("as PDF, too")), required=False, initial=True)
    key = forms.ChoiceField(label=said(tell("Candidates’ reports signed by")), required=False)

    def __init__(self, *args: Any, keys: Collection[str] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        field = self.fields["key"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", said(tell("nobody: without a code to check"))), *((one, one) for one in keys)]
        if not keys:
            del self.fields["key"]
