"""Statements that no sitting reaches, by why; a statement that is reached is taken out."""

from __future__ import annotations

_BY_WHY = {
    "answers that no model fits: tests/analyses/test_rule_decisions.py has candidates alike": """
How often these decisions would repeat on a parallel form cannot be said: no model fits the answers.
""",
    "items that share a text, answered by a hundred: tests/analyses/test_rule_decisions.py": """
{n} items share a text or a picture with others, and these answers cannot tell what is due to the text: on a form with other texts it might be {passed} of 100 who pass again, and {failed} of 100 who again do not.
{n} items share a text or a picture with others; that another form would have another text is taken into account.
""",
    "rows that only other layouts of answers, broken bytes, graders or printed booklets lead to: tests/capture has each": """
a quotation mark is broken
an answer to a question that the form does not have
characters that cannot be read
most marks of the row could not be understood
a file that is not a result from the screen
a sitting on screen that was not submitted
a choice that the question does not have
no column says the form, and no list which one was dealt
one question answered on several lines
questions of the form without a line
rows of different candidates on one sheet
rows of one candidate in several files that differ
the columns are those of another form than the row names
the line is too long
the string of answers has another length than the form
""",
    "rosters with forms, and ids that are scored or set aside although they are on no list": """
# {n} candidate is scored on a form that was not dealt.
no row, but one in quarantine may be theirs
scored on a form that was not dealt
scored, but not on the roster
§ {n} candidate is scored, but not on the roster.
""",
    "signals and alarms that small sittings cannot raise: tests/psychometrics has each": """
Fewer are right than guessing would give.
a repeated pattern
another form fits better
far below guessing
likely
misfit
possible
too easy
too many wrong answers in common
{n} key is possibly wrong: {keys}.
""",
    "ways to set a cut whose words alone are others: of three each has a sitting": """
at least the cut between candidates whom judges hold competent and others
at least the cut of Hofstee's compromise
at least the cut that judges set by the bookmark method
at least the cut that judges set by the yes/no Angoff method
at least the cut that scores have at the grade of the border
form {form}: {sum} points from {n} candidate, standard error {error}, moved to {cut}
""",
    "of several units: tests/reports/test_standard_report.py": """
A criterion, an element or a unit is judged where {n} items or more of it count, and met from this share of its points on: {units}.
The standard of a criterion, an element or a unit is this share of its points: {units}. It is judged where {n} items or more of it count, and is met, or not met, where that is {certainty} % certain.
The decision is on all units together; the status of each rests on its own points.
""",
    "of a run of an examgen that kept no answers": """
This run keeps no answers: it cannot show whose results these corrections changed.
""",
    "where the numbers of the sittings do not lead": """
The score for {weak} tells no more than the total: decide by {instead}, a status is a hint (items in brackets).
The {n} nearest of {all}; the table beside this report has all.
The {n} least met of {all}; the table beside this report has all.
The first {n}; unreconciled.csv and quarantine.csv of the run have all.
On form {form} the rule rests, in {k} places, on fewer than {n} items, which are too few to judge anybody by there; decisions rest on them all the same.
{n} correction drops a question: forms that had it have fewer points.
""",
}
NOT_MET = frozenset(message for listed in _BY_WHY.values() for message in listed.strip().split("\n"))
