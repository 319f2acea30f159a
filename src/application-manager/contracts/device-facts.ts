import type { RequirementType } from './contract.ts';

/** Known facts of the device. Facts that could not be read are absent, and no requirement about them is met. */
export interface ContractFacts {
	readonly supervisorVersion: string;
	readonly deviceType: string;
	readonly deviceArch: string;
	/** `VERSION` and `ID` of the host's os-release. */
	readonly osVersion?: string | undefined;
	readonly osSlug?: string | undefined;
	readonly kernelVersion?: string | undefined;
	readonly kernelSlug?: string | undefined;
	readonly l4tVersion?: string | undefined;
}

export interface Fact {
	readonly slug?: string;
	readonly version?: string;
}

/** One fact of each type at most (spec: planner 5.3). */
export function factsByType(facts: ContractFacts): Readonly<Record<RequirementType, Fact | undefined>> {
	const { l4tVersion, osSlug, osVersion, kernelSlug, kernelVersion } = facts;
	return {
		'sw.supervisor': { version: facts.supervisorVersion },
		'hw.device-type': { slug: facts.deviceType },
		'arch.sw': { slug: facts.deviceArch },
		'sw.l4t': l4tVersion === undefined ? undefined : { version: l4tVersion },
		'sw.os': namedVersion(osSlug, osVersion),
		'sw.kernel': namedVersion(kernelSlug, kernelVersion),
	};
}

function namedVersion(slug: string | undefined, version: string | undefined): Fact | undefined {
	return slug === undefined || version === undefined ? undefined : { slug, version };
}

/** From the output of `uname -s` and `uname -r`: `Linux`, `4.9.140-l4t-r32.4.2`. */
export function parseKernelFacts(uname: {
	readonly name: string;
	readonly release: string;
}): Pick<ContractFacts, 'kernelSlug' | 'kernelVersion' | 'l4tVersion'> {
	const kernelSlug = uname.name.trim().toLowerCase();
	const [kernelVersion] = /^\d+\.\d+\.\d+/.exec(uname.release.trim()) ?? [];
	const [, major, minor, patch = '0'] = /-l4t-r(\d+)\.(\d+)(?:\.(\d+))?/.exec(uname.release) ?? [];
	return {
		...(kernelSlug !== '' && { kernelSlug }),
		...(kernelVersion !== undefined && { kernelVersion }),
		...(major !== undefined && minor !== undefined && { l4tVersion: `${major}.${minor}.${patch}` }),
	};
}
