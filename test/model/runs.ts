import { dependsOnA, runOf, type Run } from './run.ts';

const kill = 'kill-then-download' as const;
const erase = 'delete-then-download' as const;
const hand = 'hand-over' as const;

/** The app is small where the device itself is large. */
const ONE_SERVICE = { b: { flavour: 'same', dependsOn: [] }, c: { flavour: 'same' } } as const;

/** Each is a graph of its own. */
export const RUNS: readonly Run[] = [
	runOf('download-then-kill', { dropsNetwork: true }),
	runOf('kill-then-download', {
		a: { strategy: kill, before: kill },
		b: { strategy: kill, before: kill },
		c: { strategy: kill, before: kill },
	}),
	runOf('delete-then-download', {
		a: { strategy: erase, before: erase },
		b: { strategy: erase, before: erase },
		c: { strategy: erase, before: erase },
	}),
	runOf('hand-over', {
		a: { strategy: hand, before: hand },
		b: { strategy: hand, before: hand },
		c: { strategy: hand, before: hand },
		dropsNetwork: true,
	}),
	runOf('mixed strategies, each new with this release', {
		a: { strategy: hand, before: kill },
		b: { strategy: kill, before: 'download-then-kill' },
		c: { strategy: 'download-then-kill', before: hand, flavour: 'changed' },
	}),
	runOf('mixed strategies, a port that moves', {
		a: { strategy: erase, before: hand, port: [1] },
		b: { strategy: hand, before: erase, flavour: 'same' },
		c: { flavour: 'added', port: [2] },
	}),
	runOf('a port that moves from a service that is dropped', {
		a: { port: [2] },
		b: { flavour: 'same' },
		c: { flavour: 'dropped', port: [1] },
	}),
	runOf('a port that stays, with hand-over', {
		a: { strategy: hand, before: hand, port: [1, 2] },
		b: { strategy: hand, before: hand },
	}),
	runOf('dropped with another strategy', {
		a: { strategy: kill },
		c: { flavour: 'dropped', strategy: hand, before: hand },
	}),
	runOf('a health check, a service that shall not run', {
		a: { isChecked: true },
		b: { dependsOn: dependsOnA('service_healthy'), strategy: hand, before: hand },
		c: { running: false },
	}),
	runOf('a job', {
		a: { isJob: true },
		b: { dependsOn: dependsOnA('service_completed_successfully') },
		c: { flavour: 'dropped' },
	}),
	runOf('a circle of dependencies', {
		a: { dependsOn: [{ service: 'b', condition: 'service_started', required: true }] },
	}),
	runOf('a volume without a name', { anonymous: true }),
	runOf('a volume without a name, kill first', { anonymous: true, a: { strategy: kill, before: kill } }),
	runOf('a volume without a name, hand-over', { anonymous: true, a: { strategy: hand, before: hand } }),
	runOf('a volume without a name, purge requested', { anonymous: true, request: 'purgeApp' }),
	runOf('a volume without a name, not in the target', { anonymous: true, target: 'absent' }),
	runOf('an engine that ends', { engineEnds: true, b: { flavour: 'dropped' }, c: { joins: true } }),
	runOf('a port that moves to the service that is depended on', {
		a: { port: [2] },
		b: { port: [1], dependsOn: dependsOnA() },
	}),
	runOf('ports that two services exchange', {
		a: { port: [1] },
		b: { port: [2], dependsOn: [] },
		c: { flavour: 'changed', joins: true },
	}),
	runOf('a shared network', { c: { joins: true, flavour: 'changed', strategy: hand, before: hand } }),
	runOf('a service that starts with a boot', { a: { requiresReboot: true } }),
	runOf('restart requested', { request: 'restartApp', b: { strategy: hand, before: hand } }),
	runOf('restart requested with force', { request: 'restartApp', force: true, a: { strategy: kill } }),
	runOf('restart of one service requested', { request: 'restartService', a: { strategy: hand, before: hand } }),
	runOf('purge requested', { request: 'purgeApp', force: true }),
	runOf('stop requested', { request: 'stopService' }),
	runOf('local mode keeps images', { keepImages: true, a: { strategy: erase }, b: { strategy: kill } }),
	runOf('configuration, VPN off', {
		config: { vpn: 'off', boot: 'asked', isMeddledWith: false },
		isThorough: true,
		...ONE_SERVICE,
	}),
	runOf('configuration, VPN on, outside changes', {
		config: { vpn: 'on', boot: 'asked', isMeddledWith: true },
		isThorough: true,
		...ONE_SERVICE,
	}),
	runOf('configuration, VPN off, outside changes', {
		config: { vpn: 'off', boot: 'asked', isMeddledWith: true },
		...ONE_SERVICE,
	}),
	runOf('configuration, boot file refused', {
		config: { vpn: 'off', boot: 'refused', isMeddledWith: true },
		...ONE_SERVICE,
	}),
	runOf('configuration, boot file that reverts with each boot', {
		config: { vpn: 'off', boot: 'asked', isMeddledWith: false, reverts: true },
		...ONE_SERVICE,
	}),
	runOf('configuration beside a rejected app', {
		config: { vpn: 'off', boot: 'asked', isMeddledWith: true },
		target: 'rejected',
		...ONE_SERVICE,
	}),
	runOf('host OS', { host: { rollsBack: false }, isThorough: true, ...ONE_SERVICE }),
	runOf('host OS that may roll back', { host: { rollsBack: true }, ...ONE_SERVICE }),
	runOf('host OS beside a rejected app', { host: { rollsBack: true }, target: 'rejected', ...ONE_SERVICE }),
	runOf('rejected', { target: 'rejected' }),
	runOf('unreadable', { unreadable: true }),
	runOf('not in the target', { target: 'absent', dropsNetwork: true }),
];
