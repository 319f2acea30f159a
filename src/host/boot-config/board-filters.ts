/**
 * Where a line of config.txt is in force: on every board, on this one because of a filter, or elsewhere (another board,
 * screen, pin, serial number: what cannot be known here counts as elsewhere).
 */
export type Reach = 'all' | 'board' | 'elsewhere';

/**
 * Model filter → the device types that it certainly matches (documentation of the firmware: conditional filters). Type
 * `raspberry-pi` stands for several models, so none of the filters for them counts.
 */
const MODELS: Readonly<Record<string, RegExp>> = {
	pi02: /^raspberrypi0-2w/,
	pi2: /^raspberry-pi2$/,
	pi3: /^(?:raspberrypi3(?:-64)?$|raspberrypicm3|fincm3$|revpi-connect(?:-s)?$|revpi-core-3$)/,
	cm3: /^(?:raspberrypicm3|fincm3$|revpi-core-3$)/,
	pi4: /^(?:raspberrypi(?:4|400|cm4)|revpi-connect-4$)/,
	pi400: /^raspberrypi400/,
	cm4: /^(?:raspberrypicm4|revpi-connect-4$)/,
	pi5: /^raspberrypi(?:5|500|cm5)/,
	pi500: /^raspberrypi500/,
	cm5: /^raspberrypicm5/,
};
const IS_MODEL = /^(?:pi|cm)\d/;

/** Follows the filters of a file from line to line. Filters of different kinds hold together until `[all]`. */
export class BoardFilter {
	readonly #deviceType: string;
	#model: Reach = 'all';
	#hasOthers = false;

	constructor(deviceType: string) {
		this.#deviceType = deviceType;
	}

	get reach(): Reach {
		return this.#hasOthers ? 'elsewhere' : this.#model;
	}

	/** Of a line `[name]`. */
	enter(name: string): void {
		if (name === 'all') {
			this.#model = 'all';
			this.#hasOthers = false;
		} else if (IS_MODEL.test(name)) {
			this.#model = MODELS[name]?.test(this.#deviceType) === true ? 'board' : 'elsewhere';
		} else {
			this.#hasOthers = true;
		}
	}
}
