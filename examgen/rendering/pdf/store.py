"""The PDF objects that all files of a composer share, each stored once under one number.

An object is kept as the bytes that a file has for it. Equal objects become one, whatever they were made for:
an image that twenty blocks use is in a file once.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import accumulate
from typing import Any

import pikepdf

Plan = Callable[[], "tuple[bytes, tuple[int, ...]]"]
"""Makes the body of an object and names the objects that it refers to."""


ANYWHERE = b"[-9999 -9999 9999 9999]"
"""A bounding box in px that cuts nothing off: a drawing may reach beyond its block."""

Bundle = tuple[bytes, tuple[tuple[int, int], ...]]
"""Consecutive objects, with the number and the place of each."""

_KEPT = 16
"""How many sets of objects are cached."""


class Store:
    """Objects numbered from 1; a number means the same object in every file."""

    def __init__(self) -> None:
        self._objects: list[bytes | None] = [None]
        self._needs: list[tuple[int, ...]] = [()]
        self.entries = [b""]
        """The entry of each object in a resource dictionary of drawings."""
        self._plans: dict[int, Plan] = {}
        self._numbers: dict[bytes, int] = {}
        self._closures: dict[frozenset[int], frozenset[int]] = {}
        self._bundles: dict[frozenset[int], Bundle] = {}

    def __len__(self) -> int:
        """The highest number given."""
        return len(self._objects) - 1

    def add(self, body: bytes, needs: Iterable[int] = ()) -> int:
        """The number of an object, which equal objects share."""
        number = self._numbers.get(body)
        if number is None:
            number = self._numbers[body] = self.reserve()
            self._fill(number, body, needs)
        return number

    def reserve(self, plan: Plan | None = None) -> int:
        """A number for an object that `plan` makes before the next file is opened."""
        self._objects.append(None)
        self._needs.append(())
        number = len(self)
        self.entries.append(b"/B%d %d 0 R" % (number, number))
        if plan:
            self._plans[number] = plan
        return number

    def settle(self) -> None:
        """Make the reserved objects: none may be added while a file is open."""
        for number in sorted(self._plans):
            if plan := self._plans.pop(number, None):
                self._fill(number, *plan())

    def closure(self, numbers: frozenset[int]) -> frozenset[int]:
        """The objects with all objects that they refer to, directly or not."""
        found = self._closures.get(numbers)
        if found is None:
            needed = {need for number in numbers for need in self._needs[number]} - numbers
            found = self.closure(numbers | needed) if needed else numbers
            _keep(self._closures, numbers, found)
        return found

    def bundle(self, numbers: frozenset[int]) -> Bundle:
        """The objects as a file has them, one after the other."""
        found = self._bundles.get(numbers)
        if found is None:
            ordered = sorted(numbers)
            objects = [self.object(number) for number in ordered]
            starts = accumulate(map(len, objects), initial=0)
            found = b"".join(objects), tuple(zip(ordered, starts, strict=False))
            _keep(self._bundles, numbers, found)
        return found

    def object(self, number: int) -> bytes:
        """The object as a file has it, from `12 0 obj` to `endobj`."""
        found = self._objects[number]
        assert found is not None, f"object {number} was reserved and never made"
        return found

    def _fill(self, number: int, body: bytes, needs: Iterable[int]) -> None:
        self._objects[number] = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        self._needs[number] = tuple(sorted(set(needs)))


def _keep(kept: dict[Any, Any], key: Any, value: Any) -> None:
    if len(kept) >= _KEPT:
        del kept[next(iter(kept))]
    kept[key] = value


def stream(entries: bytes, data: bytes, level: int = 9) -> bytes:
    """The body of a stream object, compressed if that is shorter; `entries` as in `/Type/XObject`."""
    packed = zlib.compress(data, level)
    if len(packed) + len(b"/Filter/FlateDecode") < len(data):
        entries, data = entries + b"/Filter/FlateDecode", packed
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(data), data)


class Importer:
    """Copies objects of one pikepdf document into a store, with everything that they refer to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._known: dict[tuple[int, int], int] = {}

    def known_as(self, thing: Any, number: int) -> None:
        """Lets references to an indirect object lead to that number of the store."""
        self._known[thing.objgen] = number

    def number(self, thing: Any) -> int:
        """The number in the store of an indirect object."""
        found = self._known.get(thing.objgen)
        if found is None:
            found = self._known[thing.objgen] = self.store.add(*self.body(thing))
        return found

    def body(self, thing: Any) -> tuple[bytes, tuple[int, ...]]:
        """The bytes between `obj` and `endobj`, and the numbers that they refer to."""
        needs: list[int] = []
        if not isinstance(thing, pikepdf.Stream):
            return self.written(thing, needs, outermost=True), tuple(needs)
        kept = {key: value for key, value in thing.stream_dict.items() if key != "/Length"}
        entries = self._entries(kept, needs)
        data = thing.read_raw_bytes()
        if "/Filter" in kept:
            return b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(data), data), tuple(needs)
        return stream(entries, data), tuple(needs)

    def written(self, thing: Any, needs: list[int], outermost: bool = False) -> bytes:
        """A value in PDF syntax; the numbers that it refers to are added to `needs`."""
        if isinstance(thing, bool):
            return b"true" if thing else b"false"
        if isinstance(thing, int | Decimal):
            return b"%b" % f"{thing:f}".encode() if isinstance(thing, Decimal) else b"%d" % thing
        if thing is None:
            return b"null"
        if thing.is_indirect and not outermost:
            needs.append(self.number(thing))
            return b"%d 0 R" % needs[-1]
        if isinstance(thing, pikepdf.Dictionary):
            return b"<<%b>>" % self._entries(dict(thing.items()), needs)
        if isinstance(thing, pikepdf.Array):
            return b"[%b]" % b" ".join(self.written(member, needs) for member in thing)
        return bytes(thing.unparse())

    def _entries(self, dictionary: dict[str, Any], needs: list[int]) -> bytes:
        return b"".join(
            bytes(pikepdf.Name(key).unparse()) + b" " + self.written(value, needs)
            for key, value in sorted(dictionary.items())
        )
