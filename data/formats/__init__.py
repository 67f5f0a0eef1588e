"""Reading and writing theatres, scenarios and plans: CSV, Excel workbooks, Parquet."""

from data.formats.folder import read_plan, write_plan
from data.formats.source import load, load_scenario, open_source, save, scenario_names

__all__ = ["load", "load_scenario", "open_source", "read_plan", "save", "scenario_names", "write_plan"]
