"""A field of the database beside those that Django has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models


class OneOf(models.CharField):  # type: ignore[type-arg]
    """One of some values. What people call them is no matter of the database, and told in two languages: no
    migration has it, and none is due where it changes."""

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """What migrations know of it."""
        name, _, args, named = super().deconstruct()
        named.pop("choices", None)
        return name, "django.db.models.CharField", args, named
