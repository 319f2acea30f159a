import type { CloudSettings, CloudSettingsStore, FirstReportStore, TagStore } from '../ports/cloud-settings.ts';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import { DEFAULT_VARIABLES, normaliseVariables, VARIABLE_KEYS, variablesOf } from './device-variables.ts';

type Variables = Readonly<Record<string, string>>;

export interface FirstReportOptions {
	readonly config: Pick<Config, 'get' | 'getMany' | 'set'>;
	readonly settings: Pick<CloudSettingsStore, 'read'>;
	/** Of the boot configuration, as it stands in its files. */
	readonly bootVariables: () => Promise<Variables>;
}

/** Whatever they are now: the mode is this device's own affair, and the VPN is the cloud's way to it. */
const REPORTED_AS: Variables = { SUPERVISOR_LOCAL_MODE: 'false', SUPERVISOR_VPN_CONTROL: 'true' };

/** What the cloud has to be told once, out of the settings (spec: cloud-api 4, 12.2). */
export class ConfigFirstReport implements FirstReportStore, TagStore {
	readonly #options: FirstReportOptions;
	#asFound: Variables | undefined;

	constructor(options: FirstReportOptions) {
		this.#options = options;
	}

	/** Before the stored target, perhaps of another cloud, is applied over what the device was set up with. */
	async noteSettings(): Promise<void> {
		try {
			if (!(await this.readFirstReport()).isReported) {
				this.#asFound = await this.#readVariables();
			}
		} catch (error) {
			if (!(error instanceof ConfigError)) {
				throw error;
			}
			// One that cannot be read is told when they are reported, and may be mended until then.
		}
	}

	read(): Promise<CloudSettings> {
		return this.#options.settings.read();
	}

	async readFirstReport(): ReturnType<FirstReportStore['readFirstReport']> {
		const { config } = this.#options;
		const values = await config.getMany(['apiEndpoint', 'initialConfigReported', 'initialDeviceName']);
		const pinned = await this.#readPin();
		return {
			...(pinned === undefined ? {} : { pinned }),
			isReported: values.initialConfigReported === values.apiEndpoint,
			...(values.initialDeviceName == null ? {} : { initialName: values.initialDeviceName }),
		};
	}

	async variablesToReport(
		cloudConfig: Readonly<Record<string, unknown>>,
	): Promise<readonly (readonly [string, string])[]> {
		const current = { ...(this.#asFound ?? (await this.#readVariables())), ...REPORTED_AS };
		const known = normaliseVariables(textsOf(cloudConfig));
		return Object.entries(current).filter(
			([name, value]) => !Object.hasOwn(known, name) && value !== DEFAULT_VARIABLES[name],
		);
	}

	async forgetPin(): Promise<void> {
		await this.#options.config.set({ pinDevice: null });
	}

	async noteReported(apiEndpoint: string): Promise<void> {
		await this.#options.config.set({ initialConfigReported: apiEndpoint });
		this.#asFound = undefined;
	}

	async readTags(): ReturnType<TagStore['readTags']> {
		const { targetTags, reportedTags } = await this.#options.config.getMany(['targetTags', 'reportedTags']);
		return { target: targetTags ?? {}, reported: reportedTags ?? {} };
	}

	async saveTargetTags(tags: Variables): Promise<void> {
		await this.#options.config.set({ targetTags: tags });
	}

	async saveReportedTags({ target, reported }: { readonly target: Variables; readonly reported: Variables }) {
		await this.#options.config.set({ targetTags: target, reportedTags: reported });
	}

	async #readVariables(): Promise<Variables> {
		const { config, bootVariables } = this.#options;
		return { ...variablesOf(await config.getMany([...VARIABLE_KEYS, 'unmanaged'])), ...(await bootVariables()) };
	}

	/** One that cannot be read is none: the device starts unpinned rather than not at all. */
	async #readPin(): Promise<{ readonly app: number; readonly commit: string } | undefined> {
		try {
			return (await this.#options.config.get('pinDevice')) ?? undefined;
		} catch (error) {
			if (error instanceof ConfigError && error.code === 'config-invalid-value') {
				return undefined;
			}
			throw error;
		}
	}
}

function textsOf(values: Readonly<Record<string, unknown>>): Variables {
	return Object.fromEntries(
		Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? value : '']),
	);
}
