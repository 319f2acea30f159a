import { expect } from 'chai';
import type { ChangedBoot, ChangedSettings, ConfigChanges } from '../../../src/device-state/planner/compare-config.ts';
import { proposeConfig } from '../../../src/device-state/planner/config-steps.ts';
import { explainWait } from '../../../src/domain/plan.ts';
import { subjectOf } from '../../../src/domain/step.ts';

const settings: ChangedSettings = { values: { delta: true }, variables: { SUPERVISOR_DELTA: '1' }, afterReboot: {} };
const logging: ChangedSettings = {
	values: { persistentLogging: true },
	variables: { SUPERVISOR_PERSISTENT_LOGGING: '1' },
	afterReboot: { persistentLogging: 'true' },
};
const bootOf = (needsReboot: boolean): ChangedBoot => ({
	variables: { HOST_CONFIG_a: '1' },
	backends: [{ name: 'config.txt', needsReboot }],
});
const refused: ChangedBoot = { ...bootOf(true), refusal: { name: 'odmdata', message: 'no such device' } };

function explain(
	config: Omit<ConfigChanges, 'notes'>,
	reboot: 'none' | 'done' | 'required' = 'none',
	localMode = { snapshot: false, apps: false },
): readonly string[] {
	const { first, aside } = proposeConfig({ ...config, notes: [] }, { host: { reboot }, localMode });
	const line = ({ step: { step }, because }: (typeof first)[number]) => {
		const wait = because === undefined ? '' : ` — ${explainWait(because).replace(/ [0-9a-f]{16}"/, '"')}`;
		return `${step.kind} ${subjectOf(step)}${wait}`;
	};
	return [...first.map(line), ...aside.map((proposal) => `aside: ${line(proposal)}`)];
}

describe('configuration of the device, planned', () => {
	it('where nothing differs nothing is proposed', () => {
		expect(explain({})).to.deep.equal([]);
	});

	it('config #26: a setting that takes a reboot is changed when the mark is there', () => {
		expect(explain({ settings: logging })).to.deep.equal([
			'markReboot {"persistentLogging":"true"}',
			'changeSettings persistentLogging — waits for "markReboot {"persistentLogging":"true"}" to end',
		]);
		expect(explain({ settings: logging }, 'required')).to.deep.equal(['changeSettings persistentLogging']);
	});

	it('a mark of an earlier boot counts for nothing', () => {
		expect(explain({ settings: logging }, 'done')).to.have.length(2);
	});

	it('config #25: boot files wait for settings, and are not marked before', () => {
		expect(explain({ settings, boot: bootOf(true) })).to.deep.equal([
			'changeSettings delta',
			'changeBootConfig config.txt — waits for "changeSettings delta" to end',
		]);
	});

	it('host #17: boot files change when the mark is there', () => {
		expect(explain({ boot: bootOf(true) })).to.deep.equal([
			'markReboot {}',
			'changeBootConfig config.txt — waits for "markReboot {}" to end',
		]);
		expect(explain({ boot: bootOf(true) }, 'required')).to.deep.equal(['changeBootConfig config.txt']);
	});

	it('host #16: what needs no reboot gets no mark', () => {
		expect(explain({ boot: bootOf(false) })).to.deep.equal(['changeBootConfig config.txt']);
	});

	it('what is refused needs no reboot, and nothing depends on it', () => {
		expect(explain({ boot: refused })).to.deep.equal(['aside: changeBootConfig config.txt,odmdata']);
	});

	it('the VPN goes with the settings; postponed, nothing depends on it', () => {
		expect(explain({ settings, vpn: { enabled: false, quiet: false } })).to.deep.equal([
			'changeSettings delta',
			'setVpn off',
		]);
		expect(explain({ vpn: { enabled: true, quiet: false, notBefore: 5 } })).to.deep.equal([
			'aside: setVpn on — was done a short while ago, and waits before it is done again',
		]);
	});

	it('is the same attempt to switch the VPN, whether its user reads of it or not', () => {
		const ids = [true, false].map((quiet) => {
			const current = { host: { reboot: 'none' }, localMode: { snapshot: false, apps: false } } as const;
			return proposeConfig({ vpn: { enabled: true, quiet }, notes: [] }, current).first[0]?.step;
		});
		expect(ids[0]?.id).to.equal(ids[1]?.id);
		expect(ids.map((step) => step?.step)).to.deep.equal([
			{ kind: 'setVpn', enabled: true, quiet: true },
			{ kind: 'setVpn', enabled: true, quiet: false },
		]);
	});

	it('local mode is entered when the engine was recorded, and not recorded again', () => {
		const local: ChangedSettings = {
			values: { localMode: true },
			variables: { SUPERVISOR_LOCAL_MODE: '1' },
			afterReboot: {},
		};
		expect(explain({ settings: local })).to.deep.equal([
			'takeEngineSnapshot device',
			'changeSettings localMode — waits for "takeEngineSnapshot device" to end',
		]);
		expect(explain({ settings: local }, 'none', { snapshot: true, apps: false })).to.deep.equal([
			'changeSettings localMode',
		]);
	});

	it('nothing of this runs beside another that writes config.json', () => {
		const current = { host: { reboot: 'none' }, localMode: { snapshot: false, apps: false } } as const;
		const { first } = proposeConfig({ settings, boot: bootOf(false), notes: [] }, current);
		expect(first.map(({ step }) => step.footprint.writes.includes('config'))).to.deep.equal([true, true]);
	});
});
