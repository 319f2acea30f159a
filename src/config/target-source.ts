import type { Config } from './config.ts';

/** Where the target in force comes from: `local` in local mode, else the API endpoint (spec: database 2). */
export async function readTargetSource(config: Pick<Config, 'getMany'>): Promise<string> {
	const { localMode, apiEndpoint } = await config.getMany(['localMode', 'apiEndpoint']);
	return localMode ? 'local' : apiEndpoint;
}

/** Calls back when another source may be in force. */
export function onTargetSourceChange(config: Pick<Config, 'onChange'>, listener: () => void): () => void {
	return config.onChange(({ localMode }) => {
		if (localMode !== undefined) {
			listener();
		}
	});
}
