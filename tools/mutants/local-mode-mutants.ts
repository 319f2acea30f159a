import { mutant, type Mutant } from './mutant.ts';

const STATE = 'src/device-state';
const LOCAL = `${STATE}/local-mode/local-mode.ts`;

/** Faults in how local mode is entered and left: all but the first break only what the simulation sees. */
export const LOCAL_MODE_MUTANTS: readonly Mutant[] = [
	mutant('local mode: the data of apps that stay is removed with what was made in it', LOCAL, [
		', { volumes: await keptVolumes() }]',
		']',
	]),
	mutant('local mode: apps of a developer stay stored', LOCAL, ['			await apps.removeLocalApps();\n', '']),
	mutant('local mode: what was made in it stays on the engine', LOCAL, [
		'await this.#remove(findLeftovers(await inventory.list(), kept));',
		'findLeftovers(await inventory.list(), kept);',
	]),
	mutant('local mode: it is entered without a picture of the engine', `${STATE}/planner/config-steps.ts`, [
		"values['localMode'] === true && !localMode.snapshot",
		"values['localMode'] === true && localMode.snapshot",
	]),
	mutant('local mode: the picture is taken again after a failure', `${STATE}/planner/config-steps.ts`, [
		"values['localMode'] === true && !localMode.snapshot",
		"values['localMode'] === true",
	]),
	mutant('local mode: images are removed in it', `${STATE}/create-loop.ts`, [
		'keepImages: localMode,',
		'keepImages: false,',
	]),
];
