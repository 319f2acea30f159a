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
import { lineOf, readLines, type ConfigTxtLine } from './config-txt-lines.ts';
import { overlayLines, readDeviceTree, textOfOverlay } from './device-tree-overlays.ts';
import { editConfigTxt } from './edit-config-txt.ts';
import { joinLines } from './text-lines.ts';
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

/** The file of the firmware on Raspberry Pi and similar boards (spec: host 3.3). Edited line by line. */
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

function parseConfigTxt(text = '', deviceType = ''): BootResult<BootOptions> {
	const { lines } = readLines(text, deviceType);
	const unknown = lines.filter(({ isUnknown }) => isUnknown === true);
	return done(
		readOptions(lines),
		unknown.map((line) => `Could not parse config.txt entry: ${line.text.trimStart()}. Ignoring.`),
	);
}

/** The options in force on this board, in the order of the file. */
function readOptions(lines: readonly ConfigTxtLine[]): BootOptions {
	const single = new Map<string, string>();
	const lists = new Map<string, string[]>();
	for (const { setting } of lines) {
		if (setting === undefined || setting.reach === 'elsewhere' || isDeviceTree(setting.option)) continue;
		const { option, value } = setting;
		if (LISTS.includes(option)) {
			lists.set(option, [...(lists.get(option) ?? []), value]);
		} else {
			single.set(option, value);
		}
	}
	const { parameters, overlays } = readDeviceTree(lines);
	return {
		...Object.fromEntries(single),
		...(parameters.length > 0 && { dtparam: parameters.map((part) => part.text) }),
		...Object.fromEntries(lists),
		...(overlays.length > 0 && { dtoverlay: overlays.map(textOfOverlay) }),
	};
}

function isDeviceTree(option: string): boolean {
	return option === 'dtparam' || option === 'dtoverlay';
}

function serialiseConfigTxt(options: BootOptions, existing = '', deviceType = ''): BootResult<string> {
	const lineBreak = findLineBreak(options);
	if (lineBreak !== undefined) {
		return refused(lineBreak);
	}
	const anew = textOfOptions(options);
	if (existing === '') {
		return done(anew);
	}
	const edited = editConfigTxt(readLines(existing, deviceType), readOptions(readLines(anew, '').lines), {
		isList: (option) => LISTS.includes(option),
		isAllowed: CONFIG_TXT.isOptionAllowed,
		read: readOptions,
	});
	return done(joinLines(edited));
}

/** A file of its own. */
function textOfOptions(options: BootOptions): string {
	const { dtoverlay = [], ...others } = options;
	const lines = Object.entries(others).flatMap(([option, value]) => [value].flat().map((item) => lineOf(option, item)));
	return `${[...lines, ...[dtoverlay].flat().flatMap(overlayLines)].join('\n')}\n`;
}
