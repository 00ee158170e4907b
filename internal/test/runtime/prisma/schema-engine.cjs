#!/usr/bin/env node
// Stands in for Prisma's schema-engine binary, which no package registry carries: it applies the migrations that Prisma's CLI names and keeps
// _prisma_migrations. It takes no lock, compares no schemas (a diff is always empty), and recovers nothing.
//
// Protocol (Prisma's CLI 5.17, SchemaEngineCLI): `schema-engine cli --datasource URL COMMAND`, or JSON-RPC, one message a line, on stdin and stdout.
// Environment: DATABASE_URL, to which the schema's datasource refers.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const pg = require('pg');
const { options, unreachable } = require('./connection.cjs');

const TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text,
  rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`;

// failure is an error with one of Prisma's codes, which LiteLLM looks for.
function failure(code, message) {
  return Object.assign(new Error(message), { prisma: code });
}

async function connected(url, work) {
  const client = new pg.Client(options(url));
  try {
    await client.connect();
  } catch (error) {
    throw failure(unreachable(error) ? 'P1001' : 'P1000', `cannot connect to the database: ${error.message}`);
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function directories(where) {
  if (!fs.existsSync(where)) {
    return [];
  }
  return fs.readdirSync(where).filter((name) => fs.existsSync(path.join(where, name, 'migration.sql'))).sort();
}

async function applyMigrations({ migrationsDirectoryPath: where }) {
  return connected(process.env.DATABASE_URL, async (client) => {
    await client.query('SET client_min_messages = warning');
    await client.query(TABLE);
    const { rows } = await client.query('SELECT migration_name, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL');
    const unfinished = rows.find((row) => row.finished_at === null);
    if (unfinished) {
      throw failure('P3009', `the \`${unfinished.migration_name}\` migration started and failed`);
    }
    const before = new Set(rows.map((row) => row.migration_name));
    const applied = [];
    for (const name of directories(where).filter((candidate) => !before.has(candidate))) {
      const sql = fs.readFileSync(path.join(where, name, 'migration.sql'), 'utf8');
      const id = crypto.randomUUID();
      const checksum = crypto.createHash('sha256').update(sql).digest('hex');
      await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [id, checksum, name]);
      try {
        await client.query(sql); // without parameters: the whole file as one simple query, as Prisma sends it
      } catch (error) {
        await client.query('UPDATE _prisma_migrations SET logs = $2 WHERE id = $1', [id, error.message]);
        throw failure('P3018', `Migration name: ${name}\n\nDatabase error code: ${error.code}\n\nDatabase error:\n${error.message}`);
      }
      await client.query('UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = $1', [id]);
      applied.push(name);
    }
    return { appliedMigrationNames: applied };
  });
}

const METHODS = {
  applyMigrations,
  listMigrationDirectories: async ({ migrationsDirectoryPath: where }) => ({ migrations: directories(where) }),
  dbExecute: async ({ script }) => connected(process.env.DATABASE_URL, async (client) => (await client.query(script), null)),
  diff: async () => {
    send({ jsonrpc: '2.0', id: 1, method: 'print', params: { content: '-- This is an empty migration.\n' } });
    return { exitCode: 0 };
  },
  getDatabaseVersion: async () => connected(process.env.DATABASE_URL, async (client) => (await client.query('SHOW server_version')).rows[0].server_version),
};

function send(message) {
  process.stdout.write(JSON.stringify(message) + '\n');
}

async function reply({ id, method, params, result }) {
  if (result !== undefined) {
    return; // the CLI's acknowledgement of a print
  }
  try {
    if (!METHODS[method]) {
      throw failure('P5000', `schema-engine stand-in: ${method} is not there`);
    }
    send({ jsonrpc: '2.0', id, result: await METHODS[method](params || {}) });
  } catch (error) {
    const data = { is_panic: false, message: error.message, meta: {}, error_code: error.prisma || 'P5000' };
    send({ jsonrpc: '2.0', id, error: { code: 4466, message: 'An error happened. Check the data field for details.', data } });
  }
}

// command answers what the CLI asks before it starts the protocol.
async function command(url, name) {
  try {
    if (name !== 'can-connect-to-database') {
      throw failure('P5000', `schema-engine stand-in: ${name} is not there`);
    }
    await connected(url, (client) => client.query('SELECT 1'));
  } catch (error) {
    // The CLI drops the first line and reads the others.
    for (const [level, fields] of [['INFO', { message: name }], ['ERROR', { error_code: error.prisma || 'P5000', message: error.message }]]) {
      process.stderr.write(`${level === 'INFO' ? '' : '\n'}${JSON.stringify({ level, target: 'schema_engine::logger', fields })}`);
    }
    process.exitCode = 1;
  }
}

const [mode, , url, name] = process.argv.slice(2);
if (process.argv.includes('--version')) {
  console.log('schema-engine-cli 393aa359c9ad4a4bb28630fb5613f9c281cde053');
} else if (mode === 'cli') {
  command(url, name);
} else {
  readline.createInterface({ input: process.stdin }).on('line', (line) => reply(JSON.parse(line)));
}
