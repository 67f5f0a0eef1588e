"""The service: command line and pages over `optimizer` and `data`."""

__all__: list[str] = []
