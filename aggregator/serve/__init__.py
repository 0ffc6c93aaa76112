"""The HTTP door: the editions as files, an index page, and whether all is well."""
