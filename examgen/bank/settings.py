"""`examgen.yaml` of a workspace: severities and numbers of the rules, what a review asks for, and what the
certification body says of results in its own words."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from examgen.bank.reviews.ratings import LEAST_IOC
from examgen.core.models.base import Model
from examgen.core.models.body import BodyWords
from examgen.core.models.people import ConflictRules
from examgen.core.problems import Refused
from examgen.core.storage import read_input
from examgen.core.words import tell
from examgen.core.yamlfile import parse, validate

SETTINGS_FILE = "examgen.yaml"


class ReviewSettings(Model):
    """What a body asks of a review: the IOC under which an item is not approved in silence."""

    least_ioc: Annotated[float, Field(ge=-1, le=1)] = LEAST_IOC


class UploadSettings(Model):
    """The table of results that an awarding body uploads: its columns by their heads, in its order; the words
    that it has for `met`, `pass` and the like; how it writes days (`thai`: 20/11/2569)."""

    columns: dict[str, str] = Field(default_factory=dict)
    words: dict[str, str] = Field(default_factory=dict)
    dates: Literal["iso", "thai"] = "iso"


class BadgeSettings(Model):
    """Of badges: the address of a code of the standard, `{code}` in it."""

    address: Annotated[str, Field(pattern=r"https?://[!-~]*\{code\}[!-~]*")] | None = None


class ExportSettings(Model):
    """What leaves the house for other bodies."""

    results: UploadSettings = UploadSettings()
    badges: BadgeSettings = BadgeSettings()


class KeepSettings(Model):
    """For how many days the site keeps what it need not keep for ever; what is not named here stays.

    `uploads`: files that nobody took over. `jobs`: what came of long work. `answers`: answer files and scans
    of a sitting, counted from the last release. `exams`: a whole exam with its papers, names, marks, runs and
    reports, counted from the last release. The record stays.
    """

    uploads: Annotated[int, Field(ge=1, le=365)] = 7
    jobs: Annotated[int, Field(ge=1, le=36_500)] | None = None
    answers: Annotated[int, Field(ge=30, le=36_500)] | None = None
    exams: Annotated[int, Field(ge=30, le=36_500)] | None = None


class SiteSettings(Model):
    """Of the site that serves the workspace: where faults of its security are told (`mailto:…`, `https://…`),
    the socket of clamd, which looks for viruses in what people send, and how long things are kept.

    With `clamd_required: false` files are taken also while clamd does not answer. Of two `workers` one does
    short work alone; with one nothing is done beside anything else.
    """

    security_contact: Annotated[str, Field(pattern=r"(mailto:|https://)[!-~]{3,200}")] | None = None
    clamd: Annotated[str, Field(pattern=r"/[!-~]{1,200}")] | None = None
    clamd_required: bool = True
    workers: Annotated[int, Field(ge=1, le=2)] = 2
    keep: KeepSettings = KeepSettings()


class WorkspaceSettings(Model):
    """The whole file; rules are read one by one, see `judging`."""

    rules: dict[str, Any] = Field(default_factory=dict)
    review: ReviewSettings = ReviewSettings()
    reports: BodyWords = BodyWords()
    exports: ExportSettings = ExportSettings()
    site: SiteSettings = SiteSettings()
    conflicts: ConflictRules = ConflictRules()


def conflict_rules(workspace: Path) -> ConflictRules:
    """What the body asks so that nobody decides on what is his own; the defaults where it is silent.

    Raises Refused with the faults of the file.
    """
    return _settings(workspace).conflicts


def body_words(workspace: Path) -> BodyWords:
    """What the body says of itself and of results; nothing where the workspace has no settings.

    Raises Refused with the faults of the file: a report without them would not show what it lacks.
    """
    return _settings(workspace).reports


def export_settings(workspace: Path) -> ExportSettings:
    """What the body says of exports; the built-in settings where the workspace has none.

    Raises Refused with the faults of the file.
    """
    return _settings(workspace).exports


def site_settings(workspace: Path) -> SiteSettings:
    """What the site is told; the built-in settings where the workspace has none.

    Raises Refused with the faults of the file.
    """
    return _settings(workspace).site


def _settings(workspace: Path) -> WorkspaceSettings:
    path = workspace / SETTINGS_FILE
    if not path.is_file():
        return WorkspaceSettings()
    document, problems = parse(read_input(path).decode("utf-8-sig", "replace"), path.name)
    if not problems and document.data is not None:
        found, problems = validate(document, [], document.data, WorkspaceSettings)
        if found is not None:
            return found
    if problems:
        raise Refused(tell("{name} has {n} fault(s)", name=path.name, n=len(problems)), problems)
    return WorkspaceSettings()


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
