import Sinon from 'sinon';
import { CloudTroubles, StateReporter } from '../../../../src/api-binder/index.ts';
import type { ReportAnswer } from '../../../../src/api-binder/protocol/cloud-api.ts';
import type { Settings } from '../../../../src/config/index.ts';
import type { MetricFields } from '../../../../src/device-state/index.ts';
import type { TargetDocument } from '../../../../src/domain/target.ts';
import { recordingLog } from '../../../support/logs.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { scene, type Scene } from '../../device-state/report/device-status.ts';
import { FACTS, FakeStatus, MemoryReportCache, MemorySettings, METRICS, settingsOf, UUID } from '../cloud-side.ts';

export type Sent = Readonly<Record<string, unknown>>;

export const ACCEPTED: ReportAnswer = { kind: 'accepted' };
export const REFUSED: ReportAnswer = { kind: 'problem', problem: 'unauthorized', status: 401 };

/** A reporter on a device that is at rest with `web@c1`, and a cloud that says what the test wants. */
export function reporterOf(options: { settings?: Partial<Settings>; cache?: MemoryReportCache } = {}) {
	const clock = new VirtualClock(() => 0);
	const logged = recordingLog();
	const status = new FakeStatus();
	const settings = new MemorySettings(settingsOf('https://api.test', options.settings));
	const cache = options.cache ?? new MemoryReportCache();
	const sent: { readonly at: number; readonly fields: Sent }[] = [];
	const stop = new AbortController();
	let target: TargetDocument | undefined;
	const world = {
		answer: Sinon.stub<[Sent], ReportAnswer>().returns(ACCEPTED),
		metrics: METRICS,
		facts: FACTS,
		...{ clock, status, settings, cache, sent, stop, lines: logged.lines },
		show(change: Partial<Scene> & { readonly applying?: boolean } = {}) {
			const shown = scene({ target: { commit: 'c1', services: ['web'] }, ...AT_REST, ...change });
			target = shown.target;
			status.publish({ ...shown.status, applying: change.applying ?? false });
		},
		last: () => sent.at(-1)?.fields,
	};
	const troubles = new CloudTroubles(clock);
	const reporter = new StateReporter({
		troubles,
		cloud: {
			sendReport: (_access, body) => {
				const fields = (body as Readonly<Record<string, Sent>>)[UUID]!;
				sent.push({ at: clock.now(), fields });
				return Promise.resolve(world.answer(fields));
			},
		},
		...{ settings, status, cache, clock, log: logged.log },
		targets: { read: () => Promise.resolve(target) },
		facts: () => Promise.resolve(world.facts),
		metrics: { collect: ({ hardware }) => Promise.resolve(hardware ? world.metrics : NO_METRICS) },
	});
	world.show();
	return { ...world, world, troubles, reporter, done: reporter.run(stop.signal) };
}

export const AT_REST = { images: ['web@c1'], containers: ['web@c1: running'], reached: 'c1' };
const NO_METRICS: MetricFields = {
	cpu_usage: null,
	memory_usage: null,
	memory_total: null,
	is_undervolted: false,
};
