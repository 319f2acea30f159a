import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { findCause } from '../../../../src/domain/failure-cause.ts';
import { sectionsOf, troubleshootingPage } from '../../../../tools/troubleshooting/main.ts';
import { ERRORS, FINDINGS } from '../../../../tools/troubleshooting/samples.ts';
import { TOPICS } from '../../../../tools/troubleshooting/topics.ts';

describe('docs/troubleshooting.md', () => {
	const page = readFileSync(join(import.meta.dirname, '../../../../docs/troubleshooting.md'), 'utf8');

	it('v3-api #1: 3.2: is what the tables of reasons and causes give (npm run docs:troubleshooting writes it)', () => {
		expect(page === troubleshootingPage()).to.equal(true);
	});

	it('has a heading with the anchor of each topic, and a sentence that people see', () => {
		const anchors = [...page.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'));
		expect(anchors).to.deep.equal(Object.keys(TOPICS));
		expect(sectionsOf().filter(({ sentences }) => sentences.length === 0)).to.deep.equal([]);
	});

	it('has an example of each kind and of each cause', () => {
		for (const [kind, finding] of Object.entries(FINDINGS)) expect(finding.kind).to.equal(kind);
		for (const [kind, error] of Object.entries(ERRORS)) expect(findCause(error)?.kind, error).to.equal(kind);
	});
});
