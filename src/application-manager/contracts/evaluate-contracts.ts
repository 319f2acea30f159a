import type { Issue } from '../../domain/issue.ts';
import type { TargetService, UnmetRequirement } from '../../domain/target.ts';
import { hasFeature } from '../compose/labels.ts';
import { describeUnmet, holds, type Facts } from './check-requirement.ts';
import type { Contract } from './contract.ts';
import { factsByType, type ContractFacts } from './device-facts.ts';
import { parseContract } from './parse-contract.ts';

export interface ServiceVerdict {
	readonly serviceName: string;
	/** The release runs without this service too. */
	readonly isOptional: boolean;
	readonly contract?: Contract;
	/** Empty: this device can run the service. */
	readonly unmet: readonly UnmetRequirement[];
}

/** A contract that cannot be read; paths are relative to the contract. */
export interface MalformedContract {
	readonly serviceName: string;
	readonly issues: readonly Issue[];
}

/** The services of one release. A required service that cannot run rejects the release. */
type ContractVerdict =
	| { readonly state: 'accepted' | 'rejected'; readonly services: readonly ServiceVerdict[] }
	| { readonly state: 'malformed'; readonly malformed: readonly MalformedContract[] };

export type ContractedService = Pick<TargetService, 'labels' | 'contract'>;

/** Whether this device can run the services of a release (spec: planner 5.3). */
export function evaluateContracts(
	services: Readonly<Record<string, ContractedService>>,
	device: ContractFacts,
): ContractVerdict {
	const facts = factsByType(device);
	const verdicts: ServiceVerdict[] = [];
	const malformed: MalformedContract[] = [];
	for (const [serviceName, service] of Object.entries(services)) {
		const verdict = judgeService(serviceName, service, facts);
		if ('issues' in verdict) {
			malformed.push(verdict);
		} else {
			verdicts.push(verdict);
		}
	}
	if (malformed.length > 0) {
		return { state: 'malformed', malformed };
	}
	const isRejected = verdicts.some(({ unmet, isOptional }) => unmet.length > 0 && !isOptional);
	return { state: isRejected ? 'rejected' : 'accepted', services: verdicts };
}

/** Why a stored release is rejected: only that it is so is stored. None if it would be accepted now. */
export function findUnmet(
	services: Readonly<Record<string, ContractedService>>,
	device: ContractFacts,
): readonly UnmetRequirement[] {
	const verdict = evaluateContracts(services, device);
	return verdict.state === 'rejected'
		? verdict.services.filter(({ isOptional }) => !isOptional).flatMap(({ unmet }) => unmet)
		: [];
}

function judgeService(
	serviceName: string,
	{ labels, contract }: ContractedService,
	facts: Facts,
): ServiceVerdict | MalformedContract {
	const isOptional = hasFeature(labels, 'optional');
	if (contract === undefined || contract === null) {
		return { serviceName, isOptional, unmet: [] };
	}
	const parsed = parseContract(contract);
	if (!parsed.ok) {
		return { serviceName, issues: parsed.issues };
	}
	const unmet = parsed.value.requires
		.filter((requirement) => !holds(requirement, facts))
		.map((requirement) => ({ serviceName, ...describeUnmet(requirement, facts) }));
	return { serviceName, isOptional, contract: parsed.value, unmet };
}
