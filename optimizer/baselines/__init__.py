"""Plans a staff would make by hand, by a rule of thumb: what a plan of the optimizer is to be measured against."""

from optimizer.baselines.greedy import STRATEGIES, baseline

__all__ = ["STRATEGIES", "baseline"]
