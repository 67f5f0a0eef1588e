"""Reading and writing theatres, scenarios and plans."""

from data.formats.folder import load, load_scenario, read_plan, save, scenario_names, write_plan

__all__ = ["load", "load_scenario", "read_plan", "save", "scenario_names", "write_plan"]
