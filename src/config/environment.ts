import { readLogEnvironment, type LogEnvironment } from './log-environment.ts';

/** What the process is told by its environment (spec: config 1). */
export interface Environment {
	readonly rootPath: string;
	readonly bootPath: string;
	readonly statePath: string;
	readonly dataPath: string;
	readonly configJsonPath: string;
	readonly osReleasePath: string;
	readonly deviceTypePath: string;
	readonly databasePath: string;
	/** Directory in which a file `active` exists while the VPN is up. */
	readonly vpnStatusPath: string;
	/** Also its path on the host: services with the socket feature get it mounted. */
	readonly dockerSocketPath: string;
	/** `unix://…` or `tcp://…`. */
	readonly dockerHost: string;
	/** Absent: look for the container by its name. */
	readonly ownContainerId?: string;
	readonly ownImage: string;
	readonly ledPath: string;
	readonly networkPath: string;
	/** Goes behind the version. */
	readonly versionExtra?: string;
	readonly dbusAddress?: string;
	/** Apps to start from on a device that has never seen a cloud. */
	readonly preloadPath: string;
	readonly migrationBackupPath: string;
	/** Where the operating system looks for the variables of the target. */
	readonly targetConfigDumpPath: string;
	/** The machine is not this supervisor's own: its firewall stays as it is. */
	readonly keepsFirewall: boolean;
	/** For tests: how long another supervisor may take until it is healthy, and until it must be again, seconds. */
	readonly supervisorUpdateSeconds?: { readonly healthy: number; readonly proof: number };
	/** The socket to which systemd has connected the output of the process, as `device:inode`. */
	readonly journalStream?: string;
	/** Programs on the device itself need no key for the metrics. */
	readonly opensMetrics: boolean;
	readonly log: LogEnvironment;
}

type Variables = Readonly<Record<string, string | undefined>>;

export function readEnvironment(variables: Variables): Environment {
	const given = (name: string) => (UNSET.has(variables[name]) ? undefined : variables[name]);
	const rootPath = given('ROOT_MOUNTPOINT') ?? '/mnt/root';
	const bootPath = given('BOOT_MOUNTPOINT') ?? '/mnt/boot';
	const dataPath = given('DATA_MOUNTPOINT') ?? '/mnt/data';
	// These three are taken as they are, also when empty.
	const dockerSocketPath = variables['DOCKER_SOCKET'] ?? '/var/run/docker.sock';
	const dockerHost = variables['DOCKER_HOST'] ?? `unix://${dockerSocketPath}`;
	const versionExtra = variables['SUPERVISOR_TAG_EXTRA'];

	const ownContainerId = given('SUPERVISOR_CONTAINER_ID');
	const dbusAddress = given('DBUS_SYSTEM_BUS_ADDRESS');
	const [, healthy, proof] = /^(\d{1,5}) (\d{1,5})$/.exec(given('SUPERVISOR_UPDATE_SECONDS') ?? '') ?? [];
	const journalStream = given('JOURNAL_STREAM');
	return {
		rootPath,
		bootPath,
		statePath: given('STATE_MOUNTPOINT') ?? '/mnt/state',
		dataPath,
		configJsonPath: given('CONFIG_MOUNT_POINT') ?? `${bootPath}/config.json`,
		osReleasePath: given('HOST_OS_VERSION_PATH') ?? `${rootPath}/etc/os-release`,
		deviceTypePath: `${bootPath}/device-type.json`,
		databasePath: given('DATABASE_PATH') ?? '/data/database.sqlite',
		vpnStatusPath: given('VPN_STATUS_PATH') ?? `${rootPath}/run/openvpn/vpn_status`,
		dockerSocketPath,
		dockerHost,
		...(ownContainerId !== undefined && { ownContainerId }),
		ownImage: given('SUPERVISOR_IMAGE') ?? 'resin/rpi-supervisor',
		ledPath: given('LED_FILE') ?? '/sys/class/leds/led0/brightness',
		networkPath: given('MAC_ADDRESS_PATH') ?? '/sys/class/net',
		...(versionExtra !== undefined && { versionExtra }),
		...(dbusAddress !== undefined && { dbusAddress }),
		preloadPath: `${dataPath}/apps.json`,
		migrationBackupPath: `${dataPath}/backup.tgz`,
		targetConfigDumpPath: `${rootPath}/tmp/balena-supervisor/target-state-config`,
		opensMetrics: given('BALENA_SUPERVISOR_METRICS_OPEN') === 'true',
		keepsFirewall: variables['KEEP_FIREWALL'] === '1',
		...(healthy !== undefined &&
			proof !== undefined && { supervisorUpdateSeconds: { healthy: Number(healthy), proof: Number(proof) } }),
		...(journalStream !== undefined && { journalStream }),
		log: readLogEnvironment(given),
	};
}

/** Start scripts hand on variables that they do not have in these forms. */
const UNSET: ReadonlySet<string | undefined> = new Set([undefined, '', 'null', 'undefined']);

/** What the cloud and the API are told. */
export function reportedVersion(packageVersion: string, environment: Pick<Environment, 'versionExtra'>): string {
	const extra = environment.versionExtra ?? '';
	return extra === '' ? packageVersion : `${packageVersion}+${extra}`;
}
