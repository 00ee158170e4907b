// Calls the gateway with the JavaScript SDKs of OpenAI and Anthropic, each in every way that README.md names, and fails at the first that does not work.
// Environment: as in client.py, and CLIENTS, the folder that has node_modules.
'use strict';
const { createRequire } = require('module');
const path = require('path');

const env = process.env;
const fromClients = createRequire(path.join(env.CLIENTS, 'package.json'));
const { OpenAI } = fromClients('openai');
const { Anthropic } = fromClients('@anthropic-ai/sdk');
const { GATEWAY_URL: url, GATEWAY_KEY: key, MODEL: model } = env;
const mark = `${env.MARK} javascript `;

function show(name, ok, detail) {
  console.log(`${ok ? 'works' : 'FAILS'}: ${name}${ok ? '' : `: ${JSON.stringify(detail)}`}`);
  if (!ok) process.exit(1);
}

async function openai() {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, timeout: 100000 });
  const chat = (content, more) => client.chat.completions.create({ model, messages: [{ role: 'user', content }], ...more });
  let answer = await chat(`${mark}openai plain`);
  show('openai plain', answer.choices[0].message.content && answer.usage.total_tokens > 0, answer);
  let text = '';
  let usage;
  for await (const chunk of await chat(`${mark}openai stream`, { stream: true, stream_options: { include_usage: true } })) {
    text += chunk.choices[0]?.delta.content ?? '';
    usage = chunk.usage ?? usage;
  }
  show('openai stream', text && usage.total_tokens > 0, { text, usage });
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const tools = [{ type: 'function', function: { name: 'weather', description: 'the weather of a city', parameters } }];
  answer = await chat(`${mark}openai tools ${env.TOOL}`, { tools });
  const message = answer.choices[0].message;
  show('openai tool call', message.tool_calls?.[0].function.arguments.includes('Oslo'), answer);
  const messages = [{ role: 'user', content: `${mark}openai tools ${env.TOOL}` }, message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'rain' }];
  answer = await client.chat.completions.create({ model, messages, tools });
  show('openai tool result', answer.choices[0].message.content, answer);
  answer = await chat([{ type: 'text', text: `${mark}openai image` }, { type: 'image_url', image_url: { url: `data:image/png;base64,${env.IMAGE}` } }]);
  show('openai image', answer.choices[0].message.content, answer);
  for await (const chunk of await chat(`${mark}openai leaves ${env.STUCK}`, { stream: true })) {
    if (chunk.choices[0]?.delta.content) break; // ends the request
  }
  show('openai cancelled stream', true);
}

async function anthropic() {
  const client = new Anthropic({ baseURL: url, authToken: key, maxRetries: 0, timeout: 100000 });
  const body = (content, more) => ({ model, max_tokens: 100, messages: [{ role: 'user', content }], ...more });
  let answer = await client.messages.create(body(`${mark}anthropic plain`));
  show('anthropic plain', answer.content[0].text && answer.usage.output_tokens > 0, answer);
  answer = await client.messages.stream(body(`${mark}anthropic stream`)).finalMessage();
  show('anthropic stream', answer.content[0].text && answer.usage.output_tokens > 0, answer);
  const tools = [{ name: 'weather', description: 'the weather of a city', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }];
  const asked = body(`${mark}anthropic tools ${env.TOOL}`, { tools });
  answer = await client.messages.stream(asked).finalMessage();
  const call = answer.content.find((part) => part.type === 'tool_use');
  show('anthropic tool call', call?.input.city === 'Oslo', answer);
  asked.messages.push({ role: 'assistant', content: [call] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'rain' }] });
  answer = await client.messages.create(asked);
  show('anthropic tool result', answer.content[0].text, answer);
  const system = [{ type: 'text', text: `${mark}anthropic ${env.CACHED}`, cache_control: { type: 'ephemeral' } }];
  answer = await client.messages.create(body(`${mark}anthropic`, { system }));
  show('anthropic prompt cache', answer.usage.cache_read_input_tokens > 0, answer);
  const counted = await client.messages.countTokens({ model, messages: [{ role: 'user', content: `${mark}anthropic counts` }] });
  show('anthropic count_tokens', counted.input_tokens > 0, counted);
  for await (const event of await client.messages.create(body(`${mark}anthropic leaves ${env.STUCK}`, { stream: true }))) {
    if (event.type === 'content_block_delta') break; // ends the request
  }
  show('anthropic cancelled stream', true);
}

openai().then(anthropic).then(() => process.exit(0), (failure) => { console.error(failure); process.exit(1); });
