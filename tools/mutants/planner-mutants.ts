import { mutant, type Mutant } from './mutant.ts';

const PLANNER = 'src/application-manager/planner';

/** Of the planner of apps. */
export const PLANNER_MUTANTS: readonly Mutant[] = [
	mutant('a running container is removed before all images are there', `${PLANNER}/plan-services.ts`, [
		'because: killsFirst(pair.strategy) ? undefined : situation.imagesMissing,',
		'because: undefined,',
	]),
	mutant('a container is created before all images are there', `${PLANNER}/start-conditions.ts`, [
		'		situation.imagesMissing ??\n		whyPartsMissing(spec, situation) ??',
		'		whyPartsMissing(spec, situation) ??',
	]),
	mutant('a container hands over before all images are there', `${PLANNER}/plan-hand-over.ts`, [
		'situation.imagesMissing ??',
		'',
	]),
	mutant('a container is created before its network', `${PLANNER}/start-conditions.ts`, [
		'situation.pendingNetworks.has(name)',
		'name === ""',
	]),
	mutant('a container is renamed before all images are there', `${PLANNER}/plan-services.ts`, [
		'because: (killsFirst(pair.strategy) ? undefined : situation.imagesMissing) ?? whyNameTaken',
		'because: whyNameTaken',
	]),
	mutant('a container is renamed while another one has the name', `${PLANNER}/plan-services.ts`, [
		' ?? whyNameTaken(name, situation)',
		'',
	]),
	mutant('a container is removed without the update locks', `${PLANNER}/plan-services.ts`, [
		': locked(proposeContainerRemoval(container, details));',
		': unlocked(proposeContainerRemoval(container, details));',
	]),
	mutant('a container is created without the update locks', `${PLANNER}/plan-services.ts`, [
		'return target === undefined ? [] : [locked(proposeCreate(target, situation))];',
		'return target === undefined ? [] : [unlocked(proposeCreate(target, situation))];',
	]),
	mutant('a container is renamed without the update locks', `${PLANNER}/plan-services.ts`, [
		'[locked(proposeRename',
		'[unlocked(proposeRename',
	]),
	mutant('the locks of some services are taken for those of all', `${PLANNER}/require-locks.ts`, [
		'services.every((name) =>',
		'services.some((name) =>',
	]),
	mutant('locks are never released', `${PLANNER}/require-locks.ts`, [
		'return held === undefined\n',
		'return held === undefined || held.size > 0\n',
	]),
	mutant('locks are released before the commit is recorded', `${PLANNER}/plan-app.ts`, [
		"return [...recording, ...proposeRelease(appId, locks, because ?? (commit && { kind: 'busy', on: commit.step.id }))];",
		'return commit && locks !== undefined ? proposeRelease(appId, locks, because) : recording;',
	]),
	mutant('locks are released while a container is being removed', `${PLANNER}/require-locks.ts`, [
		"containers.find(({ runState }) => runState === 'removing')",
		'containers.find(() => false)',
	]),
	mutant('locks of users count for a request with force', `${PLANNER}/plan-app.ts`, [
		'force: requests.force || facts.force',
		'force: facts.force',
	]),
	mutant('the older of two containers is kept', `${PLANNER}/service-pairs.ts`, [
		'a.createdAt > b.createdAt',
		'a.createdAt < b.createdAt',
	]),
	mutant('kill-then-download fetches before the old container is gone', `${PLANNER}/plan-app-images.ts`, [
		'because: inTheWay ?? (first &&',
		'because: (first &&',
	]),
	mutant('delete-then-download keeps the old image', `${PLANNER}/plan-app-images.ts`, [
		"service.strategy === 'delete-then-download' ?",
		'service.handoverTimeoutMs < 0 ?',
	]),
	mutant('an image is fetched before a row says whose it is', `${PLANNER}/plan-app-images.ts`, [
		"inTheWay ?? (first && { kind: 'busy', on: first.step.id })",
		'inTheWay',
	]),
	mutant('what hands over is removed at once', `${PLANNER}/plan-services.ts`, [
		'if (isHandingOver(container, pair, situation.contested)) {',
		'if (isHandingOver(container, undefined, situation.contested)) {',
	]),
	mutant('a container hands over on a network that is about to go', `${PLANNER}/situation.ts`, [
		'removal?.isSpecial === false',
		'removal !== undefined',
	]),
	mutant(
		'a removal does not wait for the end of a hand-over of the same container',
		`${PLANNER}/propose-container.ts`,
		['name.startsWith(OLD) ?', 'name.startsWith("?") ?'],
	),
	mutant('a container starts while another one still holds ports', `${PLANNER}/plan-services.ts`, [
		'whyContested(situation) ?? whyPartsMissing',
		'whyPartsMissing',
	]),
	mutant('a container starts without its network', `${PLANNER}/plan-services.ts`, [
		' ?? whyPartsMissing(spec, situation) ?? whyDependenciesMissing',
		' ?? whyDependenciesMissing',
	]),
	mutant('a service starts before the one it depends on', `${PLANNER}/plan-services.ts`, [
		'whyPartsMissing(spec, situation) ?? whyDependenciesMissing(spec, situation)',
		'whyPartsMissing(spec, situation)',
	]),
	mutant('the condition of a dependency is ignored', `${PLANNER}/start-conditions.ts`, [
		"required ? condition : 'service_started'",
		"required ? 'service_started' : 'service_started'",
	]),
	mutant('services that depend on each other wait for ever', `${PLANNER}/start-conditions.ts`, [
		'if (!situation.order.counts(spec.identity.serviceName, service)) {',
		'if (service === "") {',
	]),
	mutant('a network is removed under its users', `${PLANNER}/plan-networks.ts`, [
		'container.networks.includes(network.engineName)',
		'container.networks.includes("")',
	]),
	mutant('a volume is removed when a release no longer names it', `${PLANNER}/plan-volumes.ts`, [
		'filter((volume) => requests.volumes.has(volume.engineName))',
		'filter((one) => requests.volumes.has(one.engineName) || !target.volumes.some((v) => v.engineName === one.engineName))',
	]),
	mutant('a volume is removed under its users', `${PLANNER}/plan-volumes.ts`, [
		'containers.find(({ volumes }) => volumes.includes(volume.engineName))',
		'containers.find(() => false)',
	]),
	mutant('the commit is recorded before everything is done', `${PLANNER}/plan-app.ts`, [
		'		return proposals;\n',
		'		return [...proposals, ...planCommit(spec, current, undefined)];\n',
	]),
	mutant('an app whose requirements are not met is removed', `${PLANNER}/plan-app.ts`, [
		"if (pair.unreadable || target?.state === 'rejected') {",
		"if (target?.state === 'rejected') return planRemovedApp(pair, facts);\n\tif (pair.unreadable) {",
	]),
	mutant('an app with something unreadable is planned', `${PLANNER}/plan-app.ts`, [
		"if (pair.unreadable || target?.state === 'rejected') {",
		"if (target?.state === 'rejected') {",
	]),
	mutant('local mode starts again what live push has stopped', `${PLANNER}/drift.ts`, [
		'!facts.localMode && isToRunAgain',
		'isToRunAgain',
	]),
	mutant('a stop that a user asked for is forgotten', `${PLANNER}/app-requests.ts`, [
		'stopped.add(body.containerId);',
		'stopped.delete(body.containerId);',
	]),
	mutant('what was made since a restart was asked for restarts again', `${PLANNER}/service-pairs.ts`, [
		'input.requests.containers.get(current.containerId)',
		'[...input.requests.containers.values()][0]',
	]),
	mutant('images are forgotten while their app is not on target', `${PLANNER}/plan-unused-images.ts`, [
		'input.unsettledApps.has(row.appId) || wanted',
		'wanted',
	]),
];
