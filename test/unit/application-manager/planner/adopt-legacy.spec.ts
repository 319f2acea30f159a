import { expect } from 'chai';
import { adoptLegacy } from '../../../../src/application-manager/planner/adopt-legacy.ts';
import type { ContainerView } from '../../../../src/domain/service.ts';
import type { AppSpec } from '../../../../src/domain/target.ts';

/** As far as adopting looks. */
function container(labels: Readonly<Record<string, string>>, serviceName = 'main'): ContainerView {
	return { serviceName, serviceId: 77, config: { labels } } as unknown as ContainerView;
}

function app(...names: string[]): AppSpec {
	const services = names.map((serviceName) => ({
		identity: { serviceName, serviceId: 5 },
		config: { labels: { 'io.balena.service-id': '5', mine: '1' } },
	}));
	return { services } as unknown as AppSpec;
}

const LEGACY = { 'io.balena.legacy-container': '1', 'io.balena.service-id': '77' };

describe('a container from before there were services', () => {
	it('gives its ids to the one service that stands for it', () => {
		expect(adoptLegacy(app('main'), [container(LEGACY)]).services).to.deep.equal([
			{ identity: { serviceName: 'main', serviceId: 77 }, config: { labels: { mine: '1', ...LEGACY } } },
		]);
	});

	it('gives nothing to a service of another name, among others, or without the label', () => {
		const unchanged = (target: AppSpec, containers: readonly ContainerView[]) => {
			expect(adoptLegacy(target, containers)).to.equal(target);
		};
		unchanged(app('web'), [container(LEGACY)]);
		unchanged(app('main', 'web'), [container(LEGACY)]);
		unchanged(app('main'), [container(LEGACY), container(LEGACY, 'web')]);
		unchanged(app('main'), [container({ 'io.balena.service-id': '77' })]);
		unchanged(app('main'), [container({ ...LEGACY, 'io.balena.legacy-container': '' })]);
		unchanged(app('main'), []);
		unchanged(app(), [container(LEGACY)]);
	});
});
