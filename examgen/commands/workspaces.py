"""`examgen init`, `demo`, `doctor` and `templates …`: a workspace, what it needs, and its templates."""

from __future__ import annotations

from pathlib import Path

from examgen.analysis.parts import Part, ReportedFiles, line
from examgen.commands import screen
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Workspace, workspace_of
from examgen.core.options import argument, setting
from examgen.core.problems import Exit
from examgen.core.words import tell

with on_use():
    from examgen.bank import workspaces
    from examgen.commands import demo, system_check


class TemplatesList(Command):
    """The built-in templates, and those that the workspace has of its own."""

    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """List the templates."""
        found = workspaces.templates(workspace_of(self.workspace))
        shown = [
            line("{name:32}{own}", name=name, own=screen.short(own) if own else tell("built-in"))
            for name, own in found
        ]
        document = [{"name": name, "own": str(own) if own else None} for name, own in found]
        return Outcome(document, shown)


class TemplatesEject(Command):
    """Built-in templates as files of the workspace."""

    details = tell("From then on, examgen uses the copy instead of the built-in file. Fonts are not copied.")

    names: tuple[str, ...] = argument("Names as shown by `list` (default: all).", ())
    into: Path | None = setting("Output folder (default: the workspace's templates folder).", None)
    replace: bool = setting("Overwrite existing files.", False)
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Copy the templates."""
        folder = self.into if self.into is not None else workspace_of(self.workspace) / workspaces.FOLDER
        paths = workspaces.eject(self.names, folder, self.replace)
        return Outcome({"copied": [str(path) for path in paths]}, [ReportedFiles(tell("copied:"), paths)])


class Init(Command):
    """A new workspace."""

    has_json = False

    folder: Path = argument("Folder to create.")
    empty: bool = setting("Leave out the starter bank.", False)

    def execute(self, progress: Progress) -> Outcome:
        """Create the workspace, with the starter bank unless `empty` is set."""
        made = workspaces.init(self.folder, self.empty)
        return Outcome(None, [line("Workspace {made} created. Next: examgen unit import FILE", made=made)])


class Demo(Command):
    """The whole chain on two real exams."""

    details = tell("Imports a unit page, then builds, prints and scores two exams with synthetic candidates.")
    has_json = False

    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Run the demo, showing each step when it is done."""
        demo.run(workspace_of(self.workspace))
        return Outcome(None)


class Doctor(Command):
    """What this machine lacks, and how to get it."""

    def execute(self, progress: Progress) -> Outcome:
        """Check everything that examgen uses on this machine."""
        findings = system_check.examine()
        shown: list[Part] = []
        for one in findings:
            mark, style = (
                (tell("ok"), "green")
                if one.ok
                else ((tell("missing"), "red") if one.needed else (tell("not installed"), "yellow"))
            )
            padded = screen.said(mark) + " " * (10 - screen.width(screen.said(mark)))
            found = tell("{what}: {detail}", what=one.what, detail=one.detail)
            shown.append(line("{mark}{found}", style, mark=padded, found=found))
        lacks = any(one.needed and not one.ok for one in findings)
        return Outcome(
            [one._asdict() for one in findings], shown, Exit.MISSING_DEPENDENCY if lacks else Exit.DONE
        )
