"""The database: theatres, scenarios, plans, keys and the audit log, each row in its compartment.

    store = open_store("sqlite:///casemate.db")
    with store.begin(Scope("lena")) as tx:
        theatre_id = theatres.add(tx, theatre, [scenario])
        audit.record(tx, "theatre.add", theatre_id)

What is read and written stands in modules of this folder: theatres, scenarios, plans, keys, audit; jobs in api/jobs.
"""

from api.store.database import Scope, Store, Transaction, open_store
from api.store.errors import AuditError, ConflictError, MissingError, SchemaError
from api.store.tables import COALITION, SHARED

__all__ = [
    "COALITION",
    "SHARED",
    "AuditError",
    "ConflictError",
    "MissingError",
    "SchemaError",
    "Scope",
    "Store",
    "Transaction",
    "open_store",
]
