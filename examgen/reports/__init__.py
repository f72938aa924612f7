"""Tables → what people read: each report a pure function to the context of its template; result files.

Nothing is imported here: scoring writes its files without waiting for what draws reports.
"""
