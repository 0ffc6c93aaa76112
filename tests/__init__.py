"""A package, so that no installed one of this name (Flask-WebSub brings one along) takes its place."""
