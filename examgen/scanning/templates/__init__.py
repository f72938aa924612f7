"""Answer sheets that somebody else printed: learnt from their blank, described in form.yaml, read as our own.

`form.py` has the file; `learning.py` makes it of a blank, `omr_checker.py` of another program's template;
`layout.py` makes a `SheetLayout` of it, `registering.py` finds the form in a scan, `reading.py` reads the
scan."""

import cv2

cv2.setNumThreads(1)
