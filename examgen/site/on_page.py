"""Sentences of commands that say what to type → the same on the site, which say what to press."""

from __future__ import annotations

from examgen.core.words import noted, reworded

PRESSED = {
    # a scoring that lacks what the run before it had: `scoring/omitted_inputs.py`
    "this scoring leaves out what {runs} had; to leave it out on purpose, and on record: "
    "--without {words}": noted(
        "this scoring leaves out what {runs} had. Bring back what is named below; or, to leave it out on "
        "purpose and on record, open “Answers”, unfold “Deliberately leave out something that an earlier run "
        "used”, tick it and score again"
    ),
    "give them with --corrections": noted("make them again under “Corrections of the key”"),
    "give them with --identities and --marks; to leave out those on one row that was decided anew: "
    "--without decisions:FILE:LINE": noted(
        "decide on them again under “Rows set aside”; leave them out on purpose if they were decided anew"
    ),
    "give it with --roster": noted("give it again under “Who came”"),
    "give it with --scaled": noted("give it again under “Cut and scale”"),
    "give them with --cut": noted("give them again under “Cut and scale”"),
    "name them among the answer files": noted("upload them again under “Answers”"),
    # answer files: `scoring/parts.py`, `scoring/score.py`
    "{n:,} of {rows:,} rows are mostly not understood ({examples}). Understood are letters ({letters}) and "
    "the text of an option as the candidate's form prints it, with or without its letter. Give the file so, "
    "say with --columns which column is what, or have these rows set aside (--unreadable aside) or scored as "
    "they are (--unreadable score)": noted(
        "{n:,} of {rows:,} rows are mostly not understood ({examples}). Understood are letters ({letters}) "
        "and the text of an option as the candidate's form prints it, with or without its letter. Give the "
        "file so, or, on the page “Answers”, say which column is what (“Match columns by hand”) or what "
        "becomes of these rows (“Rows of which most marks are not understood”)"
    ),
    "{n:,} row(s) cannot be scored; without --strict the others are": noted(
        "{n:,} row(s) cannot be scored; where “Refuse the scoring if any row must be set aside” is not "
        "ticked, the others are"
    ),
    # `capture/columns.py`, `capture/files.py`, `capture/answer_layout.py`
    "the columns are headed with questions of several forms, or of forms that number them otherwise: give "
    "each form's answers as a file of its own, or say with --columns which column is what": noted(
        "the columns are headed with questions of several forms, or of forms that number them otherwise: "
        "give each form's answers as a file of its own, or say on the page “Answers” which column is what "
        "(“Match columns by hand”)"
    ),
    "this is not the heading of an answer file: it has {n} column(s) {shown}; expected `candidate_id`, "
    "`form` and either `Q1` to `Q{size}` (or the stems of the questions), or `answers`, or `question` and "
    "`answer`, within the first 20 lines; --columns says which column is what": noted(
        "this is not the heading of an answer file: it has {n} column(s) {shown}; expected `candidate_id`, "
        "`form` and either `Q1` to `Q{size}` (or the stems of the questions), or `answers`, or `question` "
        "and `answer`, within the first 20 lines; or say on the page “Answers” which column is what (“Match "
        "columns by hand”)"
    ),
    "answers can be read in two ways ({ways}): keep one, or say which with --sheet or --delimiter": noted(
        "answers can be read in two ways ({ways}): keep one, or say which on the page “Answers” (“Sheet of a "
        "workbook”, “Delimiter”)"
    ),
    "--columns gives one column to two things": noted(
        "the columns that were matched by hand give one column to two things"
    ),
    "--columns names {lost}; there is {shown}": noted(
        "the columns that were matched by hand name {lost}; there is {shown}"
    ),
    "--columns says that the heading is on line {said}: it is not": noted(
        "the columns were matched by hand with the heading on line {said}: it is not there"
    ),
    "{name}: {n:,} candidates were not compared with each other: name their rooms, in a column `room` or by "
    "--roster": noted(
        "{name}: {n:,} candidates were not compared with each other: name their rooms, in a column `room` or "
        "under “Who came”"
    ),
    # tables and workbooks of questions: `interchange/tables/`, `bank/`
    "{path} was exported from {exported}, not from {code}: leave out --unit": noted(
        "{path} was exported from {exported}, not from {code}: read it in on the pages of that unit"
    ),
    "its columns of keys differ: {keys}; say `key` with --columns": noted(
        "its columns of keys differ: {keys}; keep one of them in the file"
    ),
    "its key is a number, and another row has 0: say `key_is: from 0` or `key_is: number` with "
    "--columns": noted(
        "its key is a number, and another row has 0: write the letters of the options in place of numbers"
    ),
    "its key {key!r} may be a place or a text, which are different options: say `key_is` with "
    "--columns": noted(
        "its key {key!r} may be a place or a text, which are different options: write the letter of the "
        "option"
    ),
    "say with --columns FILE which column is what; `leave` names those that are none:\n{lines}": noted(
        "head each column with what it is, as the workbook for item writers does:\n{lines}"
    ),
    "{path} does not say its unit: name it with --unit ({known})": noted(
        "{path} does not say its unit: read it in on the pages of that unit ({known})"
    ),
    "--columns names {lost}; there is {there}": noted(
        "columns that were named are not there: {lost}; there is {there}"
    ),
    "has no line of headings{where}: write {first} … on the first line, each in Thai or in English, or begin "
    "with `examgen bank export`": noted(
        "has no line of headings{where}: write {first} … on the first line, each in Thai or in English, or "
        "begin with the workbook under “Take away”"
    ),
    "--pc CODE gives all questions one criterion": noted(
        "one criterion for all of them: choose it under “Criterion of questions that name none”"
    ),
    "--map FILE.csv says it by name, tag or category: columns `what` and `pc`": noted(
        "a criterion for each: write its code into the name, a tag or the category of the question"
    ),
    # unit documents: `bank/standards/layouts.py`
    "keep one unit in a file, whole, from its code to the methods of assessment, and look at what was read "
    "with `examgen unit import FILE --dry-run`": noted(
        "keep one unit in a file, whole, from its code to the methods of assessment"
    ),
    # statistics into the bank: `analyses/statistics.py`, `bank/statistics.py`
    "{n_made_up:,} of {n:,} candidates of run {run} are synthetic: their statistics say nothing of the "
    "items, and nothing was written; for a trial, --synthetic writes them under a marked name": noted(
        "{n_made_up:,} of {n:,} candidates of run {run} are synthetic: their statistics say nothing of the "
        "items, and nothing was written; for a trial, tick “Also where answers were made up: under a name "
        "that says so”"
    ),
    "already has lines of an administration {name}, but {why}: give this one a name of its own "
    "(--administration), or replace those lines (--replace)": noted(
        "already has lines of an administration {name}, but {why}: give this one a name of its own (“What "
        "the sitting is called in the bank”), or replace those lines (“In the place of another sitting of "
        "that name”)"
    ),
    "{n:,} of {compared:,} lines of the administration {name} have the same candidates and facilities: it is "
    "the same sitting, and would count twice; write it back under that name (--administration), which "
    "replaces its lines": noted(
        "{n:,} of {compared:,} lines of the administration {name} have the same candidates and facilities: "
        "it is the same sitting, and would count twice; write {name} under “What the sitting is called in "
        "the bank”, which replaces its lines"
    ),
    # statuses of items, editions of units: `bank/reviews/`, `bank/`
    "cannot go on to {to}: {why}; send it back with --to draft": noted(
        "cannot go on to {to}: {why}; send it back to draft"
    ),
    "is {status}, but {why}: the approval is void; `examgen bank status {unit} {item} --to draft`, then "
    "review it anew": noted(
        "is {status}, but {why}: the approval is void; send {item} of {unit} back to draft, then review it "
        "anew"
    ),
    "approvals that bind stem, options and key alone, as earlier versions gave them: {n} ({items}); `examgen "
    "bank reviews {unit} --bind` binds them to all that the bank says now": noted(
        "approvals of {unit} that bind stem, options and key alone, as earlier versions gave them: {n} "
        "({items}); they are bound to all that the bank says before anything is written into the unit"
    ),
    "is {status}, but {low}: `examgen bank status {unit} {item} --to draft`, then reword it, or approve it "
    "with --comment": noted(
        "is {status}, but {low}: send {item} of {unit} back to draft, then reword it, or write under “Why” "
        "why it is approved all the same"
    ),
    "{summary}; most is told by {groups}, worst in {items}: `examgen bank check --guessability` says what to "
    "change": noted("{summary}; most is told by {groups}, worst in {items}"),
    "edition {short} waits: compare with `examgen unit diff {code} {code}@{short}`, then carry the items "
    "over with `examgen bank remap {code} --to {short} --plan PLAN.yaml`": noted(
        "edition {short} of {code} waits: compare it with the present one, then carry the items over"
    ),
    "{congruent}: reword it and have it rated anew, or say with --comment why it is approved all the "
    "same": noted(
        "{congruent}: reword it and have it rated anew, or write under “Why” why it is approved all the same"
    ),
    "give --pair for each that is the same criterion, or have a plan written with --plan FILE.yaml": noted(
        "tick each that is the same criterion"
    ),
    "{folder} holds no unit: import one with `examgen unit import FILE`": noted(
        "{folder} holds no unit: import one, “Read a unit document”"
    ),
    # blueprints and packages: `core/models/`, `assembly/`, `assembly/verification.py`
    "{n} item is left out only for its status ({counts}): have that reviewed (`examgen bank status`), or "
    "write {write} for a trial": noted(
        "{n} item(s) left out only for the status ({counts}): have them reviewed in the item bank, or write "
        "{write} for a trial"
    ),
    "a cut of a file is given when answers are scored (--cut): leave it out here": noted(
        "a cut of a file is given when answers are scored (“Cut and scale”): leave it out here"
    ),
    "reports and analyses that --out put elsewhere": noted(
        "reports and analyses that commands put elsewhere"
    ),
    # decisions of the gallery: `scanning/gallery/commands.py`
    "is not a file of decisions: it lacks a column `scan`, `code` or `decided` (marks.csv and identities.csv "
    "are for `examgen score`)": noted(
        "is not the file that the gallery saved (“Save”): it lacks a column `scan`, `code` or `decided`"
    ),
    # cut scores of a file: `scoring/runs/on_record.py`
    "is a cut of {name} as it was built another time: set it again with --exam": noted(
        "is a cut of {name} as it was built another time: set it again for the exam as it is built now"
    ),
    # exports: `reports/exports/badges.py`
    "name the private key of the body that awards: --key body.pem": noted(
        "choose the key of the body that awards, under “Badges signed by”"
    ),
}
"""By the sentence of the command."""


def on_page(text: str) -> str:
    """What a command says, as a page says it."""
    return reworded(text, PRESSED)
