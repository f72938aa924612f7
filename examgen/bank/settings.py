"""`examgen.yaml` of a workspace: the settings of rules, reviews, exports, certificates and the site, and the
certification body's own texts.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from examgen.bank.reviews.ratings import LEAST_IOC
from examgen.core.files import read_input
from examgen.core.models.field_types import Bilingual, Model
from examgen.core.models.sitting import BodyWords, ConflictRules
from examgen.core.problems import Refused, has_errors
from examgen.core.words import tell
from examgen.core.yamlfile import parse, validate

SETTINGS_FILE = "examgen.yaml"


class ReviewSettings(Model):
    """Settings of reviews: the IOC below which an item is not approved without notice."""

    least_ioc: Annotated[float, Field(ge=-1, le=1)] = LEAST_IOC


class UploadSettings(Model):
    """The table of results that an awarding body uploads: its columns and headings in order, its words for
    `met`, `pass` and the like, and its date format (`thai`: 20/11/2569).
    """

    columns: dict[str, str] = Field(default_factory=dict)
    words: dict[str, str] = Field(default_factory=dict)
    dates: Literal["iso", "thai"] = "iso"


class ExportSettings(Model):
    """Settings of exports to other bodies."""

    results: UploadSettings = UploadSettings()


class KeepSettings(Model):
    """How many days the site keeps unused `uploads` and the output of long jobs (`jobs`); without a value,
    job output is kept. Retention of personal data: `retention`.
    """

    uploads: Annotated[int, Field(ge=1, le=365)] = 7
    jobs: Annotated[int, Field(ge=1, le=36_500)] | None = None


class MailSettings(Model):
    """The mail server through which the site tells each person once a day, from `hour` on, which tasks wait
    for them; `address` is the URL of the site.
    """

    host: Annotated[str, Field(pattern=r"[!-~]{1,200}")]
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Annotated[str, Field(max_length=200)] = ""
    password_file: Annotated[str, Field(pattern=r"/[!-~]{1,400}")] | None = None
    sender: Annotated[str, Field(pattern=r"[^\r\n@]{1,100}@[^\r\n@]{1,100}")]
    address: Annotated[str, Field(pattern=r"https?://[!-~]{3,200}")]
    hour: Annotated[int, Field(ge=0, le=23)] = 7


class SiteSettings(Model):
    """Settings of the site: where security problems are reported (`mailto:…`, `https://…`), how long files
    are kept, and the mail server.

    With two `workers`, one runs only short jobs; with one, jobs run one at a time.
    """

    security_contact: Annotated[str, Field(pattern=r"(mailto:|https://)[!-~]{3,200}")] | None = None
    workers: Annotated[int, Field(ge=1, le=2)] = 2
    keep: KeepSettings = KeepSettings()
    mail: MailSettings | None = None


_NUMBER_FIELD = re.compile(r"\{([^{}]*)\}")
_NUMBER_FIELDS = re.compile(r"(year|thai_year|unit|level)|n(:0?[1-9])?")


def _with_number(pattern: str) -> str:
    """Return the pattern if it gives every certificate a different number; else raise ValueError."""
    fields = _NUMBER_FIELD.findall(pattern)
    plain = _NUMBER_FIELD.sub("", pattern)
    if any(_NUMBER_FIELDS.fullmatch(one) is None for one in fields) or re.search(
        r"[^\w\u0e01-\u0e5b./()-]", plain
    ):
        raise ValueError(
            tell(
                "use letters, digits, . _ - / ( ) and {fields}; {n} can include its number "
                "of digits (for example {example})",
                fields="{year} {thai_year} {unit} {level} {n}",
                n="{n}",
                example="TPQI-{thai_year}-{n:05}",
            )
        )
    if sum(one == "n" or one.startswith("n:") for one in fields) != 1:
        raise ValueError(
            tell("include {n} once, because certificates would otherwise share a number", n="{n}")
        )
    return pattern


class CertificateSettings(Model):
    """Settings of certificates: the format of their numbers (`{n}` is a counter; `{thai_year}` and `{year}`
    are the year from which the certificate is valid), their printed title, and those who sign.
    """

    number: Annotated[str, Field(min_length=3, max_length=60), AfterValidator(_with_number)] = (
        "{thai_year}-{n:05}"
    )
    title: Bilingual | None = None
    signers: Annotated[tuple[Bilingual, ...], Field(max_length=3)] = ()


class CaseSettings(Model):
    """The deadlines for appeals and complaints, in days after receipt. Without them, a case has the deadline
    given when it is opened, or none.
    """

    further: Bilingual | None = None
    """The text in an answer about where the case can be taken next."""
    appeal_days: Annotated[int, Field(ge=1, le=1000, strict=True)] | None = None
    complaint_days: Annotated[int, Field(ge=1, le=1000, strict=True)] | None = None


class RetentionSettings(Model):
    """How many days after its last release a sitting keeps personal data: `contacts_days` for contacts,
    answers, scans, returns and letters, `results_days` for results by person. Data without a limit is kept.
    """

    contacts_days: Annotated[int, Field(ge=30, le=36_500, strict=True)] | None = None
    results_days: Annotated[int, Field(ge=30, le=36_500, strict=True)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.results_days is not None and self.results_days < (self.contacts_days or self.results_days):
            raise ValueError(
                tell(
                    "`results_days` must be at least `contacts_days`, "
                    "because contact details are erased first"
                )
            )
        return self


class WorkspaceSettings(Model):
    """The whole file. Settings of rules are validated separately, see `rules/applying.py`."""

    rules: dict[str, Any] = Field(default_factory=dict)
    review: ReviewSettings = ReviewSettings()
    reports: BodyWords = BodyWords()
    exports: ExportSettings = ExportSettings()
    certificates: CertificateSettings = CertificateSettings()
    cases: CaseSettings = CaseSettings()
    site: SiteSettings = SiteSettings()
    conflicts: ConflictRules = ConflictRules()
    retention: RetentionSettings = RetentionSettings()


def conflict_rules(workspace: Path) -> ConflictRules:
    """Return the body's rules on conflicts of interest; the defaults if it states none.

    Raises Refused with the faults of the file.
    """
    return _settings(workspace).conflicts


def body_words(workspace: Path) -> BodyWords:
    """Return the body's texts about itself and about results; empty if the workspace has no settings.

    Raises Refused with the faults of the file, because a report without these texts would not show that they
    are missing.
    """
    return _settings(workspace).reports


def export_settings(workspace: Path) -> ExportSettings:
    """Return the body's settings of exports; the built-in ones if the workspace has none.

    Raises Refused with the faults of the file.
    """
    return _settings(workspace).exports


def certificate_settings(workspace: Path) -> CertificateSettings:
    """Return the body's settings of certificates; the built-in ones if the workspace has none.

    Raises Refused with the faults of the file.
    """
    return _settings(workspace).certificates


def case_settings(workspace: Path) -> CaseSettings:
    """Return the body's deadlines for cases; the built-in settings if the workspace has none.

    Raises Refused with the faults of the file.
    """
    return _settings(workspace).cases


def site_settings(workspace: Path) -> SiteSettings:
    """Return the settings of the site; the built-in ones if the workspace has none.

    Raises Refused with the faults of the file.
    """
    return _settings(workspace).site


def retention_settings(workspace: Path) -> RetentionSettings:
    """Return when contacts and results by person are removed; never if the workspace does not say.

    Raises Refused with the faults of the file.
    """
    return _settings(workspace).retention


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
        raise has_errors(path.name, problems)
    return WorkspaceSettings()


def review_settings(bank: Path) -> ReviewSettings:
    """Return the settings of reviews for a bank's folder; the built-in ones if its file is missing or has
    errors, which `bank check` reports.
    """
    with suppress(Refused):
        return _settings(bank.parent).review
    return ReviewSettings()
