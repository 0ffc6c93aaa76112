"""What a clock that was ahead left behind: visits and appointments of a time to come, which are made to count from now.

Otherwise nothing is visited until that time (FreshRSS #5402); and all at once, were it simply due.
"""

from __future__ import annotations

from sqlite_utils import Database

from aggregator.policy.leases import LONGEST_LEASE

_SLACK = 60  # seconds: a clock that is only corrected a little is no wrong one

_SURELY_BEHIND = 1_793_491_200  # 2026-11-01: this was written later, and no clock that says otherwise is right


def mend(database: Database, now: int, longest: int) -> int:
    """Put right what lies ahead of `now`; return how many sources that concerned.

    Each then waits from now as long as it was to wait, but no longer than `longest` seconds, which no appointment is
    ahead. Nothing is put right by a clock that was not set yet: by one of 1970, all were ahead, and no rhythm was left.
    """
    if now < _SURELY_BEHIND:
        return 0
    values = {"now": now, "slack": _SLACK, "longest": longest}
    wrong = "last_visit > :now + :slack OR next_visit > :now + :longest"
    found = database.execute(f"SELECT id FROM source WHERE {wrong}", values).fetchall()
    leases = "due > :now + :lease OR asked_at > :now + :slack OR lease_until > :now + :lease"
    values["lease"] = LONGEST_LEASE
    with database.atomic():
        database.execute(
            f"""UPDATE subscription SET due = min(due, :now), asked_at = min(asked_at, :now),
            lease_until = min(lease_until, :now + :lease) WHERE {leases}""",
            values,
        )
        if found:
            database.conn.executemany(
                "UPDATE document SET read_at = min(read_at, ?) WHERE source = ?", [(now, source) for (source,) in found]
            )
            database.execute(
                f"""UPDATE source SET
                next_visit = :now + CASE WHEN last_visit > :now
                    THEN max(0, min(next_visit - last_visit, :longest)) ELSE 0 END,
                last_visit = min(last_visit, :now), newest = min(newest, :now), pushed = min(pushed, :now)
                WHERE {wrong}""",
                values,
            )
    return len(found)
