"""The page /docs: every endpoint of the OpenAPI document as plain HTML; no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import DictLoader, Environment, select_autoescape

TEMPLATE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ info.title }}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}code{font-weight:bold}
details{border:1px solid #bbb;border-radius:4px;margin:.4rem 0;padding:.4rem .8rem}td,th{padding:.1rem .8rem .1rem 0;
text-align:left;vertical-align:top}</style></head><body><h1>{{ info.title }}</h1><p>{{ info.description }}
<a href="/openapi.json">openapi.json</a></p>
{% for path, method, op in operations %}<details>
<summary><code>{{ method }} {{ path }}</code> {{ op.summary }}</summary>
<p>{{ op.description }}</p>{% if op.parameters %}<table><tr><th>parameter</th><th>in</th><th>needed</th></tr>
{% for p in op.parameters %}<tr><td>{{ p.name }}</td><td>{{ p.in }}</td><td>{{ "yes" if p.required else "" }}</td></tr>
{% endfor %}</table>{% endif %}{% if op.requestBody %}<p>Body: {{ op.requestBody.content | join(", ") }}</p>{% endif %}
<table><tr><th>status</th><th>means</th></tr>{% for status, r in op.responses.items() %}<tr><td>{{ status }}</td>
<td>{{ r.description }}</td></tr>{% endfor %}</table></details>{% endfor %}</body></html>"""


def page(openapi: Mapping[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    environment = Environment(loader=DictLoader({"page": TEMPLATE}), autoescape=select_autoescape(default=True))
    operations = [(path, method.upper(), op) for path, methods in openapi["paths"].items()
                  for method, op in methods.items()]  # fmt: skip
    return environment.get_template("page").render(info=openapi["info"], operations=operations)
