import type { Descriptions } from './description.ts';
import { STRING } from './schemas.ts';

export const METRICS_DESCRIPTION: Descriptions = {
	'GET /metrics': {
		summary: 'Show metrics for Prometheus',
		section: 'v3-api 7',
		description:
			'The text format 0.0.4, or OpenMetrics 1.0.0 where `Accept` prefers it. The key of an app shows its services only. With `BALENA_SUPERVISOR_METRICS_OPEN=true` in the environment no key is required from the loopback address. docs/metrics.md lists the metrics.',
		answers: {
			200: {
				description: 'Each metric with its help, type and values.',
				metrics: STRING,
				openMetrics: STRING,
				isMasked: true,
				example:
					'# HELP balena_service_up 1: the container of the service runs.\n# TYPE balena_service_up gauge\nbalena_service_up{app="0b53a5e37a6b4b2fb0ff0e8d5d4e9d7a",service="web"} 1\n',
			},
		},
	},
};
