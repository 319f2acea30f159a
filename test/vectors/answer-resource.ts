import {
	compareNetwork,
	compareVolume,
	composeApp,
	networkBody,
	readNetwork,
	readVolume,
	volumeBody,
} from '../../src/application-manager/compose/index.ts';
import { normaliseImageReference, parseImageReference } from '../../src/domain/image-reference.ts';
import type { AppSpec } from '../../src/domain/target.ts';
import type { NetworkInspection, VolumeInspection } from '../../src/ports/engine.ts';
import { vectorContext } from './vector-app.ts';

const REFUSED = { refused: true };

interface AppInput {
	readonly app: { readonly id: number; readonly uuid: string };
	readonly name: string;
}
type NetworkInput =
	| ({ readonly op: 'compose'; readonly network: unknown } & AppInput)
	| { readonly op: 'inspect'; readonly inspect: NetworkInspection }
	| ({ readonly op: 'equal'; readonly network: unknown; readonly inspect: NetworkInspection } & AppInput);
type VolumeInput =
	| ({ readonly op: 'compose'; readonly volume: unknown } & AppInput)
	| { readonly op: 'inspect'; readonly inspect: VolumeInspection }
	| ({ readonly op: 'equal'; readonly volume: unknown; readonly inspect: VolumeInspection } & AppInput);
interface Expected {
	readonly error?: string;
}

function composeResources(
	{ app }: AppInput,
	resources: { readonly networks?: Record<string, unknown>; readonly volumes?: Record<string, unknown> },
): AppSpec {
	const { composed } = composeApp(
		{
			appId: app.id,
			appUuid: app.uuid,
			appName: 'vector-app',
			class: 'fleet',
			isHost: false,
			rejected: false,
			release: { releaseId: 1, commit: 'c', services: {}, networks: {}, volumes: {}, ...resources },
		},
		vectorContext,
		new Map(),
	);
	if (composed.state === 'rejected') {
		throw new Error(JSON.stringify(composed.issues));
	}
	return composed.spec;
}

export function answerNetwork(input: NetworkInput, expected: Expected) {
	if (input.op === 'inspect') {
		const read = readNetwork({ ...input.inspect, Labels: { 'io.balena.supervised': 'true', ...input.inspect.Labels } });
		if (!read?.ok) {
			return { actual: REFUSED, expected: expected.error === undefined ? expected : REFUSED };
		}
		const { appId, appUuid, networkName, config } = read.value;
		return { actual: { appId, appUuid, name: networkName, config }, expected };
	}
	const { networks } = composeResources(input, { networks: { [input.name]: input.network } });
	const spec = networks.find(({ networkName }) => networkName === input.name)!;
	if (input.op === 'compose') {
		return { actual: { config: spec.config, create: networkBody(spec) }, expected };
	}
	const read = readNetwork(input.inspect);
	return { actual: { equal: read?.ok === true && compareNetwork(read.value, spec).length === 0 }, expected };
}

export function answerVolume(input: VolumeInput, expected: Expected) {
	const view = input.op === 'compose' ? undefined : readVolume(input.inspect);
	if (input.op === 'inspect') {
		if (view === undefined) {
			return { actual: REFUSED, expected: expected.error === undefined ? expected : REFUSED };
		}
		return {
			actual: { name: view.volumeName, appId: view.appId, appUuid: view.appUuid, config: view.config },
			expected,
		};
	}
	const [spec] = composeResources(input, { volumes: { [input.name]: input.volume } }).volumes;
	if (input.op === 'compose') {
		return { actual: { config: spec!.config, create: volumeBody(spec!) }, expected };
	}
	return { actual: { equal: view !== undefined && compareVolume(view, spec!).length === 0 }, expected };
}

export function answerImageName({ image }: { readonly image: string }, expected: Expected) {
	const parts = parseImageReference(image);
	const normalised = normaliseImageReference(image);
	if (!parts.ok || !normalised.ok) {
		return { actual: REFUSED, expected: expected.error === undefined ? expected : REFUSED };
	}
	return { actual: { parts: parts.value, normalised: normalised.value }, expected };
}
