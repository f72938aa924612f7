"""Options and commands that sentences name: as they are typed on the command line, by their labels on pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils.translation import override

from examgen.commands.tree import declaration
from examgen.core.words import command, option, tell, tell_n, thai_of
from examgen.site.forms import OptionsForm
from examgen.site.language import PAGES, told
from examgen.site.results.analysis import ANALYSIS, WRITE_BACK
from examgen.site.results.views import REPORTS
from examgen.site.sittings.forms import HowRead, ScoreAgain

SENTENCE = tell_n(
    "{n:,} row cannot be scored. Without {strict} the other rows are scored",
    "{n:,} rows cannot be scored. Without {strict} the other rows are scored",
    1200,
    strict=option("strict"),
)


COMMANDS = ("analyse exam", "bank import", "bank status", "bank remap", "export", "report", "score")
LABELS = {
    own.option.label for name in COMMANDS for own in declaration(name).declared().values() if own.option.label
}
FORMS: tuple[type[OptionsForm], ...] = (ANALYSIS, HowRead, REPORTS, ScoreAgain, WRITE_BACK)


@pytest.mark.parametrize("label", sorted({*LABELS, *PAGES.values()}))
def test_each_label_is_a_name_that_pages_have(label: str, root: Path) -> None:
    assert thai_of(label) is not None
    with override("en"):
        if label in {str(field.label) for form in FORMS for field in form.base_fields.values()}:
            return
    pages = [*root.glob("examgen/site/**/*.html"), *root.glob("examgen/site/**/*.py")]
    said = re.compile(r"tell\(['\"]" + re.escape(label) + r"['\"]")
    assert any(said.search(path.read_text("utf-8")) for path in pages if path.name != "options.py")


def test_a_sentence_names_the_option_on_the_command_line_and_the_field_on_a_page() -> None:
    assert SENTENCE == "1,200 rows cannot be scored. Without --strict the other rows are scored"
    assert "--strict" in SENTENCE.th
    with override("en"):
        assert "Without “Refuse to score if any row is set aside” the other rows" in told(SENTENCE)
    with override("th"):
        assert f"“{thai_of('Refuse to score if any row is set aside')}”" in told(SENTENCE)


def test_a_command_is_the_page_that_does_it() -> None:
    said = tell("look at it ({command})", command=command("unit import", "FILE"))
    assert said == "look at it (`examgen unit import FILE`)"
    with override("en"):
        assert told(said) == "look at it (“Read a unit document”)"
