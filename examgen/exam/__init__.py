"""The exam package on disk: the only code that knows its file names.

    exam.yaml                 blueprint, bank hash, seed, versions, SHA-256 of every file below
    papers/                   may leave the building, only what is printed or handed out: booklets, answer
                              sheets and their sheet.json, answers-template.csv, papers of rooms
    secure/                   under lock (mode 0700): key.csv, forms.csv, key sheets, candidates.csv,
                              snapshot items.yaml
    results/                  the released run, before any release the newest; runs/ in it holds every one
    reports/                  under lock (mode 0700): what people read of runs
    analysis/                 under lock (mode 0700): what runs say of the items, a folder for each

Everything is written to a temporary name and then renamed; nothing is ever half there.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from examgen.exam.asked import Asked, cuts_of, read_asked
    from examgen.exam.bindings import Bindings, check_bindings
    from examgen.exam.fingerprints import Fingerprints, fingerprints_of
    from examgen.exam.leftovers import mend
    from examgen.exam.made_folders import MadeFolders, check_made, recorded_folder
    from examgen.exam.names import (
        ACCESSIBLE,
        ANALYSIS,
        ANSWER_SHEET,
        CANDIDATES_CSV,
        FORMS_CSV,
        KEY_CSV,
        LARGE_PRINT,
        MANIFEST,
        MEDIA,
        PAPERS,
        REPORTS,
        RESULTS,
        REVIEW_BOOK,
        RUN_PACKAGE,
        SECURE,
        SHEET_JSON,
        TEMPLATE_CSV,
        base_form,
        booklet_path,
        key_sheet_path,
        room_folders,
        solutions_path,
    )
    from examgen.exam.new_releases import put_on_record
    from examgen.exam.new_runs import Committed, StagedRun, clear, held, settle, stage_run
    from examgen.exam.package import (
        Package,
        Printing,
        check_package,
        dealt_of,
        forms_of,
        key_of,
        last_printing,
        read_package,
    )
    from examgen.exam.printed_texts import PrintedTexts
    from examgen.exam.printing import check_results, new_printing, printed_files
    from examgen.exam.releases import Release, all_releases, state_of, told_run
    from examgen.exam.run_checks import check_runs
    from examgen.exam.runs import STAGED_RUN, Run, all_runs, find_run, newest_run, plain_fingerprint, read_run
    from examgen.exam.shown_runs import show
    from examgen.exam.tables import candidates_table, forms_table, key_table, write_tables
    from examgen.exam.writing import Files, exam_files, write_package

__all__ = [
    "ACCESSIBLE",
    "ANALYSIS",
    "ANSWER_SHEET",
    "CANDIDATES_CSV",
    "FORMS_CSV",
    "KEY_CSV",
    "LARGE_PRINT",
    "MANIFEST",
    "MEDIA",
    "PAPERS",
    "REPORTS",
    "RESULTS",
    "REVIEW_BOOK",
    "RUN_PACKAGE",
    "SECURE",
    "SHEET_JSON",
    "STAGED_RUN",
    "TEMPLATE_CSV",
    "Asked",
    "Bindings",
    "Committed",
    "Files",
    "Fingerprints",
    "MadeFolders",
    "Package",
    "PrintedTexts",
    "Printing",
    "Release",
    "Run",
    "StagedRun",
    "all_releases",
    "all_runs",
    "base_form",
    "booklet_path",
    "candidates_table",
    "check_bindings",
    "check_made",
    "check_package",
    "check_results",
    "check_runs",
    "clear",
    "cuts_of",
    "dealt_of",
    "exam_files",
    "find_run",
    "fingerprints_of",
    "forms_of",
    "forms_table",
    "held",
    "key_of",
    "key_sheet_path",
    "key_table",
    "last_printing",
    "mend",
    "new_printing",
    "newest_run",
    "plain_fingerprint",
    "printed_files",
    "put_on_record",
    "read_asked",
    "read_package",
    "read_run",
    "recorded_folder",
    "room_folders",
    "settle",
    "show",
    "solutions_path",
    "stage_run",
    "state_of",
    "told_run",
    "write_package",
    "write_tables",
]

_LIGHT_FIRST = (
    *("names", "manifest", "asked", "runs", "releases", "shown_runs", "new_runs", "run_checks"),
    *("new_releases", "fingerprints", "bindings", "made_folders"),
    *("leftovers", "printed_texts", "tables", "printing", "writing", "package"),
)


def __getattr__(name: str) -> Any:
    """What is asked for, from the first module that has it: a scoring begins without what it does not use."""
    if name in __all__:
        for room in _LIGHT_FIRST:
            module = import_module(f"{__name__}.{room}")
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
