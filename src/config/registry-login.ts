import type { Config } from './config.ts';

/** What the device shows a registry: the provisioning key as long as there is one (spec: cloud-api 14.2). */
export async function readRegistryLogin(
	config: Pick<Config, 'getMany'>,
): Promise<{ readonly username: string; readonly password: string } | undefined> {
	const { uuid, currentApiKey } = await config.getMany(['uuid', 'currentApiKey']);
	return uuid == null || currentApiKey === '' ? undefined : { username: `d_${uuid}`, password: currentApiKey };
}
