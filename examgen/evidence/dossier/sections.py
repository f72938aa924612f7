"""The sections of an accreditation file, in the order of an audit, with their documents.

For each document stand the clauses of ISO/IEC 17024:2012 that it is evidence for, and what to do where there
is none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from examgen.core.files import Progress
from examgen.core.words import Message, command, tell
from examgen.evidence.dossier import documents
from examgen.evidence.dossier.documents import Files
from examgen.evidence.dossier.source import DossierSource


class DossierDocument(NamedTuple):
    """A document, or several files that are one: for which clauses, and what to do where there is none."""

    name: str
    """Of its file or folder, below that of the section."""
    title: Message
    clauses: tuple[str, ...]
    files: Callable[[DossierSource, Progress], Files]
    missing: Message
    may_be_none: bool = False
    """Whether there need be none: then `missing` says that there was none."""


class DossierSection(NamedTuple):
    """A section of the file, with its documents."""

    number: int
    folder: str
    title: Message
    documents: tuple[DossierDocument, ...]


SECTIONS = (
    DossierSection(
        0,
        "0-index",
        tell("Index and fingerprints"),
        (
            DossierDocument(
                "fingerprints",
                tell("Fingerprints of exam, printing, runs, releases and record"),
                ("7.4", "10"),
                documents.fingerprints_files,
                tell("check the package: {command}", command=command("verify")),
            ),
            DossierDocument(
                "verify",
                tell("Results of the check of the package, its runs and its record"),
                ("7.4", "10"),
                documents.verified_files,
                tell("check the package: {command}", command=command("verify")),
            ),
        ),
    ),
    DossierSection(
        1,
        "1-scheme",
        tell("The scheme"),
        (
            DossierDocument(
                "standard",
                tell("The standard as imported, with its edition"),
                ("8",),
                documents.standard_files,
                tell("build the exam from a unit of the bank"),
            ),
            DossierDocument(
                "methods",
                tell("Assessment methods by level, and those used"),
                ("8", "9.2"),
                documents.methods_files,
                tell("build the exam from a unit of the bank"),
            ),
            DossierDocument(
                "blueprint",
                tell("The blueprint"),
                ("8", "9.3"),
                documents.blueprint_files,
                tell("build the exam from a blueprint"),
            ),
            DossierDocument(
                "body",
                tell("Public information: validity, resitting, appeals"),
                ("7.2",),
                documents.public_files,
                tell("write `reports` into examgen.yaml of the workspace"),
            ),
            DossierDocument(
                "job-analysis",
                tell("The job and task analysis behind the standard"),
                ("8",),
                documents.nothing,
                tell("kept by the owner of the standard; add it by hand"),
            ),
        ),
    ),
    DossierSection(
        2,
        "2-items",
        tell("The items"),
        (
            DossierDocument(
                "items",
                tell("Items: origin, reviewers, approvals, congruence, uses, statistics"),
                ("9.3", "6.2"),
                documents.items_files,
                tell("build the exam"),
            ),
            DossierDocument(
                "reviews",
                tell("Status changes of each item"),
                ("9.3", "6.2"),
                documents.reviews_files,
                tell(
                    "review items with {command}, which records each change", command=command("bank status")
                ),
            ),
            DossierDocument(
                "statistics",
                tell("Statistics of earlier administrations"),
                ("9.3",),
                documents.bank_statistics_files,
                tell("write statistics back with {command}", command=command("analyse exam", "--write-back")),
            ),
        ),
    ),
    DossierSection(
        3,
        "3-build",
        tell("Building the exam"),
        (
            DossierDocument(
                "exam",
                tell("Build log: bank, settings and digests"),
                ("9.3", "7.4"),
                documents.manifest_files,
                tell("build the exam"),
            ),
            DossierDocument(
                "forms",
                tell("Forms: position of each item, and differences between forms"),
                ("9.3",),
                documents.forms_files,
                tell("build the exam"),
            ),
            DossierDocument(
                "secret",
                tell("Key, items, build report and review book"),
                ("7.4", "9.3"),
                documents.secret_files,
                tell("build the exam"),
            ),
        ),
    ),
    DossierSection(
        4,
        "4-standard-setting",
        tell("Standard setting"),
        (
            DossierDocument(
                "rule",
                tell("The pass rule, its cuts and its rationale"),
                ("8", "9.3"),
                documents.rule_files,
                tell("write `pass` into the blueprint"),
            ),
            DossierDocument(
                "cut",
                tell("Cut scores and conversions from files"),
                ("8", "9.3"),
                documents.cut_files,
                tell(
                    "set cut scores with judges using {command}, then {take}",
                    command=command("analyse cut"),
                    take=command("take"),
                ),
            ),
            DossierDocument(
                "ratings",
                tell("Ratings of judges and experts"),
                ("8", "9.3", "6.2"),
                documents.standard_ratings_files,
                tell("collect expert ratings with {command}", command=command("bank review", "--out DIR")),
            ),
        ),
    ),
    DossierSection(
        5,
        "5-printing",
        tell("Printing and custody"),
        (
            DossierDocument(
                "printing",
                tell("Printing log, with the digest of each file"),
                ("7.4",),
                documents.printing_files,
                tell("print the exam with {command}", command=command("render")),
            ),
            DossierDocument(
                "serials",
                tell("Ranges of serial numbers by room"),
                ("7.4",),
                documents.serials_files,
                tell(
                    "print for a list of candidates with {command}", command=command("render", "--candidates")
                ),
            ),
            DossierDocument(
                "packets",
                tell("Packet custody: packed, received, opened, returned, destroyed"),
                ("7.4",),
                documents.packets_files,
                tell("add the returns of the centres"),
            ),
        ),
    ),
    DossierSection(
        6,
        "6-sitting",
        tell("The sitting"),
        (
            DossierDocument(
                "plan",
                tell("The plan of the sitting"),
                ("9.3",),
                documents.plan_files,
                tell("add a plan (sitting.yaml) to the sitting"),
            ),
            DossierDocument(
                "counts",
                tell("Registered, present, absent, scored"),
                ("9.3", "7.1"),
                documents.counts_files,
                tell("add a roster, then score"),
            ),
            DossierDocument(
                "roster",
                tell("Roster with rooms and attendance"),
                ("7.1", "9.1"),
                documents.roster_files,
                tell("add a roster"),
            ),
            DossierDocument(
                "accommodation",
                tell("Accommodations requested, approved and given"),
                ("9.1", "9.2"),
                documents.accommodation_files,
                tell("write `accommodation` into sitting.yaml"),
            ),
            DossierDocument(
                "identity",
                tell("Attendance and checks of identity"),
                ("9.3",),
                documents.attendance_files,
                tell("add the returns of the centres"),
            ),
            DossierDocument(
                "incidents",
                tell("Incidents and actions taken"),
                ("9.3",),
                documents.incidents_files,
                tell("add the returns of the centres"),
            ),
            DossierDocument(
                "discrepancies",
                tell("Discrepancies between the lists, and their explanations"),
                ("9.3", "7.4"),
                documents.discrepancies_files,
                tell("the centres returned nothing, or there are no discrepancies"),
                may_be_none=True,
            ),
            DossierDocument(
                "returns",
                tell("The lists as received from the centres"),
                ("9.3", "7.4"),
                documents.returns_files,
                tell("add the returns of the centres"),
            ),
        ),
    ),
    DossierSection(
        7,
        "7-scoring",
        tell("The scoring"),
        (
            DossierDocument(
                "runs",
                tell("Every run: audit file without keys, attendance check, quarantine"),
                ("9.3", "10"),
                documents.runs_files,
                tell("score the answers with {command}", command=command("score")),
            ),
            DossierDocument(
                "record",
                tell("The record of the sitting: files added, by whom, and decisions"),
                ("9.3", "10", "7.1"),
                documents.record_files,
                tell("add answers with {command}, which records them", command=command("take")),
            ),
            DossierDocument(
                "decisions",
                tell("Decisions on rows and marks"),
                ("9.3", "10"),
                documents.decisions_files,
                tell("none recorded"),
                may_be_none=True,
            ),
            DossierDocument(
                "corrections",
                tell("Corrections of the key"),
                ("9.3", "10"),
                documents.corrections_files,
                tell("the key was not corrected"),
                may_be_none=True,
            ),
            DossierDocument(
                "compared",
                tell("Each run compared with the previous one, and with a scoring without corrections"),
                ("9.3", "10"),
                documents.compared_files,
                tell("there is only one run, without corrections"),
                may_be_none=True,
            ),
            DossierDocument(
                "answers",
                tell("Answer files as received"),
                ("9.3", "7.3"),
                documents.inputs_files,
                tell("score the answers with {command}", command=command("score")),
            ),
        ),
    ),
    DossierSection(
        8,
        "8-quality",
        tell("Quality of the measurement"),
        (
            DossierDocument(
                "technical",
                tell("The technical report"),
                ("9.3",),
                documents.technical_files,
                tell("score the answers; there is none for exams rated by assessors"),
            ),
            DossierDocument(
                "consistency",
                tell("Decision consistency and accuracy"),
                ("9.3",),
                documents.repeated_files,
                tell("score the answers of an exam with a pass rule"),
            ),
            DossierDocument(
                "analysis",
                tell("The item analysis"),
                ("9.3",),
                documents.analysis_files,
                tell("analyse the run with {command}", command=command("analyse exam")),
            ),
        ),
    ),
    DossierSection(
        9,
        "9-decision",
        tell("The decision"),
        (
            DossierDocument(
                "releases",
                tell("Releases: who decided, when, why"),
                ("4.2", "9.4"),
                documents.releases_files,
                tell("release a run with {command}", command=command("release")),
            ),
            DossierDocument(
                "book",
                tell("The committee’s book, without keys"),
                ("9.4", "4.2"),
                documents.book_files,
                tell("score the answers with {command}", command=command("score")),
            ),
            DossierDocument(
                "persons",
                tell("Second looks and other decisions on candidates"),
                ("9.4",),
                documents.looks_files,
                tell("there were no decisions on candidates"),
                may_be_none=True,
            ),
            DossierDocument(
                "results",
                tell("Results as decided"),
                ("9.4", "7.1"),
                documents.results_files,
                tell("score the answers with {command}", command=command("score")),
            ),
            DossierDocument(
                "signed-pages",
                tell("The pages that the committee signed"),
                ("9.4",),
                documents.nothing,
                tell("kept on paper; shown on site"),
            ),
        ),
    ),
    DossierSection(
        10,
        "10-after",
        tell("After the decision"),
        (
            DossierDocument(
                "certificates",
                tell("Certificates: issued, suspended, withdrawn, renewed"),
                ("9.4", "9.5", "9.6", "9.7"),
                documents.certificates_files,
                tell("the register has no certificate of this exam"),
                may_be_none=True,
            ),
            DossierDocument(
                "cases",
                tell("Appeals and complaints"),
                ("9.8", "9.9"),
                documents.cases_files,
                tell("none recorded"),
                may_be_none=True,
            ),
            DossierDocument(
                "reports",
                tell("Reports written, with their digests"),
                ("7.1", "9.4"),
                documents.issued_files,
                tell("write reports with {command}", command=command("report")),
            ),
        ),
    ),
    DossierSection(
        11,
        "11-persons",
        tell("People involved"),
        (
            DossierDocument(
                "parts",
                tell("People who took part in the administration"),
                ("6.1", "6.2", "4.3"),
                documents.parts_files,
                tell("nothing recorded"),
            ),
            DossierDocument(
                "people",
                tell("People of the body: roles, qualifications, appointments, training"),
                ("6.1", "6.2", "5.1"),
                documents.people_files,
                tell("write people.yaml in the workspace"),
            ),
            DossierDocument(
                "conflicts",
                tell("Declarations of interest, and broken rules"),
                ("4.3", "5.2"),
                documents.conflicts_files,
                tell("add declarations of interest"),
            ),
        ),
    ),
    DossierSection(
        12,
        "12-personal-data",
        tell("Personal data"),
        (
            DossierDocument(
                "where",
                tell("Location of names and numbers"),
                ("7.3",),
                documents.where_files,
                tell("add a roster"),
            ),
            DossierDocument(
                "retention",
                tell("Retention periods"),
                ("7.3",),
                documents.retention_files,
                tell("write `retention` into examgen.yaml of the workspace"),
            ),
        ),
    ),
)
