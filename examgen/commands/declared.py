"""Turns declared commands into commands of the command line that click runs.

A `Command` is a frozen model: its fields are the options and arguments, and `execute` runs it and returns an
`Outcome`. The name, bounds and help of an option are those of its field (`core/options.py`).
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
    """The error to raise instead of printing `shown`, if the document reports faults."""
    summary: Iterable[Part] | None = None
    """The output that fits one screen. If it is set, `shown` is printed only with `--verbose`, before it; a
    page always shows `shown`."""


class Command(Options):
    """A command. Its fields are its options and arguments."""

    details: ClassVar[Message | None] = None
    """The text of its help after the line in the list of commands."""
    has_json: ClassVar[bool] = True
    """Whether it returns a document for `--json`."""
    has_verbose: ClassVar[bool] = False
    """Whether it has more to print than its summary."""

    def execute(self, progress: Progress) -> Outcome:
        """Run the command. Raises ExamgenError if it cannot be completed."""
        raise NotImplementedError


class _DeclaredOption(click.Option):
    """An option whose help shows the default and the bounds from the model."""

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
        """Return the default and the bounds for the help text, as click formats them."""
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
        """Write the options; rarely used ones come last, under a separate heading."""
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
    """Return a command whose arguments click parses. The model validates the values as typed, and supplies
    the defaults."""
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
