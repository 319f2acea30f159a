import type { ComposeFile, Runs } from './read-files.ts';

type Service = Readonly<Record<string, unknown>>;
type Changes = Runs['machine'];
type Part = Record<string, unknown>;

/** Idles instead of the command, which follows as parameters, and exits at once on any signal that a file may set. */
const IDLE = ['sh', '-c', "trap 'exit 0' TERM INT QUIT HUP; sleep 86400 & wait"];
const ENDS = ['true'];
/** Every program is another one in the small image. */
const HEALTHY = ['CMD', 'true'];

const NOTHING: Pick<Runs, 'machine' | 'ends'> = { machine: [], ends: [] };

/**
 * The file for the small image, the only one that the machine of the tests has: all is kept but what is run in the
 * containers and what the expectation says that this machine cannot do.
 */
export function fitToMachine(file: ComposeFile): ComposeFile['composition'] {
	const { composition, expectation } = file;
	const { machine, ends } = expectation.outcome === 'runs' ? expectation : NOTHING;
	const { services, ...others } = machine.reduce(changeAt, composition);
	const fitted = Object.entries(services).map(([name, service]) => [name, fitService(service, ends.includes(name))]);
	return { ...others, services: Object.fromEntries(fitted) as ComposeFile['composition']['services'] };
}

function fitService(service: Service, doesEnd: boolean): Service {
	const healthcheck = service['healthcheck'] as Service | undefined;
	const hasTest = healthcheck?.['test'] !== undefined;
	return {
		...service,
		entrypoint: doesEnd ? ENDS : IDLE,
		...(hasTest && { healthcheck: { ...healthcheck, test: HEALTHY } }),
	};
}

function changeAt(
	composition: ComposeFile['composition'],
	{ at, instead }: Changes[number],
): ComposeFile['composition'] {
	// Not structuredClone: what several services have through an anchor is to change in one of them.
	const copy = JSON.parse(JSON.stringify(composition)) as ComposeFile['composition'];
	const keys = at.replace(/\[(\d+)\]/g, '.$1').split('.');
	const last = keys.pop() ?? '';
	// Maps and lists, as far as there is something at that path.
	const parent = keys.reduce<unknown>((part, key) => (part as Part | undefined)?.[key], copy) as Part | undefined;
	if (parent?.[last] === undefined) throw new Error(`there is nothing at ${at} that this machine could not do`);
	parent[last] = instead; // undefined counts as absent
	return copy;
}
