/** A change of the host through the device API (spec: host 5). Absent: unchanged. */
export interface HostConfigChange {
	/** Empty: the default name of the device. */
	readonly hostname?: string;
	readonly proxy?: ProxyChange;
}

export type ProxyValue = string | number | boolean;

/** An empty object removes the proxy and keeps the list of hosts that bypass it. */
export interface ProxyChange {
	/** Entries of the `redsocks` block, in order. */
	readonly fields: Readonly<Record<string, ProxyValue>>;
	/** `true`: a public name server; a text: `address:port`; `false`: DNS does not use the proxy. */
	readonly dns?: boolean | string;
	/** Empty: none. */
	readonly noProxy?: readonly string[];
}

/** The current state, as `GET /v1/device/host-config` shows it below `network`. */
export interface HostConfigView {
	readonly hostname: string;
	readonly proxy?: Readonly<Record<string, string | number | readonly string[]>>;
}
