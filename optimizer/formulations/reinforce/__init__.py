"""reinforce: release and move pooled stock to where it is needed in time."""

from optimizer.formulations.reinforce.arcflow import ArcFlow, build

__all__ = ["ArcFlow", "build"]
