import type { PlainObject } from '../../lib/is-plain-object.ts';

/** The app and image of the composition that is parsed: names of networks and volumes, and defaults, depend on it. */
export interface ServiceScope {
	readonly appId: number;
	readonly appUuid: string;
	readonly serviceName: string;
	/** `Config` of the image; empty while it is not on the engine. */
	readonly image: PlainObject;
}
