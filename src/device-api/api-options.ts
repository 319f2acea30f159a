import type { IncomingHttpHeaders } from 'node:http';
import type { HostConfigView } from '../domain/host-config.ts';
import type { LocalLogLine } from '../domain/log-message.ts';
import type { DeviceStatus } from '../domain/status.ts';
import type { TargetApp } from '../domain/target.ts';
import type { JournalReader } from '../ports/journal.ts';
import type { Log } from '../ports/log.ts';
import type { Access } from './access.ts';
import type { AnswerListener, AuthenticationOptions } from './middleware.ts';
import type { Operations } from './operations.ts';
import type { PlanOptions } from './v3/plan/plan-routes.ts';
import type { V3Options } from './v3/v3-options.ts';
import type { PastOptions } from './v3/past/past-options.ts';
import type { LocalTargetFacts } from './views/local-target.ts';

export interface DeviceFacts {
	/** Always `listenPort`, never the override. */
	readonly apiPort: number;
	readonly version: string;
	readonly osVersion?: string;
	readonly ipAddress?: string;
	readonly macAddress?: string;
}

export interface ApiOptions {
	readonly authentication: AuthenticationOptions;
	/** The device's own names in the network, in any letter case and without a domain. */
	readonly deviceNames: () => Promise<readonly string[]>;
	/** Whether our own loops are alive (decision D3). */
	readonly isHealthy: () => Promise<boolean>;
	readonly status: () => DeviceStatus | undefined;
	/** Apps stored as target, of all sources: in local mode also those of the cloud. */
	readonly targetApps: () => Promise<readonly TargetApp[]>;
	readonly facts: () => Promise<DeviceFacts>;
	/** Fetches the target and applies it. `false`: neither forced nor enabled by the settings, so nothing happens. */
	readonly update: (options: { readonly force: boolean }) => Promise<boolean>;
	readonly operations: Operations;
	readonly blink: () => void;
	/** Replaces the caller's key; `undefined` if the key is unknown. */
	readonly regenerateKey: (url: string, headers: IncomingHttpHeaders) => Promise<string | undefined>;
	readonly deviceName: () => Promise<string>;
	/** Rejects if the device does not know. */
	readonly deviceInfo: () => Promise<{ readonly arch: string; readonly deviceType: string }>;
	readonly hostConfig: () => Promise<HostConfigView>;
	readonly vpn: () => Promise<{ readonly enabled: boolean; readonly connected: boolean }>;
	readonly tags: {
		list(): Promise<
			| { readonly tags: readonly { readonly id: number; readonly name: string; readonly value: string }[] }
			| { readonly message: string }
		>;
		set(tags: Readonly<Record<string, string>>): Promise<void>;
	};
	readonly local: {
		readonly isOn: () => Promise<boolean>;
		readonly readTarget: () => Promise<LocalTargetFacts>;
		/** When it resolves, the device counts as busy with the request. */
		readonly setTarget: (
			input: unknown,
			options: { readonly force: boolean },
		) => Promise<{ readonly stored: true } | { readonly stored: false; readonly lines: readonly string[] }>;
		/** Sends a greeting, and then every line for the user, until the signal aborts. */
		readonly logs: (signal: AbortSignal) => AsyncIterable<LocalLogLine>;
	};
	readonly v3: V3Options;
	readonly plan: PlanOptions;
	readonly metrics: {
		/** `accept`: the header. Shown is what the key covers: without the device, its services only. */
		render(
			accept: string | undefined,
			access: Pick<Access, 'covers' | 'coversDevice'>,
		): Promise<{ readonly contentType: string; readonly text: string }>;
		/** After each answer of the API. */
		readonly answered: AnswerListener;
	};
	readonly journal: JournalReader;
	readonly past: PastOptions;
	/** The OpenAPI document, as JSON. Rejects if the file is missing. */
	readonly readDocument: () => Promise<string>;
	/** A file of the page, as text: its document, script, style or icon. Rejects if the file is missing. */
	readonly readPageFile: (name: string) => Promise<string>;
	/** Requests have used memory that can be freed. */
	readonly collectSoon: () => void;
	readonly log: Log;
	readonly now: () => number;
	/** For people. */
	readonly wall: () => Date;
	/** Hides the keys of the device in texts of others. */
	readonly redact: (text: string) => string;
}
