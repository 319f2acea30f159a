import { conclude, GROUP_NAMES, runGroups, type GroupName } from './groups.ts';

/** `npm run test:integration [-- GROUP…]`: the named groups, or all. */

const isGroup = (name: string): name is GroupName => (GROUP_NAMES as readonly string[]).includes(name);

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !isGroup(name));
if (unknown.length > 0) {
	console.error(`There is no group ${unknown.join(', ')}; there are ${GROUP_NAMES.join(', ')}.`);
	process.exit(64); // EX_USAGE
}
process.exitCode = conclude(await runGroups(wanted.length === 0 ? GROUP_NAMES : wanted.filter(isGroup)));
