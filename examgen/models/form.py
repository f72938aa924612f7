"""What is printed: forms with their items, and the exam that they make up."""

from __future__ import annotations

from examgen.letters import LETTERS
from examgen.models.base import Model
from examgen.models.blueprint import Blueprint
from examgen.models.decisions import FormCut
from examgen.models.item import Evidence, Item, OptionId, Stimulus
from examgen.models.standard import Unit


class PrintedItem(Model):
    """An item as one form prints it: its number, and the order of its canonical option ids."""

    question: int
    item: Item
    unit: str
    element: str
    order: tuple[OptionId, ...]
    points: int = 1
    """0 for a pilot item, which is printed and analysed but counts for nobody."""

    @property
    def key_letters(self) -> str:
        """The printed letters of the key: `C`, or `A|C` where several are right."""
        return "|".join(LETTERS[i] for i, option in enumerate(self.order) if option in self.item.key)

    @property
    def key_mask(self) -> int:
        """The key as a bit mask: bit i for the option printed at position i."""
        return sum(1 << i for i, option in enumerate(self.order) if option in self.item.key)


class Form(Model):
    """A snapshot of one printed version of an exam; scoring and reports read it, never the bank."""

    name: str
    items: tuple[PrintedItem, ...]


class Exam(Model):
    """Everything that a sitting rests on: blueprint, the standard, forms and stimuli as printed."""

    blueprint: Blueprint
    units: tuple[Unit, ...]
    forms: tuple[Form, ...]
    stimuli: tuple[Stimulus, ...] = ()
    evidence: dict[str, Evidence] = {}
    """What was known of the printed items when the forms were built."""
    anchor: tuple[str, ...] = ()
    """The items that all forms hold because the blueprint asks an anchor."""
    cuts: dict[str, FormCut] = {}
    """The cut score of each form, where the bank's ratings set it."""
    notices: tuple[str, ...] = ()
    void_approvals: tuple[str, ...] = ()
    """Printed items whose text is not the one that was approved."""

    @property
    def has_drafts(self) -> bool:
        """Whether any printed item's text has not been approved by a subject-matter expert."""
        return bool(self.void_approvals) or any(
            printed.item.status in ("draft", "review") for form in self.forms for printed in form.items
        )
