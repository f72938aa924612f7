"""What is asked on the page of differential item functioning: a form of an exam with the groups that its
candidates are known to be in, or a file of responses with a column of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django import forms

from examgen.capture.cells import fold
from examgen.capture.columns import CANDIDATE_NAMES, named_column
from examgen.capture.tabular.coded_columns import read_coded
from examgen.capture.tabular.tables import open_tables
from examgen.core.candidate_numbers import canonical_number
from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.site.analyses.forms import EXAM, AnalysisForm, Source, forms_of, parted
from examgen.site.language import said


class DifForm(AnalysisForm):
    """Groups of candidates compared on one form: totals of different items are no common scale."""

    of_forms = True

    def __init__(self, *args: Any, columns: Mapping[str, Sequence[str]] | None = None, **more: Any) -> None:
        """`columns` are those of the files that were sent, by the files' names."""
        super().__init__(*args, **more)
        own = [(said(tell("List of candidates")), [(name, said(words)) for name, words in GROUPS.items()])]
        own += [(name, [(one, one) for one in heads]) for name, heads in (columns or {}).items() if heads]
        group = self.fields["group"]
        self.fields["group"] = forms.ChoiceField(label=group.label, help_text=group.help_text, choices=own)

    @staticmethod
    def extra() -> dict[str, forms.Field]:
        """One source in the place of several, and who is in which group where the list does not say it."""
        return {
            "files": Source(tell("A form of an exam, or a file of responses"), exams=True, needed=True),
            "people": Source(
                tell("File of the candidates' groups"),
                tell(
                    "For a form of an exam, where the list of candidates does not say the group: the number "
                    "of each candidate with columns such as sex. Send it on the page of the unit first."
                ),
            ),
        }

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
        people, group = self.cleaned_data.get("people"), self.cleaned_data.get("group")
        if people and not form and self.cleaned_data.get("files"):
            self.add_error("people", said(tell("a file of groups goes with a form of an exam")))
        if form and not people and group not in (None, "", *GROUPS):
            self.add_error("people", said(tell("choose the file that has this column")))
        found = super().clean()
        return found if self.errors else {**self.given(found), "form": form}

    def given(self, found: dict[str, Any]) -> dict[str, Any]:
        """The options of the command."""
        source, _ = parted(found.get("files"))
        return {**found, "files": [source] if source else []}


GROUPS = {"room": tell("Room"), "centre": tell("Centre"), "organisation": tell("Organisation")}
"""Columns of the list of candidates that are groups of people."""


def columns_of(name: str, data: bytes) -> list[str]:
    """The columns of a file but that of the candidates' numbers; none where it is no table."""
    with suppress(Refused):
        heads = max((table.header.fields for table in open_tables(name, data)), key=len, default=())
        at = _number_at(name, heads)
        return [head.strip() for n, head in enumerate(heads) if n != at and head.strip()]
    return []


def groups_in(name: str, data: bytes, group: str) -> dict[str, str]:
    """By canonical number the group of each candidate in a file; raises Refused where it has no such column,
    and where it has a candidate in two groups."""
    columns = read_coded(name, data).columns
    own = next((one for one in columns if one.name == group), None)
    if own is None:
        raise Refused(tell("{name} has no column {group}", name=name, group=group))
    who = columns[_number_at(name, [one.name for one in columns])]
    known: dict[str, str] = {}
    for number, value in zip(who.codes.tolist(), own.codes.tolist(), strict=True):
        one, text = canonical_number(who.texts[number]), own.texts[value]
        if one and known.setdefault(one, text) != text:
            raise Refused(tell("{name} has the candidate {who} in two groups", name=name, who=one))
    return known


def _number_at(name: str, heads: Sequence[str]) -> int:
    """The column of the candidates' numbers: by its heading, or else the first."""
    return named_column([fold(one) for one in heads], CANDIDATE_NAMES, "candidate_id", name) or 0
