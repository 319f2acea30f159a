import { expect } from 'chai';
import { planEndedVolumes } from '../../../../src/application-manager/planner/anonymous-volumes.ts';
import type { PlanningContext } from '../../../../src/application-manager/planner/planning-context.ts';

describe('anonymous volumes that are over', () => {
	const name = 'a'.repeat(64);

	/** A service that has arrived at its target, whose container has these anonymous volumes; a row is kept for one. */
	function removed(path: string, mounted: Readonly<Record<string, string>>, volumes: readonly string[]) {
		const current = { anonymousVolumes: mounted, volumes: [] };
		const target = { engineImageId: 'sha256:1', config: { volumes, tmpfs: [] } };
		// The members that are read.
		const planning = {
			appId: 1,
			pairs: new Map([['web', { current, target, removal: undefined }]]),
			keptVolumes: [{ appId: 1, serviceName: 'web', path, name }],
			containers: [current],
		} as unknown as PlanningContext;
		return planEndedVolumes(planning).length;
	}

	it('are removed when the path is no volume any more', () => {
		expect(removed('/data', {}, [])).to.equal(1);
		expect(removed('/data', {}, ['/data'])).to.equal(0);
	});

	it('are removed with a container that never ran, but not if the next one has taken them over', () => {
		expect(removed('', {}, ['/data'])).to.equal(1);
		expect(removed('', { '/data': name }, ['/data'])).to.equal(0);
		expect(removed('', { '/data': 'b'.repeat(64) }, ['/data'])).to.equal(1);
	});
});
