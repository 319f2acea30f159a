import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeTable } from '../../../../tools/compose-table.ts';

describe('compose: the documentation', () => {
	it('is what the field table gives (node --import tsx tools/compose-table.ts writes it)', () => {
		const file = join(import.meta.dirname, '../../../../docs/compose.md');
		expect(readFileSync(file, 'utf8')).to.equal(composeTable());
	});
});
