import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import type { ImageInspection, ImageSummary, NetworkInspection, VolumeInspection } from '../../ports/engine.ts';
import { Missing, needText, readTextMap, readTexts, textOr } from './read-answer.ts';

/** The supervisor puts this label on a network whose addresses the release chooses (spec: compose 6.2). */
const CUSTOM_IPAM = 'io.balena.private.ipam.config';
/** What the engine itself takes where a release names none. */
const VOLUME_DRIVER = 'local';

/** Podman shows no `IPAM` for some networks. */
export function decodeNetwork(row: unknown): NetworkInspection {
	const raw = isPlainObject(row) ? row : {};
	const missing = new Missing();
	const at = (name: string) => missing.place.key(name);
	const ipam = isPlainObject(raw['IPAM']) ? raw['IPAM'] : {};
	const labels = readTextMap(raw['Labels']) ?? null;
	if (!Array.isArray(ipam['Config']) && labels !== null && Object.hasOwn(labels, CUSTOM_IPAM)) {
		at('IPAM').key('Config').refuse('a list', ipam['Config']); // no other addresses can stand in for these
	}
	const inspection: NetworkInspection = {
		Id: needText(raw['Id'], at('Id')),
		Name: needText(raw['Name'], at('Name')),
		// A network that only holds a configuration has none.
		Driver: raw['ConfigOnly'] === true ? textOr(raw['Driver'], '') : needText(raw['Driver'], at('Driver')),
		EnableIPv6: raw['EnableIPv6'] === true,
		Internal: raw['Internal'] === true,
		ConfigOnly: raw['ConfigOnly'] === true,
		IPAM: {
			...(typeof ipam['Driver'] === 'string' && { Driver: ipam['Driver'] }),
			Options: readTextMap(ipam['Options']) ?? null,
			Config: Array.isArray(ipam['Config']) ? ipam['Config'].filter(isPlainObject) : null,
		},
		Options: readTextMap(raw['Options']) ?? null,
		Labels: labels,
	};
	const why = missing.describe();
	return why === undefined ? inspection : { Unreadable: why, ...inspection };
}

/** `undefined`: without a name it is no volume of ours. */
export function decodeVolume(row: unknown): VolumeInspection | undefined {
	const raw = isPlainObject(row) ? row : {};
	const { Name, Mountpoint } = raw;
	return typeof Name !== 'string' || Name === ''
		? undefined
		: {
				Name,
				...(typeof Mountpoint === 'string' && { Mountpoint }),
				Driver: textOr(raw['Driver'], VOLUME_DRIVER),
				Labels: readTextMap(raw['Labels']) ?? null,
				Options: readTextMap(raw['Options']) ?? null,
			};
}

/** `undefined`: without an id it cannot be used. */
export function decodeImage(row: unknown): ImageSummary | undefined {
	const raw = isPlainObject(row) ? row : {};
	const { Id, RepoTags, RepoDigests } = raw;
	return typeof Id !== 'string' || Id === ''
		? undefined
		: {
				Id,
				RepoTags: readTexts(RepoTags),
				RepoDigests: readTexts(RepoDigests),
				...sizeOf(raw, 'Size'),
				...sizeOf(raw, 'VirtualSize'), // newer engines do not have it
			};
}

function sizeOf(raw: PlainObject, name: 'Size' | 'VirtualSize') {
	const bytes = raw[name];
	return typeof bytes === 'number' ? { [name]: bytes } : {};
}

/** Only the parts that composing needs: an inspection lists every layer. */
export function decodeImageInspection(answer: unknown, asked: string): ImageInspection {
	const { Id, Config } = isPlainObject(answer) ? answer : {};
	return { Id: textOr(Id, asked), Config: isPlainObject(Config) ? Config : null };
}
