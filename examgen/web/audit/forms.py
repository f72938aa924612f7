"""What is looked for in the record."""

from __future__ import annotations

from django import forms

from examgen.web.abuse import Watched
from examgen.web.language import said
from examgen.words import tell


class Search(Watched):
    """Parts of names, and days; whatever is left out is not asked for."""

    who = forms.CharField(label=said(tell("Who")), required=False, max_length=150)
    what = forms.CharField(label=said(tell("What was done")), required=False, max_length=60)
    about = forms.CharField(label=said(tell("Exam, unit, item or person")), required=False, max_length=240)
    since = forms.DateField(
        label=said(tell("From")), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=said(tell("To")), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
