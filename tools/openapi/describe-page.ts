import type { Descriptions } from './description.ts';
import { failureLike } from './schemas.ts';

const MISSING = { description: 'The file is not there.', json: failureLike('^The page is missing') };

/** The page for a person beside the device (spec: v3-api 9). */
export const PAGE: Descriptions = {
	'GET /': {
		summary: 'Show the page for a person beside the device',
		section: '9',
		description: 'It holds no data of the device: it asks this API, with the key that the person types.',
		answers: { 200: { description: 'Its document.', file: 'text/html' }, 503: MISSING },
	},
	...file('app.js', 'text/javascript', 'script'),
	...file('style.css', 'text/css', 'style'),
	...file('icon.svg', 'image/svg+xml', 'icon'),
};

function file(name: string, type: string, what: string): Descriptions {
	return {
		[`GET /page/${name}`]: {
			summary: `The ${what} of the page`,
			section: '9',
			answers: { 200: { description: `The ${what}.`, file: type }, 503: MISSING },
		},
	};
}
