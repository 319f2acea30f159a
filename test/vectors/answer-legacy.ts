import {
	convertSingleContainerApps,
	convertV2Apps,
	convertV2Target,
	decodeAppsJson,
} from '../../src/device-state/intake/legacy/index.ts';
import type { TargetApp } from '../../src/domain/target.ts';

const REFUSED = { refused: true };

interface LegacyInput {
	readonly op: 'v2-apps' | 'v2-target-state' | 'legacy-apps-json';
	readonly document: unknown;
	readonly deviceUuid: string;
	readonly deviceName: string;
}

export function answerLegacy(input: LegacyInput, expected: { readonly error?: string }) {
	const converted = convert(input);
	return {
		actual: converted.ok ? { result: converted.value } : REFUSED,
		expected: expected.error === undefined ? expected : REFUSED,
	};
}

function convert({ op, document, deviceUuid, deviceName }: LegacyInput) {
	switch (op) {
		case 'v2-apps':
			return convertV2Apps(document);
		case 'v2-target-state':
			return convertV2Target(document, { uuid: deviceUuid, name: deviceName });
		case 'legacy-apps-json':
			return convertSingleContainerApps(document);
	}
}

interface Decoded {
	readonly config: unknown;
	readonly apps: Readonly<Record<string, DecodedApp>>;
	readonly pinDevice?: boolean;
}
type DecodedApp = Leaves<'id' | 'name' | 'class' | 'is_host'> & {
	readonly releases: Readonly<Record<string, DecodedRelease>>;
};
type DecodedRelease = Leaves<'id' | 'networks' | 'volumes'> & {
	readonly services: Readonly<Record<string, Leaves<ServiceMember>>>;
};
type ServiceMember = 'id' | 'image_id' | 'image' | 'running' | 'environment' | 'labels' | 'contract' | 'composition';
type Leaves<Names extends string> = { readonly [Name in Names]?: unknown };

/** For the format `apps-json-v3` of target-validation. */
export function answerAppsJson(
	input: { readonly format: string; readonly document: unknown },
	expected: { readonly valid: boolean; readonly decoded?: Decoded },
) {
	if (input.format !== 'apps-json-v3') {
		return undefined;
	}
	const decoded = decodeAppsJson(input.document);
	return {
		actual: decoded.ok ? decoded.value : REFUSED,
		expected: expected.valid && expected.decoded ? preloaded(expected.decoded) : REFUSED,
	};
}

/** What a vector shows as decoded, in our form: one release of each app, all defaults filled in. */
function preloaded({ config, apps, pinDevice = false }: Decoded) {
	return { config, apps: Object.entries(apps).map(([uuid, app]) => appOf(uuid, app)), pinDevice };
}

function appOf(appUuid: string, { id, name, class: appClass, is_host: isHost, releases }: DecodedApp) {
	const [first] = Object.entries(releases);
	const app = { appId: id, appUuid, appName: name, class: appClass, isHost: isHost ?? false, rejected: false };
	return { ...app, ...(first && { release: releaseOf(...first) }) } satisfies Leaves<keyof TargetApp>;
}

function releaseOf(commit: string, { id, networks, volumes, services }: DecodedRelease) {
	const own = Object.entries(services).map(([name, { id: serviceId, image_id: imageId, ...service }]) => [
		name,
		{ serviceId, imageId, composition: {}, ...service },
	]);
	return { releaseId: id, commit, services: Object.fromEntries(own) as unknown, networks, volumes };
}
