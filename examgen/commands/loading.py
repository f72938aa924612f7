"""Loads modules when they are first used, because the help of a command needs only its options.

`from package import module` in `with on_use():` binds a stand-in, which imports the module when one of its
attributes is read. mypy and import-linter see an ordinary import. Python 3.15 has `lazy from … import` for
this.
"""

from __future__ import annotations

import builtins
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any


class _ModuleOnUse:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)


@contextmanager
def on_use() -> Iterator[None]:
    """Delay imports: in the block, `from package import module` loads nothing until the module is used."""
    ordinary, thread = builtins.__import__, threading.get_ident()

    def stand_in(name: str, *args: Any, **more: Any) -> Any:
        if threading.get_ident() != thread:
            return ordinary(name, *args, **more)
        _, _, modules, _ = args
        return SimpleNamespace(**{module: _ModuleOnUse(f"{name}.{module}") for module in modules})

    builtins.__import__ = stand_in
    try:
        yield
    finally:
        builtins.__import__ = ordinary
