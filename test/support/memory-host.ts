import type { HandOverFiles } from '../../src/ports/hand-over.ts';
import type { HostPower, RebootMark, RebootMarkState } from '../../src/ports/host-power.ts';

/** Parts of the operating system in memory, for simulations. */
export class MemoryHandOver implements HandOverFiles {
	/** `1/web`: services that have said so. */
	readonly completed = new Set<string>();

	takeCompletion(appId: number, serviceName: string): Promise<boolean> {
		return Promise.resolve(this.completed.delete(`${appId}/${serviceName}`));
	}
}

export class MemoryHost implements RebootMark, HostPower {
	mark: RebootMarkState = 'none';
	booted = '1970-01-01T00:00:00.000Z';
	updating = false;
	readonly asked: string[] = [];

	state(): Promise<RebootMarkState> {
		return Promise.resolve(this.mark);
	}

	set(): Promise<void> {
		this.mark = 'required';
		return Promise.resolve();
	}

	bootedAt(): Promise<string> {
		return Promise.resolve(this.booted);
	}

	isHostUpdating(): Promise<boolean> {
		return Promise.resolve(this.updating);
	}

	reboot(): Promise<void> {
		this.asked.push('reboot');
		return Promise.resolve();
	}

	powerOff(): Promise<void> {
		this.asked.push('shutdown');
		return Promise.resolve();
	}
}
