import { expect } from 'chai';
import { chooseFormat, renderMetrics } from '../../../src/metrics/index.ts';
import { METRIC_ROWS } from '../../../src/metrics/table.ts';
import { DurationTally } from '../../../src/metrics/tally.ts';

describe('the text of metrics', () => {
	it('has help, type and a line for each value, and nothing of metrics without a value', async () => {
		const { contentType, text } = await renderMetrics(
			{ up: [{ labels: { app: 'a1', service: 'we"b' }, value: 1 }], health: [] },
			'prometheus',
		);
		expect(contentType).to.equal('text/plain; version=0.0.4; charset=utf-8');
		expect(text).to.equal(
			[
				'# HELP balena_service_up 1: the container of the service runs.',
				'# TYPE balena_service_up gauge',
				'balena_service_up{app="a1",service="we\\"b"} 1\n',
			].join('\n'),
		);
	});

	it('of OpenMetrics names counters without their ending, and has an end', async () => {
		const samples = { passes: [{ labels: { outcome: 'done' }, value: 3 }] };
		const { contentType, text } = await renderMetrics(samples, 'openmetrics');
		expect(contentType).to.equal('application/openmetrics-text; version=1.0.0; charset=utf-8');
		expect(text.split('\n').slice(1)).to.deep.equal([
			'# TYPE balena_supervisor_passes counter',
			'balena_supervisor_passes_total{outcome="done"} 3',
			'# EOF',
			'',
		]);
	});

	it('of nothing is nothing', async () => {
		expect((await renderMetrics({}, 'prometheus')).text).to.equal('');
		expect((await renderMetrics({}, 'openmetrics')).text).to.equal('# EOF\n');
	});

	it('shows durations in buckets that add up', async () => {
		const tally = new DurationTally([0.1, 1]);
		for (const ms of [50, 100, 500, 2000]) tally.add({ kind: 'pullImage' }, ms);
		const { text } = await renderMetrics({ stepSeconds: tally.samples() }, 'prometheus');
		expect(text.trim().split('\n').slice(2)).to.deep.equal([
			'balena_supervisor_step_duration_seconds_bucket{kind="pullImage",le="0.1"} 2',
			'balena_supervisor_step_duration_seconds_bucket{kind="pullImage",le="1"} 3',
			'balena_supervisor_step_duration_seconds_bucket{kind="pullImage",le="+Inf"} 4',
			'balena_supervisor_step_duration_seconds_sum{kind="pullImage"} 2.65',
			'balena_supervisor_step_duration_seconds_count{kind="pullImage"} 4',
		]);
	});

	for (const [accept, format] of [
		[undefined, 'prometheus'],
		['*/*', 'prometheus'],
		['application/openmetrics-text; version=1.0.0', 'openmetrics'],
		['application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'prometheus'],
		[
			'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
			'openmetrics',
		],
		['application/openmetrics-text;q=0.1,text/plain', 'prometheus'],
		['application/openmetrics-text;q=0', 'prometheus'],
		['q=;;,,', 'prometheus'],
	] as const) {
		it(`is ${format} for ${accept}`, () => {
			expect(chooseFormat(accept)).to.equal(format);
		});
	}
});

describe('the table of metrics', () => {
	it('follows the conventions of Prometheus', () => {
		for (const [, { name, type, help, buckets }] of METRIC_ROWS) {
			expect(name).to.match(/^balena_(supervisor|service|device)_[a-z_]+$/);
			expect(name.endsWith('_total'), name).to.equal(type === 'counter');
			expect(help, name).to.match(/^\S.+\.$/);
			expect(buckets !== undefined, name).to.equal(type === 'histogram');
			expect(buckets ?? []).to.deep.equal([...(buckets ?? [])].sort((a, b) => a - b));
		}
	});

	it('has each name once', () => {
		const names = METRIC_ROWS.map(([, { name }]) => name);
		expect(new Set(names).size).to.equal(names.length);
	});
});
