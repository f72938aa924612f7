"""What a certification body says of itself and of results in its own words; the days that follow from it."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, Field

from examgen.core.models.base import Bilingual, Model
from examgen.core.words import tell

_Time = Annotated[int, Field(ge=1, le=1000, strict=True)]


class BodyRule(Bilingual):
    """A rule in the body's words; with a time, counted from the release, reports tell the day it makes."""

    days: _Time | None = None
    months: _Time | None = None
    years: _Time | None = None

    @property
    def is_reckoned(self) -> bool:
        """Whether it makes a day."""
        return any((self.days, self.months, self.years))

    def after(self, day: date) -> date:
        """The day that is so long after `day`; of a month that is too short its last one."""
        months = 12 * day.year + day.month - 1 + 12 * (self.years or 0) + (self.months or 0)
        year, month = divmod(months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(day.day, last)) + timedelta(self.days or 0)


LOGO_KINDS = (".png", ".svg")


def _within_workspace(path: str) -> str:
    """A path that leads to a picture of the workspace, as far as its letters tell."""
    parts = PurePosixPath(path)
    if any(sign in path for sign in ":\\\0") or parts.is_absolute() or ".." in parts.parts:
        raise ValueError(tell("must be the path of a file in the workspace, for example logo.png"))
    if parts.suffix.lower() not in LOGO_KINDS:
        raise ValueError(tell("must be a PNG or an SVG file, and end in .png or .svg"))
    return path


class BodyWords(Model):
    """What the certification body says of results in its own words (ISO/IEC 17024:2012, 9): how long they are
    valid, when one may sit again, and how to appeal. Printed as it stands; `name` is its own, `logo` the
    path of a picture in the workspace that stands with the name, `verify` the address of the page at which
    anybody may check a report."""

    name: Bilingual | None = None
    logo: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_within_workspace)] | None = None
    verify: Annotated[str, Field(pattern=r"^https?://[!-~]{3,200}$")] | None = None
    validity: BodyRule | None = None
    resitting: BodyRule | None = None
    appeal: BodyRule | None = None

    @property
    def given(self) -> tuple[BodyRule, ...]:
        """What is said of results, in that order."""
        return tuple(one for one in (self.validity, self.resitting, self.appeal) if one is not None)

    def given_to(self, decision: str) -> tuple[BodyRule, ...]:
        """What concerns somebody of that decision (`pass`, `fail` or none)."""
        validity = None if decision == "fail" else self.validity
        resitting = None if decision == "pass" else self.resitting
        return tuple(one for one in (validity, resitting, self.appeal) if one is not None)
