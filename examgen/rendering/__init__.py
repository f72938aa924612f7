"""Values and templates → HTML and PDF: templates, charts, the PDF engine, and everything that printed pages
share."""
