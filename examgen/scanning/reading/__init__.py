"""One scanned page → its `PageReading`: where the sheet is, its identity, and its marks.

OpenCV is set to use one thread, because pages are distributed among processes, one per core.
"""

import cv2

cv2.setNumThreads(1)
