"""The words of the gallery's page in English and Thai, by the keys that page.js and page.html use."""

from __future__ import annotations

from collections.abc import Mapping

from examgen.core.words import noted, thai_of
from examgen.scanning.page_register import REASONS

_WORDS = {
    "title": noted("Doubtful marks"),
    "thai": noted("Thai"),
    "views": noted("What to decide"),
    "marks": noted("Marks"),
    "people": noted("Candidates"),
    "progress": noted("Progress"),
    "list": noted("Crops"),
    "side": noted("The crop and its sheet"),
    "acts": noted("Decide"),
    "save": noted("Save"),
    "keys": noted("Keyboard"),
    "close": noted("Close"),
    "blank": noted("Blank"),
    "space": noted("Space"),
    "multiple": noted("Several"),
    "multiple_done": noted("Several: done"),
    "multiple_told": noted("Choose every letter that is marked, then press M or Enter."),
    "multiple_least": noted("Choose two letters or more; Esc leaves."),
    "skip": noted("Skip"),
    "skipped": noted("skipped"),
    "undo": noted("Undo"),
    "undone": noted("Taken back: {what}"),
    "nothing_to_undo": noted("There is nothing to take back."),
    "previous": noted("Previous"),
    "next": noted("Next"),
    "zoom": noted("Zoom"),
    "sheet": noted("Sheet"),
    "offers": noted("Candidates that come near"),
    "candidate": noted("Candidate number"),
    "form": noted("Form"),
    "why": noted("Reason"),
    "decide": noted("Decide"),
    "nobody": noted("Nobody's"),
    "start": noted("Who decides?"),
    "start_told": noted(
        "Your name stands beside every decision. What you decide is kept in this browser until you save it."
    ),
    "start_told_framed": noted(
        "What you decide here goes on record as you go, under the name that you signed in with. Without a "
        "connection it waits on this page and is sent later."
    ),
    "name": noted("Your name"),
    "name_wanted": noted("Write your name."),
    "task": noted("Task"),
    "begin": noted("Begin"),
    "task_first": noted("Decide ({n})"),
    "task_second": noted("Second check, by another person, without the first decision ({n})"),
    "task_settle": noted("Settle where two people differ ({n})"),
    "short_first": noted("deciding"),
    "short_second": noted("second check"),
    "short_settle": noted("settling"),
    "from": noted("{source}, page {page}"),
    "question": noted("Question {n}"),
    "sheet_of": noted("Sheet {serial}"),
    "form_is": noted("form {form}"),
    "keep_form": noted("as read: {form}"),
    "decided_as": noted("decided"),
    "open": noted("not decided"),
    "left": noted("{left} of {all} left"),
    "left_seconds": noted("{left} of {all} left, about {n} s (median {median} s a decision)"),
    "left_minutes": noted("{left} of {all} left, about {n} min (median {median} s a decision)"),
    "proposals": noted("Rows of this sheet"),
    "rows": noted("Rows: {n}"),
    "sheet_told": noted(
        "Enter takes all rows as ringed; a dashed row has no mark. Click a row, or step to it with ↑ ↓, and "
        "press what is marked."
    ),
    "accept": noted("As shown"),
    "rows_button": noted("Row by row"),
    "none": noted("No mark at all"),
    "none_told": noted("No row of the sheet has a mark: Enter takes that."),
    "apart": noted("This row later"),
    "by_row": noted("later"),
    "row_by_row": noted("Row by row now."),
    "choose_row": noted("Choose a row first: ↑ ↓, or click it."),
    "sheet_taken": noted("As shown: {n}"),
    "likely": noted("Likely {mark} (Enter)"),
    "case_empty": noted("Nothing seems to be marked"),
    "case_faint": noted("This person’s light pencil"),
    "case_partly": noted("This person’s half-filled marks"),
    "case_crossed": noted("This person’s crosses, ticks or marks beyond the bubble"),
    "case_ringed": noted("This person’s rings"),
    "case_page": noted("The whole sheet is in doubt"),
    "why_several": noted("Several marks: which are meant?"),
    "why_erased": noted("Rubbed out, or meant?"),
    "why_crossed": noted("Crossed, ticked or crossed out"),
    "why_faint": noted("Very light"),
    "why_partly": noted("Partly filled"),
    "why_ringed": noted("A ring around the bubble"),
    "why_hidden": noted("The printed bubble is not seen"),
    "why_beside": noted("Nothing is marked, and something is written beside it"),
    "why_page": noted("The whole sheet is in doubt: clear rows are asked as well"),
    "no_marks": noted("There are no marks to decide."),
    "no_people": noted("There are no candidates to decide."),
    "crop_of": noted("Picture of {what}"),
    "measured": noted("Darkness, 0 to 100: {dark}"),
    "all_rows": noted("So many rows of this page are in doubt that all are asked, clear ones as well."),
    "now": noted("Now: {what}"),
    "all_done": noted("Everything is decided: save it."),
    "left_skipped": noted("The last one is open."),
    "no_such": noted("This question has no {letter}."),
    "no_key": noted("{key} does nothing here: press A to E or the Thai letters (? shows the keyboard)."),
    "decides_nothing": noted("Write the candidate number or choose a form, or press Nobody's."),
    "no_id": noted("That is not a candidate number."),
    "not_kept": noted("This browser keeps nothing: save before you close the page."),
    "not_kept_framed": noted(
        "The site does not answer: save a file before you leave the page, and give it above."
    ),
    "yours_already": noted("{n} of these are left out: you decided them yourself."),
    "cut_off": noted("This file is incomplete: copy it again."),
    "saving_told": noted("{n} decided, {left} still open."),
    "save_decisions": noted("Save {name}"),
    "save_decisions_told": noted("Hand this file to whoever runs `examgen take`: it holds every decision."),
    "save_decisions_told_framed": noted(
        "It is needed only where the site could not be reached: it is given above the frame."
    ),
    "save_overlays_told": noted(
        "Only where examgen is given them directly: `examgen score --marks --identities`."
    ),
    "reason": noted("{from}, read {read}, decided in the gallery"),
    "key_letter": noted("the mark"),
    "key_blank": noted("nothing is marked"),
    "key_multiple": noted("several are marked: then their letters, then M or Enter"),
    "key_likely": noted("the likely mark that is shown"),
    "key_accept": noted("a whole sheet: all rows as shown"),
    "key_step": noted("on a whole sheet: to another row"),
    "key_none": noted("on a whole sheet: no row has a mark"),
    "key_apart": noted("on a whole sheet: this row comes by itself"),
    "key_rows": noted("on a whole sheet: row by row"),
    "key_skip": noted("leave it for later"),
    "key_undo": noted("take the last step back"),
    "key_move": noted("to another crop"),
    "key_zoom": noted("the row, large"),
    "key_sheet": noted("the whole sheet"),
    "key_view": noted("between marks and candidates"),
    "key_save": noted("save"),
    "no_script": noted("This page needs JavaScript."),
}


def reason(code: str) -> dict[str, str]:
    """Why a sheet was quarantined, in both languages; an unknown code is returned as it is."""
    text = REASONS.get(code, code)
    return {"en": text, "th": thai_of(text) or text}


def words() -> dict[str, dict[str, str]]:
    """Each text in English (`en`) and Thai (`th`), with placeholders in braces."""
    return _both(_WORDS)


def _both(texts: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {key: {"en": text, "th": thai_of(text) or text} for key, text in texts.items()}
