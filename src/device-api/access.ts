import type { Scope } from '../ports/stores.ts';

/** What a caller may see and do. */
export class Access {
	readonly #scopes: readonly Scope[];

	constructor(scopes: readonly Scope[]) {
		this.#scopes = scopes;
	}

	/** Whether the caller's key covers the app. */
	covers(appId: number): boolean {
		return this.#scopes.some((scope) => scope.type === 'global' || scope.appId === appId);
	}
}

/** Authentication is off. */
export function accessToAll(): Access {
	return new Access([{ type: 'global' }]);
}
