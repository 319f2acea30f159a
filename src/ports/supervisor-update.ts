import type { SupervisorAttempt } from '../domain/supervisor-update.ts';

/** Table `supervisorUpdate`: the last try to run another supervisor. */
export interface SupervisorUpdateStore {
	read(): Promise<SupervisorAttempt | undefined>;
	/** Replaces the attempt before it. It begins now. */
	begin(attempt: Omit<SupervisorAttempt, 'attemptedAt' | 'state' | 'failure'>): Promise<void>;
	/** What has become of it; without an attempt nothing changes. */
	note(result: Pick<SupervisorAttempt, 'state' | 'failure'>): Promise<void>;
}

/** What the operating system keeps for the supervisor. Both reject with `FileError`. */
export interface SupervisorHostFiles {
	/** The image that its configuration names. `undefined`: this system does not start the supervisor by it. */
	configuredImage(): Promise<string | undefined>;
	/** Copies the script that updates the supervisor to where systemd can run it. Returns its path on the host. */
	placeScript(): Promise<string>;
}
