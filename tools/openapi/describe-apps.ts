import type { Answer, Descriptions, Schema } from './description.ts';
import {
	exactly,
	failure,
	failureLike,
	INTEGER,
	listOf,
	LOCKED,
	mapOf,
	OK,
	oneOf,
	open,
	OUT_OF_SCOPE,
	REASON,
	ref,
	STRING,
	text,
	TIME,
} from './schemas.ts';

const APP_NOT_FOUND = [
	'App not found: an app needs to be installed for this endpoint to work.',
	"\tIf you've recently moved this device from another app,",
	'\tplease push an app and wait for it to be installed first.',
].join('\n');
const WHICH_SERVICE =
	'serviceName or imageId parameters were not provided or the app is multi-container. Use the v2 service action endpoints.';
const NO_SERVICE = 'Service not found, a container must exist for this endpoint to work';
const NOT_IN_TARGET = 'Service does not exist in target release';

const FORCE = { 'force?': ref('Flag') };
const DID_NOT_WORK: Answer = {
	description: 'The app is not there, a step failed, or another request took over.',
	json: failure(),
	example: { status: 'failed', message: 'Application with ID 1234 is not in the current state' },
};
const CONTAINER: Schema = exactly({ containerId: ref('ContainerId') });
const COMMIT: Readonly<Record<string, Schema>> = { 'commit?': STRING };

/** Apps and their services, in both versions (spec: device-api 4.7 to 4.10, 5.1 to 5.5, 5.7, 5.9, 5.15). */
export const APPS: Descriptions = {
	'POST /v1/restart': {
		summary: 'Restart an app: all of its containers are made anew',
		section: '4.7',
		body: { schema: open({ appId: ref('IntegerText'), ...FORCE }), example: { appId: 1234 } },
		answers: {
			200: OK,
			400: { description: 'No app is named.', html: text('Missing app id') },
			401: OUT_OF_SCOPE,
			423: LOCKED,
			503: DID_NOT_WORK,
		},
	},
	'POST /v1/purge': {
		summary: 'Remove the data of an app: its volumes are made anew',
		section: '4.8',
		body: { schema: open({ appId: ref('IntegerText'), ...FORCE }), example: { appId: 1234 } },
		answers: {
			200: { description: 'Done.', json: exactly({ Data: text('OK'), Error: text('') }) },
			400: { description: 'No app is named.', html: text('Invalid or missing appId') },
			401: OUT_OF_SCOPE,
			423: LOCKED,
			503: DID_NOT_WORK,
		},
	},
	...actionV1('start', 'Start the service of an app of one container'),
	...actionV1('stop', 'Stop the service of an app of one container'),
	'GET /v1/apps/:appId': {
		summary: 'Show an app of one container',
		section: '4.10',
		answers: {
			200: {
				description: 'The app; its environment without keys.',
				json: exactly({
					appId: INTEGER,
					...COMMIT,
					containerId: ref('ContainerId'),
					env: mapOf(STRING),
					imageId: { type: 'string', description: 'What the container was made from, mostly an id of the engine.' },
					releaseId: INTEGER,
				}),
			},
			400: {
				description: 'No such app, or one of several containers.',
				html: oneOf('Missing app id', 'App not found', 'Some v1 endpoints are only allowed on single-container apps'),
			},
			401: { description: 'The key does not cover the app.', json: failure('Application is not available') },
		},
	},
	...operationV2('restart', 'Restart an app: all of its containers are made anew', '5.1'),
	...operationV2('purge', 'Remove the data of an app: its volumes are made anew', '5.2'),
	...actionV2('restart', 'Make the container of a service anew'),
	...actionV2('stop', 'Stop a service, until it is started or a new release comes'),
	...actionV2('start', 'Start a service'),
	'GET /v2/applications/state': {
		summary: 'Show the apps of the target by name, with their services',
		section: '5.4',
		answers: {
			200: {
				description: 'Those that the key covers.',
				json: mapOf(
					exactly({
						appId: INTEGER,
						appUuid: STRING,
						commit: { type: ['string', 'null'] },
						updateStatus: ref('UpdateWord'),
						services: mapOf(
							exactly({
								status: ref('ServiceWord'),
								image: STRING,
								downloadProgress: ref('Progress'),
								releaseId: { type: ['integer', 'null'] },
								...REASON,
							}),
						),
						...REASON,
					}),
				),
			},
		},
	},
	'GET /v2/applications/:appId/state': {
		summary: 'Show the services of an app by image id',
		section: '5.5',
		answers: {
			200: {
				description: 'The app alone.',
				json: exactly({
					...COMMIT,
					local: mapOf(
						exactly({
							services: {
								type: 'object',
								propertyNames: { pattern: String.raw`^\d+$` },
								additionalProperties: exactly({
									status: ref('ServiceWord'),
									releaseId: INTEGER,
									download_progress: ref('Progress'),
								}),
							},
						}),
					),
				}),
			},
			400: { description: 'Not the id of an app.', json: failureLike('^Invalid application ID: ') },
			409: {
				description: 'No such app, or the key does not cover it.',
				json: failureLike(String.raw`^Application ID does not exist: -?\d+$`),
			},
		},
	},
	'GET /v2/containerId': {
		summary: 'Show the id of the container of a service, or of all',
		section: '5.7',
		query: {
			serviceName: { description: 'The service.', schema: STRING },
			service: { description: 'The same; `serviceName` goes before it.', schema: STRING },
		},
		answers: {
			200: {
				description: 'Of the one that was named, or of all that the key covers, stopped ones too.',
				json: {
					oneOf: [
						exactly({ status: text('success'), containerId: ref('ContainerId') }),
						exactly({ status: text('success'), services: mapOf(ref('ContainerId')) }),
					],
				},
			},
			503: { description: 'No such service.', json: failure('Could not find service with that name') },
		},
	},
	'GET /v2/state/status': {
		summary: 'Show containers and images of an app, and whether the device is on target',
		section: '5.9',
		description: 'One app: the first of those that the key covers.',
		answers: { 200: { description: 'Always.', json: stateStatus() } },
	},
	'GET /v2/cleanup-volumes': {
		summary: 'Remove volumes of apps of this device that no container mounts and no release names',
		section: '5.15',
		description: 'Has an effect, although it is a GET. Volumes of apps that the key does not cover stay.',
		answers: { 200: { description: 'Done.', json: ref('Success') }, 503: DID_NOT_WORK },
	},
};

function actionV1(action: 'start' | 'stop', summary: string): Descriptions {
	return {
		[`POST /v1/apps/:appId/${action}`]: {
			summary,
			section: '4.9',
			body: { schema: open(FORCE) },
			answers: {
				200: { description: 'Done.', json: CONTAINER },
				400: {
					description: 'No such app, or one of several containers.',
					html: oneOf('Invalid app id', APP_NOT_FOUND, WHICH_SERVICE, NO_SERVICE),
				},
				401: { description: 'The key does not cover the app.', html: text('Unauthorized') },
				404: { description: 'The target has no such service.', html: text(NOT_IN_TARGET) },
				423: LOCKED,
				503: DID_NOT_WORK,
			},
		},
	};
}

function operationV2(name: 'restart' | 'purge', summary: string, section: string): Descriptions {
	return {
		[`POST /v2/applications/:appId/${name}`]: {
			summary,
			section,
			body: { schema: open(FORCE) },
			answers: {
				200: OK,
				400: { description: 'Not the id of an app.', json: failure('Missing app id') },
				401: OUT_OF_SCOPE,
				423: LOCKED,
				503: DID_NOT_WORK,
			},
		},
	};
}

function actionV2(action: 'restart' | 'stop' | 'start', summary: string): Descriptions {
	return {
		[`POST /v2/applications/:appId/${action}-service`]: {
			summary,
			section: '5.3',
			description: 'For an app with one container, that container is used with any name.',
			body: {
				schema: {
					...open({ 'serviceName?': { type: 'string', minLength: 1 }, 'imageId?': ref('IntegerText'), ...FORCE }),
					anyOf: [{ required: ['serviceName'] }, { required: ['imageId'] }],
				},
				example: { serviceName: 'main' },
			},
			answers: {
				200: OK,
				400: {
					description: 'Not the id of an app, or no service is named.',
					json: failure('Invalid app id'),
					html: text(WHICH_SERVICE),
				},
				401: OUT_OF_SCOPE,
				404: { description: 'No such app or service.', html: oneOf(APP_NOT_FOUND, NO_SERVICE, NOT_IN_TARGET) },
				423: LOCKED,
				503: DID_NOT_WORK,
			},
		},
	};
}

function stateStatus(): Schema {
	return {
		anyOf: [
			seenStatus(),
			exactly({
				status: text('success'),
				appState: text('applying'),
				overallDownloadProgress: { type: 'null' },
				/** Why the device cannot be observed. */
				reason: STRING,
				'since?': TIME,
			}),
		],
	};
}

function seenStatus(): Schema {
	return exactly({
		status: text('success'),
		appState: oneOf('applying', 'applied'),
		overallDownloadProgress: ref('Progress'),
		containers: listOf(
			exactly({
				status: ref('ContainerWord'),
				serviceName: STRING,
				appId: INTEGER,
				imageId: INTEGER,
				serviceId: INTEGER,
				containerId: ref('ContainerId'),
				createdAt: TIME,
			}),
		),
		images: listOf(
			exactly({
				name: STRING,
				appId: INTEGER,
				serviceName: STRING,
				imageId: INTEGER,
				'dockerImageId?': STRING,
				status: ref('ImageWord'),
				downloadProgress: ref('Progress'),
			}),
		),
		'release?': STRING,
		...REASON,
		'services?': mapOf(exactly(REASON)),
	});
}
