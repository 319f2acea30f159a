import type { LongVolume } from '../../domain/service.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import { isEngineName, NAME_CHARACTERS } from './engine-name.ts';
import { parseItems } from './parse-list.ts';
import { cleanPath, parseBytes } from './parse-scalar.ts';
import { describeValue, NEWER_ENGINE, noteOtherKeys, nowhere, type Place } from './place.ts';

export type Mount = string | LongVolume;

const RELATIVE = 'binds a relative path, and the project is not on the device: use a named volume';

/** The volumes of a service as compose lists them. Named volumes get their engine names (spec: compose 2.4.5). */
export function parseMounts(value: unknown, place: Place, appId: number): readonly Mount[] | undefined {
	return parseItems(value, place, (raw, at) => {
		if (typeof raw === 'string') {
			return parseShortMount(raw, at, appId);
		}
		return parseLongMount(raw, at, appId);
	});
}

function parseShortMount(text: string, place: Place, appId: number): string | undefined {
	if (!text.includes(':')) {
		return text;
	}
	const [source = '', target = '', ...mode] = text.split(':').map((part) => part.trim());
	if (source.startsWith('/')) {
		return place.note(`Ignoring invalid bind mount ${text}`);
	}
	const problem = whyNotMounted({ source, target, appId });
	return problem === undefined
		? [`${appId}_${source}`, target, ...mode].join(':')
		: place.refuse(`${describeValue(text)} ${problem}`);
}

/** Why the engine would refuse the whole container, in words for the author of the mount (decision D21). */
function whyNotMounted(mount: {
	readonly source: string;
	readonly target: string;
	readonly appId: number;
}): string | undefined {
	const { source, target, appId } = mount;
	if (source.includes('$')) {
		return 'has a variable, which is not replaced on the device: use a named volume';
	}
	if (/^\.{1,2}(?:\/|$)|^~/.test(source)) {
		return RELATIVE;
	}
	if (!isEngineName(source, `${appId}_`)) {
		return `names a volume that the engine cannot have: use ${NAME_CHARACTERS}`;
	}
	return whyNoTarget(target);
}

function whyNoTarget(target: string): string | undefined {
	return target.startsWith('/') && cleanPath(target) !== '/'
		? undefined
		: 'has no absolute path below "/" in the container';
}

function parseLongMount(raw: unknown, place: Place, appId: number): LongVolume | undefined {
	const mount = isPlainObject(raw) ? readLongMount(raw, place) : undefined;
	if (mount === undefined) {
		return place.note(`Ignoring invalid compose volume definition ${describeValue(raw)}`);
	}
	const { type, source } = mount;
	if (type === 'bind' && source?.startsWith('/')) {
		return place.note(`Ignoring invalid bind mount ${describeValue(raw)}`);
	}
	if (type === 'bind' && source !== undefined && source !== '') {
		const problem = whyNotMounted({ source, target: mount.target, appId }) ?? RELATIVE;
		return place.refuse(`${describeValue(raw)} ${problem}`);
	}
	const isNamed = type === 'volume' && source !== undefined && !source.startsWith('/');
	if (type === 'bind' || (source !== undefined && !isNamed)) {
		return place.note(`Ignoring invalid compose volume definition ${describeValue(raw)}`);
	}
	const name = source?.trim();
	const problem =
		name === undefined ? whyNoTarget(mount.target) : whyNotMounted({ source: name, target: mount.target, appId });
	if (problem !== undefined) {
		return place.refuse(`${describeValue(raw)} ${problem}`);
	}
	return name === undefined ? mount : { ...mount, source: `${appId}_${name}` };
}

const TYPES = ['volume', 'bind', 'tmpfs'] as const;

/** Version 19 left out the whole mount when the size is a text. */
export function mountsAsV19(value: unknown, appId: number): readonly Mount[] | undefined {
	const items = Array.isArray(value) ? (value as readonly unknown[]) : [];
	const isSizeInText = (item: unknown) => isPlainObject(item) && typeof optionOf(item, 'tmpfs', 'size') === 'string';
	return items.some(isSizeInText)
		? parseMounts(
				items.filter((item) => !isSizeInText(item)),
				nowhere(),
				appId,
			)
		: undefined;
}

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
	volume: ['nocopy'],
	bind: ['propagation'],
	tmpfs: ['size'],
};
const LONG_KEYS: readonly string[] = ['type', 'source', 'target', 'read_only', 'readOnly', ...Object.keys(OPTIONS)];
const IGNORED_OPTIONS: Readonly<Record<string, string>> = {
	subpath: `${NEWER_ENGINE} (API 1.45); the whole volume is mounted`,
	mode: 'the short form says it: "tmpfs: /path:mode=1777"',
};

function noteLeftOut(raw: PlainObject, type: string, place: Place): void {
	noteOtherKeys(raw, place, LONG_KEYS, `a volume has ${LONG_KEYS.filter((key) => key !== 'readOnly').join(', ')}`);
	for (const [group, known] of Object.entries(OPTIONS)) {
		const options = raw[group];
		for (const option of isPlainObject(options) ? Object.keys(options) : []) {
			if (group !== type) {
				place.key(group).key(option).note(`Ignoring ${option}: the volume is of type ${type}`);
			} else if (!known.includes(option) && !option.startsWith('x-')) {
				const reason = Object.hasOwn(IGNORED_OPTIONS, option) ? IGNORED_OPTIONS[option] : undefined;
				place
					.key(group)
					.key(option)
					.note(`Ignoring ${option}: ${reason ?? 'there is no such option'}`);
			}
		}
	}
}

/** A known key of the wrong kind makes the entry invalid. */
function readLongMount(raw: PlainObject, place: Place): LongVolume | undefined {
	const type = TYPES.find((name) => name === raw['type']);
	const { target, source } = raw;
	const readOnly = raw['readOnly'] ?? raw['read_only'] ?? false;
	const nocopy = optionOf(raw, 'volume', 'nocopy') ?? false;
	const propagation = optionOf(raw, 'bind', 'propagation') ?? '';
	const size = sizeOf(optionOf(raw, 'tmpfs', 'size') ?? 0, place.key('tmpfs').key('size'));
	if (
		type === undefined ||
		typeof target !== 'string' ||
		(source != null && typeof source !== 'string') ||
		typeof readOnly !== 'boolean' ||
		typeof nocopy !== 'boolean' ||
		typeof propagation !== 'string' ||
		typeof size !== 'number'
	) {
		return undefined;
	}
	noteLeftOut(raw, type, place);
	return longVolume({ type, source: source ?? undefined, target, readOnly, nocopy, propagation, size });
}

/** Without a limit that can be read the mount is still made: otherwise the service would write to the disk. */
function sizeOf(value: unknown, place: Place): unknown {
	return typeof value === 'string' ? (parseBytes(value, place) ?? 0) : value;
}

/** An option of a group such as `volume: {nocopy}`; if the group is no map, a value that each option refuses. */
function optionOf(raw: PlainObject, group: string, option: string): unknown {
	const options = raw[group] ?? {};
	return isPlainObject(options) ? options[option] : Symbol('not a map');
}

/** Only options with an effect: the engine does not report the others, so they cannot be compared. */
function longVolume(parts: {
	readonly type: LongVolume['type'];
	readonly source: string | undefined;
	readonly target: string;
	readonly readOnly: boolean;
	readonly nocopy: boolean;
	readonly propagation: string;
	readonly size: number;
}): LongVolume {
	const { type, source, target, readOnly, nocopy, propagation, size } = parts;
	return {
		type,
		...(source !== undefined && { source }),
		target,
		...(readOnly && { readOnly }),
		...(type === 'volume' && nocopy && { volume: { nocopy } }),
		...(type === 'bind' && propagation !== '' && { bind: { propagation } }),
		...(type === 'tmpfs' && size !== 0 && { tmpfs: { size } }),
	};
}

interface MountBodies {
	readonly Binds: readonly string[];
	readonly Mounts: readonly object[];
	/** Anonymous ones, by path. */
	readonly Volumes: Readonly<Record<string, object>>;
}

export function mountBodies(mounts: readonly Mount[]): MountBodies {
	const short = mounts.filter((mount) => typeof mount === 'string');
	const long = mounts.filter((mount) => typeof mount !== 'string');
	return {
		Binds: short.filter((mount) => mount.includes(':')),
		Mounts: long.map(longBody),
		Volumes: Object.fromEntries(short.filter((mount) => !mount.includes(':')).map((path) => [path, {}])),
	};
}

function longBody(mount: LongVolume): object {
	return {
		Type: mount.type,
		Target: mount.target,
		...(mount.source !== undefined && { Source: mount.source }),
		...(mount.readOnly !== undefined && { ReadOnly: mount.readOnly }),
		...(mount.bind !== undefined && { BindOptions: { Propagation: mount.bind.propagation } }),
		...(mount.volume !== undefined && { VolumeOptions: { NoCopy: mount.volume.nocopy } }),
		...(mount.tmpfs !== undefined && { TmpfsOptions: { SizeBytes: mount.tmpfs.size } }),
	};
}

/** The engine names anonymous volumes by 32 random bytes; those of a release begin with the id of the app and `_`. */
export function isAnonymousName(name: string): boolean {
	return /^[0-9a-f]{64}$/.test(name);
}

/** Where a volume without a name is mounted that a container took over from its predecessor. */
function carriedPath(bind: string): string | undefined {
	const [name = '', path, mode] = bind.split(':', 3);
	return isAnonymousName(name) && mode === undefined ? path : undefined;
}

/** A volume that was taken over looks like one that the engine created for the container. */
export function readMounts(binds: unknown, anonymous: unknown, mounts: unknown): readonly Mount[] {
	const all = Array.isArray(binds) ? binds.filter((bind) => typeof bind === 'string') : [];
	const paths = Object.keys(isPlainObject(anonymous) ? anonymous : {});
	const carried = all.map(carriedPath).filter((path) => path !== undefined);
	const known = new Set(paths.map(cleanPath));
	const texts = new Set([
		...all.filter((bind) => carriedPath(bind) === undefined),
		...paths,
		...carried.filter((path) => !known.has(cleanPath(path))),
	]);
	const long = Array.isArray(mounts) ? (mounts as readonly unknown[]).map(readMount) : [];
	return [...texts, ...long.filter((mount) => mount !== undefined)];
}

function readMount(raw: unknown): LongVolume | undefined {
	const mount = isPlainObject(raw) ? raw : {};
	const type = TYPES.find((name) => name === mount['Type']);
	const { Source, Target } = mount;
	if (type === undefined || typeof Target !== 'string') {
		return undefined;
	}
	const isCarried = type === 'volume' && typeof Source === 'string' && isAnonymousName(Source);
	const propagation = optionOf(mount, 'BindOptions', 'Propagation');
	const size = optionOf(mount, 'TmpfsOptions', 'SizeBytes');
	return longVolume({
		type,
		source: typeof Source === 'string' && Source !== '' && !isCarried ? Source : undefined,
		target: Target,
		readOnly: mount['ReadOnly'] === true,
		nocopy: optionOf(mount, 'VolumeOptions', 'NoCopy') === true,
		propagation: typeof propagation === 'string' ? propagation : '',
		size: typeof size === 'number' ? size : 0,
	});
}

/** Engine names of the mounted volumes, without the anonymous ones. */
export function volumeNamesOf(mounts: readonly Mount[]): readonly string[] {
	const names = new Set<string>();
	for (const mount of mounts) {
		if (typeof mount !== 'string') {
			if (mount.type === 'volume' && mount.source !== undefined) {
				names.add(mount.source);
			}
		} else if (mount.includes(':') && !mount.startsWith('/')) {
			names.add(mount.slice(0, mount.indexOf(':')));
		}
	}
	return [...names];
}
