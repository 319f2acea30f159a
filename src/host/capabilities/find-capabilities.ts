import type { Finding, Findings } from '../../domain/capability.ts';
import type { CurrentBoot } from '../../domain/device-config.ts';
import type { EngineFacts, ReadEngineFacts } from '../../ports/engine-facts.ts';
import type { HostAbilities } from '../../ports/host-abilities.ts';
import { OperationalError } from '../../ports/operational-error.ts';
import type { IpFamily } from '../../ports/packet-filter.ts';

export interface CapabilitySources {
	readonly engine: ReadEngineFacts;
	readonly isJournalRead: () => Promise<boolean>;
	readonly abilities: HostAbilities;
	readonly boot: { observe(): Promise<CurrentBoot> };
	/** The build of the host OS, of os-release. */
	readonly hostBuild: () => Promise<string | undefined>;
	/** Why the rules of this family are not in force; `undefined`: they are. */
	readonly firewallProblem: (family: IpFamily) => string | undefined;
}

/** One unit each, by its new and its old name. */
const HOSTNAME_UNITS = ['balena-hostname.service', 'resin-hostname.service'];
const VPN_UNITS = ['openvpn.service'];
const MDNS_UNITS = ['avahi-daemon.service'];

const CLOCK_UNSET = 'no time server has set it yet';

/** The system says so; a system that says nothing may have a good clock. */
export function isClockUnset({ 'synchronised clock': clock }: Findings): boolean {
	return clock?.detail === CLOCK_UNSET;
}

export async function findEngineCapabilities({ engine }: Pick<CapabilitySources, 'engine'>): Promise<Findings> {
	let facts: EngineFacts;
	try {
		facts = await engine();
	} catch (error) {
		if (!(error instanceof OperationalError)) {
			throw error;
		}
		return { engine: missing(error.message) };
	}
	return {
		engine: available(describeEngine(facts)),
		deltas: available([]), // every engine exports and loads images, which is all that patching needs
		'memory limits': limit(facts.limitsMemory),
		'swap limits': limit(facts.limitsSwap),
		GPUs: facts.gpuSources.length > 0 ? available(facts.gpuSources) : missing('no runtime and no CDI specification'),
	};
}

export async function findHostCapabilities(sources: CapabilitySources): Promise<Findings> {
	const { isJournalRead, hostBuild, firewallProblem, boot } = sources;
	return {
		journal: (await isJournalRead()) ? available([]) : missing('journalctl reads no entry'),
		...(await findBusCapabilities(sources, await hostBuild())),
		'boot configuration': await findBoot(boot),
		'firewall IPv4': inForce(firewallProblem('v4')),
		'firewall IPv6': inForce(firewallProblem('v6')),
	};
}

async function findBusCapabilities({ abilities }: CapabilitySources, build: string | undefined): Promise<Findings> {
	const version = await findOne(abilities.systemdVersion(), (text) => available([text]));
	const of = async (units: readonly string[]) => (version.isAvailable ? findUnit(abilities, units) : version);
	return {
		systemd: version,
		reboot: await findOne(abilities.canReboot(), (answer) =>
			answer === 'yes' ? available([]) : missing(`logind answers "${answer}"`),
		),
		hostname: await of(HOSTNAME_UNITS),
		VPN: await of(VPN_UNITS),
		mDNS: await of(MDNS_UNITS),
		'synchronised clock': await findOne(abilities.isClockSynchronised(), (is) =>
			is ? available([]) : missing(CLOCK_UNSET),
		),
		'host update':
			build === undefined
				? missing('os-release names no build')
				: version.isAvailable
					? available([build])
					: missing('it needs systemd'),
	};
}

async function findUnit(abilities: HostAbilities, units: readonly string[]): Promise<Finding> {
	for (const unit of units) {
		const found = await findOne(abilities.hasUnit(unit), (has) => (has ? available([unit]) : missing('')));
		if (found.isAvailable || found.detail !== '') {
			return found;
		}
	}
	return missing(`there is no ${units.join(' and no ')}`);
}

async function findBoot(boot: CapabilitySources['boot']): Promise<Finding> {
	return findOne(boot.observe(), ({ backends }) =>
		backends.length > 0 ? available(backends.map(({ name }) => name)) : missing('none is known for this device type'),
	);
}

async function findOne<T>(asked: Promise<T>, judge: (answer: T) => Finding): Promise<Finding> {
	try {
		return judge(await asked);
	} catch (error) {
		if (!(error instanceof OperationalError)) {
			throw error;
		}
		return missing(error.message);
	}
}

function available(details: readonly string[]): Finding {
	return details.length === 0 ? { isAvailable: true } : { isAvailable: true, detail: details.join(', ') };
}

function missing(detail: string): Finding {
	return { isAvailable: false, detail };
}

function limit(isSupported: boolean | undefined): Finding {
	return isSupported === false ? missing('the kernel has no such control group') : available([]);
}

function inForce(problem: string | undefined): Finding {
	return problem === undefined ? available([]) : missing(problem);
}

function describeEngine({ version, apiVersion, storageDriver, cgroupVersion }: EngineFacts): readonly string[] {
	const parts: readonly (readonly [string, string | undefined])[] = [
		['', version],
		['API ', apiVersion],
		['', storageDriver],
		['cgroup v', cgroupVersion],
	];
	return parts.flatMap(([prefix, value]) => (value === undefined ? [] : [`${prefix}${value}`]));
}
