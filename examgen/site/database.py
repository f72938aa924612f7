"""The database beside what Django has: fields of its own, and questions that most pages ask.

SQL of these and what reads their rows are made once, for to make them takes longer than to answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import Model
from django.db.models.sql.compiler import SQLCompiler


class OneOf(models.CharField):  # type: ignore[type-arg]
    """One of some values. What people call them is no matter of the database, and told in two languages: no
    migration has it, and none is due where it changes."""

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """What migrations know of it."""
        name, _, args, named = super().deconstruct()
        named.pop("choices", None)
        return name, "django.db.models.CharField", args, named


M = TypeVar("M", bound=Model)


def found(model: type[M], condition: str, values: Sequence[object]) -> list[M]:
    """The rows of a model for which a condition in SQL holds, `%s` in it for each value, never one put in."""
    return [one for one, _ in rows_of(model, f"{_selected(model)} WHERE {condition}", values)]


def rows_of(model: type[M], sql: str, values: Sequence[Any]) -> list[tuple[M, Sequence[Any]]]:
    """What a question gives whose first columns are those of a model, in their order; each row as that, and
    the columns behind it."""
    names, converters, compiler = _reader(model)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    n = len(names)
    own = compiler.apply_converters([row[:n] for row in rows], converters)
    return [
        (model.from_db(connection.alias, names, fields), row[n:])
        for fields, row in zip(own, rows, strict=True)
    ]


@cache
def _reader(model: type[Model]) -> tuple[list[str], dict[int, Any], SQLCompiler]:
    """The fields of a model, how values of the database become theirs, and what does it."""
    fields = model._meta.concrete_fields
    compiler = model._default_manager.all().query.get_compiler(using=connection.alias)
    converters = compiler.get_converters([one.get_col(model._meta.db_table) for one in fields])
    return [one.attname for one in fields], converters, compiler


@cache
def _selected(model: type[Model]) -> str:
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(one.column)) for one in model._meta.concrete_fields)
    return f"SELECT {columns} FROM {quoted(model._meta.db_table)}"
