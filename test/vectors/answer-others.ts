import { integerOf } from '../../src/application-manager/compose/parse-scalar.ts';
import { parseTruth } from '../../src/config/value-types.ts';
import { isTruthy } from '../../src/device-api/coerce.ts';
import { diffReport } from '../../src/device-state/report/index.ts';
import { decodeTarget } from '../../src/device-state/intake/index.ts';
import type { TargetApp, TargetDocument } from '../../src/domain/target.ts';
import { answerBootFile, answerConfigVariable } from './answer-boot.ts';
import { answerContracts } from './answer-contracts.ts';
import { answerFirewall } from './answer-firewall.ts';
import { answerAppsJson, answerLegacy } from './answer-legacy.ts';
import type { Answers } from './run-vectors.ts';

/** Files about what is not composed. */
export const OTHER_ANSWERS: Answers = {
	'target-validation': answerTarget,
	'report-diff': answerDifference,
	scalars: answerScalar,
	'config-vars': answerConfigVariable,
	'boot-files': answerBootFile,
	contracts: answerContracts,
	'legacy-conversion': answerLegacy,
	firewall: answerFirewall,
};

const REFUSED = { valid: false };

function answerTarget(
	input: { readonly format: string; readonly document: Readonly<Record<string, unknown>> },
	expected: { readonly valid: boolean; readonly decoded?: Readonly<Record<string, unknown>> },
) {
	if (input.format !== 'target-state-v3') {
		return answerAppsJson(input, expected as never);
	}
	const wanted = expected.valid ? expected : REFUSED;
	const [uuid] = Object.keys(input.document);
	const decoded = decodeTarget(input.document, uuid ?? '');
	// A document without this device is not refused for what it says.
	if (!decoded.ok) {
		return { actual: decoded.because === 'device' ? { valid: true, decoded: {} } : REFUSED, expected: wanted };
	}
	const decodedDevice = uuid === undefined ? undefined : expected.decoded?.[uuid];
	return {
		actual: { valid: true, device: documentOf(decoded.value) },
		expected: expected.valid ? { valid: true, device: firstReleases(decodedDevice) } : REFUSED,
	};
}

/** As the cloud writes it. */
function documentOf({ name, config, apps }: TargetDocument) {
	return { name, config, apps: Object.fromEntries(apps.map((app) => [app.appUuid, appOf(app)])) };
}

function appOf({ appId, appName, class: appClass, isHost, release }: TargetApp) {
	const services = Object.entries(release?.services ?? {}).map(([name, { serviceId, imageId, ...service }]) => [
		name,
		{ id: serviceId, image_id: imageId, ...service },
	]);
	return {
		id: appId,
		name: appName,
		class: appClass,
		is_host: isHost,
		releases: release && {
			[release.commit]: {
				id: release.releaseId,
				services: Object.fromEntries(services) as unknown,
				networks: release.networks,
				volumes: release.volumes,
			},
		},
	};
}

/** What we keep of a device's entry: one release of each app, all defaults filled in, not what nothing reads. */
function firstReleases(device: unknown) {
	const { name, config, apps } = device as Record<string, Record<string, Record<string, unknown>>>;
	const kept = Object.entries(apps ?? {}).map(([uuid, app]) => {
		const [first] = Object.entries((app['releases'] ?? {}) as Record<string, Record<string, unknown>>);
		const releases = first && { [first[0]]: releaseOf(first[1]) };
		return [uuid, { is_host: false, ...app, parent_app: undefined, releases }] as const;
	});
	return { name, config, apps: Object.fromEntries(kept) };
}

function releaseOf(release: Readonly<Record<string, unknown>>) {
	const services = Object.entries((release['services'] ?? {}) as Record<string, object>).map(([name, service]) => [
		name,
		{ running: true, composition: {}, ...service },
	]);
	return { networks: {}, volumes: {}, ...release, services: Object.fromEntries(services) as unknown };
}

function answerDifference(
	input: { readonly last: Record<string, unknown>; readonly current: Record<string, unknown> },
	expected: unknown,
) {
	const difference = diffReport(input.last, input.current);
	return { actual: { diff: difference?.body ?? {}, empty: difference === undefined }, expected };
}

function answerScalar({ value }: { readonly value: unknown }, expected: unknown) {
	const int = integerOf(value);
	const truth = parseTruth(value);
	return {
		actual: {
			int,
			positiveInt: int !== undefined && int > 0 ? int : undefined,
			string: typeof value === 'string' ? value : undefined,
			truthy: isTruthy(value),
			falsey: truth === false,
			booleanish: truth !== undefined,
		},
		expected,
	};
}
