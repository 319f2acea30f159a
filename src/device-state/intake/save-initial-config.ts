import { variablesOf, type Config } from '../../config/index.ts';
import type { CurrentBoot } from '../../domain/device-config.ts';
import { currentBootVariables } from '../../host/index.ts';
import type { Log } from '../../ports/log.ts';
import { OperationalError } from '../../ports/operational-error.ts';

type Variables = Readonly<Record<string, string>>;

interface InitialConfigOptions {
	readonly config: Pick<Config, 'read'>;
	readonly boot: { observe(): Promise<CurrentBoot> };
	readonly targets: { saveInitialVariables(variables: Variables): Promise<void> };
	readonly log: Log;
}

/**
 * Before the first target of a new device can be applied: its settings and its boot configuration as they are become the
 * stored variables (spec: config 5.5), so that a target of a developer or of a disk image changes only what it names.
 */
export async function saveInitialConfig({ config, boot, targets, log }: InitialConfigOptions): Promise<void> {
	const settings = await config.read();
	if (settings.initialConfigSaved) {
		return;
	}
	const current = await boot.observe();
	const unread = current.backends.filter(({ state }) => state === 'unreadable').map(({ name }) => name);
	if (current.deviceType === '' || unread.length > 0) {
		// Half of it would count as all of it from now on.
		log.warn('cannot save the initial configuration yet, the boot configuration is not known', { unread });
		return;
	}
	try {
		await targets.saveInitialVariables({ ...variablesOf(settings), ...currentBootVariables(current) });
	} catch (error) {
		if (!(error instanceof OperationalError)) {
			throw error;
		}
		log.warn('cannot save the initial configuration', { error: error.message }); // the next start tries again
	}
}
