"""The kinds of files with tables that are read, as the help of commands and sentences list them."""

XLSX, PARQUET = "XLSX", "Parquet"
TABLE_KINDS = ("CSV", XLSX, PARQUET)
TABLE_FILES = ("CSV", "CSV.GZ", XLSX, PARQUET)
