import {
	done,
	findLineBreak,
	namedByPrefix,
	refused,
	USUAL_RULES,
	type BootBackend,
	type BootOptions,
	type BootResult,
	type BootValue,
} from './backend.ts';
import { overlayLines, readDeviceTree, type DeviceTreeLine } from './device-tree-overlays.ts';
import { readJson } from './json-value.ts';
import { isPowerFanVariable, POWER_FAN_OPTIONS } from './power-fan.ts';

const NAMING = namedByPrefix('HOST_CONFIG_');
const DEVICE_TYPES: readonly string[] = [
	'fincm3',
	'rt-rpi-300',
	'243390-rpi3',
	'nebra-hnt',
	'revpi-connect',
	'revpi-connect-s',
	'revpi-core-3',
	'revpi-connect-4',
];
const LISTS: readonly string[] = ['dtparam', 'dtoverlay', 'device_tree_param', 'device_tree_overlay', 'gpio'];
const FORBIDDEN: readonly string[] = [
	'disable_commandline_tags',
	'cmdline',
	'kernel',
	'kernel_address',
	'kernel_old',
	'ramfsfile',
	'ramfsaddr',
	'initramfs',
	'device_tree_address',
	'init_emmc_clock',
	'avoid_safe_mode',
	...POWER_FAN_OPTIONS,
];
const FIN_OVERLAY = 'balena-fin';

/** The file of the firmware on Raspberry Pi and similar boards (spec: host 3.3). Written from the target alone. */
export const CONFIG_TXT: BootBackend<string | undefined> = {
	...USUAL_RULES,
	...NAMING,
	name: 'config.txt',
	supports: ({ deviceType }) => deviceType.startsWith('raspberry') || DEVICE_TYPES.includes(deviceType),
	isBootVariable: (variable) => NAMING.isBootVariable(variable) && !isPowerFanVariable(variable),
	isOptionAllowed: (option) => !FORBIDDEN.includes(option),
	parseValue: (option, text) => (LISTS.includes(option) ? parseList(option, text.trim()) : done(text)),
	requireOptions: (options, deviceType) => (deviceType === 'fincm3' ? withFinOverlay(options) : options),
	parse: parseConfigTxt,
	serialise: serialiseConfigTxt,
};

function parseList(option: string, text: string): BootResult<BootValue> {
	if (!text.startsWith('"')) {
		return done([text]);
	}
	const values = readJsonList(text);
	return values === undefined ? refused(`The value of ${option} is not a list of quoted texts: ${text}`) : done(values);
}

function readJsonList(text: string): readonly string[] | undefined {
	const values = readJson(`[${text}]`);
	const isList =
		Array.isArray(values) && values.every((value) => ['string', 'number', 'boolean'].includes(typeof value));
	return isList ? values.map(String) : undefined;
}

/** Without its overlay the board's own peripherals are missing, the network among them. */
function withFinOverlay(options: BootOptions): BootOptions {
	const overlays = [options['dtoverlay'] ?? []].flat().filter((overlay) => overlay !== '');
	const isThere = overlays.some((overlay) => overlay.split(',', 1)[0] === FIN_OVERLAY);
	return { ...options, dtoverlay: isThere ? overlays : [...overlays, FIN_OVERLAY] };
}

function parseConfigTxt(text = ''): BootResult<BootOptions> {
	const single = new Map<string, string>();
	const lists = new Map<string, string[]>();
	const deviceTree: DeviceTreeLine[] = [];
	const warnings: string[] = [];
	for (const rawLine of text.split(/\r?\n/)) {
		const line = rawLine.trimStart();
		if (line === '' || line.startsWith('#')) {
			continue;
		}
		const [option, value] = splitLine(line) ?? [];
		if (option === undefined || value === undefined) {
			warnings.push(`Could not parse config.txt entry: ${line}. Ignoring.`);
		} else if (option === 'dtparam' || option === 'dtoverlay') {
			deviceTree.push({ option, value });
		} else if (LISTS.includes(option)) {
			lists.set(option, [...(lists.get(option) ?? []), value]);
		} else {
			single.set(option, value);
		}
	}
	const { parameters, overlays } = readDeviceTree(deviceTree);
	return done(
		{
			...Object.fromEntries(single),
			...(parameters.length > 0 && { dtparam: parameters }),
			...Object.fromEntries(lists),
			...(overlays.length > 0 && { dtoverlay: overlays }),
		},
		warnings,
	);
}

function splitLine(line: string): readonly [string, string] | undefined {
	// Before `key=value`: otherwise a file name with a `=` would become another option, one that is not forbidden.
	const [, ramdisk] = /^initramfs (.+)$/.exec(line) ?? [];
	if (ramdisk !== undefined) {
		return ['initramfs', ramdisk];
	}
	// A filter like `[EDID=…]` is a section too.
	const [, option, value] = /^([^=[][^=]*)=(.*)$/.exec(line) ?? [];
	return option === undefined || value === undefined ? undefined : [option, value];
}

function serialiseConfigTxt(options: BootOptions): BootResult<string> {
	const lineBreak = findLineBreak(options);
	if (lineBreak !== undefined) {
		return refused(lineBreak);
	}
	const { dtoverlay = [], ...others } = options;
	const lines = Object.entries(others).flatMap(([option, value]) =>
		[value].flat().map((item) => (option === 'initramfs' ? `initramfs ${item}` : `${option}=${item}`)),
	);
	return done(`${[...lines, ...[dtoverlay].flat().flatMap(overlayLines)].join('\n')}\n`);
}
