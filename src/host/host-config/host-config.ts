import type { Config } from '../../config/index.ts';
import type { HostConfigChange, HostConfigView, ProxyChange } from '../../domain/host-config.ts';
import type { HostConfigFiles } from '../../ports/host-config-files.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import { SystemBusError, type SystemUnits } from '../../ports/system-units.ts';
import { planProxy } from './plan-proxy.ts';
import { readRedsocks, type ReadRedsocks } from './redsocks.ts';

interface HostConfigOptions {
	readonly files: HostConfigFiles;
	readonly units: Pick<SystemUnits, 'restartUnit' | 'unitPartOf'>;
	readonly config: Pick<Config, 'read' | 'set'>;
	readonly log: Log;
}

/** Newer systems restart these themselves when the file changes. */
const SELF_RESTARTING = 'redsocks-conf.target';
const PROXY_UNIT = 'redsocks.service';
/** One unit, by its new and its old name. */
const CONFIG_UNITS = ['balena-proxy-config.service', 'resin-proxy-config.service'];
/** Length of the part of the uuid that is the default hostname. */
export const OWN_NAME_LENGTH = 7;

/**
 * Name and proxy of the host, as a user reads and changes them (spec: host 5). Owns which change was carried out last.
 */
export class HostConfig {
	readonly #options: HostConfigOptions;
	#lastChange: string | undefined;

	constructor(options: HostConfigOptions) {
		this.#options = options;
	}

	/** The last request that was carried out since the supervisor started. */
	get lastChange(): string | undefined {
		return this.#lastChange;
	}

	async read(): Promise<HostConfigView> {
		const { files } = this.#options;
		const [hostname, redsocks, noProxyText] = await Promise.all([
			files.readHostname(),
			files.readRedsocks(),
			files.readNoProxy(),
		]);
		if (redsocks === undefined) {
			return { hostname: hostname.trim() };
		}
		const { fields = {}, dns } = this.#parse(redsocks).redsocks ?? {};
		const noProxy = (noProxyText ?? '').split(/\r?\n/).filter((line) => line.trim() !== '');
		return {
			hostname: hostname.trim(),
			proxy: {
				...Object.fromEntries(
					Object.entries(fields).map(([key, value]) => [key, typeof value === 'boolean' ? String(value) : value]),
				),
				...(dns !== undefined && { dns }),
				...(noProxy.length > 0 && { noProxy }),
			},
		};
	}

	/** Can be repeated: given values are set, others stay. */
	async apply(requestId: string, { hostname, proxy }: HostConfigChange): Promise<void> {
		// Both end before the failure of either is thrown: then the locks are released.
		const results = await Promise.allSettled([
			hostname === undefined ? undefined : this.#setHostname(hostname),
			proxy === undefined ? undefined : this.#setProxy(proxy),
		]);
		for (const result of results) {
			if (result.status === 'rejected') {
				throw result.reason;
			}
		}
		this.#lastChange = requestId;
	}

	/** The operating system watches the file, and applies it. */
	async #setHostname(hostname: string): Promise<void> {
		const { config } = this.#options;
		const name = hostname === '' ? ((await config.read()).uuid ?? '').slice(0, OWN_NAME_LENGTH) : hostname;
		await config.set({ hostname: name });
	}

	async #setProxy(change: ProxyChange): Promise<void> {
		const { files } = this.#options;
		const text = await files.readRedsocks();
		const current = text === undefined ? undefined : { text, ...this.#parse(text) };
		const { redsocks, noProxy, refusal } = planProxy(current, change);
		if (refusal !== undefined) {
			throw new OperationalError('proxy-unreadable', refusal);
		}
		if (noProxy !== undefined) {
			await files.writeNoProxy(noProxy.content);
		}
		if (redsocks !== undefined && redsocks.content !== text) {
			await files.writeRedsocks(redsocks.content);
		}
		await this.#restartServices();
	}

	async #restartServices(): Promise<void> {
		const { units } = this.#options;
		let partOf: readonly string[] | undefined;
		for (const unit of CONFIG_UNITS) {
			partOf ??= await units.unitPartOf(unit);
		}
		if (partOf?.includes(SELF_RESTARTING) !== true) {
			await this.#restartAny(CONFIG_UNITS);
		}
		if ((await units.unitPartOf(PROXY_UNIT))?.includes(SELF_RESTARTING) !== true) {
			await units.restartUnit(PROXY_UNIT);
		}
	}

	async #restartAny(names: readonly string[]): Promise<void> {
		const results = await Promise.allSettled(names.map((unit) => this.#options.units.restartUnit(unit)));
		const failures = results.filter((result) => result.status === 'rejected').map(({ reason }): unknown => reason);
		const bug = failures.find((reason) => !(reason instanceof SystemBusError));
		if (bug !== undefined || failures.length === names.length) {
			throw bug ?? failures[0];
		}
	}

	#parse(text: string): ReadRedsocks {
		const read = readRedsocks(text);
		for (const warning of read.warnings) {
			this.#options.log.warn(warning);
		}
		return read;
	}
}
