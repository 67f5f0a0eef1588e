"""reinforce: release and move pooled stock to where it is needed in time."""

from optimizer.formulations.reinforce.arcflow import ArcFlow, build
from optimizer.formulations.reinforce.setting import Setting, prepare

__all__ = ["ArcFlow", "Setting", "build", "prepare"]
