"""Numbers and dates as papers print them: Arabic or Thai figures, Buddhist or Gregorian era."""

from __future__ import annotations

from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from examgen.thai import date_en, date_th, in_digits

__all__ = ["date_en", "date_th", "digits_filter", "in_digits"]


@pass_context
def digits_filter(context: Context, value: Any) -> Any:
    """The filter `digits` of templates: a number in the figures of the paper or report; markup as it is."""
    if hasattr(value, "__html__"):
        return value
    said = context.get("digits", "arabic")
    return in_digits(value, getattr(context.get("paper"), "digits", said))
