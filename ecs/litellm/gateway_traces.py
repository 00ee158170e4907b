"""Traces of the gateway's calls: a LiteLLM logger that sends to our Langfuse and nowhere else, and two guards before LiteLLM's own logging.

LiteLLM's own Langfuse logger takes orders from requests: host, keys, ids, user and masks from a body reach it, also from one without a valid key.
This one takes from LiteLLM's standard logging object what is named in `event`, and no order of a request: ids are made here, the user is the key's.

Environment: GATEWAY_TRACES_URL, GATEWAY_TRACES_PUBLIC_KEY, GATEWAY_TRACES_SECRET_KEY (Langfuse v2's ingestion API), GATEWAY_TRACES_CONTENT (full, or
none: no prompt, no answer, no message of an error). Written for the LiteLLM releases that config/validate.go accepts.
"""

import asyncio
import base64
import contextlib
import datetime
import hashlib
import inspect
import json
import os
import re
import uuid

import httpx
import litellm
from litellm._logging import verbose_proxy_logger
from litellm.constants import LITELLM_LOGGING_NO_UPSTREAM_LLM_CALL
from litellm.integrations.custom_logger import CustomLogger
from litellm.integrations.prometheus import PrometheusLogger
from litellm.litellm_core_utils.litellm_logging import Logging
from litellm.proxy._types import ProxyErrorTypes
from litellm.proxy.utils import ProxyLogging

NAME = "gateway_traces"
# Batches: Langfuse v2 takes bodies of 4.5 MB (web/src/pages/api/public/ingestion.ts, bodyParser), its SDK keeps an event below 1 MB.
MOST_CONTENT, MOST_BATCH, MOST_QUEUED = 400_000, 2_000_000, 32_000_000
PAUSE_SECONDS, TRIES = 1.0, 4
# What a request may name its session by; see session().
CLAUDE_SESSION = re.compile(r"session_([0-9a-fA-F-]{36})")
# Under this name the gateway's own id of a call travels in its metadata, so that the tries of one call share a trace.
CALL = "gateway_call"
# The id that CloudFront gives a request: it sends it on as this header and writes it into its access log as x-edge-request-id (Amazon CloudFront Developer
# Guide, Request and response behavior for custom origins; AWS re:Post, Correlating CloudFront and ALB logs). It goes into traces, and into the spend log's
# own place for such things.
EDGE_HEADER, EDGE_ID, EDGE_SHAPE = "x-amz-cf-id", "edge_request_id", re.compile(r"[A-Za-z0-9_=-]{40,80}")
# The loggers that LiteLLM keeps for one call alone.
LOGGERS = (
    "dynamic_input_callbacks", "dynamic_success_callbacks", "dynamic_async_success_callbacks", "dynamic_failure_callbacks", "dynamic_async_failure_callbacks",
)
REDACTING_HEADERS = ("litellm-enable-message-redaction", "x-litellm-enable-message-redaction", "litellm-disable-message-redaction")


def text(value, most=200):
    """A short text of a value that a client may have chosen; None for none."""
    return None if value in (None, "") or isinstance(value, (dict, list)) else str(value)[:most]


def content(value):
    """A prompt or an answer, cut where it is too large for an event."""
    whole = json.dumps(value, default=str)
    if len(whole) <= MOST_CONTENT:
        return json.loads(whole)
    return whole[:MOST_CONTENT] + f" … ({len(whole)} characters, cut by the gateway)"


def moment(seconds):
    return datetime.datetime.fromtimestamp(seconds or 0, datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def metadata_of(kwargs):
    """The metadata that LiteLLM keeps beside a call, under one of two names."""
    parameters = kwargs.get("litellm_params") or {}
    return {**(parameters.get("metadata") or {}), **(parameters.get("litellm_metadata") or {})}


def session(metadata, owner):
    """The session that a client names: of Claude Code in metadata.user_id, of others as session_id. It is always one of the key's own."""
    asked = metadata.get("requester_metadata") or {}
    claude = CLAUDE_SESSION.search(str(asked.get("user_id") or ""))
    named = claude.group(1) if claude else text(asked.get("session_id"), 100)
    return f"{hashlib.sha256(owner.encode()).hexdigest()[:12]}:{named}" if named else None


class Traces(CustomLogger):
    def __init__(self):
        super().__init__()
        self.url = os.environ["GATEWAY_TRACES_URL"].rstrip("/") + "/api/public/ingestion"
        keys = os.environ["GATEWAY_TRACES_PUBLIC_KEY"] + ":" + os.environ["GATEWAY_TRACES_SECRET_KEY"]
        self.authorization = "Basic " + base64.b64encode(keys.encode()).decode()
        self.full = os.environ["GATEWAY_TRACES_CONTENT"] == "full"
        self.queue, self.queued, self.sender, self.ending = [], 0, None, asyncio.Event()

    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        """Gives an admitted call its ids, and takes from the request what would hide its content."""
        edge = str(((data.get("proxy_server_request") or {}).get("headers") or {}).get(EDGE_HEADER))
        for metadata in (data.get("metadata"), data.get("litellm_metadata")):
            if isinstance(metadata, dict):
                metadata[CALL] = str(uuid.uuid4())
                own = metadata.get("spend_logs_metadata")
                own = {name: value for name, value in own.items() if name != EDGE_ID} if isinstance(own, dict) else {}
                metadata["spend_logs_metadata"] = {**own, EDGE_ID: edge} if EDGE_SHAPE.fullmatch(edge) else own
                for name in REDACTING_HEADERS:
                    (metadata.get("headers") or {}).pop(name, None)
        logging = data.get("litellm_logging_obj")
        if isinstance(logging, Logging):
            for parameters in (logging.standard_callback_dynamic_params, logging.model_call_details.get("standard_callback_dynamic_params")):
                (parameters or {}).pop("turn_off_message_logging", None)
        return data

    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        self.add(kwargs)

    async def async_log_failure_event(self, kwargs, response_obj, start_time, end_time):
        self.add(kwargs)

    def add(self, kwargs):
        """Queues a call's events; a call that no key made is none."""
        call = kwargs.get("standard_logging_object") or {}
        metadata = call.get("metadata") or {}
        owner = metadata.get("user_api_key_hash")
        if not owner:
            return
        try:
            for event in self.events(kwargs, call, metadata, owner):
                line = json.dumps(event, default=str)
                if self.queued + len(line) > MOST_QUEUED:
                    self.handle_callback_failure(NAME)
                    return
                self.queue.append(line)
                self.queued += len(line)
        except Exception:
            verbose_proxy_logger.exception("gateway traces: a call could not be traced")
            self.handle_callback_failure(NAME)
        if self.sender is None or self.sender.done():
            self.sender = asyncio.create_task(self.send())

    def events(self, kwargs, call, metadata, owner):
        """The trace of a call and the generation of one try. What is not named here leaves the gateway in no event; a call that was not made has no content."""
        trace = metadata_of(kwargs).get(CALL) or str(uuid.uuid4())
        made = not kwargs.get(LITELLM_LOGGING_NO_UPSTREAM_LLM_CALL)
        failed = call.get("status") != "success"
        error = call.get("error_information") or {}
        asked = metadata.get("requester_metadata") or {}
        about = {
            "key_alias": text(metadata.get("user_api_key_alias")),
            "team": text(metadata.get("user_api_key_team_alias") or metadata.get("user_api_key_team_id")),
            "requested_model": text(call.get("model_group")),
            EDGE_ID: (metadata_of(kwargs).get("spend_logs_metadata") or {}).get(EDGE_ID),
            # What the client says of itself stands beside the key's user, never in its place.
            "client_user": text(call.get("end_user")),
            "client_metadata_user": text(asked.get("user_id")),
            "error": text(" ".join(filter(None, [error.get("error_code"), error.get("error_class")]))) if failed else None,
        }
        about = {name: value for name, value in about.items() if value is not None}
        shown = {}
        if self.full and made:
            shown = {"input": content(call.get("messages")), "output": None if failed else content(call.get("response"))}
        usage = {"input": call.get("prompt_tokens") or 0, "output": call.get("completion_tokens") or 0, "total": call.get("total_tokens") or 0, "unit": "TOKENS"}
        generation = {
            "id": str(uuid.uuid4()),
            "traceId": trace,
            "name": text(call.get("call_type")) or "call",
            "startTime": moment(call.get("startTime")),
            "endTime": moment(call.get("endTime")),
            "completionStartTime": moment(call.get("completionStartTime")) if call.get("completionStartTime") and not failed else None,
            "model": text(kwargs.get("model")),  # as in the metrics' label "model", by which dashboards link here
            "metadata": about,
            "usage": {**usage, "totalCost": call.get("response_cost") or 0},
            "level": "ERROR" if failed else "DEFAULT",
            "statusMessage": (text(error.get("error_message"), 2000) if self.full else about.get("error")) if failed else None,
            **shown,
        }
        yield self.event("trace-create", {
            "id": trace,
            "timestamp": moment(call.get("startTime")),
            "name": generation["name"],
            "userId": text(metadata.get("user_api_key_user_id")),
            "sessionId": session(metadata, owner),
            "metadata": about,
            "tags": ["failed"] if failed else [],
            **shown,
        })
        yield self.event("generation-create", generation)

    @staticmethod
    def event(kind, body):
        now = datetime.datetime.now(datetime.timezone.utc).timestamp()
        return {"id": str(uuid.uuid4()), "type": kind, "timestamp": moment(now), "body": {name: value for name, value in body.items() if value is not None}}

    async def send(self):
        """Sends what is queued, in batches, until nothing is left. It follows no redirect and takes no proxy from the environment."""
        async with httpx.AsyncClient(timeout=10, follow_redirects=False, trust_env=False) as client:
            while self.queue:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self.ending.wait(), PAUSE_SECONDS)
                await self.send_batch(client, 1 if self.ending.is_set() else TRIES)

    async def finish(self, seconds):
        """Sends what is queued without a pause, because LiteLLM ends; gateway_stop.py calls it."""
        self.ending.set()
        if self.sender is not None:
            _, late = await asyncio.wait({self.sender}, timeout=seconds)
            if late:
                verbose_proxy_logger.error("gateway traces: Langfuse took too long, traces of the last calls are lost")

    async def send_batch(self, client, tries):
        batch, size = [], 0
        while self.queue and (not batch or size + len(self.queue[0]) <= MOST_BATCH):
            batch.append(self.queue.pop(0))
            size += len(batch[-1])
        self.queued -= size
        if not await self.deliver(client, '{"batch":[' + ",".join(batch) + "]}", tries):
            self.handle_callback_failure(NAME)

    async def deliver(self, client, body, tries):
        headers = {"Authorization": self.authorization, "Content-Type": "application/json"}
        for attempt in range(tries):
            try:
                response = await client.post(self.url, content=body, headers=headers)
            except httpx.HTTPError as error:
                reason = type(error).__name__
            else:
                if response.status_code < 300:
                    return True
                reason = f"status {response.status_code}"
                if response.status_code < 500 and response.status_code != 429:
                    break
            if attempt + 1 < tries:
                await asyncio.sleep(PAUSE_SECONDS * 2**attempt)
        verbose_proxy_logger.error("gateway traces: Langfuse took no events: %s", reason)
        return False


def status_of(exception):
    return str(getattr(exception, "code", None) or getattr(exception, "status_code", None) or "")


def admitted(user_api_key_dict, exception, error_type):
    """Whether a refused call is one of a valid key: LiteLLM found the key, and refused for its budget, rate or models, or later."""
    found = bool(getattr(user_api_key_dict, "token", None))
    return found and (error_type != ProxyErrorTypes.auth_error or status_of(exception) in ("403", "429"))


def replace(owner, name, parameters, replacement):
    """Puts a function in the place of one of LiteLLM's, which must have the parameters that were read when this was written."""
    original = getattr(owner, name)
    if list(inspect.signature(original).parameters) != parameters:
        raise RuntimeError(f"gateway traces: {owner.__name__}.{name} of this LiteLLM is another one; see {NAME}.py")
    setattr(owner, name, replacement(original))


def no_dynamic_loggers(original):
    """No request names a logger for itself. LiteLLM strips only some of the fields that do (_UNTRUSTED_ROOT_CONTROL_FIELDS)."""

    def process_dynamic_callbacks(self):
        for name in LOGGERS:
            setattr(self, name, None)

    return process_dynamic_callbacks


def guarded_failures(original):
    """Keeps what a client wrote away from LiteLLM's logging of calls that it refused.

    LiteLLM hands the raw body of a refused call to its logging set-up, which takes loggers, hosts and credentials from it, also without a valid key.
    Here such a body is cut down to the model's name. A call without a valid key is counted in the metrics, and neither stored nor sent.
    """

    async def post_call_failure_hook(self, request_data, original_exception, user_api_key_dict, error_type=None, route=None, traceback_str=None):
        if isinstance(request_data.get("litellm_logging_obj"), Logging):
            return await original(self, request_data, original_exception, user_api_key_dict, error_type, route, traceback_str)
        refused = {"model": text(request_data.get("model")) or ""}
        if admitted(user_api_key_dict, original_exception, error_type):
            return await original(self, refused, original_exception, user_api_key_dict, error_type, route, traceback_str)
        for callback in litellm.logging_callback_manager.get_custom_loggers_for_type(PrometheusLogger):
            await callback.async_post_call_failure_hook(refused, original_exception, user_api_key_dict)
        return None

    return post_call_failure_hook


replace(Logging, "process_dynamic_callbacks", ["self"], no_dynamic_loggers)
replace(
    ProxyLogging,
    "post_call_failure_hook",
    ["self", "request_data", "original_exception", "user_api_key_dict", "error_type", "route", "traceback_str"],
    guarded_failures,
)
logger = Traces()
