import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readReleaseFile } from '../../../../tools/dind/read-release-file.ts';

const VARIABLE = 'DINDCTL_SPEC_VARIABLE';

describe('dindctl, reading a compose file', () => {
	let folder = '';
	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'release-file-'));
	});
	after(() => rmSync(folder, { recursive: true, force: true }));
	afterEach(() => {
		rmSync(join(folder, '.env'), { force: true });
		// eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- what this file has set
		delete process.env[VARIABLE];
	});

	function write(name: string, text: string): string {
		writeFileSync(join(folder, name), text);
		return join(folder, name);
	}

	function readWeb(service: string, ...envFiles: readonly string[]) {
		const path = write('compose.yml', `x-a: &a {image: shared, restart: no}\nservices: {web: ${service}}`);
		return readReleaseFile(path, envFiles).composition.services['web'];
	}

	it('takes an image and its labels from merges', () => {
		expect(readWeb('{<<: *a, labels: {<<: {a: b}, c: d}}')).to.deep.equal({
			image: 'shared',
			restart: 'no',
			labels: { a: 'b', c: 'd' },
		});
	});

	it('keeps every digit of an integer, in build arguments as well', () => {
		expect(
			readWeb('{build: {args: {A: 1147053346671102335}}, environment: {A: 1147053346671102335, B: 022}}'),
		).to.deep.equal({
			build: { context: '.', args: { A: '1147053346671102335' } },
			environment: { A: '1147053346671102335', B: 18 },
		});
	});

	it('takes a build argument without a value from the environment', () => {
		process.env[VARIABLE] = 'outer';
		expect(readWeb(`{build: {args: {${VARIABLE}: }}}`)?.build?.args).to.deep.equal({ [VARIABLE]: 'outer' });
	});

	it('replaces variables: the environment goes before an env file, a later file before an earlier one', () => {
		write('.env', `${VARIABLE}=usual`);
		const first = write('first.env', `${VARIABLE}=first\nOTHER=first`);
		const second = write('second.env', `${VARIABLE}=second`);
		const service = `{image: "\${${VARIABLE}:-dflt} \${OTHER:-none} $$"}`;
		expect(readWeb(service)?.image).to.equal('usual none $');
		expect(readWeb(service, first)?.image).to.equal('first first $');
		expect(readWeb(service, first, second)?.image).to.equal('second first $');
		process.env[VARIABLE] = 'outer';
		expect(readWeb(service, first, second)?.image).to.equal('outer first $');
	});

	for (const [service, problem] of [
		['{image: "${GONE}"}', 'services.web.image: the variable GONE is not set. Set it in the environment or in .env'],
		['{volumes: ["${GONE}/x:/y"]}', 'services.web.volumes[0]: the variable GONE is not set'],
		['{volumes: ["a:/a", "./c:/c"]}', 'services.web.volumes[1] binds ./c, a path of this machine'],
		['{volumes: ["..:/c:ro"]}', 'services.web.volumes[0] binds .., a path'],
		['{volumes: ["~/c:/c"]}', 'services.web.volumes[0] binds ~/c, a path'],
		['{volumes: [{type: bind, source: ./c, target: /c}]}', 'services.web.volumes[0] binds ./c, a path'],
		['*gone', 'It is not YAML: Unresolved alias'],
	] as const) {
		it(`refuses ${service} with the file, the place and what to do`, () => {
			expect(() => readWeb(service))
				.to.throw(problem)
				.with.property('message')
				.that.includes(join(folder, 'compose.yml'));
		});
	}

	it('takes volumes that are no folder of this machine', () => {
		const volumes = ['data:/a', '/b', '.', { type: 'volume', source: 'data', target: '/c' }];
		expect(readWeb(JSON.stringify({ volumes }))).to.deep.equal({ volumes });
	});

	it('names the env file that it cannot read', () => {
		expect(() => readWeb('{}', join(folder, 'gone.env'))).to.throw(`There is no file ${join(folder, 'gone.env')}`);
		const broken = write('broken.env', 'A=1\nnonsense here');
		expect(() => readWeb('{}', broken)).to.throw(`${broken}: line 2 is not NAME=value. Correct it`);
	});
});
