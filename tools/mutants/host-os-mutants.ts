import { mutant, type Mutant } from './mutant.ts';

const STATE = 'src/device-state';
const STEPS = `${STATE}/planner/host-os-steps.ts`;
const EXECUTORS = `${STATE}/execute/host-os-executors.ts`;
const PROGRESS = 'src/domain/host-os.ts';
const RELEASE = 'src/application-manager/compose/host-release.ts';
const CREATE = `${STATE}/create-device-state.ts`;

/** Faults in updates of the host OS. */
export const HOST_OS_MUTANTS: readonly Mutant[] = [
	mutant('host OS: an updater that runs is started again', EXECUTORS, [
		'if (isStarted) {',
		'if (isStarted && attempt === 0) {',
	]),
	mutant('host OS: the updater of another program is not waited for', EXECUTORS, [
		'if (await units.isRunning(UNIT)) {',
		'if ((await units.isRunning(UNIT)) && attempt === 0) {',
	]),
	mutant('host OS: an attempt is not counted', EXECUTORS, ['await records.begin(release, attempt);', '']),
	mutant('host OS: a failure is forgotten', EXECUTORS, ['await records.fail(release, failure);', '']),
	mutant('host OS: the updater reboots the device by itself', EXECUTORS, ["...names, '--no-reboot'", '...names']),
	mutant('host OS: other releases are kept', EXECUTORS, ['await hostOs.records.keepOnly(release);', '']),
	mutant('host OS: attempts have no end', PROGRESS, ['attempts < HOST_ATTEMPTS_MAX', 'attempts < Infinity']),
	mutant('host OS: attempts that are used up stay so', PROGRESS, ['until <= now || ', '']),
	mutant('host OS: a user cannot force another round', PROGRESS, ['forcedAt > attemptedAt', 'forcedAt > Infinity']),
	mutant('host OS: a container is stopped while the updater runs', STEPS, ['reads: [...reads, HOST_OS]', 'reads']),
	mutant('host OS: a container is stopped before the next supervisor waits for the updater', STEPS, [
		'started === undefined ? undefined',
		'started !== undefined ? undefined',
	]),
	mutant('host OS: a forced stop waits for the updater', STEPS, ['if (force || !proposals', 'if (!proposals']),
	mutant('host OS: the updater starts while a service is down for its update', STEPS, [
		'because === undefined && !paused.has(step.id)',
		'because === undefined && paused.has(step.id)',
	]),
	mutant('host OS: an update that may be rolled back is not waited for', STEPS, [
		'return isForeignUpdate\n',
		'return isForeignUpdate && now < 0\n',
	]),
	mutant('host OS: a system without its build is updated', PROGRESS, [
		'if (os.build === undefined) {',
		"if (os.build === 'none') {",
	]),
	mutant('host OS: the reboot is refused by the mark of its own update', `${STATE}/planner/device-steps.ts`, [
		"current.host.os?.mark?.state === 'installed'",
		'false',
	]),
	mutant('host OS: a device without a host app reads its mark', CREATE, [
		'some(({ isHost }) => isHost) === true',
		'some(() => true) === true',
	]),
	mutant('host OS: a user may reboot the device under the updater', CREATE, [
		"(await power.isHostUpdating()) || (await hostOs.marks.read())?.state === 'started'",
		'power.isHostUpdating()',
	]),
	mutant('host OS: a service with an inactive profile is installed', RELEASE, [
		'whyLeftOut(composition) === undefined',
		'composition !== undefined',
	]),
	mutant('host OS: a release without a build is installed', RELEASE, [
		"if (build === '') {",
		"if (build === 'none') {",
	]),
	mutant('host OS: a device without D-Bus tries without end', `${STATE}/planner/host-os-steps.ts`, [
		"		case 'unsupported':\n			return [];",
		"		case 'unsupported':\n			return [proposeFetch(release, 0, undefined)];",
	]),
];
