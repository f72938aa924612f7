"""Statements that no sitting reaches, and why; each should be reached one day."""

from __future__ import annotations

# dirt in answers and signals: tests/capture and tests/analysis have each kind; what the files say of it is held
# against them where it stands
NOT_MET = frozenset(
    """
# {n} candidate is scored on a form that was not dealt.
+ {n} candidate is scored while a further row is in quarantine.
Keys in doubt
SEM at the cut (as the blueprint sets it)
Scores on form {a} are higher than on form {b} by more than chance: mean {high} % and {low} %.
The exam has no pass rule: no pass rates are compared.
The score and the decision are as they were; results of single criteria are not.
The {n} least met of {all}; the table beside this report has all.
a quotation mark is broken
a repeated pattern
above 95 %
an answer to a question that the form does not have
another form fits better
below guessing
characters that cannot be read
check the key
distractor attracts the able
far below guessing
has codes in place of candidates; for the committee alone
idle distractor
misfit
most marks of the row could not be understood
no column says the form, and no list which one was dealt
no row, but one in quarantine may be theirs
one question answered on several lines
questions of the form without a line
rows of one candidate in several files that differ
scored on a form that was not dealt
scored, and a further row is in quarantine
set aside by a grader's decision, on record
the columns are those of another form than the row names
the form or serial is not the one that was dealt
the line is too long
the string of answers has another length than the form
too easy
too hard
too many wrong answers in common
{n} correction drops a question: forms that had it have fewer points.
{n} key is in doubt, almost certain or likely to be wrong.
{n} key is possibly wrong.
§ {n} candidate is scored, but not on the roster.
""".strip().split("\n")
)
