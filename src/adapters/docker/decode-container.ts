import type { JsonPlace } from '../../domain/json-place.ts';
import { isPlainObject, type PlainObject } from '../../lib/is-plain-object.ts';
import type { ContainerInspection } from '../../ports/engine.ts';
import type { ListedContainer } from './listed-container.ts';
import { Missing, needMap, needText, readTextMap, textOr } from './read-answer.ts';

type State = ContainerInspection['State'];
type Mounts = NonNullable<ContainerInspection['Mounts']>;
type Networks = ContainerInspection['NetworkSettings']['Networks'];

const NOT_LISTED: ListedContainer = { id: '', name: '', image: '', labels: undefined };
const UP: readonly string[] = ['running', 'paused', 'restarting'];
const LEAVING: readonly string[] = ['dead', 'removing'];

/**
 * A container as the engine shows it. Its entry in the list fills in what the inspection lacks. Without what decides
 * over the container it counts as unreadable, so that it stays as it is: a value that was guessed could recreate it.
 */
export function decodeContainer(answer: unknown, listed: ListedContainer = NOT_LISTED): ContainerInspection {
	const raw = isPlainObject(answer) ? answer : {};
	const missing = new Missing();
	const at = (name: string) => missing.place.key(name);
	const state = decodeState(needMap(raw['State'], at('State')), at('State'));
	const isLeaving = LEAVING.includes(state.Status);
	const config = needMap(raw['Config'], at('Config'));
	const hostConfig = needMap(raw['HostConfig'], at('HostConfig'));
	const labels = { ...listed.labels, ...readTextMap(config['Labels']) };
	const { RestartCount } = raw;
	const inspection: ContainerInspection = {
		Id: needText(raw['Id'] || listed.id, at('Id')),
		Name: needText(raw['Name'] || listed.name, at('Name')),
		Created: needText(raw['Created'], at('Created')),
		Image: needText(raw['Image'] || listed.image, at('Image')),
		...(typeof RestartCount === 'number' && { RestartCount }),
		State: state,
		Config: { ...config, Image: needText(config['Image'], at('Config').key('Image')), Labels: labels },
		HostConfig: hostConfig,
		Mounts: decodeMounts(raw['Mounts'], !isLeaving && hasMembers(config['Volumes']), at('Mounts')),
		NetworkSettings: { Networks: decodeNetworks(raw, isLeaving || hasNoNetwork(hostConfig), at('NetworkSettings')) },
	};
	const why = missing.describe();
	return why === undefined ? inspection : unreadable({ ...listed, labels }, why, config);
}

/** Only what identifies it. */
export function unreadable(
	{ id, name, image, labels = {} }: ListedContainer,
	why: string,
	config: PlainObject = {},
): ContainerInspection {
	return {
		Unreadable: why,
		Id: id,
		Name: name,
		Created: '',
		Image: image,
		State: { Status: '', Running: false, ExitCode: 0, Error: '', StartedAt: '', FinishedAt: '' },
		Config: { ...config, Image: image, Labels: labels },
		HostConfig: {},
		NetworkSettings: { Networks: null },
	};
}

function decodeState(raw: PlainObject, place: JsonPlace): State {
	const { ExitCode, Health, Pid } = raw;
	const Status = textOr(raw['Status'], '');
	const Running = typeof raw['Running'] === 'boolean' ? raw['Running'] : UP.includes(Status);
	if (Status === '' && typeof raw['Running'] !== 'boolean') {
		place.key('Status').refuse('a text', raw['Status']);
	}
	// Zero would say that its work is complete.
	if (typeof ExitCode !== 'number' && !Running && Status !== 'created') {
		place.key('ExitCode').refuse('a number', ExitCode);
	}
	const health = isPlainObject(Health) ? textOr(Health['Status'], '') : '';
	return {
		Status,
		Running,
		ExitCode: typeof ExitCode === 'number' ? ExitCode : 0,
		Error: textOr(raw['Error'], ''),
		StartedAt: textOr(raw['StartedAt'], ''),
		FinishedAt: textOr(raw['FinishedAt'], ''),
		...(health !== '' && { Health: { Status: health } }),
		...(typeof Pid === 'number' && Pid > 0 && { Pid }),
	};
}

/** `hasVolumes`: it has anonymous volumes, whose names only this list shows. */
function decodeMounts(raw: unknown, hasVolumes: boolean, place: JsonPlace): Mounts {
	if (!Array.isArray(raw)) {
		if (hasVolumes) {
			place.refuse('a list', raw);
		}
		return [];
	}
	return raw.map((item: unknown, index) => {
		const at = place.item(index);
		const { Type, Name, Destination } = isPlainObject(item) ? item : {};
		const type = needText(Type, at.key('Type'));
		return {
			Type: type,
			...(type === 'volume' && { Name: needText(Name, at.key('Name')) }),
			Destination: needText(Destination, at.key('Destination')),
		};
	});
}

function decodeNetworks({ NetworkSettings }: PlainObject, mayHaveNone: boolean, place: JsonPlace): Networks {
	const networks = isPlainObject(NetworkSettings) ? NetworkSettings['Networks'] : undefined;
	if (isPlainObject(networks)) {
		return Object.fromEntries(
			Object.entries(networks).map(([name, endpoint]) => [name, isPlainObject(endpoint) ? endpoint : {}]),
		);
	}
	if (!mayHaveNone) {
		place.key('Networks').refuse('an object', networks);
	}
	return null;
}

function hasNoNetwork({ NetworkMode }: PlainObject): boolean {
	const mode = textOr(NetworkMode, '');
	return mode === 'none' || mode === 'host' || mode.startsWith('container:');
}

function hasMembers(value: unknown): boolean {
	return isPlainObject(value) && Object.keys(value).length > 0;
}
