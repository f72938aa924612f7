"""Tables in files of any kind: CSV in its encodings and delimiters, XLSX, Parquet; in, and out again."""
