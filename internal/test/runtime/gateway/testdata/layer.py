"""Calls the layer of ecs/litellm/gateway_requests.py as a server does, around an application that tells what it received. Exits with an error where it does not hold."""

import asyncio
import importlib.util
import json
import os
import sys

os.environ["GATEWAY_BODY_ROOM_BYTES"] = "100"
from litellm.proxy import proxy_server

proxy_server.app.middleware_stack = proxy_server.app.build_middleware_stack()
path = os.path.join(os.path.dirname(__file__), *[".."] * 5, "ecs", "litellm", "gateway_requests.py")
spec = importlib.util.spec_from_file_location("gateway_requests", path)
layer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(layer)
layer.SECONDS_FOR_ROOM = layer.SECONDS_TO_SEND = 0.3
layer.LARGEST = 90


async def known(scope):
    if b"away" in dict(scope["headers"]).get(b"authorization", b""):
        raise layer.Refusal(503, *layer.UNKNOWABLE)
    return b"right" in dict(scope["headers"]).get(b"authorization", b"")


layer.known = known
held = asyncio.Event()
CODES = {408: ["body_too_slow"], 413: ["body_too_large"], 503: ["no_db_connection", "overloaded_error"]}  # as in README.md


async def application(scope, receive, send):
    message = await receive()
    if message["body"].startswith(b"hold"):
        await held.wait()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})
    scope["after"] = asyncio.create_task(receive())


subject = layer.Requests(application)


async def call(body, key="right", told=True, chunks=1, stop_after=None, headers=()):
    """The status and body of an answer, or None for none. stop_after: the client sends so many chunks and then nothing; negative: and then goes."""
    size = max(1, -(-len(body) // chunks))
    parts = [body[i : i + size] for i in range(0, len(body), size)] or [b""]
    messages = [{"type": "http.request", "body": part, "more_body": i + 1 < len(parts)} for i, part in enumerate(parts)]
    if stop_after is not None:
        messages = messages[: abs(stop_after)] + ([{"type": "http.disconnect"}] if stop_after < 0 else [])

    async def receive():
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()

    sent = []

    async def send(message):
        sent.append(message)

    length = [(b"content-length", str(len(body)).encode())] if told else [(b"transfer-encoding", b"chunked")]
    scope = {
        "type": "http", "method": "POST", "path": "/v1/chat/completions", "query_string": b"",
        "headers": [(b"authorization", key.encode()), *(headers or length)],
    }
    await subject(scope, receive, send)
    if not sent:
        return None
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent), dict(sent[0]["headers"])


def check(name, got, status, body=None):
    if got is None or got[0] != status or (body is not None and got[1] != body):
        sys.exit(f"{name}: {got}")
    if status != 200:
        error = json.loads(got[1])["error"]
        assert error["code"] in CODES[status] and error["message"] and error["type"], error
        assert (b"retry-after" in got[2]) == (status == 503), got[2]


async def main():
    check("a body", await call(b"hello"), 200, b"hello")
    check("a body in pieces", await call(b"hello", chunks=5), 200, b"hello")
    check("a body of untold length", await call(b"hello", told=False, chunks=2), 200, b"hello")
    check("no body", await call(b""), 200, b"")
    check("an unknown key", await call(b"hello", key="wrong"), 200, b"")
    check("an unknown key that sends nothing", await call(b"hello", key="wrong", stop_after=0), 200, b"")
    check("keys cannot be checked", await call(b"hello", key="away"), 503)
    check("too large as told", await call(b"x" * 91), 413)
    check("too large and untold", await call(b"x" * 91, told=False, chunks=7), 413)
    check("longer than told", await call(b"x" * 91, headers=[(b"content-length", b"5")]), 413)
    check("a slow sender", await call(b"hello", chunks=5, stop_after=2), 408)
    if await call(b"hello", chunks=5, stop_after=-2) is not None:
        sys.exit("a client that goes gets an answer")
    if subject.taken:
        sys.exit(f"room is not given back: {subject.taken}")
    holding = asyncio.create_task(call(b"hold" + b"x" * 76))
    await asyncio.sleep(0)
    check("no room", await call(b"x" * 21), 503)
    check("room for a small one", await call(b"x" * 20), 200)
    waiting = asyncio.create_task(call(b"x" * 90))
    await asyncio.sleep(0.05)
    held.set()
    check("what holds the room", await holding, 200)
    check("what waited for room", await waiting, 200)
    stopped = asyncio.create_task(call(b"hello", chunks=5, stop_after=2))
    await asyncio.sleep(0.05)
    stopped.cancel()
    await asyncio.gather(stopped, return_exceptions=True)
    if subject.taken:
        sys.exit(f"room is not given back after a stop: {subject.taken}")
    print("all of the layer holds")


asyncio.run(main())
