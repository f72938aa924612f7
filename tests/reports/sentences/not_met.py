"""Statements that no sitting reaches, and why; each should be reached one day."""

from __future__ import annotations

# dirt in answers and signals: tests/capture and tests/analysis have each kind; what the files say of it is held
# against them where it stands
NOT_MET = frozenset(
    """
# {n} candidate is scored on a form that was not dealt.
+ {n} candidate is scored while a further row is in quarantine.
A further answer to question {questions} was accepted as right after the exam.
Each column holds equally many candidates; the darker, the more of them met the criterion. A thin line: too few items. The curve on top is the mean score.
Fewer than two forms have {n} candidates or more: forms are not compared.
It was decided after the exam that everybody has the points of question {questions}.
Keys in doubt
No longer released: run {n} has taken the place of these results
Not drawn: {n} candidate of no known centre.
Not released: the results that were released are those of run {n}
Points count in proportion to the full score as printed, since some was dropped.
SEM at the cut (as the blueprint sets it)
Scores on form {a} are higher than on form {b} by more than chance: mean {high} % and {low} %.
The decision was: not passed.
The decision was: passed.
The exam has no pass rule: no pass rates are compared.
The score and the decision are as they were; results of single criteria are not.
The {n} least met of {all}; the table beside this report has all.
There the score was {score} of {most} points.
This report replaces that of run {run}, which was released before.
a further key is right too
a line of totals
a quotation mark is broken
a repeated pattern
a spreadsheet has changed the candidate number
above 95 %
an answer to a question that the form does not have
another form fits better
at least {met} units each at {percent} % or more
at least {met} units each at {percent} % or more
below 95 %
below 99.8 %
below guessing
characters that cannot be read
check the key
distractor attracts the able
elements at {percent} % or more: {n}, and at least {met} are asked.
everybody has its points
far below guessing
form {form}: {sum} points by {n} judge, standard error over judges {error}, moved to {cut}
has codes in place of candidates; for the committee alone
idle distractor
in {k} of these places it rests on fewer than {n} items
misfit
more fields than the header: answers may have shifted
most marks of the row could not be understood
no longer released
one question answered on several lines
questions of the form without a line
rows of one candidate differ: all are in quarantine
rows of one candidate in several files that differ
rows of one candidate that differ
scored on a form that was not dealt
scored, and a further row is in quarantine
set aside by a grader's decision, on record
the candidate number is too long to be one
the columns are those of another form than the row names
the form or serial is not the one that was dealt
the header once more
the line is too long
the string of answers has another length than the form
too easy
too hard
too many wrong answers in common
units at {percent} % or more: {n}, and at least {met} are asked.
{n} correction drops a question: forms that had it have fewer points.
{n} key is in doubt, almost certain or likely to be wrong.
{n} key is possibly wrong.
§ {n} candidate is scored, but not on the roster.
""".strip().split("\n")
)
