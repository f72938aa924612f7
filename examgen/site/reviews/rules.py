"""The forms of a round of ratings, which experts may rate which items, and what is written when a round
ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone

from examgen.bank.reviews.moves import ratings_of
from examgen.bank.reviews.progress import judges_of, scored_items
from examgen.bank.reviews.ratings import by_panel, current
from examgen.bank.reviews.settling import present
from examgen.core.models.field_types import STATUS_WORDS
from examgen.core.problems import Refused, WrongUsage
from examgen.core.words import tell, tell_n
from examgen.papers import review_forms as ratings
from examgen.papers.review_forms import written_rating
from examgen.site.abuse import Watched
from examgen.site.audit.models import record
from examgen.site.bank.authors import authors_of
from examgen.site.bank.units import opened
from examgen.site.forms import choice_field, text_field, tick_field, ticks_field
from examgen.site.language import kept, said
from examgen.site.reviews.models import Expert, Kind, Round
from examgen.site.workspace import bank, exam_folder
from examgen.site.writing import writing

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


RATINGS_FILE = "ratings.yaml"


def panel_of(one: Round) -> ratings.RatingPanel:
    """Returns the panel of a round, as in the bank."""
    return ratings.panel(one.kind, one.level or None, one.number)


def asked_of(one: Round) -> ratings.RoundQuestions:
    """Returns what a round asked about each item when it was opened."""
    return ratings.RoundQuestions(
        one.edition, {item: tuple(said) for item, said in one.items.items()}, tuple(one.levels)
    )


def unit_draft_of(unit: str) -> Any:
    """Returns a unit from its present files. Raises Refused if it has faults."""
    found = opened(unit)
    if not found.is_sound:
        raise Refused.because("{code} has errors: mend them first", found.problems, code=unit)
    return found.bank_unit


def written_by(users: Collection[Any], unit: str, items: Collection[str]) -> dict[str, set[str]]:
    """Returns by user name the items that the user ever wrote, changed or imported on the site."""
    authors = authors_of(opened(unit), items)
    return {
        user.username: {item for item, by in authors.items() if user.username in by.ever} for user in users
    }


def items_of_exam(unit: str, exam: str) -> tuple[tuple[str, ...], int | None]:
    """Returns the scored items of an exam from a unit, and the level for which they are rated.

    Items whose text has changed since the exam was built are left out, because a rating would not apply to
    what the candidates read. Raises Refused if no item is left.
    """
    items, levels = scored_items(exam_folder(exam))
    now = present(unit_draft_of(unit))
    found = tuple(item for item, printed in items.get(unit, {}).items() if now.get(item) == printed)
    if not found:
        raise Refused.because(
            "the items of {exam} no longer read as it printed them: none can be rated", exam=exam
        )
    return found, levels[unit]


def rated_by(unit: str, panel: ratings.RatingPanel, items: Collection[str]) -> dict[str, frozenset[str]]:
    """Returns by judge the items, in their present wording, with a recorded rating in that round."""
    now = current(ratings_of(bank() / unit), present(unit_draft_of(unit)))
    judges = judges_of(by_panel(now).get(panel, ()))
    found = {one.judge: one.rated & {*items} for one in judges}
    return {judge: own for judge, own in found.items() if own}


def is_missing(item: str, rated: Mapping[str, Collection[str]], experts: Collection[str]) -> bool:
    """Returns whether nobody has rated an item, or one of these experts with other ratings left it out."""
    return not any(item in own for own in rated.values()) or any(
        item not in rated[name] for name in experts if name in rated
    )


def missing_of(expert: Expert) -> list[tuple[str, int]]:
    """Returns by criterion the number of an expert's items that are not rated yet. Only the expert sees which
    items they are."""
    rated = {*expert.answers.exclude(value=None).values_list("item", flat=True)}
    left = Counter(expert.round.items[item][1] for item in expert.items if item not in rated)
    return sorted(left.items())


def close(round_id: int, by: Any) -> ratings.RatingsImport | None:
    """Writes the ratings of a round into `ratings.yaml` and closes it; returns None if it was already closed.

    If the ratings are refused, the error is raised, the round remains open, and nothing is written. If the
    site is killed between the two steps, closing the round again finds the same ratings already recorded.
    """
    there = Round.objects.get(pk=round_id)
    message = f"{there.unit}: ratings of a round of review"
    # the lock of the bank before that of the database, as everybody takes the two
    with writing(by or there.by, [there.unit], message), transaction.atomic():
        one = Round.objects.select_for_update().get(pk=round_id)
        if not one.is_open:
            return None
        experts = list(one.experts.select_related("user"))
        names = Counter(_folded(expert) for expert in experts)
        sheets = [_sheet(expert, is_alone=names[_folded(expert)] == 1) for expert in experts]
        done = ratings.close_round(
            bank(), one.unit, panel_of(one), asked_of(one), sheets, timezone.localdate()
        )
        now = timezone.now()
        one.experts.filter(ended_at=None).update(ended_at=now)
        one.closed_at = now
        one.outcome = {
            "stored": len(done.settled.ratings) + done.settled.known,
            "set_aside": [
                kept(tell("{source}: {message}", source=problem.source, message=problem.message))
                for problem in done.settled.set_aside
            ],
        }
        one.save()
        record(by, "round.close", one.unit, round=one.pk, stored=one.outcome["stored"])
    return done


def _folded(expert: Expert) -> str:
    """Returns the name of an expert, folded so that differences in spaces, punctuation and case do not
    count."""
    return "".join(filter(str.isalnum, str(expert.user).casefold()))


def _sheet(expert: Expert, is_alone: bool) -> ratings.ExpertAnswers:
    """Returns the ratings of an expert. If another expert of the round has the same name, the signature
    replaces the name."""
    given = {one.item: one for one in expert.answers.all() if one.item in expert.items}
    return ratings.ExpertAnswers(
        expert.user.username,
        str(expert.user) if is_alone else expert.user.signature,
        {
            item: (given[item].value, given[item].suits, given[item].comment or None)
            if item in given
            else (None, None, None)
            for item in expert.items
        },
    )
