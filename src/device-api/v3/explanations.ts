import type { Scope } from '../../ports/stores.ts';
import type { Access } from '../access.ts';
import { WallTimes, type Clocks } from '../wall-times.ts';
import { explainApps, explainDevice } from './explain-device.ts';
import type { Explained, ExplainedApp } from './explained.ts';
import { Explainer } from './explainer.ts';
import type { V3Input } from './v3-input.ts';
import { viewStatus } from './view-status.ts';

interface ExplanationsOptions extends Clocks {
	readonly redact: (text: string) => string;
}

interface Computed {
	readonly input: V3Input;
	/** Instant zero, as the wall clock has it. */
	readonly zero: string;
	readonly explainer: Explainer;
	readonly apps: readonly ExplainedApp[];
}

/** Explains each status once, and writes each answer about it once for each key: clients ask every second. */
export class Explanations {
	readonly #redact: (text: string) => string;
	readonly #times: WallTimes;
	#computed: Computed | undefined;
	#texts = new WeakMap<readonly Scope[], Map<string, string>>();

	constructor(options: ExplanationsOptions) {
		this.#redact = options.redact;
		this.#times = new WallTimes(options);
	}

	deviceText(input: V3Input, access: Access): string {
		return this.#text(input, access, { name: 'device', view: () => this.#device(input, access).view });
	}

	statusText(input: V3Input, access: Access): string {
		const view = () => viewStatus(input, this.#device(input, access), this.#compute(input).apps, access);
		return this.#text(input, access, { name: 'status', view });
	}

	/** `undefined`: there is no such app, or service of it. */
	partText(
		input: V3Input,
		access: Access,
		{ uuid, service }: { readonly uuid: string; readonly service?: string },
	): string | undefined {
		const app = this.findApp(input, uuid);
		const part = service === undefined ? app : app?.services.find(({ view }) => view.service === service);
		const name = `${uuid}/${service ?? ''}`;
		return part && this.#text(input, access, { name, view: () => part.view });
	}

	findApp(input: V3Input, uuid: string): ExplainedApp | undefined {
		return this.apps(input).find((app) => app.uuid === uuid);
	}

	apps(input: V3Input): readonly ExplainedApp[] {
		return this.#compute(input).apps;
	}

	#device(input: V3Input, access: Access): Explained {
		const { explainer, apps } = this.#compute(input);
		return explainDevice(explainer, apps, access);
	}

	#compute(input: V3Input): Computed {
		const zero = this.#times.at(0);
		if (this.#computed !== undefined && this.#computed.zero === zero && isSame(this.#computed.input, input)) {
			return this.#computed;
		}
		const explainer = new Explainer(input, this.#times);
		this.#computed = { input, zero, explainer, apps: explainApps(explainer) };
		this.#texts = new WeakMap();
		return this.#computed;
	}

	#text(
		input: V3Input,
		access: Access,
		{ name, view }: { readonly name: string; readonly view: () => object },
	): string {
		this.#compute(input); // drops the texts of an earlier status
		const texts = this.#texts.get(access.scopes) ?? new Map<string, string>();
		this.#texts.set(access.scopes, texts);
		const text = texts.get(name) ?? this.#redact(JSON.stringify(view()));
		texts.set(name, text);
		return text;
	}
}

function isSame(one: V3Input, other: V3Input): boolean {
	return (
		one.status === other.status &&
		one.cloud === other.cloud &&
		one.requests === other.requests &&
		one.isClockUnset === other.isClockUnset
	);
}
