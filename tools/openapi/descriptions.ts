import { APPS } from './describe-apps.ts';
import { DEVICE } from './describe-device.ts';
import { HOST_CONFIG } from './describe-host-config.ts';
import { V3_PLAN } from './describe-v3-plan.ts';
import { V3_STATE } from './describe-v3.ts';
import { METRICS_DESCRIPTION } from './describe-metrics.ts';
import { LOCAL } from './describe-local.ts';
import { PAGE } from './describe-page.ts';
import { PAST } from './describe-past.ts';
import type { Descriptions } from './description.ts';

/** Every operation of the API. The document cannot be made while one of them has no route, or a route none of them. */
export const DESCRIPTIONS: Descriptions = {
	...DEVICE,
	...HOST_CONFIG,
	...APPS,
	...LOCAL,
	...V3_STATE,
	...V3_PLAN,
	...PAST,
	...METRICS_DESCRIPTION,
	...PAGE,
};
