"""Message of a template (English) → the same in Thai, by the gettext catalogues of the template folders.

A template writes `{{ both("Candidate number") }}`: Thai first, then English in a separate span. The msgid is
the English text, and `locale/th.po` beside the templates has the Thai; a workspace's file adds to it and
overrides it. `{name}` in a message is replaced by the value of that name. If a count decides between two
English forms, the call is `{{ both_n("{n} item", "{n} items", count) }}`. A report may be in Thai, in English
or in both: it writes `{{ say("Candidate number") }}`, and the context's `lang` decides.

The filter `digits` writes numbers with the figures of the paper or report, Arabic or Thai.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from examgen.core.catalogue import translations
from examgen.core.text.thai import in_arabic, in_digits, in_figures
from examgen.core.words import Pair
from examgen.rendering.line_breaks import SetLine

CATALOGUE = "locale/th.po"

_PLACE = re.compile(r"\{([a-z_]\w*)\}")

# noncharacters, which no text has: placeholders of markup while a text is prepared for the line breaker
_FROM, _TO = "\ufdd0", "\ufdd1"
_HELD = re.compile(f"{_FROM}([a-z_]\\w*){_TO}")


def messages(folders: Sequence[Path]) -> dict[str, str]:
    """Return English → Thai from the catalogues of the folders; the first folder that has a message wins."""
    found: dict[str, str] = {}
    for folder in reversed(folders):
        path = folder / CATALOGUE
        if path.is_file():
            found.update({one.english: one.thai for one in translations(path) if one.thai})
    return found


@pass_context
def digits_filter(context: Context, value: Any) -> Any:
    """Write a number in the figures of the paper or report; markup stays unchanged. The filter `digits`."""
    if hasattr(value, "__html__"):
        return value
    said = context.get("digits", "arabic")
    return in_digits(value, getattr(context.get("paper"), "digits", said))


def template_words(known: Mapping[str, str], set_line: SetLine) -> dict[str, Callable[..., Markup]]:
    """Return the functions that templates call, each with a message and its values; `known` is English →
    Thai.

    `th`, `en` and `both` take a message; `th_n`, `en_n` and `both_n` take the singular, the plural and a
    count, which also fills `{n}`. A message without Thai is shown in English, once.

    `say`, `say_n` and `told` use the context's `lang`: th, en or both (the default). `told` takes a pair of
    texts (`Bilingual`) instead of a message. Thai messages have the figures of the context's `digits`,
    English ones Arabic figures, except for values that are markup or codes. If a value is a pair, each
    language uses its own text.
    """

    def en(message: str, **values: object) -> Markup:
        return _english(_filled(message, values, escape))

    def th(message: str, **values: object) -> Markup:
        return _filled(known[message], values, set_line) if message in known else en(message, **values)

    def both(message: str, sep: str = " · ", **values: object) -> Markup:
        return of_both(known.get(message), message, sep, values)

    def en_n(one: str, many: str, count: int, **values: object) -> Markup:
        return en(_number(one, many, count), **{"n": count, **values})

    def th_n(one: str, many: str, count: int, **values: object) -> Markup:
        return th(one, **{"n": count, **values}) if one in known else en_n(one, many, count, **values)

    def both_n(one: str, many: str, count: int, sep: str = " · ", **values: object) -> Markup:
        return of_both(known.get(one), _number(one, many, count), sep, {"n": count, **values})

    def of_both(thai: str | None, english: str, sep: str, values: Mapping[str, object]) -> Markup:
        second = _filled(english, values, escape)
        return _english(second) if thai is None else _joined(_filled(thai, values, set_line), sep, second)

    @pass_context
    def say(context: Context, message: str, sep: str = " · ", **values: object) -> Markup:
        return said(context, known.get(message), message, sep, values)

    @pass_context
    def say_n(
        context: Context, one: str, many: str, count: int, sep: str = " · ", **values: object
    ) -> Markup:
        return said(context, known.get(one), _number(one, many, count), sep, {"n": count, **values})

    def said(
        context: Context, thai: str | None, english: str, sep: str, values: Mapping[str, object]
    ) -> Markup:
        lang, digits = context.get("lang", "both"), context.get("digits", "arabic")
        own = {name: getattr(value, "en", value) for name, value in values.items()}
        if digits == "thai":
            own = {name: in_arabic(value) for name, value in own.items()}
        second = _filled(english, own, escape)
        if thai is None or lang == "en":
            return _english(second)
        own = {name: in_figures(getattr(value, "th", value), digits) for name, value in values.items()}
        words = _filled(in_digits(thai, digits), own, set_line)
        return words if lang == "th" or thai == english else _joined(words, sep, second)

    @pass_context
    def told(context: Context, pair: Pair, sep: str = " · ") -> Markup:
        lang = context.get("lang", "both")
        if lang == "en":
            return _english(escape(pair.en))
        words = set_line(pair.th)
        return words if lang == "th" or pair.th == pair.en else _joined(words, sep, escape(pair.en))

    return {
        "th": th,
        "en": en,
        "both": both,
        "th_n": th_n,
        "en_n": en_n,
        "both_n": both_n,
        "say": say,
        "say_n": say_n,
        "told": told,
    }


def _number(one: str, many: str, count: int) -> str:
    return one if count == 1 else many


def _english(text: Markup) -> Markup:
    return Markup(f'<span lang="en">{text}</span>')


def _joined(thai: Markup, sep: str, english: Markup) -> Markup:
    """Return the Thai text, then the English; a newline in `sep` puts the English on a separate line."""
    gap = "<br>" if "\n" in sep else " "
    return Markup(f'{thai}{gap}<span lang="en">{escape(sep.lstrip())}{english}</span>')


def _filled(message: str, values: Mapping[str, object], set_line: SetLine) -> Markup:
    """Return the message with its values, prepared together for the line breaker; markup in them stays
    unchanged.

    Raises LookupError if a value is missing.
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise LookupError(f"the message {message!r} needs a value for {{{found[1]}}}")
        given = values[found[1]]
        is_markup = hasattr(given, "__html__")
        return f"{_FROM}{found[1]}{_TO}" if is_markup else str(given).replace(_FROM, "")

    text = str(set_line(_PLACE.sub(value, message)))
    return Markup(_HELD.sub(lambda found: str(escape(values[found[1]])), text))
