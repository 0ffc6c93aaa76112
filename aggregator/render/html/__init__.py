"""Values → HTML pages: a module and a template for each kind of page, one stylesheet, and one security policy."""
