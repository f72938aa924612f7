"""Every command: its words, where it is declared, and its line in lists, in the order of the work.

The help on a list loads no command: what a line says stands here, once.
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
    """A command of the table: its module in `commands/` with its class (`analyses.equating:Equate`), and its
    line."""

    where: str
    about: Message


# fmt: off
GROUPS: Mapping[str, Message] = {
    "unit": tell("Read unit documents, show what was read."),
    "bank": tell("Check the item bank, see what it covers."),
    "blueprint": tell("Begin a blueprint."),
    "templates": tell("See and copy the templates of all papers."),
    "analyse": tell("Analyse items: classical, item response models, differential item functioning; set cut scores."),
    "certificate": tell("Issue certificates of competence, change what becomes of them, list and print them."),
    "scan": tell("Read scanned answer sheets, decide on what is in doubt, give sheets back."),
    "case": tell("Appeals and complaints: open, read a second time, decide, answer."),
    "person": tell("Show what is held of a candidate, and remove name and contacts."),
    "site": tell("Keep a site: the keys of its body, backups."),
}
COMMANDS: Mapping[str, Listed] = {
    "unit diff": Listed("units:UnitDiff", tell("Say what changed between two editions, and which items, blueprints and approvals that touches.")),
    "unit import": Listed("units:UnitImports", tell("Read unit documents into the bank: all of them, or none if one is refused.")),
    "unit show": Listed("units:UnitShow", tell("Show a unit of the bank as it was read, or its editions.")),
    "bank check": Listed("bank.checks:BankCheck", tell("Find every error of the bank: of its files, and by the rules of item writing; list those rules.")),
    "bank coverage": Listed("bank.coverage:BankCoverage", tell("Count the usable items of each criterion, say what blueprints lack and how many forms there can be.")),
    "bank export": Listed("bank.exchange:BankExport", tell("Write a unit's items into a workbook for item writers, or into a file of another program.")),
    "bank import": Listed("bank.exchange:BankImport", tell("Read items from a workbook, or questions from another program's file, into the bank.")),
    "bank list": Listed("bank.finding:BankList", tell("List the items of a unit that fit every condition given.")),
    "bank show": Listed("bank.finding:BankShow", tell("Show items whole, with reviews and statistics; or set them as they will print.")),
    "bank generate": Listed("bank.generation:BankGenerate", tell("Make items from item models: checked, all different, each with exactly one right answer.")),
    "bank status": Listed("bank.reviews:BankStatus", tell("Move items one status on, back to draft, or to retired; who and when goes into reviews.yaml.")),
    "bank review": Listed("bank.reviews:BankReview", tell("Show who decided on which item; write rating workbooks for experts, and read them back.")),
    "bank blind": Listed("bank.blind:BankBlind", tell("Print options without their questions, and say how many keys readers found there.")),
    "bank remap": Listed("units:BankRemap", tell("Carry items over to another edition where a person confirmed the pair; set the rest aside.")),
    "blueprint new": Listed("blueprints:BlueprintNew", tell("Write a first blueprint of a unit, with comments, to change and to build.")),
    "build": Listed("exams:Build", tell("Assemble forms to a blueprint into an exam package.")),
    "render": Listed("papers:Render", tell("Print booklets, answer sheets and key sheets; with --candidates a booklet for each candidate.")),
    "verify": Listed("exams:Verify", tell("Check that a package is whole and meets its blueprint.")),
    "simulate": Listed("simulating:Simulate", tell("Write answers of synthetic candidates (2PL), or their answer sheets, filled.")),
    "scan read": Listed("scanning:Read", tell("Read scanned answer sheets into responses.csv: `examgen scan SCANS… --exam EXAM_DIR --out DIR`.")),
    "scan annotate": Listed("scanning:Annotate", tell("Give scored sheets back: a PDF each, with what was read, right and wrong, and the score per criterion.")),
    "scan gallery": Listed("scanning:Gallery", tell("Write gallery.html, on which people decide doubtful marks: one file, no network, mostly by keyboard.")),
    "take": Listed("sitting:Take", tell("Take answers, scans, decisions and lists into the record of a sitting, or back out of it.")),
    "returns": Listed("returning:Returns", tell("Show what centres sent back, and what does not add up; write the forms that they fill in.")),
    "decide": Listed("sitting:Decide", tell("Put on record that a candidate is disqualified, or that a result is withheld or withdrawn; or show who.")),
    "case open": Listed("cases:CaseOpen", tell("Open an appeal or a complaint; add evidence, a note or a second reading to one.")),
    "case show": Listed("cases:CaseShow", tell("List appeals and complaints with their deadlines, show one, or write its sheet for a second reading.")),
    "case decide": Listed("cases:CaseDecide", tell("Decide an appeal or a complaint, write the letter that answers it, close it.")),
    "score": Listed("scoring:Score", tell("Score answer files into results per criterion: a new numbered run, chained to those before it.")),
    "release": Listed("releasing:Release", tell("Put on record that a scored run is what people are told.")),
    "report": Listed("reporting:Report", tell("What people read of a scored run: candidates, cohort, centres, the standard, the committee; the technical report.")),
    "export": Listed("export:Export", tell("Write an exam, or the responses and results of a scored run, for another program.")),
    "certificate issue": Listed("certificates:CertificateIssue", tell("Issue certificates to those who met a unit in the released run of an exam.")),
    "certificate change": Listed("certificates:CertificateChange", tell("Suspend, reinstate, withdraw or renew certificates.")),
    "certificate list": Listed("certificates:CertificateList", tell("List certificates with their status today and which rest on results that no longer hold; write them as PDF.")),
    "dossier": Listed("dossiers:Dossier", tell("Write the accreditation file of an administration: one signed archive, indexed by clause of ISO/IEC 17024.")),
    "verify-report": Listed("signing:VerifyReport", tell("Check who signed a report (a PDF; HTML is not signed) or an accreditation file, if it is as it was, what it says.")),
    "person show": Listed("persons:PersonShow", tell("Show what is held under a candidate number, and write it for the person.")),
    "person remove": Listed("persons:PersonRemove", tell("Remove name and contacts of a candidate from the lists, with their scans and letters.")),
    "retention": Listed("persons:Retention", tell("Remove what is past the times of examgen.yaml: contacts and answers, later results by person.")),
    "analyse exam": Listed("analyses.exam:AnalyseExam", tell("The whole report of an administration; with --write-back its statistics go to the bank.")),
    "analyse items": Listed("analyses.items:Items", tell("Classical analysis: test, items, options, and keys that look wrong.")),
    "analyse irt": Listed("analyses.irt:Irt", tell("An item response model: parameters with standard errors, fit, abilities.")),
    "analyse dif": Listed("analyses.dif:Dif", tell("Items that are harder for one group than for candidates of like ability in another.")),
    "analyse decisions": Listed("analyses.decisions:Decisions", tell("How often pass and fail would repeat on a parallel form, and how often they are right.")),
    "analyse equate": Listed("analyses.equating:Equate", tell("Scores of one form as scores of another: observed-score equating.")),
    "analyse link": Listed("analyses.equating:Link", tell("Carry the ability scale of NEW to that of OLD through the items in common.")),
    "analyse subscores": Listed("analyses.subscores:Subscores", tell("Is the score of a part worth reporting, or does the total tell as much (Haberman)?")),
    "analyse assessors": Listed("analyses.assessors:Assessors", tell("How far assessors agree, how severe each is, and what another assessor or task would change.")),
    "analyse copying": Listed("analyses.copying:Copying", tell("Pairs of candidates with more answers in common than chance gives: a signal for a person, no verdict.")),
    "analyse cut": Listed("analyses.cuts:Cut", tell("Set cut scores: ratings or judged candidates in, cuts with their errors out.")),
    "serve": Listed("examgen.site.serving:Serve", tell("Serve the workspace to browsers: pages for people in roles, over the same functions as the commands.")),
    "site keys": Listed("signing:Keys", tell("Make the keys by which a body signs its reports: private ones to keep, public ones to hand out.")),
    "site backup": Listed("examgen.site.serving:Backup", tell("Write the whole of a site into one file: its workspace and its database, while it is in use.")),
    "site restore": Listed("examgen.site.serving:Restore", tell("Put a backup into a new folder, every file checked before.")),
    "init": Listed("workspaces:Init", tell("Make a new workspace with the starter bank.")),
    "demo": Listed("workspaces:Demo", tell("Show the whole chain on two real exams.")),
    "doctor": Listed("workspaces:Doctor", tell("Check what this machine lacks, and how to get it.")),
    "templates list": Listed("workspaces:TemplatesList", tell("Name the built-in templates, and those that the workspace has of its own.")),
    "templates eject": Listed("workspaces:TemplatesEject", tell("Copy built-in templates into the workspace, to be changed there.")),
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
    (noted("Setting up"), ("init", "demo", "doctor", "templates")),
)
"""The commands as `examgen --help` shows them."""
UNNAMED = {"scan": "read"}
"""Commands that need not be named: `examgen scan FILES…` is `scan read FILES…`."""


@cache
def command(name: str) -> click.Command:
    """A declared command, by its words."""
    from examgen.commands.declared import click_command

    return click_command(name.rpartition(" ")[2], declaration(name), COMMANDS[name].about)


def declaration(name: str) -> type[Command]:
    """The declaration of a command, by its words."""
    module, _, kind = COMMANDS[name].where.partition(":")
    found = import_module(module if module.startswith("examgen.") else f"examgen.commands.{module}")
    declared: type[Command] = getattr(found, kind)
    return declared


class CommandList(click.Group):
    """The commands that begin with the same words; each is loaded when it is asked for."""

    context_class = HelpContext

    def __init__(self, words: tuple[str, ...] = (), **more: Any) -> None:
        self.words = words
        super().__init__(words[-1] if words else "examgen", no_args_is_help=True, **more)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The next words, in the order of the table."""
        n = len(self.words)
        begun = [name.split() for name in COMMANDS if tuple(name.split()[:n]) == self.words]
        return list(dict.fromkeys(name[n] for name in begun))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or the list, of the next word."""
        name = " ".join((*self.words, cmd_name))
        if name in GROUPS:
            return CommandList((*self.words, cmd_name), help=said(GROUPS[name]))
        return command(name) if name in COMMANDS else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The words, with the one that may be left out."""
        unnamed = UNNAMED.get(" ".join(self.words))
        if unnamed and args and args[0] != "--help" and args[0] not in self.list_commands(ctx):
            args = [unnamed, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the next word; raises NoSuchCommand with those that look like it."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-"):
            raise click.NoSuchCommand(args[0], possibilities=names, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A section for each part of the work; below the root, one."""
        names = self.list_commands(ctx)
        widest = max(map(len, names))
        for heading, own in SECTIONS if not self.words else ((noted("Commands"), tuple(names)),):
            with formatter.section(said(tell(heading))):
                formatter.write_dl([(name.ljust(widest), said(self._about(name))) for name in own])

    def _about(self, name: str) -> Message:
        words = " ".join((*self.words, name))
        return GROUPS[words] if words in GROUPS else COMMANDS[words].about


def root() -> click.Group:
    """The command line."""
    from examgen import __version__

    return click.version_option(
        __version__, message="examgen %(version)s", help=said(tell("Show the version."))
    )(
        CommandList(
            help=said(
                tell(
                    "Exams from competency standards: item bank, parallel forms, papers, results per criterion."
                )
            ),
            params=[
                click.Option(
                    ["--lang"],
                    metavar="LANGUAGE",
                    expose_value=False,
                    help=said(
                        tell("What the command line speaks: en or th; else EXAMGEN_LANG or the locale says.")
                    ),
                )
            ],
        )
    )
