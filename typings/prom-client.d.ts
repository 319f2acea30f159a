/** The part that is used: what writes the formats. The package's own types are for its whole. */
declare module 'prom-client/lib/registry.js' {
	interface MetricValue {
		readonly labels: Readonly<Record<string, string>>;
		readonly value: number;
		/** Where it is not the name of the metric: the parts of a histogram. */
		readonly metricName?: string;
	}
	interface WrittenMetric {
		/** Changed by the registry: OpenMetrics names counters without `_total` in their heads. */
		name: string;
		readonly help: string;
		readonly type: string;
		readonly values: readonly MetricValue[];
		get(): Promise<WrittenMetric>;
	}
	class Registry {
		static readonly PROMETHEUS_CONTENT_TYPE: string;
		static readonly OPENMETRICS_CONTENT_TYPE: string;
		constructor(contentType: string);
		registerMetric(metric: WrittenMetric): void;
		metrics(): Promise<string>;
	}
	export = Registry;
}
