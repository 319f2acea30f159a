import type { TargetApp, TargetDocument, TargetService } from '../../src/domain/target.ts';
import type { FakeRegistry } from '../support/fake-engine-objects.ts';
import type { Random } from '../support/random.ts';

const STRATEGIES = ['download-then-kill', 'kill-then-download', 'delete-then-download', 'hand-over', 'unknown'];

/** An anonymous volume. */
export const ANONYMOUS = '/anonymous';

/** Random targets over few names, so that releases overlap in every way. */
export class Scenario {
	readonly #random: Random;
	readonly #registry: FakeRegistry;
	#release: number;

	constructor(random: Random, registry: FakeRegistry, firstRelease = 0) {
		this.#random = random;
		this.#registry = registry;
		this.#release = firstRelease;
	}

	nextTarget(): TargetDocument {
		const apps = [1, 2].filter(() => this.#random.chance(0.85)).map((appId) => this.#app(appId));
		return { name: 'sim', config: {}, apps };
	}

	#app(appId: number): TargetApp {
		const uuid = String(appId).repeat(32);
		this.#release += 1;
		const releaseId = this.#release;
		const commit = `c${releaseId}`.padEnd(32, 'f');
		const names = ['web', 'db', 'job', 'log'].filter(() => this.#random.chance(0.7));
		const ports = [8000, 8001].map((port) => port + appId * 100);
		const networks: Record<string, object> = this.#random.chance(0.5)
			? { back: this.#random.chance(0.5) ? {} : { internal: true } }
			: {};
		const services = Object.fromEntries(
			names.map((name, n) => [
				name,
				this.#service({ name, n, releaseId, names, ports, networks: Object.keys(networks) }),
			]),
		);
		return {
			appId,
			appUuid: uuid,
			appName: `app ${appId}`,
			class: 'fleet',
			isHost: false,
			rejected: false,
			release: {
				releaseId,
				commit,
				services: withLastingOwner(services),
				networks,
				volumes: { data: {} },
			},
		};
	}

	#service(at: {
		name: string;
		n: number;
		releaseId: number;
		names: readonly string[];
		ports: number[];
		networks: readonly string[];
	}): TargetService {
		const version = this.#random.below(3);
		const digest = `sha256:${`${at.name === 'log' ? 'db' : at.name}${version}`.padEnd(64, '0').replace(/[^0-9a-f]/g, 'e')}`;
		const image = `registry.example.com/v2/${at.name}@${digest}`;
		this.#registry.set(image, {
			id: digest.replace('sha256:', 'sha256:1').slice(0, 71),
			config: { Cmd: ['run'], Env: ['PATH=/bin'] },
		});
		// A port of the app belongs to one service of a release, and to another one of the next.
		const port = this.#random.chance(0.3) ? at.ports.splice(this.#random.below(at.ports.length), 1)[0] : undefined;
		const joins = at.name !== 'db' && at.names.includes('db') && this.#random.chance(0.15);
		const volumes = [
			...(this.#random.chance(0.5) ? ['data:/data'] : []),
			...(this.#random.chance(0.4) ? [ANONYMOUS] : []),
		];
		const dependsOn = at.names.filter((other) => other < at.name && this.#random.chance(0.3));
		return {
			serviceId: at.n + 1,
			imageId: at.releaseId * 10 + at.n,
			image,
			running: !this.#random.chance(0.1),
			environment: this.#random.chance(0.3) ? { MODE: this.#random.pick(['a', 'b']) } : {},
			labels: {
				...(this.#random.chance(0.3) ? { 'io.balena.features.supervisor-api': '1' } : {}),
				...(this.#random.chance(0.4) ? { 'io.balena.update.strategy': this.#random.pick(STRATEGIES) } : {}),
			},
			composition: {
				...(volumes.length > 0 ? { volumes } : {}),
				...(port === undefined || joins ? {} : { ports: [`${port}:80`] }),
				...(joins ? { network_mode: 'service:db' } : {}),
				...(dependsOn.length > 0 ? { depends_on: dependsOn } : {}),
				...(at.networks.length > 0 && !joins && this.#random.chance(0.6)
					? { networks: ['default', ...at.networks] }
					: {}),
				restart: this.#random.pick(['always', 'unless-stopped', 'on-failure', 'on-failure:2', 'no']),
			},
		};
	}
}

/** The owner of a shared network must run: the others would wait for ever. */
function withLastingOwner(services: Readonly<Record<string, TargetService>>): Readonly<Record<string, TargetService>> {
	const { db } = services;
	const isShared = Object.values(services).some(({ composition }) => composition['network_mode'] === 'service:db');
	return db === undefined || !isShared
		? services
		: { ...services, db: { ...db, running: true, composition: { ...db.composition, restart: 'always' } } };
}
