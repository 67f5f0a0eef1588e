"""Keys of a table as it is read: those that stand twice, and the order of rows by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.problems import Problem

if TYPE_CHECKING:
    from data.tables import Contract


def duplicate_keys(contract: Contract, columns: Mapping[str, np.ndarray]) -> list[Problem]:
    """Return every row whose key stands in an earlier one."""
    keys = contract.key
    if not keys or not len(columns[keys[0]]):
        return []
    held = [columns[k].tolist() for k in keys]
    if len(set(held[0] if len(keys) == 1 else zip(*held, strict=True))) == len(held[0]):
        return []
    frame = pd.DataFrame({k: columns[k] for k in keys})
    again = np.flatnonzero(frame.duplicated().to_numpy())
    return [
        Problem(
            contract.name,
            int(i) + 1,
            keys[0] if len(keys) == 1 else "+".join(keys),
            " / ".join(str(frame.iat[i, j]) for j in range(len(keys))),
            "the key stands twice",
            "give each row its own key or merge the rows",
        )
        for i in again
    ]


def sorted_by_key(contract: Contract, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the rows in the order of their keys, of all columns where the contract names none."""
    keys = contract.key or tuple(c.name for c in contract.columns)
    count = len(columns[keys[0]])
    if count < 2:
        return np.arange(count)
    if len(keys) == 1 and columns[keys[0]].dtype == object:
        texts = columns[keys[0]].tolist()
        return np.array(sorted(range(count), key=texts.__getitem__))
    ranks = []
    for name in reversed(keys):
        values = columns[name]
        if values.dtype == object:
            vocabulary = {text: rank for rank, text in enumerate(sorted(set(values.tolist())))}
            values = np.fromiter((vocabulary[v] for v in values), np.int64, count)
        ranks.append(values)
    return np.lexsort(ranks)
