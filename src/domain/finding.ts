import type { WaitReason } from './plan.ts';

/** What was found in the last pass: a step that waits, a rejection, a problem, or a service that is not well. */
export type Finding =
	| WaitReason
	| { readonly kind: 'unseen' | ProblemKind; readonly path: string; readonly message: string }
	| {
			readonly kind: 'restarting';
			readonly containerId: string;
			readonly exitCode: number;
			readonly error: string;
	  }
	| { readonly kind: 'ended'; readonly exitCode: number; readonly error: string }
	| { readonly kind: 'unhealthy' }
	| CloudFinding;

/** What no step solves. */
export type ProblemKind = 'rejected' | 'unreadable' | 'volume-differs' | 'host-os' | 'supervisor';

/** What the device asks of its cloud. */
export type CloudCall = 'register' | 'target' | 'report';

/** Between the device and its cloud. No step waits for it: the stored target is in force. */
export type CloudFinding =
	/** No answer, or one that the cloud itself would not give. */
	| ({ readonly kind: 'cloud-away' } & CloudFailure)
	/** The cloud answers, and does not do it. */
	| ({ readonly kind: 'cloud-refuses' } & CloudFailure)
	/** Only these parts of the report are refused; the rest has arrived. */
	| { readonly kind: 'report-part-refused'; readonly parts: readonly string[] }
	/** What the cloud sent is no target, or holds a contract that cannot be read. */
	| { readonly kind: 'target-unusable'; readonly lines: readonly string[] };

interface CloudFailure {
	readonly call: CloudCall;
	/** For people. */
	readonly problem: string;
	/** Of HTTP; absent without an answer. */
	readonly status?: number;
	/** The beginning of the answer, or the error of the connection. */
	readonly said?: string;
}

/** What a reason is about. Without an app: the device. */
export interface Subject {
	readonly appId?: number | undefined;
	readonly serviceName?: string | undefined;
}

/** Where a subject stands (spec: v3-api 3.1). */
export type SubjectState = 'on_target' | 'changing' | 'waiting' | 'failing' | 'stopped' | 'rejected' | 'unknown';
