import { applyContracts, type ContractFacts, type TargetComposer } from '../application-manager/index.ts';
import type { CurrentState } from '../domain/current.ts';
import type { Issue } from '../domain/issue.ts';
import type { UpdateRequest } from '../domain/request.ts';
import type { DeviceStatus } from '../domain/status.ts';
import type { TargetDocument, TargetState } from '../domain/target.ts';
import { OperationalError } from '../ports/operational-error.ts';
import type { TargetStore } from '../ports/stores.ts';
import { decodeTarget } from './intake/index.ts';
import { predictPlan, type Prediction } from './predict/predict-plan.ts';
import type { Reconciler } from './reconciler.ts';

interface DryRunOptions {
	readonly status: () => DeviceStatus | undefined;
	readonly targets: Pick<TargetStore, 'read'>;
	readonly composer: Pick<TargetComposer, 'preview'>;
	readonly reconciler: Pick<Reconciler, 'planContext'>;
	readonly contractFacts: () => Promise<ContractFacts>;
	/** Names of configuration variables without their prefixes, as the store keeps them. */
	readonly normalise: (variables: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
	readonly uuid: () => string;
}

/** What would be asked of the device. */
export type Hypothesis =
	/** Nothing: the target that it has. */
	| { readonly kind: 'present' }
	/** This document of version 3, for the device alone. */
	| { readonly kind: 'device'; readonly input: unknown }
	/** Its target with another app in the place of the one with this UUID, or besides the others. */
	| { readonly kind: 'app'; readonly appUuid: string; readonly input: unknown }
	| { readonly kind: 'request'; readonly body: UpdateRequest['body']; readonly force: boolean };

export interface DryRunResult {
	readonly current: CurrentState;
	readonly target: TargetState;
	readonly prediction: Prediction;
	/** Why an app, or all of the input, would not be taken. */
	readonly refused: readonly Issue[];
	readonly ignored: readonly Issue[];
}

const EMPTY: TargetDocument = { name: '', config: {}, apps: [] };

/** What would happen (spec: v3-api 4). Writes nothing: it only reads what was observed, and images of the engine. */
export class DryRun {
	readonly #options: DryRunOptions;

	constructor(options: DryRunOptions) {
		this.#options = options;
	}

	/** Rejects while the device was not observed yet. */
	async run(hypothesis: Hypothesis, signal: AbortSignal): Promise<DryRunResult> {
		const status = this.#options.status();
		const current = status?.current;
		if (status === undefined || current === undefined) {
			throw new OperationalError('device-not-observed', 'The state of the device is not known yet');
		}
		const document = await this.#documentFor(hypothesis);
		if ('issues' in document) {
			const target = status.target ?? { apps: [], variables: {} };
			return { current, target, prediction: NOTHING, refused: document.issues, ignored: [] };
		}
		const { apps, refused } = applyContracts(document.apps, await this.#options.contractFacts());
		const { target, notices } = await this.#options.composer.preview({ ...document, apps }, current, signal);
		const rejected = target.apps.flatMap((app) => (app.state === 'rejected' ? app.issues : []));
		return {
			current,
			target,
			prediction: this.#predict(current, target, hypothesis),
			refused: [...refused.flatMap(({ issues }) => issues), ...rejected],
			ignored: notices,
		};
	}

	#predict(current: CurrentState, target: TargetState, hypothesis: Hypothesis): Prediction {
		const { requests: open, ...context } = this.#options.reconciler.planContext();
		const asked: readonly UpdateRequest[] =
			hypothesis.kind === 'request'
				? [{ id: 'dry-run', body: hypothesis.body, force: hypothesis.force, state: 'open', since: context.now }]
				: [];
		return predictPlan({
			current,
			target,
			requests: [...open, ...asked],
			context: { ...context, paused: new Map() },
		});
	}

	async #documentFor(hypothesis: Hypothesis): Promise<TargetDocument | { readonly issues: readonly Issue[] }> {
		const { targets, normalise } = this.#options;
		const stored = (await targets.read()) ?? EMPTY;
		switch (hypothesis.kind) {
			case 'present':
			case 'request':
				return stored;
			case 'device': {
				const decoded = this.#decode(hypothesis.input);
				return 'issues' in decoded ? decoded : { ...decoded, config: normalise(decoded.config) };
			}
			case 'app': {
				const { appUuid, input } = hypothesis;
				const decoded = this.#decode({ name: stored.name, config: {}, apps: { [appUuid]: input } });
				return 'issues' in decoded
					? decoded
					: {
							...stored,
							apps: [...stored.apps.filter((app) => app.appUuid !== appUuid), ...decoded.apps],
						};
			}
		}
	}

	#decode(input: unknown): TargetDocument | { readonly issues: readonly Issue[] } {
		const uuid = this.#options.uuid();
		const decoded = decodeTarget({ [uuid]: input }, uuid);
		return decoded.ok ? decoded.value : { issues: decoded.issues };
	}
}

const NOTHING: Prediction = { steps: [], waiting: [], isSettled: false };
