/** The functions that are used: the whole of the package's types would be one more package. */
declare module 'semver/functions/lt.js' {
	function lt(version: string, other: string): boolean;
	export = lt;
}
declare module 'semver/functions/satisfies.js' {
	function satisfies(version: string, range: string): boolean;
	export = satisfies;
}
declare module 'semver/functions/valid.js' {
	/** The version in its plain form; null if it is none. */
	function valid(version: string | undefined): string | null;
	export = valid;
}
declare module 'semver/ranges/valid.js' {
	/** The range in its plain form; null if it is none. */
	function validRange(range: string): string | null;
	export = validRange;
}
