import { expect } from 'chai';
import { findConfigChanges, isRightForReboots } from '../../../src/device-state/planner/reboot-guard.ts';
import type { CurrentBootBackend, CurrentConfig } from '../../../src/domain/device-config.ts';
import { findRecord, isIneffective, type RebootCause, type RebootRecord } from '../../../src/domain/reboot.ts';
import { DEFAULT_SETTINGS, PLAIN_CONFIG } from '../../support/device-config.ts';
import { emptyState } from '../../support/empty-state.ts';

const MINUTE_MS = 60_000;
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const TARGET = { HOST_CONFIG_gpu_mem: '64', HOST_CONFIG_dtparam: '"i2c_arm=on","spi=on"' };
const RIGHT = 'gpu_mem=64\ndtparam=i2c_arm=on\ndtparam=spi=on\n';
const WRONG = 'gpu_mem=16\nhdmi_mode=1\n';
const WHAT =
	'HOST_CONFIG_dtparam="i2c_arm=on","spi=on", HOST_CONFIG_gpu_mem=64, without HOST_CONFIG_hdmi_mode (config.txt)';

const configTxt = (content: string): CurrentBootBackend => ({ name: 'config.txt', state: 'read', content });

interface Device {
	readonly file?: string;
	readonly host?: Partial<CurrentConfig>;
	readonly due?: readonly RebootCause[];
	readonly records?: readonly RebootRecord[];
	readonly rightSince?: number;
	readonly containers?: readonly string[];
}

function hostOf({ file = WRONG, host, due = [], records = [] }: Device) {
	const boot = { deviceType: 'raspberrypi4-64', backends: [configTxt(file)] };
	return { ...emptyState.host, ...PLAIN_CONFIG, boot, ...host, reboots: { due, records } };
}

function find(variables: Readonly<Record<string, string>>, device: Device = {}, now = 0) {
	const { rightSince, containers = [] } = device;
	const history = { hasSettled: true, ...(rightSince !== undefined && { rightSince }) };
	// Only the ids of containers are read.
	const apps = [{ containers: containers.map((containerId) => ({ containerId })) }] as never;
	return findConfigChanges({ variables }, { apps, host: hostOf(device) }, { history, now });
}

const causeOf = (variables: Readonly<Record<string, string>>, device: Device = {}): RebootCause => {
	const cause = find(variables, device).reboots?.boot;
	if (cause === undefined) throw new Error('no reboot is needed');
	return cause;
};
const recordOf = (cause: RebootCause, reboots: number): RebootRecord => ({ ...cause, reboots, isGivenUp: false });

describe('the guard of reboots', () => {
	it('names a cause by the variables that the reboot changes, the same each time', () => {
		expect(causeOf(TARGET).what).to.equal(WHAT);
		expect(causeOf(TARGET)).to.deep.equal(causeOf(TARGET, { file: `# edited\n${WRONG}` }));
		expect(find(TARGET, { file: RIGHT }).reboots?.boot).to.equal(undefined);
	});

	it('takes another value, and another part of the target, for another cause', () => {
		const other = causeOf({ ...TARGET, HOST_CONFIG_gpu_mem: '32' });
		expect(other.scope).to.not.equal(causeOf(TARGET).scope);
		const same = causeOf({ SUPERVISOR_DELTA: '1', ...TARGET, ANOTHER_DEVICE: '1' });
		expect(same, 'what takes no reboot does not count').to.deep.equal(causeOf(TARGET));
		expect(causeOf({ SUPERVISOR_PERSISTENT_LOGGING: '1', ...TARGET }).scope).to.not.equal(causeOf(TARGET).scope);
	});

	it('shortens a splash image, and still tells two from each other', () => {
		const image = (end: string) =>
			`data:image/png;base64,${Buffer.from(`89504e470d0a1a0a${'00'.repeat(90)}${end}`, 'hex').toString('base64')}`;
		const splash: CurrentBootBackend = {
			name: 'splash',
			state: 'read',
			content: { active: PNG, factory: PNG },
		};
		const host = { boot: { deviceType: 'generic-amd64', backends: [splash] } };
		const [one, two] = ['01', '02'].map((end) => causeOf({ HOST_SPLASH_image: image(end) }, { host }).what);
		expect(one).to.match(/^HOST_SPLASH_image=data:image.{20,40}… [0-9a-f]{16} \(splash\)$/);
		expect(two).to.not.equal(one);
	});

	it('lets two reboots pass, and nothing after the third', () => {
		const cause = causeOf(TARGET);
		for (const reboots of [0, 1, 2]) {
			expect(find(TARGET, { records: [recordOf(cause, reboots)] }).boot, String(reboots)).to.not.equal(undefined);
		}
		const { boot, reboots } = find(TARGET, { records: [recordOf(cause, 3)] });
		expect(boot).to.equal(undefined);
		expect(reboots?.ineffective.map(({ change }) => change.kind)).to.deep.equal(['changeBootConfig']);
		const otherScope = recordOf({ ...cause, scope: 'target of yesterday' }, 3);
		expect(find(TARGET, { records: [otherScope] }).boot).to.not.equal(undefined);
	});

	it('lets the third one pass while it is due', () => {
		const cause = causeOf(TARGET);
		const made = { due: [cause], records: [recordOf(cause, 3)] };
		expect(isIneffective(cause, made)).to.equal(false);
		expect(isIneffective(cause, { ...made, due: [] })).to.equal(true);
		expect(find(TARGET, made).boot).to.not.equal(undefined);
		expect(findRecord({ ...cause, what: 'another' }, made)).to.equal(undefined);
	});

	it('changes other settings beside one that reboots do not apply', () => {
		const variables = { SUPERVISOR_PERSISTENT_LOGGING: '1', SUPERVISOR_DELTA: '1' };
		const cause = find(variables).reboots?.settings;
		expect(cause?.what).to.equal('SUPERVISOR_PERSISTENT_LOGGING=1');
		const records = cause ? [recordOf(cause, 3)] : [];
		const { settings, reboots } = find(variables, { records });
		expect(settings?.values).to.deep.equal({ delta: true });
		expect(settings?.afterReboot).to.deep.equal({});
		expect(reboots?.ineffective[0]?.change).to.deep.equal({
			kind: 'changeSettings',
			settings: { persistentLogging: true },
			variables: { SUPERVISOR_PERSISTENT_LOGGING: '1' },
		});
		const alone = find({ SUPERVISOR_PERSISTENT_LOGGING: '1' }, { records });
		expect(alone.settings).to.equal(undefined);
	});

	it('needs no cause for a target that is refused, nor for a change without a reboot', () => {
		expect(find({ ...TARGET, HOST_CONFIG_kernel: 'mine' }).reboots?.boot).to.equal(undefined);
		expect(find({ SUPERVISOR_DELTA: '1' }, { file: '' }).reboots?.settings).to.equal(undefined);
	});

	it('forgets what has been right for half an hour, and no sooner', () => {
		const records = [recordOf(causeOf(TARGET), 2)];
		const over = (device: Device, minutes: number) =>
			find(TARGET, { records, ...device }, minutes * MINUTE_MS).reboots?.over.length;
		expect(over({ file: RIGHT, rightSince: 0 }, 29)).to.equal(0);
		expect(over({ file: RIGHT, rightSince: 0 }, 30)).to.equal(1);
		expect(over({ file: RIGHT }, 30), 'seen for the first time').to.equal(0);
		expect(over({ file: WRONG, rightSince: 0 }, 30), 'different again').to.equal(0);
		const due = records.map(({ scope, what }) => ({ scope, what }));
		expect(over({ file: RIGHT, rightSince: 0, due }, 30), 'its reboot is due').to.equal(0);
	});

	it('forgets other targets, and containers that are gone', () => {
		const earlier = { scope: 'target 0', what: 'x' };
		const there = { scope: 'container there', what: 'service web' };
		const gone = { scope: 'container gone', what: 'service web' };
		const records = [earlier, there, gone].map((cause) => recordOf(cause, 1));
		expect(find(TARGET, { records, containers: ['there'] }).reboots?.over).to.deep.equal([earlier, gone]);
		expect(find(TARGET, { records, containers: ['there'], due: [gone] }).reboots?.over).to.deep.equal([earlier]);
	});

	it('takes a device for right only if it can read it', () => {
		const unreadable: CurrentBootBackend = { name: 'config.txt', state: 'unreadable', error: 'no' };
		const isRight = (device: Device) => isRightForReboots(find(TARGET, device), hostOf(device));
		expect(isRight({ file: RIGHT })).to.equal(true);
		expect(isRight({ file: WRONG })).to.equal(false);
		expect(isRight({ host: { boot: { deviceType: 'raspberrypi4-64', backends: [unreadable] } } })).to.equal(false);
		expect(isRight({ file: RIGHT, host: { settings: { ...DEFAULT_SETTINGS, persistentLogging: true } } })).to.equal(
			false,
		);
	});
});
