"""The HTTP server: the editions as files, pages, and whether all is well."""
