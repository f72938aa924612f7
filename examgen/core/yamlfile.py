"""Reads YAML text into checked models, and reports problems with their line numbers. Only plain data is
built.

The text is read by libyaml's safe loader. Some things that YAML accepts silently are reported as faults: a
field written twice, an anchor, a value such as `no` or `1:30` that YAML reads as something other than text.
"""

from __future__ import annotations

import datetime
import difflib  # only for faults
import pathlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import yaml

from examgen.core.files import read_files
from examgen.core.problems import Problem, Refused
from examgen.core.text.characters import LETTER_PLACES, LETTERS, direction_mark, turned
from examgen.core.words import Message, either, joined, noted, tell, tell_n

if TYPE_CHECKING:
    from pydantic import BaseModel

# PyYAML without libyaml gives the same result, more slowly
SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

M = TypeVar("M", bound="BaseModel")
Path = Sequence[int | str]

_DEEPEST = 100
MOST_MEGABYTES = 50
LONGEST = 20_000_000
MOST_PARTS = 1_000_000
"""The limits of a file: megabytes, characters, and lines and fields (each takes half a kilobyte of memory).
"""
_LONGEST_NUMBER = 100
_CLOSED = re.compile(r"""^[ -]*\w+: \[[^][{}"'#\n]*\]$""", re.MULTILINE)
"""A line with a list in brackets that is closed on the same line, as most lists in a bank are: `levels: [3,
4]`."""
MOST_OF_A_KIND = 100
"""The most faults of one kind that are listed for a file or an item."""

_WHOLE, _LIST = noted("must be a whole number"), noted("must be a list")
_NUMBER, _DAY = noted("must be a number"), noted("must be a date such as 2026-11-22")
_TRUE = noted("must be true or false")
_SAID = {
    "greater_than_equal": noted("must be at least {ge}"),
    "less_than_equal": noted("must be at most {le}"),
    "greater_than": noted("must be more than {gt}"),
    "less_than": noted("must be less than {lt}"),
    "multiple_of": noted("must be a multiple of {multiple_of}"),
    "string_too_short": noted("must have at least {min_length} characters"),
    "string_too_long": noted("must have at most {max_length} characters"),
    "string_pattern_mismatch": noted("must match the pattern {pattern}"),  # of no field: see _OF_PATTERNS
    "too_short": noted("must have at least {min_length} entries"),
    "too_long": noted("must have at most {max_length} entries"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), _WHOLE),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), _NUMBER),
    **dict.fromkeys(("bool_type", "bool_parsing"), _TRUE),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), _LIST),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), _DAY
    ),
    **dict.fromkeys(("dict_type", "mapping_type"), noted("must be fields with values")),
}
"""Our messages in place of pydantic's, by pydantic's name of the fault. The values come from pydantic."""
_ADDRESS = noted("must be an address that begins with https:// or http://, without spaces")
_OF_PATTERNS = {
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$": noted(
        "must contain only Latin letters, digits, . _ -, and begin with a letter or digit"
    ),
    r"^[A-Za-z0-9-](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?$": noted(
        "must contain only Latin letters, digits, . _ -, and must not begin or end with a period"
    ),
    r"^[A-Za-z0-9._@+-]{1,150}$": noted("must contain only Latin letters, digits, . _ @ + -"),
    r"^[a-z][a-z0-9_]{0,39}$": noted(
        "must contain only small Latin letters, digits and _, and begin with a letter"
    ),
    r"^[a-z]$": noted("must be one small Latin letter"),
    r"^[^\s/\\,|.][^\s/\\,|]*$": noted(
        "must have no spaces and no / \\ , | and must not begin with a period"
    ),
    r"^[0-9a-f]{64}$": noted("must be a SHA-256 (64 characters, 0–9 and a–f)"),
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": noted("must be a time such as 09:00"),
    r"^https?://[!-~]{3,200}$": _ADDRESS,
    r"https?://[!-~]{3,200}": _ADDRESS,
    r"(mailto:|https://)[!-~]{3,200}": noted("must begin with mailto: or https://, without spaces"),
    r"[!-~]{1,200}": noted("must be the name of a machine, without spaces"),
    r"/[!-~]{1,400}": noted("must be a path that begins with /, without spaces"),
    r"[^\r\n@]{1,100}@[^\r\n@]{1,100}": noted("must be an e-mail address"),
}
"""The message for a value that does not match the pattern of its field, by pattern."""
_EMPTY = {"string_too_short": noted("must not be empty"), "too_short": noted("must have at least one entry")}
"""The messages for an empty value if at least one character or entry is required."""

_DECIMAL_COMMA = re.compile(r"^-?\d+,\d+$")
_BRANCH = re.compile(r"[\[(]|^(int|str)$")
_CODES = {"missing": "field-missing", "extra_forbidden": "field-unknown"}
_OF_LIBYAML = {
    "mapping values are not allowed": noted("a colon is where no field can begin"),
    "did not find expected key": noted("no field begins here. Check the indentation, quotes and brackets."),
    "did not find expected '-' indicator": noted("a list entry has no hyphen or wrong indentation"),
    "did not find expected ',' or ']'": noted("a list in brackets is not closed"),
    "did not find expected ',' or '}'": noted("fields in braces are not closed"),
    "did not find expected node content": noted("a value is missing"),
    "could not find expected ':'": noted("a field lacks its colon"),
    "found unexpected end of stream": noted("a quotation mark is not closed"),
    "found unexpected document indicator": noted("a quotation mark is not closed"),
    "cannot start any token": noted("a value begins with a tab, or with a character that needs quotes"),
    "found unknown escape character": noted("a backslash in double quotes is before an unsupported letter"),
    "tab": noted("a line is indented with a tab. Use spaces."),
    "control characters are not allowed": noted("it contains a control character"),
    "special characters are not allowed": noted("it contains a control character"),
    "block sequence entries are not allowed": noted("a list begins where none can"),
    "block mapping": noted("no field begins here. Check the indentation, quotes and brackets."),
    "did not find expected <document start>": noted("there is text before or after the document"),
    "comment or line break": noted("there is text after | or > on the line"),
    "found another document": noted("a line --- splits it into several documents. Keep one."),
    "directive": noted("a percent sign begins a line. Put it into quotes."),
    "found undefined alias": noted("an asterisk begins a value. Put it into quotes."),
    "expected alphabetic or numeric character": noted("a value begins with & or *. Put it into quotes."),
    "undefined tag": noted("an exclamation mark begins a value. Put it into quotes."),
    "could not determine a constructor": noted("an exclamation mark begins a value. Put it into quotes."),
}
"""Our messages in place of a YAML reader's, by a part of the original text. Other messages are left
unchanged."""
_SCALAR_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "timestamp")}


@dataclass(frozen=True)
class Document:
    """The plain data of a YAML text, and its tree of nodes, which has the line of each part."""

    source: str
    data: Any
    root: yaml.Node | None

    def line(self, path: Path) -> int:
        """Returns the line (from 1) of the part that `path` leads to, or of the deepest part that exists; a
        plain value has the line of its field. In a document with faults, always returns the first line,
        because its tree may contain itself."""
        if self.root is None:
            return 1
        node, line = self.root, self.root.start_mark.line
        for step in path if self.data is not None else ():
            if isinstance(node, yaml.MappingNode):
                pair = next((pair for pair in node.value if pair[0].value == str(step)), None)
                if pair is None:
                    break
                key, node = pair
                line = (key if isinstance(node, yaml.ScalarNode) else node).start_mark.line
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line
            else:
                break
        return int(line) + 1

    def written(self, path: Path) -> str | None:
        """Returns the value that `path` leads to as written in the file, such as `0012`, which YAML reads as
        10. None if it is not a single value."""
        node = self.root
        for step in path:
            if isinstance(node, yaml.MappingNode):
                node = next((value for key, value in node.value if key.value == str(step)), None)
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            else:
                return None
        return node.value if isinstance(node, yaml.ScalarNode) else None

    def at(self, path: Path) -> str:
        """Returns the source of that part as `file:line`."""
        return f"{self.source}:{self.line(path)}"


def load(data: bytes) -> Any:
    """Returns the plain data of a YAML file that examgen wrote. Raises ValueError if it is damaged."""
    text = data.decode("utf-8-sig")
    if is_too_deep(text):
        raise ValueError("nested too deeply")
    try:
        return yaml.load(text, Loader=SafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def is_too_deep(text: str) -> bool:
    """Returns whether the nesting is deep enough to exhaust the parser's stack, which would end the process.

    Only text that could nest so deeply is parsed for this check, so ordinary files take no extra time.
    """
    brackets = text.count("[") + text.count("{")
    if brackets >= _DEEPEST:
        brackets -= len(_CLOSED.findall(text))
    dashes = text.count("- ") + text.count("? ")
    if dashes >= _DEEPEST:
        long = (line for line in text.splitlines() if len(line) >= 2 * _DEEPEST)
        dashes = max((line.count("- ") + line.count("? ") for line in long), default=0)
    if brackets < _DEEPEST and dashes < _DEEPEST and "\n" + " " * _DEEPEST not in text:
        return False
    depth = 0
    try:
        for event in yaml.parse(text, Loader=SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                return True
    except yaml.YAMLError:
        pass
    return False


def parse(text: str, source: str) -> tuple[Document, list[Problem]]:
    """Returns the plain data of one YAML document, and the faults that make it unreadable or ambiguous."""
    nothing = Document(source, None, None)
    n_parts = sum(map(text.count, "\n,:[{"))  # each part of a tree has one of these characters before it
    if len(text) > LONGEST or n_parts > MOST_PARTS:
        message = tell(
            "is too large ({n:,} characters, {n_parts:,} lines and fields). Split it.",
            n=len(text),
            n_parts=n_parts,
        )
        return nothing, [Problem(source, "yaml-too-large", message)]
    if is_too_deep(text):
        return nothing, [Problem(source, "yaml-depth", tell("is nested too deeply"))]
    if not text.isascii() and direction_mark(text):
        lines = ((n, turned(line)) for n, line in enumerate(text.splitlines(), start=1))
        found = [Problem(f"{source}:{n}", "direction-mark", fault) for n, fault in lines if fault]
        if found:
            return nothing, found[:MOST_OF_A_KIND]
    try:
        return _read(text, source)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        last = max(1, len(text.splitlines()))
        where = f"{source}:{min(mark.line + 1, last)}" if mark else source
        said = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        reason = next((tell(words) for part, words in _OF_LIBYAML.items() if part in said), said)
        message = tell("is not YAML: {reason} (a text with ': ' or '#' needs quotes)", reason=reason)
        return nothing, [Problem(where, "yaml-syntax", message)]
    except (ValueError, RecursionError) as error:
        return nothing, [Problem(source, "yaml-value", tell("cannot be read: {error}", error=error))]


def _read(text: str, source: str) -> tuple[Document, list[Problem]]:
    root = yaml.compose(text, Loader=SafeLoader)
    if root is None:
        return Document(source, None, None), []
    if problems := list(_ambiguities(root, source)):
        return Document(source, None, root), problems
    return Document(source, yaml.constructor.SafeConstructor().construct_document(root), root), []


def _ambiguities(root: yaml.Node, source: str) -> Iterator[Problem]:
    """Yields the faults of a tree: fields written twice, anchors (nodes reached twice), and numbers that are
    too long."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            where = f"{source}:{node.start_mark.line + 1}"
            yield Problem(
                where, "yaml-anchor", tell("anchors and aliases are not supported. Write the value itself.")
            )
            return
        seen.add(id(node))
        where = f"{source}:{node.start_mark.line + 1}"
        if isinstance(node, yaml.ScalarNode):
            if node.tag in _SCALAR_TAGS and len(node.value) > _LONGEST_NUMBER:
                message = tell("is too long a number. If it is text, put it in quotes.")
                yield Problem(where, "yaml-value", message)
            elif fault := turned(node.value):
                yield Problem(where, "direction-mark", fault)
        elif isinstance(node, yaml.SequenceNode):
            stack.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            stack.extend(part for pair in node.value for part in pair)
            fields: set[str] = set()
            for key, _ in node.value:
                if isinstance(key.value, str) and key.value in fields:
                    where = f"{source}:{key.start_mark.line + 1}"
                    yield Problem(where, "field-twice", tell("is written twice. Keep one."), field=key.value)
                fields.add(str(key.value))


def validate(
    document: Document, path: Path, data: Any, model: type[M], item: str | None = None
) -> tuple[M | None, list[Problem]]:
    """Validates `data`, found at `path` in the document, as a `model`. Returns the model, or None and all
    faults."""
    from pydantic import ValidationError

    try:
        return model.model_validate(data), []
    except ValidationError as error:
        faults: list[dict[str, Any]] = [dict(fault) for fault in error.errors(include_url=False)]
        deeper = {tuple(fault["loc"][:n]) for fault in faults for n in range(len(fault["loc"]))}
        told, found = Counter[str](), []
        for fault in faults:
            # pydantic also calls a list too short if its only member is faulty
            if fault["type"] != "too_short" or tuple(fault["loc"]) not in deeper:
                told[fault["type"]] += 1
                if told[fault["type"]] <= MOST_OF_A_KIND:
                    found.append(_fault(document, path, fault, model, item))
        for kind, n in told.items():
            if n > MOST_OF_A_KIND:
                message = tell_n(
                    "… and {n:,} more error of this kind",
                    "… and {n:,} more errors of this kind",
                    n - MOST_OF_A_KIND,
                )
                code = _CODES.get(kind, "value")
                found.append(Problem(document.at(path), code, message, item=item))
        return None, found


def _fault(
    document: Document, path: Path, fault: dict[str, Any], model: type[M], item: str | None
) -> Problem:
    # leave out the parts that come from pydantic, not from the user
    location = [one for one in fault["loc"] if not (isinstance(one, str) and _BRANCH.search(one))]
    field = ".".join(str(part) for part in location) or None
    message = fault_words(fault)
    if fault["type"] == "missing":
        message = tell("is missing")
    elif fault["type"] == "extra_forbidden":
        near = suggestion(str(location[-1]), model_fields(_model_at(model, location[:-1])))
        message = tell("is not a field here{suggestion}", suggestion=near)
    elif fault["type"] in ("model_type", "model_attributes_type"):
        written = tell("is empty") if fault["input"] is None else tell("is not a list of fields with values")
        message = tell("{written}. Write one `field: value` per line.", written=written)
    elif fault["type"] == "string_type":
        as_written = document.written([*path, *location]) or _shown(fault["input"])
        message = tell("must be text. Put {input} in quotes.", input=as_written)
    elif not isinstance(fault["input"], dict | list | tuple) and fault["input"] not in (None, ""):
        message = tell("{message} (found {input})", message=message, input=_shown(fault["input"]))
    code = _CODES.get(fault["type"], "value")
    return Problem(document.at([*path, *location]), code, message, item=item, field=field)


def _model_at(model: type[BaseModel], location: Path) -> type[BaseModel]:
    """Returns the model of the part that a location leads to, as far as its steps are names of fields."""
    here = model
    for step in location:
        fields = {field.alias or name: field for name, field in here.model_fields.items()}
        if isinstance(step, int) or step not in fields:
            continue
        inside = [fields[step].annotation]
        while inside:
            one = inside.pop()
            if isinstance(one, type) and hasattr(one, "model_fields"):
                here = one
                break
            inside += get_args(one)
    return here


def fault_words(fault: Mapping[str, Any]) -> Message:
    """Returns our message for a fault found by pydantic or by a validator of a model."""
    given, kind = fault.get("ctx") or {}, fault["type"]
    if kind in ("value_error", "assertion_error"):
        said = next(iter(given["error"].args), "")
        plain = str(fault["msg"]).removeprefix("Value error, ")
        return said if isinstance(said, Message) else joined([plain])
    if kind == "union_tag_invalid":
        return tell(
            "{field} must be {expected}, not {input}",
            field=str(given["discriminator"]).strip("'"),
            expected=either(given["expected_tags"].replace("'", "").split(", ")),
            input=str(given["tag"]),
        )
    if kind == "union_tag_not_found":
        return tell("the field {field} is missing", field=str(given["discriminator"]).strip("'"))
    if kind in ("float_type", "float_parsing", "int_parsing") and _DECIMAL_COMMA.match(str(fault["input"])):
        right = str(fault["input"]).replace(",", ".")
        return tell("must be a number with a decimal point ({right})", right=right)
    if kind in ("literal_error", "enum"):
        return tell("must be {expected}", expected=either(re.split(", | or ", given["expected"])))
    if kind == "string_pattern_mismatch" and given["pattern"] == "^[a-z]$":
        place = LETTER_PLACES.get(str(fault["input"]).strip().rstrip(".").upper())
        if place is not None:
            return tell(
                "must be {letter}, the letter of the option in the file", letter=LETTERS[place].lower()
            )
    if kind == "string_pattern_mismatch" and given["pattern"] in _OF_PATTERNS:
        return tell(_OF_PATTERNS[given["pattern"]])
    if kind in _EMPTY and given["min_length"] == 1:
        return tell(_EMPTY[kind])
    return tell(_SAID[kind], **given) if kind in _SAID else joined([str(fault["msg"])])


def _shown(value: object) -> str:
    try:
        text = str(value) if isinstance(value, datetime.date) else repr(value)
    except ValueError:  # a whole number with thousands of digits
        return tell("a very long number")
    return text if len(text) <= 80 else f"{text[:80]}…"


def model_fields(model: type[BaseModel]) -> list[str]:
    """The names of a model's fields as users write them."""
    return [field.alias or name for name, field in model.model_fields.items()]


_MOST_NEAR = 5


def nearest(written: str, known: Sequence[str], cutoff: float = 0.6) -> list[str]:
    """Returns the known names most similar to what was written: all that are equally similar, but none if
    there are more than five."""
    near = difflib.get_close_matches(written, known, n=_MOST_NEAR + 1, cutoff=cutoff)
    match = difflib.SequenceMatcher(b=written)

    def nearness(name: str) -> float:
        match.set_seq1(name)
        return match.ratio()

    equal = [name for name in near if nearness(name) == nearness(near[0])]
    return sorted(equal) if len(equal) <= _MOST_NEAR else []


def suggestion(written: str, known: Sequence[str]) -> str:
    """Returns the end of a message: `Did you mean …?` with the nearest names, else the known names if there
    are at most 20, else nothing."""
    if near := nearest(written, known):
        return tell(". Did you mean {near}?", near=either(near))
    return tell(". Choose one of {known}.", known=", ".join(known)) if 0 < len(known) <= 20 else ""


def read_document(path: pathlib.Path, what: str) -> Document:
    """Reads a YAML file written by a user; `what` is its name in messages. Raises Refused if it is not valid
    YAML."""
    [(source, data)] = read_files([path], MOST_MEGABYTES)
    try:
        document, problems = parse(data.decode("utf-8-sig"), source)
    except UnicodeDecodeError as error:
        message = tell(
            "is not UTF-8 text (byte {start}), but {what} must be a YAML file", start=error.start, what=what
        )
        raise Refused.because(
            "{what} cannot be read", [Problem(source, "encoding", message)], what=what
        ) from error
    if problems:
        raise Refused.because("{what} cannot be read", problems, what=what)
    return document
