import type { RealEngine } from '../../support/real-engine.ts';
import type { Random } from '../../support/random.ts';
import { callEngine } from './engine-calls.ts';
import type { AppView, ServiceView } from './app-oracle.ts';

interface OutsideAction {
	readonly name: string;
	/** The engine may refuse while the object is just being created again; that is ignored. */
	run(): Promise<void>;
}

type Make = (access: {
	readonly call: (method: string, path: string, body?: object) => Promise<void>;
	readonly view: AppView;
	readonly service: ServiceView;
	readonly random: Random;
}) => () => Promise<void>;

const OTHER_POLICIES = ['no', 'on-failure', 'unless-stopped'];

/** What users do to the engine of a device when they are logged in on it. */
const ACTIONS: Readonly<Record<string, Make>> = {
	'rm -f a container':
		({ call, service }) =>
		() =>
			call('DELETE', `/containers/${service.id}?force=1`),
	'stop a container':
		({ call, service }) =>
		() =>
			call('POST', `/containers/${service.id}/stop`),
	'kill a container':
		({ call, service }) =>
		() =>
			call('POST', `/containers/${service.id}/kill`),
	'pause a container':
		({ call, service }) =>
		() =>
			call('POST', `/containers/${service.id}/pause`),
	'rename a container':
		({ call, service, random }) =>
		() =>
			call('POST', `/containers/${service.id}/rename?name=other-${random.below(1_000_000)}`),
	'change a restart policy': ({ call, service, random }) => {
		const Name = random.pick(OTHER_POLICIES);
		return () => call('POST', `/containers/${service.id}/update`, { RestartPolicy: { Name } });
	},
	'disconnect a container': ({ call, view, random }) => {
		const { network, members } = random.pick(view.networks);
		const Container = random.pick(members);
		return () => call('POST', `/networks/${network}/disconnect`, { Container, Force: true });
	},
	'empty a network and remove it': ({ call, view, random }) => {
		const { network, members } = random.pick(view.networks);
		return async () => {
			for (const Container of members)
				await call('POST', `/networks/${network}/disconnect`, { Container, Force: true });
			await call('DELETE', `/networks/${network}`);
		};
	},
	'rmi -f a name': ({ call, view, random }) => {
		const names = view.imageNames;
		const name = names.length === 0 ? 'nothing' : random.pick(names);
		return () => call('DELETE', `/images/${name}?force=1`);
	},
	'remove a volume': ({ call, view, random }) => {
		const volume = random.pick(view.unusedVolumes);
		return () => call('DELETE', `/volumes/${volume}`);
	},
};

export function chooseAction(engine: RealEngine, view: AppView, random: Random): OutsideAction {
	const name = random.pick(Object.keys(ACTIONS));
	const service = random.pick(view.services);
	const call = async (method: string, path: string, body?: object) => {
		await callEngine(engine.socketPath, method, path, body);
	};
	const run = ACTIONS[name]?.({ call, view, service, random });
	if (run === undefined) throw new Error(`there is no action ${name}`);
	return { name: `${name} (${service.service})`, run };
}
