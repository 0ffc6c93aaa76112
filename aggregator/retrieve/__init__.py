"""The world → documents: feeds over HTTP, and local files. State comes in and goes out as a value."""
