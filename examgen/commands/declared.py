"""A declared command → a command of the command line, as click runs it.

A `Command` is a frozen model: its fields are what it is asked, `execute` does it and gives an
`Outcome`. Name, bounds and help of an option are those of its field (`core/options.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, NamedTuple

import click
from pydantic import ValidationError

from examgen.analysis.parts import Part
from examgen.commands import screen
from examgen.commands.help import HelpContext
from examgen.commands.screen import said
from examgen.core.options import Argument, Declared, Options, wrong_usage
from examgen.core.problems import ExamgenError, Exit
from examgen.core.words import Message, as_typed, tell

Progress = Callable[[str], None]


class Outcome(NamedTuple):
    """Result of a command: the document of `--json`, and the text for people."""

    document: Any
    shown: Iterable[Part] = ()
    status: Exit = Exit.DONE
    refused: ExamgenError | None = None
    """What is told in place of `shown` where the document says that something is not as it should be."""
    summary: Iterable[Part] | None = None
    """One screen. Where there is one, only `--verbose` prints `shown`, before it; a page shows `shown`."""


class Command(Options):
    """A command: its fields are what it is asked."""

    details: ClassVar[Message | None] = None
    """What its help says after the line that the list of commands has."""
    has_json: ClassVar[bool] = True
    """Whether it has a document for `--json`."""
    has_verbose: ClassVar[bool] = False
    """Whether it has more to print than its summary."""

    def execute(self, progress: Progress) -> Outcome:
        """Do it; raises ExamgenError where it cannot be done."""
        raise NotImplementedError


class _DeclaredOption(click.Option):
    """An option whose help says its bounds and its default, which the model has."""

    def __init__(self, one: Declared) -> None:
        option = one.option
        is_switch = one.shape == "switch"
        names = [one.name, one.words + (f"/{option.negative}" if option.negative else "")]
        if option.short:
            names.append(option.short)
        self.declared = one
        super().__init__(
            names,
            is_flag=is_switch,
            default=None,
            multiple=one.is_several,
            nargs=one.n_values,
            required=one.is_required,
            metavar=None if is_switch else said(as_typed(option.metavar or _METAVARS[one.shape])),
            type=click.BOOL if is_switch else click.STRING,
            help=said(option.help),
            envvar=option.envvar or None,
            show_envvar=bool(option.envvar),
        )

    def get_help_extra(self, ctx: click.Context) -> Any:
        """The default and the bounds, as click writes them."""
        extra = super().get_help_extra(ctx)
        one = self.declared
        if one.shape == "switch":
            if one.option.negative:
                extra["default"] = (one.words if one.default else one.option.negative).lstrip("-")
        elif one.default not in (None, (), ""):
            extra["default"] = ", ".join(map(str, one.default)) if one.is_several else str(one.default)
        if one.least is not None and one.most is not None:
            extra["range"] = f"{one.least}–{one.most}"
        elif one.least is not None:
            extra["range"] = f"≥{one.least}"
        return extra


_METAVARS = {
    "whole": "N",
    "number": "NUMBER",
    "text": "TEXT",
    "choice": "NAME",
    "path": "PATH",
    "day": "2026-06-19",
}


class _DeclaredCommand(click.Command):
    context_class = HelpContext

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Options; those that few use come last, under a heading of their own."""
        common: list[tuple[str, str]] = []
        rare: list[tuple[str, str]] = []
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and not isinstance(param, click.Argument):
                is_rare = isinstance(param, _DeclaredOption) and param.declared.option.is_rare
                (rare if is_rare else common).append(record)
        for heading, records in ((tell("Options"), common), (tell("Advanced options"), rare)):
            if records:
                with formatter.section(said(heading)):
                    formatter.write_dl(records)


def click_command(name: str, kind: type[Command], about: Message) -> click.Command:
    """The command as click parses its words. The model reads the values as they were written, and has the
    defaults of those that are left out."""
    params: list[click.Parameter] = []
    for one in kind.declared().values():
        if isinstance(one.option, Argument):
            metavar = one.words.removesuffix("...")
            metavar = metavar if one.is_required else f"[{metavar}]"
            params.append(
                click.Argument(
                    [one.name],
                    nargs=-1 if one.is_several else 1,
                    required=one.is_required,
                    metavar=said(as_typed(metavar + ("..." if one.is_several else ""))),
                    type=click.STRING,
                    help=said(one.option.help),
                    default=None,
                )
            )
        else:
            params.append(_DeclaredOption(one))
    if kind.has_json:
        params.append(
            click.Option(["as_json", "--json"], is_flag=True,
                         help=said(tell("Print one JSON document and nothing else.")))
        )  # fmt: skip

    if kind.has_verbose:
        params.append(
            click.Option(["is_verbose", "--verbose"], is_flag=True, help=said(tell("Print all details.")))
        )

    def run(as_json: bool = False, is_verbose: bool = False, **values: Any) -> Exit:
        given = {name: value for name, value in values.items() if value not in (None, ())}
        try:
            command = kind.model_validate(given)
        except ValidationError as error:
            raise wrong_usage(kind, error) from None
        done = command.execute(screen.progress)
        if as_json:
            screen.print_json(done.document)
        elif done.refused is not None:
            raise done.refused
        else:
            if done.summary is None or is_verbose:
                screen.show(done.shown)
            screen.show(done.summary or ())
        return done.status if done.refused is None else done.refused.exit_code

    help = said(about) if kind.details is None else f"{said(about)}\n\n{said(kind.details)}"
    return _DeclaredCommand(name, params=params, callback=run, help=help)
