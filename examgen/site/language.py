"""Pages in the reader's language: messages of `words` in templates and in forms, and options in
messages by their labels.

A template writes `{{ tell("{n} items", n=n) }}`, as code does. Every message that it prints is translated
(`finalize`). `scripts/words` also finds the messages in templates.
"""

from __future__ import annotations

import re
import tempfile
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.template import Library
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import get_language
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from examgen.commands.tree import declaration
from examgen.core import words
from examgen.core.text.thai import date_en, date_th, short_date_en, short_date_th
from examgen.core.words import CommandName, Language, Message, OptionName, joined, listed, noted, tell, tell_n
from examgen.rendering.pdf.thai_words import thai_words
from examgen.scoring.options import ScoringOptions
from examgen.site.site import STATE


def reader() -> Language:
    """Returns the language of the current page."""
    return "en" if (get_language() or "").startswith("en") else "th"


def told(value: Any) -> Any:
    """Returns a message in the reader's language, without paths on the server. Any other value is returned
    unchanged, because it may be what a user wrote."""
    return in_lines(without_places(value.told(reader(), shown))) if isinstance(value, Message) else value


_UPLOADED = re.compile(r"uploads/([0-9a-f-]{32,36}|tmp\w+)/(given/)?")
_TEMPORARY = tempfile.gettempdir() + "/"
_OF_THE_TIME = re.compile(re.escape(_TEMPORARY) + r"[^/\s]+/")


def without_places(text: str) -> str:
    """Returns a text without folders of the server: the workspace, uploads and temporary folders."""
    place = str(settings.WORKSPACE)
    if place in text:
        text = text.replace(f"{place}/{STATE}/", "").replace(f"{place}/", "").replace(place, ".")
        text = _UPLOADED.sub("", text)
    return _OF_THE_TIME.sub("", text) if _TEMPORARY in text else text


_LINE_OF_FILE = re.compile(r"([\w.-]+\.(?:csv|tsv|txt|ya?ml|jsonl?|xlsx|ods|xml|dat|gift)):(\d+)\b")


def in_lines(text: str) -> str:
    """Returns a text in which the line of a file is named in words: `1.csv, line 7` instead of `1.csv:7`."""
    if ":" not in text:
        return text
    return _LINE_OF_FILE.sub(
        lambda found: tell("{file}, line {line}", file=found[1], line=found[2]).told(reader()), text
    )


said = lazy(told, str)
"""A message for Django to print, such as a label or an error of a form, which is translated when it is
printed."""


def within(value: Any) -> Any:
    """Returns a value as `told` does; in plain text too, paths on the server are replaced by paths in the
    workspace."""
    text = told(value)
    return in_lines(without_places(text)) if isinstance(text, str) else text


def kept(message: str) -> dict[str, Any]:
    """Returns a message as a record for the database and for files: its English text, its id and its values,
    without paths on the server."""
    made = words.kept(message)
    return {"en": without_places(str(message)), **(_plain(made) if isinstance(made, dict) else {})}


def _plain(made: Any) -> Any:
    if isinstance(made, dict):
        return {name: one if name in ("id", "plural") else _plain(one) for name, one in made.items()}
    if isinstance(made, list):
        return [_plain(one) for one in made]
    return without_places(made) if isinstance(made, str) else made


def of_command(message: Message, command: str) -> Message:
    """Returns a message whose options are marked as those of a command, unless they already name theirs."""
    made = options_named(words.kept(message), command) if command else None
    told = words.message_of(made, str(message)) if made else message
    return told if isinstance(told, Message) else message


def options_named(made: Any, command: str) -> Any:
    """Does the same as `of_command` for a stored message, which is JSON."""
    if isinstance(made, dict):
        own = {"command": command} if "option" in made else {}
        return {**own, **{name: options_named(one, command) for name, one in made.items()}}
    return [options_named(one, command) for one in made] if isinstance(made, list) else made


def of_kept(record: dict[str, Any] | None) -> str:
    """Returns a message stored by `kept`, in the reader's language."""
    if not record:
        return ""
    if record.keys().isdisjoint(("id", "parts", "option", "command")):
        return in_lines(without_places(record["en"]))
    return str(told(words.message_of(record, "")))


def day(value: date | datetime | str | None, short: bool = False) -> str:
    """Returns a day, given as a date or as in a file (2026-11-22), in the reader's language. Thai days are in
    the Buddhist era."""
    if isinstance(value, str):
        try:
            return day(date.fromisoformat(value), short)
        except ValueError:
            return value
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    if reader() == "en":
        return short_date_en(value) if short else date_en(value)
    return short_date_th(value) if short else date_th(value, "buddhist")


def moment(value: date | str | None) -> str:
    """Returns a day with its local time, given as such or as in a file; only the day if there is no time."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return day(value, short=True).replace(" ", "\u00a0")
    local = timezone.localtime(value)
    return f"{day(local.date(), short=True)} {local:%H:%M}".replace(" ", "\u00a0")


def with_code(words: Any) -> Markup:
    """Returns a text as HTML in which the parts between backticks are marked as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(within(words)))))


_CODE = re.compile("`([^`]+)`")


def brief(text: Any, most: int) -> str:
    """Returns a text that is longer than `most` characters shortened at the end of a word."""
    whole = str(text)
    if len(whole) <= most:
        return whole
    ends = accumulate(map(len, thai_words(whole[: 2 * most])))
    return whole[: max((end for end in ends if end <= most), default=most)].rstrip() + "…"


@lru_cache(maxsize=1024)
def _address(name: str, args: tuple[Any, ...], named: tuple[tuple[str, Any], ...]) -> str:
    return reverse(name, args=args or None, kwargs=dict(named) or None)


def address(name: str, *args: Any, **named: Any) -> str:
    """Returns the URL of a page. It is cached, because it is the same in all languages."""
    return _address(name, args, tuple(named.items()))


def person(username: str) -> str:
    """Returns the name of a user by user name; the user name itself if the account no longer exists."""
    found = get_user_model().objects.filter(username=username).first()
    return username if found is None else str(found)


def environment(**options: Any) -> Environment:
    """Returns the environment of the site's templates: an undefined name raises an error, and all values are
    escaped."""
    made = Environment(**{**options, "autoescape": True, "undefined": StrictUndefined, "finalize": told})
    made.globals.update(
        tell=tell,
        tell_n=tell_n,
        listed=listed,
        joined=joined,
        static=cache(static),
        url=address,
        reader=reader,
        told=told,
        of_kept=of_kept,
        notes_of=get_messages,
    )
    made.filters.update(
        day=day, moment=moment, with_code=with_code, within=within, brief=brief, person=person
    )
    return made


register = Library()
"""The filter for times in pages of allauth, which use Django templates."""
register.filter("moment", moment)


PAGES: dict[str, str] = {
    "unit import": noted("Read a unit document"),
    "unit diff": noted("Differences"),
    "bank remap": noted("Carry the items over"),
    "bank status": noted("Status"),
    "bank export": noted("Take away"),
    "render": noted("Papers"),
}
"""The label of the page of each command, or of a command with an option that has its own page."""

FILES = ("json", "out")
"""Options whose output is among the files on the page of an analysis."""


def shown(one: OptionName | CommandName) -> str | None:
    """Returns the label of an option or a command on the site; None if the site has none, so that it is shown
    as typed. An option without a command is one of `score`. A value of the option is included if it has a
    label."""
    if isinstance(one, CommandName):
        page = PAGES.get(f"{one.name} {one.rest}", PAGES.get(one.name))
        return tell("“{label}”", label=tell(page)) if page else None
    options = declaration(one.command) if one.command else ScoringOptions
    found = (own for own in options.declared().values() if own.words == f"--{one.name}")
    declared = next(found, None)
    if one.command and one.name in FILES and not (declared and declared.option.label):
        return tell("“{label}”", label=tell("Files"))
    if declared is None or not declared.option.label:
        return None
    label, value = tell(declared.option.label), dict(declared.option.values).get(one.argument)
    return (
        tell("“{label}: {value}”", label=label, value=tell(value))
        if value
        else tell("“{label}”", label=label)
    )
