import { joinedBy, labelOf, type FakeContainer } from '../support/fake-engine-objects.ts';
import type { AnonymousWatch } from './anonymous-watch.ts';
import type { Random } from '../support/random.ts';
import type { World } from './world.ts';

/** Changes the engine outside the supervisor. */
export function meddle(world: World, random: Random, anonymous: AnonymousWatch): void {
	const { containers, images, networks } = world.engine;
	// The container of an updater exists for a moment only.
	const container = pickOf(
		[...containers.values()].filter((each) => ownerOf(each).appId !== 0),
		random,
	);
	const image = pickOf([...images.values()], random);
	const network = pickOf([...networks.values()], random);
	switch (random.below(7)) {
		case 0:
			if (container !== undefined) {
				containers.delete(container.id);
				anonymous.lose(container);
			}
			return;
		case 1:
			if (container?.status === 'running') {
				world.engine.exit(container.id, random.below(2));
			}
			return;
		case 2:
			// The engine refuses to remove a network that is in use.
			if (network !== undefined && ![...containers.values()].some((c) => c.networks.has(network.Name))) {
				networks.delete(network.Name);
			}
			return;
		case 3:
			if (container !== undefined) {
				container.name = `renamed_1_2_${'e'.repeat(8)}`;
			}
			return;
		case 4:
			world.engine.volumes.delete('extra-firmware');
			return;
		case 5:
			if (container?.status === 'running') {
				world.engine.pauseByHand(container.id);
			}
			return;
		default:
			if (image !== undefined && ![...containers.values()].some((c) => c.image === image.id)) {
				images.delete(image.id);
			}
	}
}

/** What services do on the device's file system: take and release locks, report that they have taken over. */
export function actAsServices(world: World, random: Random): void {
	const container = pickOf([...world.engine.containers.values()], random);
	if (container === undefined) {
		return;
	}
	const { appId, serviceName } = ownerOf(container);
	const path = `${appId}/${serviceName}/updates.lock`;
	if (random.chance(0.3)) {
		world.handOver.completed.add(`${appId}/${serviceName}`);
	} else if (random.chance(0.5)) {
		world.lockDisk.unlockAsUser(appId, serviceName);
	} else if (!world.lockDisk.files.has(path)) {
		world.lockDisk.lockAsUser(appId, serviceName); // created exclusively, as by us
	}
}

export function unlockAll(world: World): void {
	for (const path of world.lockDisk.files.keys()) {
		const [appId = '', serviceName = ''] = path.split('/');
		world.lockDisk.unlockAsUser(Number(appId), serviceName);
	}
}

/** What a user asks for through the device API; the answer comes when it has ended. */
export function request(
	world: World,
	random: Random,
): { readonly appId: number; readonly purges: boolean } | undefined {
	const container = pickOf([...world.engine.containers.values()], random);
	if (container === undefined) {
		return undefined;
	}
	const { appId, serviceName } = ownerOf(container);
	const own = [...world.engine.containers.values()].filter((each) => ownerOf(each).appId === appId);
	const containers = own.map(({ id }) => id);
	const service = { appId, serviceName, containerId: container.id };
	// Services in its network would wait for as long as the stop holds.
	const isOwner =
		[...world.engine.containers.values()].some(({ body }) => joinedBy(body) === container.id) ||
		isToBeJoined(world, appId, serviceName);
	const purges = random.chance(0.2);
	if (purges) {
		const volumes = [...world.engine.volumes.values()].filter(
			({ Name }) => Name.startsWith(`${appId}_`) || Name === 'extra-firmware',
		);
		const networks = [...world.engine.networks.values()].filter(
			({ Labels }) => Labels?.['io.balena.app-id'] === String(appId),
		);
		void world.submit({
			kind: 'purgeApp',
			appId,
			containers,
			networks: networks.map(({ Id }) => Id),
			volumes: [
				...volumes.map(({ Name }) => Name),
				...new Set(own.flatMap(({ anonymous }) => [...anonymous.values()])),
			],
		});
	} else {
		void world.submit(
			random.pick([
				{ kind: 'restartApp', appId, containers },
				{ kind: 'restartService', appId, serviceName, containers: [container.id] },
				isOwner ? { kind: 'restartApp', appId, containers } : { kind: 'stopService', ...service },
				{ kind: 'startService', ...service, startedAt: container.startedAt },
			] as const),
		);
	}
	return { appId, purges };
}

/** By a service of the target whose container is not made yet. */
function isToBeJoined(world: World, appId: number, serviceName: string): boolean {
	const app = world.targets.current()?.apps.find((each) => each.appId === appId);
	return Object.values(app?.release?.services ?? {}).some(
		({ composition }) => composition['network_mode'] === `service:${serviceName}`,
	);
}

function pickOf<T>(list: readonly T[], random: Random): T | undefined {
	return list[random.below(Math.max(1, list.length))];
}

function ownerOf(container: FakeContainer): { readonly appId: number; readonly serviceName: string } {
	return {
		appId: Number(labelOf(container, 'io.balena.app-id')),
		serviceName: labelOf(container, 'io.balena.service-name'),
	};
}
