import { isDeepStrictEqual } from 'node:util';
import { backoffMs } from '../lib/backoff.ts';
import { ReportOnce } from '../lib/report-once.ts';
import { WakeSignal } from '../lib/wake-signal.ts';
import { waitFor } from '../lib/wait-for.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log, SystemLog } from '../ports/log.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { IpFamily, PacketFilter } from '../ports/packet-filter.ts';
import {
	foreignChainsOf,
	ownLinesOf,
	parseFirewallMode,
	planFirewall,
	restoreText,
	type FirewallFacts,
	type FirewallRules,
} from './firewall/index.ts';

export interface FirewallSettings extends Omit<FirewallFacts, 'mode' | 'hasHostNetworkService'> {
	/** As stored, also if unknown. */
	readonly mode: string | undefined;
}

interface FirewallOptions {
	readonly filter: PacketFilter;
	/** Read at each check. */
	readonly settings: () => Promise<FirewallSettings>;
	/** Whether an app of the target opens ports of the host; called with mode `auto` only. */
	readonly hasHostNetworkService: () => Promise<boolean>;
	readonly clock: Pick<Clock, 'now' | 'sleep' | 'random'>;
	readonly log: Log;
	readonly systemLog: SystemLog;
}

/** The rules that were written, and how the kernel lists them. */
interface Applied {
	readonly rules: FirewallRules;
	readonly lines: readonly string[];
}

const FAMILIES: readonly IpFamily[] = ['v4', 'v6'];
/**
 * Another program may have emptied our chains: they are restored within a minute. A check costs two short programs that
 * only read.
 */
const CHECK_MS = 50_000;
const BACKOFF = { firstMs: 1000, maxMs: 5 * 60_000, jitter: 0.2 };

/**
 * Keeps the rules of the firewall in place (spec: host 10): before the API listens, when a setting or, with `auto`, the
 * target changes, and when another program has removed them. Present rules are not written again. A failure is reported
 * once and retried; nothing else waits for it.
 */
export class Firewall {
	readonly name = 'firewall';
	readonly #options: FirewallOptions;
	readonly #wake = new WakeSignal<'changed'>();
	readonly #applied = new Map<IpFamily, Applied>();
	#failures = 0;
	#failure: string | undefined;
	readonly #reported = new ReportOnce<'failure' | 'warning'>();

	constructor(options: FirewallOptions) {
		this.#options = options;
	}

	/** Why the rules of this family are not in force; `undefined`: they are. */
	problemOf(family: IpFamily): string | undefined {
		return this.#applied.has(family) ? undefined : (this.#failure ?? 'the rules were not written yet');
	}

	changed(): void {
		this.#wake.wake('changed');
	}

	async start(): Promise<void> {
		await this.#look();
	}

	async run(signal: AbortSignal): Promise<void> {
		while (await this.#wait(signal)) {
			this.#wake.take();
			await this.#look();
		}
	}

	/** Waits for the next check. `false`: aborted. */
	async #wait(signal: AbortSignal): Promise<boolean> {
		const { clock } = this.#options;
		const ms = this.#failures === 0 ? CHECK_MS : backoffMs(BACKOFF, this.#failures, () => clock.random());
		await waitFor({ wake: this.#wake, ms, clock, signal });
		return !signal.aborted;
	}

	async #look(): Promise<void> {
		try {
			const facts = await this.#readFacts();
			const rules = planFirewall(facts);
			let isChanged = false;
			for (const family of FAMILIES) {
				isChanged = (await this.#keep(family, rules[family])) || isChanged;
			}
			if (isChanged) {
				this.#options.log.info('Firewall mode applied', { mode: facts.mode });
			}
			this.#failures = 0;
			this.#failure = undefined;
			this.#reported.forget('failure');
		} catch (error) {
			if (!(error instanceof OperationalError)) {
				throw error;
			}
			this.#failed(error);
		}
	}

	/** Whether the rules were written. */
	async #keep(family: IpFamily, rules: FirewallRules): Promise<boolean> {
		const { filter } = this.#options;
		const listing = await filter.list(family);
		const applied = this.#applied.get(family);
		if (
			applied !== undefined &&
			isDeepStrictEqual(applied.rules, rules) &&
			isDeepStrictEqual(applied.lines, ownLinesOf(listing))
		) {
			return false;
		}
		this.#applied.delete(family);
		await filter.restore(family, restoreText(rules, foreignChainsOf(listing)));
		this.#applied.set(family, { rules, lines: ownLinesOf(await filter.list(family)) });
		return true;
	}

	async #readFacts(): Promise<FirewallFacts> {
		const { settings, hasHostNetworkService, log } = this.#options;
		const { mode: given, ...rest } = await settings();
		const { mode, warning } = parseFirewallMode(given);
		if (warning === undefined) {
			this.#reported.forget('warning');
		} else if (this.#reported.isNew('warning', warning)) {
			log.warn(warning);
		}
		return { ...rest, mode, hasHostNetworkService: mode === 'auto' && (await hasHostNetworkService()) };
	}

	#failed({ message, code }: OperationalError): void {
		const { log, systemLog } = this.#options;
		this.#failures += 1;
		this.#failure = message;
		if (this.#reported.isNew('failure', message)) {
			systemLog.write('Firewall mode not applied due to error', { error: true });
			log.error('Firewall mode not applied due to error', { error: message, code });
		}
	}
}
