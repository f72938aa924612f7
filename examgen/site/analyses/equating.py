"""The form for an equating: how scores were collected, which forms, and which method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms

from examgen.core.words import Message, joined, tell
from examgen.site.analyses.forms import EXAM, AnalysisForm, forms_of, parted
from examgen.site.language import said
from examgen.site.workspace import manifest


class Collected(NamedTuple):
    """A way of collecting the scores of two forms: the design of the command, and its labels."""

    design: str
    title: Message
    about: Message


COLLECTED: dict[str, Collected] = {
    "common": Collected(
        "neat",
        tell("Two forms with common items"),
        tell(
            "Different people sat the two forms, and some items stand in both: these tell how far apart the "
            "groups are."
        ),
    ),
    "administrations": Collected(
        "neat",
        tell("Two administrations with common items"),
        tell(
            "A form of this exam and a form of an earlier one, with items in common: points of now on the "
            "scale of then."
        ),
    ),
    "alike": Collected(
        "eg",
        tell("Groups that are alike"),
        tell(
            "Forms were dealt at random, as by turns in every room: the groups differ by chance alone, and "
            "no common items are needed."
        ),
    ),
    "one": Collected(
        "eg",
        tell("One group sat both forms"),
        tell(
            "The same people sat both. It is computed as for groups that are alike, so the standard errors "
            "are rather too large."
        ),
    ),
}
"""The ways of collecting scores by name, in the order of the page."""

USUAL: tuple[tuple[str, Message], ...] = (
    (
        "",
        tell(
            "As the number of candidates has it: circle arc where the smaller group has fewer than 100, "
            "linear from 100, equipercentile from 1,500"
        ),
    ),
    (
        "circle-arc",
        tell(
            "Circle arc: usual for short tests and small groups; a gentle bow between the ends of the scales"
        ),
    ),
    ("linear", tell("Linear: usual from 400 candidates of each form; mean and spread are made alike")),
    (
        "equipercentile",
        tell("Equipercentile: from 1,500 candidates of each form; equal ranks get equal scores"),
    ),
)
RARE: tuple[tuple[str, Message], ...] = (
    ("mean", tell("Mean: the same number of points is added everywhere")),
    ("levine", tell("Linear by Levine: for groups that are far apart and forms that measure the same")),
    (
        "chained-linear",
        tell("Chained linear: through the common items, nothing assumed of the whole group"),
    ),
    (
        "chained-equipercentile",
        tell("Chained equipercentile: the same with ranks, for large groups that are far apart"),
    ),
)


class EquatingForm(AnalysisForm):
    """The form for an equating. A choice of X or Y is a file, or a form of an exam as `exam:NAME/FORM`."""

    of_forms = True
    implied = frozenset({"design", "forms"})
    folded = frozenset({"key", "not_anchor", "points", "anchor_points", "runs", "decimals"})

    @staticmethod
    def extra() -> dict[str, forms.Field]:
        """Returns the fields that do not come from the command."""
        choices = [(name, said(joined([one.title, one.about], ": "))) for name, one in COLLECTED.items()]
        usual, rare = ([(name, said(words)) for name, words in some] for some in (USUAL, RARE))
        method = [*usual, (said(tell("Rare methods")), rare)]
        return {
            "collected": forms.ChoiceField(
                label=said(tell("How were the scores collected?")), choices=choices, widget=forms.RadioSelect
            ),
            "method": forms.ChoiceField(
                label=said(tell("Method")), required=False, choices=method, widget=forms.RadioSelect
            ),
        }

    @classmethod
    def began(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the options of the command as initial values of the fields."""
        found = {name: value for name, value in options.items() if name not in ("design", "forms")}
        x, y = options.get("x"), options.get("y")
        named = [*(options.get("forms") or ())]
        if len(named) == 2:
            found |= {"x": f"{x}/{named[0]}", "y": f"{y or x}/{named[1]}"}
        neat = options.get("design") == "neat"
        found.setdefault("collected", ("administrations" if y else "common") if neat else "alike")
        method = options.get("method") or ""
        return found | {"method": "mean" if method == "chained-mean" else method}

    @classmethod
    def of_exam(cls, exam: str) -> dict[str, Any]:
        """Returns the initial values for a form opened from the page of an exam: its second form on the scale
        of its first."""
        names = forms_of(exam)
        found = {"x": f"{EXAM}{exam}/{names[min(1, len(names) - 1)]}"}
        if len(names) > 1:
            found["y"] = f"{EXAM}{exam}/{names[0]}"
            found["collected"] = "common" if manifest(exam)["blueprint"].get("anchor") else "alike"
        return found

    def clean(self) -> dict[str, Any]:
        """Returns the options of the command, and how the scores were collected."""
        (x, of_x), (y, of_y) = parted(self.cleaned_data.get("x")), parted(self.cleaned_data.get("y"))
        collected = self.cleaned_data.get("collected")
        if of_x and not y:
            self.add_error("y", said(tell("choose the form on whose scale the points are to be")))
        elif y and bool(of_x) != bool(of_y):
            self.add_error("y", said(tell("choose two forms of exams, or two files")))
        elif x and (x, of_x) == (y, of_y):
            self.add_error("y", said(tell("this is the form of X: choose another one")))
        elif of_x and x == y and collected == "administrations":
            self.add_error(
                "collected", said(tell("X and Y are forms of one exam: choose forms of two, or common items"))
            )
        found = super().clean()
        return found if self.errors else {**self.given(found), "collected": collected}

    def given(self, found: dict[str, Any]) -> dict[str, Any]:
        """Returns the options of the command."""
        (x, of_x), (y, of_y) = parted(found["x"]), parted(found["y"])
        design = COLLECTED[found["collected"]].design
        options = {name: value for name, value in found.items() if name != "collected"}
        options |= {"x": x, "y": "" if of_y and y == x else y, "design": design}
        if of_x:
            options["forms"] = [of_x, of_y]
        if design == "neat" and found["method"] == "mean":
            options["method"] = "chained-mean"
        return options
