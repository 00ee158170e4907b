"""Bounds what a request may cost LiteLLM: an ASGI layer of ours around its whole application, and nothing that a request names is fetched.

LiteLLM reads and parses a body before it looks at the key; 25 MiB of small JSON objects take 1.5 GB of memory. So here, in this order:
- A body is read only for a key that LiteLLM knows. To every other request LiteLLM gives its own answer, without having seen the body.
- Bodies that are being read or handled fill at most ROOM bytes of one process. A request waits for room, then gets 503.
- A body must arrive within SECONDS_TO_SEND, else 408; more than LARGEST bytes are 413, as at the edge.

Pictures and documents that a request names by their address are not fetched, from nowhere: LiteLLM would read such an answer into memory, whatever its
length, on Bedrock's route without any limit. The one check that all its fetching of that kind begins with is replaced.

LiteLLM loads this file as the handler of a provider that nothing uses (litellm_settings.custom_provider_map), in each worker process, before it
serves; if anything here fails, LiteLLM does not start. Environment: GATEWAY_BODY_ROOM_BYTES.
"""

import asyncio
import datetime
import inspect
import os
import secrets

from litellm import CustomLLM, ImageFetchError
from litellm._logging import verbose_proxy_logger
from litellm.litellm_core_utils import url_utils
from litellm.proxy import proxy_server
from litellm.proxy._types import ProxyException, SpecialHeaders, hash_token
from litellm.proxy.auth.auth_checks import get_key_object
from litellm.proxy.auth.user_api_key_auth import get_api_key
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse

LARGEST = 25 * 1024 * 1024
ROOM = int(os.environ.get("GATEWAY_BODY_ROOM_BYTES", 128 * 1024 * 1024))
SECONDS_FOR_ROOM, SECONDS_TO_SEND = 30, 120
KEY_HEADERS = {
    "custom_litellm_key_header": SpecialHeaders.custom_litellm_api_key,
    "api_key": SpecialHeaders.openai_authorization,
    "azure_api_key_header": SpecialHeaders.azure_authorization,
    "anthropic_api_key_header": SpecialHeaders.anthropic_authorization,
    "google_ai_studio_api_key_header": SpecialHeaders.google_ai_studio_authorization,
    "azure_apim_header": SpecialHeaders.azure_apim_authorization,
}
EDGE_HEADER = b"x-amz-cf-id"  # see gateway_traces.py
UNKNOWABLE = ("no_db_connection", "The gateway does not reach its database and cannot check the key. Try again in a minute.")


class Refusal(Exception):
    """What a client gets in the place of LiteLLM's answer."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code

    def response(self):
        """In the shape of the edge's refusals, which clients' SDKs read; they try 408 and 503 again."""
        error = {"message": str(self), "type": "invalid_request_error" if self.status < 500 else self.code, "param": None, "code": self.code}
        return JSONResponse({"error": error}, self.status, {"retry-after": "5"} if self.status == 503 else None)


async def known(scope):
    """Whether LiteLLM knows the request's key, found where LiteLLM finds it. Its own cache of keys answers, then its database, as for LiteLLM itself."""
    headers = Headers(scope=scope)
    given = {parameter: headers.get(header.value) for parameter, header in KEY_HEADERS.items()}
    key, _ = get_api_key(**given, pass_through_endpoints=None, route=scope["path"], request=Request(scope))
    if not key:
        return False
    if proxy_server.master_key and secrets.compare_digest(key.encode(), proxy_server.master_key.encode()):
        return True
    if not key.startswith("sk-") or proxy_server.prisma_client is None:
        return False
    try:
        found = await get_key_object(
            hash_token(key), proxy_server.prisma_client, proxy_server.user_api_key_cache, proxy_logging_obj=proxy_server.proxy_logging_obj
        )
    except Exception as failure:
        if isinstance(failure, ProxyException) and str(failure.code) == "401":
            return False
        raise Refusal(503, *UNKNOWABLE) from failure
    return not found.blocked and not past(found.expires)


def past(expiry):
    """Whether a key's expiry, which LiteLLM keeps as text or as a time, is over."""
    if isinstance(expiry, str):
        expiry = datetime.datetime.fromisoformat(expiry)
    if expiry is not None and expiry.tzinfo is None:
        expiry = expiry.replace(tzinfo=datetime.timezone.utc)
    return expiry is not None and expiry < datetime.datetime.now(datetime.timezone.utc)


def length_of(scope):
    """The body's length: 0 for none, LARGEST where it is not told."""
    headers = Headers(scope=scope)
    told = headers.get("content-length")
    if told is None:
        return LARGEST if "transfer-encoding" in headers else 0
    return int(told)  # the server has refused what is no number


class Requests:
    """The layer. One object serves all requests of its process."""

    def __init__(self, app):
        self.app, self.taken, self.changed = app, 0, asyncio.Condition()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if sum(name == EDGE_HEADER for name, _ in scope["headers"]) > 1:  # a client's own beside CloudFront's: neither counts
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name != EDGE_HEADER]
        length = length_of(scope)
        if not length:
            return await self.app(scope, receive, send)
        try:
            if not await known(scope):
                return await self.app(scope, self.after(b"", receive), send)
            if length > LARGEST:
                raise Refusal(413, "body_too_large", f"The body has more than {LARGEST} bytes.")
            await self.take(length)
        except Refusal as refusal:
            return await refusal.response()(scope, self.after(b"", receive), send)
        try:
            body = await self.read(receive)
            if body is not None:
                receive = self.after(body, receive)
                del body
                await self.app(scope, receive, send)
        except Refusal as refusal:
            await refusal.response()(scope, self.after(b"", receive), send)
        finally:
            self.taken -= length
            async with self.changed:
                self.changed.notify_all()

    async def take(self, length):
        """Waits for room. A body alone always has some; a small one need not queue behind a large one."""

        def room():
            return not self.taken or self.taken + length <= ROOM

        try:
            async with self.changed:
                await asyncio.wait_for(self.changed.wait_for(room), SECONDS_FOR_ROOM)
                self.taken += length
        except asyncio.TimeoutError:
            verbose_proxy_logger.error("gateway requests: no room for a body of %d bytes: bodies of %d bytes are being handled", length, self.taken)
            raise Refusal(503, "overloaded_error", "The gateway is handling as many large requests as it can. Try again.") from None

    @staticmethod
    async def read(receive):
        """The whole body, or None when the client goes first."""
        chunks, length, more, clock = [], 0, True, asyncio.get_running_loop().time
        end = clock() + SECONDS_TO_SEND
        while more:
            try:
                message = await asyncio.wait_for(receive(), end - clock())
            except asyncio.TimeoutError:
                raise Refusal(408, "body_too_slow", f"The body did not arrive within {SECONDS_TO_SEND} seconds.") from None
            if message["type"] == "http.disconnect":
                return None
            chunks.append(message.get("body", b""))
            length += len(chunks[-1])
            if length > LARGEST:
                raise Refusal(413, "body_too_large", f"The body has more than {LARGEST} bytes.")
            more = message.get("more_body", False)
        return b"".join(chunks)

    @staticmethod
    def after(body, receive):
        """What the application receives: a whole body, then that the client has gone. What else comes is dropped."""
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def next_message():
            if waiting:
                return waiting.pop()
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return message

        return next_message


def nothing_is_fetched(url):
    raise ImageFetchError("The gateway fetches nothing that a request names by its address: send the picture or document itself, as base64.")


if list(inspect.signature(url_utils.validate_url).parameters) != ["url"]:
    raise RuntimeError("gateway requests: LiteLLM fetches addresses in another way; see gateway_requests.py")
url_utils.validate_url = nothing_is_fetched
if not isinstance(proxy_server.app.middleware_stack, Requests):
    proxy_server.app.middleware_stack = Requests(proxy_server.app.middleware_stack)
if proxy_server.app.middleware_stack.app is None:
    raise RuntimeError("gateway requests: LiteLLM loads its configuration before its application is built; see gateway_requests.py")
unused = CustomLLM()
