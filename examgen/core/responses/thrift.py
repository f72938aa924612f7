"""Thrift's compact protocol, as far as the metadata of a Parquet file needs it.

A struct is a mapping of field numbers to values: int (an i32), `Long` (an i64), bytes, a list of one kind, or
a struct. Apache Thrift, compact protocol specification; Apache Parquet, `parquet.thrift`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _BINARY, _LIST, _STRUCT = 1, 2, 3, 4, 5, 6, 8, 9, 12
Struct = Mapping[int, Any]


class Long(int):
    """A number that its field has as an i64."""


def varint(number: int) -> bytes:
    """A number from 0 on, seven bits a byte, the lowest first."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*found, number))


def written(struct: Struct) -> bytes:
    """A struct as bytes; its fields stand in the order of their numbers, no more than 15 apart."""
    found, last = bytearray(), 0
    for number, value in struct.items():
        found.append(number - last << 4 | _kind(value))
        found += _value(value)
        last = number
    return bytes((*found, 0))


def _kind(value: object) -> int:
    for of, kind in ((Long, _I64), (int, _I32), (bytes, _BINARY), (Mapping, _STRUCT)):
        if isinstance(value, of):
            return kind
    return _LIST


def _value(value: int | bytes | Struct | Sequence[Any]) -> bytes:
    if isinstance(value, int):
        return varint(value << 1 if value >= 0 else (-value << 1) - 1)
    if isinstance(value, bytes):
        return varint(len(value)) + value
    if isinstance(value, Mapping):
        return written(value)
    kind = _kind(value[0]) if value else _STRUCT
    size = bytes((len(value) << 4 | kind,)) if len(value) < 15 else bytes((0xF0 | kind,)) + varint(len(value))
    return size + b"".join(map(_value, value))


def read(data: bytes) -> tuple[dict[int, Any], int]:
    """The struct that bytes begin with, and where it ends; raises IndexError where it does not."""
    reader = _ThriftReader(data)
    return reader.struct(), reader.at


class _ThriftReader:
    """Bytes and the place that is read next."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        found, shift = 0, 0
        while (byte := self.byte()) > 0x7F:
            found |= (byte & 0x7F) << shift
            shift += 7
        return found | byte << shift

    def number(self) -> int:
        found = self.varint()
        return found >> 1 ^ -(found & 1)

    def struct(self) -> dict[int, Any]:
        found: dict[int, Any] = {}
        last = 0
        while head := self.byte():
            last = last + (head >> 4) if head >> 4 else self.number()
            found[last] = self.value(head & 0xF)
        return found

    def value(self, kind: int) -> Any:
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        if kind == _BYTE:
            return self.byte()
        if kind in (_I16, _I32, _I64):
            return self.number()
        if kind == _BINARY:
            size = self.varint()
            self.at += size
            return self.data[self.at - size : self.at]
        if kind == _LIST:
            head = self.byte()
            size = self.varint() if head >> 4 == 0xF else head >> 4
            return [self.value(head & 0xF) for _ in range(size)]
        if kind == _STRUCT:
            return self.struct()
        raise ValueError(f"a kind {kind} of value stands in no Parquet file of ours")
