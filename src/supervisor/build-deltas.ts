import { GotClient } from '../adapters/http/index.ts';
import { DeltaClient } from '../api-binder/index.ts';
import { readDeltaSettings } from '../config/index.ts';
import type { Deltas } from '../ports/deltas.ts';
import type { Core } from './core.ts';

export function buildDeltas({ options, config, facts }: Core): Deltas {
	const { clock, redactor } = options;
	return new DeltaClient({
		http: new GotClient(),
		settings: () => readDeltaSettings(config),
		facts,
		clock,
		hide: (secret) => {
			redactor.addPassing(secret);
		},
	});
}
