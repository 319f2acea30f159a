import { mutant, type Mutant } from './mutant.ts';

const PLANNER = 'src/application-manager/planner';

/** Faults in the planner of apps. */
export const PLANNER_MUTANTS: readonly Mutant[] = [
	mutant('a running container is removed before all images are there', `${PLANNER}/plan-replacement.ts`, [
		'because: isDead || killsFirst(strategy) ? undefined : planning.imagesMissing,',
		'because: undefined,',
	]),
	mutant('a container is created before all images are there', `${PLANNER}/start-conditions.ts`, [
		'		planning.imagesMissing ??\n		whyPartsMissing(spec, planning) ??',
		'		whyPartsMissing(spec, planning) ??',
	]),
	mutant('a container hands over before all images are there', `${PLANNER}/plan-hand-over.ts`, [
		'planning.imagesMissing ??',
		'',
	]),
	mutant('a container is created before its network', `${PLANNER}/start-conditions.ts`, [
		'planning.pendingNetworks.has(name)',
		'name === ""',
	]),
	mutant('a container is renamed before all images are there', `${PLANNER}/plan-services.ts`, [
		'(killsFirst(pair.strategy) ? undefined : planning.imagesMissing) ??',
		'',
	]),
	mutant('a container is renamed while another one has the name', `${PLANNER}/plan-services.ts`, [
		'				whyNameTaken(name, planning) ??\n',
		'',
	]),
	mutant('a container is removed without the update locks', `${PLANNER}/plan-replacement.ts`, [
		'return (isDead ? withoutLock : underLock)(proposal);',
		'return withoutLock(proposal);',
	]),
	mutant('a container is created without the update locks', `${PLANNER}/plan-services.ts`, [
		"return target === undefined ? [] : [underLock(proposeCreate(target, { planning, reason: 'container missing' }))];",
		"return target === undefined ? [] : [withoutLock(proposeCreate(target, { planning, reason: 'container missing' }))];",
	]),
	mutant('a container is renamed without the update locks', `${PLANNER}/plan-services.ts`, [
		'[underLock(proposeRename',
		'[withoutLock(proposeRename',
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
		"return [...recording, ...proposeLockRelease(appId, locks, commit && { kind: 'busy', on: commit.step.id })];",
		'return commit && locks !== undefined ? proposeLockRelease(appId, locks) : recording;',
	]),
	mutant('a removal that has begun counts as done', `${PLANNER}/plan-services.ts`, [
		'			planStuckRemoval(current, planning),\n',
		'',
	]),
	mutant('locks of users count for a request with force', `${PLANNER}/plan-app.ts`, [
		'force: requests.force || facts.force',
		'force: facts.force',
	]),
	mutant('the older of two containers is kept', `${PLANNER}/choose-container.ts`, [
		'a.containerId > b.containerId : order > 0',
		'a.containerId > b.containerId : order < 0',
	]),
	mutant('kill-then-download fetches before the old container is gone', `${PLANNER}/plan-app-images.ts`, [
		'because: inTheWay ?? (first &&',
		'because: (first &&',
	]),
	mutant('delete-then-download keeps the old image', `${PLANNER}/plan-app-images.ts`, [
		"service.strategy === 'delete-then-download' ?",
		'service.handoverTimeoutMs < 0 ?',
	]),
	mutant('an image is fetched before its image record is stored', `${PLANNER}/plan-app-images.ts`, [
		"inTheWay ?? (first && { kind: 'busy', on: first.step.id })",
		'inTheWay',
	]),
	mutant('a container in a hand-over is removed at once', `${PLANNER}/plan-services.ts`, [
		'if (isHandingOver(container, pair, planning.contested)) {',
		'if (isHandingOver(container, undefined, planning.contested)) {',
	]),
	mutant('a restart that was asked for becomes a hand-over', `${PLANNER}/planning-context.ts`, [
		"removal?.cause === 'update'",
		'removal !== undefined',
	]),
	mutant('a tag is taken from an image while another one gets it', `${PLANNER}/forget-images.ts`, [
		'...tags.map(resources.imageTag),',
		'',
	]),
	mutant(
		'a removal does not wait for the end of a hand-over of the same container',
		`${PLANNER}/propose-container.ts`,
		['name.startsWith(OLD) ?', 'name.startsWith("?") ?'],
	),
	mutant('a container starts while another one still holds ports', `${PLANNER}/plan-start.ts`, [
		'longest(whyContested(current.serviceName, planning), crash,',
		'longest(crash,',
	]),
	mutant('a container starts without its network', `${PLANNER}/plan-start.ts`, [
		'whyPartsMissing(spec, planning) ?? whyOwnerDown',
		'whyOwnerDown',
	]),
	mutant('a service starts before the one it depends on', `${PLANNER}/plan-start.ts`, [
		'whyOwnerDown(spec, planning) ?? whyDependenciesMissing(spec, planning)',
		'whyOwnerDown(spec, planning)',
	]),
	mutant('the condition of a dependency is ignored', `${PLANNER}/start-conditions.ts`, [
		"required ? condition : 'service_started'",
		"required ? 'service_started' : 'service_started'",
	]),
	mutant('services that depend on each other wait for ever', `${PLANNER}/start-conditions.ts`, [
		'if (!planning.order.counts(spec.identity.serviceName, service)) {',
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
		'volumes.includes(volume.engineName) || Object.values(anonymousVolumes).includes(volume.engineName)',
		'volumes.length < 0 || Object.values(anonymousVolumes).includes(volume.engineName)',
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
	mutant('a service that has failed as often as it may is started again', `${PLANNER}/drift.ts`, [
		'current.restartCount < Number(count)',
		'true',
	]),
	mutant('a port that the engine chooses is waited for', `${PLANNER}/resources.ts`, [
		'config.portMaps.filter((map) => !isChosenByEngine(map))',
		'config.portMaps',
	]),
	mutant('a stop that a user asked for is forgotten', `${PLANNER}/app-requests.ts`, [
		'stopped.add(body.containerId);',
		'stopped.delete(body.containerId);',
	]),
	mutant('a container created after a restart request is restarted again', `${PLANNER}/service-pairs.ts`, [
		'input.requests.containers.get(container.containerId)',
		'[...input.requests.containers.values()][0]',
	]),
	mutant('images are forgotten while their app is not on target', `${PLANNER}/plan-unused-images.ts`, [
		'input.unsettledApps.has(row.appId) || wanted',
		'wanted',
	]),
	mutant('a container goes before its successor is made', `${PLANNER}/planning-context.ts`, [
		"removal.cause !== 'parts' && !killsFirst(strategy)",
		"removal.cause === 'restart' && !killsFirst(strategy)",
	]),
	mutant('a container is made beside one on a network that is made anew', `${PLANNER}/planning-context.ts`, [
		"removal.cause !== 'parts' && !killsFirst(strategy)",
		'!killsFirst(strategy)',
	]),
	mutant('a container ends before its successor can start', `${PLANNER}/plan-replacement.ts`, [
		'whyPartsMissing(target, planning) ?? whyNotReady(current, target, planning)',
		'whyPartsMissing(target, planning)',
	]),
	mutant('two services wait for the port that the other one holds', `${PLANNER}/plan-replacement.ts`, [
		'return isInTheWayOfOthers(current, planning)\n',
		'return planning.appId < 0\n',
	]),
	mutant('a successor that is not wanted any more takes over', `${PLANNER}/choose-container.ts`, [
		'isWanted(newest) ? newest : undefined',
		'newest',
	]),
	mutant('a container that is no longer needed and never ran stays', `${PLANNER}/service-pairs.ts`, [
		'return removal === undefined && pair.successor !== undefined',
		'return removal !== undefined && pair.successor === undefined',
	]),
	mutant('a container that is cut off from the network it shares stays so', `${PLANNER}/plan-services.ts`, [
		'ids.includes(container.containerId) && isStartedSince(container, current)',
		'ids.includes(container.containerId) && container.startedAt === undefined',
	]),
	mutant('a container starts in the network of one that does not run', `${PLANNER}/start-conditions.ts`, [
		'pair.removal !== undefined || !isUp(pair.current)',
		'pair.removal !== undefined',
	]),
	mutant('an anonymous volume is lost with its container', `${PLANNER}/anonymous-volumes.ts`, [
		'return { keep: anonymousVolumes, drop: [] };',
		'return { keep: {}, drop: [] };',
	]),
	mutant('a container does not take over the anonymous volumes of its predecessor', `${PLANNER}/anonymous-volumes.ts`, [
		'predecessor?.anonymousVolumes[path] ?? kept.get(path)',
		'kept.get(path)',
	]),
	mutant(
		'a container does not take over the anonymous volumes that are remembered',
		`${PLANNER}/anonymous-volumes.ts`,
		['predecessor?.anonymousVolumes[path] ?? kept.get(path)', 'predecessor?.anonymousVolumes[path]'],
	),
	mutant('a purge leaves anonymous volumes', `${PLANNER}/anonymous-volumes.ts`, [
		'name !== undefined && !planning.requests.volumes.has(name)',
		'name !== undefined',
	]),
	mutant('a volume of a container that never ran is never removed', `${PLANNER}/anonymous-volumes.ts`, [
		'drop: Object.values(anonymousVolumes).filter((name) => !used.has(name))',
		'drop: []',
	]),
	mutant('a container that a stopping engine has ended is started in it again', `${PLANNER}/plan-start.ts`, [
		'hasEnded && facts.unsteadyUntil !== undefined',
		'!hasEnded && facts.unsteadyUntil !== undefined',
	]),
	mutant('a container that can never start is started for ever', `${PLANNER}/failed-starts.ts`, [
		'return failed.failures < tries ?',
		'return failed.failures < tries + 99 ?',
	]),
	mutant('a container that wrote something is made anew because it does not start', `${PLANNER}/failed-starts.ts`, [
		'!failed.hasRemains && !hasNeverRun(container)',
		'!failed.hasRemains && failed.failures < 0',
	]),
	mutant('a removal that is stuck keeps a service down', `${PLANNER}/planning-context.ts`, [
		'return { ...waitFor(container), until: leaving.get(container.containerId) };',
		'return { ...waitFor(container), until: leaving.get("") };',
	]),
	mutant('a release counts as reached by a name while a service waits for another one', `${PLANNER}/plan-services.ts`, [
		'				whyNameTaken(name, planning) ??\n				whyNotWell(target, planning),',
		'				whyNameTaken(name, planning),',
	]),
];
