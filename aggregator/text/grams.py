"""Scripts that put no space between words, as FTS5's tokenizer can take them: every character a token of its own.

Chinese, Japanese, Thai, Lao, Burmese and Khmer text would be one token from one mark to the next, and no word in it be
found. Of single characters any word, of one or two characters too, is a phrase. All other text stays as it is, and
takes no more room in the index than it did.
"""

from __future__ import annotations

import re
import unicodedata

_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1050-\u109d\u1780-\u17d3"  # Thai, Lao, Myanmar, Khmer
    "\u2e80-\u2fd5\u3005-\u3007\u3021-\u3029\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
)
_ONE = re.compile(f"[{_UNSPACED}]")
_CUT = re.compile(rf" ?([{_UNSPACED}\ue000-\uefff]) ?")
_SOUTH = re.compile("[\u0e01-\u0ece\u1000-\u109d\u1780-\u17d3]")
# Vowels and tones above and below, which FTS5 takes for spaces, stand in the index as private characters, which it
# takes for letters: U+0E34 as U+EE34.
_MARKS = {
    code: chr(0xE000 | code & 0xFFF)
    for first, last in ((0x0E01, 0x0ECE), (0x1000, 0x109D), (0x1780, 0x17D3))
    for code in range(first, last + 1)
    if unicodedata.category(chr(code)).startswith("M")
}
_UNMARKED = {ord(private): chr(code) for code, private in _MARKS.items()}


def has_any(text: str) -> bool:
    """Tell whether the text has a character of a script without spaces: whether there is anything to cut."""
    return not text.isascii() and _ONE.search(text) is not None


def cut(text: str) -> str:
    """Write the text as it is indexed and sought: each character of such a script by itself."""
    if not has_any(text):
        return text
    spaced = _ONE.sub(r" \g<0> ", text)
    return spaced.translate(_MARKS) if _SOUTH.search(spaced) else spaced


def joined(cut_: str) -> str:
    """Write what was cut as people read it, on one line."""
    line = " ".join(cut_.split())
    return line if line.isascii() else _CUT.sub(r"\1", line).translate(_UNMARKED)
