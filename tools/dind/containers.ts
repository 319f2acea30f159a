import { z } from 'zod';
import { runDocker } from '../device/index.ts';

const listedContainer = z.object({ ID: z.string(), Names: z.string(), State: z.string(), Status: z.string() });

interface ServiceContainer {
	readonly id: string;
	readonly name: string;
	readonly service: string;
	readonly state: string;
	/** As the engine says it: "Up 3 minutes". */
	readonly since: string;
}

/** The containers of the supervisor's services, running or not. */
export async function listContainers(socketPath: string): Promise<readonly ServiceContainer[]> {
	const format = '{{json .}}\t{{.Label "io.balena.service-name"}}';
	const filter = ['--filter', 'label=io.balena.supervised'];
	const lines = await runDocker(socketPath, ['ps', '--all', '--no-trunc', ...filter, '--format', format]);
	return lines
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => {
			const [json = '', service = ''] = line.split('\t');
			const container = listedContainer.parse(JSON.parse(json));
			return {
				id: container.ID,
				name: container.Names,
				service,
				state: container.State,
				since: container.Status,
			};
		})
		.sort((one, other) => one.service.localeCompare(other.service));
}

export function printContainers(containers: readonly ServiceContainer[]): void {
	const width = Math.max(8, ...containers.map((container) => container.service.length)) + 2;
	for (const { service, state, since, name } of containers) {
		console.log(`  ${service.padEnd(width)}${state.padEnd(10)}${since.padEnd(24)}${name}`);
	}
}
