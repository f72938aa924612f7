"""Values and templates → HTML and PDF: templates, charts, the PDF engine; what every printed page shares."""
