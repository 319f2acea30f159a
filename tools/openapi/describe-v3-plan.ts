import type { Descriptions } from './description.ts';
import { BOOLEAN, exactly, INTEGER, listOf, open, ref, STRING } from './schemas.ts';

const SERVICES = listOf(exactly({ app: STRING, service: STRING }));
const ISSUES = listOf(exactly({ path: STRING, message: STRING }));
const PLAN = exactly({
	steps: listOf(
		exactly({
			order: INTEGER,
			after: { ...listOf(INTEGER), description: 'Orders of the steps before it that touch the same.' },
			kind: STRING,
			subject: STRING,
			reason: STRING,
			'differences?': listOf(exactly({ field: STRING, is: STRING, should: STRING })),
			disruptive: { ...BOOLEAN, description: 'A running container stops, or the device.' },
		}),
	),
	restarts: SERVICES,
	stops: { ...SERVICES, description: 'What runs now and would not run afterwards.' },
	removes: exactly({ volumes: listOf(STRING), networks: listOf(STRING) }),
	downloads: listOf(exactly({ image: STRING, unknown: STRING })),
	needs: exactly({ locks: SERVICES, reboot: BOOLEAN }),
	refused: ISSUES,
	ignored: ISSUES,
	settled: { ...BOOLEAN, description: 'The device would be on target afterwards.' },
});

const SHOP = 'b1a2c3d4e5f60718293a4b5c6d7e8f90';
const NEW_IMAGE = 'registry.example.com/shop/web:2';

export const V3_PLAN: Descriptions = {
	'POST /v3/plan': {
		summary: 'Show what would happen',
		section: 'v3-api 4',
		description:
			'Writes nothing. `{}`: for the present target. `device`: a document of v3 for this device alone. `app`: another target of one app. The latter two only with the key of the device.',
		body: {
			schema: open({ 'device?': open({}), 'app?': open({ uuid: STRING, target: open({}) }) }),
			example: {
				app: {
					uuid: SHOP,
					target: {
						id: 1,
						name: 'shop',
						releases: {
							'4f1c': {
								id: 8,
								services: { web: { id: 2, image_id: 9, image: NEW_IMAGE, environment: {}, labels: {} } },
							},
						},
					},
				},
			},
		},
		answers: {
			200: {
				description: 'The steps in the order in which they could be done.',
				json: PLAN,
				example: {
					steps: [
						{
							order: 1,
							after: [],
							kind: 'pull_image',
							subject: `image ${NEW_IMAGE}`,
							reason: 'image missing',
							disruptive: false,
						},
						{
							order: 2,
							after: [1],
							kind: 'remove_container',
							subject: `service web of app ${SHOP}`,
							reason: 'its successor is ready: differs: image',
							disruptive: true,
						},
					],
					restarts: [{ app: SHOP, service: 'web' }],
					stops: [],
					removes: { volumes: [], networks: [] },
					downloads: [{ image: NEW_IMAGE, unknown: 'the registry was not asked' }],
					needs: { locks: [{ app: SHOP, service: 'web' }], reboot: false },
					refused: [],
					ignored: [],
					settled: true,
				},
			},
			403: { description: 'The key of an app asks for another target.', problem: ref('Problem') },
			503: { description: 'The device was not observed yet.', problem: ref('Problem') },
		},
	},
};
