import { linkSignal } from '../lib/link-signal.ts';
import { untilAborted } from '../lib/until-aborted.ts';
import type { Provisioner } from './provision/provisioner.ts';

interface CloudBinderOptions {
	readonly provisioner: Pick<Provisioner, 'run'>;
	/** What lasts as long as the device is provisioned: the poll, the report. */
	readonly loops: readonly { run(signal: AbortSignal): Promise<void> }[];
}

/** The order of the cloud side: nothing is polled or reported before the cloud knows the device (spec: cloud-api 3.1). */
export class CloudBinder {
	readonly name = 'cloud-binder';
	readonly #options: CloudBinderOptions;

	constructor(options: CloudBinderOptions) {
		this.#options = options;
	}

	/** Lasts until aborted, also without a cloud. */
	async run(signal: AbortSignal): Promise<void> {
		const { provisioner, loops } = this.#options;
		const link = linkSignal(signal);
		try {
			const outcome = await provisioner.run(link.signal);
			await (outcome === 'provisioned'
				? Promise.all(loops.map((loop) => loop.run(link.signal)))
				: untilAborted(link.signal));
		} finally {
			link.abort(); // a loop that failed takes the others with it: the process is about to end
			link.unlink();
		}
	}
}
