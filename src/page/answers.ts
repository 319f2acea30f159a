/** What the page reads of the answers of v3; docs/openapi.json has all of it. */

export interface Status {
	readonly status: string;
	readonly since: string | null;
	readonly sentence: string;
	readonly apps: Readonly<Record<string, AppStatus>>;
}

export interface AppStatus {
	readonly name: string;
	readonly status: string;
	readonly release: string | null;
	readonly wanted_release: string | null;
	readonly sentence: string;
}

/** One subject of `GET /v3/explain`, with what it consists of. */
export interface Explanation {
	readonly subject: string;
	readonly app?: string;
	readonly service?: string;
	readonly state: string;
	readonly since: string | null;
	readonly sentence: string;
	readonly differences: readonly { readonly field: string; readonly is: string; readonly should: string }[];
	readonly steps: readonly { readonly kind: string; readonly reason: string; readonly state: string }[];
	readonly ends_when: string | null;
	readonly last_error: string | null;
	readonly help: string | null;
	readonly parts: readonly Explanation[];
}

export interface Service {
	readonly image?: string;
	readonly status: string;
	readonly started: string | null;
	readonly health: string | null;
	readonly exit_code: number | null;
	readonly restart_count: number;
	readonly container: { readonly id: string; readonly name: string } | null;
	readonly config: { readonly port_maps?: readonly PortMap[] };
}

interface PortMap {
	readonly internalStart: number;
	readonly internalEnd: number;
	readonly externalStart: number;
	readonly externalEnd: number;
	readonly protocol: string;
	readonly host?: string;
}

export interface App {
	readonly id: number;
	readonly name: string;
	readonly is_host: boolean;
	readonly status: string;
	readonly releases: Readonly<
		Record<string, { readonly installed: boolean; readonly services: Readonly<Record<string, Service>> }>
	>;
}

interface Size {
	readonly total: number;
	readonly available: number;
}

export interface Device {
	readonly uuid: string | null;
	readonly name: string;
	readonly apps: Readonly<Record<string, App>>;
	readonly host: {
		readonly os: { readonly name: string | null; readonly version: string | null };
		readonly kernel: string;
		readonly arch: string;
		readonly device_type: string;
		readonly booted_at: string | null;
		readonly memory: Size | null;
		readonly storage: Size | null;
		readonly cpu: { readonly usage: number | null };
		readonly temperature: number | null;
		readonly addresses: { readonly ip: readonly string[] };
	};
	readonly supervisor: { readonly version: string };
	readonly capabilities: readonly {
		readonly name: string;
		readonly available: boolean;
		readonly detail: string | null;
		readonly without_it?: string;
	}[];
	readonly cloud: { readonly endpoint: string | null; readonly connected: boolean | null };
}

/** Event `progress` of `GET /v3/events`. */
export interface Progress {
	readonly image: string;
	readonly percent: number;
}

/** One line of `GET /v3/logs`. */
export interface LogLine {
	readonly serviceName?: string;
	readonly message: string;
	readonly isStdErr?: boolean;
	readonly timestamp?: number;
}

/** One row of `GET /v3/history`. */
export interface HistoryEntry {
	readonly id: number;
	readonly kind: string;
	readonly event: string;
	readonly at: string;
	readonly count?: number;
	readonly first_at?: string;
	readonly clock?: string;
	readonly service?: string;
	readonly sentence: string;
	readonly details?: Readonly<Record<string, unknown>>;
}

export interface HistoryPage {
	readonly events: readonly HistoryEntry[];
	/** There are older ones. */
	readonly next?: number;
}

interface ServiceName {
	readonly app: string;
	readonly service: string;
}

interface Issue {
	readonly path: string;
	readonly message: string;
}

/** Answer to `POST /v3/plan`. */
export interface Plan {
	readonly steps: readonly PlannedStep[];
	readonly restarts: readonly ServiceName[];
	readonly stops: readonly ServiceName[];
	readonly removes: { readonly volumes: readonly string[]; readonly networks: readonly string[] };
	readonly downloads: readonly { readonly image: string }[];
	readonly needs: { readonly locks: readonly ServiceName[]; readonly reboot: boolean };
	readonly refused: readonly Issue[];
	readonly ignored: readonly Issue[];
	readonly settled: boolean;
}

export interface PlannedStep {
	readonly order: number;
	readonly kind: string;
	readonly subject: string;
	readonly reason: string;
	readonly differences?: readonly { readonly field: string; readonly is: string; readonly should: string }[];
	readonly disruptive: boolean;
}
