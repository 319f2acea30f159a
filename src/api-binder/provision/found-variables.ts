import {
	DEFAULT_VARIABLES,
	isConfigReported,
	normaliseVariables,
	variablesOf,
	type Config,
	type Settings,
} from '../../config/index.ts';

type Variables = Readonly<Record<string, string>>;

interface FoundVariablesOptions {
	readonly config: Pick<Config, 'read'>;
	/** Of the boot configuration, as it stands in its files. */
	readonly bootVariables: () => Promise<Variables>;
}

/** Whatever they are now: the mode is this device's own affair, and the VPN is the cloud's way to it. */
const REPORTED_AS: Variables = { SUPERVISOR_LOCAL_MODE: 'false', SUPERVISOR_VPN_CONTROL: 'true' };

/** The configuration that a device was set up with, as variables (spec: cloud-api 4). */
export class FoundVariables {
	readonly #options: FoundVariablesOptions;
	#asFound: Variables | undefined;

	constructor(options: FoundVariablesOptions) {
		this.#options = options;
	}

	/** Before the stored target, perhaps of another cloud, is applied over what the device was set up with. */
	async note(): Promise<void> {
		const settings = await this.#options.config.read();
		if (!isConfigReported(settings)) {
			this.#asFound = await this.#read(settings);
		}
	}

	/** Name without prefix and value: those that differ from the defaults and that the cloud does not set. */
	async toReport(cloudConfig: Readonly<Record<string, unknown>>): Promise<readonly (readonly [string, string])[]> {
		const { config } = this.#options;
		const current = { ...(this.#asFound ?? (await this.#read(await config.read()))), ...REPORTED_AS };
		const known = normaliseVariables(textsOf(cloudConfig));
		return Object.entries(current).filter(
			([name, value]) => !Object.hasOwn(known, name) && value !== DEFAULT_VARIABLES[name],
		);
	}

	/** They are reported. */
	forget(): void {
		this.#asFound = undefined;
	}

	async #read(settings: Settings): Promise<Variables> {
		return { ...variablesOf(settings), ...(await this.#options.bootVariables()) };
	}
}

function textsOf(values: Readonly<Record<string, unknown>>): Variables {
	return Object.fromEntries(
		Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? value : '']),
	);
}
