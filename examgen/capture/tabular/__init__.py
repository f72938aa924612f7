"""Tables of any kind of file (CSV, XLSX, Parquet) as records of text cells."""
