"""Errors of the service: what a request may not do, or asks in a way that is not offered.

CasemateError
├── UnauthenticatedError   who asks is not known              docs/errors.md#unauthenticated
├── ForbiddenError         who asks may not do this           docs/errors.md#forbidden
├── RequestError           a request that does not read       docs/errors.md#bad-request
├── MethodError            a path has no such method          docs/errors.md#method-not-allowed
├── TooLargeError          a body above the limit             docs/errors.md#too-large
├── NotAcceptableError     a form that is not offered         docs/errors.md#not-acceptable
├── MediaError             a body of a kind that is not read  docs/errors.md#unsupported-media
├── PreconditionError      it is another than If-Match names  docs/errors.md#precondition-failed
├── PreconditionMissingError  If-Match has to be sent         docs/errors.md#precondition-required
└── BusyError              too many wait already              docs/errors.md#busy
"""

from __future__ import annotations

from data.problems import CasemateError


class UnauthenticatedError(CasemateError):
    """Who asks is not known: no token or key, or one that does not hold."""

    code = "unauthenticated"


class ForbiddenError(CasemateError):
    """Who asks is known and may not do this."""

    code = "forbidden"


class RequestError(CasemateError):
    """A request does not read, or breaks the schema of its endpoint."""

    code = "bad-request"


class MethodError(CasemateError):
    """A path has no such method."""

    code = "method-not-allowed"


class TooLargeError(CasemateError):
    """A body is larger than this service takes."""

    code = "too-large"


class NotAcceptableError(CasemateError):
    """A form of an answer is asked for that is not offered."""

    code = "not-acceptable"


class MediaError(CasemateError):
    """A body is of a kind that this endpoint does not read."""

    code = "unsupported-media"


class PreconditionError(CasemateError):
    """What is to be changed is not any more what `If-Match` names."""

    code = "precondition-failed"


class PreconditionMissingError(CasemateError):
    """A request must say by `If-Match` what it starts from, so that nobody's work is overwritten unseen."""

    code = "precondition-required"


class BusyError(CasemateError):
    """Too many requests wait for the same solver process; the answer says when to ask again."""

    code = "busy"

    def __init__(self, message: str, retry_after: int = 5, position: int = 0, late: bool = False) -> None:
        """`late`: the deadline passed in the line, which was not too long."""
        super().__init__(message)
        self.retry_after, self.position, self.late = retry_after, position, late
