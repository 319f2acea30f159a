/**
 * Stands in for a package that the bundle leaves out (see replacements.ts). It can be loaded, taken apart and compared
 * with; calling or constructing anything of it says what is missing.
 */
function leaveOut(name: string): unknown {
	const fail = () => {
		throw new Error(`${name} is not part of the bundle`);
	};
	// A function, as only those can be constructed.
	const stub: unknown = new Proxy(function leftOut() {}, {
		get: (target, key) => {
			if (typeof key === 'symbol' || key === 'prototype') return Reflect.get(target, key) as unknown;
			return key === '__esModule' || key === 'then' ? undefined : stub;
		},
		apply: fail,
		construct: fail,
	});
	return stub;
}

export = leaveOut;
