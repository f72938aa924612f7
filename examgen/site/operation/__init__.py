"""Operating the site: health check, configuration checks, log, and backup."""
