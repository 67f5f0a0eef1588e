"""Placeholder until the verifier lands."""
from dataclasses import dataclass

@dataclass(frozen=True)
class Violation:
    rule: str
    where: str
    excess: float
    unit: str

def verify(theatre, scenario, plan): raise NotImplementedError
