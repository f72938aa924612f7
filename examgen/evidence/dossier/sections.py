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
                tell("What the check of the package, its runs and its record found"),
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
                tell("The standard as it was read, with its edition"),
                ("8",),
                documents.standard_files,
                tell("build the exam from a unit of the bank"),
            ),
            DossierDocument(
                "methods",
                tell("Methods of assessment by level, and which were held"),
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
                tell("What the body tells the public: validity, resitting, appeals"),
                ("7.2",),
                documents.public_files,
                tell("write `reports` into examgen.yaml of the workspace"),
            ),
            DossierDocument(
                "job-analysis",
                tell("The job and task analysis behind the standard"),
                ("8",),
                documents.nothing,
                tell("kept by the owner of the standard: add it by hand"),
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
                tell("Items: where they come from, reviewers, approvals, congruence, uses, statistics"),
                ("9.3", "6.2"),
                documents.items_files,
                tell("build the exam"),
            ),
            DossierDocument(
                "reviews",
                tell("Who moved which item when"),
                ("9.3", "6.2"),
                documents.reviews_files,
                tell("review items: {command} puts each move on record", command=command("bank status")),
            ),
            DossierDocument(
                "statistics",
                tell("Statistics of earlier administrations"),
                ("9.3",),
                documents.bank_statistics_files,
                tell("write statistics back: {command}", command=command("analyse exam", "--write-back")),
            ),
        ),
    ),
    DossierSection(
        3,
        "3-build",
        tell("How the exam was built"),
        (
            DossierDocument(
                "exam",
                tell("What was built, from which bank, with which digests"),
                ("9.3", "7.4"),
                documents.manifest_files,
                tell("build the exam"),
            ),
            DossierDocument(
                "forms",
                tell("Forms: which item stands where, and how forms differ"),
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
                tell("The pass rule, its cuts and its reason"),
                ("8", "9.3"),
                documents.rule_files,
                tell("write `pass` into the blueprint"),
            ),
            DossierDocument(
                "cut",
                tell("Cut scores and conversions of a file"),
                ("8", "9.3"),
                documents.cut_files,
                tell(
                    "set cut scores with judges: {command}, then {take}",
                    command=command("analyse cut"),
                    take=command("take"),
                ),
            ),
            DossierDocument(
                "ratings",
                tell("Ratings of judges and experts"),
                ("8", "9.3", "6.2"),
                documents.standard_ratings_files,
                tell("have experts rate: {command}", command=command("bank review", "--out DIR")),
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
                tell("How papers were printed, and the digest of each"),
                ("7.4",),
                documents.printing_files,
                tell("print the papers: {command}", command=command("render")),
            ),
            DossierDocument(
                "serials",
                tell("Ranges of serial numbers by room"),
                ("7.4",),
                documents.serials_files,
                tell("print for a list of candidates: {command}", command=command("render", "--candidates")),
            ),
            DossierDocument(
                "packets",
                tell("The way of packets: packed, received, opened, returned, destroyed"),
                ("7.4",),
                documents.packets_files,
                tell("take the lists that centres send back"),
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
                tell("take a plan: sitting.yaml"),
            ),
            DossierDocument(
                "counts",
                tell("Registered, present, absent, scored"),
                ("9.3", "7.1"),
                documents.counts_files,
                tell("take a roster and score"),
            ),
            DossierDocument(
                "roster",
                tell("Who was registered, where, and who came"),
                ("7.1", "9.1"),
                documents.roster_files,
                tell("take a roster"),
            ),
            DossierDocument(
                "accommodation",
                tell("Accommodations: asked, approved, given"),
                ("9.1", "9.2"),
                documents.accommodation_files,
                tell("write `accommodation` into sitting.yaml"),
            ),
            DossierDocument(
                "identity",
                tell("Attendance and checks of identity"),
                ("9.3",),
                documents.attendance_files,
                tell("take the lists that centres send back"),
            ),
            DossierDocument(
                "incidents",
                tell("Incidents, and what was done"),
                ("9.3",),
                documents.incidents_files,
                tell("take the lists that centres send back"),
            ),
            DossierDocument(
                "discrepancies",
                tell("What does not add up between the lists, and what was said of it"),
                ("9.3", "7.4"),
                documents.discrepancies_files,
                tell("nothing came back from the centres, or all of it adds up"),
                may_be_none=True,
            ),
            DossierDocument(
                "returns",
                tell("The lists as the centres sent them"),
                ("9.3", "7.4"),
                documents.returns_files,
                tell("take the lists that centres send back"),
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
                tell("Every run: its audit without keys, its reconciliation, its quarantine"),
                ("9.3", "10"),
                documents.runs_files,
                tell("score the answers: {command}", command=command("score")),
            ),
            DossierDocument(
                "record",
                tell("The record of the sitting: what came in, by whom, what was decided"),
                ("9.3", "10", "7.1"),
                documents.record_files,
                tell("take answers with {command}, so that they are on record", command=command("take")),
            ),
            DossierDocument(
                "decisions",
                tell("Decisions on rows and marks"),
                ("9.3", "10"),
                documents.decisions_files,
                tell("none is on record"),
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
                tell("Each run beside the one before, and without its corrections"),
                ("9.3", "10"),
                documents.compared_files,
                tell("there is one run, without corrections"),
                may_be_none=True,
            ),
            DossierDocument(
                "answers",
                tell("Answer files, as they came"),
                ("9.3", "7.3"),
                documents.inputs_files,
                tell("score the answers: {command}", command=command("score")),
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
                tell("score the answers; an exam that assessors rate has none"),
            ),
            DossierDocument(
                "consistency",
                tell("How often decisions would repeat, and are right"),
                ("9.3",),
                documents.repeated_files,
                tell("score the answers of an exam with a pass rule"),
            ),
            DossierDocument(
                "analysis",
                tell("The item analysis"),
                ("9.3",),
                documents.analysis_files,
                tell("analyse the run: {command}", command=command("analyse exam")),
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
                tell("release a run: {command}", command=command("release")),
            ),
            DossierDocument(
                "book",
                tell("The committee’s book, without keys"),
                ("9.4", "4.2"),
                documents.book_files,
                tell("score the answers: {command}", command=command("score")),
            ),
            DossierDocument(
                "persons",
                tell("Second looks and other decisions on persons"),
                ("9.4",),
                documents.looks_files,
                tell("nobody was decided on"),
                may_be_none=True,
            ),
            DossierDocument(
                "results",
                tell("Results, as they were decided"),
                ("9.4", "7.1"),
                documents.results_files,
                tell("score the answers: {command}", command=command("score")),
            ),
            DossierDocument(
                "signed-pages",
                tell("The pages that the committee signed"),
                ("9.4",),
                documents.nothing,
                tell("kept on paper: show them on the spot"),
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
                tell("no certificate of this exam is on the register"),
                may_be_none=True,
            ),
            DossierDocument(
                "cases",
                tell("Appeals and complaints"),
                ("9.8", "9.9"),
                documents.cases_files,
                tell("none is on record"),
                may_be_none=True,
            ),
            DossierDocument(
                "reports",
                tell("Reports that were made, by digest"),
                ("7.1", "9.4"),
                documents.issued_files,
                tell("make reports: {command}", command=command("report")),
            ),
        ),
    ),
    DossierSection(
        11,
        "11-persons",
        tell("Persons with a part in it"),
        (
            DossierDocument(
                "parts",
                tell("Who had a part in the administration"),
                ("6.1", "6.2", "4.3"),
                documents.parts_files,
                tell("nothing is on record"),
            ),
            DossierDocument(
                "people",
                tell("Persons of the body: roles, qualifications, appointments, trainings"),
                ("6.1", "6.2", "5.1"),
                documents.people_files,
                tell("write people.yaml of the workspace"),
            ),
            DossierDocument(
                "conflicts",
                tell("Declarations of interest, and rules of the body that were broken"),
                ("4.3", "5.2"),
                documents.conflicts_files,
                tell("take declarations of interest"),
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
                tell("Where names and numbers lie"),
                ("7.3",),
                documents.where_files,
                tell("take a roster"),
            ),
            DossierDocument(
                "retention",
                tell("How long what is kept"),
                ("7.3",),
                documents.retention_files,
                tell("write `retention` into examgen.yaml of the workspace"),
            ),
        ),
    ),
)
