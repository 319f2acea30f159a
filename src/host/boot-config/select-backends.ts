import type { BootBackendName } from '../../domain/device-config.ts';
import type { BootBackends, BootFacts, BootRules } from './backend.ts';
import { CONFIG_FS } from './config-fs.ts';
import { CONFIG_TXT } from './config-txt.ts';
import { EXTLINUX } from './extlinux.ts';
import { EXTRA_UENV } from './extra-uenv.ts';
import { ODMDATA } from './odmdata.ts';
import { POWER_FAN } from './power-fan.ts';
import { SPLASH } from './splash.ts';

export const BOOT_BACKENDS_BY_NAME: BootBackends = {
	extlinux: EXTLINUX,
	extra_uEnv: EXTRA_UENV,
	'config.txt': CONFIG_TXT,
	'config-fs': CONFIG_FS,
	odmdata: ODMDATA,
	splash: SPLASH,
	'power-fan': POWER_FAN,
};

/** In the order in which they are initialised, compared and written (spec: host 3.1): the order of the table. */
export const BOOT_BACKENDS: readonly BootRules[] = Object.values(BOOT_BACKENDS_BY_NAME);

/** Several may apply to one device. */
export function selectBootBackends(facts: BootFacts): readonly BootBackendName[] {
	return BOOT_BACKENDS.filter(({ supports }) => supports(facts)).map(({ name }) => name);
}
