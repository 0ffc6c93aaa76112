"""Which sources lie in a category, in SQL; model/categories.py says what that means."""

from __future__ import annotations


def taken_by(categories: str) -> str:
    """Return the query for the categories of sources that lie in those of a JSON list, which is bound by this name.

    It is asked once, through an index; "0" is what comes after "/".
    """
    return f"""SELECT part.category FROM json_each(:{categories}) AS whole CROSS JOIN source AS part
        WHERE part.category = whole.value
            OR (part.category > whole.value || '/' AND part.category < whole.value || '0')"""
