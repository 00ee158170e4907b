"""Calls the gateway with the Python SDKs of OpenAI and Anthropic, each in every way that README.md names, and fails at the first that does not work.

Environment: GATEWAY_URL (without /v1), GATEWAY_KEY, MODEL, MARK (a word in each prompt), TOOL, CACHED, QUIET, STUCK (what has the model's stand-in behave so), IMAGE (base64).
"""
import os

import anthropic
import openai

env = os.environ
url, key, model, mark = env["GATEWAY_URL"], env["GATEWAY_KEY"], env["MODEL"], env["MARK"] + " python "


def show(name, ok, detail):
    print(("works: " if ok else "FAILS: ") + name + ("" if ok else f": {detail}"), flush=True)
    if not ok:
        raise SystemExit(1)


client = openai.OpenAI(base_url=url + "/v1", api_key=key, max_retries=0, timeout=100)
chat = client.chat.completions.create
show("openai models", model in [m.id for m in client.models.list()], client.models.list())
answer = chat(model=model, messages=[{"role": "user", "content": mark + "openai plain"}])
show("openai plain", answer.choices[0].message.content and answer.usage.total_tokens > 0, answer)
chunks = list(chat(model=model, stream=True, stream_options={"include_usage": True}, messages=[{"role": "user", "content": mark + "openai stream"}]))
show("openai stream", any(c.choices and c.choices[0].delta.content for c in chunks) and chunks[-1].usage.total_tokens > 0, chunks)
tools = [{"type": "function", "function": {"name": "weather", "description": "the weather of a city", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]
for stream in (False, True):
    talk = [{"role": "user", "content": mark + "openai tools " + env["TOOL"]}]
    answer = chat(model=model, messages=talk, tools=tools, stream=stream)
    if stream:
        parts = [d for c in answer if c.choices for d in c.choices[0].delta.tool_calls or []]
        call = {"id": parts[0].id, "name": parts[0].function.name, "arguments": "".join(p.function.arguments or "" for p in parts)}
    else:
        made = answer.choices[0].message.tool_calls[0]
        call = {"id": made.id, "name": made.function.name, "arguments": made.function.arguments}
    show(f"openai tool call, stream {stream}", call["name"] == "weather" and "Oslo" in call["arguments"], call)
    talk += [{"role": "assistant", "tool_calls": [{"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["arguments"]}}]},
             {"role": "tool", "tool_call_id": call["id"], "content": "rain"}]
    answer = chat(model=model, messages=talk, tools=tools)
    show(f"openai tool result, stream {stream}", answer.choices[0].message.content, answer)
picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + env["IMAGE"]}}
answer = chat(model=model, messages=[{"role": "user", "content": [{"type": "text", "text": mark + "openai image"}, picture]}])
show("openai image", answer.choices[0].message.content, answer)
long = {"type": "text", "text": mark + "openai " + env["CACHED"], "cache_control": {"type": "ephemeral"}}
answer = chat(model=model, messages=[{"role": "user", "content": [long]}])
show("openai prompt cache", answer.usage.prompt_tokens_details.cached_tokens > 0, answer.usage)
with chat(model=model, stream=True, messages=[{"role": "user", "content": mark + "openai leaves " + env["STUCK"]}]) as stream:
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            break
show("openai cancelled stream", True, None)

client = anthropic.Anthropic(base_url=url, auth_token=key, max_retries=0, timeout=100)


def ask(text, **more):
    return client.messages.create(model=model, max_tokens=100, messages=[{"role": "user", "content": text}], **more)


answer = ask(mark + "anthropic plain")
show("anthropic plain", answer.content[0].text and answer.usage.output_tokens > 0, answer)
with client.messages.stream(model=model, max_tokens=100, messages=[{"role": "user", "content": mark + "anthropic stream"}]) as stream:
    text, final = "".join(stream.text_stream), stream.get_final_message()
show("anthropic stream", text and final.usage.output_tokens > 0, final)
tools = [{"name": "weather", "description": "the weather of a city", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}]
talk = [{"role": "user", "content": mark + "anthropic tools " + env["TOOL"]}]
with client.messages.stream(model=model, max_tokens=100, messages=talk, tools=tools) as stream:
    answer = stream.get_final_message()
call = next((c for c in answer.content if c.type == "tool_use"), None)
show("anthropic tool call", call and call.name == "weather" and call.input == {"city": "Oslo"}, answer)
talk += [{"role": "assistant", "content": [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.input}]},
         {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "rain"}]}]
answer = client.messages.create(model=model, max_tokens=100, messages=talk, tools=tools)
show("anthropic tool result", answer.content[0].text, answer)
source = {"type": "base64", "media_type": "image/png", "data": env["IMAGE"]}
answer = ask([{"type": "text", "text": mark + "anthropic image"}, {"type": "image", "source": source}])
show("anthropic image", answer.content[0].text, answer)
answer = ask(mark + "anthropic", system=[{"type": "text", "text": mark + "anthropic " + env["CACHED"], "cache_control": {"type": "ephemeral"}}])
show("anthropic prompt cache", answer.usage.cache_read_input_tokens > 0 and answer.usage.cache_creation_input_tokens > 0, answer.usage)
counted = client.messages.count_tokens(model=model, messages=[{"role": "user", "content": mark + "anthropic counts"}])
show("anthropic count_tokens", counted.input_tokens > 0, counted)
with client.messages.stream(model=model, max_tokens=100, messages=[{"role": "user", "content": mark + "anthropic leaves " + env["STUCK"]}]) as stream:
    for text in stream.text_stream:
        break
show("anthropic cancelled stream", True, None)
with client.messages.stream(model=model, max_tokens=100, messages=[{"role": "user", "content": mark + "anthropic " + env["QUIET"]}]) as stream:
    answer = stream.get_final_message()
show("anthropic quiet minute", answer.stop_reason == "end_turn", answer)
