import {
	compareService,
	containerBody,
	readContainer,
	type ContainerBody,
} from '../../src/application-manager/compose/index.ts';
import { normaliseImageReference } from '../../src/domain/image-reference.ts';
import type { ContainerInspection } from '../../src/ports/engine.ts';
import { composeInput, vectorContext, type ServiceInput } from './vector-app.ts';

const REFUSED = { refused: true };

interface ServiceExpected {
	readonly error?: string;
	readonly containerError?: string;
	readonly container?: Readonly<Record<string, unknown>>;
}

export function answerService(input: ServiceInput, expected: ServiceExpected) {
	const image = normaliseImageReference(input.service.image); // as the intake of targets does
	const composed = image.ok
		? composeInput({ ...input, service: { ...input.service, image: image.value } })
		: { ok: false as const };
	const isRefused = expected.error !== undefined || expected.containerError !== undefined;
	if (!composed.ok) {
		return { actual: REFUSED, expected: isRefused ? REFUSED : expected };
	}
	const body = containerBody(composed.spec, {
		deviceName: vectorContext.deviceName,
		containerIds: new Map(Object.entries(input.containerIds)),
	});
	const dependsOn = composed.spec.dependsOn.map(({ service }) => service);
	return {
		actual: {
			...(dependsOn.length > 0 && { dependsOn }),
			config: composed.spec.config,
			...answerBody(body, composed.spec.config.networks),
		},
		expected: { ...expected, ...(expected.container && { container: sorted(expected.container) }) },
	};
}

function answerBody(body: ContainerBody, networks: Readonly<Record<string, unknown>>) {
	if (!body.ok) {
		return { containerError: body.message };
	}
	const extraNetworks = Object.fromEntries(body.extraNetworks.map(({ network }) => [network, networks[network]]));
	return { container: sorted({ name: body.name, ...body.body }), extraNetworks };
}

/** The order of `Env` and `Binds` means nothing to the engine. */
function sorted(container: Readonly<Record<string, unknown>>) {
	const host = container['HostConfig'] as { readonly Binds: readonly string[] };
	return {
		...container,
		Env: [...(container['Env'] as readonly string[])].sort(),
		HostConfig: { ...host, Binds: [...host.Binds].sort() },
	};
}

export function answerCurrentService(
	input: ServiceInput & { readonly inspect: ContainerInspection },
	expected: { readonly current: Readonly<Record<string, unknown>>; readonly equalToTarget: boolean },
) {
	const read = readContainer(input.inspect);
	// The key was generated when the container was made.
	const key = read.ok ? read.value.config.environment['BALENA_SUPERVISOR_API_KEY'] : undefined;
	const composed = composeInput(input, key);
	if (!composed.ok || !read.ok) {
		return { actual: { composed, read }, expected };
	}
	const { value: view } = read;
	const containers = new Map(Object.entries(input.containerIds));
	const differences = compareService(view, composed.spec, containers);
	const { appId, appUuid, serviceName, serviceId, imageId, releaseId, commit, config } = view;
	const status = view.runState === 'created' ? 'Installed' : view.runState;
	return {
		actual: {
			current: { appId, appUuid, serviceName, serviceId, imageId, releaseId, commit, status, config },
			equalToTarget: differences.length === 0,
			...(differences.length > 0 && expected.equalToTarget && { differences }),
		},
		expected,
	};
}
