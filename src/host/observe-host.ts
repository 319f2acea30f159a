import type { CurrentHost } from '../domain/current.ts';
import type { RebootMark } from '../ports/host-power.ts';

export interface ObserveHostOptions {
	readonly rebootMark: Pick<RebootMark, 'state' | 'bootedAt'>;
	readonly power: { readonly shuttingDown: boolean };
	readonly hostConfig: { readonly lastChange: string | undefined };
}

export async function observeHost({ rebootMark, power, hostConfig }: ObserveHostOptions): Promise<CurrentHost> {
	const [reboot, bootedAt] = await Promise.all([rebootMark.state(), rebootMark.bootedAt()]);
	return { reboot, bootedAt, shuttingDown: power.shuttingDown, lastChange: hostConfig.lastChange };
}
