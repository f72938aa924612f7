"""What is asked on the page of differential item functioning: a form of an exam with the groups that its
candidates are known to be in, or a file of responses with a column of groups."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from django import forms

from examgen.analysis.judge_tables import HEADS
from examgen.capture.cells import fold
from examgen.capture.columns import CANDIDATE_NAMES, named_column
from examgen.core.candidate_numbers import canonical_number
from examgen.core.problems import Problem, Refused
from examgen.core.tables.coded import read_coded
from examgen.core.tables.opening import open_tables
from examgen.core.words import Message, joined, tell, tell_n
from examgen.site.analyses.forms import EXAM, AnalysisForm, Source, forms_of, parted
from examgen.site.language import said


class DifForm(AnalysisForm):
    """Groups of candidates compared on one form: totals of different items are no common scale."""

    of_forms = True

    def __init__(self, *args: Any, columns: Mapping[str, Sequence[str]] | None = None, **more: Any) -> None:
        """`columns` are those of the files that were sent."""
        super().__init__(*args, **more)
        self._columns = columns or {}
        named: dict[str, list[str]] = {}  # of several files with one column it is one choice
        for file, heads in self._columns.items():
            for head in heads:
                named.setdefault(head, []).append(str(more["files"][file]))
        own = [(said(tell("List of candidates")), [(name, said(words)) for name, words in GROUPS.items()])]
        for files in dict.fromkeys(", ".join(files) for files in named.values()):
            own.append((files, [(head, head) for head, of in named.items() if ", ".join(of) == files]))
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
                    "of each candidate with columns such as sex. It can be sent at the end of this page."
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

    @classmethod
    def with_sent(
        cls, filled: Mapping[str, Any], sent: Sequence[str], of_groups: Collection[str] = ()
    ) -> dict[str, Any]:
        """With a form of an exam the file that came is that of the groups, in the place of an earlier one; so
        is one that has groups and nothing else."""
        if parted(filled.get("files"))[1]:
            return {**filled, "people": sent[0]}
        groups = [one for one in sent if one in of_groups]
        found = {**filled, "people": groups[0]} if groups else filled
        return super().with_sent(found, [one for one in sent if one not in groups])

    def clean(self) -> dict[str, Any]:
        """The options of the command, and which form of the exam."""
        _, form = parted(self.cleaned_data.get("files"))
        people, group = self.cleaned_data.get("people"), self.cleaned_data.get("group")
        if people and not form and self.cleaned_data.get("files"):
            self.add_error("people", said(tell("a file of groups goes with a form of an exam")))
        if form and not people and group not in (None, "", *GROUPS):
            self.add_error("people", said(tell("choose the file that has this column")))
        if form and people and group and group not in self._columns.get(people, ()):
            self.add_error("group", said(tell("the file of the candidates' groups has no such column")))
        found = super().clean()
        return found if self.errors else {**self.given(found), "form": form}

    def given(self, found: dict[str, Any]) -> dict[str, Any]:
        """The options of the command."""
        source, _ = parted(found.get("files"))
        return {**found, "files": [source] if source else []}


GROUPS = {"room": tell("Room"), "centre": tell("Centre"), "organisation": tell("Organisation")}
"""Columns of the list of candidates that are groups of people."""


def columns_of(name: str, data: bytes) -> list[str]:
    """The columns of a file but that of the candidates' numbers; none where it is no table, or one of items
    with no candidates, such as ratings."""
    with suppress(Refused):
        heads = max((table.header.fields for table in open_tables(name, data)), key=len, default=())
        folded = [fold(one) for one in heads]
        has_people = named_column(folded, CANDIDATE_NAMES, "candidate_id", name) is not None
        if not has_people and not (HEADS["item"] | HEADS["judge"]).isdisjoint(folded):
            return []
        at = _number_at(name, heads)
        return [head.strip() for n, head in enumerate(heads) if n != at and head.strip()]
    return []


def is_groups_alone(name: str, data: bytes) -> bool:
    """Whether a file has a group of each candidate and nothing else: it goes with an exam, and no analysis
    takes it by itself."""
    with suppress(Refused):
        table = max(open_tables(name, data), key=lambda one: len(one.header.fields), default=None)
        row = None if table is None else next(table.body(len(table.header.fields)), None)
        return row is not None and len(row.fields) == 2 and not _NUMBER.fullmatch(fold(row.fields[1]))
    return False


_NUMBER = re.compile(r"-?\d+([.,]\d+)?")


def groups_in(name: str, data: bytes, group: str, scored: Collection[str]) -> tuple[dict[str, str], Message]:
    """By canonical number the groups of those of the candidates `scored` of whom a file says one, and what
    became of its rows; raises Refused where it has no such column, and with all of them that it puts into two
    groups."""
    table = read_coded(name, data)
    own = next((one for one in table.columns if one.name == group), None)
    if own is None:
        raise Refused(tell("{name} has no column {group}", name=name, group=group))
    who = table.columns[_number_at(name, [one.name for one in table.columns])]
    numbers = [canonical_number(text) for text in who.texts]
    rows: dict[str, list[tuple[int, str, str]]] = {}
    nameless = strange = empty = 0
    for line, number, value in zip(table.lines, who.codes.tolist(), own.codes.tolist(), strict=True):
        if not numbers[number]:
            nameless += 1
        elif numbers[number] not in scored:
            strange += 1
        elif not own.texts[value]:
            empty += 1
        else:
            rows.setdefault(numbers[number], []).append((int(line), who.texts[number], own.texts[value]))
    twofold = [found for found in rows.values() if len({text for _, _, text in found}) > 1]
    if twofold:
        raise Refused(
            tell_n(
                "{name} puts {n} candidate into more than one group: mend it and send it again",
                "{name} puts {n} candidates into more than one group: mend it and send it again",
                len(twofold),
                name=name,
            ),
            [Problem(name, "two-groups", _twofold(found)) for found in twofold],
        )
    counts = tell(
        "{name}: {n} rows in all; candidates with a score and a group {used}, rows that say the same again "
        "{twice}, without a number {nameless}, of nobody with a score on this form {strange}, without a "
        "group {empty}.",
        name=name,
        n=table.n_rows,
        used=len(rows),
        twice=sum(len(found) - 1 for found in rows.values()),
        nameless=nameless,
        strange=strange,
        empty=empty,
    )
    return {number: found[0][2] for number, found in rows.items()}, counts


def _twofold(found: Sequence[tuple[int, str, str]]) -> Message:
    """A candidate as the file writes the number, with the rows and what each says."""
    each = [tell("row {line}: {group}", line=line, group=text) for line, _, text in found]
    return tell("{who} – {rows}", who=found[0][1], rows=joined(each))


def _number_at(name: str, heads: Sequence[str]) -> int:
    """The column of the candidates' numbers: by its heading, or else the first."""
    return named_column([fold(one) for one in heads], CANDIDATE_NAMES, "candidate_id", name) or 0
