"""`examgen serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from examgen.commands import screen
from examgen.commands.app import Workspace, app, site_app
from examgen.commands.options import workspace_of
from examgen.core.problems import Exit, MissingDependency
from examgen.core.words import tell

if TYPE_CHECKING:
    from examgen.site.site import Site

Database = Annotated[
    str,
    typer.Option(
        envvar="EXAMGEN_DATABASE", metavar="URL", help="postgresql://…; else a file in the workspace."
    ),
]


def _lacking(error: ModuleNotFoundError) -> MissingDependency:
    return MissingDependency(
        tell("the site needs {name}: install it with `pip install 'examgen[web]'`", name=error.name)
    )


@app.command()
def serve(
    workspace: Annotated[
        Path | None, typer.Argument(help="The workspace; else the nearest one upwards from here.")
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen at.")] = 8000,
    processes: Annotated[int, typer.Option(min=1, metavar="N", help="Processes that answer.")] = 1,
    database: Database = "",
    public_name: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="HOST", help="A name that people call the site by (again for each)."),
    ] = None,
    https: Annotated[
        bool, typer.Option("--https", help="People reach it by HTTPS, through a proxy before it.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Serve nothing: say what is unsafe in how the site is set up."),
    ] = False,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Make a workspace with a scored exam and made-up people of each role."),
    ] = False,
    forget_factor: Annotated[
        str,
        typer.Option(
            "--forget-factor",
            metavar="USER",
            help="Serve nothing: take the second factor away that the only administrator has lost.",
        ),
    ] = "",
    take_database: Annotated[
        bool,
        typer.Option(
            "--take-database",
            help="Serve nothing: take the database over from the workspace that it belongs to.",
        ),
    ] = False,
) -> None:
    """Serve the workspace to browsers: pages for people in roles, over the same functions as the commands."""
    try:
        from examgen.site import server, site
    except ModuleNotFoundError as error:
        raise _lacking(error) from None
    names = [*(public_name or []), "localhost", "127.0.0.1", "[::1]"]
    if demo:
        workspace = workspace or workspace_of(None) / "output" / "site"
        _make_demo(workspace)
    place = site.Site(workspace_of(workspace).resolve(), database, tuple(names), https, demo)
    server.begin(place)
    if check:
        _check(place)
        return
    asked = server.Asked(host, port, processes)
    is_served = not forget_factor and not take_database
    if is_served:
        server.check_port(asked)
    before = server.make_ready(place, is_served, take_database)
    if take_database:
        screen.say(
            tell(
                "{database} is the database of {folder} from now on",
                database=place.database_name(),
                folder=place.workspace,
            )
        )
        return
    if before:
        screen.say(tell("this workspace was last served in {place}: it is taken to have moved", place=before))
    if forget_factor:
        server.forget_factor(forget_factor)
        screen.say(tell("{user} signs in by password and adds another second factor", user=forget_factor))
        return
    if demo:
        from examgen.site.demo import make_people

        password, people = make_people(place)
        screen.say(
            tell("sign in as {names}; password: {password}", names=", ".join(people), password=password),
            "bold",
        )
    here = "localhost" if host in {"0.0.0.0", "::"} else host  # all addresses: in a container, as a rule
    address = f"https://{names[0]}/" if https and public_name else f"http://{here}:{port}/"
    if link := server.first_link(address):
        screen.say(
            tell("the first administrator chooses a password here, once, within a day: {link}", link=link),
            "bold",
        )
    status = server.serve(asked, address, screen.progress)
    if status:
        raise typer.Exit(status)


def _make_demo(workspace: Path) -> None:
    """The workspace of a demo, unless it is there; by a process that ends, and with it what printing took."""
    from concurrent.futures import ProcessPoolExecutor

    from examgen.core.processes import context
    from examgen.site.demo import make_workspace

    with ProcessPoolExecutor(1, context()) as maker:
        maker.submit(make_workspace, workspace, screen.progress).result()


def _check(place: Site) -> None:
    """Shows what a check of the site found; status 1 where something is unsafe or broken."""
    from examgen.site.operation.checks import findings

    found = findings(place)
    screen.show_problems(found)
    if any(one.severity == "error" for one in found):
        raise typer.Exit(Exit.REFUSED)
    screen.say(tell("the site can be served: nothing unsafe was found"), "green")


@site_app.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, a .tar.gz.")],
    workspace: Workspace = None,
    database: Database = "",
) -> None:
    """Write the whole of a site into one file: its workspace and its database, while it is in use."""
    from examgen.site.operation.backup import backup as back_up
    from examgen.site.site import Site

    done = back_up(Site(workspace_of(workspace).resolve(), database, (), False, False), file)
    screen.say(
        tell(
            "{path}: {n:,} files, {size:,} bytes; SHA-256 {sha256}",
            path=screen.short(file),
            n=done.files,
            size=done.size,
            sha256=done.sha256,
        )
    )
    screen.say(tell("it holds keys, results and names: keep it as you keep these"), "yellow")


@site_app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="What `site backup` wrote.")],
    folder: Annotated[Path, typer.Argument(help="A new folder for the workspace.")],
    database: Database = "",
) -> None:
    """Put a backup into a new folder, every file checked before."""
    from examgen.site.operation.backup import restore as put_back

    n = put_back(file, folder, database)
    screen.say(tell("{folder}: {n:,} files, each as it was", folder=screen.short(folder), n=n), "green")
    screen.say(tell("serve it with `examgen serve {folder}`", folder=screen.short(folder)))
