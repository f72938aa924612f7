"""A sentence for a user: its English, and the Thai that the catalogues of `locale/th` have for it.

A `Message` is its English sentence, as any text is, and remembers what it was made of; its Thai is looked up
when somebody asks for it, so that a command that speaks English reads no catalogue.

    tell("{path} is not a file: name the answers", path=path)
    tell_n("{n} row was set aside", "{n} rows were set aside", n)

The English text is the msgid, whole: a sentence that is glued from halves has no Thai. What is the same in
both languages (a code, a path, a number) is a value; a value that is itself a message is told in the
language of its sentence. An option or a command that a sentence names is a value, too (`option`, `command`):
the command line shows what to type, a page the name of its field or button. `scripts/words` keeps the
catalogues.

A file keeps a sentence as its English text, for people who open it, and beside that its id and its values
(`with_ids`), of which the message is made again (`message_in`).
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
"""A catalogue for each room of the package."""


class Pair(Protocol):
    """A text in both languages: a `Message`, or a model's `Bilingual`."""

    @property
    def th(self) -> str:
        """In Thai."""

    @property
    def en(self) -> str:
        """In English."""


class Message(str):
    """A text in English that has its Thai.

    It is equal to the English, and is sorted, printed and written to JSON as that. What makes another text
    of it (`+`, `strip`, an f-string) makes a text without Thai.
    """

    __slots__ = ("_many", "_values", "msgid")
    _many: str
    _values: dict[str, Any]
    msgid: str

    @property
    def en(self) -> str:
        """The English sentence, a plain text."""
        return str(self)

    @property
    def th(self) -> str:
        """The Thai sentence; the English where no catalogue has it, unless its values are all its words."""
        return self.told("th")

    def told(self, language: Language, show: Show | None = None) -> str:
        """The sentence in a language, with options and commands as `show` has them."""
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
        """The options of commands that it names."""
        return [one for one in getattr(self, "_values", {}).values() if isinstance(one, OptionName)]

    def _kept(self) -> dict[str, Any]:
        """What `kept` makes of it."""
        plural = {"plural": self._many} if self._many != self.msgid else {}
        values = {name: _kept_value(one) for name, one in self._values.items()}
        return {"id": self.msgid, **plural, **({"values": values} if values else {})}

    def __reduce__(self) -> tuple[Any, ...]:
        return _message, (self.msgid, self._many, self._values)


class _Joined(Message):
    """Messages one after the other; `msgid` is empty, for the parts have their own."""

    __slots__ = ("_between", "_parts")
    _parts: tuple[str, ...]
    _between: str

    def told(self, language: Language, show: Show | None = None) -> str:
        """Each part in the language, and what stands between them."""
        between = str(_told(self._between, language, show))
        return between.join(str(_told(part, language, show)) for part in self._parts)

    def _kept(self) -> dict[str, Any]:
        return {"parts": list(map(_kept_value, self._parts)), "between": _kept_value(self._between)}

    def __reduce__(self) -> tuple[Any, ...]:
        return joined, (self._parts, self._between)


class OptionName(Message):
    """An option of a command, in a sentence: `--method` on the command line, the name of a field on a page.

    `argument` is what is typed behind it, which a page does not show; `command` the command that it is of
    (`bank import`), where commands have options of one name that pages call differently.
    """

    __slots__ = ("argument", "command", "name")
    name: str
    argument: str
    command: str

    def told(self, language: Language, show: Show | None = None) -> str:
        """As `show` has it, else as it is typed."""
        shown = None if show is None else show(self)
        return _typed_in(language, self) if shown is None else str(_told(shown, language, show))

    def _kept(self) -> dict[str, Any]:
        said = {"option": self.name, "argument": self.argument, "command": self.command}
        return {name: text for name, text in said.items() if text}

    def __reduce__(self) -> tuple[Any, ...]:
        return option, (self.name, self.argument, self.command)


class CommandName(Message):
    """A command in a sentence, with what is typed behind it: `` `examgen unit diff A B` `` on the command
    line, the page or the button that does it on a page."""

    __slots__ = ("name", "rest")
    name: str
    rest: str

    def told(self, language: Language, show: Show | None = None) -> str:
        """As `show` has it, else as it is typed."""
        shown = None if show is None else show(self)
        return _typed_in(language, self) if shown is None else str(_told(shown, language, show))

    def _kept(self) -> dict[str, Any]:
        return {"command": self.name, **({"rest": self.rest} if self.rest else {})}

    def __reduce__(self) -> tuple[Any, ...]:
        return command, (self.name, self.rest)


class Typed(Message):
    """What is typed on the command line; placeholders (`NAME`) are words of the reader's language."""

    __slots__ = ()

    def told(self, language: Language, show: Show | None = None) -> str:
        """As it is typed."""
        return _typed_in(language, self)

    def _kept(self) -> str:  # type: ignore[override]
        return str(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return as_typed, (str(self),)


Show = Callable[[OptionName | CommandName], str | None]
"""An option or a command → what a page calls it; None where it has no name there."""


def tell(msgid: str, /, **values: object) -> Message:
    """A sentence with its values, `{name}` in the text, as `str.format` has them (`{n:,}`, `{name!r}`)."""
    return _message(msgid, msgid, values)


def tell_n(one: str, many: str, n: int, /, **values: object) -> Message:
    """A sentence that has another form where `n` is not 1; `{n}` in the text is that number."""
    return _message(one, one if n == 1 else many, {"n": n, **values})


def joined(parts: Iterable[str], between: str = ", ") -> Message:
    """Texts one after the other, as a message: of those that are messages, and of `between`, each language
    takes its own."""
    kept = tuple(parts)
    made = str.__new__(_Joined, str(between).join(kept))
    made.msgid, made._parts, made._between = "", kept, between
    return made


def option(name: str, argument: str = "", command: str = "") -> OptionName:
    """An option of the command line, without its dashes, as a value of a sentence, and what is typed behind
    it."""
    made = str.__new__(OptionName, f"--{name}{f' {argument}' if argument else ''}")
    made.msgid, made._many, made._values = "", "", {}
    made.name, made.argument, made.command = name, argument, command
    return made


def command(name: str, rest: str = "") -> CommandName:
    """A command, without `examgen`, and what is typed behind it, as a value of a sentence."""
    made = str.__new__(CommandName, f"`examgen {name}{f' {rest}' if rest else ''}`")
    made.msgid, made._many, made._values, made.name, made.rest = "", "", {}, name, rest
    return made


def as_typed(text: str) -> Typed:
    """Words of the command line, or the placeholder of one, as a value of a sentence."""
    made = str.__new__(Typed, text)
    made.msgid, made._many, made._values = "", "", {}
    return made


def listed(parts: Iterable[str]) -> Message:
    """`a, b and c`."""
    *most, last = parts
    return tell("{most} and {last}", most=joined(most), last=last) if most else joined([last])


def either(parts: Iterable[str]) -> Message:
    """`a, b or c`."""
    *most, last = parts
    return tell("{most} or {last}", most=joined(most), last=last) if most else joined([last])


def noted(msgid: str) -> str:
    """The text as it is, for the catalogue: a msgid of a table, from which `tell` makes a message later."""
    return msgid


def spoken(msgid: str) -> str:
    """The same of a sentence of reports, whose Thai is in the catalogue of the templates."""
    return msgid


def of_n(one: str, many: str) -> tuple[str, str]:
    """The same, of one and of several."""
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
"""Words that stand for a value to type, in help and in commands to type next."""
_PLACEHOLDER = re.compile(r"(?<![^\s|,\[])[A-Z][A-Z_]+(?![^\s|,.…`\]])")


def _typed_in(language: Language, text: str) -> str:
    """What is typed, with the placeholders of that language."""

    def word(found: re.Match[str]) -> str:
        one = found[0]
        return (thai_of(one) if one in PLACEHOLDERS else None) or one

    return _PLACEHOLDER.sub(word, text) if language == "th" else str(text)


def has_words(msgid: str) -> bool:
    """Whether a text says anything but its values, so that it is to be translated."""
    return _WORD.search(_PLACE.sub("", msgid)) is not None


_WORD, _PLACE = re.compile("[A-Za-z]{2}"), re.compile(r"\{[^{}]*\}")


def in_language(text: str, language: Language, show: Show | None = None) -> str:
    """A plain text in the language: what a message says in it, with options and commands as `show` has them;
    any other text as it is."""
    return str(_told(text, language, show))


def thai_of(msgid: str) -> str | None:
    """The Thai of a text of the catalogues, its values not yet filled in; None where they have none."""
    return _catalogues().get(msgid)


_QUOTED = r'".*"(?:\n".*")*'
_ENTRY = re.compile(
    rf"^msgid ({_QUOTED})\n(?:msgid_plural {_QUOTED}\n)?msgstr(?:\[0\])? ({_QUOTED})$", re.MULTILINE
)


@cache
def _catalogues() -> dict[str, str]:
    """As `scripts/words` writes them; a test holds this to what Babel reads, for which every command that
    says something in both languages would wait ten times as long."""
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
    """A number of a sentence: one that is rounded to nought has no sign."""

    def __format__(self, spec: str) -> str:
        text = float.__format__(self, spec)
        return text[1:] if text[:1] == "-" and not _NOT_NOUGHT.search(text) else text


_NOT_NOUGHT = re.compile("[1-9a-z]")


def _filled(text: str, values: Mapping[str, object]) -> str:
    """A text with its values in their places."""
    plain = {name: _Number(one) if isinstance(one, float) else one for name, one in values.items()}
    return text.format(**plain)


def _told(value: object, language: Language, show: Show | None) -> object:
    """What a language has in place of a value: a message told in it, any other value as it is."""
    return value.told(language, show) if isinstance(value, Message) else value


# ── as files keep it ─────────────────────────────────────────────────────────────────────────


def kept(text: str) -> Any:
    """A text as JSON has it: a message as an object of its id and its values, any other as it is.

    `{"id": "{n} row of {what}", "plural": "{n} rows of {what}", "values": {"n": 2, "what": {"id": "key"}}}`,
    `plural` where `id` is not the English form of that number; texts one after the other are `parts`, and
    what stands `between` them.
    """
    made = _kept_value(text)
    try:
        return made if _message_of(made) == text else str(text)
    except ValueError:  # a value that JSON does not hold
        return str(text)


def message_of(made: Any, text: str = "") -> str:
    """The message that `kept` made. A file has its English beside it, which counts: what does not say `text`
    is not taken.

    Without id and values, as in files of earlier versions, the text itself is the id: a sentence without
    values is found in the catalogue.
    """
    try:
        found = _message_of(made)
    except ValueError:
        found = ""
    if found and text in ("", found):
        return found
    return text if "{" in text or "}" in text else tell(text)


TRANSLATABLE = "_translatable"
"""What the name of a field ends with that has id and values of the sentence, or sentences, beside it."""


def with_ids(name: str, said: str | Sequence[str]) -> dict[str, Any]:
    """A field of a file: the English text, or texts, and beside it the same by id and values, which a text
    without values does not need."""
    if isinstance(said, str):
        made = kept(said)
        return {name: str(said), **({name + TRANSLATABLE: made} if _has_values(made) else {})}
    texts, every = [str(one) for one in said], [kept(one) for one in said]
    return {name: texts, **({name + TRANSLATABLE: every} if any(map(_has_values, every)) else {})}


def message_in(record: Mapping[str, Any], name: str) -> str:
    """The sentence of a field that `with_ids` wrote, as a message."""
    return message_of(record.get(name + TRANSLATABLE), str(record.get(name) or ""))


def messages_in(record: Mapping[str, Any], name: str) -> list[str]:
    """The same of a list of sentences."""
    texts = [str(one) for one in record.get(name) or ()]
    every = record.get(name + TRANSLATABLE)
    if not isinstance(every, list) or len(every) != len(texts):
        every = [None] * len(texts)
    return [message_of(made, text) for made, text in zip(every, texts, strict=True)]


def without_ids(data: Any) -> Any:
    """Data of a file without what `with_ids` adds: what it says, whichever version wrote it."""
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
    """Raises ValueError where it is nothing that `kept` makes: a file does not say what Python looks up in a
    value, nor how wide it is written."""
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
