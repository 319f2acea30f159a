import { isPlainObject } from '../lib/is-plain-object.ts';
import type { TextFile } from '../ports/settings.ts';
import type { ConfigJson } from './config-json.ts';
import { compareProperties } from './property-changes.ts';

/** config.json for a reader that takes it for a file of its own: it gets the content in force, and writes only what differs. */
export function textFileOf(configJson: Pick<ConfigJson, 'path' | 'read' | 'update'>): TextFile {
	return {
		path: configJson.path,
		read: async () => JSON.stringify(await configJson.read()),
		write: async (content) => {
			const given: unknown = JSON.parse(content);
			if (isPlainObject(given)) {
				await configJson.update(compareProperties(await configJson.read(), given));
			}
		},
	};
}
