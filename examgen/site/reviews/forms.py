"""The forms for opening a round of ratings and for rating an item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from examgen.core.models.field_types import STATUS_WORDS
from examgen.core.problems import WrongUsage
from examgen.core.words import tell, tell_n
from examgen.papers.review_forms import written_rating
from examgen.site.abuse import Watched
from examgen.site.forms import choice_field, text_field, tick_field, ticks_field
from examgen.site.language import said
from examgen.site.reviews.models import Kind

MOST_COMMENT = 2_000
FEW_EXPERTS = 3
"""The recommended minimum number of experts. With fewer, the standard error of a cut is based on at most one
difference."""
CHOICES: dict[str, tuple[tuple[str, Any], ...]] = {
    Kind.IOC: (
        ("+1", said(tell("+1 it measures the criterion"))),
        ("0", said(tell("0 not sure"))),
        ("-1", said(tell("−1 it does not"))),
    ),
    Kind.YES_NO: (("yes", said(tell("Yes, rightly"))), ("no", said(tell("No")))),
}
"""The choices of a rating. An Angoff rating of the usual kind is a number from 0 to 100 instead."""


class RoundForm(Watched):
    """The form for opening a round: what is rated, by which experts, and which items."""

    kind = choice_field(tell("What is rated"), dict(Kind.choices), is_list=True)
    level = forms.TypedChoiceField(
        label=said(tell("For level")), required=False, coerce=int, empty_value=None
    )
    number = forms.IntegerField(
        label=said(tell("Round")),
        min_value=1,
        max_value=9,
        initial=1,
        help_text=said(tell("From round 2 on experts see the ratings of the round before.")),
    )
    exam = choice_field(
        tell("Items of which exam"),
        help=tell(
            "The scored items of all forms, for an Angoff rating at the level of the exam. Without an "
            "exam, items of the unit are chosen by their status."
        ),
        required=False,
    )
    statuses = ticks_field(
        tell("Items of these statuses"),
        {name: words for name, words in STATUS_WORDS.items() if name != "retired"},
        tell("All that are not retired, where none is ticked"),
        required=False,
    )
    unrated = tick_field(
        tell("Only what is still missing"),
        tell("Items that nobody has rated in this round, and for each expert those that the expert left out"),
    )
    items = ticks_field(tell("Single items"), required=False)
    experts = ticks_field(
        tell("Experts"),
        help=tell(
            "Experts are the reviewers of this unit, without whoever opens the round. To ask somebody "
            "else, an assessor as well, have an administrator give that person the role of a reviewer "
            "here; they are then in this list."
        ),
    )
    few = tick_field(
        tell("Open it with fewer than {n} experts all the same", n=FEW_EXPERTS),
        tell("A cut takes {n} experts or more: by fewer it is hardly known (IOC may do)", n=FEW_EXPERTS),
    )

    def __init__(
        self,
        *args: Any,
        levels: Any = (),
        people: Any = (),
        exams: Sequence[str] = (),
        codes: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.choose("level", [("", said(tell("no level"))), *levels_told(levels)])
        self.choose("experts", [(one.username, str(one)) for one in people])
        self.choose("exam", [("", said(tell("none: items of the unit"))), *((name, name) for name in exams)])
        self.choose("items", [(code, code) for code in codes])

    def clean(self) -> dict[str, Any]:
        """Rejects an exam together with a choice of items, and too few experts without confirmation."""
        found = super().clean() or {}
        if found.get("exam") and (found.get("items") or found.get("statuses")):
            self.add_error(
                "exam", said(tell("Choose an exam, or items of the unit by status or one by one: not both"))
            )
        asked = found.get("experts") or ()
        if found.get("kind") != Kind.IOC and 0 < len(asked) < FEW_EXPERTS and not found.get("few"):
            few = tell_n(
                "{n} expert is ticked. A cut by fewer than {least} is hardly known: choose more, or "
                "say below that it is to be opened all the same",
                "{n} experts are ticked. A cut by fewer than {least} is hardly known: choose more, "
                "or say below that it is to be opened all the same",
                len(asked),
                least=FEW_EXPERTS,
            )
            self.add_error("experts", said(few))
        return found


def levels_told(levels: Sequence[int]) -> list[tuple[int, Any]]:
    """Returns the choices of a field for levels."""
    return [(n, said(tell("Level {n}", n=n))) for n in levels]


class RatingField(forms.CharField):
    """A field for a rating, which is read as in a workbook of `bank review`; None if empty."""

    def __init__(self, kind: str, **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(required=False, max_length=20, **kwargs)

    def clean(self, value: Any) -> Any:
        """Returns the rating as a number."""
        try:
            return written_rating(self.kind, super().clean(value))
        except WrongUsage as error:
            raise forms.ValidationError(said(error.message)) from None


class RatingForm(Watched):
    """The form for an expert's rating of one item. Answers may be left empty and given later."""

    comment = text_field(
        tell("Comment"),
        tell("What should be mended in stem, options or key"),
        most=MOST_COMMENT,
        required=False,
        rows=3,
    )

    def __init__(self, *args: Any, kind: str, levels: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget: forms.Widget
        if kind in CHOICES:
            label, widget = tell("Rating"), forms.RadioSelect(choices=CHOICES[kind])
            if kind == Kind.YES_NO:
                label = tell("Would a minimally competent candidate answer it correctly?")
        else:
            label = tell("How many of 100 minimally competent candidates would answer it correctly")
            widget = forms.NumberInput(attrs={"min": 0, "max": 100, "step": 1, "inputmode": "numeric"})
        self.fields["value"] = RatingField(kind, label=said(label), widget=widget)
        if levels:
            self.fields["suits"] = forms.TypedChoiceField(
                label=said(tell("The level that it suits")),
                required=False,
                coerce=int,
                empty_value=None,
                choices=[("", said(tell("not said"))), *levels_told(levels)],
                widget=forms.RadioSelect,
            )
        self.order_fields(["value", "suits", "comment"])
