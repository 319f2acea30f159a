import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sqlite3 from 'sqlite3';
import { DeviceError } from '../device/index.ts';
import type { Command } from './command.ts';
import { parseCommandLine } from './command.ts';
import { chooseDirectory, readRecord } from './device-folder.ts';
import { PLACE_OPTIONS, describeOptions } from './options.ts';

/** The key of the cloud, which may do everything (spec: device-api 2.3). */
const QUERY = 'SELECT key FROM apiSecret WHERE appId = 0 AND serviceName IS NULL';

export const keyCommand: Command = {
	name: 'key',
	usage: [
		'Usage: dindctl key',
		'',
		"Prints the key of the device's API. Without a cloud and outside of development mode callers from other machines have",
		'to show it: curl -H "Authorization: Bearer $(dindctl key)" http://DEVICE:48484/v2/state/status',
		'',
		...describeOptions(PLACE_OPTIONS),
	].join('\n'),
	async run(args) {
		const { values } = parseCommandLine('key', args, { options: {}, positionalsMax: 0 });
		const key = await readDeviceKey(chooseDirectory(values));
		if (key === undefined) throw new DeviceError('The device has no key yet', 'Start it with dindctl run');
		console.log(key);
		return 0;
	},
};

/** Undefined before the first start of the supervisor. */
export function readDeviceKey(directory: string): Promise<string | undefined> {
	return readKey(findDatabase(directory));
}

function findDatabase(directory: string): string {
	const isHost = readRecord(directory)?.os !== undefined;
	return join(directory, 'data', ...(isHost ? ['resin-data', 'balena-supervisor'] : []), 'database.sqlite');
}

async function readKey(path: string): Promise<string | undefined> {
	if (!existsSync(path)) return undefined;
	const database = await new Promise<sqlite3.Database>((resolve, reject) => {
		const opened: sqlite3.Database = new sqlite3.Database(path, sqlite3.OPEN_READONLY, (error) => {
			if (error === null) resolve(opened);
			else reject(error);
		});
	});
	try {
		const get = promisify<string, unknown>(database.get.bind(database));
		const row = (await get(QUERY)) as { readonly key: string | null } | undefined; // as the query has it
		return row?.key ?? undefined;
	} finally {
		database.close();
	}
}
