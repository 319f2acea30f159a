import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as dbus from 'dbus-next';
import Docker from 'dockerode';
import express, { type Request, type Response } from 'express';
import got from 'got';
import knex from 'knex';
import isEqual from 'lodash/isEqual.js';
import { createLogger, transports } from 'winston';

/** A program that uses each package as the supervisor does; `stand-ins.spec.ts` bundles and runs it. */

class NamedError extends Error {}

async function tryDatabase(): Promise<unknown> {
	const db = knex({ client: 'sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });
	await db.schema.createTable('things', (table) => void table.text('text'));
	await db('things').insert({ text: 'stored' });
	const rows: unknown = await db('things').select('text');
	await db.destroy();
	return rows;
}

async function tryHttp() {
	const api = express().use(express.json(), express.urlencoded({ extended: true }));
	api.post('/', (request: Request, response: Response) => void response.json(request.body));
	api.set('env', 'test'); // keeps the refusal, which is wanted, off the console
	const server = createServer(api).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	const headers = { 'content-type': 'application/json; charset=utf-32' };
	const unknown = await got.post(url, { headers, body: '{}', throwHttpErrors: false });
	const json: unknown = await got.post(url, { json: { sent: 'é' } }).json();
	const form: unknown = await got.post(url, { form: { sent: 'é' } }).json();
	server.close();
	return { json, form, unknownCharset: unknown.statusCode };
}

async function tryBus(): Promise<unknown> {
	process.env['DBUS_SYSTEM_BUS_ADDRESS'] = 'unix:path=/nowhere/bus';
	const [error] = (await once(dbus.systemBus(), 'error').catch((cause: unknown) => [cause])) as [NodeJS.ErrnoException];
	return error.code;
}

async function tryEngine(): Promise<unknown> {
	const failed = await new Docker({ socketPath: '/nowhere/engine' })
		.listContainers()
		.catch((cause: unknown) => cause as NodeJS.ErrnoException);
	return 'code' in failed ? failed.code : failed;
}

async function main(): Promise<void> {
	createLogger({ transports: [new transports.Console()] }).info('a line');
	const result = {
		version: SUPERVISOR_VERSION,
		rows: await tryDatabase(),
		...(await tryHttp()),
		engine: await tryEngine(),
		bus: await tryBus(),
		equal: isEqual({ a: [1] }, { a: [1] }),
		errorName: new NamedError().constructor.name,
	};
	process.stdout.write(JSON.stringify(result));
}

void main();
