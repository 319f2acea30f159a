import { expect } from 'chai';
import { anonymousPathsOf, compareService, readContainer } from '../../../../src/application-manager/compose/index.ts';
import { temporaryNameOf, type ServiceSpec } from '../../../../src/domain/service.ts';
import type { ContainerInspection } from '../../../../src/ports/engine.ts';
import { bodyOf, inspectionOf, specOf } from './compose-one.ts';

const [A, B] = ['a', 'b'].map((letter) => letter.repeat(64)) as [string, string];

function compose(...volumes: readonly unknown[]): ServiceSpec {
	return specOf({ composition: { volumes } });
}
/** Without the two mounts of every container. */
function written(spec: ServiceSpec, carried: Readonly<Record<string, string>>) {
	const facts = { anonymousVolumes: new Map(Object.entries(carried)) };
	const { Volumes, HostConfig } = bodyOf(spec, {}, facts).body;
	const binds = HostConfig.Binds.filter((bind) => !bind.startsWith('/tmp/balena-supervisor/'));
	return { paths: Object.keys(Volumes), binds, mounts: HostConfig.Mounts };
}
function viewOf(live: ContainerInspection) {
	const view = readContainer(live);
	if (!view.ok) {
		throw new Error(JSON.stringify(view.issues));
	}
	return view.value;
}
function liveOf(spec: ServiceSpec, carried: Readonly<Record<string, string>>) {
	return inspectionOf(spec, {}, {}, { anonymousVolumes: new Map(Object.entries(carried)) });
}

describe('compose: volumes without a name', () => {
	it('are those of the service and of its image, at clean paths, once each', () => {
		const image = { Volumes: { '/image/': {}, '/data': {} } };
		const volumes = ['/data/', '/other/../x', { type: 'volume', target: '/long/' }, { type: 'tmpfs', target: '/t' }];
		expect(anonymousPathsOf(specOf({ image, composition: { volumes } }).config)).to.deep.equal([
			'/image',
			'/data',
			'/x',
			'/long',
		]);
	});
	it('are not where something else is mounted, nor at a path that the engine does not take', () => {
		const image = { Volumes: { '/named/': {}, '/long': {}, '/t': {}, '/run': {} } };
		const volumes = [
			'v:/named',
			{ type: 'volume', source: 'w', target: '/long/' },
			{ type: 'tmpfs', target: '/t/' },
			'relative',
		];
		const spec = specOf({ image, composition: { volumes, tmpfs: '/run:size=1m' } });
		expect(anonymousPathsOf(spec.config)).to.deep.equal([]);
		const carried = Object.fromEntries(['/named', '/long', '/t', '/run', 'relative'].map((path) => [path, A]));
		expect(written(spec, carried)).to.deep.equal(written(spec, {}));
	});
	it('go over to the next container by the names that the engine gave them', () => {
		const spec = compose('/data/', { type: 'volume', target: '/long' }, 'v:/v');
		expect(written(spec, { '/data': A, '/long/': B })).to.deep.equal({
			paths: ['/data/'],
			binds: ['1_v:/v', `${A}:/data/`],
			mounts: [{ Type: 'volume', Target: '/long', Source: B }],
		});
		expect(written(spec, { '/gone': A }).binds).to.deep.equal(['1_v:/v']);
	});
	it('are mounted once where two entries name one path: the engine refuses a second mount', () => {
		expect(written(compose('/data', '/data/'), { '/data': A }).binds).to.deep.equal([`${A}:/data`]);
		const both = written(compose('/data', { type: 'volume', target: '/data/' }), { '/data': A });
		expect([both.binds, both.mounts]).to.deep.equal([[], [{ Type: 'volume', Target: '/data/', Source: A }]]);
	});
	it('do not go over by another name, which would be read back as one of the release', () => {
		expect(written(compose('/data'), { '/data': '1_data' }).binds).to.deep.equal([]);
	});
	it('make no difference when they are read back, and are no volumes of the app', () => {
		const spec = compose('/data/', { type: 'volume', target: '/long' }, 'v:/v');
		const plain = viewOf(inspectionOf(spec));
		for (const carried of [{ '/data': A, '/long': B }, { '/data': A }, { '/long': B }]) {
			const view = viewOf(liveOf(spec, carried));
			expect(compareService(view, spec, new Map())).to.deep.equal([]);
			expect(view.config.volumes).to.have.deep.members([...plain.config.volumes]);
			expect(view.volumes).to.deep.equal(['1_v']);
		}
		const gone = compareService(viewOf(liveOf(spec, { '/data': A })), compose('v:/v'), new Map());
		expect(gone.map(({ field }) => field)).to.deep.equal(['volumes']);
	});
	it('are read from the bind alone, should the engine show the path beside it in another way, or not', () => {
		const live = liveOf(compose('/data/'), { '/data': A });
		const shown = (Volumes: object) => viewOf({ ...live, Config: { ...live.Config, Volumes } });
		expect(compareService(shown({}), compose('/data/'), new Map())).to.deep.equal([]);
		expect(compareService(shown({ '/data': {} }), compose('/data'), new Map())).to.deep.equal([]);
	});
	it('skip a bind that was made outside the supervisor', () => {
		const live = inspectionOf(compose());
		const odd = [`${A}:/data:ro`, `${'A'.repeat(64)}:/data`, `${A}0:/data`];
		const view = viewOf({
			...live,
			HostConfig: { ...live.HostConfig, Binds: odd },
		});
		expect(view.config.volumes).to.deep.equal(odd);
	});
});

describe('compose: a container that is made while its name is taken', () => {
	it('has another name, which says the same', () => {
		const spec = specOf({ commit: '123' });
		for (let n = 1; n <= 9; n++) {
			const name = temporaryNameOf('s_6_7_123', n);
			expect(name).to.equal(n === 1 ? 'new_s_6_7_123' : `new${n}_s_6_7_123`);
			const view = viewOf(inspectionOf(spec, {}, {}, { name }));
			expect(view).to.include({ name, serviceName: 's', imageId: 6, releaseId: 7, commit: '123' });
		}
		expect(bodyOf(spec).name).to.equal('s_6_7_123');
	});
	it('is not taken for the service of that name', () => {
		const live = inspectionOf(specOf({ commit: 'c' }));
		const Labels = { ...live.Config.Labels, 'io.balena.service-name': 'new_s' };
		const view = viewOf({ ...live, Name: '/new_s_6_7_c', Config: { ...live.Config, Labels } });
		expect(view).to.include({ serviceName: 'new_s', imageId: 6, releaseId: 7, commit: 'c' });
	});
});
