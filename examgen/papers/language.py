"""Message of a template (English) → the same in Thai, by the gettext catalogues of the template folders.

A template writes `{{ both("Candidate number") }}`: Thai first, then English in a span of its own. The
msgid is the English text; `locale/th.po` beside the templates holds the Thai, a workspace's file adds to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from markupsafe import Markup, escape

from examgen.papers.thai import SetLine

CATALOGUE = "locale/th.po"


def messages(folders: Sequence[Path]) -> dict[str, str]:
    """English → Thai of every catalogue in the folders; the first folder's word stands."""
    from babel.messages.pofile import read_po

    found: dict[str, str] = {}
    for folder in reversed(folders):
        path = folder / CATALOGUE
        if path.is_file():
            with path.open("rb") as file:
                catalogue = read_po(file, locale="th")
            found.update({str(m.id): str(m.string) for m in catalogue if m.id and m.string})
    return found


def template_words(folders: Sequence[Path], set_line: SetLine) -> dict[str, Callable[..., Markup]]:
    """The functions that templates call: `th`, `en` and `both`, each with a message and its values."""
    known = messages(folders)

    def th(message: str, **values: object) -> Markup:
        return Markup(_filled(known.get(message, message), values, set_line))

    def en(message: str, **values: object) -> Markup:
        return Markup(f'<span lang="en">{_filled(message, values, escape)}</span>')

    def both(message: str, sep: str = " · ", **values: object) -> Markup:
        thai = th(message, **values)
        english = _filled(message, values, escape)
        return Markup(f'{thai} <span lang="en">{escape(sep.lstrip())}{english}</span>')

    return {"th": th, "en": en, "both": both}


def _filled(message: str, values: dict[str, object], set_line: SetLine) -> str:
    # the message is set first, since setting escapes; values that are markup already stay so
    text = str(set_line(message))
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(escape(value)))
    return text
