import type { ReleaseReport } from '../../../src/device-state/report/report.ts';
import { reportApps } from '../../../src/device-state/report/index.ts';
import type { TargetApp, TargetDocument, TargetService } from '../../../src/domain/target.ts';
import { serveImages, target, type ServiceOptions } from '../../golden/cases.ts';
import { World } from '../../simulation/world.ts';
import { recordingLog } from '../../support/logs.ts';

export const UPDATER = `registry.example.com/v2/4567@sha256:${'4'.repeat(64)}`;
export const IMAGE = `registry.example.com/v2/0123@sha256:${'5'.repeat(64)}`;
const APP = { appId: 3, appUuid: 'b0b1', appName: 'generic-aarch64', class: 'app', isHost: true } as const;

interface HostOptions {
	readonly commit?: string;
	readonly build?: string;
	/** Instead of the usual ones. */
	readonly labels?: Readonly<Record<string, string>>;
	readonly others?: Readonly<Record<string, TargetService>>;
	readonly withoutRelease?: true;
}

export function hostLabels(build = 'build 2'): Readonly<Record<string, string>> {
	return {
		'io.balena.image.class': 'hostapp',
		'io.balena.private.updater': UPDATER,
		'io.balena.private.hostapp.board-rev': build,
	};
}

export function hostService(labels: Readonly<Record<string, string>>, more: object = {}): TargetService {
	return {
		serviceId: 3,
		imageId: 4,
		image: IMAGE,
		running: true,
		environment: {},
		labels: { 'io.balena.image.store': 'root' },
		composition: { labels, ...more },
	};
}

/** A host app with its release. */
export function hostApp({ commit = 'h2', build, labels, others, withoutRelease }: HostOptions = {}): TargetApp {
	const hostapp = hostService(labels ?? hostLabels(build));
	const release = { releaseId: 7, commit, networks: {}, volumes: {}, services: { ...others, hostapp } };
	return { ...APP, rejected: false, ...(withoutRelease === true ? {} : { release }) };
}

/** A device with one service of a user, in a release of its app. */
export function documentOf(
	host: TargetApp | undefined,
	{ release = 1, web = {} }: { readonly release?: number; readonly web?: ServiceOptions } = {},
): TargetDocument {
	const document = target(release, { web });
	return { ...document, apps: [...document.apps, ...(host === undefined ? [] : [host])] };
}

export class HostUpdateScene {
	readonly world = new World(() => 0.5);
	readonly #record = recordingLog();
	/** Of the user. */
	readonly told: string[] = [];

	constructor() {
		this.world.engine.registry.set(UPDATER, { id: `sha256:${'4'.repeat(64)}`, config: { Cmd: ['run'] } });
		this.world.systemLog = { write: (message) => this.told.push(message) };
		this.start();
	}

	start(): void {
		this.world.start(this.#record.log);
	}

	async give(document: TargetDocument): Promise<void> {
		serveImages(this.world, { ...document, apps: document.apps.filter(({ isHost }) => !isHost) });
		await this.world.targets.replace(document);
	}

	/** A user's service runs, and the updater of the host OS too. */
	async reachUpdater(host = hostApp()): Promise<void> {
		await this.give(documentOf(host));
		await this.world.clock.advance(60_000);
	}

	get starts(): number {
		return this.world.hostOs.starts.length;
	}

	get reboots(): number {
		return this.world.host.asked.filter((asked) => asked.includes('reboot')).length;
	}

	isWebRunning(): boolean {
		return [...this.world.engine.containers.values()].some(({ status }) => status === 'running');
	}

	/** The power was cut, or the device rebooted as it was asked to. */
	async boot(build?: string): Promise<void> {
		await this.world.crash();
		this.world.host.boot(this.world.clock.wall());
		this.world.hostOs.boot(build);
		this.start();
	}

	/** What the cloud is told of the host app. */
	async report(): Promise<{ readonly reached: string | undefined; readonly release: ReleaseReport | undefined }> {
		const { status, targets } = this.world;
		const { current, target: composed, running, at } = status.latest() ?? {};
		const document = await targets.read();
		if (current === undefined || document === undefined || running === undefined || at === undefined) {
			throw new Error('nothing was observed');
		}
		const report = reportApps({ at, current, composed, running, target: document })[APP.appUuid];
		const commit = document.apps.find(({ isHost }) => isHost)?.release?.commit ?? '';
		return { reached: report?.release_uuid, release: report?.releases[commit] };
	}

	/** Why the step waits, in the words of the status. */
	why(kind: string): string | undefined {
		const { plan } = this.world.status.latest() ?? {};
		return plan?.waiting.find(({ step }) => step.step.kind === kind)?.because.kind;
	}
}
