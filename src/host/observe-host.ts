import type { CurrentHost } from '../domain/current.ts';
import type { RebootMark } from '../ports/host-power.ts';
import type { RebootStore } from '../ports/reboot-store.ts';

export interface ObserveHostOptions {
	readonly rebootMark: Pick<RebootMark, 'state' | 'causes' | 'bootedAt'>;
	readonly reboots: Pick<RebootStore, 'list'>;
	readonly power: { readonly shuttingDown: boolean };
	readonly hostConfig: { readonly lastChange: string | undefined };
}

export async function observeHost(options: ObserveHostOptions): Promise<CurrentHost> {
	const { rebootMark, reboots, power, hostConfig } = options;
	const [reboot, bootedAt, records] = await Promise.all([rebootMark.state(), rebootMark.bootedAt(), reboots.list()]);
	const due = reboot === 'required' ? await rebootMark.causes() : [];
	return {
		reboot,
		reboots: { due, records },
		bootedAt,
		shuttingDown: power.shuttingDown,
		lastChange: hostConfig.lastChange,
	};
}
