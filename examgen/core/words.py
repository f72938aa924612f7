"""A sentence for a user: its English, and the Thai that the catalogues of `locale/th` have for it.

A `Message` is its English sentence, as any text is, and remembers what it was made of; its Thai is looked up
when somebody asks for it, so that a command that speaks English reads no catalogue.

    tell("{path} is not a file: name the answers", path=path)
    tell_n("{n} row was set aside", "{n} rows were set aside", n)

The English text is the msgid, whole: a sentence that is glued from halves has no Thai. What is the same in
both languages (a code, a path, a number) is a value; a value that is itself a message is told in the
language of its sentence. `scripts/words` keeps the catalogues.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal, Protocol, overload

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
        thai = thai_of(self.msgid)
        if thai is None and not has_words(self.msgid):
            thai = self.msgid
        return self.en if thai is None else _filled(thai, {k: _th(one) for k, one in self._values.items()})

    def __reduce__(self) -> tuple[Any, ...]:
        return _message, (self.msgid, self._many, self._values)


class _Joined(Message):
    """Messages one after the other; `msgid` is empty, for the parts have their own."""

    __slots__ = ("_between", "_parts")
    _parts: tuple[str, ...]
    _between: str

    @property
    def th(self) -> str:
        """The Thai of each part, and that of what stands between them."""
        return str(_th(self._between)).join(str(_th(part)) for part in self._parts)

    def __reduce__(self) -> tuple[Any, ...]:
        return joined, (self._parts, self._between)


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


def reworded(text: str, instead: Mapping[str, str]) -> str:
    """A text with the sentences that `instead` has, by msgid, said otherwise with the same values."""
    if isinstance(text, _Joined):
        return joined([reworded(part, instead) for part in text._parts], reworded(text._between, instead))
    if not isinstance(text, Message):
        return text
    values = {
        name: reworded(one, instead) if isinstance(one, Message) else one
        for name, one in text._values.items()
    }
    if text.msgid in instead:
        return tell(instead[text.msgid], **values)
    return _message(text.msgid, text._many, values) if values != text._values else text


@overload
def revalued(text: Message, name: str, told: Callable[[Any], object]) -> Message: ...
@overload
def revalued(text: str, name: str, told: Callable[[Any], object]) -> str: ...
def revalued(text: str, name: str, told: Callable[[Any], object]) -> str:
    """A text with another value in each place of a name: what is told of the one that stands there."""
    if isinstance(text, _Joined):
        return joined([revalued(part, name, told) for part in text._parts], text._between)
    if not isinstance(text, Message):
        return text
    values = {
        own: revalued(one, name, told) if isinstance(one, Message) else told(one) if own == name else one
        for own, one in text._values.items()
    }
    return _message(text.msgid, text._many, values) if values != text._values else text


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


def has_words(msgid: str) -> bool:
    """Whether a text says anything but its values, so that it is to be translated."""
    return _WORD.search(_PLACE.sub("", msgid)) is not None


_WORD, _PLACE = re.compile("[A-Za-z]{2}"), re.compile(r"\{[^{}]*\}")


def recognised(text: str, msgids: Iterable[str], of_values: Collection[str] = ()) -> str:
    """A sentence that a file keeps in English, as the message of those that it was; any other as it is. Its
    values are texts, or messages of `of_values`."""
    for msgid in msgids:
        if found := _pattern(msgid).fullmatch(text):
            return tell(
                msgid, **{name: recognised(one, of_values) for name, one in found.groupdict().items()}
            )
    return text


@cache
def _pattern(msgid: str) -> re.Pattern[str]:
    parts, seen = [], set[str]()
    for said, name, _, _ in Formatter().parse(msgid):
        parts.append(re.escape(said))
        if name is not None:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.+?)")
            seen.add(name)
    return re.compile("".join(parts), re.DOTALL)


def in_language(text: str, language: Language) -> str:
    """A plain text in the language: what a message says in it, any other text as it is."""
    return str(_th(text)) if language == "th" else str(text)


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


def _th(value: object) -> object:
    """What Thai has in place of a value: a message's Thai, any other value as it is."""
    return value.th if isinstance(value, Message) else value
