import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import type { CloudOptions } from './start-cloud.ts';
import { REAL_MINIMUM_POLL_INTERVAL_MS, startCloud } from './start-cloud.ts';

const HELP = `A stand-in for the cloud, for development and tests.

  node --import tsx tools/cloud/main.ts [options]

  --port N                      listen on this port (8484)
  --host ADDRESS                listen on this address (127.0.0.1)
  --store DIR                   keep fleets, devices, reports and logs in this directory
  --control-socket PATH         serve the control API on this unix socket as well
  --tls-key FILE                serve TLS with this key
  --tls-cert FILE               and this certificate
  --minimum-poll-interval MS    raise poll intervals to at least this (${REAL_MINIMUM_POLL_INTERVAL_MS}, as the real cloud does)
  --gone-log-stream-delay MS    hold log streams of deleted devices for so long before they are refused (55000)
  --notify none|loopback        call POST /v1/update of devices on this machine when their target changes (none)
  --help                        show this

The control API is under /control and asks for no credentials: do not serve it to anyone else.
`;

async function main(args: readonly string[]): Promise<void> {
	const { values } = parseArgs({
		args: [...args],
		options: {
			port: { type: 'string', default: '8484' },
			host: { type: 'string', default: '127.0.0.1' },
			store: { type: 'string' },
			'control-socket': { type: 'string' },
			'tls-key': { type: 'string' },
			'tls-cert': { type: 'string' },
			'minimum-poll-interval': { type: 'string', default: String(REAL_MINIMUM_POLL_INTERVAL_MS) },
			'gone-log-stream-delay': { type: 'string', default: '55000' },
			notify: { type: 'string', default: 'none' },
			help: { type: 'boolean', default: false },
		},
	});
	if (values.help) {
		process.stdout.write(HELP);
		return;
	}
	const cloud = await startCloud({
		port: parseNumber('--port', values.port),
		host: values.host,
		storePath: values.store,
		controlSocket: values['control-socket'],
		tls: await readTls(values['tls-key'], values['tls-cert']),
		minimumPollIntervalMs: parseNumber('--minimum-poll-interval', values['minimum-poll-interval']),
		goneLogStreamDelayMs: parseNumber('--gone-log-stream-delay', values['gone-log-stream-delay']),
		notify: parseNotify(values.notify),
	});
	console.log(`listening on ${cloud.url}`);
	const stop = () => {
		cloud.stop().catch((error: unknown) => {
			console.error(error);
			process.exitCode = 1;
		});
	};
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
}

async function readTls(key: string | undefined, cert: string | undefined): Promise<CloudOptions['tls']> {
	if (key === undefined && cert === undefined) {
		return undefined;
	}
	if (key === undefined || cert === undefined) {
		throw new Error('--tls-key and --tls-cert belong together');
	}
	return { key: await readFile(key), cert: await readFile(cert) };
}

function parseNumber(name: string, text: string): number {
	if (!/^\d+$/.test(text)) {
		throw new Error(`${name} takes a number, not ${text}`);
	}
	return Number(text);
}

function parseNotify(text: string): 'none' | 'loopback' {
	if (text !== 'none' && text !== 'loopback') {
		throw new Error(`--notify takes none or loopback, not ${text}`);
	}
	return text;
}

main(process.argv.slice(2)).catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
});
