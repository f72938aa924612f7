"""The applications that commands hang on, and the options that several of them share.

A command parses its words, calls one function of a package and prints the outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from examgen.commands.screen import reader
from examgen.core.words import in_language, noted, tell

if TYPE_CHECKING:
    from typer._click.core import Context
    from typer._click.formatting import HelpFormatter


class ReadsFirst(TyperGroup):
    """Commands of which the first, `read`, need not be named: `examgen scan FILES…` is `scan read FILES…`."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """The words, with the command that they leave out."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["read", *args]
        return super().parse_args(ctx, args)


GROUPS = (
    (noted("Bank"), ("unit", "bank", "blueprint")),
    (noted("Exam"), ("build", "render", "verify", "simulate")),
    (noted("Sitting"), ("scan", "score", "release", "report", "export", "verify-report")),
    (noted("Analysis"), ("analyse",)),
    (noted("Site"), ("serve", "site")),
    (noted("Setting up"), ("init", "demo", "doctor", "templates")),
)
"""The commands in the order of the work, as `examgen --help` shows them."""


class InOrder(TyperGroup):
    """The root of all commands, whose help has them in `GROUPS`."""

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write a section for each group."""
        for heading, names in GROUPS:
            rows = list(self._rows(names, formatter.width - 6 - max(map(len, self.commands))))
            if rows:
                with formatter.section(in_language(tell(heading), reader())):
                    formatter.write_dl(rows)

    def _rows(self, names: tuple[str, ...], most: int) -> Iterator[tuple[str, str]]:
        widest = max(map(len, self.commands))
        for name in names:
            if (command := self.commands.get(name)) is not None and not command.hidden:
                yield name.ljust(widest), command.get_short_help_str(most)


app = typer.Typer(
    name="examgen",
    cls=InOrder,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # Rich's help loads a Markdown parser: half of the start-up time
    help="Exams from competency standards: item bank, parallel forms, papers, results per criterion.",
)
unit_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Read unit documents, show what was read.",
)
bank_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Check the item bank, see what it covers."
)
blueprint_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Begin a blueprint.")
templates_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="See and copy the templates of all papers."
)
analyse_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Analyse items: classical, item response models, differential item functioning; set cut scores.",
)
cut_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Set cut scores: ratings or judged candidates in, cuts with their errors out.",
)
site_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Keep a site: the keys of its body, backups."
)
scan_app = typer.Typer(
    cls=ReadsFirst,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Read scanned answer sheets, decide on what is in doubt, give sheets back.",
)
app.add_typer(unit_app, name="unit")
app.add_typer(bank_app, name="bank")
app.add_typer(blueprint_app, name="blueprint")
app.add_typer(templates_app, name="templates")
app.add_typer(analyse_app, name="analyse")
app.add_typer(scan_app, name="scan")
app.add_typer(site_app, name="site")
analyse_app.add_typer(cut_app, name="cut")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Workspace = Annotated[
    Path | None,
    typer.Option(help="Folder with item_bank/ and output/; else the nearest one upwards from here."),
]
ExamDir = Annotated[Path, typer.Argument(help="The exam package: the folder that `build` wrote.")]
UnitCode = Annotated[str, typer.Argument(help="The unit.")]
Replace = Annotated[bool, typer.Option("--replace", help="Overwrite the file if it is there.")]
ScoredRun = Annotated[
    str | None,
    typer.Option(metavar="RUN", help="A scored run by its number; else the released one, or the newest."),
]
Results = Annotated[Path | None, typer.Option(metavar="DIR", help="The folder that `score --out` named.")]
Only = Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this candidate (again for each).")]
Processes = Annotated[
    int | None,
    typer.Option(
        "--processes", min=1, metavar="N", help="How many processes; if left out, as many as it pays for."
    ),
]
Dask = Annotated[
    str | None, typer.Option("--dask", metavar="ADDRESS", help="Have the workers of a Dask cluster do it.")
]


def _version(wanted: bool) -> None:
    if wanted:
        from examgen import __version__

        typer.echo(tell("examgen {version}", version=__version__))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version.")
    ] = False,
    lang: Annotated[
        str | None,
        typer.Option(
            metavar="LANGUAGE",
            help="What the command line speaks: en or th; else EXAMGEN_LANG or the locale says.",
        ),
    ] = None,
) -> None:
    """Options of every command; the language was taken from the words before (`language.choose`)."""
