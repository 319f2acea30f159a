import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { startEngineProxy } from '../../support/device-process-proxy.ts';
import { readTraces } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

describe('a device that starts in a broken world', function () {
	this.timeout(60_000);
	let scene: Scene;

	afterEach(() => scene.dispose());

	/** A device with a release, at rest, and its program ended. */
	async function setUp(): Promise<{ readonly commit: string; readonly traces: readonly string[] }> {
		scene = await setScene();
		const [one, two] = scene.images;
		await scene.device.start();
		const { commit } = await scene.apply({ web: one, db: two });
		await scene.device.kill('SIGTERM');
		return { commit, traces: await readTraces(scene.engine) };
	}

	/** Ends with an error that names the file, and leaves the file as it is. */
	async function expectRefusal(path: string, content: string, line: RegExp): Promise<void> {
		const { device } = scene;
		const whole = readFileSync(path);
		writeFileSync(path, content);
		device.launch();
		expect(await device.ended()).to.equal(1);
		const said = device.logSinceStart().split('\n');
		expect(said.find((text) => line.test(text)))
			.to.include(path)
			.and.include('[error]');
		expect(readFileSync(path, 'utf8')).to.equal(content);
		writeFileSync(path, whole);
	}

	it('host #38: exits with status 1 when config.json is no JSON and has no good copy, and starts when it is repaired', async () => {
		const { commit, traces } = await setUp();
		const { device, engine } = scene;
		rmSync(join(device.folder, 'data/config.json.last-good'));
		await expectRefusal(
			device.configPath,
			'{ "uuid": "0123456789abcdef',
			/exiting: .*is cut off, and has no good copy/,
		);
		await expectRefusal(
			device.configPath,
			'{ "uuid": 0123 }',
			/exiting: .*does not hold a JSON object \(line 1, column 12/,
		);
		expect(await readTraces(engine)).to.deep.equal(traces);
		await device.start();
		await device.waitForOnTarget(commit);
		expect(await readTraces(engine)).to.deep.equal(traces);
	});

	it('starts with the default of a setting that cannot be used, logs which, and does not touch it (decision D18)', async () => {
		const { commit, traces } = await setUp();
		const { device, engine } = scene;
		const given = JSON.parse(readFileSync(device.configPath, 'utf8')) as object;
		writeFileSync(device.configPath, JSON.stringify({ ...given, bootstrapRetryDelay: 'soon' }));
		await device.start();
		await device.waitForOnTarget(commit);
		const lines = device.logSinceStart().split('\n');
		expect(lines.filter((line) => line.includes('a setting cannot be used')).join('\n'))
			.to.include('setting=bootstrapRetryDelay')
			.and.include('where=config.json')
			.and.include('used=30000');
		expect(readFileSync(device.configPath, 'utf8')).to.include('"bootstrapRetryDelay":"soon"');
		expect(await readTraces(engine)).to.deep.equal(traces);
	});

	it('answers its API without an engine, logs that it has none, and continues when the engine is there', async () => {
		const { traces } = await setUp();
		const { device, engine, images } = scene;
		const socketPath = join(device.folder, 'engine.sock');
		await device.start({ DOCKER_HOST: `unix://${socketPath}` });
		await device.waitForLog('cannot observe the device or store its requests, no step is started until it can');
		expect(device.logSinceStart()).to.include('code=engine-unreachable');
		const seen = JSON.parse(
			(await device.call('GET', '/v2/state/status', await device.apiKey()))?.body ?? '',
		) as object;
		expect(seen).to.include({ appState: 'applying' }).and.not.have.any.keys('containers', 'images'); // decision D19
		expect(seen).to.have.property('reason').that.includes('engine');
		const { commit } = await scene.release({ web: images[2], db: images[1] });
		await device.update();
		expect(await readTraces(engine)).to.deep.equal(traces);

		const proxy = await startEngineProxy(socketPath, engine.socketPath);
		try {
			await device.waitForOnTarget(commit);
			expect((await readTraces(engine)).filter((line) => traces.includes(line))).to.have.lengthOf(0);
		} finally {
			await device.kill('SIGTERM');
			await proxy.stop();
		}
	});
});
