import { existsSync, fstatSync } from 'node:fs';
import { join } from 'node:path';

interface OutputPlace {
	readonly rootPath: string;
	readonly journalStream?: string | undefined;
	readonly ownContainerId?: string | undefined;
}

interface OutputFacts {
	readonly isJournal: boolean;
	readonly isContainer: boolean;
	readonly hostHasSystemd: boolean;
}

const STANDARD_OUTPUT = 1;

/** Where standard output goes. Never fails: what cannot be found out is not so. */
export function readOutputFacts(place: OutputPlace, descriptor = STANDARD_OUTPUT): OutputFacts {
	return {
		// Children inherit the variable, also where their own output goes to a file: systemd.exec(5) says to compare.
		isJournal: place.journalStream !== undefined && identify(descriptor) === place.journalStream,
		isContainer: place.ownContainerId !== undefined || existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
		hostHasSystemd: existsSync(join(place.rootPath, 'run/systemd/system')), // as sd_booted(3) does
	};
}

function identify(descriptor: number): string | undefined {
	try {
		const { dev, ino } = fstatSync(descriptor);
		return `${dev}:${ino}`;
	} catch {
		return undefined; // the output is closed
	}
}
