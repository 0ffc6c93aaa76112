"""Files with one article each, as people save and write them: text, Markdown, HTML."""
