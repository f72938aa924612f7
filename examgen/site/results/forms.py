"""Forms of results: which reports are to be made."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils import timezone

from examgen.core.words import tell
from examgen.reports.kinds import DEFAULT_KINDS
from examgen.site.abuse import Watched
from examgen.site.language import said
from examgen.site.results.pages import KINDS

MODELS = {"rasch": tell("Rasch"), "1pl": tell("1PL"), "2pl": tell("2PL"), "3pl": tell("3PL")}
"""Item response models of an exam, as people call them."""
LANGUAGES = {"both": tell("Thai and English"), "th": tell("Thai"), "en": tell("English")}


FILES = {"centre": tell("centre"), "room": tell("room"), "candidate": tell("candidate")}
"""What has a file of candidates' reports of its own."""


class ReportsForm(Watched):
    """Which kinds of reports, in which language, with which key."""

    kinds = forms.MultipleChoiceField(
        label=said(tell("Reports")),
        choices=[(name, said(words)) for name, words in KINDS.items()],
        initial=DEFAULT_KINDS,
        widget=forms.CheckboxSelectMultiple,
    )
    lang = forms.ChoiceField(
        label=said(tell("Language")), choices=[(name, said(words)) for name, words in LANGUAGES.items()]
    )
    pdf = forms.BooleanField(label=said(tell("as PDF, too")), required=False, initial=True)
    digits = forms.ChoiceField(
        label=said(tell("Figures of Thai texts")),
        choices=[("arabic", "1 2 3"), ("thai", said(tell("Thai figures")))],
        required=False,
    )
    day = forms.DateField(
        label=said(tell("Date that the reports bear")),
        help_text=said(tell("left empty: none")),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )
    pseudonymous = forms.BooleanField(
        label=said(tell("codes in place of names and candidate numbers")), required=False
    )
    by = forms.ChoiceField(
        label=said(tell("Candidates’ reports: a file for each")),
        choices=[(name, said(words)) for name, words in FILES.items()],
        required=False,
    )
    only = forms.CharField(
        label=said(tell("Candidates’ reports: only of these")),
        help_text=said(tell("candidate numbers with a comma between them; left empty: all")),
        max_length=2000,
        required=False,
    )
    html = forms.BooleanField(label=said(tell("Candidates’ reports: as HTML, too")), required=False)
    key = forms.ChoiceField(label=said(tell("Candidates’ reports signed by")), required=False)

    def options(self) -> dict[str, Any]:
        """The same as `report` has them, as JSON can hold them."""
        given = self.cleaned_data
        return {
            **{name: given[name] for name in ("kinds", "lang", "pdf", "pseudonymous", "html")},
            "digits": given["digits"] or "arabic",
            "day": given["day"].isoformat() if given["day"] else "",
            "by_file": given["by"] or "centre",
            "only": [one.strip() for one in given["only"].split(",") if one.strip()],
            "key": given.get("key") or "",
        }

    def __init__(self, *args: Any, keys: Collection[str] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        field = self.fields["key"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", said(tell("nobody: without a code to check"))), *((one, one) for one in keys)]
        if not keys:
            del self.fields["key"]


class Analysing(Watched):
    """How the answers are analysed."""

    model = forms.ChoiceField(
        label=said(tell("Item response model")),
        choices=[
            ("", said(tell("by the number of candidates"))),
            *((name, said(words)) for name, words in MODELS.items()),
        ],
        required=False,
    )
    min_n = forms.IntegerField(
        label=said(tell("Fewest candidates of an item for a flag or an alarm")),
        help_text=said(tell("left empty: 20 for what is beyond chance, 50 for the rest")),
        min_value=1,
        required=False,
    )
    pdf = forms.BooleanField(label=said(tell("as PDF, too")), required=False)


class WriteBack(Watched):
    """What an administration found, written into the bank."""

    day = forms.DateField(
        label=said(tell("Day of the sitting")),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    administration = forms.CharField(
        label=said(tell("What the sitting is called in the bank")),
        help_text=said(tell("left empty: as the exam is called")),
        required=False,
        max_length=100,
    )
    synthetic = forms.BooleanField(
        label=said(tell("Also where answers were made up: under a name that says so")), required=False
    )
    replace = forms.BooleanField(
        label=said(tell("In the place of another sitting of that name")), required=False
    )
    own_scale = forms.BooleanField(
        label=said(tell("Parameters on the scale of these candidates, where they cannot be linked")),
        required=False,
    )

    def clean_day(self) -> Any:
        """Today or before: statistics of the latest day are those that count."""
        day = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise forms.ValidationError(said(tell("that day is still to come")))
        return day
