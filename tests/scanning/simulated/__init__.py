"""Printed answer sheets → filled as people fill them, scanned as scanners and phones do, with the truth.

What readers are tried and measured on (README.md). OpenCV is told to use one thread: pages are shared out
among processes, one a core.
"""

import cv2

cv2.setNumThreads(1)
