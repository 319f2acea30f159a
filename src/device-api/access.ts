import type { Asker } from '../domain/request.ts';
import type { Scope } from '../ports/stores.ts';

/** What a caller may see and change. */
export class Access {
	/** The same object for the same key, while the key is known: what was shown to it may be shown again. */
	readonly scopes: readonly Scope[];

	constructor(scopes: readonly Scope[]) {
		this.scopes = scopes;
	}

	/** Also what the device says of itself, which may name every app. */
	coversDevice(): boolean {
		return this.scopes.some((scope) => scope.type === 'global');
	}

	/** For the history of requests. */
	asker(): Asker {
		const [scope] = this.scopes;
		if (scope === undefined || this.scopes === ALL) {
			return 'none';
		}
		return scope.type === 'global' ? 'device' : `app:${scope.appId}`;
	}

	covers(appId: number): boolean {
		return this.scopes.some((scope) => scope.type === 'global' || scope.appId === appId);
	}
}

const ALL: readonly Scope[] = [{ type: 'global' }];

/** Authentication is off. */
export function accessToAll(): Access {
	return new Access(ALL);
}
