"""Days of a scenario as dates."""

from __future__ import annotations

import datetime


def date_of(start: datetime.date, day: int) -> datetime.date | None:
    """Return the date of a day, `start` being day 0; None of one so late that no calendar has it."""
    try:
        return start + datetime.timedelta(days=int(day))
    except OverflowError:
        return None
