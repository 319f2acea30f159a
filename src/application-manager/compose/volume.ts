import type { VolumeSpec, VolumeView } from '../../domain/engine-objects.ts';
import type { FieldDifference } from '../../domain/service.ts';
import { isPlainObject } from '../../lib/is-plain-object.ts';
import type { VolumeInspection } from '../../ports/engine.ts';
import { compareFields } from './compare-values.ts';
import { isEngineName, NAME_CHARACTERS } from './engine-name.ts';
import { normaliseLabels, parseLabels, readLabels, type Labels } from './labels.ts';
import { parseOptions } from './network.ts';
import { parseText } from './parse-scalar.ts';
import { noteForeignName, noteOtherKeys, type Place } from './place.ts';

const SUPERVISED = 'io.balena.supervised';
const APP_UUID = 'io.balena.app-uuid';
/** Old volumes lack these labels, which is no reason to lose their data. */
const NOT_COMPARED: readonly string[] = [SUPERVISED, 'io.resin.supervised', APP_UUID];

const KEYS = ['driver', 'driver_opts', 'labels', 'name', 'external'];

/** A volume of a compose file (spec: compose 7.1). */
export function parseVolume(
	value: unknown,
	place: Place,
	ids: Pick<VolumeSpec, 'appId' | 'appUuid' | 'volumeName'>,
): VolumeSpec {
	if (ids.volumeName === '' || !isEngineName(ids.volumeName, `${ids.appId}_`)) {
		place.refuse(`expected a name of ${NAME_CHARACTERS}`);
	}
	if (value != null && !isPlainObject(value)) {
		place.refuseValue('a map', value);
	}
	const source = isPlainObject(value) ? value : {};
	noteForeignName(source, place, 'volume');
	noteOtherKeys(source, place, KEYS, 'a volume has driver, driver_opts and labels');
	const { driver, driver_opts: options, labels } = source;
	const given = labels == null ? {} : (parseLabels(labels, place.key('labels')) ?? {});
	return {
		...ids,
		engineName: `${ids.appId}_${ids.volumeName}`,
		config: {
			driver: (driver == null ? undefined : parseText(driver, place.key('driver'))) || 'local',
			driverOpts: options == null ? {} : (parseOptions(options, place.key('driver_opts')) ?? {}),
			labels: {
				...normaliseLabels(given),
				[SUPERVISED]: 'true',
				...(ids.appUuid !== undefined && { [APP_UUID]: ids.appUuid }),
			},
		},
	};
}

export function volumeBody({ engineName, config }: VolumeSpec): object {
	return { Name: engineName, Labels: config.labels, Driver: config.driver, DriverOpts: config.driverOpts };
}

/** By its name alone, from its beginning: old volumes have no labels (spec: compose 7.2, C9). */
export function readVolume(inspection: VolumeInspection): VolumeView | undefined {
	const [, appId, volumeName] = /^(\d+)_(\S+)$/.exec(inspection.Name) ?? [];
	if (appId === undefined || volumeName === undefined) {
		return undefined;
	}
	const labels = readLabels(inspection.Labels);
	const appUuid = labels[APP_UUID];
	return {
		appId: Number(appId),
		...(appUuid !== undefined && { appUuid }),
		volumeName,
		engineName: inspection.Name,
		supervised: Object.hasOwn(labels, SUPERVISED) || Object.hasOwn(labels, 'io.resin.supervised'),
		config: { driver: inspection.Driver, driverOpts: inspection.Options ?? {}, labels },
	};
}

export function compareVolume(current: VolumeView, target: VolumeSpec): readonly FieldDifference[] {
	return compareFields(
		{ ...current.config, labels: comparedLabels(current.config.labels) },
		{ ...target.config, labels: comparedLabels(target.config.labels) },
	);
}

function comparedLabels(labels: Labels): Labels {
	return Object.fromEntries(Object.entries(labels).filter(([key]) => !NOT_COMPARED.includes(key)));
}
