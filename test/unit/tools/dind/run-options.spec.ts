import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkKeptCloud, chooseCloud } from '../../../../tools/dind/choose-cloud.ts';
import { chooseOs } from '../../../../tools/dind/choose-os.ts';
import { chooseDirectory } from '../../../../tools/dind/device-folder.ts';
import type { DeviceRecord } from '../../../../tools/dind/device-folder.ts';
import { describeDeviceType, listDeviceTypes, machineArch } from '../../../../tools/dind/device-types.ts';
import { listImages } from '../../../../tools/dind/inputs.ts';
import { checkRules, describeOptions, takePlace } from '../../../../tools/dind/options.ts';
import { RUN_OPTIONS, RUN_RULES, SAMPLE } from '../../../../tools/dind/run-options.ts';

const HOST = 'balena-container-supervisor';
const keptHost: DeviceRecord = {
	home: { kind: 'private' },
	os: { container: HOST, image: 'x' },
	port: 1,
	ports: { cloud: 2, registry: 3 },
};

describe('the options of dindctl run', () => {
	it('have rules only for options that there are', () => {
		const names = RUN_RULES.flatMap(({ option, without, needs }) => [option, without ?? option, needs ?? option]);
		expect(Object.keys(RUN_OPTIONS)).to.include.members(names);
		const shorts = Object.values(RUN_OPTIONS).flatMap((row) => ('short' in row ? [row.short] : []));
		expect(new Set(shorts).size).to.equal(shorts.length);
	});

	for (const [values, problem] of [
		[{ preload: true }, '--preload goes with --os only. Add --os.'],
		[{ os: true, engine: 'x' }, '--engine goes without --os. Leave out one of them.'],
		[{ os: true, image: 'x', program: 'y' }, '--image goes without --program. Leave out one of them.'],
		[{ engine: 'x', 'dind-image': 'y' }, '--dind-image goes without --engine. Leave out one of them.'],
		[{ 'no-cloud': true, os: true }, '--no-cloud goes without --os. Use --cloud none.'],
		[
			{ name: 'x', 'dind-container': 'y', os: true },
			'--name and --dind-container say the same. Leave out one of them.',
		],
		[{ engine: 'x', config: 'y' }, '--config goes with a private engine only. Leave out --engine.'],
	] as const) {
		it(`refuse ${Object.keys(values).join(' with ')}`, () => {
			expect(() => checkRules(values, RUN_RULES)).to.throw(problem);
		});
	}

	it('are explained in one column', () => {
		expect(describeOptions({ port: { type: 'string', short: 'p', value: 'N', help: 'a port' } })).to.deep.equal([
			'  -p, --port N              a port',
		]);
	});

	it('find the folder of the device', () => {
		const usual = chooseDirectory({});
		expect(chooseDirectory({ 'dind-container': 'supervisor' })).to.equal(usual);
		expect(chooseDirectory({ 'dind-container': 'x' })).to.equal(`${usual}-x`);
		expect(chooseDirectory({ directory: '/here', 'dind-container': 'x' })).to.equal('/here');
		expect(chooseDirectory({ name: 'x' })).to.equal(`${usual}-x`);
		expect(() => chooseDirectory({ name: '../x' })).to.throw('../x is no name of a device');
		expect(() => chooseDirectory({ 'dind-container': '../x' })).to.throw('../x is no name of a container');
	});

	it('of the place are taken off a line of another program, from its beginning or from everywhere', () => {
		const args = ['--dind-container', 'x', '-n', '5', '--directory=/here'];
		const names = { 'dind-container': 'x' };
		expect(takePlace(args, 'first')).to.deep.equal({ place: names, rest: ['-n', '5', '--directory=/here'] });
		expect(takePlace(args, 'anywhere')).to.deep.equal({ place: { ...names, directory: '/here' }, rest: ['-n', '5'] });
		expect(() => takePlace(['--directory'], 'first')).to.throw('--directory needs a value');
	});

	it('describe the host, and leave a kept one what it is', () => {
		const image = `balena/${machineArch()}-supervisor:t`;
		expect(chooseOs({ os: true, tag: 't', 'mount-nm': true, 'dind-container': 'x' }, undefined)).to.deep.equal({
			...{ container: 'balena-container-x', image, mounts: ['node_modules'], isReadable: false, isGiven: false },
		});
		expect(chooseOs({ os: true }, keptHost)?.container).to.equal(HOST);
		expect(() => chooseOs({ os: true, 'dind-container': 'x' }, keptHost)).to.throw(`has the container ${HOST}`);
		expect(() => chooseOs({}, keptHost)).to.throw('This device is a host. Add --os');
		expect(chooseOs({}, undefined)).to.equal(undefined);
	});

	it('choose a cloud, and none for preloaded apps', () => {
		expect(chooseCloud({ preload: true }, undefined)).to.deep.equal({ kind: 'none' });
		expect(chooseCloud({ cloud: 'none' }, undefined)).to.deep.equal({ kind: 'none' });
		expect(chooseCloud({}, undefined).kind).to.equal('stand-in');
		expect(() => chooseCloud({ preload: true, cloud: 'local' }, undefined)).to.throw(
			'would replace the preloaded apps',
		);
		expect(() => chooseCloud({ cloud: 'none' }, 'x.yml')).to.throw('no stand-in cloud that could release x.yml');
		expect(chooseCloud({ 'no-cloud': true }, undefined)).to.deep.equal({ kind: 'none' });
		expect(chooseCloud({ 'no-cloud': true }, SAMPLE)).to.have.nested.property('file.composition.services.web');
		const folder = mkdtempSync(join(tmpdir(), 'run-options-'));
		try {
			const path = join(folder, 'config.json');
			writeFileSync(path, '{"apiEndpoint":"https://api.example.com"}');
			const config = { apiEndpoint: 'https://api.example.com', listenPort: 48484 };
			for (const values of [{ config: path }, { cloud: path }, { config: path, preload: true }]) {
				expect(chooseCloud(values, undefined)).to.deep.equal({ kind: 'config', path, config });
			}
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	it('give a kept device nothing that is not asked for', () => {
		expect(chooseCloud({}, undefined, 'stand-in')).to.deep.equal({ kind: 'stand-in' });
		expect(chooseCloud({}, SAMPLE, 'stand-in')).to.have.property('file');
		expect(chooseCloud({}, undefined, 'none')).to.deep.equal({ kind: 'none' });
		expect(chooseCloud({}, undefined)).to.have.property('file');
	});

	it('leave a kept device with its cloud', () => {
		const folder = mkdtempSync(join(tmpdir(), 'run-options-'));
		const withFleet = { ...keptHost, fleet: { id: 1, name: 'f' } };
		try {
			expect(() => checkKeptCloud({ kind: 'none' }, folder, withFleet)).not.to.throw();
			mkdirSync(join(folder, 'boot'));
			writeFileSync(join(folder, 'boot/config.json'), '{}');
			expect(() => checkKeptCloud({ kind: 'none' }, folder, keptHost)).not.to.throw();
			expect(() => checkKeptCloud({ kind: 'none' }, folder, withFleet)).to.throw('belongs to its stand-in cloud');
			const standIn = chooseCloud({}, undefined);
			expect(() => checkKeptCloud(standIn, folder, withFleet)).not.to.throw();
			expect(() => checkKeptCloud(standIn, folder, undefined)).not.to.throw();
			expect(() => checkKeptCloud(standIn, folder, keptHost)).to.throw('belongs to no stand-in cloud');
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	it('know the boards that have a config.txt', () => {
		const boards = listDeviceTypes().filter((slug) => 'config.txt' in describeDeviceType(slug).bootFiles);
		expect(boards).to.include('raspberrypi4-64').and.not.include('generic-amd64');
	});

	it('find the images of preloaded apps in each format', () => {
		const services = { web: { image_id: 6, image: 'a/b@sha256:1' }, other: { image: 'c:1' } };
		const v3 = { apps: { ['f'.repeat(32)]: { id: 1, releases: { c: { services } } } } };
		expect(listImages(JSON.stringify(v3))).to.deep.equal(['a/b@sha256:1', 'c:1']);
		expect(listImages('[{"appId":"12","imageId":"registry/img"}]')).to.deep.equal(['registry/img']);
		expect(listImages('no json')).to.deep.equal([]);
	});
});
