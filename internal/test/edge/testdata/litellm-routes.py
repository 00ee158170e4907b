#!/usr/bin/env python3
"""Writes litellm-routes.json: every route of the installed LiteLLM (pip install 'litellm[proxy]==<version>'), in the order in which it matches them.

Usage: litellm-routes.py > litellm-routes.json

Classes: public (what the edge must let through, chosen here by hand and not read from cloudfront/routes), data-plane (LiteLLM's own llm_api_routes
that the edge does not publish) and administrative (all the rest). The last two must be refused.
"""
import importlib
import json
import re
from importlib.metadata import version

from litellm.proxy._lazy_features import LAZY_FEATURES
from litellm.proxy._types import LiteLLMRoutes
from litellm.proxy.proxy_server import app

BOTH = """POST /chat/completions|POST /completions|POST /embeddings|POST /rerank|POST /responses|POST /images/generations|POST /images/edits
GET /models|GET /models/{model_id}"""
ONCE = """POST /v2/rerank|POST /v1/messages|POST /v1/messages/count_tokens|POST /v1/responses/input_tokens|GET /health/liveliness|GET /health/liveness
GET /health/readiness|OPTIONS /health/liveliness|OPTIONS /health/liveness|OPTIONS /health/readiness"""
PUBLIC = set(re.split(r"[|\n]", ONCE))
for entry in re.split(r"[|\n]", BOTH):
    method, path = entry.split(" ")
    PUBLIC |= {entry, f"{method} /v1{path}"}
for operation in "chat/completions", "completions", "embeddings":
    PUBLIC |= {f"POST /engines/{{model:path}}/{operation}", f"POST /openai/deployments/{{model:path}}/{operation}"}
for operation in "images/generations", "images/edits":
    PUBLIC.add(f"POST /openai/deployments/{{model:path}}/{operation}")
for operation in "generateContent", "streamGenerateContent", "countTokens":
    PUBLIC |= {f"POST {prefix}/models/{{model_name:path}}:{operation}" for prefix in ("", "/v1beta")}

LLM = set(LiteLLMRoutes.llm_api_routes.value)
PASS_THROUGH = tuple(prefix + "/" for prefix in LiteLLMRoutes.mapped_pass_through_routes.value)


def classify(method, path):
    if f"{method} {path}" in PUBLIC:
        return "public"
    bare = re.sub(r"{(\w+):path}", r"{\1}", path)
    if path in LLM or bare in LLM or path.startswith(PASS_THROUGH):
        return "data-plane"
    return "administrative"


def walk(routes, prefix=""):
    for route in routes:
        if type(route).__name__ == "_IncludedRouter":
            yield from walk(route.original_router.routes, prefix + (route.include_context.prefix or ""))
            continue
        path = prefix + route.path
        kind = type(route).__name__
        if kind == "Mount":
            yield "MOUNT", path
        elif "WebSocket" in kind:
            yield "WEBSOCKET", path
        else:
            for method in sorted(route.methods):
                yield method, path


for feature in LAZY_FEATURES:
    feature.register_fn(app, importlib.import_module(feature.module_path))
rows = []
for method, path in walk(app.routes):
    row = {"method": method, "path": path, "class": classify(method, path)}
    if row not in rows:
        rows.append(row)
# The Prometheus callback mounts this one when it is configured (litellm/integrations/prometheus.py).
rows.append({"method": "MOUNT", "path": "/metrics", "class": "public"})
# Names of routes that are in LiteLLM's own lists but in no table: refused all the same.
lists = sorted({r for m in LiteLLMRoutes for r in m.value if r.startswith("/")} - {row["path"] for row in rows})
print('{"source": "LiteLLM %s: litellm.proxy.proxy_server.app and litellm.proxy._types.LiteLLMRoutes",\n"routes": [' % version("litellm"))
print(",\n".join(json.dumps(row) for row in rows))
print('],\n"listed": ' + json.dumps(lists) + "}")
missing = PUBLIC - {f'{row["method"]} {row["path"]}' for row in rows}
if missing:
    raise SystemExit(f"LiteLLM has no such routes: {sorted(missing)}")
