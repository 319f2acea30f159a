import type { Issue } from '../../domain/issue.ts';
import type { TargetApp, TargetRelease } from '../../domain/target.ts';
import type { ContractFacts } from './device-facts.ts';
import { evaluateContracts, type MalformedContract, type ServiceVerdict } from './evaluate-contracts.ts';

/** A line of the user's log. */
interface ContractMessage {
	readonly message: string;
	readonly isError: boolean;
}

/** An app with a contract that cannot be read. */
export interface RefusedApp {
	readonly appUuid: string;
	/** Paths are relative to the target of the device. */
	readonly issues: readonly Issue[];
	/** For the user, one for each such service; the first is appended to `Could not move to new release: `. */
	readonly lines: readonly string[];
}

/**
 * The apps to store. If one of them is refused, nothing of the target may be stored (spec: planner 5.3), and notices
 * about the others are not for the user either.
 */
interface AppliedContracts {
	readonly apps: readonly TargetApp[];
	readonly refused: readonly RefusedApp[];
	readonly messages: readonly ContractMessage[];
}

type AppOutcome =
	| { readonly state: 'kept'; readonly app: TargetApp; readonly dropped: readonly string[] }
	| { readonly state: 'rejected'; readonly app: TargetApp; readonly unmet: readonly string[] }
	| { readonly state: 'refused'; readonly refusal: RefusedApp };

/** Whether each app of a target can run on this device (spec: planner 5.4). */
export function applyContracts(apps: readonly TargetApp[], facts: ContractFacts): AppliedContracts {
	const outcomes = apps.map((app) => judgeApp(app, facts));
	const dropped = outcomes.flatMap((outcome) => (outcome.state === 'kept' ? [outcome.dropped] : []));
	const rejected = outcomes.filter((outcome) => outcome.state === 'rejected');
	return {
		apps: outcomes.flatMap((outcome) => (outcome.state === 'refused' ? [] : [outcome.app])),
		refused: outcomes.flatMap((outcome) => (outcome.state === 'refused' ? [outcome.refusal] : [])),
		messages: [
			...dropped.filter((names) => names.length > 0).map(messageOfDropped),
			...(rejected.length > 0 ? [messageOfRejected(rejected)] : []),
		],
	};
}

function judgeApp(app: TargetApp, facts: ContractFacts): AppOutcome {
	if (app.release === undefined) {
		return { state: 'kept', app: { ...app, rejected: false }, dropped: [] };
	}
	const verdict = evaluateContracts(app.release.services, facts);
	switch (verdict.state) {
		case 'malformed':
			return { state: 'refused', refusal: refuseApp(app, verdict.malformed) };
		case 'rejected':
			return { state: 'rejected', app: { ...app, rejected: true }, unmet: unmetNames(verdict.services) };
		case 'accepted': {
			const dropped = unmetNames(verdict.services);
			const release = dropServices(app.release, dropped);
			return { state: 'kept', app: { ...app, rejected: false, release }, dropped };
		}
	}
}

function unmetNames(services: readonly ServiceVerdict[]): readonly string[] {
	return services.filter(({ unmet }) => unmet.length > 0).map(({ serviceName }) => serviceName);
}

function dropServices(release: TargetRelease, names: readonly string[]): TargetRelease {
	const left = Object.entries(release.services).filter(([name]) => !names.includes(name));
	return { ...release, services: Object.fromEntries(left) };
}

function refuseApp(app: TargetApp, malformed: readonly MalformedContract[]): RefusedApp {
	return {
		appUuid: app.appUuid,
		issues: malformed.flatMap((service) => issuesOf(app, service)),
		lines: malformed.map(({ serviceName, issues }) => {
			const reason = issues[0]?.message ?? '';
			return `The contract for service ${serviceName} failed validation, with error: ${reason}`;
		}),
	};
}

function issuesOf({ appUuid, release }: TargetApp, { serviceName, issues }: MalformedContract): readonly Issue[] {
	const contract = `apps.${appUuid}.releases.${release?.commit ?? ''}.services.${serviceName}.contract`;
	return issues.map(({ path, message }) => ({ path: path === '' ? contract : `${contract}.${path}`, message }));
}

function messageOfDropped(names: readonly string[]): ContractMessage {
	return { message: `Not running containers because of contract violations: ${names.join('. ')}`, isError: false };
}

function messageOfRejected(
	apps: readonly { readonly app: TargetApp; readonly unmet: readonly string[] }[],
): ContractMessage {
	const lines = apps.map(({ app, unmet }) => `  ${app.appName}: Services with unmet requirements: ${unmet.join(', ')}`);
	return {
		message: ['Some releases were rejected due to having unmet requirements:', ...lines].join('\n'),
		isError: true,
	};
}
