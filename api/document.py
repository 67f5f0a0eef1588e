"""docs/api.md from the routes: every endpoint, what it takes and what it answers.

python -m api.document > docs/api.md
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.openapi import describe
from api.routes import ROUTERS

HEAD = """# The API

`casemate serve` offers these endpoints ([cli.md](cli.md#serve)). This page is made from the routes
(`python -m api.document > docs/api.md`), and a test holds both together. The service itself shows them at `/docs`,
without a network; `/openapi.json` is for clients.

- Say who asks: `Authorization: Bearer TOKEN`, or `X-API-Key: KEY` ([service/security.md](service/security.md)).
- Errors are problem documents (RFC 9457); `type` is `/errors/CODE`, which says what the code means
  ([errors.md](errors.md)). `errors` lists every problem with its place, in a workbook by cell.
- Lists are pages, newest first: send `next` as `after` for the page that follows.
- What can be read alone has an `ETag`: sent back as `If-None-Match` it answers 304 while it is the same. Theatres,
  scenarios and plans never change but for being published.
- Publishing, stopping and running again take the `ETag` of what was seen as `If-Match`: 412 if it is another by now. An
  import must have it: 428 without.
- `POST` of plans and jobs takes an `Idempotency-Key`: sent again with the same key it is the same job.
- Every answer carries its marking, in the body and as `Casemate-Marking`.
- `HEAD` answers as `GET` does, without the body.
"""


def api_page() -> str:
    """Return the page of all endpoints as Markdown."""
    app = FastAPI(docs_url=None, redoc_url=None)
    for router in ROUTERS:
        app.include_router(router)
    describe(app)
    lines = [HEAD]
    for path, methods in app.openapi()["paths"].items():
        lines += [_section(method.upper(), path, operation) for method, operation in methods.items()]
    return "\n".join(lines).rstrip() + "\n"


def _section(method: str, path: str, operation: dict[str, Any]) -> str:
    said = " ".join(operation["description"].split())
    lines = [f"## {method} {path}\n", f"{said}\n"]
    parameters = [f"`{p['name']}` ({p['in']})" for p in operation.get("parameters", [])]
    if parameters:
        lines.append(f"Takes {', '.join(parameters)}.\n")
    if "requestBody" in operation:
        lines.append(f"Body: {', '.join(operation['requestBody']['content'])}.\n")
    lines.append(f"Answers {', '.join(operation['responses'])}.\n")
    return "\n".join(lines)


if __name__ == "__main__":
    print(api_page(), end="")
