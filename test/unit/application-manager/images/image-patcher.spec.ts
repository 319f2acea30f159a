import { expect } from 'chai';
import { FolderImagePatcher } from '../../../../src/application-manager/index.ts';
import { OperationalError } from '../../../../src/ports/operational-error.ts';

const NEVER = new AbortController().signal;

describe('an image made of another one and a change', () => {
	async function apply(exitCode: number, fails?: 'unpack' | 'import') {
		const story: string[] = [];
		const note = (what: string, rejects = false) => {
			story.push(what);
			return rejects ? Promise.reject(new OperationalError('test', 'the disk is full')) : Promise.resolve();
		};
		async function* bytes(text: string): AsyncGenerator<Uint8Array> {
			yield Promise.resolve(Buffer.from(text));
		}
		const patcher = new FolderImagePatcher({
			archives: {
				exportFiles: async (id) => {
					await note(`export ${id}`);
					return { archive: bytes('files'), close: () => note('close') };
				},
				importFiles: async ({ config }) => {
					await note(`import ${JSON.stringify(config)}`, fails === 'import');
					return 'sha256:made';
				},
			},
			folders: {
				isAvailable: () => Promise.resolve(true),
				create: () =>
					Promise.resolve({
						unpack: () => note('unpack', fails === 'unpack'),
						applyBatch: async () => {
							await note('apply');
							return exitCode;
						},
						pack: () => bytes('changed'),
						remove: () => note('remove'),
					}),
			},
		});
		const result = await patcher
			.apply({ source: 'sha256:source', config: { A: 1 }, batch: bytes('batch') }, NEVER)
			.catch((error: unknown) => error);
		return { result, story };
	}

	it('takes the files out, changes them, and puts them back with the new configuration', async () => {
		const { result, story } = await apply(0);
		expect(result).to.deep.equal({ kind: 'done', engineImageId: 'sha256:made' });
		expect(story).to.deep.equal(['export sha256:source', 'unpack', 'close', 'apply', 'import {"A":1}', 'remove']);
	});

	for (const code of [19, 23, 24, 128]) {
		it(`cloud-api 14.6: does not fit when rsync ends with ${code}`, async () => {
			const { result, story } = await apply(code);
			expect(result).to.deep.include({ kind: 'out-of-sync' });
			expect(story.slice(-2)).to.deep.equal(['apply', 'remove']);
		});
	}

	it('fails when rsync does', async () => {
		const { result, story } = await apply(12);
		expect(result).to.be.instanceOf(OperationalError).with.property('message').that.contains('12');
		expect(story.at(-1)).to.equal('remove');
	});

	for (const step of ['unpack', 'import'] as const) {
		it(`leaves nothing behind when it cannot ${step}`, async () => {
			const { result, story } = await apply(0, step);
			expect(result).to.have.property('message', 'the disk is full');
			expect(story).to.include('close');
			expect(story.at(-1)).to.equal('remove');
		});
	}
});
