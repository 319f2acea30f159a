import { DeviceError } from '../device/index.ts';

export interface LiveDockerfile {
	readonly text: string;
	/** Files that the live command itself is made of: after a change of one it starts anew. */
	readonly copied: readonly string[];
	/** Files that an earlier stage builds from: a change of one needs another build. */
	readonly built: readonly string[];
}

const COPY = /^#dev-copy=(\S+)\s+\S+$/;
const COMMAND = /^#dev-cmd-live=(.+)$/;
const BUILT = /^COPY (?!--from)(.+) \S+$/;

/** The stages of a Dockerfile up to its live directives, with the live command as that of the image (spec: dev-tools 6). */
export function makeLiveDockerfile(template: string): LiveDockerfile {
	const lines = template.split('\n');
	const first = lines.findIndex((line) => COPY.test(line) || COMMAND.test(line));
	const command = lines.map((line) => COMMAND.exec(line)?.[1]).find((found) => found !== undefined);
	if (command === undefined) {
		throw new DeviceError(
			'Dockerfile.template has no live command',
			'Add a line #dev-cmd-live=COMMAND to its test stage',
		);
	}
	const kept = lines.slice(0, first);
	return {
		text: [...kept, `CMD ["/bin/sh", "-c", ${JSON.stringify(command)}]`, ''].join('\n'),
		copied: lines.flatMap((line) => COPY.exec(line)?.[1] ?? []),
		built: kept.flatMap((line) => BUILT.exec(line)?.[1]?.split(' ') ?? []).filter((name) => name !== '.'),
	};
}
