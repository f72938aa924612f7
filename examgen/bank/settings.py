"""`examgen.yaml` of a workspace: severities and numbers of the rules, and what a review asks for."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from examgen.bank.reviews.ratings import LEAST_IOC
from examgen.models.base import Model
from examgen.storage import read_input
from examgen.yamlfile import parse, validate

SETTINGS_FILE = "examgen.yaml"


class ReviewSettings(Model):
    """What a body asks of a review: the IOC under which an item is not approved in silence."""

    least_ioc: Annotated[float, Field(ge=-1, le=1)] = LEAST_IOC


class WorkspaceSettings(Model):
    """The whole file; rules are read one by one, see `judging`."""

    rules: dict[str, Any] = Field(default_factory=dict)
    review: ReviewSettings = ReviewSettings()


def review_settings(bank: Path) -> ReviewSettings:
    """What the workspace of a bank's folder asks; the built-in settings where its file is missing or wrong,
    of which `bank check` tells."""
    path = bank.parent / SETTINGS_FILE
    if not path.is_file():
        return ReviewSettings()
    of = path.stat()
    return _read(path, of.st_mtime_ns, of.st_size)


@lru_cache(maxsize=8)
def _read(path: Path, changed: int, size: int) -> ReviewSettings:
    """The times are asked for so that a file that was changed is read anew."""
    document, problems = parse(read_input(path).decode("utf-8-sig", "replace"), path.name)
    if problems or document.data is None:
        return ReviewSettings()
    found, _ = validate(document, [], document.data, WorkspaceSettings)
    return found.review if found is not None else ReviewSettings()
