"""What the codes of the record are called on its page; its files have the codes alone."""

from __future__ import annotations

from typing import Any

from examgen.core.words import joined, tell
from examgen.site.jobs.kinds import kinds

ACTS = {
    "account.address": tell("set somebody's address"),
    "account.close": tell("closed an account"),
    "account.link": tell("made a link to choose a password"),
    "account.make": tell("made an account"),
    "account.open": tell("opened an account again"),
    "analyses.made": tell("had an analysis done"),
    "analyses.open": tell("opened an analysis that names candidates"),
    "analyses.remove": tell("removed an analysis"),
    "analyses.take": tell("took a file of an analysis"),
    "analyses.upload": tell("sent files for analyses"),
    "analysis.made": tell("analysed answers"),
    "analysis.open": tell("opened an analysis that names keys"),
    "analysis.write_back": tell("wrote statistics into the bank"),
    "answers.columns": tell("matched columns of answers"),
    "answers.reading": tell("said how answer files are read"),
    "answers.remove": tell("removed an answer file"),
    "answers.upload": tell("uploaded answer files"),
    "assess.begin": tell("began to rate a candidate"),
    "assess.done": tell("gave ratings of a candidate"),
    "assess.go_on": tell("went on with an assessment that was stopped"),
    "assess.stop": tell("said that an assessment was stopped or did not take place"),
    "assess.give_up": tell("left a candidate to another assessor"),
    "assess.moderate": tell("decided on points that assessors rated far apart"),
    "audit.export": tell("took the record as a file"),
    "bank.export": tell("took items with their keys"),
    "bank.picture": tell("added a picture to the bank"),
    "body.set": tell("set the name or the logo of the body"),
    "blueprint.new": tell("wrote a first blueprint"),
    "blueprint.copy": tell("copied a blueprint"),
    "blueprint.save": tell("saved a blueprint"),
    "cases.add": tell("added to a case"),
    "cases.answer": tell("answered a case"),
    "cases.close": tell("closed a case"),
    "cases.decide": tell("decided a case"),
    "cases.open": tell("opened a case"),
    "cases.read": tell("read answers a second time for a case"),
    "certificate.change": tell("changed a certificate"),
    "certificate.issue": tell("issued certificates"),
    "certificate.list": tell("took the list of certificates"),
    "certificate.take": tell("took a certificate as PDF"),
    "corrections.drop": tell("dropped a proposed correction"),
    "corrections.make": tell("made a correction"),
    "corrections.refused": tell("tried a correction that was refused"),
    "corrections.propose": tell("proposed a correction"),
    "corrections.tried": tell("had it worked out who moves by a correction"),
    "database.take": tell("took the database over for this workspace"),
    "door.failed": tell("failed to sign in"),
    "door.in": tell("signed in"),
    "door.out": tell("signed out"),
    "dossier.made": tell("made an accreditation file"),
    "dossier.take": tell("took an accreditation file"),
    "exam.build": tell("built an exam"),
    "exam.replace": tell("set an exam aside"),
    "export.made": tell("made an export"),
    "export.take": tell("took an export"),
    "factor.add": tell("added a second factor"),
    "factor.remove": tell("removed a second factor"),
    "factor.reset": tell("made recovery codes anew"),
    "item.change": tell("changed an item"),
    "item.import": tell("brought in items from a file"),
    "item.second": tell("approved an item, as the first of two"),
    "item.second-withdrawn": tell("took a first approval of an item back"),
    "item.status": tell("gave an item a status"),
    "item.write": tell("wrote an item"),
    "opening.ask": tell("asked to open secret files"),
    "opening.close": tell("closed an opening"),
    "opening.decline": tell("declined an opening"),
    "opening.grant": tell("granted an opening"),
    "opening.take": tell("took a copy of a secret file"),
    "papers.list": tell("sent a candidate list"),
    "papers.print": tell("printed papers"),
    "papers.forget": tell("took the settings of the blueprint again"),
    "papers.settings": tell("saved settings of the papers"),
    "papers.take": tell("took papers"),
    "password.change": tell("changed a password"),
    "password.reset": tell("chose a password anew"),
    "password.set": tell("chose a password"),
    "persons.decide": tell("decided on persons"),
    "persons.erase": tell("erased persons"),
    "plan.upload": tell("gave the plan of the sitting"),
    "release.make": tell("released results"),
    "reports.made": tell("made reports"),
    "returns.back": tell("took back what a centre sent back"),
    "returns.explain": tell("said what came of what does not add up"),
    "returns.incident": tell("entered an incident"),
    "returns.upload": tell("gave what a centre sent back"),
    "role.give": tell("gave a role"),
    "role.take": tell("took a role"),
    "roster.record": tell("recorded who came"),
    "roster.upload": tell("gave the roster"),
    "round.close": tell("closed a round of review"),
    "round.end": tell("ended own ratings"),
    "round.open": tell("opened a round of review"),
    "rules.give": tell("gave a cut or a conversion"),
    "rules.remove": tell("removed a cut or a conversion"),
    "rules.take": tell("took as a file who would move by a cut or a conversion"),
    "rows.decide": tell("decided on a row that was set aside"),
    "rows.take_back": tell("withdrew a decision on a row"),
    "scans.read": tell("had scans read"),
    "scans.decide": tell("decided on doubtful marks"),
    "scans.remove": tell("removed scans"),
    "scans.upload": tell("gave scans"),
    "sitting.held": tell("stated that a sitting was held"),
    "sitting.never": tell("stated that nobody will sit an exam"),
    "sitting.not_held": tell("took back that a sitting was held"),
    "second.ask": tell("asked for what a second administrator confirms"),
    "second.decline": tell("declined what waited for a second administrator"),
    "score.ask": tell("asked for the scoring"),
    "score.run": tell("scored the run"),
    "run.take": tell("took results as a file"),
    "unit.import": tell("imported a unit"),
    "unit.remap": tell("carried items over to another edition"),
}
"""Of what was done."""
DETAILS = {
    "alone": tell("by one administrator alone"),
    "aside": tell("is called now"),
    "asked_by": tell("asked by"),
    "broke_off": tell("finished after its process had been killed; begun"),
    "by": tell("by"),
    "candidate": tell("candidate"),
    "carried": tell("carried over"),
    "day": tell("day"),
    "decisions": tell("number of decisions"),
    "edition": tell("edition"),
    "exams": tell("exams"),
    "experts": tell("experts"),
    "fields": tell("fields"),
    "file": tell("file"),
    "files": tell("files"),
    "fingerprint": tell("Fingerprint"),
    "form": tell("form"),
    "found": tell(
        "found in its place after the work had broken off, made by it or by a command since; begun"
    ),
    "first": tell("first"),
    "forgotten": tell("by itself again"),
    "format": tell("format"),
    "from": tell("changed from"),
    "granted_by": tell("granted by"),
    "hash": tell("hash"),
    "is_demo": tell("demo"),
    "is_set": tell("is set"),
    "is_signed": tell("signed"),
    "items": tell("number of items"),
    "job": tell("number of the work"),
    "kind": tell("kind"),
    "kinds": tell("kinds"),
    "last": tell("last"),
    "line": tell("line"),
    "lines": tell("number of lines"),
    "n": tell("number"),
    "name": tell("name"),
    "new": tell("is new"),
    "opening": tell("opening"),
    "people": tell("number of people"),
    "proposal": tell("proposal"),
    "question": tell("question"),
    "reason": tell("reason"),
    "release": tell("release"),
    "result": tell("analysis"),
    "role": tell("role"),
    "room": tell("room"),
    "round": tell("round"),
    "run": tell("run"),
    "saw_others": tell("rated anew after the points of the other assessor were seen"),
    "scan": tell("scan"),
    "set_aside": tell("set aside"),
    "sha256": tell("SHA-256"),
    "state": tell("Status"),
    "stored": tell("stored"),
    "to": tell("changed to"),
    "unit": tell("unit"),
    "encoding": tell("encoding"),
    "delimiter": tell("delimiter"),
    "sheet": tell("sheet"),
    "method": tell("method"),
}
"""Of the names of details."""


_OF_WORK = {
    "ask": tell("asked for"),
    "stop": tell("stopped"),
    "done": tell("done"),
    "refused": tell("could not be done"),
    "interrupted": tell("interrupted"),
    "withdrawn": tell("withdrawn"),
    "failed": tell("failed"),
}


def act(code: str) -> str:
    """What was done, in words; of work its title and how it stands. Empty where there are none."""
    name, _, state = code.partition(".")
    if code not in ACTS and name in kinds() and state in _OF_WORK:
        return joined([kinds()[name].title, _OF_WORK[state]], between=": ")
    return ACTS.get(code, "")


def value_words(value: Any) -> str:
    """A detail as people read it: yes and no, lists without brackets, nothing as a dash."""
    if isinstance(value, bool):
        return tell("yes") if value else tell("no")
    if isinstance(value, list):
        return joined(map(value_words, value)) if value else "–"
    return "–" if value in (None, "") else str(value)


def codes_like(text: str) -> list[str]:
    """The codes of acts that are called so in either language."""
    asked = text.casefold()
    return [code for code, said in ACTS.items() if asked in said.en.casefold() or asked in said.th.casefold()]
