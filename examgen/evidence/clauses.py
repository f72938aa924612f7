"""The clauses of ISO/IEC 17024:2012 by number and title, and the location of evidence that examgen does not
have."""

from __future__ import annotations

from typing import NamedTuple

from examgen.core.words import Message, tell


class StandardClause(NamedTuple):
    """A clause: its number and title, and where evidence outside the accreditation file is kept."""

    number: str
    title: Message
    outside: Message | None = None


_MANUAL = tell("the body’s own documents: statutes, contracts, insurance")
_HANDBOOK = tell("the body’s quality manual: internal audits, corrective actions, management reviews")

CLAUSES = (
    StandardClause("4.1", tell("Legal matters"), _MANUAL),
    StandardClause("4.2", tell("Responsibility for decision on certification")),
    StandardClause(
        "4.3",
        tell("Management of impartiality"),
        tell("the body’s analysis of threats to impartiality"),
    ),
    StandardClause("4.4", tell("Finance and liability"), _MANUAL),
    StandardClause("5.1", tell("Management and organisation structure"), _MANUAL),
    StandardClause("5.2", tell("Structure of the certification body in relation to training")),
    StandardClause("6.1", tell("General personnel requirements"), tell("personnel files of the body")),
    StandardClause("6.2", tell("Personnel involved in the certification activities")),
    StandardClause("6.3", tell("Outsourcing"), _MANUAL),
    StandardClause("6.4", tell("Other resources"), _MANUAL),
    StandardClause(
        "7.1", tell("Records of applicants, candidates and certified persons"), tell("applications")
    ),
    StandardClause("7.2", tell("Public information"), tell("the body’s web site")),
    StandardClause("7.3", tell("Confidentiality"), tell("legally binding undertakings of confidentiality")),
    StandardClause("7.4", tell("Security")),
    StandardClause(
        "8", tell("Certification schemes"), tell("the owner of the standard: job and task analysis")
    ),
    StandardClause("9.1", tell("Application process"), tell("applications, and the review of each")),
    StandardClause("9.2", tell("Assessment process")),
    StandardClause("9.3", tell("Examination process")),
    StandardClause("9.4", tell("Decision on certification")),
    StandardClause("9.5", tell("Suspending, withdrawing or reducing the scope of certification")),
    StandardClause("9.6", tell("Recertification process")),
    StandardClause("9.7", tell("Use of certificates, logos and marks"), tell("the body’s rules of use")),
    StandardClause(
        "9.8", tell("Appeals against decisions on certification"), tell("the published procedure")
    ),
    StandardClause("9.9", tell("Complaints"), tell("the published procedure")),
    StandardClause("10", tell("Management system requirements"), _HANDBOOK),
)
"""The clauses in the order of the standard."""

THIRD_EDITION = tell(
    "ISO/IEC 17024:2026, the third edition, was published on 1 April 2026 and replaces the "
    "edition of 2012. Its text was not available, so this index does not follow it. The "
    "contents of its draft (DIS, February 2025) number clauses 4 to 9.6 as here, with two "
    "exceptions: 9.1 is the assessment process and 9.2 the application process, and a new "
    "clause 6.5 covers the use of artificial intelligence (see the origin of items, section 2). "
    "Check the numbers against the published text."
)
"""A note on the edition that the index does not follow."""
