"""works: which fortification works are built when, how and by whom. Instance, program and reading back."""

from optimizer.formulations.works.instance import Choice, Group, Instance, Job, Pool, Store, Way
from optimizer.formulations.works.model import Model, build
from optimizer.formulations.works.reading import chosen_of, instance_of, plan_table

__all__ = [
    "Choice", "Group", "Instance", "Job", "Model", "Pool", "Store", "Way", "build", "chosen_of", "instance_of",
    "plan_table",
]  # fmt: skip
