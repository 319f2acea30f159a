import type { EngineCalls } from './engine-calls.ts';
import { measureGap } from './service-gap.ts';

const NETWORK = 'floor_default';

/**
 * A service that is replaced by bare engine calls: its successor is created before, so the downtime is one stop and one
 * start, which is the minimum.
 */
export class BareService {
	readonly #engine: EngineCalls;
	readonly #image: string;
	#imageId = '';
	#count = 0;
	#current = '';

	constructor(engine: EngineCalls, image: string) {
		this.#engine = engine;
		this.#image = image;
	}

	async start(): Promise<void> {
		// By id: a supervisor may remove its name meanwhile.
		const image = await this.#engine.call('GET', `/images/${this.#image}/json`);
		this.#imageId = (image as { readonly Id: string }).Id; // the engine's own answer
		await this.#engine.call('POST', '/networks/create', { Name: NETWORK, CheckDuplicate: true, Driver: 'bridge' });
		this.#current = await this.#create();
		await this.#engine.call('POST', `/containers/${this.#current}/start`);
	}

	/** Returns its downtime. */
	async replace(): Promise<number> {
		const old = this.#current;
		this.#current = await this.#create();
		const isService = ({ name }: Readonly<Record<string, string>>) => name?.startsWith('floor_') === true;
		const gapMs = await measureGap({ engine: this.#engine, isService }, async () => {
			await this.#engine.call('POST', `/containers/${old}/stop`);
			await this.#engine.call('POST', `/containers/${this.#current}/start`);
		});
		await this.#engine.call('DELETE', `/containers/${old}`);
		return gapMs;
	}

	async remove(): Promise<void> {
		await this.#engine.call('DELETE', `/containers/${this.#current}?force=1`);
		await this.#engine.call('DELETE', `/networks/${NETWORK}`);
	}

	async #create(): Promise<string> {
		const created = await this.#engine.call('POST', `/containers/create?name=floor_${this.#count++}`, {
			Image: this.#imageId,
			HostConfig: { NetworkMode: NETWORK, RestartPolicy: { Name: 'always' } },
			NetworkingConfig: { EndpointsConfig: { [NETWORK]: { Aliases: ['web'] } } },
		});
		return (created as { readonly Id: string }).Id; // the engine's own answer
	}
}
