import omit from 'lodash/omit.js';
import { REBOOT_SETTINGS, settingsToChange } from '../../config/index.ts';
import type { CurrentState } from '../../domain/current.ts';
import type { CurrentConfig } from '../../domain/device-config.ts';
import type { PlanContext } from '../../domain/plan.ts';
import { containerCause, isDue, isIneffective, type RebootCause } from '../../domain/reboot.ts';
import type { StepOf } from '../../domain/step.ts';
import type { TargetState } from '../../domain/target.ts';
import { describeRebootChanges, ownBootVariables } from '../../host/index.ts';
import { fingerprint } from '../../lib/fingerprint.ts';
import { compareConfig, type ChangedSettings, type ConfigChanges, type IneffectiveChange } from './compare-config.ts';

type Variables = TargetState['variables'];
type Host = CurrentState['host'];
type Current = Pick<CurrentState, 'apps'> & { readonly host: Host };

/**
 * Boot files are read every ten minutes: what has been right for so long stays so. A service that changes a file a while
 * after each boot would otherwise cause reboots without end.
 */
const RIGHT_MS = 1_800_000;

/**
 * The differences from the target, without those that three reboots did not apply: nothing is written and no reboot is
 * made for them until the target changes (spec: planner 6.3). A pure function of target, current and history.
 */
export function findConfigChanges(
	target: Pick<TargetState, 'variables'>,
	{ apps, host }: Current,
	at: Pick<PlanContext, 'history' | 'now'>,
): ConfigChanges {
	const changes = compareConfig(target, host, at);
	const { variables } = target;
	const scope = scopeOf(variables, host);
	const settings = settingsCause(changes.settings, scope);
	const boot = bootCause(changes.boot, { scope, host });
	const ineffective: IneffectiveChange[] = [];
	let left: ConfigChanges = changes;
	if (settings !== undefined && changes.settings !== undefined && isIneffective(settings, host.reboots)) {
		const { own, others } = splitSettings(changes.settings, variables, host);
		ineffective.push({ cause: settings, change: { kind: 'changeSettings', ...own } });
		left = { ...omit(left, 'settings'), ...(others !== undefined && { settings: others }) };
	}
	if (boot !== undefined && changes.boot !== undefined && isIneffective(boot, host.reboots)) {
		const backends = changes.boot.backends.map(({ name }) => name);
		const change = {
			kind: 'changeBootConfig',
			variables: changes.boot.variables,
			backends,
			needsReboot: true,
		} as const;
		ineffective.push({ cause: boot, change });
		left = omit(left, 'boot');
	}
	const causes = [settings, boot].filter((cause) => cause !== undefined);
	const over = findOver({ causes, scope, apps, host }, at);
	return {
		...left,
		reboots: { scope, ...(settings && { settings }), ...(boot && { boot }), ineffective, over },
	};
}

/** Whether nothing differs that takes a reboot, as far as the device can be read. */
export function isRightForReboots({ boot, reboots }: ConfigChanges, { boot: current }: CurrentConfig): boolean {
	const isReadable = current.backends.every(({ state }) => state === 'read') && boot?.refusal === undefined;
	return isReadable && reboots?.settings === undefined && reboots?.boot === undefined;
}

/** The part of the target that takes a reboot: with another one, counting starts again. */
function scopeOf(variables: Variables, { boot }: CurrentConfig): string {
	const settings = Object.keys(REBOOT_SETTINGS).map((name) => [name, variables[name] ?? '']);
	const wanted = Object.entries(ownBootVariables(boot, variables)).sort(([x], [y]) => (x < y ? -1 : 1));
	return `target ${fingerprint(JSON.stringify([settings, wanted]))}`;
}

function settingsCause(settings: ChangedSettings | undefined, scope: string): RebootCause | undefined {
	const changes = Object.keys(REBOOT_SETTINGS).flatMap((name) => {
		const value = settings?.variables[name];
		return value === undefined ? [] : [`${name}=${value}`];
	});
	return changes.length === 0 ? undefined : { scope, what: changes.join(', ') };
}

/** A refused target changes no boot file. */
function bootCause(
	boot: ConfigChanges['boot'],
	{ scope, host }: { readonly scope: string; readonly host: Host },
): RebootCause | undefined {
	const what = boot === undefined || boot.refusal ? '' : describeRebootChanges(host.boot, boot.variables);
	return what === '' ? undefined : { scope, what };
}

/** The settings that take a reboot, and the others. */
function splitSettings(
	changed: ChangedSettings,
	target: Variables,
	{ settings: current }: CurrentConfig,
): {
	readonly own: Pick<StepOf<'changeSettings'>, 'settings' | 'variables'>;
	readonly others: ChangedSettings | undefined;
} {
	const names = Object.values(REBOOT_SETTINGS);
	const ofReboot = (name: string) => names.includes(name);
	const wanted = Object.fromEntries(Object.entries(changed.values).filter(([name]) => ofReboot(name)));
	const { settings, variables, afterReboot } = settingsToChange(target, { ...current, ...wanted });
	const own = {
		settings: wanted,
		variables: Object.fromEntries(Object.entries(changed.variables).filter(([name]) => !(name in variables))),
	};
	const isLeft = Object.keys(settings).length > 0;
	return { own, others: isLeft ? { values: settings, variables, afterReboot } : undefined };
}

/** Of another target, of a container that is gone, or no longer different for long enough. */
function findOver(
	{ causes, scope, apps, host }: Current & { readonly causes: readonly RebootCause[]; readonly scope: string },
	{ history: { rightSince }, now }: Pick<PlanContext, 'history' | 'now'>,
): readonly RebootCause[] {
	const isRight = causes.length === 0 && rightSince !== undefined && now - rightSince >= RIGHT_MS;
	const containers = apps.flatMap((app) =>
		app.containers.map(({ containerId, serviceName }) => containerCause(containerId, serviceName).scope),
	);
	return host.reboots.records
		.filter(
			(record) =>
				!isDue(record, host.reboots) && (record.scope === scope ? isRight : !containers.includes(record.scope)),
		)
		.map(({ scope: of, what }) => ({ scope: of, what }));
}
