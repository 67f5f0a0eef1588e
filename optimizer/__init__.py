"""The mathematics: formulations, methods and solvers over the tables of `data`."""

__all__: list[str] = []
