"""Errors of the database and of what stands in it.

CasemateError
├── SchemaError     the database is not one that this version can use   docs/errors.md#database-refused
├── MissingError    there is no such row, or none that may be seen      docs/errors.md#not-found
├── ConflictError   what is asked does not go with what is there        docs/errors.md#conflict
└── AuditError      the audit log is not as it was written              docs/errors.md#audit-broken
"""

from __future__ import annotations

from data.problems import CasemateError


class SchemaError(CasemateError):
    """The database cannot be reached, is newer than this version, or lacks the role that the service needs."""

    code = "database-refused"


class MissingError(CasemateError):
    """There is no such row, or none that this scope may see: the two are never told apart."""

    code = "not-found"


class ConflictError(CasemateError):
    """What is asked does not go with what stands there: a name that is taken, a job that is over."""

    code = "conflict"


class AuditError(CasemateError):
    """The audit log is not as it was written."""

    code = "audit-broken"
