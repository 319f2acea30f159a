export interface DeviceTreeLine {
	readonly option: 'dtparam' | 'dtoverlay';
	readonly value: string;
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
export function readDeviceTree(lines: readonly DeviceTreeLine[]): {
	readonly parameters: readonly string[];
	readonly overlays: readonly string[];
} {
	const board: string[] = [];
	const reopened: string[] = [];
	const overlays: string[][] = [];
	let scope = board;
	for (const { option, value } of lines) {
		const parts = value.split(',');
		if (option === 'dtparam') {
			for (const parameter of parts) {
				(isOfBoard(parameter) ? board : scope).push(parameter);
			}
		} else if (parts[0] === '') {
			// An overlay without a name ends the one above: the next parameters belong to the board again.
			scope = reopened;
			scope.push(...parts.slice(1));
		} else {
			scope = parts;
			overlays.push(parts);
		}
	}
	return { parameters: [...board, ...reopened], overlays: overlays.map((parts) => parts.join(',')) };
}

/** One line for each parameter: the firmware truncates long lines. */
export function overlayLines(overlay: string): readonly string[] {
	const [name = '', ...parameters] = overlay.split(',');
	return [`dtoverlay=${name}`, ...parameters.map((parameter) => `dtparam=${parameter}`)];
}

function isOfBoard(parameter: string): boolean {
	return BOARD_PARAMETERS.includes(parameter.split('=', 1)[0] ?? '');
}
