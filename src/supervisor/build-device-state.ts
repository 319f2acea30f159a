import { DockerEngine, DockerInventory } from '../adapters/docker/index.ts';
import { readComposeFacts } from '../adapters/host/index.ts';
import { LOCAL_SOURCE } from '../adapters/sqlite/index.ts';
import { SUPERVISOR_ADDRESS } from '../application-manager/index.ts';
import { ExtraFirmware, registryLogin } from '../config/index.ts';
import { createDeviceState, DeviceContext, LocalMode, type DeviceState, type History } from '../device-state/index.ts';
import type { ProposedStep } from '../domain/plan.ts';
import { subjectOf } from '../domain/step.ts';
import type { HostAbilities } from '../ports/host-abilities.ts';
import type { BootConfig, Discoverability, HostConfig, Vpn } from '../host/index.ts';
import type { Component } from '../lib/lifecycle.ts';
import type { FatalErrors } from '../lib/fatal-errors.ts';
import { buildDeltas } from './build-deltas.ts';
import { buildHistory } from './build-history.ts';
import { buildHost } from './build-host.ts';
import { readContractFacts, type Core, type SupervisorOptions } from './core.ts';
import { ownContainerNames } from './own-container.ts';
import { buildSupervisorUpdate } from './build-supervisor-update.ts';

const ENGINE_READ_TIMEOUT_MS = 60_000;

export interface DeviceStateParts extends DeviceState {
	readonly engine: DockerEngine;
	readonly vpn: Vpn;
	readonly boot: BootConfig;
	readonly hostConfig: HostConfig;
	readonly discoverability: Discoverability;
	readonly systemBus: Component;
	readonly abilities: HostAbilities;
	readonly history: History;
}

export function buildDeviceState(core: Core, fatal: FatalErrors): DeviceStateParts {
	const { options, config, database, hostFacts, targets, status, systemLog } = core;
	const { clock, environment, log } = options;
	const engine = new DockerEngine({ host: environment.dockerHost, clock, readTimeoutMs: ENGINE_READ_TIMEOUT_MS });
	const host = buildHost(core);
	const { history, observer } = buildHistory(core, { engine, abilities: host.abilities, fatal });
	const count = countSteps(options);
	const state = createDeviceState({
		...host,
		supervisor: buildSupervisorUpdate(core),
		engine,
		images: database.images,
		commits: database.commits,
		keys: database.keys,
		keptVolumes: database.keptVolumes,
		reboots: database.reboots,
		crashes: database.crashStore(clock),
		requests: database.requests,
		targets,
		localMode: buildLocalMode(core, engine),
		config,
		context: new DeviceContext({
			config,
			host: hostFacts,
			composeFacts: () => readComposeFacts(environment),
			dockerSocketPath: environment.dockerSocketPath,
			supervisorHost: SUPERVISOR_ADDRESS,
		}),
		contractFacts: () => readContractFacts(hostFacts, core.version),
		extraFirmware: new ExtraFirmware({ config, log: log.child('host') }),
		deviceName: async () => (await config.read()).deviceName,
		registryLogin: () => Promise.resolve(registryLogin(config.current())),
		deltas: buildDeltas(core),
		settings: () => config.current(),
		onSettingsChange: (listener) => config.onChange(listener),
		newId: () => config.newUniqueKey(),
		ownImage: environment.ownImage,
		status,
		clock,
		log,
		systemLog,
		stepEnded: (step, end, durationMs) => {
			observer.stepEnded(step, end, durationMs);
			core.activity.stepEnded({ id: step.id, kind: step.step.kind, outcome: end.outcome, ms: durationMs });
			count?.(step);
		},
		requestNoted: (note) => {
			observer.requestNoted(note);
		},
		reasonMemory: history,
		passEnded: (pass) => {
			core.activity.passEnded(pass);
		},
		crashed: (error) => {
			history.failed(error);
			fatal.raise(error);
		},
	});
	return { ...host, ...state, engine, history };
}

/** For tests that kill the process between two steps. */
function countSteps({ stepEnded, log }: SupervisorOptions): ((step: ProposedStep) => void) | undefined {
	if (stepEnded === undefined) {
		return undefined;
	}
	let count = 0;
	return ({ step }) => {
		count += 1;
		log.info('step boundary', { count, step: step.kind, subject: subjectOf(step) });
		stepEnded(count);
	};
}

function buildLocalMode({ options, database, targets }: Core, engine: DockerEngine): LocalMode {
	const { environment, clock, log } = options;
	return new LocalMode({
		inventory: new DockerInventory({ host: environment.dockerHost, readTimeoutMs: ENGINE_READ_TIMEOUT_MS }),
		engine,
		snapshots: database.snapshots,
		apps: targets,
		keptVolumes: async () =>
			(await targets.listAllApps())
				.filter(({ source }) => source !== LOCAL_SOURCE)
				.flatMap(({ appId, release }) => Object.keys(release?.volumes ?? {}).map((name) => `${appId}_${name}`)),
		ownNames: ownContainerNames(environment),
		clock,
		log: log.child('local-mode'),
	});
}
