import { expect } from 'chai';
import type { SplashImages } from '../../../../src/domain/device-config.ts';
import { activeSplashName, SPLASH, withFactoryCopy } from '../../../../src/host/index.ts';
import { applied, compare, readVariables, valueOf, warningsOf } from './boot-values.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const FACTORY = Buffer.from([...SIGNATURE, 1]);
const OTHER = Buffer.from([...SIGNATURE, 2, 3]);
const UNTOUCHED: SplashImages = { active: FACTORY, factory: FACTORY };
const CHANGED: SplashImages = { active: OTHER, factory: FACTORY };
const OTHER_TEXT = OTHER.toString('base64');
const OTHER_URI = `data:image/png;base64,${OTHER_TEXT}`;

describe('the splash image', () => {
	it('host #15: at first the picture that is there becomes the factory copy', () => {
		expect(withFactoryCopy({ active: OTHER, factory: undefined })).to.deep.equal({ active: OTHER, factory: OTHER });
		expect(withFactoryCopy(CHANGED)).to.deep.equal(CHANGED);
	});

	it('host #15: only a picture that differs from the factory copy is a variable', () => {
		expect(readVariables(SPLASH, UNTOUCHED)).to.deep.equal({});
		expect(readVariables(SPLASH, CHANGED)).to.deep.equal({ HOST_SPLASH_image: OTHER_URI });
	});

	for (const [text, value] of [
		['data:image/png;name=x;base64,QUJD', 'data:image/png;base64,QUJD'],
		['data:image/png;name=x;a=b;base64,QUJD', 'data:image/png;base64,QUJD'],
		['data:image/png;base64,QUJD', 'data:image/png;base64,QUJD'],
		['QUJD', 'data:image/png;base64,QUJD'],
		['  ', ''],
	] as const) {
		it(`host #15: ${JSON.stringify(text)} means ${JSON.stringify(value)}`, () => {
			expect(valueOf(SPLASH.parseValue('image', text))).to.equal(value);
		});
	}

	for (const target of [{}, { HOST_SPLASH_image: '' }, { HOST_SPLASH_IMAGE: ' ' }]) {
		it(`host #15: ${JSON.stringify(target)} brings the factory's picture back`, () => {
			expect(applied(SPLASH, CHANGED, target)).to.deep.equal(UNTOUCHED);
		});
	}

	for (const text of [OTHER_TEXT, OTHER_URI, `data:image/jpeg;name=a;base64,${OTHER_TEXT}`]) {
		it(`${text} is shown, and is no change again`, () => {
			expect(applied(SPLASH, UNTOUCHED, { HOST_SPLASH_image: text })).to.deep.equal(CHANGED);
		});
	}

	it("the factory's own picture as a target is no change", () => {
		const target = { HOST_SPLASH_image: FACTORY.toString('base64') };
		expect(valueOf(compare(SPLASH, UNTOUCHED, target)).isChanged).to.be.false;
		expect(applied(SPLASH, CHANGED, target)).to.deep.equal(UNTOUCHED);
	});

	for (const text of ['QUJD', 'data:image/png,abc', '***']) {
		it(`host #15: ${text} is no PNG: a warning, and no reason to reboot`, () => {
			const compared = compare(SPLASH, CHANGED, { HOST_SPLASH_image: text });
			expect(valueOf(compared).isChanged).to.be.false;
			expect(valueOf(compared).content).to.deep.equal(CHANGED);
			expect(warningsOf(compared)).to.deep.equal([
				'Expected splash image to be a base64 encoded PNG image. Skipping write.',
			]);
		});
	}

	it('a device without pictures has nothing to change', () => {
		const compared = compare(SPLASH, { active: undefined, factory: undefined }, {});
		expect(valueOf(compared).isChanged).to.be.false;
	});

	for (const [names, active] of [
		[['balena-logo-default.png', 'resin-logo.png', 'balena-logo.png'], 'balena-logo.png'],
		[['resin-logo.png'], 'resin-logo.png'],
		[[], 'balena-logo.png'],
	] as const) {
		it(`of ${names.join(', ') || 'no files'} ${active} is shown`, () => {
			expect(activeSplashName(names)).to.equal(active);
		});
	}

	it('the variable may be written in any case', () => {
		expect(['HOST_SPLASH_IMAGE', 'HOST_SPLASH_Image', 'HOST_SPLASH_image'].map(SPLASH.optionOf)).to.deep.equal([
			'image',
			'image',
			'image',
		]);
		expect(['host_splash_image', 'HOST_SPLASH_images', 'HOST_SPLASH_'].some(SPLASH.isBootVariable)).to.be.false;
	});
});
