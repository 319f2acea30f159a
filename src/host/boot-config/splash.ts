import type { SplashImages } from '../../domain/device-config.ts';
import {
	done,
	namedByList,
	textOf,
	USUAL_RULES,
	type BootBackend,
	type BootOptions,
	type BootResult,
} from './backend.ts';

export const FACTORY_SPLASH = 'balena-logo-default.png';
const ACTIVE_NAMES = ['balena-logo.png', 'resin-logo.png'] as const;
const PNG_SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const DATA_URI = /^data:([^;,]*)(?:;[^;,]*)*;base64,([^]*)$/;
const NAMING = namedByList('HOST_SPLASH_', ['image']);

/** The picture shown while the device boots (spec: host 3.8). */
export const SPLASH: BootBackend<SplashImages> = {
	...USUAL_RULES,
	name: 'splash',
	supports: () => true,
	isBootVariable: (variable) => NAMING.isBootVariable(withLowerCaseOption(variable)),
	optionOf: (variable) => NAMING.optionOf(withLowerCaseOption(variable)),
	variableOf: NAMING.variableOf,
	isOptionAllowed: (option) => option.toLowerCase() === 'image',
	parseValue: (_option, text) => done(normaliseImage(text.trim())),
	requireOptions: withoutBlankImage,
	parse: parseSplash,
	serialise: serialiseSplash,
};

/** The file with the shown picture, from the names of the files in the folder. */
export function activeSplashName(names: readonly string[]): string {
	return ACTIVE_NAMES.find((name) => names.includes(name)) ?? ACTIVE_NAMES[0];
}

/** Before the first change: the present picture is the default. */
export function withFactoryCopy({ active, factory }: SplashImages): SplashImages {
	return { active, factory: factory ?? active };
}

/** Only the option may be written in any case, not the prefix. */
function withLowerCaseOption(variable: string): string {
	return variable.replace(/image$/i, (option) => option.toLowerCase());
}

/** Parameters such as the name of the file do not describe the picture. */
function normaliseImage(text: string): string {
	if (text === '') {
		return '';
	}
	const [, type, data] = DATA_URI.exec(text) ?? [];
	return type === undefined || data === undefined ? `data:image/png;base64,${text}` : `data:${type};base64,${data}`;
}

/** A blank image stands for the default picture. */
function withoutBlankImage(options: BootOptions): BootOptions {
	return Object.fromEntries(
		Object.entries(options).filter(([option, value]) => option !== 'image' || [value].flat().join('').trim() !== ''),
	);
}

function parseSplash({ active, factory }: SplashImages): BootResult<BootOptions> {
	if (active === undefined && factory === undefined) {
		return done({}); // not every device has one
	}
	if (active === undefined || factory === undefined) {
		return done({}, ['Failed to read splash image: a file is missing']);
	}
	const content = Buffer.from(active);
	return done(content.equals(factory) ? {} : { image: `data:image/png;base64,${content.toString('base64')}` });
}

function serialiseSplash(options: BootOptions, existing: SplashImages): BootResult<SplashImages> {
	const image = textOf(options, 'image');
	const active = image === undefined ? existing.factory : decodeImage(image);
	if (active === undefined || Buffer.from(active).equals(existing.active ?? Buffer.of())) {
		return done(existing);
	}
	return !isPng(active)
		? done(existing, ['Expected splash image to be a base64 encoded PNG image. Skipping write.'])
		: done({ ...existing, active });
}

function decodeImage(image: string): Uint8Array {
	return Buffer.from(image.startsWith('data:') ? image.slice(image.indexOf(',') + 1) : image, 'base64');
}

function isPng(content: Uint8Array): boolean {
	return PNG_SIGNATURE.every((byte, index) => content[index] === byte);
}
