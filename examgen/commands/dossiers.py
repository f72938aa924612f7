"""`examgen dossier`: the accreditation file of an administration."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import model_validator

from examgen.analysis.parts import Parts, ReportedFiles, line
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import ExamDir, Workspace, workspace_near
from examgen.commands.signing import prompt_passphrase
from examgen.core.options import Day, setting
from examgen.core.words import invalid, option, tell

with on_use():
    from examgen.core.signing import detached
    from examgen.evidence import dossier

_MOST = 40
"""The maximum number of missing documents shown on the screen."""


class Dossier(Command):
    """The accreditation file of an administration: one archive, by section and by clause of ISO/IEC 17024."""

    details = tell(
        "Documents with keys or items are withheld and listed by a keyed digest. "
        "Missing documents are listed with how to get them. The index is in Thai and "
        "English."
    )

    exam_dir: ExamDir
    sign: Path | None = setting("Sign it with the body's private key.", None, metavar="PRIVATE.pem")
    out: Path | None = setting(
        "Output file (default: dossier/EXAM.zip of the package).", None, metavar="FILE.zip"
    )
    date: Day | None = setting("Date to print on it.", None)
    passphrase: bool = setting("Ask for the passphrase of the key.", False)
    workspace: Workspace = None

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        if self.passphrase and self.sign is None:
            raise invalid(
                "{passphrase} requires a key. Give it with {sign}.",
                passphrase=option("passphrase"),
                sign=option("sign"),
            )
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Write the accreditation file."""
        ask = prompt_passphrase if self.passphrase else None
        key = None if self.sign is None else detached.signing_key(self.sign, ask)
        made = dossier.make_dossier(
            self.exam_dir,
            workspace_near(self.workspace, self.exam_dir / "exam.yaml"),
            self.out,
            key=key,
            day=self.date,
            progress=progress,
        )
        return Outcome(made.as_dict(), _made(made))


def _made(made: dossier.MadeDossier) -> Parts:
    yield ReportedFiles(tell("accreditation file:"), [made.path])
    yield line(
        "{present} documents included, {withheld} withheld, {missing} missing, {none} with nothing to show",
        "bold",
        present=made.count("present"),
        withheld=made.count("withheld"),
        missing=made.count("missing"),
        none=made.count("none"),
    )
    missing = [one for one in made.lines if one.state == "missing"]
    for one in missing[:_MOST]:
        yield line("  {section} {title}: {why}", section=one.section, title=one.title, why=one.why or "")
    if made.key_id:
        yield line("signed by key {key}; SHA-256 of the file: {sha256}", key=made.key_id, sha256=made.sha256)
    else:
        yield line(
            "The file is not signed, so its origin cannot be verified. Sign it with {sign}.",
            "yellow",
            sign=option("sign"),
        )
