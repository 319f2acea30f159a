import { findCause } from '../../domain/failure-cause.ts';
import type { CloudFinding, Finding } from '../../domain/finding.ts';
import type { Issue } from '../../domain/issue.ts';
import type { UnmetRequirement } from '../../domain/target.ts';

/** Where a service sees the lock of its updates (spec: device-api 7.1). */
const LOCK_FILE = '/tmp/balena/updates.lock';

/** Of a release that is refused: a finding holds only the first. */
export interface Refusal {
	readonly issues: readonly Issue[];
	readonly unmet: readonly UnmetRequirement[];
}

/** `locked_by_user`: kinds of ours and of steps as v3 writes them. */
export function snakeOf(kind: string): string {
	return kind.replaceAll('-', '_').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What is known beside the kind of a reason; the compiler asks for each new kind. */
export function dataOf(finding: Finding, refusal?: Refusal): Readonly<Record<string, unknown>> {
	switch (finding.kind) {
		case 'busy':
		case 'engine':
		case 'taking-locks':
		case 'postponed':
		case 'unhealthy':
			return {};
		case 'backoff':
			return { failures: finding.failures, error: finding.error, cause: causeOf(finding.error) };
		case 'not-yet':
			return { waits_for: finding.because };
		case 'stuck':
			return { fields: finding.differences.map(({ field }) => field) };
		case 'limit':
			return { of: finding.of };
		case 'image':
			return { services: finding.services };
		case 'network':
		case 'volume':
			return { name: finding.name };
		case 'dependency':
			return { service: finding.service, condition: finding.condition };
		case 'container':
			return { service: finding.serviceName };
		case 'locked-by-user':
			return { holder: holderOf(finding.error) };
		case 'given-up':
			return { attempts: finding.attempts, error: finding.error, cause: causeOf(finding.error) };
		case 'ineffective':
			return { reboots: finding.reboots };
		case 'crash-loop':
			return { exit_code: finding.exitCode, restarts: finding.restarts, ...errorOf(finding) };
		case 'restarting':
		case 'ended':
			return { exit_code: finding.exitCode, ...errorOf(finding) };
		case 'unseen':
			return { error: finding.message };
		case 'rejected':
			return describeRefusal(finding, refusal);
		case 'unreadable':
		case 'volume-differs':
		case 'host-os':
		case 'supervisor':
			return { path: finding.path, message: finding.message };
		default:
			return dataOfCloud(finding);
	}
}

function dataOfCloud(finding: CloudFinding): Readonly<Record<string, unknown>> {
	switch (finding.kind) {
		case 'cloud-away':
		case 'cloud-refuses': {
			const { call, problem, status = null, said = null } = finding;
			return { call, problem, status, answer: said };
		}
		case 'report-part-refused':
			return { parts: finding.parts };
		case 'target-unusable':
			return { messages: finding.lines };
	}
}

/** The text of the last failure, as it came. */
export function lastErrorOf(finding: Finding): string | null {
	if (finding.kind === 'unseen') {
		return finding.message;
	}
	return 'error' in finding && finding.error !== '' ? finding.error : null;
}

function describeRefusal({ path, message }: Issue, refusal: Refusal | undefined): Readonly<Record<string, unknown>> {
	const { issues = [{ path, message }], unmet = [] } = refusal ?? {};
	const requirements = unmet.map(({ serviceName: service, requirement, wanted, has }) => ({
		...{ service, requirement, wanted, has },
	}));
	return { issues: issues.map((issue) => ({ path: issue.path, message: issue.message })), requirements };
}

interface LockView {
	readonly service: string;
	readonly file: string;
}

/** The update locks of users that a finding names. */
export function viewLocks(finding: Finding): readonly LockView[] {
	const holder = finding.kind === 'locked-by-user' ? holderOf(finding.error) : null;
	return holder === null ? [] : [holder];
}

/** Clients match the text of the error, so it is the place where the service stands (spec: planner 9). */
function holderOf(error: string): LockView | null {
	const service = /\bservice: ([\w.-]+) \}/.exec(error)?.[1];
	return service === undefined ? null : { service, file: LOCK_FILE };
}

function causeOf(error: string): string | null {
	return findCause(error)?.kind.replaceAll('-', '_') ?? null;
}

function errorOf({ error }: { readonly error: string }): { readonly error?: string } {
	return error === '' ? {} : { error };
}
