import { expect } from 'chai';
import { keepsKey } from '../../../../src/adapters/http/keeps-key.ts';

describe('a key and a redirect', () => {
	for (const [from, to, isKept] of [
		['https://api.test/a', 'https://api.test/b', true],
		['http://api.test/a', 'https://api.test/a', true],
		['https://api.test/a', 'http://api.test/a', false],
		['http://api.test:8080/a', 'https://api.test:8443/a', false],
		['http://api.test/a', 'https://api.test:8443/a', false],
		['https://api.test/a', 'https://api.test:8443/a', false],
		['https://api.test/a', 'https://other.test/a', false],
		['http://api.test/a', 'https://api.test.other/a', false],
	] as const) {
		it(`${isKept ? 'stay together' : 'part'} from ${from} to ${to}`, () => {
			expect(keepsKey(new URL(from), new URL(to))).to.equal(isKept);
		});
	}
});
