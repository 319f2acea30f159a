import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { CleanUp } from '../../support/clean-up.ts';
import { checkMetrics, hasPrometheus, startPrometheus } from './prometheus.ts';
import { setScene, type Scene } from './scene.ts';

const SCRAPE_SECONDS = Number(process.env['METRICS_SECONDS'] ?? 60);
const PROMETHEUS_PORT = 19_090;
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0';

describe('the metrics of a device', function () {
	this.timeout((SCRAPE_SECONDS + 120) * 1000);
	let scene: Scene;
	const cleanUp = new CleanUp();

	before(async () => {
		scene = await setScene({ environment: { BALENA_SUPERVISOR_METRICS_OPEN: 'true' } });
		cleanUp.add(() => scene.dispose());
		const [one, two] = scene.images;
		await scene.device.start();
		await scene.apply({ web: one, db: two });
	});
	after(() => cleanUp.run());

	const scrape = async (headers: Record<string, string> = {}) =>
		(await fetch(`${scene.device.url}/metrics`, { headers })).text();

	const numberOf = (text: string, name: string) =>
		Number(
			text
				.split('\n')
				.find((line) => line.startsWith(name))
				?.split(' ')
				.at(-1) ?? 'NaN',
		);

	it('say what happened and what is used, without a key on the device itself where that is allowed', async () => {
		const text = await scrape();
		expect(numberOf(text, 'balena_supervisor_passes_total{outcome="done"}')).to.be.above(2);
		expect(numberOf(text, 'balena_supervisor_plan_duration_seconds_count')).to.be.above(2);
		expect(numberOf(text, 'balena_supervisor_steps_total{kind="startContainer",outcome="done"}')).to.equal(2);
		expect(numberOf(text, 'balena_supervisor_image_pulls_total{outcome="done"}')).to.equal(2);
		expect(numberOf(text, 'balena_supervisor_image_pull_bytes_total')).to.be.at.least(0);
		expect(numberOf(text, 'balena_supervisor_target_polls_total{result="new"}')).to.be.above(0);
		expect(numberOf(text, 'balena_supervisor_state_reports_total{result="accepted"}')).to.be.above(0);
		expect(numberOf(text, 'balena_supervisor_target_poll_last_success_age_seconds')).to.be.within(0, 60);
		expect(numberOf(text, 'balena_supervisor_api_requests_total{method="POST",route="/v1/update"')).to.be.above(0);
		expect(numberOf(text, 'balena_supervisor_process_cpu_seconds_total')).to.be.above(0.1);
		expect(numberOf(text, 'balena_device_memory_bytes')).to.be.above(1e8);
		for (const name of ['up', 'cpu_seconds_total', 'memory_bytes', 'restarts_total', 'network_receive_bytes_total']) {
			const lines = text.split('\n').filter((line) => line.startsWith(`balena_service_${name}{`));
			expect(lines.map((line) => /service="(\w+)"/.exec(line)?.[1]).sort(), name).to.deep.equal(['db', 'web']);
			expect(lines.every((line) => Number(line.split(' ').at(-1)) >= 0)).to.equal(true);
		}
	});

	it('need a key from every other address, and so does everything else', async () => {
		const statusOf = async (url: string) => (await fetch(url)).status;
		const { url } = scene.device;
		expect(await statusOf(`${url}/metrics`)).to.equal(200);
		expect(await statusOf(`${url}/v3/status`)).to.equal(401);
		const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
		const other = addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
		expect(other, 'an address beside the loopback').to.be.a('string');
		expect(await statusOf(`http://${other}:${new URL(url).port}/metrics`)).to.equal(401);
	});

	it('v3-api #7: are taken by a real Prometheus each second, without a gap and without an error', async function () {
		if (!hasPrometheus()) {
			console.log("skipped: needs Debian's package prometheus");
			this.skip();
		}
		expect(checkMetrics(await scrape())).to.equal('');
		const { device, images } = scene;
		const prometheus = await startPrometheus({ device: device.url, key: await device.apiKey(), port: PROMETHEUS_PORT });
		cleanUp.add(() => prometheus.stop());
		const [, two, three] = images;
		// It looks for its targets every few seconds.
		await device.waitFor('it is scraped', async () => (await prometheus.query('up')).length > 0);
		const startedAt = performance.now();
		await sleep(3000);
		await scene.apply({ web: three, db: two });
		await sleep(Math.max(0, SCRAPE_SECONDS * 1000 - (performance.now() - startedAt)));

		const range = `[${SCRAPE_SECONDS}s]`;
		const only = async (expression: string) => (await prometheus.query(expression)).map(({ value }) => value);
		expect(await only(`min_over_time(up{job="device"}${range})`)).to.deep.equal([1]);
		expect((await only(`count_over_time(up{job="device"}${range})`))[0]).to.be.at.least(SCRAPE_SECONDS - 1);
		const gaps = `${SCRAPE_SECONDS} - count_over_time(balena_supervisor_info${range})`;
		expect((await only(gaps))[0]).to.be.at.most(1);
		const [longest = NaN] = await only(`max_over_time(scrape_duration_seconds{job="device"}${range})`);
		expect(longest).to.be.below(1);
		expect(await only('sum(balena_service_up)')).to.deep.equal([2]);
		expect((await only(`sum(increase(balena_supervisor_steps_total${range}))`))[0]).to.be.above(2);
		const [series = NaN] = await only('scrape_samples_scraped{job="device"}');
		expect(series).to.be.within(50, 1000);
		expect(prometheus.complaints()).to.deep.equal([]);
		console.log(`      ${series} series, the longest scrape took ${Math.round(longest * 1000)} ms`);
	});

	it('are OpenMetrics where the scraper prefers that', async () => {
		const text = await scrape({ accept: OPEN_METRICS });
		expect(text).to.match(/^# TYPE balena_supervisor_passes counter$/m);
		expect(text).to.match(/\n# EOF\n$/);
	});
});
