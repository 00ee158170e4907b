// What both stand-ins share: a connection string in Prisma's form becomes the options of node-postgres.
'use strict';
const fs = require('fs');
const tls = require('tls');

// options reads a connection string as Prisma does: sslmode=require with sslaccept=strict and sslcert (the authority's file) verifies the server;
// connection_limit bounds the pool; schema is the search path (Prisma, "PostgreSQL connection URL arguments").
function options(connectionString) {
  const url = new URL(connectionString);
  const given = (name) => url.searchParams.get(name);
  const encrypted = given('sslmode') === 'require' || given('sslcert') !== null;
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    ssl: encrypted && {
      ca: given('sslcert') ? fs.readFileSync(given('sslcert'), 'utf8') : undefined,
      rejectUnauthorized: given('sslaccept') === 'strict',
      // For a host that is an address, node-postgres would compare the certificate with "localhost".
      checkServerIdentity: (_, certificate) => tls.checkServerIdentity(url.hostname, certificate),
    },
    max: Number(given('connection_limit') || 5),
    connectionTimeoutMillis: 1000 * Number(given('connect_timeout') || 5),
    schema: given('schema') || 'public',
  };
}

// unreachable says whether an error of the driver means that there is no database, and not that it refused a statement.
function unreachable(error) {
  const code = String(error.code || '');
  return /^(ECONN|ENOTFOUND|EPIPE|ETIMEDOUT|57P0[123]|08)/.test(code) || /terminated|timeout/i.test(error.message || '');
}

module.exports = { options, unreachable };
