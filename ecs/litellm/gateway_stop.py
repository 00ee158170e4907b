"""Has LiteLLM write what it knows of its calls before it ends: spend and traces.

LiteLLM 1.102.4 writes its queue of spend at a stop, but does not wait for what is on its way there: the logging of calls that were just answered, and of
streams whose clients have gone, which it reads to their end. And it waits without a bound for requests that are under way, until ECS kills it.
So, when SIGTERM comes (ECS then kills after 120 seconds, config.StopTimeoutSeconds):
- requests that are under way SECONDS later are ended;
- then the logging of calls is waited for, and streams that LiteLLM still reads are cut off and logged with what came of them;
- then the traces are sent. Only then LiteLLM goes on with its own stop, which writes spend.

LiteLLM loads this file as the handler of a provider that nothing uses (litellm_settings.custom_provider_map), in each worker process.
"""

import asyncio
import inspect
import os
import signal
import weakref

import litellm
from litellm import CustomLLM
from litellm._logging import verbose_proxy_logger
from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER
from litellm.llms.anthropic.experimental_pass_through.messages.streaming_iterator import BaseAnthropicMessagesStreamingIterator, aclose_if_supported
from litellm.proxy import proxy_server
from litellm.proxy.shutdown.graceful_shutdown_manager import GracefulShutdownManager

SECONDS = float(os.environ.get("GATEWAY_STOP_SECONDS", 70))
SECONDS_FOR_LOGGING, SECONDS_MORE, SECONDS_FOR_TRACES = 15, 5, 10
REQUEST = "RequestResponseCycle.run_asgi"  # uvicorn's task for one request
ENDLESS = ("LoggingWorker._worker_loop", "Traces.send")  # the first waits for ever, for the second see finish()
# What runs for as long as the process does: everything that was there when LiteLLM had started.
standing = weakref.WeakSet()


def name(task):
    return getattr(task.get_coro(), "__qualname__", "")


def end_requests():
    """Ends what is still under way; its clients' connections break."""
    verbose_proxy_logger.error("gateway stop: requests that did not end within %d seconds are ended", SECONDS)
    for task in asyncio.all_tasks():
        if name(task) == REQUEST:
            task.cancel()


async def settle(seconds):
    """Waits until nothing runs but what always does, so that every call's spend is in LiteLLM's queue and every trace in its logger's. Returns what still runs."""
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    while True:
        running = {task for task in asyncio.all_tasks() if task not in standing and name(task) not in ENDLESS}
        running.discard(asyncio.current_task())
        queued = asyncio.create_task(GLOBAL_LOGGING_WORKER.flush())
        _, late = await asyncio.wait({*running, queued}, timeout=max(0, end - clock()))
        if late:
            queued.cancel()
            return late
        if not running:
            return set()


def original(owner, method, parameters):
    """One of LiteLLM's functions that is replaced below. It must have the parameters that were read when this was written."""
    found = getattr(owner, method)
    if list(inspect.signature(found).parameters) != parameters:
        raise RuntimeError(f"gateway stop: {method} of this LiteLLM is another one; see ecs/litellm/gateway_stop.py")
    return found


last_of_start = original(proxy_server, "_initialize_shared_aiohttp_session", [])
first_of_stop = original(GracefulShutdownManager, "wait_for_drain", ["timeout", "exclude_self", "count_fn", "poll_interval", "log_interval"])
read_stream = original(BaseAnthropicMessagesStreamingIterator, "_pump_upstream_to_queue", ["self", "completion_stream", "queue", "client_detached"])


async def start():
    session = await last_of_start()
    standing.update(asyncio.all_tasks())
    return session


async def read(self, completion_stream, queue, client_detached):
    """LiteLLM reads a stream of Claude's route in a task of its own. Cut off, it would forget the call; a failure of the model it logs."""

    async def chunks():
        try:
            async for chunk in completion_stream:
                yield chunk
        except asyncio.CancelledError:
            raise ConnectionError("The gateway's task stops.") from None
        finally:
            await aclose_if_supported(completion_stream)

    await read_stream(self, chunks(), queue, client_detached)


async def stop(exclude_self=False, **more):
    if not exclude_self:  # else it is GET /health/drain, which ends nothing
        await finish()
    return await first_of_stop(exclude_self=exclude_self, **more)


async def finish():
    """What this file is for; within SECONDS_FOR_LOGGING + SECONDS_MORE + SECONDS_FOR_TRACES."""
    for task in await settle(SECONDS_FOR_LOGGING):
        task.cancel()
    late = await settle(SECONDS_MORE)
    if late:
        verbose_proxy_logger.error("gateway stop: spend or traces may be lost: %s", sorted(name(task) for task in late))
    for callback in litellm.callbacks:
        if hasattr(callback, "finish"):
            await callback.finish(SECONDS_FOR_TRACES)


def on_term(number, frame):
    loop.call_soon_threadsafe(loop.call_later, SECONDS, end_requests)
    uvicorns(number, frame)


loop = asyncio.get_running_loop()
uvicorns = signal.getsignal(signal.SIGTERM)
if not callable(uvicorns):
    raise RuntimeError("gateway stop: the server has no handler for SIGTERM; see ecs/litellm/gateway_stop.py")
signal.signal(signal.SIGTERM, on_term)
proxy_server._initialize_shared_aiohttp_session = start
GracefulShutdownManager.wait_for_drain = stop
BaseAnthropicMessagesStreamingIterator._pump_upstream_to_queue = read
unused = CustomLLM()
