import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CleanUp } from '../../support/clean-up.ts';
import type { DeviceProcess } from '../../support/device-process.ts';
import { Random } from '../../support/random.ts';
import { OtherProgram } from './other-program.ts';
import { setScene, type Scene } from './scene.ts';

interface SharedFilesResult {
	/** Empty if nothing was lost. */
	readonly problems: readonly string[];
	/** Of the other program. */
	readonly edits: { readonly configJson: number; readonly configTxt: number };
	/** How often the other program found that the supervisor had written meanwhile. */
	readonly startedOver: number;
	readonly hostnames: number;
	readonly targets: number;
}

interface SharedPaths {
	readonly configJson: string;
	readonly configTxt: string;
}

const GPU_MEM = 16;
const CONFIG_TXT = `# note 0\n[pi4]\narm_boost=0\n[all]\ngpu_mem=${GPU_MEM}\n# end 0\n`;
/** Polls come each second, and steps that failed have pauses. */
const APPLIED_MS = 60_000;
/** What the API has confirmed may wait for another program that is writing. */
const SEEN_MS = 5000;
const LOG_LENGTH = 6000;
const OUR_PAUSE_MS = { min: 200, max: 1200 };

/** A device whose config.json and config.txt another program edits, while targets and the API change them too. */
export async function shareFiles(options: {
	readonly seconds: number;
	readonly seed: number;
}): Promise<SharedFilesResult> {
	const cleanUp = new CleanUp();
	try {
		const scene = await setScene();
		cleanUp.add(() => scene.dispose());
		return await editTogether(scene, options);
	} finally {
		await cleanUp.run();
	}
}

async function editTogether(
	scene: Scene,
	{ seconds, seed }: { readonly seconds: number; readonly seed: number },
): Promise<SharedFilesResult> {
	const paths = await startOnPi(scene);
	const random = new Random(seed);
	const json = new OtherProgram({ path: paths.configJson, random, isSlow: true, ...CONFIG_JSON });
	const txt = new OtherProgram({ path: paths.configTxt, random, isSlow: false, ...CONFIG_TXT_LINES });
	const ours = new OurChanges(scene, paths, random);
	const abort = new AbortController();
	const timer = setTimeout(() => abort.abort(), seconds * 1000);
	const { signal } = abort;
	try {
		await Promise.all([json.run(signal), txt.run(signal), ours.changeHostname(signal), ours.changeTarget(signal)]);
	} catch (error) {
		throw new Error(`the device said:\n${scene.device.logSinceStart().slice(-LOG_LENGTH)}`, { cause: error });
	} finally {
		clearTimeout(timer);
		abort.abort();
	}
	await scene.device.waitFor('the last target is applied', () => ours.isApplied(), APPLIED_MS);
	json.check();
	txt.check();
	return {
		problems: [...json.problems, ...txt.problems, ...ours.problems],
		edits: { configJson: json.edits, configTxt: txt.edits },
		startedOver: json.startedOver + txt.startedOver,
		hostnames: ours.hostnames,
		targets: ours.targets,
	};
}

/**
 * It registers as what the machine is, and then finds itself on a board with config.txt. The reboot that follows a change
 * of that file fails: there is no bus to ask for it.
 */
async function startOnPi(scene: Scene): Promise<SharedPaths> {
	const { device } = scene;
	const at = (name: string) => join(device.folder, 'boot', name);
	await device.start();
	await scene.apply({ web: scene.images[0] });
	await device.kill('SIGTERM');
	writeFileSync(at('device-type.json'), JSON.stringify({ slug: 'raspberrypi4-64', arch: 'aarch64' }));
	writeFileSync(at('config.txt'), CONFIG_TXT);
	await scene.client.updateDevice(await device.uuid(), { config: { RESIN_HOST_CONFIG_gpu_mem: String(GPU_MEM) } });
	await device.start();
	return { configJson: device.configPath, configTxt: at('config.txt') };
}

type Properties = Readonly<Record<string, unknown>>;

/** Properties of the operating system, and its part of `os`. */
const CONFIG_JSON = {
	edit: (text: string, number: number): string => {
		const properties = JSON.parse(text) as Properties & { readonly os?: Properties };
		const os = { ...properties.os, network: { wifi: number } };
		return JSON.stringify({ ...properties, country: `C${number}`, ntpServers: `ntp-${number}`, os });
	},
	judge: (text: string, number: number): readonly string[] => {
		let properties: Properties;
		try {
			properties = JSON.parse(text) as Properties;
		} catch {
			return [`no JSON: ${text.length} characters`];
		}
		if (number === 0) return [];
		const { country, ntpServers, os } = properties;
		const found = JSON.stringify([country, ntpServers, (os as { readonly network?: unknown } | undefined)?.network]);
		return found === JSON.stringify([`C${number}`, `ntp-${number}`, { wifi: number }]) ? [] : [`it holds ${found}`];
	},
};

/** Comments, and a line inside a filter. */
const CONFIG_TXT_LINES = {
	edit: (text: string, number: number): string =>
		text
			.replace(`# note ${number - 1}\n`, `# note ${number}\n`)
			.replace(`arm_boost=${number - 1}\n`, `arm_boost=${number}\n`)
			.replace(`# end ${number - 1}\n`, `# end ${number}\n`),
	judge: (text: string, number: number): readonly string[] => {
		const lines = [`# note ${number}`, '[pi4]', `arm_boost=${number}`, '[all]', `# end ${number}`];
		const found = text.split('\n').filter((line) => !/^(gpu_mem|$)/.test(line));
		return found.join('|') === lines.join('|') ? [] : [`it holds ${JSON.stringify(text)}`];
	},
};

/** Changes that the user makes through the API and through the cloud: counted, so that a lost one shows. */
class OurChanges {
	readonly problems: string[] = [];
	hostnames = 0;
	targets = 0;
	readonly #device: DeviceProcess;
	readonly #client: Scene['client'];
	readonly #paths: SharedPaths;
	readonly #random: Random;

	constructor({ device, client }: Scene, paths: SharedPaths, random: Random) {
		this.#device = device;
		this.#client = client;
		this.#paths = paths;
		this.#random = random;
	}

	async changeHostname(signal: AbortSignal): Promise<void> {
		const key = await this.#device.apiKey();
		while (!signal.aborted) {
			const hostname = `name-${this.hostnames + 1}`;
			const answer = await this.#device.call('PATCH', '/v1/device/host-config', key, { network: { hostname } });
			if (answer?.status === 200) {
				this.hostnames += 1;
				await this.#expectSeen(hostname);
			} else if (answer !== undefined) {
				this.problems.push(`PATCH ${hostname}: ${JSON.stringify(answer)}`);
			} // else the API is closed for a reboot that fails
			await this.#pause();
		}
	}

	async changeTarget(signal: AbortSignal): Promise<void> {
		const uuid = await this.#device.uuid();
		while (!signal.aborted) {
			this.targets += 1;
			await this.#client.updateDevice(uuid, { config: { RESIN_HOST_CONFIG_gpu_mem: String(GPU_MEM + this.targets) } });
			await this.#pause();
		}
	}

	isApplied(): boolean {
		const lines = readFileSync(this.#paths.configTxt, 'utf8').split('\n');
		const values = lines.filter((line) => line.startsWith('gpu_mem'));
		return values.join() === `gpu_mem=${GPU_MEM + this.targets}` && this.#hostname() === `name-${this.hostnames}`;
	}

	async #expectSeen(hostname: string): Promise<void> {
		const deadline = performance.now() + SEEN_MS;
		while (this.#hostname() !== hostname) {
			if (performance.now() > deadline) {
				this.problems.push(`config.json has hostname ${String(this.#hostname())}, not ${hostname}`);
				return;
			}
			await sleep(20);
		}
	}

	/** `undefined` while another program is writing. */
	#hostname(): unknown {
		try {
			return (JSON.parse(readFileSync(this.#paths.configJson, 'utf8')) as Properties)['hostname'];
		} catch {
			return undefined;
		}
	}

	#pause(): Promise<void> {
		return sleep(OUR_PAUSE_MS.min + this.#random.below(OUR_PAUSE_MS.max - OUR_PAUSE_MS.min));
	}
}
