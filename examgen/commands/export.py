"""`examgen export`: exams and scored runs, written for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from examgen.commands import screen
from examgen.commands.app import Json, Results, ScoredRun, app, day_of
from examgen.commands.signing import asked_passphrase

if TYPE_CHECKING:
    from examgen.interchange.place import Exported


@app.command("export")
def export(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="EXAM|RUN",
            help="The exam package, or one of its scored runs (results/runs/0001); of a package the released "
            "run, or the newest.",
        ),
    ],
    file_format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="What to write. Of an exam: qti30, qti22, moodle-xml, gift, word. Of a run: iteman, "
            "winsteps, jmetrik, mirt, tam, one-hot, results, open-badges.",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="In place of a folder in exports/ of the package.")
    ] = None,
    run: ScoredRun = None,
    results: Results = None,
    pseudonymous: Annotated[
        bool, typer.Option("--pseudonymous", help="Codes in place of candidates' ids; their table apart.")
    ] = False,
    keys: Annotated[
        str | None,
        typer.Option(
            metavar="HOW",
            help="Of an exam: none (if left out), as candidates may look into the files; or inside, for a "
            "platform that scores by itself.",
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="PRIVATE.pem", help="The body's key, which signs open-badges."),
    ] = None,
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for the passphrase of this key.")
    ] = False,
    day: Annotated[
        str | None,
        typer.Option(
            "--date", metavar="2026-06-19", help="From when it is valid; else the day of the release."
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--valid-until", metavar="2029-06-19", help="Until when it is valid.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite files that are there.")] = False,
    json: Json = False,
) -> None:
    """Write an exam, or the responses and results of a scored run, for another program."""
    from examgen.interchange.place import ExportOptions
    from examgen.reports.exports import formats

    asked = ExportOptions(out, run, results, replace, pseudonymous, keys)
    ask = asked_passphrase if passphrase else None
    asked = asked._replace(key=key, ask=ask, day=day_of(day), until=day_of(until))
    made = formats.export(folder, file_format, asked)
    if json:
        screen.print_json(
            {
                "format": made.format,
                "folder": str(made.folder),
                "files": list(made.names),
                **made.facts,
                "told": [str(one) for one in made.told],
                **({"alarm": str(made.alarm)} if made.alarm else {}),
            }
        )
    else:
        _show(made)


_MOST_SHOWN = 20


def _show(made: Exported) -> None:
    from examgen.core.words import tell

    screen.show_files(f"{made.format}:", [made.folder / name for name in made.names[:_MOST_SHOWN]])
    if len(made.names) > _MOST_SHOWN:
        screen.say(
            tell(
                "  and {n:,} more in {folder}",
                n=len(made.names) - _MOST_SHOWN,
                folder=screen.short(made.folder),
            )
        )
    for one in made.told:
        screen.say(one, "yellow")
    if made.alarm:
        screen.say(made.alarm, "bold red")
