"""`examgen render`: print papers. Also gets the password for secret papers from a file or the user."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import click

from examgen.analysis.parts import Parts, ReportedFiles, ReportedLine, line, line_n
from examgen.commands import screen, summary
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Dask, ExamDir, Workspace, workspace_of
from examgen.commands.screen import said
from examgen.core.exam.names import SECURE
from examgen.core.options import Option, Processes, setting
from examgen.core.problems import WrongUsage
from examgen.core.processes import Workers
from examgen.core.words import as_typed, joined, tell

with on_use():
    from examgen.core import files
    from examgen.core.exam import bindings
    from examgen.papers import candidate_lists, printing
    from examgen.rendering.pdf import encryption

PasswordFile = Annotated[
    Path | None, Option(tell("Encrypt the PDFs under secure/; the password is the first line of this file."))
]
Encrypt = Annotated[bool, Option(tell("Encrypt the PDFs under secure/, and prompt for the password."))]
_MOST_FOLDERS = 5
"""The maximum number of folders of papers shown on the screen."""


class Render(Command):
    """Print the papers of an exam package again."""

    details = tell(
        "Candidates with an x in the list's column `accessible` or `large_print` get "
        "that booklet. Files of the previous printing are replaced."
    )

    has_verbose = True

    exam_dir: ExamDir
    candidates: Path | None = setting(
        "Candidate list (candidate_id, name, room, seat); each candidate gets a booklet.", None
    )
    per: Literal["room", "sitting", "candidate"] = setting(
        "One file of booklets per room, for all, or per candidate.", "room"
    )
    together: bool = setting("Print each answer sheet after its booklet, in one file.", False)
    accessible: bool = setting("Without a list, also write tagged PDF and HTML for screen readers.", False)
    large_print: bool = setting("Without a list, also print an 18-point version.", False)
    papers: Path | None = setting("Paper settings (YAML), used instead of the blueprint's.", None)
    books: bool = setting("Also write solutions and the reviewers' book, under secure/.", False)
    password_file: PasswordFile = None
    encrypt: Encrypt = False
    replace: bool = setting("Overwrite, even if results are lost.", False)
    processes: Processes = None
    dask: Dask = None
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Print the papers."""
        asked = printing.PrintingOptions(
            candidates=self.candidates,
            rule=self.papers,
            per=self.per,
            together=self.together,
            accessible=self.accessible,
            large_print=self.large_print,
            books=self.books,
            password=password_for(self.password_file, self.encrypt),
            replace=self.replace,
            workers=Workers(self.processes, self.dask),
        )
        if self.candidates is not None:
            for name, data in files.read_files([self.candidates]):
                screen.show_problems(candidate_lists.doubts(name, data))
        paths = printing.render(self.exam_dir, workspace_of(self.workspace), asked, progress)
        prints = bindings.fingerprints_of(self.exam_dir)
        document = {"printed": [str(path) for path in paths], "fingerprints": prints._asdict()}
        return Outcome(
            document, [ReportedFiles(tell("Files:"), paths)], summary=self._summary(paths, prints.told())
        )

    def _summary(self, paths: Sequence[Path], prints: Mapping[str, str]) -> Parts:
        """Yield what was printed, where the secret part is, and the next step."""
        place = screen.short(self.exam_dir)
        papers = [path for path in paths if SECURE not in path.relative_to(self.exam_dir).parts]
        folders = dict.fromkeys(path.parent for path in papers)
        for folder in [*folders][:_MOST_FOLDERS]:
            names = joined(path.name for path in papers if path.parent == folder)
            yield line("Printed in {folder}:", "bold", folder=screen.short(folder))
            yield ReportedLine(joined(["  ", names], ""))
        if (more := len(folders) - _MOST_FOLDERS) > 0:
            yield line("  … and {n:,} more (--verbose)", n=more)
        keys = len(paths) - len(papers)
        if keys:
            yield line_n(
                "Keys (secret): {n} file in {folder}",
                "Keys (secret): {n} files in {folder}",
                keys,
                "yellow",
                folder=f"{place}/{SECURE}",
            )
        then = f"examgen take {summary.typed(self.exam_dir)} FILE…"
        yield from summary.next_steps(tell("print these files, then {command}", command=as_typed(then)))
        yield from summary.details(
            tell("fingerprint of the exam {exam}, of the printed package {package}", **prints),
            tell("--verbose (all files)"),
        )


def password_for(file: Path | None, ask: bool) -> str | None:
    """Return the password from either option; None if neither is given. Weak passwords are refused."""
    if file is not None and ask:
        raise WrongUsage.because("use either --password-file or --encrypt")
    if file is not None:
        password, warnings = encryption.password_of(file)
        screen.show_problems(warnings)
        return password
    if not ask:
        return None
    if sys.stdin is None or not sys.stdin.isatty():  # what is piped in would be seen, or nobody is there
        raise WrongUsage.because("There is no terminal to ask for the password. Use --password-file.")
    asked = click.prompt(
        said(tell("Password for the PDFs under secure/")), hide_input=True, confirmation_prompt=True
    )
    return encryption.checked_password(asked)
