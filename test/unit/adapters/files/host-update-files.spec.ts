import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { HostUpdateMarkFile } from '../../../../src/adapters/files/index.ts';

describe('the mark of an update of the host OS', () => {
	let rootPath: string;
	const markOf = (bootId: string | undefined) =>
		new HostUpdateMarkFile({ rootPath, readBootId: () => Promise.resolve(bootId) });

	beforeEach(() => {
		rootPath = mkdtempSync(join(tmpdir(), 'root-'));
	});
	afterEach(() => {
		rmSync(rootPath, { recursive: true });
	});

	it('is kept, replaced and cleared', async () => {
		const marks = markOf('boot 1');
		expect(await marks.read()).to.equal(undefined);
		await marks.clear();
		await marks.set({ commit: 'c1', state: 'started' });
		expect(await marks.read()).to.deep.equal({ commit: 'c1', state: 'started' });
		await marks.set({ commit: 'c1', state: 'installed' });
		expect(await markOf('boot 1').read()).to.deep.equal({ commit: 'c1', state: 'installed' });
		await marks.clear();
		expect(await marks.read()).to.equal(undefined);
	});

	it('does not count after a boot, also where no tmpfs was cleared', async () => {
		await markOf('boot 1').set({ commit: 'c1', state: 'started' });
		expect(await markOf('boot 2').read()).to.equal(undefined);
	});

	it('counts where the kernel names no boot', async () => {
		await markOf(undefined).set({ commit: 'c1', state: 'started' });
		expect(await markOf(undefined).read()).to.deep.equal({ commit: 'c1', state: 'started' });
	});

	it('is none if its file is not ours', async () => {
		await markOf('boot 1').set({ commit: 'c1', state: 'started' });
		for (const text of ['', '[]', '{"bootId":"boot 1","commit":"c1","state":"other"}']) {
			writeFileSync(join(rootPath, 'tmp/balena-supervisor/host-update'), text);
			expect(await markOf('boot 1').read(), text).to.equal(undefined);
		}
	});

	it('says which file cannot be written', async () => {
		writeFileSync(join(rootPath, 'tmp'), '');
		const error: unknown = await markOf('boot 1')
			.set({ commit: 'c1', state: 'started' })
			.catch((reason: unknown) => reason);
		expect(error).to.have.property('code', 'file-unwritable');
	});
});
