import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import { bundle } from '../../build-utils/bundle.ts';
import leaveOut from '../../build-utils/stubs/left-out.cts';
import mediaTypes from '../../build-utils/stubs/mime-db.cts';
import charsets from '../../build-utils/stubs/iconv-lite.cts';
import { PROJECT } from './sources.ts';

const require = createRequire(import.meta.url);

/** As much of the package as is used here. */
interface Charsets {
	decode(bytes: Buffer, name: string): string;
	encodingExists(name: string): boolean;
}

describe('what stands in for packages in the bundle', () => {
	it('decodes texts as iconv-lite does', () => {
		const real = require('iconv-lite') as Charsets;
		for (const name of ['utf-8', 'UTF8', 'iso-8859-1', 'latin1']) {
			for (const bytes of ['', 'plain', 'ünïcode ✓', '\uFEFFmarked'].map((text) => Buffer.from(text))) {
				expect(charsets.decode(bytes, name), name).to.equal(real.decode(bytes, name));
				const decoder = charsets.getDecoder(name);
				const parts = [...bytes].map((byte) => decoder.write(Buffer.from([byte])));
				expect([...parts, decoder.end()].join(''), name).to.equal(real.decode(bytes, name));
			}
		}
		expect(charsets.encodingExists('shift_jis')).to.equal(false);
		expect(() => charsets.getDecoder('shift_jis')).to.throw(/^Encoding not recognized: /);
	});

	it('knows media types as mime-db does', () => {
		const real = require('mime-db') as Readonly<Record<string, { readonly charset?: string }>>;
		for (const [name, type] of Object.entries(mediaTypes)) {
			if (name in real) expect('charset' in type ? type.charset : undefined, name).to.equal(real[name]?.charset);
		}
	});

	it('says what is missing when used', () => {
		const stub = leaveOut('ssh2') as { readonly Client: new () => object };
		expect(() => new stub.Client()).to.throw('ssh2 is not part of the bundle');
		expect({} instanceof stub.Client).to.equal(false);
	});
});

describe('a bundle', function () {
	let folder = '';
	before(() => (folder = mkdtempSync(join(PROJECT, 'node_modules/.bundle-test-'))));
	after(() => rmSync(folder, { recursive: true, force: true }));

	it('of all packages works with sqlite3 alone beside it', async () => {
		const file = join(folder, 'app.cjs');
		await bundle({ entry: join(import.meta.dirname, 'bundle-trial.ts'), file, optimize: true, version: '1.2.3' });
		const run = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 10_000 });
		expect(run.stderr).to.equal('');
		const [logged = '', result = ''] = run.stdout.split('\n');
		expect(JSON.parse(logged)).to.deep.equal({ level: 'info', message: 'a line' });
		expect(JSON.parse(result)).to.deep.equal({
			version: '1.2.3',
			rows: [{ text: 'stored' }],
			json: { sent: 'é' },
			form: { sent: 'é' },
			unknownCharset: 415,
			engine: 'ENOENT',
			bus: 'ENOENT',
			equal: true,
			errorName: 'NamedError',
		});
	});
});
