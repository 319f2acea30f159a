import type { ApiOptions } from '../api-options.ts';
import type { Route } from '../route.ts';
import { appsV1Routes } from './apps-v1.ts';
import { appsV2Routes } from './apps-v2.ts';
import { deviceV1Routes } from './device-v1.ts';
import { deviceV2Routes } from './device-v2.ts';
import { documentRoutes } from './document.ts';
import { hostConfigRoutes } from './host-config.ts';
import { journalRoutes } from './journal.ts';
import { localRoutes } from './local.ts';
import { metricsRoutes } from './metrics.ts';
import { openRoutes } from './open.ts';
import { pageRoutes } from './page.ts';
import { planRoutes } from '../v3/plan/plan-routes.ts';
import { v3StateRoutes } from '../v3/routes.ts';
import { pastRoutes } from '../v3/past/past-routes.ts';

/** Every route of the API: this list alone says which requests there are, and which callers may send them. */
export function listRoutes(options: ApiOptions): readonly Route[] {
	return [
		...openRoutes(options),
		...deviceV1Routes(options),
		...hostConfigRoutes(options),
		...appsV1Routes(options),
		...deviceV2Routes(options),
		...appsV2Routes(options),
		...localRoutes(options),
		...journalRoutes(options),
		...documentRoutes(options),
		...metricsRoutes(options),
		...pageRoutes(options),
		...v3StateRoutes(options),
		...planRoutes(options),
		...pastRoutes(options),
	];
}
