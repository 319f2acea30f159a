import Registry from 'prom-client/lib/registry.js';
import type { Sample, Samples } from './sample.ts';
import { METRIC_ROWS, type MetricRow } from './table.ts';

/** As `Accept` asks for it. */
type MetricsFormat = 'prometheus' | 'openmetrics';

interface RenderedMetrics {
	readonly contentType: string;
	readonly text: string;
}

/**
 * The samples in their text form. The registry of prom-client lives for one answer: at rest no metric is kept twice, and
 * only the file of the package that writes the formats is in the program.
 */
export async function renderMetrics(samples: Samples, format: MetricsFormat): Promise<RenderedMetrics> {
	const contentType = format === 'openmetrics' ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE;
	const registry = new Registry(contentType);
	for (const [key, row] of METRIC_ROWS) {
		const values = samples[key] ?? [];
		if (values.length > 0) {
			registry.registerMetric(toMetric(row, values));
		}
	}
	// Of no metric at all the registry makes an empty line, which OpenMetrics does not know.
	return { contentType, text: (await registry.metrics()).replace(/^\n/, '') };
}

function toMetric({ name, help, type }: MetricRow, samples: readonly Sample[]) {
	const metric = {
		name,
		help,
		type,
		values: samples.map(({ labels, value, part }) => ({
			labels,
			value,
			...(part === undefined ? {} : { metricName: `${name}_${part}` }),
		})),
		get: () => Promise.resolve(metric),
	};
	return metric;
}

/** `Accept` of a scraper; what it prefers comes first in those of Prometheus. */
export function chooseFormat(accept: string | undefined): MetricsFormat {
	const wanted = (accept ?? '').split(',').map(readRange);
	const qualityOf = (type: string) => Math.max(0, ...wanted.filter((one) => one.type === type).map((one) => one.q));
	const plain = Math.max(qualityOf('text/plain'), qualityOf('*/*'), qualityOf('text/*'));
	const open = qualityOf('application/openmetrics-text');
	return open > 0 && open >= plain ? 'openmetrics' : 'prometheus';
}

function readRange(range: string): { readonly type: string; readonly q: number } {
	const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
	const version = parameters.find((part) => part.startsWith('version='))?.slice('version='.length);
	// The only ones that are written here: a scraper that asks for another one gets the plain form.
	const isKnown = type !== 'application/openmetrics-text' || version === undefined || version === '1.0.0';
	const quality = Number(parameters.find((part) => part.startsWith('q='))?.slice(2) ?? 1);
	return { type, q: isKnown && Number.isFinite(quality) ? quality : 0 };
}
