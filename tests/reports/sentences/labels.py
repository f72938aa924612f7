"""Names of columns, sections, tiles and signs: words that state nothing by themselves."""

from __future__ import annotations

LABELS = frozenset(
    """
% (interval)
95 % interval
Absent
absent
Administration
against the limits
all
All candidates
all candidates
All candidates by criteria
another status on a criterion
Answer file
Answer files
answer files
answered
answers asked
attendance unknown
Read this before you sign:
better
how sure
Keys
beyond the limits
Blanks and multiple marks
Book for the committee
By
By criterion
By form
Candidate
Candidate number
Candidates
candidates
Candidates by criteria
Candidates by criteria, {n}
Candidates by score
Candidates of the centre
candidate scored
candidates scored
Candidates, highest per cent first
Centre
centre
Centres
centres
Change
Code in the file
Contents
corrections
Corrections and whom they moved
Coverage of the standard
criteria of the standard asked
Criteria the cohort lacks most
Criterion
Cut
Date
Report made on
Decision
Distribution of scores
down
Elements and units
Exam
facility
File and line
Form
form sat
Form {form}
Form and question
Forms
forms sat
Funnel plot of the centres' pass rates
go to
Holds for
How many
in quarantine
Integrity signals
integrity signal
integrity signals
Is everybody accounted for?
Item
Item analysis
Certification body
Date of the sitting
Place of the sitting
Item, or form and question
items
items, form {form}
item–rest correlation
Key
Key version
left blank
limits
List for signature
marked more than once
marks
mean change in points
mean number right
mean score
mean score, %
mean score, percentage points
mean, % of points
met now
Met, of those judged
met, of those judged
missing
no longer met
No.
not drawn
Number
of all points
of points
only in the run before
only in this run
Paper
passed
passed {passed}
people
Per cent
Points
points
Points from the cut
Position
Present
present
Reason
registered
Release
reliability (alpha), 95 % interval
Rests on
Result
Result of the examination
Results by centre and form
Results by the standard
Results of the cohort
Room
Room or form
Rooms
rooms
Run
Score
Score before
score changed
Score in per cent
Score in points
Score now
Score, % from
scored
Scores
SEM from alpha
share and interval
Signatures of the committee
standard deviation
Standard, paper and cohort
Status
status changed
The committee's note
Unit or element
Unit, element, performance criterion
unreadable
up
What differs:
What the signs mean
What this paper never asked
What to work on
What was done
Criteria met by each, of those judged in the figure
whole unit
why
within the limits
{n} candidate
{n} candidates
{n} centres; outside the limits
edition
Unit of competence
Administrations
Coverage over administrations
administration
administrations
criteria never asked
What has not been asked for how long
asked last by
administrations since
days since
Every criterion over the administrations
administrations that asked it
criteria asked
Run, key and edition
why
""".strip().split("\n")
)
