"""Scored runs → what people read and what other bodies take: reports, uploads; codes verified.

Nothing is imported here: scoring writes its files without waiting for what draws reports.
"""
