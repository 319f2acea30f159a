/** What a user changes of the host through the device API (spec: host 5). Absent: stays as it is. */
export interface HostConfigChange {
	/** Empty: the name that the device has by itself. */
	readonly hostname?: string;
	readonly proxy?: ProxyChange;
}

export type ProxyValue = string | number | boolean;

/** Nothing in it at all takes the proxy away; the list of hosts that are reached without it stays. */
export interface ProxyChange {
	/** Of the `redsocks` block, in their order. */
	readonly fields: Readonly<Record<string, ProxyValue>>;
	/** `true`: a public name server; a text: `address:port`; `false`: names are not asked for through the proxy. */
	readonly dns?: boolean | string;
	/** Empty: none. */
	readonly noProxy?: readonly string[];
}

/** As it is: what `GET /v1/device/host-config` shows below `network`. */
export interface HostConfigView {
	readonly hostname: string;
	readonly proxy?: Readonly<Record<string, string | number | readonly string[]>>;
}
