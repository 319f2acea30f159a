import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { metricsPage } from '../../../../tools/metrics/main.ts';

describe('docs/metrics.md', () => {
	it('is what the table of metrics gives (npm run docs:metrics)', () => {
		expect(readFileSync(join(import.meta.dirname, '../../../../docs/metrics.md'), 'utf8')).to.equal(metricsPage());
	});
});
