"""One scanned page → its `PageReading`: where the sheet lies, what it says it is, what was marked.

OpenCV is told to use one thread: pages are shared out among processes, one a core.
"""

import cv2

cv2.setNumThreads(1)
