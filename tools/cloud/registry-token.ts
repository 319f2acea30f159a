import { randomUUID } from 'node:crypto';

import type { Device } from './cloud-data.ts';
import type { CloudModel } from './cloud-model.ts';
import type { CloudRequest, Handler } from './cloud-request.ts';
import { emptyReply, jsonReply } from './reply.ts';
import { signToken } from './sign-token.ts';

const LIFETIME_S = 4 * 60 * 60;
const NOT_BEFORE_S = 10;
const SCOPE = /^([a-z]+):([^:@]+)(?:[:@][^:]+(?::[0-9a-f]+)?)?:([a-z,*]+)$/i;

/** The first part of a location is a registry only if it looks like a host. */
const REGISTRY = /^(localhost|[^/]*[.:][^/]*)\//;

interface Access {
	readonly type: string;
	readonly name: string;
	readonly actions: readonly string[];
}

/** `GET /auth/v1/token`. Asking for too much is not refused: the token then allows less. */
export const getRegistryToken: Handler = (model, request) => {
	const subject = readSubject(model, request);
	if (subject.kind === 'refused') {
		return emptyReply(401);
	}
	const nowS = Math.floor(model.now() / 1000);
	const payload = {
		jti: randomUUID(),
		nbf: nowS - NOT_BEFORE_S,
		access: request.query.getAll('scope').flatMap((scope) => readAccess(model, subject, scope)),
		iat: nowS,
		exp: nowS + LIFETIME_S,
		aud: audienceOf(model, request.query.get('service') ?? ''),
		iss: model.tokenSigner?.issuer ?? 'stand-in-cloud',
		sub: subject.kind === 'device' ? `d_${subject.device.uuid}` : '',
	};
	return jsonReply(200, { token: signToken(payload, model.tokenSigner) });
};

type Subject =
	{ readonly kind: 'refused' } | { readonly kind: 'anonymous' } | { readonly kind: 'device'; readonly device: Device };

function readSubject(model: CloudModel, request: CloudRequest): Subject {
	const encoded = /^Basic +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
	if (encoded === undefined) {
		return { kind: 'anonymous' };
	}
	const [, uuid = '', key = ''] = /^d_([^:]*):(.*)$/.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
	const owner = model.key(key);
	const device = model.device(uuid);
	if (owner?.kind !== 'device' || device === undefined || owner.deviceId !== device.id) {
		return { kind: 'refused' };
	}
	return { kind: 'device', device };
}

function readAccess(model: CloudModel, subject: Subject, scope: string): readonly Access[] {
	const [, type, name, actions] = SCOPE.exec(scope) ?? [];
	if (type === undefined || name === undefined || actions === undefined) {
		return [];
	}
	const isAllowed = subject.kind === 'device' && isPullable(model, subject.device, name);
	return [{ type, name, actions: actions.split(',').filter((action) => isAllowed && action === 'pull') }];
}

function isPullable(model: CloudModel, device: Device, repository: string): boolean {
	return model.data.releases.some((release) => {
		const isVisible = release.fleetId === device.fleetId || model.fleet(release.fleetId)?.kind !== 'fleet';
		return isVisible && release.images.some((image) => repositoryOf(image.location) === repository);
	});
}

/** A service that is no registry of ours is ignored: the token is then for ours. */
function audienceOf(model: CloudModel, service: string): string {
	const images = model.data.releases.flatMap((release) => release.images);
	const registries = images.map((image) => REGISTRY.exec(image.location.toLowerCase())?.[1] ?? '');
	return registries.includes(service) ? service : (registries.find((registry) => registry !== '') ?? service);
}

function repositoryOf(location: string): string {
	return location
		.toLowerCase()
		.replace(REGISTRY, '')
		.replace(/:[^/:]+$/, '');
}
