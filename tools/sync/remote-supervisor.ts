import type { RemoteShell } from './ssh.ts';

const CACHE_FILE = '/tmp/livepush-cache.json';
/** The newer and the older name of the unit. */
const UNITS = ['balena-supervisor', 'resin-supervisor'];

/** Ids of the last images of the stages that were built before; none if there was no build yet. */
export async function readStageIds(shell: RemoteShell): Promise<readonly string[]> {
	const text = await shell.run(`cat ${CACHE_FILE} 2>/dev/null || true`);
	try {
		const ids: unknown = JSON.parse(text);
		return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : [];
	} catch {
		return []; // a cache that cannot be read is none
	}
}

export async function writeStageIds(shell: RemoteShell, ids: readonly string[]): Promise<void> {
	await shell.run(`cat >${CACHE_FILE}`, JSON.stringify(ids));
}

/** Until the next boot of the device: the file is on its tmpfs (spec: dev-tools 6.3). */
export async function switchSupervisor(shell: RemoteShell, image: string, tag: string): Promise<void> {
	const listed = await shell.run(
		`systemctl list-unit-files --no-legend ${UNITS.map((unit) => `${unit}.service`).join(' ')}`,
	);
	const unit = UNITS.find((name) => listed.includes(`${name}.service`)) ?? UNITS[0];
	const lines = [`SUPERVISOR_IMAGE=${image}`, `SUPERVISOR_TAG=${tag}`, 'LED_FILE=/dev/null', ''];
	await shell.run(`systemctl stop ${unit}`);
	await shell.run('cat >/tmp/update-supervisor.conf', lines.join('\n'));
	await shell.run(`systemctl start ${unit}`);
}
