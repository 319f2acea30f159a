import type { Issue } from '../../domain/issue.ts';
import type { Dependency, ServiceConfig, ServiceIdentity, ServiceSpec } from '../../domain/service.ts';
import type { TargetApp, TargetRelease, TargetService } from '../../domain/target.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import { withAsked } from './asked-fields.ts';
import { camelCase } from './camel-case.ts';
import { keysOf } from './composition-keys.ts';
import type { ComposeContext, Notice, ServiceInputs } from './context.ts';
import type { SetFields } from './deploy.ts';
import { parseDependsOn, withDependency } from './depends-on.ts';
import { builtInEnvironment, mergeEnvironment } from './environment.ts';
import { applyFeatures, EXTRA_FIRMWARE_VOLUME, needsSupervisorApiKey, type FeatureParts } from './features.ts';
import { FIELD_ENTRIES, fieldOfCompose, FIELDS, type FieldKey } from './field-table.ts';
import { noteLabels, noteOverridden } from './label-notices.ts';
import { behaviourOf, identityLabels, mergeLabels } from './labels.ts';
import { splitCommandAsV19 } from './legacy-command.ts';
import { volumeNamesOf, type Mount } from './mounts.ts';
import { namespaceOwnersOf, sharedWith } from './namespaces.ts';
import { noteIgnored, SETTING_KEYS } from './other-keys.ts';
import { noFindings, nowhere, Place } from './place.ts';
import { refuseConflicts } from './refuse-conflicts.ts';
import { joinNetworks, ownNetworksOf } from './service-networks.ts';
import type { ServiceScope } from './service-scope.ts';
import { resolveConflicts } from './resolve-conflicts.ts';

export type ComposedService =
	| { readonly ok: true; readonly spec: ServiceSpec; readonly notices: readonly Notice[] }
	| { readonly ok: false; readonly issues: readonly Issue[]; readonly notices: readonly Notice[] };

interface ServiceToCompose {
	readonly app: Pick<TargetApp, 'appId' | 'appUuid' | 'appName'>;
	readonly release: Pick<TargetRelease, 'releaseId' | 'commit'>;
	readonly serviceName: string;
	readonly service: TargetService;
	readonly context: ComposeContext;
	readonly inputs: ServiceInputs;
	/** Another service waits for its end (decision D24). */
	readonly isAwaited?: boolean;
}

/** Depends on its arguments only, so a caller may keep the result while these are the same. */
export function composeService(options: ServiceToCompose): ComposedService {
	const { app, release, serviceName, service, inputs } = options;
	const findings = noFindings();
	const place = new Place(`apps.${app.appUuid}.services.${serviceName}`, findings);
	const identity: ServiceIdentity = {
		appId: app.appId,
		appUuid: app.appUuid,
		serviceName,
		serviceId: service.serviceId,
		imageId: service.imageId,
		releaseId: release.releaseId,
		commit: release.commit,
	};
	const scope: ServiceScope = { ...identity, image: imageConfigOf(inputs) };
	const given = parseComposition(service.composition, place, scope);
	const parts: ConfigParts = { ...options, identity, scope, given, place };
	const config = completeConfig(parts);
	if (findings.issues.length > 0) {
		return { ok: false, ...findings };
	}
	const engineImageId = inputs.image?.Id;
	const spec: ServiceSpec = {
		identity,
		reference: service.image,
		...(engineImageId !== undefined && { engineImageId }),
		running: config.running,
		dependsOn: namespaceOwnersOf(config).reduce(withDependency, given.dependsOn),
		...behaviourOf(config.labels),
		config,
		...madeByV19(parts, config),
		networks: ownNetworksOf(config.networks),
		volumes: volumeNamesOf(config.volumes).filter((name) => name !== EXTRA_FIRMWARE_VOLUME),
	};
	return { ok: true, spec, notices: findings.notices };
}

function imageConfigOf({ image }: ServiceInputs): PlainObject {
	return isPlainObject(image?.Config) ? image.Config : {};
}

/** The fields that the composition sets; others are absent. */
interface Given {
	readonly fields: Readonly<Partial<ServiceConfig>>;
	/** The fields that version 19 could not set; empty for most services. */
	readonly asked: PlainObject;
	/** The fields as version 19 would have read them. */
	readonly v19Fields: Readonly<Partial<ServiceConfig>>;
	/** Values that version 19 read differently. */
	readonly isReread: boolean;
	readonly dependsOn: readonly Dependency[];
	/** Any value counts: a spelling mistake is no reason to take another default. */
	readonly hasRestart: boolean;
}

function parseComposition(composition: PlainObject, place: Place, scope: ServiceScope): Given {
	const own: Partial<Record<FieldKey, unknown>> = {};
	const asV19: Partial<Record<FieldKey, unknown>> = {};
	const fromOthers: { -readonly [K in keyof SetFields]: SetFields[K] } = {};
	const unknown: string[] = [];
	let dependsOn: readonly Dependency[] = [];
	for (const [key, value] of Object.entries(composition)) {
		const name = camelCase(key);
		const at = place.key(key);
		const field = fieldOfCompose(name);
		const setting = Object.hasOwn(SETTING_KEYS, name) ? SETTING_KEYS[name] : undefined;
		if (name === 'dependsOn') {
			dependsOn = value == null ? [] : parseDependsOn(value, at);
		} else if (field !== undefined) {
			own[field] = value == null ? undefined : FIELDS[field].parse(value, at, scope);
			const earlier = value == null ? undefined : FIELDS[field].asV19?.(value, scope);
			if (earlier !== undefined) {
				asV19[field] = earlier;
			}
		} else if (setting !== undefined) {
			const set = value == null ? {} : setting.parse(value, at);
			const deviceRequests = [...(fromOthers.deviceRequests ?? []), ...(set.deviceRequests ?? [])];
			Object.assign(fromOthers, set, deviceRequests.length > 0 ? { deviceRequests } : {});
		} else if (!noteIgnored(name, value, at, key)) {
			unknown.push(name);
		}
	}
	if (unknown.length > 0) {
		place.note(`Ignoring unsupported or unknown compose fields: ${unknown.join(', ')}`);
	}
	// The row of each key, which the table types, made its value.
	const { fields, others } = resolveConflicts({ own: own as SetFields, fromOthers }, place);
	refuseConflicts(fields, keysOf(composition), place);
	const isAsked = (key: FieldKey) =>
		fields[key] !== undefined && (FIELDS[key].since === 'new' || (own[key] === undefined && others[key] !== undefined));
	return {
		fields: fields as Partial<ServiceConfig>,
		asked: Object.fromEntries(FIELD_ENTRIES.filter(([key]) => isAsked(key)).map(([key]) => [key, fields[key]])),
		v19Fields: {
			...Object.fromEntries(Object.entries(own).filter(([key]) => FIELDS[key as FieldKey].since !== 'new')),
			...(asV19 as Partial<ServiceConfig>),
		},
		isReread: Object.keys(asV19).length > 0,
		dependsOn,
		hasRestart: keysOf(composition).get('restart')?.value != null || others.restart !== undefined,
	};
}

interface ConfigParts extends ServiceToCompose {
	readonly identity: ServiceIdentity;
	readonly scope: ServiceScope;
	readonly given: Given;
	readonly place: Place;
}

/** Defaults, and the fields that depend on more than the composition. */
function completeConfig(parts: ConfigParts): ServiceConfig {
	const { service, context, inputs, identity, scope, place } = parts;
	const { fields } = parts.given;
	const image = scope.image;
	const merged = mergeLabels({
		image,
		composition: fields.labels ?? {},
		target: FIELDS.labels.parse(service.labels, place.key('labels'), scope) ?? {},
		identity: identityLabels(identity),
	});
	noteLabels(merged, place.key('labels'));
	noteOverridden({ ...fields.labels, ...service.labels }, identityLabels(identity), place.key('labels'));
	const labels = withAsked(merged, parts.given.asked);
	const draft: FeatureParts = {
		...joinNetworks({ networkMode: fields.networkMode, networks: fields.networks ?? {} }, scope),
		environment: mergeEnvironment({
			image,
			builtIn: builtInEnvironment(identity, parts.app.appName, context),
			composition: fields.environment ?? {},
			target: FIELDS.environment.parse(service.environment, place.key('environment'), scope) ?? {},
		}),
		volumes: mountsOf(fields.volumes ?? [], scope),
		deviceRequests: [...(fields.deviceRequests ?? [])],
	};
	if (needsSupervisorApiKey(labels) && inputs.supervisorApiKey === undefined) {
		place.refuse('needs a key for the supervisor API, and there is none');
	}
	applyFeatures(draft, labels, { context, supervisorApiKey: inputs.supervisorApiKey });
	const defaults = withDefaults(fields, image);
	return Object.assign(defaults, draft, {
		labels,
		...(endsOnce(parts) && { restart: 'on-failure' }),
		hostname: defaults.hostname === '' && draft.networkMode === 'host' ? context.hostname : defaults.hostname,
		image: inputs.image?.Id ?? service.image,
		running: fields.running ?? service.running,
		command: effectiveCommand(defaults, image),
	});
}

/** A new object, which the caller completes. */
function withDefaults(fields: Readonly<Partial<ServiceConfig>>, image: PlainObject): ServiceConfig {
	const config: Partial<Record<FieldKey, unknown>> = {};
	for (const [key, row] of FIELD_ENTRIES) {
		const value = fields[key] ?? row.byDefault(image);
		if (value !== undefined) {
			config[key] = value;
		}
	}
	return config as unknown as ServiceConfig; // every key of it, by the table
}

/**
 * With the default of other services, a service that others wait to complete would start again for ever (decision D24).
 */
function endsOnce({ isAwaited, given }: ConfigParts): boolean {
	return isAwaited === true && !given.hasRestart;
}

/** Image volumes, compose volumes, then the directory of locks and hand-over signals (spec: compose 2.4.5, 2.8). */
function mountsOf(volumes: readonly Mount[], scope: ServiceScope): Mount[] {
	const ofImage = Object.keys(isPlainObject(scope.image['Volumes']) ? scope.image['Volumes'] : {});
	const directory = `/tmp/balena-supervisor/services/${scope.appId}/${scope.serviceName}`;
	return [...new Set([...ofImage, ...volumes, `${directory}:/tmp/resin`, `${directory}:/tmp/balena`])];
}

/** With neither entrypoint nor command the engine takes the image's command (spec: compose C18). */
function effectiveCommand(config: ServiceConfig, image: PlainObject): readonly string[] {
	return config.command.length === 0 && config.entrypoint.length === 0
		? FIELDS.command.byDefault(image)
		: config.command;
}

function madeByV19(parts: ConfigParts, config: ServiceConfig): Pick<ServiceSpec, 'v19'> {
	const { composition } = parts.service;
	const command = v19Words(composition['command'], config.command);
	const entrypoint = v19Words(composition['entrypoint'], config.entrypoint);
	const isNew = Object.keys(parts.given.asked).length > 0;
	const isOtherwise = parts.given.isReread || sharedWith(config.pid) !== undefined || endsOnce(parts);
	if (command === undefined && entrypoint === undefined && !isNew && !isOtherwise) {
		return {};
	}
	const given: Given = { ...parts.given, fields: parts.given.v19Fields, asked: {} };
	const earlier = { ...parts, isAwaited: false, place: nowhere() };
	return {
		v19: {
			...(command !== undefined && { command }),
			...(entrypoint !== undefined && { entrypoint }),
			...((isNew || isOtherwise) && { config: completeConfig({ ...earlier, given }) }),
			...(isNew && isOtherwise && { configOfOurs: completeConfig(earlier) }),
		},
	};
}

function v19Words(text: unknown, words: readonly string[]): readonly string[] | undefined {
	// Only texts with these characters are split differently, and they are rare.
	if (typeof text !== 'string' || !/[$#\\'"]/.test(text)) {
		return undefined;
	}
	const legacy = splitCommandAsV19(text);
	const isSame = legacy.length === words.length && legacy.every((word, index) => word === words[index]);
	return isSame ? undefined : legacy;
}
