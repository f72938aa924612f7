"""Options that are arguments of a function of `examgen.stats`: that function says which values it takes, and
what it does where one is left out.

The module is light to load: the help on a command needs no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar, Self

from pydantic import model_validator

from examgen.core.options import Options
from examgen.core.words import Message


class ArgumentOptions(Options):
    """Base of the options of an analysis; fields have the names of the arguments."""

    checked_by: ClassVar[str]
    """The module of `examgen.stats` whose `checked` refuses values that do not fit, whatever the data are."""
    not_arguments: ClassVar[frozenset[str]] = frozenset()
    """Fields that say where the data come from."""
    words: ClassVar[Mapping[str, Message]] = {}
    """Options of arguments that have another name on the command line."""

    def arguments(self) -> dict[str, Any]:
        """The arguments of the function, without what is left out."""
        kinds = [one for one in type(self).__mro__ if issubclass(one, ArgumentOptions)]
        own = set(kinds[-2].model_fields) - self.not_arguments  # a command that derives from it adds others
        return {name: value for name, value in self if name in own and value not in (None, ())}

    @model_validator(mode="after")
    def _fit(self) -> Self:
        from examgen.analysis.shown import message
        from examgen.stats.arguments import ArgumentError

        try:
            import_module(self.checked_by).checked(**self.arguments())
        except ArgumentError as error:
            raise ValueError(message(error.args[0], self.words)) from None
        return self
