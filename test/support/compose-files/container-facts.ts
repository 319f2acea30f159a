import { expect } from 'chai';
import type { Facts } from './read-files.ts';

/** As much of a create call, and of an inspection, as facts are about. */
export interface MadeContainer {
	readonly Config: {
		readonly Env: readonly string[];
		readonly Labels: Readonly<Record<string, string>>;
		readonly Volumes?: Readonly<Record<string, object>> | null;
	};
	readonly HostConfig: {
		readonly RestartPolicy: { readonly Name: string; readonly MaximumRetryCount: number };
		readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>>;
		readonly Binds: readonly string[] | null;
		readonly Mounts?: readonly MadeMount[] | null;
		readonly Tmpfs?: Readonly<Record<string, string>> | null;
		readonly CapAdd: readonly string[] | null;
		readonly Devices: readonly { readonly PathInContainer: string; readonly CgroupPermissions: string }[] | null;
	};
	/** By engine name. */
	readonly networks: Readonly<Record<string, { readonly IPAMConfig?: { readonly IPv4Address?: string } | null }>>;
}

interface MadeMount {
	readonly Type: string;
	readonly Source?: string;
	readonly Target: string;
	readonly ReadOnly?: boolean;
	readonly VolumeOptions?: { readonly NoCopy?: boolean };
	readonly TmpfsOptions?: { readonly SizeBytes?: number };
}

interface AppNames {
	readonly appId: number;
	readonly appUuid: string;
	/** The service whose container has the id. */
	readonly serviceOf: (containerId: string) => string | undefined;
	/** Not what the engine of this machine made of it. */
	readonly isCreateCall?: boolean;
}

const LOCKS = '/tmp/balena-supervisor/services/';

/** Fails with the first fact that is not so. */
export function checkFacts(title: string, facts: Facts, made: MadeContainer, names: AppNames): void {
	const { environment, labels, engine = {}, asked = {}, ...others } = facts;
	const actual: Readonly<Record<string, unknown>> = {
		restart: restartOf(made),
		ports: portsOf(made),
		mounts: mountsOf(made, names),
		networks: networksOf(made, names),
		devices: (made.HostConfig.Devices ?? []).map((at) => `${at.PathInContainer} ${at.CgroupPermissions}`).sort(),
		caps: (made.HostConfig.CapAdd ?? []).map((name) => name.toUpperCase().replace(/^CAP_/, '')).sort(),
	};
	for (const [fact, expected] of Object.entries(others)) {
		const wanted = Array.isArray(expected) ? [...expected].sort() : expected;
		expect(actual[fact], `${title}: ${fact}`).to.deep.equal(wanted);
	}
	const variables = Object.fromEntries(made.Config.Env.map((line) => splitAt(line, '=')));
	expect(variables, `${title}: environment`).to.include(environment ?? {});
	expect(made.Config.Labels, `${title}: labels`).to.include(labels ?? {});
	for (const [path, expected] of Object.entries({ ...engine, ...(names.isCreateCall === true && asked) })) {
		expect(valueAt(made, path, names), `${title}: ${path}`).to.deep.equal(expected);
	}
}

function restartOf({ HostConfig }: MadeContainer): string {
	const { Name, MaximumRetryCount } = HostConfig.RestartPolicy;
	return MaximumRetryCount === 0 ? Name : `${Name}:${MaximumRetryCount}`;
}

function portsOf({ HostConfig }: MadeContainer): readonly string[] {
	const bindings = Object.entries(HostConfig.PortBindings).flatMap(([internal, list]) =>
		list.map(({ HostIp, HostPort }) => {
			const host = HostIp.includes(':') ? `[${HostIp}]` : HostIp;
			return `${host === '' ? '' : `${host}:`}${HostPort}->${internal}`;
		}),
	);
	return bindings.sort();
}

function mountsOf({ Config, HostConfig }: MadeContainer, { appId }: AppNames): readonly string[] {
	const own = (name = '') => (name.startsWith(`${appId}_`) ? name.slice(`${appId}_`.length) : name);
	const binds = (HostConfig.Binds ?? []).filter((bind) => !bind.startsWith(LOCKS)).map(own);
	const long = (HostConfig.Mounts ?? []).map(({ Type, Source, Target, ReadOnly, VolumeOptions, TmpfsOptions }) => [
		...(Type === 'tmpfs' ? ['tmpfs'] : Source === undefined ? [] : [own(Source)]),
		Target,
		...(ReadOnly === true ? ['ro'] : []),
		...(VolumeOptions?.NoCopy === true ? ['nocopy'] : []),
		...(TmpfsOptions?.SizeBytes === undefined ? [] : [`size=${TmpfsOptions.SizeBytes}`]),
	]);
	const tmpfs = Object.entries(HostConfig.Tmpfs ?? {}).map((parts) => [
		'tmpfs',
		...parts.filter((part) => part !== ''),
	]);
	const named = [...binds, ...[...long, ...tmpfs].map((parts) => parts.join(':'))];
	const taken = new Set(named.map((mount) => mount.split(':')[1]));
	const anonymous = Object.keys(Config.Volumes ?? {}).filter((path) => !taken.has(path));
	return [...named, ...anonymous].sort();
}

/** What starts in the host's network, or in none, has an entry of that name on the engine. */
function networksOf({ networks }: MadeContainer, { appUuid }: AppNames): Readonly<Record<string, string>> {
	const own = Object.entries(networks).filter(([name]) => !['host', 'none', 'bridge'].includes(name));
	return Object.fromEntries(
		own.map(([name, { IPAMConfig }]) => [name.replace(`${appUuid}_`, ''), IPAMConfig?.IPv4Address ?? '']),
	);
}

function valueAt(made: MadeContainer, path: string, { appUuid, serviceOf }: AppNames): unknown {
	const value = path.split('.').reduce<unknown>(
		// Parts of the engine's own form; a part that is not there is what the fact then shows.
		(at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key],
		made,
	);
	if (typeof value !== 'string') return value;
	const [kind, id] = splitAt(value, ':');
	return kind === 'container' ? `service:${String(serviceOf(id))}` : value.replace(`${appUuid}_`, '');
}

function splitAt(text: string, separator: string): readonly [string, string] {
	const at = text.indexOf(separator);
	return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
