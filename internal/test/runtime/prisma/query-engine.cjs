#!/usr/bin/env node
// Stands in for Prisma's query-engine binary, which no package registry carries. The engine itself is Prisma's own, in its WebAssembly build;
// this program answers the binary's HTTP protocol with it. prisma-client-py speaks GraphQL, which the WebAssembly build does not understand, so
// each request is put into Prisma's JSON protocol and each answer put back.
//
// Environment: PRISMA_DML_PATH (the schema file), OVERWRITE_DATASOURCES or DATABASE_URL, SHIM_LOG (a file for every request and answer).
// The WebAssembly build neither opens connections itself nor keeps a pool: both are node-postgres'.
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');
const graphql = require('graphql');
const pg = require('pg');
const { parse: parseArray } = require('postgres-array');
const { PrismaPg } = require('@prisma/adapter-pg');
const { bindAdapter } = require('@prisma/driver-adapter-utils');
const { options, unreachable } = require('./connection.cjs');

if (process.argv.includes('--version')) {
  console.log('query-engine 393aa359c9ad4a4bb28630fb5613f9c281cde053');
  process.exit(0);
}

// ---- The schema: which fields are Json, and which lead to other models.

// models maps a model's name to its fields' types. A body ends at a brace that begins a line; defaults hold braces too.
function models(schema) {
  const found = {};
  for (const [, name, body] of schema.matchAll(/^model\s+(\w+)\s*\{\n([\s\S]*?)^\}/gm)) {
    found[name] = {};
    for (const [, field, type] of body.matchAll(/^\s*(\w+)\s+(\w+)(?:\[\])?\??/gm)) {
      found[name][field] = type;
    }
  }
  return found;
}

// ---- GraphQL to the JSON protocol.

const ACTIONS = [
  'findUnique', 'findFirst', 'findMany', 'createOne', 'createMany', 'updateOne', 'updateMany', 'deleteOne', 'deleteMany', 'upsertOne', 'aggregate', 'groupBy',
];

// action takes "findUniqueThingOrThrow" apart into Prisma's action and the model.
function action(name) {
  if (name === 'queryRaw' || name === 'executeRaw') {
    return { action: name };
  }
  const verb = ACTIONS.find((candidate) => name.startsWith(candidate));
  const orThrow = verb && verb.startsWith('find') && name.endsWith('OrThrow') ? 'OrThrow' : '';
  if (!verb) {
    throw new Error(`unknown operation ${name}`);
  }
  return { action: verb + orThrow, modelName: name.slice(verb.length, name.length - orThrow.length) };
}

// JSON_FILTERS are the operators of a filter on a Json field whose value is JSON itself; the others (path, string_contains) are plain.
const JSON_FILTERS = new Set(['equals', 'not', 'set', 'array_contains', 'array_starts_with', 'array_ends_with', 'lt', 'lte', 'gt', 'gte']);

// value turns a node of GraphQL's syntax tree into a value. GraphQL passes JSON as text; the JSON protocol would store plain text as a JSON string,
// so that text in a Json field's place is tagged. model is the model whose fields the keys of an object name.
function value(node, schema, model, isJSON) {
  switch (node.kind) {
    case 'ObjectValue': {
      const object = {};
      for (const { name, value: inner } of node.fields) {
        const type = (schema[model] || {})[name.value];
        const below = isJSON ? model : schema[type] ? type : model;
        object[name.value] = value(inner, schema, below, isJSON ? JSON_FILTERS.has(name.value) : type === 'Json');
      }
      return object;
    }
    case 'ListValue':
      return node.values.map((item) => value(item, schema, model, isJSON));
    case 'IntValue':
      return Number.isSafeInteger(Number(node.value)) ? Number(node.value) : { $type: 'BigInt', value: node.value };
    case 'FloatValue':
      return Number(node.value);
    case 'NullValue':
      return null;
    case 'StringValue':
      return isJSON ? { $type: 'Json', value: node.value } : node.value;
    default: // BooleanValue, EnumValue
      return node.value;
  }
}

function argumentsOf(field, schema, model) {
  const out = {};
  for (const { name, value: inner } of field.arguments || []) {
    out[name.value] = value(inner, schema, model, false);
  }
  return out;
}

function selectionOf(field, schema, model) {
  const selection = {};
  for (const inner of field.selectionSet ? field.selectionSet.selections : []) {
    const below = (schema[model] || {})[inner.name.value];
    selection[inner.name.value] = inner.selectionSet
      ? { arguments: argumentsOf(inner, schema, below), selection: selectionOf(inner, schema, below) }
      : true;
  }
  return selection;
}

// toJSONProtocol translates one GraphQL document with one field, as prisma-client-py makes them.
function toJSONProtocol(document, schema) {
  const field = graphql.parse(document).definitions[0].selectionSet.selections[0];
  const operation = action(field.name.value);
  return {
    ...operation,
    query: { arguments: argumentsOf(field, schema, operation.modelName), selection: selectionOf(field, schema, operation.modelName) },
  };
}

// ---- The JSON protocol's answers to GraphQL's.

// plain undoes the tags of the JSON protocol: { $type, value } becomes the value.
function plain(answer) {
  if (Array.isArray(answer)) {
    return answer.map(plain);
  }
  if (answer === null || typeof answer !== 'object') {
    return answer;
  }
  if (typeof answer.$type === 'string') {
    const safe = answer.$type === 'BigInt' && Number.isSafeInteger(Number(answer.value));
    return safe ? Number(answer.value) : plain(answer.value);
  }
  return Object.fromEntries(Object.entries(answer).map(([key, inner]) => [key, plain(inner)]));
}

// explained gives an error of the driver its cause. The engine knows it as a number; no database must come back as P1001, because LiteLLM tells by it
// that a key could not be looked up, and does not take the key for a wrong one.
function explained(error, adapter, server) {
  const facing = error.user_facing_error || {};
  const id = facing.meta && facing.meta.id;
  const record = facing.error_code === 'P2036' && adapter.errorRegistry.consumeError(id);
  if (!record) {
    return error;
  }
  const message = unreachable(record.error)
    ? `Can't reach database server at ${server}`
    : `Raw query failed. ${record.error.message}`;
  const code = unreachable(record.error) ? 'P1001' : 'P2010';
  return { error: message, user_facing_error: { is_panic: false, message, meta: {}, error_code: code } };
}

function toGraphQL(answer, adapter, server) {
  if (answer.batchResult) {
    return { batchResult: answer.batchResult.map((one) => toGraphQL(one, adapter, server)) };
  }
  if (answer.errors) {
    return { errors: answer.errors.map((error) => explained(error, adapter, server)) };
  }
  return { data: { result: plain(Object.values(answer.data)[0]) } };
}

// ---- The driver.

// The adapter knows no type "name" (pg_views.viewname and the like) and no "void" of functions: both are text to it.
const AS_TEXT = { 19: 25, 1003: 1009, 2278: 25 };
const queryable = Object.getPrototypeOf(PrismaPg.prototype);
const performIO = queryable.performIO;
queryable.performIO = async function withKnownTypes(query) {
  const result = await performIO.call(this, query);
  for (const field of (result.ok && result.value.fields) || []) {
    field.dataTypeID = AS_TEXT[field.dataTypeID] || field.dataTypeID;
  }
  return result;
};
pg.types.setTypeParser(1003, (text) => parseArray(text));

// ---- The engine and its server.

async function engineFor(datamodel, adapter) {
  const runtime = require('@prisma/client/runtime/query_engine_bg.postgresql.js');
  const wasm = fs.readFileSync(path.join(path.dirname(require.resolve('@prisma/client/package.json')), 'runtime/query_engine_bg.postgresql.wasm'));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { './query_engine_bg.js': runtime });
  runtime.__wbg_set_wasm(instance.exports);
  const engine = new runtime.QueryEngine(
    { datamodel, logLevel: 'error', logQueries: false, datasourceOverrides: {}, env: process.env, ignoreEnvVarErrors: true, engineProtocol: 'json' },
    () => {},
    adapter,
  );
  await engine.connect(TRACE);
  return engine;
}

const TRACE = JSON.stringify({ traceparent: '00-10-10-00' });

async function answer(request, body, { engine, schema, adapter, server }) {
  const route = request.url.split('?')[0];
  const transaction = /^\/transaction\/([^/]+)\/(commit|rollback)$/.exec(route);
  if (route === '/status') {
    return { status: 'ok' };
  }
  if (route.startsWith('/metrics')) {
    return { counters: [], gauges: [], histograms: [] }; // the WebAssembly build counts nothing
  }
  if (route === '/transaction/start') {
    return JSON.parse(await engine.startTransaction(body, TRACE));
  }
  if (transaction) {
    return JSON.parse(await engine[`${transaction[2]}Transaction`](transaction[1], TRACE));
  }
  const asked = JSON.parse(body);
  const query = asked.batch
    ? { batch: asked.batch.map((one) => toJSONProtocol(one.query, schema)), transaction: asked.transaction ? {} : undefined }
    : toJSONProtocol(asked.query, schema);
  return toGraphQL(JSON.parse(await engine.query(JSON.stringify(query), TRACE, request.headers['x-transaction-id'])), adapter, server);
}

async function main() {
  const port = Number(process.argv[process.argv.indexOf('-p') + 1]);
  const datamodel = fs.readFileSync(process.env.PRISMA_DML_PATH, 'utf8');
  const overwritten = JSON.parse(process.env.OVERWRITE_DATASOURCES || '[]');
  const connection = options(overwritten.length ? overwritten[0].url : process.env.DATABASE_URL);
  const pool = new pg.Pool(connection);
  pool.on('error', () => {}); // an idle connection that is lost is opened anew when it is needed
  const adapter = bindAdapter(new PrismaPg(pool, { schema: connection.schema }));
  const context = {
    adapter,
    schema: models(datamodel),
    server: `${connection.host}:${connection.port}`,
    engine: await engineFor(datamodel, adapter),
  };
  const log = process.env.SHIM_LOG ? (line) => fs.appendFileSync(process.env.SHIM_LOG, line + '\n') : () => {};

  const listener = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks).toString();
    let result;
    try {
      result = await answer(request, body, context);
    } catch (error) {
      const message = `query-engine stand-in: ${error.stack || error}`;
      result = { errors: [{ error: message, user_facing_error: { is_panic: true, message, meta: {}, error_code: 'P5000' } }] };
    }
    log(`${request.method} ${request.url} ${body}\n=> ${JSON.stringify(result)}`);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(result));
  });
  listener.keepAliveTimeout = 60000;
  listener.listen(port, '127.0.0.1');

  // prisma-client-py ends the engine with SIGINT, except when it is killed itself: then the parent changes.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || process.exit(0), 500).unref();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => process.exit(0));
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
