"""The files of results: CSV by the line, Parquet, workbooks, long tables."""
