import {
	done,
	namedByPrefix,
	refused,
	textOf,
	USUAL_RULES,
	type BootBackend,
	type BootOptions,
	type BootResult,
} from './backend.ts';

/** Where the boot device stores the mode; all three copies are equal. */
export const ODMDATA_OFFSETS = [1659, 5243, 18043] as const;

/** The bytes at these offsets, in their order. */
type OdmdataBytes = readonly number[];

/** The index of a byte is its mode, counted from one. */
const MODE_BYTES: readonly number[] = [0x00, 0x01, 0x06, 0x07, 0x02, 0x03];

/** How the lanes of a Jetson TX2 are used (spec: host 3.7). */
export const ODMDATA: BootBackend<OdmdataBytes> = {
	...USUAL_RULES,
	...namedByPrefix('HOST_ODMDATA_'),
	name: 'odmdata',
	supports: ({ deviceType }) => deviceType.endsWith('-tx2'),
	isOptionAllowed: (option) => option === 'configuration',
	parse: parseOdmdata,
	serialise: serialiseOdmdata,
};

function parseOdmdata(bytes: OdmdataBytes): BootResult<BootOptions> {
	const [first] = bytes;
	if (first === undefined || bytes.length !== ODMDATA_OFFSETS.length || bytes.some((byte) => byte !== first)) {
		return refused('Unable to parse ODMDATA configuration. Data at offsets do not match.');
	}
	const index = MODE_BYTES.indexOf(first);
	return index === -1
		? refused('Unable to parse ODMDATA configuration. Unsupported configuration byte set.')
		: done({ configuration: String(index + 1) });
}

/** Without an option the mode stays: there is no default to restore. */
function serialiseOdmdata(options: BootOptions, existing: OdmdataBytes): BootResult<OdmdataBytes> {
	const mode = textOf(options, 'configuration') ?? '';
	if (mode === '') {
		return done(existing);
	}
	const byte = /^[1-6]$/.test(mode) ? MODE_BYTES[Number(mode) - 1] : undefined;
	return byte === undefined
		? done(existing, [`Configuration mode of: ${mode} is not supported.`])
		: done(ODMDATA_OFFSETS.map(() => byte));
}
