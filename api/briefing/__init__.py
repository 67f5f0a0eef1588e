"""The briefing: one self-contained page of what was asked, what is short and why, and who must decide."""

from __future__ import annotations

from api.briefing.page import render
from api.briefing.release_order import release_order

__all__ = ["release_order", "render"]
