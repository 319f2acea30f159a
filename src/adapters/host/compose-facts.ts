import { buildOf } from '../../domain/host-os.ts';
import type { HostComposeFacts } from '../../ports/compose-facts.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { parseOsRelease } from './parse-os-release.ts';
import { pathExists, readText } from '../files/index.ts';

/** The facts of the host that services get (spec: compose 2.1, 2.7.3). */
export async function readComposeFacts(paths: {
	readonly rootPath: string;
	readonly osReleasePath: string;
}): Promise<HostComposeFacts> {
	const { rootPath, osReleasePath } = paths;
	const release = parseOsRelease(await readOr(osReleasePath, ''));
	const boardRev = buildOf(release);
	return {
		hostname: (await readOr(`${rootPath}/etc/hostname`, '')).trim(),
		...(boardRev === undefined ? {} : { boardRev }),
		hasKernelModules: await pathExists(`${rootPath}/lib/modules`),
		hasFirmware: await pathExists(`${rootPath}/lib/firmware`),
	};
}

async function readOr(path: string, otherwise: string): Promise<string> {
	try {
		return await readText(path);
	} catch (error) {
		if (error instanceof OperationalError) {
			return otherwise; // not every host has it
		}
		throw error;
	}
}
