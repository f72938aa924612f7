"""Conversion of arguments of analyses to suitable arrays; `ArgumentError` explains an invalid one in one
sentence."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats.matrix import Floats, Ints
from examgen.stats.plain_text import plain_text
from examgen.stats.results import Argument, Note, note_of

_SHOWN = 8
GREATEST_POINTS = 1e9
"""The maximum absolute score, and number of points."""
BLANK_WORDS = frozenset(("", "-", ".", "na", "n/a", "nan", "null", "none"))
"""Texts that mean no answer in the cells of an item, in any case. Elsewhere only an empty cell is blank, and
these texts are names."""
TEXTS: dict[str, str] = {
    "word": "{argument} is {value}; it must be one of {known}",
    "number": "{argument} is {value}; it must be a number",
    "number.from": "{argument} is {value}; it must be a number from {low:g}",
    "number.to": "{argument} is {value}; it must be a number to {high:g}",
    "number.from.to": "{argument} is {value}; it must be a number from {low:g} to {high:g}",
    "chance": "{argument} is {value}; it is a number above 0 and below 1",
    "whole.from": "{argument} is {value}; it must be a whole number from {low}",
    "few-groups": "{groups} names {n} [group|groups] ({names}); expected at least {least}",
    "no-such-group": "{groups} has no group {value}; its groups are {names}",
    "no-group": "left out, in no group: {n:,} [person|persons]",
    "word-as-group": "{groups} contains {names}, which [counts as a group|count as groups]. If [it stands "
    "for|they mean] no group, leave [cells|their cells] blank",
    "groups-by-file": "{groups} contains {names} in one file and {numbers} in another, which count as "
    "different groups. Write each group in one way if they are the same",
    "spaces-around": "{column}: {names} also occur with spaces around them, and count as the same",
    "alike-groups": "{groups} contains groups that differ only in capital letters or spaces: {names}. They "
    "count as different groups",
    "whole.from.to": "{argument} is {value}; it must be a whole number from {low} to {high}",
    "row": "{argument}, row {row}: {fault}",
    "not-a-number": "`{value}` is not a number",
    "no-number": "there is no number",
    "not-whole": "`{value}` is not a whole number",
    "too-low": "{value} is below {low:g}",
    "too-high": "{value} is above {high:g}",
}
"""The messages by code, which ends before a dot."""
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.0+)?")
_CODE = re.compile(r"-[0-9]{1,3}|9{1,3}")
"""What is written for no answer: −1, 9, 99."""
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:e[-+]?[0-9]{1,3})?")


class ArgumentError(ValueError):
    """An argument that does not fit, told in one sentence: its name, what came, what is expected.

    See Also
    --------
    responses : what every verb takes for its data.

    Examples
    --------
    >>> import examgen.stats as es
    >>> es.responses([[0, 1], [1, 0.5]])
    Traceback (most recent call last):
        ...
    examgen.stats.arguments.DataError: data contains cells that are not scores; data: item i2, person 1 \
(counted from 0): `0.5` is half a point, and only item analysis takes half points. Multiply all scores by 2, \
or give total scores where the analysis takes them
    """


class DataError(ArgumentError):
    """Raised if the data do not allow the analysis, whatever the other arguments are. Holds a note for each
    fault."""

    def __str__(self) -> str:
        return "; ".join(": ".join([*_place(note), note]) for note in self.args[:3])


def of_argument(error: ArgumentError, name: str) -> ArgumentError:
    """Return the same error about an argument that is not called `data`."""

    def renamed(value: object) -> object:
        return re.sub(r"^data\b", name, value) if type(value) is str else value

    return type(error)(*(
        Note(one.code, one.text, one.many, **{key: renamed(value) for key, value in one.values.items()})
        if isinstance(one, Note)
        else renamed(one)
        for one in error.args
    ))  # fmt: skip


def _place(note: Note) -> list[str]:
    """What a note is of where its text does not say it: the place in a file with its column, or the argument
    with its row and what else it names."""
    names = ("where", "field") if "where" in note.values else ("argument", "row", "judge", "item")
    return [str(note.values[name]) for name in names if note.is_of(name)]


class RowFaults:
    """Collected faults in the rows of a table given as argument; rows are counted from 0."""

    def __init__(self, argument: str) -> None:
        self.argument = Argument(argument)
        self.notes: list[Note] = []

    def add(self, row: int, field: str | None, fault: Note) -> None:
        """Add a fault in a row and column."""
        values = {"argument": self.argument, "row": row, "field": field, "fault": fault}
        self.notes.append(note_of(TEXTS, "row", values))

    def end(self) -> None:
        """Raise DataError if there are faults."""
        if self.notes:
            raise DataError(*self.notes)


def shown(names: Collection[object]) -> str:
    """Join the first few names for a sentence, with "…" if there are more."""
    first = ", ".join(str(name) for name in list(names)[:_SHOWN])
    return first + (" …" if len(names) > _SHOWN else "")


def kind_of(value: object) -> str:
    """Describe a value for a message: its type, and its shape if it has one."""
    shape = getattr(value, "shape", None)
    return type(value).__name__ + (f" of shape {tuple(shape)}" if isinstance(shape, tuple) else "")


def brief(value: object) -> str:
    """Return a value for a message: its representation if that is short, else its type and shape."""
    if isinstance(value, np.generic):
        value = value.item()
    own = value.__name__ if isinstance(value, type) else repr(value)
    return own if len(own) <= 60 and "\n" not in own else kind_of(value)


def _refused(key: str, name: str, value: object, **values: object) -> ArgumentError:
    return ArgumentError(note_of(TEXTS, key, {"argument": Argument(name), "value": brief(value), **values}))


def word(name: str, value: object, words: Collection[str]) -> str:
    """Return the one of several words that the value matches, ignoring case and reading a space or `_` as
    `-`. Raises ArgumentError, naming all words, if none matches."""
    if isinstance(value, str):
        plain = {re.sub(r"[\s_]+", "-", one.lower()): one for one in words}
        if (found := plain.get(re.sub(r"[\s_]+", "-", value.strip().lower()))) is not None:
            return found
    raise _refused("word", name, value, known=", ".join(words))


def number(name: str, value: object, low: float = -np.inf, high: float = np.inf) -> float:
    """Return a finite number from low to high; raises ArgumentError for anything else."""
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        try:
            own = float(value)
        except OverflowError:
            own = np.inf
        if np.isfinite(own) and low <= own <= high:
            return own
    key = "number" + ".from" * (low > -np.inf) + ".to" * (high < np.inf)
    raise _refused(key, name, value, low=low, high=high)


def chance(name: str, value: object) -> float:
    """Return a number above 0 and below 1; raises ArgumentError for anything else."""
    own = number(name, value)
    if not 0 < own < 1:
        raise _refused("chance", name, own)
    return own


def whole(name: str, value: object, low: int, high: int | None = None) -> int:
    """Return a whole number from low to high; raises ArgumentError for anything else."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        own = int(value)
        if low <= own and (high is None or own <= high):
            return own
    raise _refused("whole.from" if high is None else "whole.from.to", name, value, low=low, high=high)


def truth(name: str, value: object) -> bool:
    """Return True or False; raises ArgumentError for anything else."""
    if isinstance(value, (bool, np.bool_)) or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    raise ArgumentError(f"{name} is {kind_of(value)}; it is True or False")


def collection(name: str, values: object, least: int = 0) -> list[Any]:
    """Return the values of a list, set or array as a list; a text or a number counts as a single value."""
    if values is None or isinstance(values, (str, bytes, bool, int, float, np.generic)):
        return [values]
    found = list(values if isinstance(values, (set, frozenset)) else objects(name, values).tolist())
    if len(found) < least:
        raise ArgumentError(f"{name} is empty; expected one value at least")
    return found


def is_row(values: object) -> bool:
    """Return whether the object is a sequence of values; an array without axes is not."""
    return hasattr(values, "__len__") and getattr(values, "ndim", 1) != 0


def absent(value: object) -> bool:
    """Return whether a value means missing: None, NaN, or NA and NaT of pandas."""
    if value is None:
        return True
    if isinstance(value, (float, np.floating)):
        return bool(np.isnan(value))
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(value))
    return type(value).__name__ in ("NAType", "NaTType")


def present(values: NDArray[Any]) -> NDArray[Any]:
    """Return the values with None for every missing one; an array of numbers is returned unchanged."""
    if values.dtype != object:
        return values
    cells = values.ravel().tolist()
    if set(map(type, cells)) <= {str, int, bool, type(None)}:
        return values
    gone = [absent(one) for one in cells]
    if any(gone):
        values = values.copy()
        values[np.reshape(gone, values.shape)] = None
    return values


def index_of(values: object) -> tuple[str, ...] | None:
    """Return the index labels of a pandas object as texts; None if there is no index."""
    index: Any = getattr(values, "index", None)
    if index is None or callable(index) or not hasattr(index, "to_numpy"):
        return None
    return tuple(map(str, index.to_numpy().tolist()))


def levels_of(values: object) -> list[object] | None:
    """Return the categories of a column in their order, for an Enum of polars or a Categorical of pandas;
    else None."""
    kind = getattr(values, "dtype", None)
    if isinstance(kind, pl.Enum):
        return kind.categories.to_list()
    categories = None if isinstance(kind, (pl.DataType, np.dtype)) else getattr(kind, "categories", None)
    return None if categories is None else list(categories.tolist())


def objects(name: str, values: object) -> NDArray[Any]:
    """Return the values of a list, an array or a column as an array (n,), with None for missing ones."""
    if isinstance(values, (str, bytes, Mapping)) or not is_row(values):
        raise ArgumentError(f"{name} is {kind_of(values)}; it must be a list, an array or a column of values")
    if hasattr(values, "to_numpy"):
        try:
            own = np.asarray(values.to_numpy())
        except Exception:
            raise ArgumentError(f"{name} is {kind_of(values)}, which could not be read") from None
    else:
        try:
            own = np.asarray(values)
        except (ValueError, TypeError):
            own = one_by_one(values)
        if own.dtype.kind in "US" and not isinstance(values, np.ndarray):
            own = np.array(list(values), dtype=object)  # type: ignore[call-overload]
    if own.ndim != 1:
        raise ArgumentError(f"{name} is {kind_of(values)}; it is one row of values")
    return present(own)


def one_by_one(values: Any) -> NDArray[Any]:
    """Return the values as an array (n,) of objects; lists among them remain lists."""
    listed = list(values)
    made = np.empty(len(listed), dtype=object)
    made[:] = listed
    return made


def vector(
    name: str,
    values: object,
    n: int | None = None,
    *,
    missing: bool = False,
    whole: bool = False,
    low: float = -np.inf,
    high: float = np.inf,
    field: str | None = None,
) -> Floats:
    """Return numbers (n,), which may be written as texts; NaN, None and blanks are allowed if `missing` is
    true.

    Parameters
    ----------
    name : str
        The name of the argument, for error messages.
    values : array_like
        A list, an array, a column of polars or pandas.
    n : int, optional
        The required number of values; by default at least one.
    missing, whole : bool
        Whether NaN is allowed, and whether fractions are refused.
    low, high : float
        The allowed range.
    field : str, optional
        The column of the table from which the values come, for error messages.
    """
    own = objects(name, values)
    if own.dtype.kind == "c":
        raise ArgumentError(f"{name} has complex numbers; expected numbers")
    if not len(own) or (n is not None and len(own) != n):
        raise ArgumentError(f"{name} has {len(own)} values; expected {'at least 1' if n is None else n}")
    if own.dtype.kind not in "biufOUS":
        raise ArgumentError(f"{name} is of the kind {own.dtype}; expected numbers")
    cells = [number_of(one) for one in own.tolist()] if own.dtype.kind in "OUS" else own
    found = np.array([np.inf if one is None else one for one in cells], dtype=np.float64)
    blank = np.isnan(found)
    wrong = {
        "not-a-number": np.isinf(found),
        "no-number": blank & (not missing),
        "not-whole": ~blank & (found != np.rint(found)) & whole,
        "too-low": found < low,
        "too-high": found > high,
    }
    faults = RowFaults(name)
    for row in np.flatnonzero(np.any(list(wrong.values()), axis=0)).tolist():
        code = next(code for code, rows in wrong.items() if rows[row])
        values = {"value": str(own[row])[:40], "low": low, "high": high}
        faults.add(row, field, note_of(TEXTS, code, values))
    faults.end()
    return found


def of_items(
    name: str, values: object, items: Sequence[str], low: Floats | float = -np.inf, high: float = np.inf
) -> Floats:
    """Return a number for each item (J,), from one for all, one for each in order, or {item: number} for
    every item.

    Parameters
    ----------
    name : str
        The name of the argument, for error messages.
    values : object
    items : sequence of str
    low : float or ndarray of float, shape (J,)
        The minimum for each item.
    high : float
        The maximum.
    """
    n = len(items)
    if isinstance(values, Mapping):
        if unknown := [one for one in values if one not in set(items)]:
            raise ArgumentError(
                f"{name} names {shown(unknown)}, no item of the data; they are {shown(items)}"
            )
        if lacking := [item for item in items if item not in values]:
            raise ArgumentError(f"{name} has nothing for {shown(lacking)}; expected a number for each item")
        found = vector(name, [values[item] for item in items], n)
    elif isinstance(values, (int, float, np.integer, np.floating)):
        found = np.full(n, number(name, values))
    else:
        found = vector(name, values, n)
    for wrong, bound, end in ((found < low, low, "least"), (found > high, high, "most")):
        for place in np.flatnonzero(wrong)[:1].tolist():
            worth = np.broadcast_to(bound, found.shape)[place]
            raise ArgumentError(f"{name} of {items[place]} is {found[place]:g}; expected {worth:g} at {end}")
    return found


def number_of(value: Any) -> float | None:
    """Return the number that a value is or represents, with a decimal point or comma; NaN for a blank, None
    if it is not a number."""
    if isinstance(value, str):
        text = plain_text(value)
        if text in BLANK_WORDS or not text:
            return np.nan
        return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None
    if absent(value):
        return np.nan
    try:
        return None if isinstance(value, (bytes, complex)) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


class Groups(NamedTuple):
    """The groups, and the group of each person."""

    names: tuple[str, ...]
    """The names of the groups; the reference group is first, if one was named."""
    number: Ints
    """(N,) index of each person's group in `names`; −1 for persons in no group."""
    spaced: tuple[str, ...] = ()
    """Names that occur both with and without surrounding spaces."""

    def notes(self) -> tuple[str, ...]:
        """A note on the number of persons in no group, if there are any."""
        n = int(np.count_nonzero(self.number < 0))
        return (note_of(TEXTS, "no-group", {"n": n}),) if n else ()

    @property
    def sizes(self) -> list[int]:
        """The number of persons in each group."""
        sizes: list[int] = np.bincount(self.number[self.number >= 0], minlength=len(self.names)).tolist()
        return sizes


def groups_of(name: str, values: object, n: int, first: object = None, least: int = 2) -> Groups:
    """Return the groups of persons from texts, numbers or a mask; None, NaN, `pandas.NA` and empty texts mean
    no group.

    Parameters
    ----------
    name : str
        The name of the argument, for error messages.
    values : array_like
        A value for each of n persons.
    n : int
        The number of persons.
    first : object, optional
        The group that comes first (the reference), as it occurs in the values. By default the groups are
        sorted, with False first in a mask; categories keep their own order.
    least : int
        The minimum number of groups.
    """
    own = objects(name, values)
    if len(own) != n:
        raise ArgumentError(f"{name} has {len(own)} values; expected one for each of {n} persons")
    plain = [group_name(one) for one in own.tolist()]
    texts = {one for one in own.tolist() if isinstance(one, str)}
    known = set(plain) - {None}
    order: list[object]
    try:
        order = sorted(known)  # type: ignore[type-var]
    except TypeError:
        order = sorted(known, key=str)
    if levels := levels_of(values):
        order = [one for one in dict.fromkeys(map(group_name, levels)) if one in known]
    if len(order) < least:
        values = {"groups": Argument(name), "n": len(order), "names": shown(order), "least": least}
        raise DataError(note_of(TEXTS, "few-groups", values))
    if first is not None:
        wanted = next((one for one in order if str(one) == str(group_name(first))), None)
        if wanted is None:
            values = {"groups": Argument(name), "value": brief(first), "names": shown(order)}
            raise ArgumentError(note_of(TEXTS, "no-such-group", values))
        order = [wanted, *(one for one in order if one != wanted)]
    place: dict[object, int] = {one: k for k, one in enumerate(order)}
    return Groups(
        tuple(str(one) for one in order),
        np.array([-1 if one is None else place[one] for one in plain], dtype=np.int64),
        tuple(sorted(text for text, ways in Counter(map(str.strip, texts)).items() if text and ways > 1)),
    )


def alike_names(names: Sequence[str]) -> list[str]:
    """Return names that differ from another one only in case, character width or spaces."""
    ways: dict[str, list[str]] = {}
    for name in names:
        ways.setdefault("".join(unicodedata.normalize("NFKC", name).casefold().split()), []).append(name)
    return [name for own in ways.values() if len(own) > 1 for name in own]


def nearly_common(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Return the names in the first list that occur in the second only with a different case or spacing."""
    folded = {plain_text(name): name for name in second}
    return [name for name in first if name not in second and plain_text(name) in folded]


def spaces_around(column: str, names: Sequence[str]) -> Note:
    """Return a note on names in a column that occur both with and without surrounding spaces."""
    return note_of(TEXTS, "spaces-around", {"column": column, "names": shown(names)})


def group_notes(
    column: str, names: Sequence[str], spaced: Sequence[str] = (), sizes: Sequence[int] = ()
) -> Iterator[Note]:
    """Yield notes on group names that are alike, that occur also with surrounding spaces, or that usually
    mean no value, such as `NA`. These include −1, and 9 or 99 above all other numbers, if no other group has
    the preceding number and, where the `sizes` of the groups are given, most of the others are larger.
    `column` is the name of the grouping in messages."""
    if spaced:
        yield spaces_around(column, spaced)
    if alike := alike_names(names):
        yield note_of(TEXTS, "alike-groups", {"groups": column, "names": shown(alike)})
    codes = [one for one in names if _CODE.fullmatch(one) and str(int(one) - 1) not in names]
    numbers = [int(one) for one in names if _WHOLE.fullmatch(one) and "." not in one and one not in codes]
    codes = [one for one in codes if int(one) < 0 or int(one) > max(numbers, default=0)]
    if sizes:
        of = dict(zip(names, sizes, strict=True))
        others = sorted(n for name, n in of.items() if name not in codes)
        usual = others[len(others) // 2] if others else max(sizes)
        codes = [one for one in codes if of[one] < usual]
    if words := [*(name for name in names if name.lower() in BLANK_WORDS), *codes]:
        values = {"n": len(words), "groups": column, "names": shown(words)}
        yield note_of(TEXTS, "word-as-group", values)


def groups_by_file(column: str, groups: Groups, starts: Sequence[int]) -> Iterator[Note]:
    """Yield a note if one of several files names its groups by numbers and another by words."""
    kinds = dict[bool, list[str]]()
    for part in np.split(groups.number, starts[1:]) if starts else ():
        names = [groups.names[k] for k in np.unique(part[part >= 0]).tolist()]
        numbers = {_NUMBER.fullmatch(name) is not None for name in names}
        if len(names) > 1 and len(numbers) == 1:
            kinds.setdefault(numbers.pop(), names)
    if len(kinds) > 1:
        values = {"groups": column, "names": shown(kinds[False]), "numbers": shown(kinds[True])}
        yield note_of(TEXTS, "groups-by-file", values)


def group_name(value: object) -> object:
    """Return a group in the form in which groups are compared: a text without surrounding spaces, or a whole
    number, also for `2.0`; None for no group."""
    if absent(value):
        return None
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return int(value)
    text = str(value).strip()
    if isinstance(value, str) and _WHOLE.fullmatch(text):
        return int(text.partition(".")[0])
    return value if isinstance(value, (int, float)) else text or None
