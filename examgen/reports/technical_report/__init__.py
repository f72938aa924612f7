"""The technical report of an administration: what its results rest on and how exact they are."""
