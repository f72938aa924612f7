"""`examgen serve`, and the backup and restoration of a site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from examgen.analysis.parts import ReportedLine, ReportedProblems
from examgen.commands import screen
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.options import Workspace, workspace_of
from examgen.core.options import Argument, Option
from examgen.core.problems import Exit, MissingDependency, install
from examgen.core.words import tell

if TYPE_CHECKING:
    from examgen.site.site import Site

Database = Annotated[
    str,
    Option(tell("postgresql://…; else a file in the workspace."), metavar="URL", envvar="EXAMGEN_DATABASE"),
]


class Serve(Command):
    """Serves the site of a workspace until the process is stopped."""

    has_json = False

    workspace: Annotated[
        Path | None, Argument(tell("The workspace; else the nearest one upwards from here."))
    ] = None
    host: Annotated[str, Option(tell("The address to listen at."))] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535), Option(tell("The port to listen at."))] = 8000
    processes: Annotated[int, Field(ge=1), Option(tell("Processes that answer."), metavar="N")] = 1
    database: Database = ""
    public_name: Annotated[
        tuple[str, ...],
        Option(tell("A name that people call the site by (again for each)."), metavar="HOST", name="--name"),
    ] = ()
    https: Annotated[bool, Option(tell("People reach it by HTTPS, through a proxy before it."))] = False
    check: Annotated[bool, Option(tell("Serve nothing: say what is unsafe in how the site is set up."))] = (
        False
    )
    demo: Annotated[
        bool, Option(tell("Make a workspace with a scored exam and made-up people of each role."))
    ] = False
    forget_factor: Annotated[
        str,
        Option(
            tell("Serve nothing: take the second factor away that the only administrator has lost."),
            metavar="USER",
            is_rare=True,
        ),
    ] = ""

    def execute(self, progress: Progress) -> Outcome:
        """Serve the site, check it, or reset a second factor."""
        try:
            from examgen.site import server, site
        except ModuleNotFoundError as error:
            raise MissingDependency.because(
                "the site needs {name}: install it with `{command}`", name=error.name, command=install("web")
            ) from None
        names = [*self.public_name, "localhost", "127.0.0.1", "[::1]"]
        workspace = self.workspace
        asked = server.Asked(self.host, self.port, self.processes)
        if not (self.check or self.forget_factor):
            server.check_port(asked)
        if self.demo:
            workspace = workspace or workspace_of(None) / "output" / "site"
            _make_demo(workspace)
        place = site.Site(
            workspace_of(workspace).resolve(), self.database, tuple(names), self.https, self.demo
        )
        server.begin(place)
        if self.check:
            return _checked(place)
        server.make_ready(place)
        if self.forget_factor:
            server.forget_factor(self.forget_factor)
            message = tell(
                "{user} signs in by password and adds another second factor", user=self.forget_factor
            )
            return Outcome(None, [ReportedLine(message)])
        if self.demo:
            from examgen.site.demo import make_people

            password, people = make_people(place)
            screen.say(
                tell("sign in as {names}; password: {password}", names=", ".join(people), password=password),
                "bold",
            )
        # all addresses: in a container, as a rule
        here = "localhost" if self.host in {"0.0.0.0", "::"} else self.host
        is_named = self.https and self.public_name
        address = f"https://{names[0]}/" if is_named else f"http://{here}:{self.port}/"
        if link := server.first_link(address):
            screen.say(
                tell(
                    "the first administrator chooses a password here, once, within a day: {link}", link=link
                ),
                "bold",
            )
        return Outcome(None, status=Exit(server.serve(asked, address, progress)))


def _make_demo(workspace: Path) -> None:
    """Makes the workspace of a demo unless it exists, in a process of its own that frees the memory of
    printing when it ends."""
    from concurrent.futures import ProcessPoolExecutor

    from examgen.core.processes import context
    from examgen.site.demo import make_workspace

    with ProcessPoolExecutor(1, context()) as maker:
        maker.submit(make_workspace, workspace, screen.progress).result()


def _checked(place: Site) -> Outcome:
    """Checks the site and returns the findings, with status 1 if anything is unsafe or broken."""
    from examgen.site.operation.checks import findings

    found = findings(place)
    if any(one.severity == "error" for one in found):
        return Outcome(None, [ReportedProblems(found)], Exit.REFUSED)
    safe = ReportedLine(tell("the site can be served: nothing unsafe was found"), "green")
    return Outcome(None, [ReportedProblems(found), safe])


class Backup(Command):
    """A file that holds all of a site."""

    has_json = False

    file: Annotated[Path, Argument(tell("The file to write, a .tar.gz."))]
    workspace: Workspace = None
    database: Database = ""

    def execute(self, progress: Progress) -> Outcome:
        """Write the backup, while the site is in use."""
        from examgen.site.operation.backup import backup
        from examgen.site.site import Site

        done = backup(
            Site(workspace_of(self.workspace).resolve(), self.database, (), False, False), self.file
        )
        written = tell(
            "{path}: {n:,} files, {size:,} bytes; SHA-256 {sha256}",
            path=screen.short(self.file),
            n=done.files,
            size=done.size,
            sha256=done.sha256,
        )
        warning = tell("it holds keys, results and names: keep it as you keep these")
        return Outcome(None, [ReportedLine(written), ReportedLine(warning, "yellow")])


class Restore(Command):
    """A site put back from its backup."""

    has_json = False

    file: Annotated[Path, Argument(tell("What `site backup` wrote."))]
    folder: Annotated[Path, Argument(tell("A new folder for the workspace."))]
    database: Database = ""

    def execute(self, progress: Progress) -> Outcome:
        """Check every file and restore the site."""
        from examgen.site.operation.backup import restore

        n = restore(self.file, self.folder, self.database)
        folder = screen.short(self.folder)
        put = tell("{folder}: {n:,} files, each as it was", folder=folder, n=n)
        serve = tell("serve it with `examgen serve {folder}`", folder=folder)
        return Outcome(None, [ReportedLine(put, "green"), ReportedLine(serve)])
