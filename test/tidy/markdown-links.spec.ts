import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readAnchors, readLinks, readPaths, type Link } from './markdown-links.ts';
import { listFiles, PROJECT } from './sources.ts';

/** `listFiles` leaves fixtures out; their documents are read by people too. */
const FOLDERS = ['src', 'tools', 'test', 'build-utils', 'docs', ...listFolders('test/fixtures')];

describe('documents', () => {
	const rootFiles = readdirSync(PROJECT).filter((name) => name.endsWith('.md'));
	const documents = [...rootFiles, ...FOLDERS.flatMap(listFiles).filter((path) => path.endsWith('.md'))];
	const findDead = (read: (path: string) => readonly Link[]) =>
		documents.flatMap((path) =>
			read(path)
				.filter((link) => !leadsSomewhere(link))
				.map((link) => `${path}:${link.line} ${link.path}${link.anchor === undefined ? '' : `#${link.anchor}`}`),
		);

	it('link to files and headings that are there', () => {
		expect(documents.flatMap((path) => readLinks(path, read(path))).length).to.be.above(20);
		expect(findDead((path) => readLinks(path, read(path)))).to.deep.equal([]);
	});

	it('name files and folders that are there', () => {
		// The specification also names files of the predecessor.
		const own = (path: string) => !path.startsWith('docs/spec/') && path !== 'docs/decisions.md';
		expect(documents.flatMap((path) => readPaths(read(path))).length).to.be.above(100);
		expect(findDead((path) => (own(path) ? readPaths(read(path)) : []))).to.deep.equal([]);
	});

	it('have their links read from prose, with anchors', () => {
		const text = [
			'[a](../README.md) and [b](<style.md#names> "title"), [c](#top), ![d](x.png)',
			'[outside](https://example.com/x.md), `[code](no.md)`',
			'```',
			'[example](no.md)',
			'```',
			'[e](spec/)',
		].join('\n');
		expect(readLinks('docs/a.md', text)).to.deep.equal([
			{ line: 1, path: 'README.md' },
			{ line: 1, path: 'docs/style.md', anchor: 'names' },
			{ line: 1, path: 'docs/a.md', anchor: 'top' },
			{ line: 1, path: 'docs/x.png' },
			{ line: 6, path: 'docs/spec/' },
		]);
	});

	it('have their paths read from code marks', () => {
		const text = '`src/a.ts`, `npx mocha test/b/` and `docs/<name>.md`, `test/*.ts`, src/c.ts, `dist/src/d.ts`';
		expect(readPaths(text).map(({ path }) => path)).to.deep.equal(['src/a.ts', 'test/b/']);
	});

	it('have an anchor for each heading, as code hosts make it', () => {
		const text = '# One word, one thing\n## 2.1 When\n## `a_b` [c](d)\n```\n# no heading\n```\n## When\n## When';
		const names = ['one-word-one-thing', '21-when', 'a_b-c', 'when', 'when-1'];
		expect([...readAnchors(text)]).to.deep.equal(names);
	});
});

function leadsSomewhere({ path, anchor }: Link): boolean {
	if (!existsSync(join(PROJECT, path))) return false;
	return anchor === undefined || !path.endsWith('.md') || readAnchors(read(path)).has(anchor);
}

function read(path: string): string {
	return readFileSync(join(PROJECT, path), 'utf8');
}

function listFolders(folder: string): readonly string[] {
	const entries = readdirSync(join(PROJECT, folder), { withFileTypes: true });
	return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}
