"""Questions to the database that most pages ask: their SQL is made once, for to make it takes longer than to
answer it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TypeVar

from django.db import connection
from django.db.models import Model

M = TypeVar("M", bound=Model)


def found(model: type[M], condition: str, values: Sequence[object]) -> list[M]:
    """The rows of a model for which a condition in SQL holds, `%s` in it for each value, never one put in."""
    return list(model._default_manager.raw(f"{_selected(model)} WHERE {condition}", values))


@cache
def _selected(model: type[Model]) -> str:
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(one.column)) for one in model._meta.concrete_fields)
    return f"SELECT {columns} FROM {quoted(model._meta.db_table)}"
