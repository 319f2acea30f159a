import { findCause } from '../../domain/failure-cause.ts';
import type { HistoryEvent } from '../../domain/history.ts';
import type { ProposedStep } from '../../domain/plan.ts';
import { appOf, type RequestBody, type RequestNote } from '../../domain/request.ts';
import type { DeviceStatus } from '../../domain/status.ts';
import type { Step } from '../../domain/step.ts';
import type { StepEnd } from '../step-runner.ts';
import { nameOfApp } from './app-names.ts';

type Apps = Pick<DeviceStatus, 'current' | 'target'>;

/** How a step ended; nothing of one that was interrupted or only waits. */
export function describeStep(
	{ step, reason }: ProposedStep,
	end: StepEnd,
	{ durationMs, apps }: { readonly durationMs: number; readonly apps: Apps },
): readonly HistoryEvent[] {
	if (end.outcome === 'cancelled' || end.outcome === 'not-yet') {
		return [];
	}
	const appId = 'appId' in step ? step.appId : undefined;
	const serviceName = 'serviceName' in step ? step.serviceName : undefined;
	const seconds = Math.round(durationMs / 100) / 10;
	const details = { step: step.kind, reason, seconds };
	const what = `${wordsOf(step.kind)} ${objectOf(step, apps)}`.trim();
	const shared = { kind: 'step', event: end.outcome, appId, serviceName } as const;
	if (end.outcome !== 'failed') {
		return [{ ...shared, sentence: `${what}: done (${reason})`, details }];
	}
	const { message, code } = end.error;
	const cause = findCause(message);
	const failed: HistoryEvent = {
		...shared,
		sentence: `${what}: failed, ${cause?.sentence ?? message}`,
		details: { ...details, error: message, code },
	};
	return cause?.kind === 'disk-full'
		? [failed, { kind: 'storage', event: 'full', sentence: cause.sentence }]
		: [failed];
}

/** `createContainer` → `create container` */
function wordsOf(kind: Step['kind']): string {
	return kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** As its user calls it; without values of variables. */
function objectOf(step: Step, apps: Apps): string {
	if ('serviceName' in step) {
		return `of ${step.serviceName}`;
	}
	switch (step.kind) {
		case 'pullImage':
			return step.reference;
		case 'createNetwork':
			return step.network.networkName;
		case 'removeNetwork':
			return step.networkName;
		case 'createVolume':
			return step.volume.volumeName;
		case 'removeVolume':
			return step.volumeName;
		case 'changeSettings':
			return Object.keys(step.settings).join(', ');
		case 'changeBootConfig':
			return step.backends.join(', ');
		case 'cleanupVolume':
		case 'forgetImage':
			return step.name;
		default:
			return 'appId' in step ? `of ${nameOfApp(step.appId, apps)}` : '';
	}
}

const ASKED: Readonly<Record<RequestBody['kind'], string>> = {
	restartApp: 'restart',
	purgeApp: 'purge',
	restartService: 'restart',
	stopService: 'stop',
	startService: 'start',
	cleanupVolumes: 'clean-up of volumes',
	changeHostConfig: 'change of hostname or proxy',
	reboot: 'reboot',
	shutdown: 'shutdown',
};

/** A request was asked for, or has ended. */
export function describeRequest({ id, body, force, asker, outcome }: RequestNote, apps: Apps): HistoryEvent {
	const appId = appOf(body);
	const serviceName = 'serviceName' in body ? body.serviceName : undefined;
	const object = serviceName ?? (appId === undefined ? undefined : nameOfApp(appId, apps));
	const what = `${ASKED[body.kind]}${object === undefined ? '' : ` of ${object}`}`;
	const shared = { kind: 'request', appId, serviceName } as const;
	const details = { request: id, operation: body.kind, asked_by: asker, force };
	switch (outcome?.kind) {
		case undefined:
			return { ...shared, event: 'asked', sentence: `${what}: asked by ${sayAsker(asker)}`, details };
		case 'done':
			return { ...shared, event: 'done', sentence: `${what}: done`, details };
		case 'superseded':
			return { ...shared, event: 'superseded', sentence: `${what}: superseded by a later request`, details };
		case 'failed': {
			const { code, message } = outcome;
			return { ...shared, event: 'failed', sentence: `${what}: failed, ${message}`, details: { ...details, code } };
		}
	}
}

/** `device`, `app:5`, `none`: which key was shown. */
function sayAsker(asker: string | undefined): string {
	if (asker === 'device') {
		return 'the key of the device';
	}
	const appId = asker?.startsWith('app:') === true ? asker.slice('app:'.length) : undefined;
	return appId === undefined ? 'a caller without a key' : `a key of app ${appId}`;
}
