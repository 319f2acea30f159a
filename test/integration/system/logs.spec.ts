import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { LogLineView } from '../../../tools/cloud/control-views.ts';
import { setScene, type Scene } from './scene.ts';

/** The full measure is ten services, 2000 lines a second in all, for 60 s. */
const SECONDS = Number(process.env['FLOOD_SECONDS'] ?? 10);
const LINES_PER_SECOND = Number(process.env['FLOOD_LINES_PER_SECOND'] ?? 2000);
const SERVICES = 10;
const BURST_MS = 100;
const LINES_KEPT = 1_000_000;
/** Allowed memory growth over the flood, MB: buffers, and garbage that was not collected yet. */
const GROWTH_MAX_MB = 60;

describe('the log of a device', function () {
	this.timeout(60_000 + 3000 * SECONDS);
	let scene: Scene;

	beforeEach(async () => {
		scene = await setScene({ hasLogCable: true, logLinesKept: LINES_KEPT });
	});
	afterEach(() => scene.dispose());

	const lines = async () => scene.client.listLogs(await scene.device.uuid());
	const waitForLine = (text: string, timeoutMs = 20_000) =>
		scene.device.waitFor(
			`the cloud has "${text}"`,
			async () => (await lines()).some(({ message }) => message === text),
			timeoutMs,
		);
	// Without a terminal, which services have unless they say otherwise: with one there is but one output.
	const shell = (script: string) => ({ command: ['sh', '-c', script], tty: false });

	it('cloud-api #48, #49, #50, #58: has the lines of services and of the agent, with their source, soon', async () => {
		const { device, images, client } = scene;
		const long = 'x'.repeat(20_000);
		const compositions = {
			web: shell(`echo out; echo err >&2; printf '%020000d\\n' 0; sleep 20; echo late; sleep 86400`),
			picky: { ...shell('echo picky out; echo picky err >&2; sleep 86400'), environment: { BALENA_LOGS_LEVEL: 'err' } },
			mute: { ...shell('echo mute out; echo mute err >&2; sleep 86400'), environment: { BALENA_LOGS_LEVEL: 'none' } },
		};
		await device.start();
		const release = await scene.apply({ web: images[0], picky: images[1], mute: images[2] }, { compositions });
		await waitForLine('picky err');
		const idOf = (service: string) => release.services[service]!.id;
		const of = async (service: string) => (await lines()).filter(({ serviceId }) => serviceId === idOf(service));
		await waitForLine('late', 30_000);

		const logged = await of('web');
		expect(
			logged.slice(0, 3).map(({ message, isStdErr, isSystem }) => [message, isStdErr, isSystem]),
		).to.have.deep.members([
			['out', false, false],
			['err', true, false],
			[`${long.slice(0, 9995).replaceAll('x', '0')}[...]`, false, false],
		]);
		const { timestamp, createdAt } = logged.at(-1)!;
		expect(createdAt - timestamp).to.be.within(0, 1000);
		expect((await of('picky')).map(({ message }) => message)).to.deep.equal(['picky err']);
		expect(await of('mute')).to.deep.equal([]);
		const system = (await lines()).filter(({ isSystem }) => isSystem).map(({ message }) => message);
		expect(system[0]).to.equal('Supervisor starting');
		const requests = (await client.listRequests()).filter(({ path }) => path.endsWith('/log-stream'));
		// The first came before the device was registered.
		expect(requests.map(({ status }) => status)).to.deep.equal([401, null]);
		expect(Object.keys(requests[1]!.headers).sort()).to.deep.equal([
			'authorization',
			'connection',
			'content-encoding',
			'content-type',
			'host',
			'transfer-encoding',
		]);
		expect(requests[1]!.headers['host']).to.equal(new URL(scene.logCable!.url).host);
	});

	it('cloud-api #53: ends when logging is switched off, and starts with the first line after it is on again', async () => {
		const { device, images, client, fleet } = scene;
		await device.start();
		await scene.apply(
			{ web: images[0] },
			{ compositions: { web: shell('i=0; while :; do echo $i; i=$((i+1)); sleep 0.1; done') } },
		);
		await waitForLine('5');
		await client.updateFleet(fleet.id, { config: { BALENA_SUPERVISOR_LOG_CONTROL: 'false' } });
		await device.update();
		await device.waitForLog('loggingEnabled');
		await sleep(1000);
		const before = (await lines()).length;
		await sleep(2000);
		expect(await lines()).to.have.length(before);
		await client.updateFleet(fleet.id, { config: { BALENA_SUPERVISOR_LOG_CONTROL: 'true' } });
		await device.update();
		await device.waitFor('lines come again', async () => (await lines()).length > before + 5, 30_000);
		const numbers = (await lines()).filter(({ isSystem }) => !isSystem).map(({ message }) => Number(message));
		const gap = Math.max(...numbers.slice(1).map((number, index) => number - numbers[index]!));
		expect(gap).to.be.greaterThan(10);
	});

	it('has every line once when the agent ends and starts again', async () => {
		const { device, images } = scene;
		await device.start();
		const script = 'i=0; while [ $i -lt 300 ]; do echo $i; i=$((i+1)); usleep 20000; done; echo end; sleep 86400';
		await scene.apply({ web: images[0] }, { compositions: { web: shell(script) } });
		await waitForLine('50');
		expect(await device.kill('SIGTERM')).to.equal(143);
		await sleep(500);
		await device.start();
		await waitForLine('end');
		const numbers = (await lines()).filter(({ isSystem }) => !isSystem).map(({ message }) => message);
		expect(numbers).to.deep.equal([...Array.from({ length: 300 }, (_, index) => String(index)), 'end']);
	});

	it(`loses nothing unsaid of ${LINES_PER_SECOND} lines a second for ${SECONDS} s, with the cloud away and a restart`, async () => {
		const { device, images, logCable } = scene;
		const perBurst = Math.round((LINES_PER_SECOND / SERVICES / 1000) * BURST_MS);
		const bursts = Math.round((SECONDS * 1000) / BURST_MS);
		const script = `i=0; b=0; while [ $b -lt ${bursts} ]; do b=$((b+1)); j=0
			while [ $j -lt ${perBurst} ]; do echo "$i a line of about as many characters as lines usually have"; i=$((i+1)); j=$((j+1)); done
			usleep ${BURST_MS * 1000}; done; echo "end"; sleep 86400`;
		const names = Array.from({ length: SERVICES }, (_, index) => `flood${index}`);
		await device.start();
		await waitForLine('Supervisor starting');
		const restingMb = readMemory(device.pid!).rssMb;
		const release = await scene.apply(
			Object.fromEntries(names.map((name, index) => [name, images[index % images.length]!])),
			{ compositions: Object.fromEntries(names.map((name) => [name, shell(script)])) },
		);
		const started = performance.now();
		const at = (part: number) => sleep(Math.max(0, started + part * SECONDS * 1000 - performance.now()));
		await at(0.2);
		logCable!.cut();
		await at(0.2 + 1 / 3);
		logCable!.mend();
		await at(0.7);
		const peakBeforeMb = readMemory(device.pid!).peakMb;
		await device.kill('SIGTERM');
		await device.start();
		const total = perBurst * bursts;
		const isComplete = async () => {
			const ends = (await lines()).filter(({ message }) => message === 'end').map(({ serviceId }) => serviceId);
			return new Set(ends).size === SERVICES;
		};
		await device.waitFor('each service has come to its end', isComplete, 60_000 + 2000 * SECONDS);
		const peakMb = Math.max(peakBeforeMb, readMemory(device.pid!).peakMb);

		const all = await lines();
		const counts = names.map((name) => countLines(all, release.services[name]!.id, total));
		const sum = (key: 'missing' | 'repeated') => counts.reduce((count, one) => count + one[key], 0);
		const suppressed = all.map(readSuppressed).reduce((count, one) => count + one, 0);
		console.log(
			`      ${total * SERVICES} lines in ${SECONDS} s: ${sum('missing')} missing, ${suppressed} reported as suppressed, ` +
				`${sum('repeated')} repeated; ${restingMb} MB at rest, ${peakMb} MB at most`,
		);
		expect(sum('missing')).to.equal(0);
		expect(peakMb - restingMb).to.be.lessThan(GROWTH_MAX_MB);
	});
});

function countLines(all: readonly LogLineView[], service: number, total: number) {
	const seen = new Map<number, number>();
	for (const { serviceId, message } of all) {
		const number = /^(\d+) a line/.exec(message)?.[1];
		if (serviceId === service && number !== undefined) seen.set(Number(number), (seen.get(Number(number)) ?? 0) + 1);
	}
	const repeated = [...seen.values()].reduce((sum, count) => sum + count - 1, 0);
	return { missing: total - seen.size, repeated };
}

function readSuppressed({ message, isSystem }: LogLineView): number {
	const match = isSystem ? /^Warning: Suppressed (\d+) message\(s\)/.exec(message) : null;
	return Number(match?.[1] ?? 0);
}

function readMemory(pid: number): { readonly rssMb: number; readonly peakMb: number } {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	const read = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
	return { rssMb: read('VmRSS'), peakMb: read('VmHWM') };
}
