import type { ConfigTxtLine } from './config-txt-lines.ts';

/** A parameter, by its line and its place among the comma-separated ones there. */
export interface DeviceTreePart {
	readonly line: number;
	readonly part: number;
	readonly text: string;
	/** The line is in force because of a filter: it is read, never changed. */
	readonly isFixed: boolean;
}

export interface Overlay {
	/** The name first. */
	readonly parts: readonly DeviceTreePart[];
}

interface DeviceTree {
	/** Parameters of the board itself, in the order in which they are reported. */
	readonly parameters: readonly DeviceTreePart[];
	readonly overlays: readonly Overlay[];
}

/** Parameters of the board itself, in any line. */
const BOARD_PARAMETERS: readonly string[] = [
	'audio',
	'spi',
	'i2c',
	'i2c_arm',
	'i2c_vc',
	'i2c_baudrate',
	'i2c_arm_baudrate',
	'i2c_vc_baudrate',
];

/** In the file a `dtparam` belongs to the overlay above it; in a variable it is part of the overlay's element. */
export function readDeviceTree(lines: readonly ConfigTxtLine[]): DeviceTree {
	const board: DeviceTreePart[] = [];
	const reopened: DeviceTreePart[] = [];
	const overlays: { readonly parts: DeviceTreePart[] }[] = [];
	let scope = board;
	for (const [line, { setting }] of lines.entries()) {
		if (setting === undefined || setting.reach === 'elsewhere') continue;
		const isFixed = setting.reach !== 'all';
		const parts = setting.value.split(',').map((text, part) => ({ line, part, text, isFixed }));
		if (setting.option === 'dtparam') {
			for (const part of parts) {
				(isOfBoard(part.text) ? board : scope).push(part);
			}
		} else if (setting.option === 'dtoverlay') {
			const isNamed = parts[0]?.text !== '';
			scope = isNamed ? [] : reopened;
			scope.push(...(isNamed ? parts : parts.slice(1)));
			if (isNamed) overlays.push({ parts: scope });
		}
	}
	return { parameters: [...board, ...reopened], overlays };
}

export function textOfOverlay({ parts }: Overlay): string {
	return parts.map(({ text }) => text).join(',');
}

/** One line for each parameter: the firmware truncates long lines. */
export function overlayLines(overlay: string): readonly string[] {
	const [name = '', ...parameters] = overlay.split(',');
	return [`dtoverlay=${name}`, ...parameters.map((parameter) => `dtparam=${parameter}`)];
}

export function isOfBoard(parameter: string): boolean {
	return BOARD_PARAMETERS.includes(parameter.split('=', 1)[0] ?? '');
}
