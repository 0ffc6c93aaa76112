"""The world → documents: feeds over HTTP, and local files. Knows no database: state comes in and goes out as a value."""
