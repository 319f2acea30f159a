import { expect } from 'chai';
import { Random } from '../../support/random.ts';
import { listContainers, serviceOf, type Container } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

/** Asks the program to end itself by force after so many steps; see `src/app.ts`. */
const END_AFTER = 'SUPERVISOR_TEST_EXIT_AFTER_STEPS';
const BOUNDARY = /step boundary .*count=(\d+) step=(\w+) subject=(\S+)/g;
const RANDOM_CUTS = 10;
const SERVICE_COUNT = 20;
/** More restarts than any update may take: each must carry out at least one step. */
const LIVES_MAX = 400;
const APPLY_MS = 60_000;
const SERVICES = Array.from({ length: SERVICE_COUNT }, (_, at) => `s${at}`);
const KEEPER = 's0';
const COMPOSITIONS = Object.fromEntries(
	SERVICES.map((name, at) => [
		name,
		{
			// Without a network a container starts in half of the time, and one kind of it is enough.
			...(at < 2 ? { networks: ['inner'] } : { network_mode: 'none' }),
			...(at % 5 === 3 ? { depends_on: [`s${at - 1}`] } : {}),
			...(name === KEEPER ? { volumes: ['kept:/kept'] } : {}),
		},
	]),
);
const RELEASE = { compositions: COMPOSITIONS, networks: { inner: {} }, volumes: { kept: {} } };

describe('a device that is cut off at the boundaries of its steps', function () {
	this.timeout(150_000);
	let scene: Scene;
	let first: string;
	let second: string;
	let volume: string;

	before(async () => {
		scene = await setScene();
		const { device, images } = scene;
		await device.start();
		({ commit: first } = await apply(imagesFrom(images.slice(0, 3))));
		// Half of the services get another image, and two releases have images in common.
		({ commit: second } = await scene.release(imagesFrom(images.slice(1, 4)), RELEASE));
		await scene.client.updateFleet(scene.fleet.id, { targetRelease: first });
		await runInKeeper('echo precious >/kept/data');
		volume = await readVolume();
	});
	after(() => scene.dispose());

	async function apply(images: Readonly<Record<string, string>>): Promise<{ readonly commit: string }> {
		const made = await scene.release(images, RELEASE);
		await scene.device.update();
		await waitForOnTarget(made.commit);
		return made;
	}

	it('arrives when it is cut off after every single step', async () => {
		const { device } = scene;
		await turnTo(second);
		const boundaries: string[] = [];
		for (let life = 1; ; life += 1) {
			expect(life, boundaries.slice(-20).join('\n')).to.be.lessThan(LIVES_MAX);
			device.launch({ [END_AFTER]: '1' });
			const isThere = await Promise.race([device.ended().then(() => false), isOnTarget(second)]);
			if (isThere) break;
			expect(await device.ended()).to.equal(137);
			boundaries.push(...boundariesOfLife());
			await expectNothingLost(boundaries.at(-1) ?? '');
		}
		console.log(`      ${boundaries.length} boundaries: ${countKinds(boundaries)}`);
		expect(boundaries.length).to.be.greaterThan(SERVICE_COUNT);
		await expectArrived(second, 'after the last boundary');
	});

	it(`arrives when it is cut off after any number of steps, ${RANDOM_CUTS} times`, async () => {
		const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
		console.log(`      SEED=${seed}`);
		const random = new Random(seed);
		const { device } = scene;
		let target = second;
		for (let cut = 1; cut <= RANDOM_CUTS; cut += 1) {
			target = target === first ? second : first;
			await turnTo(target);
			const steps = 1 + random.below(3 * SERVICE_COUNT);
			device.launch({ [END_AFTER]: String(steps) });
			expect(await device.ended()).to.equal(137);
			const boundary = `cut ${cut}, after ${steps} steps: ${boundariesOfLife().at(-1) ?? ''}`;
			await expectNothingLost(boundary);
			await device.start();
			await waitForOnTarget(target);
			await expectArrived(target, boundary);
		}
	});

	/** While the supervisor is not running. */
	async function turnTo(commit: string): Promise<void> {
		await scene.device.kill('SIGKILL');
		await scene.client.updateFleet(scene.fleet.id, { targetRelease: commit });
	}

	function waitForOnTarget(commit: string): Promise<void> {
		const isThere = async () => {
			const status = await scene.device.status();
			return status?.appState === 'applied' && status.release === commit;
		};
		return scene.device.waitFor(`it is on release ${commit}`, isThere, APPLY_MS);
	}

	/** Waits for as long as the program lives: what it says afterwards comes too late. */
	async function isOnTarget(commit: string): Promise<boolean> {
		let hasEnded = false;
		void scene.device.ended().then(() => (hasEnded = true));
		await scene.device.waitFor(
			`it ends or is on release ${commit}`,
			async () => {
				const status = await scene.device.status();
				return hasEnded || (status?.appState === 'applied' && status.release === commit);
			},
			APPLY_MS,
		);
		return !hasEnded;
	}

	function boundariesOfLife(): readonly string[] {
		return [...scene.device.logSinceStart().matchAll(BOUNDARY)].map(
			([, , step = '', subject = '']) => `${step} ${subject}`,
		);
	}

	/** True at any moment: each service has a container, none runs twice, and the volume is as it was. */
	async function expectNothingLost(message: string): Promise<void> {
		const containers = await listContainers(scene.engine);
		expect([...new Set(containers.map(serviceOf))], message).to.have.members(SERVICES);
		const running = containers.filter(({ State }) => State.Status === 'running').map(serviceOf);
		expect([...new Set(running)], message).to.have.lengthOf(running.length);
		expect(await readVolume(), message).to.equal(volume);
	}

	async function expectArrived(commit: string, message: string): Promise<void> {
		const containers = await listContainers(scene.engine);
		expect(containers.map(serviceOf), message).to.have.members(SERVICES);
		for (const container of containers) expectContainer(container, commit, message);
		expect(await readVolume(), message).to.equal(volume);
		expect(await runInKeeper('cat /kept/data'), message).to.equal('precious\n');
	}

	function expectContainer({ Name, State }: Container, commit: string, message: string): void {
		expect(State.Status, `${message}: ${Name}`).to.equal('running');
		expect(Name, message).to.match(new RegExp(`_${commit}$`));
	}

	/** Which one it is: the engine gives volumes no id. */
	function readVolume(): Promise<string> {
		return scene.engine.docker('volume', 'inspect', '--format', '{{.Name}} {{.CreatedAt}}', `${scene.fleet.id}_kept`);
	}

	async function runInKeeper(script: string): Promise<string> {
		const keeper = (await listContainers(scene.engine)).find((container) => serviceOf(container) === KEEPER);
		return scene.engine.docker('exec', keeper?.Id ?? '', 'sh', '-c', script);
	}
});

function imagesFrom(images: readonly string[]): Readonly<Record<string, string>> {
	return Object.fromEntries(SERVICES.map((name, at) => [name, images[at % images.length] ?? '']));
}

/** `20 createContainer, 3 pullImage` */
function countKinds(boundaries: readonly string[]): string {
	const counts = new Map<string, number>();
	for (const boundary of boundaries) {
		const kind = boundary.split(' ')[0] ?? '';
		counts.set(kind, (counts.get(kind) ?? 0) + 1);
	}
	return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
}
