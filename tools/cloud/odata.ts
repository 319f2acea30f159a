import type { Device, Row } from './cloud-data.ts';
import type { CloudModel } from './cloud-model.ts';
import type { CloudRequest, Handler } from './cloud-request.ts';
import { deviceOf, isUser, jsonBody, readActor } from './cloud-request.ts';
import type { ModelVersion, OdataTable, TableRow, Viewer } from './odata-tables.ts';
import { DEVICE_FIELDS, readTable, variableFields } from './odata-tables.ts';
import type { Condition, Expansion, OdataOptions, OdataPath } from './parse-odata.ts';
import { parseOdataOptions, parseOdataPath, UnsupportedQueryError } from './parse-odata.ts';
import type { Reply } from './reply.ts';
import { emptyReply, jsonReply } from './reply.ts';

/** `/v6/…` and `/v7/…`: as much of the resource model as devices and their tests use. */
export const handleOdata: Handler = (model, request, [version = 'v7', rest = '']) => ({
	...answer(model, request, { version: version === 'v6' ? 'v6' : 'v7', rest }),
	headers: { 'Cache-Control': 'no-cache' },
});

interface Target {
	readonly version: ModelVersion;
	readonly rest: string;
}

interface Query {
	readonly path: OdataPath;
	readonly options: OdataOptions;
	readonly table: OdataTable;
	readonly viewer: Viewer;
	/** The key of a deleted device still reads, but sees nothing. */
	readonly isGone: boolean;
}

function answer(model: CloudModel, request: CloudRequest, { version, rest }: Target): Reply {
	const actor = readActor(model, request);
	// A provisioning key can register and nothing else.
	if (actor.kind !== 'device' && !isUser(actor)) {
		return emptyReply(401);
	}
	const viewer = deviceOf(model, actor);
	const isGone = actor.kind === 'device' && viewer === undefined;
	try {
		const path = parseOdataPath(decodeURIComponent(rest));
		const options = parseOdataOptions(request.query);
		const table = readTable(model, path.resource, viewer, version);
		if (table === undefined) {
			return emptyReply(401);
		}
		return answerFor(model, request, { path, options, table: isGone ? { ...table, rows: [] } : table, viewer, isGone });
	} catch (error) {
		if (error instanceof UnsupportedQueryError) {
			return jsonReply(501, `The stand-in cloud does not understand this query: ${error.message}`);
		}
		if (error instanceof URIError) {
			return emptyReply(400);
		}
		throw error;
	}
}

function answerFor(model: CloudModel, request: CloudRequest, query: Query): Reply {
	const { path, options, table } = query;
	const body = jsonBody(request);
	const conditions = [...path.key, ...options.filter];
	const isKnown = (name: string) => table.fields.includes(name);
	if (!conditions.every(({ field }) => isKnownPath(table, field)) || !(options.select ?? []).every(isKnown)) {
		return emptyReply(500);
	}
	const rows = table.rows.filter((row) => conditions.every((condition) => isMatch(row, condition)));
	switch (request.method) {
		case 'GET':
		case 'HEAD':
			return answerRead(rows, options);
		case 'POST':
			return createRow(model, body, query);
		case 'PATCH':
			return Object.keys(body).every(isKnown) ? patchRows(model, body, { ...query, rows }) : emptyReply(500);
		case 'DELETE':
			return deleteRows(model, { ...query, rows });
		default:
			return emptyReply(401);
	}
}

/** `device/uuid` is a field of what a row refers to. */
function isKnownPath({ fields, relations = {} }: OdataTable, path: string): boolean {
	const [name = '', ...rest] = path.split('/');
	return fields.includes(name) && (rest.length === 0 || relations[name]?.includes(rest.join('/')) === true);
}

function isMatch(row: TableRow, { field, value }: Condition): boolean {
	const [relation = '', ...rest] = field.split('/');
	if (rest.length > 0) {
		const related = row.links[relation]?.() ?? [];
		return related.some((candidate) => isMatch(candidate, { field: rest.join('/'), value }));
	}
	const actual = row.fields[field];
	const id = typeof actual === 'object' && actual !== null && '__id' in actual ? actual.__id : actual;
	return id === value;
}

function answerRead(rows: readonly TableRow[], options: OdataOptions): Reply {
	const shown = rows.map((row) => shownRow(row, options));
	return shown.includes(undefined) ? emptyReply(500) : jsonReply(200, { d: shown });
}

/** `undefined` when something unknown is expanded. */
function shownRow(row: TableRow, { select, expand }: OdataOptions): Record<string, unknown> | undefined {
	const shown: Record<string, unknown> = {};
	for (const expansion of expand) {
		const rows = expandedRows(row, expansion);
		if (rows === undefined) {
			return undefined;
		}
		shown[expansion.name] = rows;
	}
	for (const [name, value] of Object.entries(row.fields)) {
		if (!(name in shown) && (select === undefined || select.includes(name))) {
			shown[name] = value;
		}
	}
	return shown;
}

function expandedRows(row: TableRow, expansion: Expansion): readonly unknown[] | undefined {
	const linked = row.links[expansion.name]?.();
	return linked
		?.filter((candidate) => expansion.filter.every((condition) => isMatch(candidate, condition)))
		.map((candidate) => shownRow(candidate, expansion));
}

interface VariableKind {
	readonly nameField: 'name' | 'tag_key';
	readonly rows: (device: Device) => Row[];
	readonly isTarget: boolean;
	readonly isDeletable: boolean;
	/** The rule that a name breaks, as the real cloud puts it. */
	readonly brokenRule: (name: string) => string | undefined;
}

const VARIABLES: Readonly<Record<string, VariableKind>> = {
	device_config_variable: {
		nameField: 'name',
		rows: (device) => device.config,
		isTarget: true,
		isDeletable: false,
		brokenRule: (name) =>
			/^(?:RESIN|BALENA)_[A-Za-z0-9_:]*$/.test(name)
				? undefined
				: 'Configuration variables must be part of one of the following namespaces: RESIN_, BALENA_',
	},
	device_environment_variable: {
		nameField: 'name',
		rows: (device) => device.environment,
		isTarget: true,
		isDeletable: true,
		brokenRule: (name) =>
			/^(?:RESIN|BALENA)_/.test(name)
				? 'Environment variables beginning with RESIN_, BALENA_ are reserved.'
				: /^\d|\W/.test(name)
					? 'Environment variable names can only contain alphanumeric characters and underscores.'
					: undefined,
	},
	device_tag: {
		nameField: 'tag_key',
		rows: (device) => device.tags,
		isTarget: false,
		isDeletable: true,
		brokenRule: (name) =>
			/^io\.(?:resin|balena)\.|\s/.test(name)
				? 'Tag keys beginning with io.resin., io.balena. are reserved.'
				: undefined,
	},
};

function createRow(model: CloudModel, body: Record<string, unknown>, { path, table, viewer, isGone }: Query): Reply {
	const kind = VARIABLES[path.resource];
	const { device: deviceId } = body;
	if (kind === undefined || isGone || (viewer !== undefined && viewer.id !== deviceId)) {
		return emptyReply(401);
	}
	const device = typeof deviceId === 'number' ? model.deviceById(deviceId) : undefined;
	const { [kind.nameField]: name, value = '' } = body;
	if (
		device === undefined ||
		typeof name !== 'string' ||
		!Object.keys(body).every((field) => table.fields.includes(field))
	) {
		return emptyReply(500);
	}
	const brokenRule = kind.brokenRule(name);
	if (typeof value !== 'string' || brokenRule !== undefined) {
		return jsonReply(400, brokenRule ?? '"value" must be a string.');
	}
	if (/[\r\n]/.test(value)) {
		return jsonReply(400, 'Values must not contain line breaks.');
	}
	if (kind.rows(device).some((row) => row.name === name)) {
		return jsonReply(409, `"device" and "${kind.nameField}" must be unique.`);
	}
	const row = model.addRow(kind.rows(device), path.resource, { name, value });
	model.targetsChanged(kind.isTarget ? [device] : []);
	return jsonReply(201, variableFields(device, row, kind.nameField));
}

interface Selected extends Query {
	readonly rows: readonly TableRow[];
}

/** Rows that the key may not change stay unchanged, and the answer is still 200. */
function patchRows(model: CloudModel, body: Record<string, unknown>, { path, rows }: Selected): Reply {
	const kind = VARIABLES[path.resource];
	const ids = rows.map((row) => row.fields.id);
	const devices = model.data.devices.filter((device) => device.deletedAt === null);
	if (kind !== undefined) {
		for (const device of devices) {
			for (const row of kind.rows(device).filter((candidate) => ids.includes(candidate.id))) {
				row.value = typeof body.value === 'string' ? body.value : row.value;
				row.modifiedAt = model.timestamp();
				model.targetsChanged(kind.isTarget ? [device] : []);
			}
		}
		return emptyReply(200);
	}
	if (path.resource !== 'device' || !Object.keys(body).every((name) => DEVICE_FIELDS.includes(name))) {
		return emptyReply(401);
	}
	for (const device of devices.filter((candidate) => ids.includes(candidate.id))) {
		const reply = patchDeviceRow(model, device, body);
		if (reply.status !== 200) {
			return reply;
		}
	}
	return emptyReply(200);
}

function patchDeviceRow(model: CloudModel, device: Device, body: Record<string, unknown>): Reply {
	const { device_name: name, is_pinned_on__release: pin } = body;
	if (typeof pin === 'number') {
		if (model.release(pin) === undefined) {
			return jsonReply(409, 'Data is referenced by is_pinned_on__release.');
		}
		const release = model.release(pin, device.fleetId);
		if (release?.status !== 'success') {
			const rule =
				'It is necessary that each release that is pinned to a device, has a status that is equal to "success" ' +
				'and belongs to an application1 that the device belongs to.';
			return jsonReply(400, rule);
		}
		device.pinnedReleaseId = release.id;
	} else if (pin === null) {
		device.pinnedReleaseId = null;
	}
	device.name = typeof name === 'string' ? name : device.name;
	model.targetsChanged([device]);
	return emptyReply(200);
}

function deleteRows(model: CloudModel, { path, rows, viewer }: Selected): Reply {
	const kind = VARIABLES[path.resource];
	if (viewer === undefined || kind?.isDeletable !== true) {
		return emptyReply(401);
	}
	const ids = rows.map((row) => row.fields.id);
	const kept = kind.rows(viewer).filter((row) => !ids.includes(row.id));
	kind.rows(viewer).splice(0, Infinity, ...kept);
	model.targetsChanged(kind.isTarget ? [viewer] : []);
	return emptyReply(200);
}
