"""Forms of the bank that are not an item."""

from __future__ import annotations

from typing import Any

from examgen.core.models.base import CATEGORY_WORDS
from examgen.core.models.standard import Unit
from examgen.core.words import tell
from examgen.interchange.importing import formats_read
from examgen.site.abuse import Watched
from examgen.site.forms import MEGABYTE, OneFile, choice_field, ticks_field, told_choices
from examgen.site.language import said


class FileOfItems(Watched):
    """A workbook, or questions of another program, with what such a file does not say."""

    file = OneFile(tell("File"), most=30 * MEGABYTE)
    format = choice_field(tell("Kind of file"), required=False)
    pc = choice_field(tell("Criterion for questions that do not give one"), required=False)
    levels = ticks_field(tell("Levels that the questions suit (default: all of the unit)"), required=False)
    cognitive = choice_field(tell("Cognitive category"), CATEGORY_WORDS, required=False, is_list=True)

    def __init__(self, unit: Unit, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        told = tell("from its content; a workbook or CSV of the bank by its ending")
        self.choose("format", [("", said(told)), *told_choices(dict(formats_read()))])
        pcs = [(one.code, f"{one.code} {one.text}") for one in unit.criteria]
        self.choose("pc", [("", said(tell("none"))), *pcs])
        self.choose("levels", [(str(level), str(level)) for level in unit.levels])
        if not unit.levels:
            del self.fields["levels"]
        self.fields["cognitive"].initial = "understand"


class Picture(Watched):
    """A picture for the media folder."""

    file = OneFile(tell("Picture: PNG, JPEG, GIF, WebP or SVG"), most=20 * MEGABYTE)
