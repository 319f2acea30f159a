import type { WantedHostOs } from '../../domain/host-release.ts';
import { normaliseImageReference } from '../../domain/image-reference.ts';
import type { TargetApp } from '../../domain/target.ts';
import { allLabelsOf, whyLeftOut } from './service-filter.ts';

const CLASS = 'io.balena.image.class';
const UPDATER = 'io.balena.private.updater';
const BOARD_REV = 'io.balena.private.hostapp.board-rev';

/**
 * The release of the host OS that the target names (spec: host-update 1). `undefined`: it has no host app, or its contract
 * refuses the release.
 */
export function findHostRelease(apps: readonly TargetApp[]): WantedHostOs | undefined {
	const app = apps.find(({ isHost }) => isHost);
	if (app === undefined || app.rejected) {
		return undefined;
	}
	const { appId, appUuid, release } = app;
	if (release === undefined) {
		return { state: 'none', appUuid };
	}
	const { commit } = release;
	const rejected = (reason: string): WantedHostOs => ({ state: 'rejected', appUuid, commit, reason });
	const hosts = Object.entries(release.services)
		.filter(([, { composition }]) => whyLeftOut(composition) === undefined)
		.map(([serviceName, service]) => ({ serviceName, service, labels: allLabelsOf(service) }))
		.filter(({ labels }) => labels[CLASS] === 'hostapp');
	const [host] = hosts;
	if (host === undefined) {
		return rejected(`the release has no service with label ${CLASS}=hostapp`);
	}
	const { serviceName, service, labels } = host;
	const updater = labels[UPDATER] ?? '';
	const build = labels[BOARD_REV] ?? '';
	if (updater === '') {
		return rejected(`service ${serviceName} has no label ${UPDATER}`);
	}
	const reference = normaliseImageReference(updater);
	if (!reference.ok) {
		return rejected(`label ${UPDATER} of service ${serviceName} is no image reference: ${updater}`);
	}
	if (build === '') {
		return rejected(`service ${serviceName} has no label ${BOARD_REV}`);
	}
	const { image } = service;
	return {
		state: 'ready',
		release: { appId, appUuid, commit, serviceName, image, updater: reference.value, build },
	};
}
