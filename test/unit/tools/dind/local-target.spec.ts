import { expect } from 'chai';
import { composeLocalTarget } from '../../../../tools/dind/local-target.ts';

const images = { web: 'registry/v2/web@sha256:1', db: 'registry/v2/db@sha256:2' };
const options = { folder: '/home/me/shop', env: { FROM_HERE: 'yes' } };

describe('the target of a device without a cloud', () => {
	it('is the compose file as the API of the device takes it', () => {
		const web = { environment: ['A=1=2', 'FROM_HERE', 'UNKNOWN'], labels: { 'a.b': 1 }, ports: ['80:80'] };
		const services = { web, db: { environment: { N: 5, T: true, FROM_HERE: null } } };
		const { commit, local } = composeLocalTarget(
			{ composition: { services, volumes: { data: null } }, images },
			options,
		);
		expect(commit).to.match(/^[0-9a-f]{32}$/);
		expect(local).to.deep.equal({
			apps: {
				1: {
					...{ name: 'shop', commit, releaseId: 1, networks: {}, volumes: { data: {} } },
					services: {
						1: {
							...{ serviceName: 'web', imageId: 1, image: images.web, ports: ['80:80'] },
							...{ environment: { A: '1=2', FROM_HERE: 'yes' }, labels: { 'a.b': '1' } },
						},
						2: {
							...{ serviceName: 'db', imageId: 2, image: images.db, labels: {} },
							environment: { N: '5', T: 'true', FROM_HERE: 'yes' },
						},
					},
				},
			},
		});
	});

	it('is the same release for the same file, and another for another image', () => {
		const composition = { name: 'mine', services: { web: {} } };
		const commitOf = (web: string) => composeLocalTarget({ composition, images: { web } }, options).commit;
		expect(commitOf('a')).to.equal(commitOf('a')).and.not.equal(commitOf('b'));
	});
});
