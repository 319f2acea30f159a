import { applyContracts, type ContractFacts, type RefusedApp } from '../../application-manager/index.ts';
import { describeIssues } from '../../domain/issue.ts';
import type { TargetDocument } from '../../domain/target.ts';
import type { Log, SystemLog } from '../../ports/log.ts';
import type { TargetStore } from '../../ports/stores.ts';
import type { DecodedTarget, TargetRefusal } from './decode-target.ts';

interface TargetIntakeOptions {
	readonly targets: Pick<TargetStore, 'replace'>;
	readonly facts: () => Promise<ContractFacts>;
	readonly log: Log;
	readonly systemLog: SystemLog;
}

export interface TargetInput {
	readonly body: unknown;
	/** Reads the format of this source, and normalises image references. */
	readonly decode: (body: unknown) => DecodedTarget;
	/** The API endpoint that it came from, or `local`. */
	readonly source: string;
	/** Called before anything is stored: `false` leaves the stored target in force. */
	readonly prepare?: (document: TargetDocument) => Promise<boolean>;
}

export type IntakeOutcome =
	| { readonly kind: 'stored'; readonly apps: number }
	/** `lines`: the problems, for people. */
	| { readonly kind: 'refused'; readonly because: TargetRefusal | 'contract'; readonly lines: readonly string[] }
	| { readonly kind: 'not-prepared' };

/**
 * The only entrance for targets, from the cloud, the local API or the disk image: decodes them, checks contracts,
 * refuses or stores them, and notifies the user (spec: cloud-api 6.5; planner 5.3, 5.4). A bad target is not stored in
 * part. The store wakes the loop.
 */
export class TargetIntake {
	readonly #options: TargetIntakeOptions;

	constructor(options: TargetIntakeOptions) {
		this.#options = options;
	}

	/** Rejects if the target cannot be written. */
	async accept({ body, decode, source, prepare }: TargetInput): Promise<IntakeOutcome> {
		const { targets, facts, log, systemLog } = this.#options;
		const decoded = decode(body);
		if (!decoded.ok) {
			return this.#refuse(decoded);
		}
		const document = decoded.value;
		const { apps, refused, messages } = applyContracts(document.apps, await facts());
		if (refused.length > 0) {
			return this.#refuseContracts(refused);
		}
		if (prepare !== undefined && !(await prepare(document))) {
			return { kind: 'not-prepared' };
		}
		await targets.replace({ ...document, apps }, source);
		log.info('target stored', { apps: apps.length, source });
		for (const { message, isError } of messages) {
			systemLog.write(message, { error: isError });
		}
		return { kind: 'stored', apps: apps.length };
	}

	/** The user is notified of input that is no target; the entry of another device, or a bad image reference, is only logged. */
	#refuse({ because, issues }: Extract<DecodedTarget, { readonly ok: false }>): IntakeOutcome {
		const lines = issues.map((issue) => describeIssues([issue]));
		this.#logRefusal(because, lines);
		if (because === 'schema') {
			this.#notify(['Invalid target state.', ...lines]);
		}
		return { kind: 'refused', because, lines };
	}

	/** A contract that cannot be read refuses the whole target. */
	#refuseContracts(refused: readonly RefusedApp[]): IntakeOutcome {
		const lines = refused.flatMap((refusal) => refusal.lines);
		this.#logRefusal('contract', [describeIssues(refused.flatMap(({ issues }) => issues))]);
		this.#notify(lines);
		return { kind: 'refused', because: 'contract', lines };
	}

	#logRefusal(because: TargetRefusal | 'contract', lines: readonly string[]): void {
		this.#options.log.error('target refused, the stored one stays in force', { because, issues: lines.join('\n') });
	}

	#notify([first = '', ...others]: readonly string[]): void {
		for (const line of [`Could not move to new release: ${first}`, ...others]) {
			this.#options.systemLog.write(line, { error: true });
		}
	}
}
