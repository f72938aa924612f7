"""Sentences for users: English, with the Thai from the catalogues in `locale/th`.

A `Message` is its English text, like any string, and also remembers the msgid and values it was made from.
The Thai is looked up only on request, so a command that speaks English reads no catalogue.

    tell("{path} is not a file: name the answers", path=path)
    tell_n("{n} row was set aside", "{n} rows were set aside", n)

The msgid is the whole English sentence: a sentence concatenated from parts has no Thai. Anything that is the
same in both languages (a code, a path, a number) is a value. A value that is itself a message appears in the
language of its sentence. An option or command in a sentence is also a value (`option`, `command`): the
command line shows what to type, and a page shows the name of its field or button. `scripts/words` maintains
the catalogues.

A file stores a sentence as its English text, for people who open it, and next to it the msgid and the values
(`with_ids`), from which the message is restored (`message_in`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal, Protocol

Language = Literal["en", "th"]

THAI = Path(__file__).parents[1] / "locale" / "th"
"""The folder of the Thai catalogues, one for each package folder."""


class Pair(Protocol):
    """A text in both languages: a `Message`, or a model's `Bilingual`."""

    @property
    def th(self) -> str:
        """The text in Thai."""

    @property
    def en(self) -> str:
        """The text in English."""


class Message(str):
    """An English text that has a Thai translation.

    It is compared, sorted, printed and written to JSON as its English text. Operations that derive another
    text from it (`+`, `strip`, an f-string) give a plain text without Thai.
    """

    __slots__ = ("_many", "_values", "msgid")
    _many: str
    _values: dict[str, Any]
    msgid: str

    @property
    def en(self) -> str:
        """The English sentence as a plain string."""
        return str(self)

    @property
    def th(self) -> str:
        """The Thai sentence. If no catalogue has it, the English, unless the sentence has no words except its
        values."""
        return self.told("th")

    def told(self, language: Language, show: Show | None = None) -> str:
        """Returns the sentence in a language, with options and commands named as `show` returns them."""
        if language == "en" and show is None:
            return str(self)
        text = self._many
        if language == "th":
            thai = thai_of(self.msgid)
            if thai is not None or not has_words(self.msgid):
                text = thai or self.msgid
            elif show is None:
                return str(self)
            else:
                language = "en"
        return _filled(text, {name: _told(one, language, show) for name, one in self._values.items()})

    @property
    def options(self) -> list[OptionName]:
        """The command options named in the sentence."""
        return [one for one in getattr(self, "_values", {}).values() if isinstance(one, OptionName)]

    def _kept(self) -> dict[str, Any]:
        """Returns the JSON form of the message, as `kept` describes it."""
        plural = {"plural": self._many} if self._many != self.msgid else {}
        values = {name: _kept_value(one) for name, one in self._values.items()}
        return {"id": self.msgid, **plural, **({"values": values} if values else {})}

    def __reduce__(self) -> tuple[Any, ...]:
        return _message, (self.msgid, self._many, self._values)


class _Joined(Message):
    """Messages joined into one. `msgid` is empty, because each part has its own."""

    __slots__ = ("_between", "_parts")
    _parts: tuple[str, ...]
    _between: str

    def told(self, language: Language, show: Show | None = None) -> str:
        """Returns the parts and the separator in the language, joined."""
        between = str(_told(self._between, language, show))
        return between.join(str(_told(part, language, show)) for part in self._parts)

    def _kept(self) -> dict[str, Any]:
        return {"parts": list(map(_kept_value, self._parts)), "between": _kept_value(self._between)}

    def __reduce__(self) -> tuple[Any, ...]:
        return joined, (self._parts, self._between)


class OptionName(Message):
    """A command option in a sentence: `--method` on the command line, the name of a field on a page.

    `argument` is what is typed after it, which a page does not show. `command` is the command that has the
    option (`bank import`), if several commands have an option of this name that pages name differently.
    """

    __slots__ = ("argument", "command", "name")
    name: str
    argument: str
    command: str

    def told(self, language: Language, show: Show | None = None) -> str:
        """Returns the name that `show` gives, else the option as typed."""
        shown = None if show is None else show(self)
        return _typed_in(language, self) if shown is None else str(_told(shown, language, show))

    def _kept(self) -> dict[str, Any]:
        said = {"option": self.name, "argument": self.argument, "command": self.command}
        return {name: text for name, text in said.items() if text}

    def __reduce__(self) -> tuple[Any, ...]:
        return option, (self.name, self.argument, self.command)


class CommandName(Message):
    """A command in a sentence, with what is typed after it: `` `examgen unit diff A B` `` on the command
    line; on a page, the page or button that does the same."""

    __slots__ = ("name", "rest")
    name: str
    rest: str

    def told(self, language: Language, show: Show | None = None) -> str:
        """Returns the name that `show` gives, else the command as typed."""
        shown = None if show is None else show(self)
        return _typed_in(language, self) if shown is None else str(_told(shown, language, show))

    def _kept(self) -> dict[str, Any]:
        return {"command": self.name, **({"rest": self.rest} if self.rest else {})}

    def __reduce__(self) -> tuple[Any, ...]:
        return command, (self.name, self.rest)


class Typed(Message):
    """Text to type on the command line. Placeholders (`NAME`) are translated."""

    __slots__ = ()

    def told(self, language: Language, show: Show | None = None) -> str:
        """Returns the text as typed, with translated placeholders."""
        return _typed_in(language, self)

    def _kept(self) -> str:  # type: ignore[override]
        return str(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return as_typed, (str(self),)


Show = Callable[[OptionName | CommandName], str | None]
"""A function from an option or command to its name on a page; None if the page has no name for it."""


def tell(msgid: str, /, **values: object) -> Message:
    """Returns a message. `{name}` in the text is replaced by the value, with format specifiers as in
    `str.format` (`{n:,}`, `{name!r}`)."""
    return _message(msgid, msgid, values)


def invalid(msgid: str, /, **values: object) -> ValueError:
    """Returns the error that a validator raises, with a message."""
    return ValueError(tell(msgid, **values))


def tell_n(one: str, many: str, n: int, /, **values: object) -> Message:
    """Returns a message with a singular and a plural form, chosen by `n`; `{n}` in the text is that
    number."""
    return _message(one, one if n == 1 else many, {"n": n, **values})


def joined(parts: Iterable[str], between: str = ", ") -> Message:
    """Joins texts into one message. Parts and a separator that are messages appear in the language
    requested."""
    kept = tuple(parts)
    made = str.__new__(_Joined, str(between).join(kept))
    made.msgid, made._parts, made._between = "", kept, between
    return made


def option(name: str, argument: str = "", command: str = "") -> OptionName:
    """Returns a command option, named without dashes, as a value for a sentence, with the argument typed
    after it."""
    made = str.__new__(OptionName, f"--{name}{f' {argument}' if argument else ''}")
    made.msgid, made._many, made._values = "", "", {}
    made.name, made.argument, made.command = name, argument, command
    return made


def command(name: str, rest: str = "") -> CommandName:
    """Returns a command, named without `examgen`, as a value for a sentence, with what is typed after it."""
    made = str.__new__(CommandName, f"`examgen {name}{f' {rest}' if rest else ''}`")
    made.msgid, made._many, made._values, made.name, made.rest = "", "", {}, name, rest
    return made


def as_typed(text: str) -> Typed:
    """Returns text of the command line, or a placeholder, as a value for a sentence."""
    made = str.__new__(Typed, text)
    made.msgid, made._many, made._values = "", "", {}
    return made


def listed(parts: Iterable[str]) -> Message:
    """Returns the parts as a list in words: `a, b and c`."""
    *most, last = parts
    return tell("{most} and {last}", most=joined(most), last=last) if most else joined([last])


def either(parts: Iterable[str]) -> Message:
    """Returns the parts as alternatives in words: `a, b or c`."""
    *most, last = parts
    return tell("{most} or {last}", most=joined(most), last=last) if most else joined([last])


def noted(msgid: str) -> str:
    """Returns the text unchanged and marks it as a msgid for the catalogue; `tell` makes a message of it
    later."""
    return msgid


def spoken(msgid: str) -> str:
    """Returns the text unchanged and marks it as a msgid of the reports, whose Thai is in the catalogue of
    the templates."""
    return msgid


def of_n(one: str, many: str) -> tuple[str, str]:
    """Returns a singular and a plural msgid unchanged, and marks them for the catalogue."""
    return one, many


PLACEHOLDERS = frozenset(
    {
        noted("ADDRESS"), noted("ANSWERS"), noted("BLUEPRINT"), noted("CODE"), noted("COL"),
        noted("COLUMN"), noted("DECISION"), noted("DIR"), noted("EXAM"), noted("EXAM_DIR"), noted("FILE"),
        noted("FILES"), noted("FOLDER"), noted("FORMAT"), noted("HOW"), noted("ID"), noted("INCIDENT"),
        noted("ITEM"), noted("ITEMS"), noted("KEY"), noted("KIND"), noted("LANGUAGE"), noted("METHOD"),
        noted("NAME"), noted("NAMES"), noted("NO"), noted("NUMBER"), noted("OUTCOME"), noted("PATH"),
        noted("POINTS"), noted("RATINGS"), noted("REF"), noted("RULE"), noted("RUN"), noted("SCANS"),
        noted("STATUS"), noted("TEXT"), noted("UNIT"), noted("USER"), noted("VALUE"), noted("WHAT"),
        noted("WHY"),
    }
)  # fmt: skip
"""Placeholders for a value to type, in help texts and in suggested commands."""
_PLACEHOLDER = re.compile(r"(?<![^\s|,\[])[A-Z][A-Z_]+(?![^\s|,.…`\]])")


def _typed_in(language: Language, text: str) -> str:
    """Returns text to type, with its placeholders in that language."""

    def word(found: re.Match[str]) -> str:
        one = found[0]
        return (thai_of(one) if one in PLACEHOLDERS else None) or one

    return _PLACEHOLDER.sub(word, text) if language == "th" else str(text)


def has_words(msgid: str) -> bool:
    """Returns whether a text has words apart from its values, and so needs a translation."""
    return _WORD.search(_PLACE.sub("", msgid)) is not None


_WORD, _PLACE = re.compile("[A-Za-z]{2}"), re.compile(r"\{[^{}]*\}")


def in_language(text: str, language: Language, show: Show | None = None) -> str:
    """Returns a text in the language as a plain string, with options and commands named as `show` returns
    them. A text that is not a message is returned unchanged."""
    return str(_told(text, language, show))


def thai_of(msgid: str) -> str | None:
    """Returns the Thai of a msgid with its values not filled in; None if no catalogue has it."""
    return _catalogues().get(msgid)


_QUOTED = r'".*"(?:\n".*")*'
_ENTRY = re.compile(
    rf"^msgid ({_QUOTED})\n(?:msgid_plural {_QUOTED}\n)?msgstr(?:\[0\])? ({_QUOTED})$", re.MULTILINE
)


@cache
def _catalogues() -> dict[str, str]:
    """Reads the catalogues as `scripts/words` writes them. Babel reads the same, as a test checks, but takes
    ten times as long."""
    found: dict[str, str] = {}
    for path in sorted(THAI.glob("*.po")):
        pairs = _ENTRY.findall(path.read_text("utf-8"))
        quoted = (text.replace('"\n"', "") for pair in pairs for text in pair)
        texts = json.loads(f"[{','.join(quoted)}]")
        found.update((english, thai) for english, thai in zip(texts[::2], texts[1::2], strict=True) if thai)
    found.pop("", None)
    return found


def _message(msgid: str, english: str, values: dict[str, Any]) -> Message:
    for name, value in values.items():
        if isinstance(value, BaseException):  # what it says; not all of them can be sent to a process
            values[name] = str(value)
    made = str.__new__(Message, _filled(english, values))
    made.msgid, made._many, made._values = msgid, english, values
    return made


class _Number(float):
    """A number in a sentence. If it rounds to zero, it has no minus sign."""

    def __format__(self, spec: str) -> str:
        text = float.__format__(self, spec)
        return text[1:] if text[:1] == "-" and not _NOT_NOUGHT.search(text) else text


_NOT_NOUGHT = re.compile("[1-9a-z]")


def _filled(text: str, values: Mapping[str, object]) -> str:
    """Returns a text with its values filled in."""
    plain = {name: _Number(one) if isinstance(one, float) else one for name, one in values.items()}
    return text.format(**plain)


def _told(value: object, language: Language, show: Show | None) -> object:
    """Returns a message in the language, and any other value unchanged."""
    return value.told(language, show) if isinstance(value, Message) else value


# ── as files keep it ─────────────────────────────────────────────────────────────────────────


def kept(text: str) -> Any:
    """Returns a text for JSON: a message as an object with its id and values, any other text unchanged.

    `{"id": "{n} row of {what}", "plural": "{n} rows of {what}", "values": {"n": 2, "what": {"id": "key"}}}`.
    `plural` is present if the English text is not made from `id`. Joined messages have `parts` and the
    separator `between`.
    """
    made = _kept_value(text)
    try:
        return made if _message_of(made) == text else str(text)
    except ValueError:  # a value that JSON does not hold
        return str(text)


def message_of(made: Any, text: str = "") -> str:
    """Returns the message from which `kept` made an object. `text` is the English text stored next to it,
    which takes precedence: an object that does not yield `text` is ignored.

    If there are no id and values, as in files of earlier versions, the text itself is the id, so a sentence
    without values is found in the catalogue.
    """
    try:
        found = _message_of(made)
    except ValueError:
        found = ""
    if found and text in ("", found):
        return found
    return text if "{" in text or "}" in text else tell(text)


TRANSLATABLE = "_translatable"
"""The suffix of the name of the field that stores the ids and values of a sentence, or of several sentences.
"""


def with_ids(name: str, said: str | Sequence[str]) -> dict[str, Any]:
    """Returns the fields that store a sentence, or several, in a file: the English text, and next to it the
    id and values if the sentence has values."""
    if isinstance(said, str):
        made = kept(said)
        return {name: str(said), **({name + TRANSLATABLE: made} if _has_values(made) else {})}
    texts, every = [str(one) for one in said], [kept(one) for one in said]
    return {name: texts, **({name + TRANSLATABLE: every} if any(map(_has_values, every)) else {})}


def message_in(record: Mapping[str, Any], name: str) -> str:
    """Returns the sentence in a field that `with_ids` wrote, as a message."""
    return message_of(record.get(name + TRANSLATABLE), str(record.get(name) or ""))


def messages_in(record: Mapping[str, Any], name: str) -> list[str]:
    """Returns the sentences in a field that `with_ids` wrote, as messages."""
    texts = [str(one) for one in record.get(name) or ()]
    every = record.get(name + TRANSLATABLE)
    if not isinstance(every, list) or len(every) != len(texts):
        every = [None] * len(texts)
    return [message_of(made, text) for made, text in zip(every, texts, strict=True)]


def without_ids(data: Any) -> Any:
    """Returns the data of a file without the fields that `with_ids` adds, so that files of different versions
    can be compared."""
    if isinstance(data, Mapping):
        return {k: without_ids(one) for k, one in data.items() if not str(k).endswith(TRANSLATABLE)}
    return [without_ids(one) for one in data] if isinstance(data, list | tuple) else data


def _has_values(made: Any) -> bool:
    return isinstance(made, dict) and made.keys() != {"id"}


def _kept_value(value: object) -> Any:
    if isinstance(value, Message):
        return value._kept()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool | int | float | None):
        return value
    item = getattr(value, "item", None)  # a number of numpy
    return item() if item is not None else str(value)


_MOST_NESTED = 12
_FIELD, _SPEC = re.compile("[a-z_][a-z0-9_]*"), re.compile("[+,]?[0-9]{0,2},?([.][0-9]{1,2})?[a-zA-Z%]?")


def _message_of(made: Any, depth: int = 0) -> str:
    """Returns the message of an object that `kept` made. Raises ValueError for anything else, so that a file
    cannot make Python look up attributes of a value or pad it to any width."""
    if isinstance(made, str):
        return made
    if not isinstance(made, dict) or depth > _MOST_NESTED:
        raise ValueError

    def value(one: Any) -> Any:
        return _message_of(one, depth + 1) if isinstance(one, dict) else one

    match made:
        case {"parts": [*parts], "between": between}:
            texts = [value(one) for one in (between, *parts)]
            if not all(isinstance(one, str) for one in texts):
                raise ValueError
            return joined(texts[1:], texts[0])
        case {"option": str(name)}:
            return option(name, str(made.get("argument", "")), str(made.get("command", "")))
        case {"command": str(name)}:
            return command(name, str(made.get("rest", "")))
        case {"id": str(msgid)}:
            many, values = made.get("plural", msgid), made.get("values", {})
            if not isinstance(values, dict) or not isinstance(many, str):
                raise ValueError
            for sentence in (msgid, many):
                for _, field, spec, _ in Formatter().parse(sentence):
                    if field is not None and not (_FIELD.fullmatch(field) and _SPEC.fullmatch(spec or "")):
                        raise ValueError
            try:
                return _message(msgid, many, {str(key): value(one) for key, one in values.items()})
            except (KeyError, IndexError, TypeError) as error:
                raise ValueError from error
    raise ValueError
