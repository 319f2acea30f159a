/** The observed configuration of the device: settings, boot files, VPN (spec: config 5, host 3). */

export type SettingValue = string | number | boolean;

/** The value of each setting that a variable sets, and whether the device is `unmanaged`. */
export type CurrentSettings = Readonly<Record<string, SettingValue | null | undefined>>;

/** Splash images; `undefined` for a file that is missing. */
export interface SplashImages {
	readonly active: Uint8Array | undefined;
	readonly factory: Uint8Array | undefined;
}

/** The content of each boot backend: the text of a file (`undefined` without one), bytes, an object. */
export interface BootContents {
	readonly extlinux: string | undefined;
	readonly extra_uEnv: string | undefined;
	readonly 'config.txt': string | undefined;
	readonly 'config-fs': string | undefined;
	/** The bytes at the offsets of the boot device. */
	readonly odmdata: readonly number[];
	readonly splash: SplashImages;
	/** The `os` object of config.json. */
	readonly 'power-fan': unknown;
}

export type BootBackendName = keyof BootContents;

export interface ReadBootBackend<N extends BootBackendName> {
	readonly name: N;
	readonly state: 'read';
	readonly content: BootContents[N];
}

interface UnreadableBootBackend {
	readonly name: BootBackendName;
	readonly state: 'unreadable';
	readonly error: string;
}

export type CurrentBootBackend =
	{ readonly [N in BootBackendName]: ReadBootBackend<N> }[BootBackendName] | UnreadableBootBackend;

export interface CurrentBoot {
	/** Empty while unknown. */
	readonly deviceType: string;
	/** The backends of this device, in the order in which they are compared and written. */
	readonly backends: readonly CurrentBootBackend[];
}

export type CurrentVpn =
	| { readonly state: 'on' | 'off' }
	/** `error` is the reason if reading failed. */
	| { readonly state: 'unknown'; readonly error?: string };

export interface CurrentConfig {
	readonly settings: CurrentSettings;
	readonly boot: CurrentBoot;
	readonly vpn: CurrentVpn;
}
