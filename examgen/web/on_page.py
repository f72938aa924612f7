"""Sentences of commands that say what to type → the same on the site, which say what to press."""

from __future__ import annotations

from examgen.words import noted, reworded

PRESSED = {
    # a scoring that lacks what the run before it had: `workflow/scoring/left_out.py`
    "this scoring leaves out what {runs} had; to leave it out on purpose, and on record: "
    "--without {words}": noted(
        "this scoring leaves out what {runs} had. Bring back what is named below; or, to leave it out on "
        "purpose and on record, open “Answers”, unfold “Leave out on purpose what an earlier run had”, tick "
        "it and score again"
    ),
    "give them with --corrections": noted("make them again under “Corrections of the key”"),
    "give them with --identities and --marks": noted("decide on them again under “Rows set aside”"),
    "give it with --roster": noted("give it again under “Who came”"),
    "give it with --scaled": noted("give it again under “Cut and scale”"),
    "give them with --cut": noted("give them again under “Cut and scale”"),
    "name them among the answer files": noted("upload them again under “Answers”"),
    # answer files: `workflow/scoring/parts.py`, `workflow/scoring/run.py`
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
    # statistics into the bank: `workflow/analyses/statistics.py`, `bank/statistics.py`
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
    # statuses of items, editions of units: `bank/reviews/`, `workflow/bank/`
    "cannot go on to {to}: {why}; send it back with --to draft": noted(
        "cannot go on to {to}: {why}; send it back to draft"
    ),
    "{congruent}: reword it and have it rated anew, or say with --comment why it is approved all the "
    "same": noted(
        "{congruent}: reword it and have it rated anew, or write under “Why” why it is approved all the same"
    ),
    "give --pair for each that is the same criterion, or have a plan written with --plan FILE.yaml": noted(
        "tick each that is the same criterion"
    ),
    # exports: `workflow/exports/badges.py`
    "name the private key of the body that awards: --key body.pem": noted(
        "choose the key of the body that awards, under “Badges signed by”"
    ),
}
"""By the sentence of the command."""


def on_page(text: str) -> str:
    """What a command says, as a page says it."""
    return reworded(text, PRESSED)
