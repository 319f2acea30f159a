import { mutant, type Mutant } from './mutant.ts';

const DOMAIN = 'src/domain/supervisor-update.ts';
const STATE = 'src/device-state';

/** Faults in the update of the supervisor itself. */
export const SUPERVISOR_MUTANTS: readonly Mutant[] = [
	mutant('supervisor update: the image that starts at the next boot is removed', DOMAIN, [
		'		configuredImage,\n		...(wanted',
		'		...(wanted',
	]),
	mutant('supervisor update: a supervisor that fails is started again and again', DOMAIN, [
		'until > now',
		'until < now',
	]),
	mutant('supervisor update: an image that was refused is tried again', DOMAIN, [
		"if (ofWanted?.state === 'refused') {",
		"if (ofWanted?.state === 'refused' && forcedAt === -Infinity) {",
	]),
	mutant(
		'supervisor update: images of an update are removed',
		'src/application-manager/planner/plan-unused-images.ts',
		[' || own.kept.has(image.id)', ''],
	),
	mutant('supervisor update: it restarts beside steps of apps', `${STATE}/planner/supervisor-steps.ts`, [
		'first ?? whyNotNow(input)',
		'first',
	]),
	mutant('supervisor update: a pause of it delays a reboot', `${STATE}/planner/supervisor-steps.ts`, [
		"because?.kind !== 'postponed' && because?.kind !== 'given-up' && ",
		'',
	]),
	mutant('supervisor update: any image is started', `${STATE}/execute/supervisor-executors.ts`, [
		'title !== TITLE || ',
		'',
	]),
	mutant('supervisor update: an update that has started is started again', `${STATE}/execute/supervisor-executors.ts`, [
		"if (known?.state === 'started') {",
		"if (known?.state === 'done') {",
	]),
];
