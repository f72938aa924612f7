"""All commands in the order of the work: their words, where they are declared, and their line in lists.

The help on a list of commands loads no command, because their lines are defined here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from examgen.commands.help import HelpContext
from examgen.commands.screen import said
from examgen.core.words import Message, noted, tell

if TYPE_CHECKING:
    from examgen.commands.declared import Command


class Listed(NamedTuple):
    """A command in the table: its module in `commands/` with its class (`analyses.equating:Equate`), and its
    line."""

    where: str
    about: Message


# fmt: off
GROUPS: Mapping[str, Message] = {
    "unit": tell("Import unit documents and show them."),
    "bank": tell("Check the item bank and its coverage."),
    "blueprint": tell("Create a blueprint."),
    "templates": tell("List and copy the templates of all papers."),
    "analyse": tell("Analyse items (classical, IRT, DIF), equate forms, and set cut scores."),
    "certificate": tell("Issue, change, list and print certificates of competence."),
    "scan": tell("Read scanned answer sheets, review doubtful marks, return scored sheets."),
    "case": tell("Handle appeals and complaints: open, read again, decide, answer."),
    "person": tell("Show or remove the personal data of a candidate."),
    "site": tell("Maintain a site: signing keys and backups."),
}
COMMANDS: Mapping[str, Listed] = {
    "unit diff": Listed("units:UnitDiff", tell("Compare two editions; list the items, blueprints and approvals affected.")),
    "unit import": Listed("units:UnitImports", tell("Import unit documents into the bank (all of them, or none if one is refused).")),
    "unit show": Listed("units:UnitShow", tell("Show a unit as imported, or list its editions.")),
    "bank check": Listed("bank.checks:BankCheck", tell("Check the files and items of the bank against the item-writing rules; list the rules.")),
    "bank coverage": Listed("bank.coverage:BankCoverage", tell("Count usable items per criterion, what blueprints lack, and how many forms are possible.")),
    "bank export": Listed("bank.exchange:BankExport", tell("Export the items of a unit to a workbook, or to a file of another program.")),
    "bank import": Listed("bank.exchange:BankImport", tell("Import items from a workbook, or questions from a file of another program.")),
    "bank list": Listed("bank.finding:BankList", tell("List the items of a unit that meet all given conditions.")),
    "bank show": Listed("bank.finding:BankShow", tell("Show items with reviews and statistics, or as they will print.")),
    "bank generate": Listed("bank.generation:BankGenerate", tell("Generate items from item models; all are checked, distinct, and have one right answer.")),
    "bank status": Listed("bank.reviews:BankStatus", tell("Change the status of items, and record who and when in reviews.yaml.")),
    "bank review": Listed("bank.reviews:BankReview", tell("Show review decisions; write rating workbooks for experts, and import them.")),
    "bank blind": Listed("bank.blind:BankBlind", tell("Test whether keys can be guessed from the options alone, without the questions.")),
    "bank remap": Listed("units:BankRemap", tell("Move items to another edition by confirmed pairs of criteria; set the rest aside.")),
    "blueprint new": Listed("blueprints:BlueprintNew", tell("Create a commented first blueprint for a unit.")),
    "build": Listed("exams:Build", tell("Assemble an exam package from a blueprint.")),
    "render": Listed("papers:Render", tell("Print booklets, answer sheets and key sheets; with --candidates a booklet for each candidate.")),
    "verify": Listed("exams:Verify", tell("Check that a package is unchanged and meets its blueprint.")),
    "simulate": Listed("simulating:Simulate", tell("Simulate answers or filled answer sheets (2PL).")),
    "scan read": Listed("scanning:Read", tell("Read scanned answer sheets into responses.csv: `examgen scan SCANS… --exam EXAM_DIR --out DIR`.")),
    "scan annotate": Listed("scanning:Annotate", tell("Write a PDF per scored sheet with answers, right and wrong marks, and criterion scores.")),
    "scan gallery": Listed("scanning:Gallery", tell("Write gallery.html, an offline page for deciding on doubtful marks.")),
    "take": Listed("sitting:Take", tell("Add answers, scans, decisions and lists to a sitting, or remove them.")),
    "returns": Listed("returning:Returns", tell("Check the returns of exam centres; write the forms they fill in.")),
    "decide": Listed("sitting:Decide", tell("Record decisions on candidates (disqualified, withheld, withdrawn, second look), or list them.")),
    "case open": Listed("cases:CaseOpen", tell("Open an appeal or a complaint, or add evidence, a note or a second reading.")),
    "case show": Listed("cases:CaseShow", tell("List cases with deadlines, show one, or write its sheet for a second reading.")),
    "case decide": Listed("cases:CaseDecide", tell("Decide, answer and close an appeal or a complaint.")),
    "score": Listed("scoring:Score", tell("Score answers into a new numbered run of results per criterion.")),
    "release": Listed("releasing:Release", tell("Release the results of a run.")),
    "report": Listed("reporting:Report", tell("Write reports of a run: candidates, cohort, centres, coverage, committee, technical.")),
    "export": Listed("export:Export", tell("Export an exam, or the responses and results of a run, for another program.")),
    "certificate issue": Listed("certificates:CertificateIssue", tell("Issue certificates to candidates who met a unit in a released run.")),
    "certificate change": Listed("certificates:CertificateChange", tell("Suspend, reinstate, withdraw or renew certificates.")),
    "certificate list": Listed("certificates:CertificateList", tell("List certificates with their status, and those with changed results; write them as PDF.")),
    "dossier": Listed("dossiers:Dossier", tell("Write a signed accreditation file of an exam, indexed by clause of ISO/IEC 17024.")),
    "verify-report": Listed("signing:VerifyReport", tell("Verify the signature of a PDF report or an accreditation file, or a report code.")),
    "person show": Listed("persons:PersonShow", tell("Show the data stored under a candidate number, or export it for the person.")),
    "person remove": Listed("persons:PersonRemove", tell("Remove the name, contacts, scans and letters of a candidate.")),
    "retention": Listed("persons:Retention", tell("Remove personal data past the retention periods of examgen.yaml.")),
    "analyse exam": Listed("analyses.exam:AnalyseExam", tell("Analyse a scored exam; --write-back stores item statistics in the bank.")),
    "analyse items": Listed("analyses.responses:Items", tell("Classical analysis of test, items and options, with suspicious keys.")),
    "analyse irt": Listed("analyses.responses:Irt", tell("Fit an item response model: parameters, standard errors, fit, abilities.")),
    "analyse dif": Listed("analyses.responses:Dif", tell("Find items that are harder for one group than for equally able candidates of another (DIF).")),
    "analyse decisions": Listed("analyses.responses:Decisions", tell("Estimate how consistent and how accurate pass/fail decisions are.")),
    "analyse equate": Listed("analyses.equating:Equate", tell("Convert scores of one form to another (observed-score equating).")),
    "analyse link": Listed("analyses.equating:Link", tell("Place the parameters of NEW on the scale of OLD through common items.")),
    "analyse subscores": Listed("analyses.responses:Subscores", tell("Test whether the scores of parts add information to the total (Haberman).")),
    "analyse assessors": Listed("analyses.responses:Assessors", tell("Measure agreement and severity of assessors, and the gain from more assessors or tasks.")),
    "analyse copying": Listed("analyses.responses:Copying", tell("List pairs of candidates with improbably many answers in common (a signal, not a verdict).")),
    "analyse cut": Listed("analyses.cuts:Cut", tell("Compute cut scores and their errors from ratings or judged candidates.")),
    "serve": Listed("examgen.site.serving:Serve", tell("Open the web site of the workspace, with user roles.")),
    "site keys": Listed("signing:Keys", tell("Create the keys that a body signs reports with: private ones to keep, public ones to publish.")),
    "site backup": Listed("examgen.site.serving:Backup", tell("Back up the workspace and database of a site into one file, while it is in use.")),
    "site restore": Listed("examgen.site.serving:Restore", tell("Restore a backup into a new folder, after checking every file.")),
    "init": Listed("workspaces:Init", tell("Create a workspace with the starter bank.")),
    "demo": Listed("workspaces:Demo", tell("Build, print and score two sample exams.")),
    "doctor": Listed("workspaces:Doctor", tell("List what this machine lacks, and how to install it.")),
    "templates list": Listed("workspaces:TemplatesList", tell("List the built-in templates and those of the workspace.")),
    "templates eject": Listed("workspaces:TemplatesEject", tell("Copy built-in templates into the workspace for editing.")),
}
# fmt: on

SECTIONS = (
    (noted("Bank"), ("unit", "bank", "blueprint")),
    (noted("Exam"), ("build", "render", "verify", "simulate")),
    (
        noted("Sitting"),
        ("take", "returns", "scan", "decide", "score", "release", "report", "export", "verify-report"),
    ),
    (
        noted("After the sitting"),
        ("case", "certificate", "dossier", "person", "retention"),
    ),
    (noted("Analysis"), ("analyse",)),
    (noted("Site"), ("serve", "site")),
    (noted("Setup"), ("init", "demo", "doctor", "templates")),
)
"""The sections of `examgen --help`, with their commands."""
UNNAMED = {"scan": "read"}
"""Commands whose last word may be left out: `examgen scan FILES…` is `scan read FILES…`."""


@cache
def command(name: str) -> click.Command:
    """Return the click command with these words."""
    from examgen.commands.declared import click_command

    return click_command(name.rpartition(" ")[2], declaration(name), COMMANDS[name].about)


def declaration(name: str) -> type[Command]:
    """Return the class that declares the command with these words."""
    module, _, kind = COMMANDS[name].where.partition(":")
    found = import_module(module if module.startswith("examgen.") else f"examgen.commands.{module}")
    declared: type[Command] = getattr(found, kind)
    return declared


class CommandList(click.Group):
    """A group of commands that begin with the same words. Each command is loaded only when used."""

    context_class = HelpContext

    def __init__(self, words: tuple[str, ...] = (), **more: Any) -> None:
        self.words = words
        super().__init__(words[-1] if words else "examgen", no_args_is_help=True, **more)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the possible next words, in the order of the table."""
        n = len(self.words)
        begun = [name.split() for name in COMMANDS if tuple(name.split()[:n]) == self.words]
        return list(dict.fromkeys(name[n] for name in begun))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command or group for the next word; None if there is none."""
        name = " ".join((*self.words, cmd_name))
        if name in GROUPS:
            return CommandList((*self.words, cmd_name), help=said(GROUPS[name]))
        return command(name) if name in COMMANDS else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words, after adding a command word that may be left out."""
        unnamed = UNNAMED.get(" ".join(self.words))
        if unnamed and args and args[0] != "--help" and args[0] not in self.list_commands(ctx):
            args = [unnamed, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command for the next word. Raises NoSuchCommand, with similar names, if there is
        none."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-"):
            raise click.NoSuchCommand(args[0], possibilities=names, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands in sections; below the root, in a single one."""
        names = self.list_commands(ctx)
        widest = max(map(len, names))
        for heading, own in SECTIONS if not self.words else ((noted("Commands"), tuple(names)),):
            with formatter.section(said(tell(heading))):
                formatter.write_dl([(name.ljust(widest), said(self._about(name))) for name in own])

    def _about(self, name: str) -> Message:
        words = " ".join((*self.words, name))
        return GROUPS[words] if words in GROUPS else COMMANDS[words].about


def root() -> click.Group:
    """Return the root of the command line."""
    from examgen import __version__

    return click.version_option(
        __version__, message="examgen %(version)s", help=said(tell("Show the version."))
    )(
        CommandList(
            help=said(tell("Build, print and grade competency exams, with results per criterion.")),
            params=[
                click.Option(
                    ["--lang"],
                    metavar="LANGUAGE",
                    expose_value=False,
                    help=said(tell("Language of messages: en or th (default: EXAMGEN_LANG or the locale).")),
                )
            ],
        )
    )
