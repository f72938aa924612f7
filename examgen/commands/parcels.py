"""`examgen parcel`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from examgen.analyses.reported.parts import Parts, ReportedLine
from examgen.commands import screen
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.signing import prompt_passphrase
from examgen.core.options import Argument, Option
from examgen.core.words import listed, option, tell, tell_n

if TYPE_CHECKING:
    from examgen.evidence.parcels import Parcel

with on_use():
    from examgen.core.signing import detached
    from examgen.evidence import parcels


class ParcelKey(Command):
    """A pair of keys for who receives parcels: a private one to keep, a public one to hand out."""

    private: Annotated[Path, Argument(tell("Where the private key goes."), metavar="PRIVATE.txt")]

    def execute(self, progress: Progress) -> Outcome:
        """Make and write it."""
        made = parcels.make_key(self.private)
        shown = [
            ReportedLine(tell("{private}: keep it secret", private=screen.short(made.private))),
            ReportedLine(
                tell(
                    "{file}: hand it out to whoever sends you parcels: {public}",
                    file=screen.short(made.file),
                    public=made.public,
                ),
                "bold",
            ),
        ]
        document = {"private": str(made.private), "file": str(made.file), "public": made.public}
        return Outcome(document, shown)


class ParcelSeal(Command):
    """One encrypted file of files and folders, which those named can open and nobody else."""

    details = tell(
        "An exam package goes with everything in it; its papers alone are its folder papers. The parcel is a "
        "tar archive, encrypted by age (age-encryption.org)."
    )

    out: Annotated[Path, Argument(tell("The parcel."), metavar="OUT.age")]
    paths: Annotated[
        tuple[Path, ...],
        Field(min_length=1),
        Argument(tell("What it holds: files, folders, exam packages."), metavar="PATH…"),
    ]
    to: Annotated[
        tuple[str, ...],
        Option(
            tell("Who may open it: a public key, or a file with one a line (again for each)."),
            metavar="age1…|FILE",
        ),
    ] = ()
    sign: Annotated[
        Path | None, Option(tell("Sign it with the body's private key."), metavar="PRIVATE.pem")
    ] = None
    passphrase: Annotated[bool, Option(tell("Ask for the passphrase of the key."))] = False

    def execute(self, progress: Progress) -> Outcome:
        """Seal it."""
        ask = prompt_passphrase if self.passphrase else None
        key = None if self.sign is None else detached.signing_key(self.sign, ask)
        made = parcels.seal(self.paths, self.out, self.to, key, progress)
        return Outcome(made.as_dict(), [*_of_parcel(made), *_of_sealed(made)])


class ParcelOpen(Command):
    """Opens a parcel into a folder, whole or not at all."""

    details = tell("Nothing in the folder is replaced. Every file is compared with what was sealed.")

    parcel: Annotated[Path, Argument(tell("The parcel."), metavar="FILE.age")]
    private: Annotated[Path, Option(tell("Your private key."), metavar="PRIVATE.txt")]
    into: Annotated[
        Path, Option(tell("The folder: output of the workspace for an exam package."), metavar="DIR")
    ]
    key: Annotated[
        tuple[Path, ...],
        Option(tell("Refuse it unless one of these bodies signed it."), metavar="FILE.public.json"),
    ] = ()

    def execute(self, progress: Progress) -> Outcome:
        """Open it."""
        found = parcels.open_parcel(self.parcel, self.private, self.into, self.key, progress)
        into = ReportedLine(tell("opened into {folder}", folder=screen.short(self.into)), "bold")
        return Outcome(found.as_dict(), [into, *_of_parcel(found), *_of_opened(found)])


def _of_parcel(one: Parcel) -> Parts:
    words = tell_n(
        "{parcel}: {n} file, {megabytes} MB",
        "{parcel}: {n} files, {megabytes} MB",
        len(one.files),
        parcel=screen.short(one.path),
        megabytes=f"{one.n_bytes / 1e6:.1f}",
    )
    yield ReportedLine(words)
    if one.exams:
        yield ReportedLine(tell("exams: {exams}", exams=listed(one.exams)))
    if one.has_keys:
        yield ReportedLine(tell("it holds items with their keys: for those alone who may see them"), "yellow")
    if one.body:
        yield ReportedLine(tell("signed by {body}, key {key}", body=one.body, key=one.key_id))


def _of_sealed(one: Parcel) -> Parts:
    yield ReportedLine(
        tell_n("{n} key can open it", "{n} keys can open it, each by itself", one.n_recipients)
    )
    if not one.body:
        yield ReportedLine(
            tell(
                "not signed: whoever opens it cannot know who sealed it. Sign it with {sign}",
                sign=option("sign"),
            ),
            "yellow",
        )


def _of_opened(one: Parcel) -> Parts:
    if not one.body:
        yield ReportedLine(
            tell(
                "who sealed it is not known: name the public key of a body that you trust with {key}",
                key=option("key"),
            ),
            "yellow",
        )
