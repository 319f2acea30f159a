import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LedFile } from '../../../src/adapters/host/index.ts';
import { Config, readEnvironment } from '../../../src/config/index.ts';
import { buildNetwork } from '../../../src/supervisor/build-network.ts';
import { recordingLog } from '../../support/logs.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { eventually } from '../api-binder/cloud-side.ts';
import { configJsonOf, MemoryFile, MemorySettingRows } from '../config/memory-setting-rows.ts';

const OK = 'Internet Connectivity: OK';
const WAITING = 'Waiting for connectivity...';

describe('the network of a device', () => {
	const stops: (() => unknown)[] = [];
	afterEach(async () => {
		for (const stop of stops.splice(0).reverse()) await stop();
	});

	async function findPort(): Promise<number> {
		const server = createServer().listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		server.close();
		await once(server, 'close');
		return port;
	}

	/** Lets time pass until it is so. */
	async function until(isSo: () => boolean, clock: VirtualClock): Promise<void> {
		while (!isSo()) {
			await clock.advance(50);
			await new Promise((resolve) => setImmediate(resolve));
		}
	}

	/** A device with files and sockets as they are, and time that passes on request. */
	function start(apiEndpoint: string) {
		const folder = mkdtempSync(join(tmpdir(), 'network-'));
		stops.push(() => rmSync(folder, { recursive: true }));
		const ledPath = join(folder, 'led');
		writeFileSync(ledPath, '');
		const clock = new VirtualClock();
		const { log, lines } = recordingLog();
		const environment = readEnvironment({ ROOT_MOUNTPOINT: folder, LED_FILE: ledPath });
		const config = new Config({
			rows: new MemorySettingRows(),
			configJson: configJsonOf(new MemoryFile({ apiEndpoint })),
			log,
		});
		const led = new LedFile(ledPath, clock);
		const { connectivity } = buildNetwork({ environment, clock, led, log }, config);
		const end = new AbortController();
		const done = connectivity.run(end.signal);
		stops.push(() => {
			end.abort();
			return done;
		});
		return {
			clock,
			config,
			vpnStatusPath: environment.vpnStatusPath,
			led: () => readFileSync(ledPath, 'utf8'),
			said: () => lines.map(({ message }) => message),
		};
	}

	it('host #33: says once that the port of its cloud is closed, blinks, and is well when the VPN is up', async () => {
		const { clock, vpnStatusPath, led, said } = start(`http://127.0.0.1:${await findPort()}`);
		await eventually(() => said().length > 0);
		expect(said()).to.deep.equal([WAITING]);
		// The file is a real one: how it blinks is tested where time is less so.
		for (const expected of '10101010') {
			await until(() => led() === expected, clock);
		}
		await clock.advance(10_000);
		expect(said()).to.deep.equal([WAITING]);

		expect(existsSync(vpnStatusPath)).to.equal(true);
		writeFileSync(join(vpnStatusPath, 'active'), '');
		await clock.advance(10_000);
		await eventually(() => said().length > 1);
		expect(said()).to.deep.equal([WAITING, OK]);
		await until(() => led() === '0', clock);
		for (let turn = 0; turn < 20; turn++) {
			await clock.advance(200);
			await new Promise((resolve) => setTimeout(resolve, 2));
			expect(led(), 'it stays dark').to.equal('0');
		}
	});

	it('says that its cloud can be reached, and does not stay connected', async () => {
		const server = createServer().listen(0, '127.0.0.1');
		stops.push(() => void server.close());
		await once(server, 'listening');
		let open = 0;
		server.on('connection', (socket) => {
			open += 1;
			socket.on('error', () => undefined).on('close', () => (open -= 1));
		});
		const { said, led } = start(`http://127.0.0.1:${(server.address() as AddressInfo).port}/path`);
		await eventually(() => said().length > 0);
		expect(said()).to.deep.equal([OK]);
		await eventually(() => open === 0);
		expect(led()).to.equal('');
	});

	it('stops looking when its target says so, and looks again', async () => {
		const { clock, config, said } = start(`http://127.0.0.1:${await findPort()}`);
		await eventually(() => said().length === 1);
		await config.set({ connectivityCheckEnabled: false });
		await eventually(() => said().length === 2);
		await config.set({ connectivityCheckEnabled: true });
		await eventually(() => said().length === 3);
		expect(said()).to.deep.equal([WAITING, OK, WAITING]);
		await clock.advance(1);
	});
});
