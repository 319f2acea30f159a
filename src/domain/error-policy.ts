/** How an operational error is treated wherever it ends: the loop, the plan, the device API. */
export interface ErrorPolicy {
	/** Which pauses the loop makes between tries. */
	readonly pause: 'usual' | 'update-lock' | 'delta' | 'backup';
	/** How the plan explains the pause; see `WaitReason`. `not-yet` is no failure: what is needed is made elsewhere. */
	readonly reason: 'backoff' | 'locked-by-user' | 'not-yet';
	/** Answer of the device API (spec: device-api 1.7); without one, each route has its own. */
	readonly httpStatus?: number;
	/** The step is tried again at once when the engine answers again. */
	readonly endsWithEngine?: true;
}

/** Every other error is an ordinary failure. */
const USUAL: ErrorPolicy = { pause: 'usual', reason: 'backoff' };

/** By the error's code: the only place that knows how codes differ. */
const POLICIES: Readonly<Record<string, ErrorPolicy>> = {
	'updates-locked': { pause: 'update-lock', reason: 'locked-by-user', httpStatus: 423 },
	'delta-processing': { pause: 'delta', reason: 'not-yet' },
	'host-update-running': { pause: 'delta', reason: 'not-yet' },
	'backup-failed': { pause: 'backup', reason: 'backoff' },
	'engine-unreachable': { ...USUAL, endsWithEngine: true },
};

export function policyOfError(code: string): ErrorPolicy {
	return Object.hasOwn(POLICIES, code) ? (POLICIES[code] ?? USUAL) : USUAL;
}
