"""The supported kinds of files with tables, as listed in help texts and messages."""

XLSX, PARQUET = "XLSX", "Parquet"
TABLE_KINDS = ("CSV", XLSX, PARQUET)
TABLE_FILES = ("CSV", "CSV.GZ", XLSX, PARQUET)
