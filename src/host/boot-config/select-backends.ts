import type { BootFacts, BootRules } from './backend.ts';
import { CONFIG_FS } from './config-fs.ts';
import { CONFIG_TXT } from './config-txt.ts';
import { EXTLINUX } from './extlinux.ts';
import { EXTRA_UENV } from './extra-uenv.ts';
import { ODMDATA } from './odmdata.ts';
import { POWER_FAN } from './power-fan.ts';
import { SPLASH } from './splash.ts';

/** In the order in which they are initialised, compared and written (spec: host 3.1). */
export const BOOT_BACKENDS: readonly BootRules[] = [
	EXTLINUX,
	EXTRA_UENV,
	CONFIG_TXT,
	CONFIG_FS,
	ODMDATA,
	SPLASH,
	POWER_FAN,
];

/** Several may apply to one device. */
export function selectBootBackends(facts: BootFacts): readonly BootRules[] {
	return BOOT_BACKENDS.filter(({ supports }) => supports(facts));
}
