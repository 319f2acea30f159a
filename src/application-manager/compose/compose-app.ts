import type { NetworkSpec, VolumeSpec } from '../../domain/engine-objects.ts';
import type { ServiceSpec } from '../../domain/service.ts';
import type {
	AppSpec,
	ComposedApp,
	TargetApp,
	TargetRelease,
	TargetService,
	UnmetRequirement,
} from '../../domain/target.ts';
import { composeService } from './compose-service.ts';
import { keysOf } from './composition-keys.ts';
import { orderDependencies } from './dependency-order.ts';
import type { ComposeContext, Notice, ServiceInputs } from './context.ts';
import { parseNetwork } from './network.ts';
import { noFindings, Place, type Findings } from './place.ts';
import { checkReferences } from './references.ts';
import { isAppliedService, whyLeftOut } from './service-filter.ts';
import { parseVolume } from './volume.ts';

const DEFAULT_NETWORK = 'default';

/**
 * The app as the planner works toward it. A bad value refuses this app only (spec: compose C10), with every issue
 * listed. Services that the supervisor does not run are left out.
 */
export function composeApp(
	app: TargetApp,
	context: ComposeContext,
	/** By service name. */
	inputs: ReadonlyMap<string, ServiceInputs>,
	/** Of a rejected app. */
	unmet: readonly UnmetRequirement[] = [],
): { readonly composed: ComposedApp; readonly notices: readonly Notice[] } {
	const findings = noFindings();
	const place = new Place(`apps.${app.appUuid}`, findings);
	const { release } = app;
	const { services, leftOut } =
		release === undefined ? NO_SERVICES : composeServices({ app, release, context, inputs, place, findings });
	const volumes = release === undefined ? [] : composeVolumes(app, release, place.key('volumes'));
	const networks = composeNetworks(app, { services, leftOut }, place.key('networks'));
	if (findings.issues.length === 0) {
		findings.notices.push(...findCycles(services, place));
	}
	const { appId } = app;
	if (app.rejected) {
		refuseUnmet(unmet, place);
	}
	if (findings.issues.length > 0) {
		const rejected = { state: 'rejected', appId, app, issues: findings.issues } as const;
		return { composed: unmet.length === 0 ? rejected : { ...rejected, unmet }, notices: findings.notices };
	}
	const spec: AppSpec = {
		appId,
		appUuid: app.appUuid,
		appName: app.appName,
		...(release !== undefined && { commit: release.commit }),
		services: services.map((service) => withDeclaredVolumes(service, volumes)),
		leftOut,
		networks,
		volumes,
	};
	return { composed: { state: 'ready', appId, spec }, notices: findings.notices };
}

/** Which requirements: on a host that was updated since the target came, none may be left. */
function refuseUnmet(unmet: readonly UnmetRequirement[], place: Place): void {
	if (unmet.length === 0) {
		place.refuse('the device does not meet the requirements of the release');
	}
	for (const { serviceName, reason } of unmet) {
		place.key('services').key(serviceName).key('contract').refuse(`service ${serviceName} ${reason}`);
	}
}

interface ComposedServices {
	readonly services: readonly ServiceSpec[];
	readonly leftOut: readonly string[];
}

const NO_SERVICES: ComposedServices = { services: [], leftOut: [] };

function composeServices(options: {
	readonly app: TargetApp;
	readonly release: TargetRelease;
	readonly context: ComposeContext;
	readonly inputs: ReadonlyMap<string, ServiceInputs>;
	readonly place: Place;
	readonly findings: Findings;
}): ComposedServices {
	const { app, release, context, inputs, findings } = options;
	const place = options.place.key('services');
	const { run, leftOut } = chooseServices(app, release, place);
	const { awaited } = checkReferences({ release, run: new Set(run.keys()), leftOut, place });
	const specs: ServiceSpec[] = [];
	for (const [serviceName, service] of run) {
		const composed = composeService({
			app,
			release,
			serviceName,
			service,
			context,
			inputs: inputs.get(serviceName) ?? {},
			isAwaited: awaited.has(serviceName),
		});
		findings.notices.push(...composed.notices);
		if (composed.ok) {
			specs.push(composed.spec);
		} else {
			findings.issues.push(...composed.issues);
		}
	}
	return { services: specs, leftOut };
}

/** The services of the release that run, and those that compose would not start. */
function chooseServices(app: TargetApp, release: TargetRelease, place: Place) {
	const run = new Map<string, TargetService>();
	const leftOutNames: string[] = [];
	for (const [serviceName, service] of Object.entries(release.services)) {
		if (!isAppliedService(app, serviceName, service)) {
			continue;
		}
		const leftOut = whyLeftOut(service.composition);
		if (leftOut === undefined) {
			run.set(serviceName, service);
		} else {
			place.key(serviceName).key(leftOut.path).note(leftOut.message);
			leftOutNames.push(serviceName);
		}
	}
	return { run, leftOut: leftOutNames };
}

/** Services that depend on themselves through others: no service waits for them (spec: planner P13). */
function findCycles(services: readonly ServiceSpec[], place: Place): readonly Notice[] {
	return orderDependencies(services).cycles.map((cycle) => ({
		path: place
			.key('services')
			.key(cycle[0] ?? '')
			.key('depends_on').path,
		message: `Ignoring the order between services that depend on each other: ${cycle.join(', ')}`,
	}));
}

/** The engine itself creates an undeclared volume when a container names it, so no step waits for it. */
function withDeclaredVolumes(service: ServiceSpec, declared: readonly VolumeSpec[]): ServiceSpec {
	const isDeclared = (name: string) => declared.some(({ engineName }) => engineName === name);
	return service.volumes.every(isDeclared) ? service : { ...service, volumes: service.volumes.filter(isDeclared) };
}

function composeVolumes({ appId, appUuid }: TargetApp, release: TargetRelease, place: Place): readonly VolumeSpec[] {
	return Object.entries(release.volumes).map(([volumeName, value]) =>
		parseVolume(value, place.key(volumeName), { appId, appUuid, volumeName }),
	);
}

/** Each app has a default network. While no service can use it, it takes no address range (spec: compose 6.1). */
function composeNetworks(
	app: TargetApp,
	{ services, leftOut }: ComposedServices,
	place: Place,
): readonly NetworkSpec[] {
	const { appId, appUuid, release } = app;
	const declared = release?.networks ?? {};
	const networks = Object.entries(declared).map(([networkName, value]) =>
		parseNetwork(value, place.key(networkName), { appId, appUuid, networkName }),
	);
	if (Object.hasOwn(declared, DEFAULT_NETWORK)) {
		return networks;
	}
	// Version 19 ran the services that are left out. They count here, otherwise the network would differ from that of version 19.
	const isHost = (name: string) => networkModeOf(release?.services[name]) === 'host';
	const configOnly = services.every(({ config }) => config.networkMode === 'host') && leftOut.every(isHost);
	const ids = { appId, appUuid, networkName: DEFAULT_NETWORK };
	return [parseNetwork({ config_only: configOnly }, place.key(DEFAULT_NETWORK), ids), ...networks];
}

function networkModeOf(service: TargetService | undefined): unknown {
	return keysOf(service?.composition ?? {}).get('networkMode')?.value;
}
