"""A field type in addition to Django's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models


class OneOf(models.CharField):  # type: ignore[type-arg]
    """A text field with choices, which are left out of migrations. Their labels are translated, and changing
    them needs no migration."""

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Returns the definition of the field for migrations, without its choices."""
        name, _, args, named = super().deconstruct()
        named.pop("choices", None)
        return name, "django.db.models.CharField", args, named
