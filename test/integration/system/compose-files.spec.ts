import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { checkFacts } from '../../support/compose-files/container-facts.ts';
import { fitToMachine } from '../../support/compose-files/fit-to-machine.ts';
import {
	pathInFile,
	readComposeFiles,
	type ComposeFile,
	type Refused,
	type Runs,
} from '../../support/compose-files/read-files.ts';
import { containersByService, readTraces } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

/** A device that is busy with another fifteen services before. */
const WITHIN_MS = 60_000;
/** Long enough for a step of a release to start. */
const HELD_MS = 500;

describe('a device that is given the files of fifty users, one after the other', function () {
	this.timeout(WITHIN_MS + 10_000);
	let scene: Scene;
	let mark = 0;

	before(async () => {
		scene = await setScene();
		await scene.device.start();
		// A service runs from the start: a refused file must not touch it.
		await scene.apply({ first: scene.images[0] });
	});
	after(() => scene.dispose());
	beforeEach(() => {
		mark = scene.device.log().length;
	});

	const said = () => scene.device.log().slice(mark);
	const push = async (file: ComposeFile) => {
		const { services, ...others } = fitToMachine(file);
		const images = Object.keys(services).map((name, n) => [name, scene.images[n % scene.images.length]] as const);
		// There are as many images as names.
		const references = Object.fromEntries(images) as Readonly<Record<string, string>>;
		const made = await scene.release(references, { compositions: services, ...others });
		await scene.device.update();
		return made;
	};

	const pathsOfNotices = () =>
		[...said().matchAll(/ ignored in the target .*?\bpath="?(\S+?)"? notice=/g)].map(([, path = '']) =>
			pathInFile(path),
		);

	async function checkRuns(file: ComposeFile, expectation: Runs): Promise<void> {
		const { commit } = await push(file);
		await scene.device.waitFor(
			`all of ${file.name} runs`,
			async () => {
				const status = await scene.device.status();
				return status?.appState === 'applied' && status.release === commit;
			},
			WITHIN_MS,
		);
		const { notices, ends } = expectation;
		expect(pathsOfNotices(), 'logged, each once').to.have.members(Object.keys(notices));
		const leftOut = Object.keys(notices).filter((path) => notices[path] === 'left out');
		const isRun = (name: string) => !leftOut.some((path) => path.startsWith(`services.${name}.`));
		const wanted = Object.keys(file.composition.services).filter(isRun);
		const containers = await containersByService(scene.engine);
		expect(
			Object.fromEntries(Object.entries(containers).map(([name, { State }]) => [name, State.Status])),
		).to.deep.equal(Object.fromEntries(wanted.map((name) => [name, ends.includes(name) ? 'exited' : 'running'])));
		const serviceOf = (id: string) => Object.keys(containers).find((name) => containers[name]?.Id === id);
		const names = { appId: scene.fleet.id, appUuid: scene.fleet.uuid, serviceOf };
		for (const [name, facts] of Object.entries(expectation.services)) {
			const { Config, HostConfig, NetworkSettings } = containers[name]!;
			checkFacts(name, facts, { Config, HostConfig, networks: NetworkSettings.Networks }, names);
		}
	}

	async function checkRefused(file: ComposeFile, { because }: Refused): Promise<void> {
		const before = await readTraces(scene.engine);
		await push(file);
		for (const [path, words] of Object.entries(because)) {
			await scene.device.waitFor(`it says why: ${words}`, () =>
				said()
					.split('\n')
					.some((line) => line.includes(words) && line.includes(`.${path}`)),
			);
		}
		await sleep(HELD_MS);
		expect(await readTraces(scene.engine)).to.deep.equal(before);
	}

	for (const file of readComposeFiles()) {
		const { name, expectation } = file;
		const title = `${name} ${expectation.outcome === 'runs' ? 'runs' : 'is refused'}`;
		if (expectation.notYet !== undefined) {
			it(`${title}: not yet, as ${expectation.notYet}`); // pending
		} else if (expectation.outcome === 'runs') {
			it(title, () => checkRuns(file, expectation));
		} else {
			it(title, () => checkRefused(file, expectation));
		}
	}
});
