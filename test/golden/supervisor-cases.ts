import type { TargetDocument } from '../../src/domain/target.ts';
import type { UnitEnd } from '../../src/ports/transient-units.ts';
import type { World } from '../simulation/world.ts';
import { target, type GoldenCase } from './cases.ts';

const HOUR_MS = 3_600_000;
const OLD = { id: 'sha256:20', image: 'balena/amd64-supervisor:v20' };
const one = target(1, { a: {} });
const two = target(2, { a: { version: 2 } });

/** The target names this supervisor too. */
function withSupervisor(document: TargetDocument, name: string): TargetDocument {
	const own = target(7, { main: {} }).apps.map((app) => ({
		...{ ...app, appId: 9, appUuid: '52e35121417640b1b28a680504e4039b', appName: 'supervisor', class: 'app' as const },
		...(app.release && {
			release: {
				...app.release,
				commit: `supervisor-${name}`,
				services: { main: service(name) },
			},
		}),
	}));
	return { ...document, apps: [...document.apps, ...own] };
}

function service(name: string) {
	return {
		...{ serviceId: 1, imageId: 70, running: true, environment: {}, labels: {}, composition: {} },
		image: `registry.example.com/${name}:latest`,
	};
}

const newImage = (name: string) => ({ id: `sha256:f-${name}`, image: service(name).image });

/** The host starts the supervisor by its configuration, and the registry has another one. */
const onHost =
	(name: string, title = 'balena-supervisor') =>
	(world: World) => {
		world.supervisorHost.configured = OLD.image;
		world.supervisorHost.imageId = OLD.id;
		world.engine.images.set(OLD.id, { id: OLD.id, tags: [OLD.image], digests: [], config: {} });
		const labels = { 'org.opencontainers.image.title': title, 'org.opencontainers.image.version': '21.0.0' };
		world.engine.registry.set(newImage(name).image, { id: newImage(name).id, config: { Labels: labels } });
	};

const note = (world: World, text: string) => {
	world.systemLog.write(`=== ${text}`);
};

/** The script has restarted the service: another process starts, from this image. */
async function restart(world: World, imageId: string): Promise<void> {
	await world.crash();
	world.supervisorHost.imageId = imageId;
	note(world, `restarted from ${imageId}`);
	world.start(world.log);
}

function failed(world: World, reason: string): UnitEnd {
	world.supervisorHost.lines = ['balena-supervisor.service restarted', `Update failed: ${reason}`, 'Main process exited'];
	return { kind: 'failed', result: 'exit-code', exitStatus: 1, invocationId: 'b00' };
}

/** The new one starts, and does not become healthy: the old one is started again. */
async function failOnce(world: World): Promise<void> {
	await world.clock.advance(10_000);
	world.supervisorHost.onWait = () => Promise.resolve(failed(world, 'supervisor 21.0.0 was not healthy'));
	await restart(world, OLD.id);
	await world.clock.advance(10_000);
}

export const supervisorCases: readonly GoldenCase[] = [
	{
		check: 'host #41',
		name: 'another supervisor is started after the release, proven, and the old image removed',
		setup: onHost('new'),
		before: one,
		after: withSupervisor(two, 'new'),
		during: async (world) => {
			await world.clock.advance(10_000);
			note(world, `unit: ${world.supervisorHost.started.map(({ command }) => command.join(' ')).join(', ')}`);
			let end: (end: undefined) => void = () => undefined;
			world.supervisorHost.onWait = () => new Promise((resolve) => (end = resolve));
			await restart(world, newImage('new').id);
			await world.clock.advance(70_000);
			note(world, 'proven');
			world.supervisorHost.configured = newImage('new').image;
			end(undefined);
			await world.clock.advance(10_000);
			note(world, `images: ${[...world.engine.images.keys()].sort().join(', ')}`);
		},
	},
	{
		check: 'host #43',
		name: 'a supervisor that fails is tried three times, and again after a day',
		setup: onHost('bad'),
		before: withSupervisor(one, 'bad'),
		after: withSupervisor(two, 'bad'),
		during: async (world) => {
			await failOnce(world);
			await world.clock.advance(HOUR_MS / 6);
			await failOnce(world);
			await world.clock.advance(HOUR_MS + HOUR_MS / 6);
			await failOnce(world);
			note(world, `applying: ${String(world.status.latest()?.applying)}`);
			await world.clock.advance(23 * HOUR_MS);
			note(world, `units: ${world.supervisorHost.started.length}`);
			await world.clock.advance(HOUR_MS + HOUR_MS / 6);
			note(world, `units: ${world.supervisorHost.started.length}`);
			await failOnce(world);
			world.update({ force: true });
			await world.clock.advance(10_000);
			note(world, `forced, units: ${world.supervisorHost.started.length}`);
		},
	},
	{
		check: 'host #44',
		name: 'an image that is not one of this supervisor is refused once, and removed',
		setup: onHost('other', 'something else'),
		before: one,
		after: withSupervisor(one, 'other'),
		during: async (world) => {
			await world.clock.advance(10_000);
			world.update({ force: true });
			await world.clock.advance(HOUR_MS);
			note(world, `images: ${[...world.engine.images.keys()].sort().join(', ')}, units: ${world.supervisorHost.started.length}`);
		},
	},
	{
		check: 'host #45',
		name: 'a power cut during the update of the supervisor counts as one attempt',
		setup: onHost('new'),
		before: one,
		after: withSupervisor(one, 'new'),
		during: async (world) => {
			await world.clock.advance(10_000);
			await restart(world, OLD.id);
			await world.clock.advance(10_000);
		},
	},
	{
		check: 'host #48',
		name: 'a system without supervisor.conf keeps its supervisor',
		before: one,
		after: withSupervisor(two, 'new'),
	},
];
