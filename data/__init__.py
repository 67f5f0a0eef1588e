"""The world: checked tables, plans, changes, and the rules a plan must keep."""

__all__: list[str] = []
