import { isSameCause, type RebootCause } from '../../domain/reboot.ts';
import type { Step, StepOf } from '../../domain/step.ts';
import type { TargetState } from '../../domain/target.ts';
import { predictContainer } from './predict-containers.ts';
import { predictImage } from './predict-images.ts';
import { changeApp, makeNext, withCurrent, withHost, type Predicted } from './predicted.ts';

/** The device after the step, if it does what it is for. Shares no code with the executors. */
export function predictStep(step: Step, state: Predicted, target: TargetState): Predicted {
	switch (step.kind) {
		case 'createContainer':
		case 'startContainer':
		case 'unpauseContainer':
		case 'stopContainer':
		case 'restartContainer':
		case 'removeContainer':
		case 'renameContainer':
		case 'handOver':
		case 'finishHandOver':
			return predictContainer(step, state, target);
		case 'pullImage':
		case 'recordImage':
		case 'forgetImage':
		case 'cleanupImage':
			return predictImage(step, state);
		case 'createNetwork':
		case 'removeNetwork':
		case 'createVolume':
		case 'removeVolume':
		case 'cleanupVolume':
		case 'restoreVolumes':
			return predictPart(step, state);
		case 'takeLock':
		case 'releaseLock':
			return predictLock(step, state);
		case 'recordCommit':
			return changeApp(state, step.appId, (app) => ({ ...app, commit: step.commit }));
		case 'changeSettings':
		case 'changeBootConfig':
		case 'setVpn':
		case 'changeHostConfig':
			return predictConfig(step, state);
		case 'markReboot':
		case 'giveUpReboots':
		case 'forgetReboots':
		case 'reboot':
		case 'shutdown':
			return predictPower(step, state);
		case 'fetchHostUpdater':
		case 'updateHost':
		case 'recordHostRelease':
			return predictHostOs(step, state);
		case 'ensureSupervisorNetwork':
			return withCurrent(state, { supervisorNetworkReady: true });
		case 'ensureExtraFirmwareVolume':
			return withCurrent(state, { extraFirmwareReady: true });
		case 'takeEngineSnapshot':
			return withCurrent(state, { localMode: { ...state.current.localMode, snapshot: true } });
		case 'leaveLocalMode':
			return withCurrent(state, { localMode: { snapshot: false, apps: false } });
		case 'updateSupervisor':
			return withoutSupervisor(state); // the next one continues
	}
}

function predictPart(
	step: StepOf<
		'createNetwork' | 'removeNetwork' | 'createVolume' | 'removeVolume' | 'cleanupVolume' | 'restoreVolumes'
	>,
	before: Predicted,
): Predicted {
	const { state, n } = makeNext(before);
	switch (step.kind) {
		case 'createNetwork': {
			const network = { ...step.network, networkId: `predicted-${n}` };
			return changeApp(state, step.appId, (app) => ({ ...app, networks: [...app.networks, network] }));
		}
		case 'removeNetwork':
			return changeApp(state, step.appId, (app) => ({
				...app,
				networks: app.networks.filter(({ networkId }) => networkId !== step.networkId),
			}));
		case 'createVolume':
		case 'restoreVolumes': {
			const made = step.kind === 'createVolume' ? [step.volume] : step.volumes;
			const names = made.map(({ engineName }) => engineName);
			const others = changeApp(state, step.appId, (app) => ({
				...app,
				volumes: [
					...app.volumes.filter(({ engineName }) => !names.includes(engineName)),
					...made.map((volume) => ({ ...volume, supervised: true })),
				],
			}));
			const volumes = [...new Set([...state.current.volumes, ...names])];
			return withCurrent(others, {
				volumes,
				...(step.kind === 'restoreVolumes' ? { hasMigrationBackup: false } : {}),
			});
		}
		case 'removeVolume':
			return withoutVolume(
				changeApp(state, step.appId, (app) => ({
					...app,
					volumes: app.volumes.filter(({ engineName }) => engineName !== step.name),
				})),
				step.name,
			);
		case 'cleanupVolume':
			return withoutVolume(state, step.name);
	}
}

function withoutVolume(state: Predicted, name: string): Predicted {
	return withCurrent(state, {
		volumes: state.current.volumes.filter((each) => each !== name),
		keptVolumes: state.current.keptVolumes.filter((each) => each.name !== name),
	});
}

function predictLock(step: StepOf<'takeLock' | 'releaseLock'>, state: Predicted): Predicted {
	const locks = new Map(state.current.locks);
	if (step.kind === 'takeLock') {
		locks.set(step.appId, new Set(step.services));
	} else {
		locks.delete(step.appId);
	}
	return withCurrent(state, { locks });
}

function predictConfig(
	step: StepOf<'changeSettings' | 'changeBootConfig' | 'setVpn' | 'changeHostConfig'>,
	state: Predicted,
): Predicted {
	const { settings, boot } = state.current.host;
	switch (step.kind) {
		case 'changeSettings':
			return withHost(state, { settings: { ...settings, ...step.settings } });
		case 'changeBootConfig':
			return withHost(state, { boot: { ...boot, backends: [] } }); // nothing of them differs any more
		case 'setVpn':
			return withHost(state, { vpn: { state: step.enabled ? 'on' : 'off' } });
		case 'changeHostConfig':
			return withHost(state, { lastChange: step.requestId });
	}
}

function predictPower(
	step: StepOf<'markReboot' | 'giveUpReboots' | 'forgetReboots' | 'reboot' | 'shutdown'>,
	before: Predicted,
): Predicted {
	const { state, at } = makeNext(before);
	const { reboots } = state.current.host;
	switch (step.kind) {
		case 'markReboot':
			return withHost(state, {
				reboot: 'required',
				reboots: { ...reboots, due: [...reboots.due, ...(step.cause === undefined ? [] : [step.cause])] },
			});
		case 'giveUpReboots':
			return withHost(state, {
				reboots: {
					...reboots,
					records: [
						...withoutCauses(reboots.records, [step.cause]),
						{ ...step.cause, reboots: step.reboots, isGivenUp: true },
					],
				},
			});
		case 'forgetReboots':
			return withHost(state, { reboots: { ...reboots, records: withoutCauses(reboots.records, step.causes) } });
		case 'reboot':
			return afterBoot(withHost(state, { reboot: 'done', bootedAt: at, reboots: { ...reboots, due: [] } }));
		case 'shutdown':
			return withHost(state, { shuttingDown: true });
	}
}

function withoutCauses<C extends RebootCause>(all: readonly C[], causes: readonly RebootCause[]): readonly C[] {
	return all.filter((each) => !causes.some((cause) => isSameCause(cause, each)));
}

/** The new system boots, if one was installed. */
function afterBoot(state: Predicted): Predicted {
	const { os } = state.current.host;
	if (os === undefined) {
		return state;
	}
	const { mark, ...rest } = os;
	const installed =
		mark?.state === 'installed' ? os.records.find(({ release }) => release.commit === mark.commit) : undefined;
	return withHost(state, { os: { ...rest, ...(installed === undefined ? {} : { build: installed.release.build }) } });
}

function predictHostOs(
	{ kind, release }: StepOf<'fetchHostUpdater' | 'updateHost' | 'recordHostRelease'>,
	state: Predicted,
): Predicted {
	const { os } = state.current.host;
	if (os === undefined) {
		return state;
	}
	switch (kind) {
		case 'fetchHostUpdater':
			return withHost(state, { os: { ...os, mark: { commit: release.commit, state: 'prepared' } } });
		case 'updateHost':
			return withHost(state, {
				os: {
					...os,
					mark: { commit: release.commit, state: 'installed' },
					records: [
						...os.records.filter((each) => each.release.commit !== release.commit),
						{ release, attempts: 1, attemptedAt: 0 },
					],
				},
			});
		case 'recordHostRelease': {
			const { mark: _, ...rest } = os;
			return withHost(state, { os: { ...rest, records: [{ release, attempts: 0 }] } });
		}
	}
}

function withoutSupervisor(state: Predicted): Predicted {
	const { supervisor: _, ...current } = state.current;
	return { ...state, current };
}
