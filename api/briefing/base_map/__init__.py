"""The base map of a briefing: country outlines, simplified, and the script that made them."""
