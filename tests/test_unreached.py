"""What no command reaches is not there."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.unreached import unreached

FOR_A_REASON = {
    "examgen.core.text.fonts: cut_web_face": "made the faces that are shipped, and a test makes them again",
    "examgen.papers.booklet.printing: BookletPrinter.n_blank": "what the yardstick of composed pages must know",
    "examgen.papers.booklet.printing: BookletPrinter.overs": "what the yardstick of composed pages must know",
    "examgen.site.accounts.factors: EmergencyCodes.generate_codes": "allauth calls it by its own name",
    "examgen.site.accounts.factors: EmergencyCodes.get_unused_codes": "allauth calls it by its own name",
    "examgen.site.accounts.factors: EmergencyCodes._are_hashed": "what allauth calls rests on it",
    "examgen.site.accounts.factors: EmergencyCodes._hash": "what allauth calls rests on it",
    "examgen.site.accounts.factors: _hashed": "what allauth calls rests on it",
    "examgen.core.text.thai: typed_day": "DayField.to_python rests on it",
    "examgen.core.text.thai: _year": "DayField.to_python rests on it",
    "examgen.site.accounts.factors: EmergencyCodes.mark_as_viewed": "allauth calls it by its own name",
    "examgen.site.accounts.factors: EmergencyCodes.validate_code": "allauth calls it by its own name",
    "examgen.site.database: OneOf.deconstruct": "Django calls it when it looks for migrations",
    "examgen.site.forms: DayField.prepare_value": "Django calls it to show a field",
    "examgen.site.forms: DayField.to_python": "Django calls it to read a field",
    "examgen.site.sittings.forms: _CaseKinds.create_option": "Django calls it to show an option",
    "examgen.site.sittings.plan: HourField.to_python": "Django calls it to read a field",
}
"""Functions and classes, by module and name, that no name in a command leads to."""


@pytest.mark.long("reads all of the code; what nobody calls does no harm until a version")
def test_a_command_reaches_whatever_there_is(root: Path) -> None:
    found = {f"{module}: {name}" for (module, name), _ in unreached(root)}
    assert found == FOR_A_REASON.keys()


PLANTED = {
    "commands/__init__.py": """
        from examgen import work
        from examgen.work import run as go
        def main(exam):
            go(exam.first)
            work.aside()
    """,
    "work.py": """
        from html.parser import HTMLParser
        CHECKS = (checked,)
        def checked(): return Reader().feed("")
        def run(what): return what.called()
        def aside(): return "one_more"
        def first(): return first()
        def lost(): return found_by_lost()
        def found_by_lost(): ...
        class Reader(HTMLParser):
            def handle_starttag(self, tag, attrs): ...
            def handle_nothing(self): ...
        class Held:
            def called(self): ...
        def main(): return Held
    """,
}


def test_what_is_planted_is_found(tmp_path: Path) -> None:
    for name, text in PLANTED.items():
        path = tmp_path / "examgen" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")
    (tmp_path / "examgen/__init__.py").write_text("", "utf-8")
    found = [name for (_, name), _ in unreached(tmp_path)]
    assert found == ["Held", "Reader.handle_nothing", "first", "found_by_lost", "lost", "main"]
