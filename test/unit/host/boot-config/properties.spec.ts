import { expect } from 'chai';
import fc from 'fast-check';
import {
	BOOT_BACKENDS,
	bootOptionsOf,
	bootVariablesOf,
	compareBoot,
	CONFIG_FS,
	CONFIG_TXT,
	EXTLINUX,
	EXTRA_UENV,
	ODMDATA,
	POWER_FAN,
	SPLASH,
	type BootBackend,
	type BootOptions,
} from '../../../../src/host/index.ts';
import { valueOf } from './boot-values.ts';

const TEXT_BACKENDS: readonly BootBackend<string | undefined>[] = [CONFIG_TXT, EXTLINUX, EXTRA_UENV, CONFIG_FS];
const FACTORY = Buffer.from('89504e470d0a1a0a', 'hex');

/** Lines that look right more often than chance would have it. */
const line = fc.oneof(
	fc.string(),
	fc.constantFrom(
		...['dtparam=a,audio=on', 'dtoverlay=x,b=1', 'dtoverlay=', 'gpio=8=pd', 'initramfs a b', '[all]', '__proto__=1'],
		...['DEFAULT a', 'LABEL a', 'label b', 'APPEND ro isolcpus=1', 'FDT /x', 'MENU LABEL a b', 'APPEND', '# DEFAULT b'],
		...['custom_fdt_file=a', 'extra_os_cmdline=isolcpus=1 quiet', 'foreign=1', '{"ssdt":["a"]}'],
	),
);
const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));
/** Of the board of the target, of others, and what may stand in them. */
const filtered = fc.oneof(
	line,
	fc.constantFrom(
		'[pi3]',
		'[pi4]',
		'[none]',
		'[EDID=x]',
		'gpu_mem=1',
		'gpu_mem=2',
		'dtparam=b',
		'gpio=1',
		'dtoverlay=a',
	),
);
const textWithFilters = fc.array(filtered, { maxLength: 12 }).map((lines) => lines.join('\n'));
const noBreak = (value: string) => !/[\r\n]/.test(value);
const word = fc.stringMatching(/^[a-z0-9_,/.-]{0,8}$/);
const fullWord = fc.stringMatching(/^[a-z0-9_/.-]{1,8}$/);
const part = fc.string().filter((value) => noBreak(value) && !value.includes(','));
/** `x` is no parameter of the board, which would not stay with its overlay. */
const overlay = fc
	.tuple(
		fullWord,
		fc.array(
			part.map((value) => `x${value}`),
			{ maxLength: 3 },
		),
	)
	.map((parts) => parts.flat().join(','));
const list = fc.array(part, { minLength: 1, maxLength: 4 });

const configTxt: fc.Arbitrary<BootOptions> = fc
	.tuple(
		fc.dictionary(fc.stringMatching(/^[A-Za-z_][\w:]{0,9}$/), fc.string().filter(noBreak)),
		fc.record({ dtparam: list, gpio: list, dtoverlay: fc.array(overlay, { minLength: 1 }) }, { requiredKeys: [] }),
	)
	.map(([single, lists]) => ({ ...single, ...lists }));
const cpusAndTree: fc.Arbitrary<BootOptions> = fc.record({ isolcpus: word, fdt: fullWord }, { requiredKeys: [] });
const label = 'DEFAULT a\nLABEL b\nAPPEND isolcpus=9\nLABEL a\nAPPEND ro\n';

/** Options that can be asked for → what they are kept in at first. */
const KEPT = [
	{ backend: CONFIG_TXT, options: configTxt, existing: text },
	{ backend: EXTLINUX, options: cpusAndTree, existing: fc.constant(label) },
	{ backend: EXTRA_UENV, options: cpusAndTree, existing: text },
	{
		backend: CONFIG_FS,
		options: fc.record({ ssdt: fc.array(fullWord, { minLength: 1 }) }, { requiredKeys: [] }),
		existing: text,
	},
] as const;

/** Protected options stay as they were. */
function withoutKept(backend: BootBackend<string | undefined>, read: BootOptions, before: string): BootOptions {
	const present = valueOf(backend.parse(before));
	return Object.fromEntries(
		Object.entries(read).filter(([option]) => backend.isOptionAllowed(option) || !Object.hasOwn(present, option)),
	);
}

describe('boot configuration: properties', () => {
	for (const { backend, options, existing } of KEPT) {
		it(`${backend.name}: what is written reads back, also through variables`, () => {
			fc.assert(
				fc.property(options as fc.Arbitrary<BootOptions>, existing, (wanted, before) => {
					const read = valueOf(backend.parse(valueOf(backend.serialise(wanted, before))));
					expect(withoutKept(backend, read, before)).to.deep.equal(wanted);
					const variables = bootVariablesOf(backend, read);
					const again = valueOf(bootOptionsOf(backend, variables));
					expect(bootVariablesOf(backend, again)).to.deep.equal(variables);
				}),
			);
		});
	}

	for (const backend of TEXT_BACKENDS) {
		it(`${backend.name}: any text and any target have an answer, and one write is enough`, () => {
			const variable = fc.oneof(
				fc.string(),
				fc.constantFrom(
					...['dtparam', 'dtoverlay', 'isolcpus', 'fdt', 'ssdt', 'gpu_mem', '__proto__', ''].map(backend.variableOf),
				),
			);
			const value = fc.oneof(fc.string(), fc.constantFrom('"a","b"', 'a,b', '"a', ' ', 'x,audio=on', ',,'));
			const target = fc.dictionary(variable, value, { maxKeys: 5 });
			fc.assert(
				fc.property(fc.option(textWithFilters, { nil: undefined }), target, (existing, variables) => {
					const compared = compareBoot(backend, { target: variables, existing, deviceType: 'fincm3' });
					if (!compared.ok) {
						expect(compared.message).not.to.equal('');
						return;
					}
					const { content } = compared.value;
					const next = valueOf(compareBoot(backend, { target: variables, existing: content, deviceType: 'fincm3' }));
					expect(next.isChanged).to.be.false;
					expect(next.content).to.equal(content);
				}),
				{ numRuns: 500 },
			);
		});
	}

	it('extra_uEnv and extlinux keep what is not ours', () => {
		fc.assert(
			fc.property(cpusAndTree, fc.array(fc.tuple(fullWord, word), { maxLength: 5 }), (options, pairs) => {
				const foreign = pairs.map(([key, value]) => `my_${key}=${value}`);
				const uEnv = valueOf(EXTRA_UENV.serialise(options, ['custom_fdt_file=old', ...foreign, ''].join('\n')));
				expect(uEnv?.split('\n').filter((each) => each.startsWith('my_'))).to.deep.equal(foreign);
				const menu = pairs.map(([key, value]) => `MY_${key.toUpperCase()} v${value}\n`).join('');
				const extlinux = valueOf(EXTLINUX.serialise(options, `DEFAULT a\nLABEL a\nAPPEND ro\nLABEL z\n${menu}`));
				expect(extlinux?.endsWith(`LABEL z\n${menu}`)).to.be.true;
			}),
		);
	});

	it('ODMDATA, splash and power-fan answer anything', () => {
		const bytes = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 });
		const picture = fc.option(
			fc.uint8Array({ maxLength: 9 }).map((content) => Buffer.concat([FACTORY, content])),
			{ nil: undefined },
		);
		fc.assert(
			fc.property(bytes, picture, picture, fc.anything(), fc.string(), (odmdata, active, factory, os, value) => {
				const variables = Object.fromEntries(BOOT_BACKENDS.map(({ variableOf }) => [variableOf('image'), value]));
				const target = { ...variables, HOST_ODMDATA_configuration: value, HOST_CONFIG_power_mode: value };
				expectOneWrite(ODMDATA, odmdata, { HOST_ODMDATA_configuration: value });
				expectOneWrite(SPLASH, { active, factory }, target);
				expectOneWrite<unknown>(POWER_FAN, os, target);
			}),
		);
	});
});

function expectOneWrite<C>(backend: BootBackend<C>, existing: C, target: Readonly<Record<string, string>>): void {
	const compared = compareBoot(backend, { target, existing, deviceType: 'any' });
	if (compared.ok) {
		const next = compareBoot(backend, { target, existing: compared.value.content, deviceType: 'any' });
		expect(valueOf(next).isChanged).to.be.false;
	}
}
