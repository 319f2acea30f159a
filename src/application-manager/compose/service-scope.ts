import type { PlainObject } from '../../lib/is-plain-object.ts';

/** Whose composition is being parsed: names of networks and volumes, and what is merged with the image, depend on it. */
export interface ServiceScope {
	readonly appId: number;
	readonly appUuid: string;
	readonly serviceName: string;
	/** `Config` of the image; empty while it is not on the engine. */
	readonly image: PlainObject;
}
