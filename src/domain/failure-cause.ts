/** Why something failed, where the text of the engine or the last output of a service says it (spec: v3-api 3). */
interface FailureCause {
	readonly kind: CauseKind;
	/** Without a subject and a full stop: "port 8080 of the device is taken by service api". */
	readonly sentence: string;
}

export type CauseKind = (typeof CAUSES)[number]['kind'];

/** What is known beside the text. */
export interface CauseFacts {
	/** `service api`: who has this port of the host, if that is known. */
	readonly holderOf?: ((port: string) => string | undefined) | undefined;
}

type Words = readonly (string | undefined)[];

interface CauseRow<Kind extends string = string> {
	readonly kind: Kind;
	readonly pattern: RegExp;
	/** `words`: the groups of the pattern. */
	readonly sentence: (words: Words, facts: CauseFacts) => string;
}

const always = (sentence: string) => () => sentence;
const named =
	(before: string, after = '') =>
	([name = '']: Words) =>
		`${before}${name}${after}`;

/** `other`: who has it, if it is no service of ours. */
const sayPort =
	(other: string) =>
	([port = '']: Words, { holderOf }: CauseFacts) => {
		const holder = holderOf?.(port);
		return `port ${port} of the device is taken by ${holder ?? other}`;
	};

function row<const Kind extends string>(
	kind: Kind,
	pattern: RegExp,
	sentence: CauseRow['sentence'] | string,
): CauseRow<Kind> {
	return { kind, pattern, sentence: typeof sentence === 'string' ? always(sentence) : sentence };
}

/** A port of an address, such as `0.0.0.0:80`, `[::]:80` or `0.0.0.0:80:172.18.0.2:80/tcp`. */
const PORT_TAKEN = [
	/\blisten (?:tcp|udp|sctp)[46]? [\d.[\]:a-f]{2,60}?:(\d{1,5}): bind: address already in use/,
	/\bfailed to bind host port for (?:\[[\d:a-f]{2,40}\]|[\d.]{7,15}):(\d{1,5}):[^ ]{2,60} address already in use/,
	/\bfailed to bind host port [^ ]{2,60}?:(\d{1,5})\/(?:tcp|udp|sctp): address already in use/,
	/\bBind for [\d.[\]:a-f]{2,60}?:(\d{1,5}): unexpected error \(Failure EADDRINUSE\)/,
] as const;

/**
 * The first row that fits holds. The texts are those of Docker and balenaEngine from 17 on, with what runc, the kernel
 * and registries say through them (test/fixtures/engine/error-texts.json).
 */
const CAUSES = [
	row(
		'port-taken',
		/\bBind for [\d.[\]:a-f]{2,60}?:(\d{1,5}) failed: port is already allocated/,
		sayPort('another container'),
	),
	...PORT_TAKEN.map((pattern) => row('port-taken', pattern, sayPort('another program'))),
	row('disk-full', /\bno space left on device\b/i, 'the disk of the device is full'),
	row('disk-full', /\bdisk quota exceeded\b/i, 'the disk quota is used up'),
	// Before what is "not found" or "denied": here the text of the registry is the inner one.
	row(
		'image-missing',
		/\bmanifest (?:for [^ ]{1,300} not found|unknown)|\bno such manifest\b/i,
		'the registry does not have this image',
	),
	row('image-missing', /\bno matching manifest for (\S{1,60})/, named('the registry has no image for ', '')),
	row(
		'image-missing',
		/\brepository name not known to registry|\bname unknown\b/i,
		'the registry does not have this image',
	),
	row(
		'registry-unauthorized',
		/\bno basic auth credentials|\bunauthorized: |\bauthentication required|\bincorrect username or password|\b401 Unauthorized/i,
		'the registry does not accept the login of the device',
	),
	row(
		'registry-unauthorized',
		/\brequested access to the resource is denied|server error - denied\b|\bpull access denied\b|: denied: |\b403 Forbidden/,
		'the registry refuses the image to this device',
	),
	row('registry-busy', /\btoomanyrequests\b|\b429 Too Many Requests/i, 'the registry refuses more downloads for now'),
	row(
		'name-not-resolved',
		/\bdial tcp: lookup (\S{1,255}?)(?: on [^ ]{2,60})?: /,
		named('the name ', ' cannot be resolved (DNS)'),
	),
	row(
		'registry-certificate',
		/\bx509: certificate has expired or is not yet valid/,
		'the certificate of the registry is expired or not yet valid: check the clock of the device',
	),
	row(
		'registry-certificate',
		/\bx509: ([^:"]{1,100})|\btls: ([^:"]{1,100})/,
		([x509, tls]) => `no trusted connection to the registry: ${(x509 ?? tls ?? '').trim()}`,
	),
	row(
		'registry-certificate',
		/\bserver gave HTTP response to HTTPS client/,
		'the registry does not speak HTTPS, and is not among the insecure registries of the engine',
	),
	row(
		'registry-unreachable',
		/\bdial tcp (\S{1,100}): (?:connect: )?(connection refused|network is unreachable|no route to host|i\/o timeout|connection timed out)/,
		([address = '', why = '']) => `the registry cannot be reached at ${address}: ${why}`,
	),
	row(
		'registry-unreachable',
		/\bTLS handshake timeout|\bClient\.Timeout exceeded|\brequest canceled while waiting for connection|\bthe registry stopped sending data/,
		'the registry does not answer in time',
	),
	row('registry-failed', /\breceived unexpected HTTP status: (\d{3}[ \w]{0,40})/, named('the registry answers ', '')),
	row(
		'registry-failed',
		/\berror unmarshalling content: invalid character '<'/,
		'a web page answers in place of the registry: check the network for a login page or a proxy',
	),
	row(
		'registry-failed',
		/\bGet "?https?:\/\/([^/" ]{1,255})\/v2\/"?: (?:EOF|read: connection reset by peer)/,
		named('the registry ', ' closes the connection'),
	),
	row('address-in-use', /: Address already in use$/, 'another container has its fixed address'),
	row('subnet-overlap', /\bPool overlaps with other one on this address space/, 'another network has its subnet'),
	row(
		'no-subnet-left',
		/\bcould not find an available, non-overlapping IPv[46] address pool|\ball predefined address pools have been fully subnetted/,
		'the engine has no free subnet left: remove unused networks or name one',
	),
	row(
		'no-device',
		/\berror gathering device information while adding custom device "([^"]{1,200})"/,
		named('the device has no ', ''),
	),
	row(
		'gpu-missing',
		/\bcould not select device driver "[^"]{0,60}" with capabilities/,
		'the engine has no driver for GPUs',
	),
	row(
		'command-missing',
		/\bexec: \\?"([^"\\]{1,200})\\?": (?:executable file not found in \$PATH|stat [^ ]{1,200} no such file or directory)/,
		named('its image has no command ', ''),
	),
	row(
		'command-missing',
		/\bexec (\/\S{1,200}): no such file or directory/,
		named('its command ', ' cannot be run: its interpreter or a library is missing in the image'),
	),
	row(
		'command-not-executable',
		/\bexec: \\?"([^"\\]{1,200})\\?": permission denied/,
		named('its command ', ' is not executable'),
	),
	row(
		'wrong-architecture',
		/\bexec format error\b/i,
		'its command is for another architecture, or is a script without a first line #!',
	),
	row(
		'wrong-architecture',
		/\bimage operating system "[^"]{1,40}" cannot be used|\bdoes not match the (?:detected|specified) (?:host )?platform/,
		'its image is for another architecture',
	),
	row(
		'mount-source',
		/\bbind source path does not exist: ([^ ]{1,200})/,
		named('there is no ', ' on the device to mount'),
	),
	row('read-only', /\bread-only file system\b/i, 'a file system is read-only'),
	row(
		'mount-source',
		/\berror while creating mount source path '([^']{1,200})'/,
		named('', ' does not exist on the device and cannot be made'),
	),
	row(
		'mount-source',
		/\bAre you trying to mount a directory onto a file \(or vice-versa\)/,
		'a folder is to be mounted onto a file, or a file onto a folder',
	),
	row(
		'mount-source',
		/\bfailed to mount local volume: mount ([^: ]{0,200}):.{1,600}: ([ \w-]{3,60})$/,
		([source = '', why = '']) => `the volume cannot be mounted${source === '' ? '' : ` from ${source}`}: ${why}`,
	),
	row('mount-source', /\berror mounting \\?"([^"\\]{1,200})\\?"/, named('', ' cannot be mounted into the container')),
	row(
		'name-taken',
		/\bThe container name "\/?([^"]{1,200})" is already in use/,
		named('another container has the name ', ''),
	),
	row(
		'volume-driver-missing',
		/\berror looking up volume plugin ([^ :]{1,100}):/,
		named('the engine has no volume driver ', ''),
	),
	row(
		'log-driver-missing',
		/\berror looking up logging plugin ([^ :]{1,100}):/,
		named('the engine has no log driver ', ''),
	),
	row(
		'network-driver-missing',
		/\bplugin "([^"]{1,100})" not found|\bcould not find plugin ([^ :]{1,100}) in v/,
		([a, b]) => `the engine has no network driver ${a ?? b ?? ''}`,
	),
	row('network-missing', /\bnetwork ([^ ]{1,200}) not found/, named('there is no network ', '')),
	row(
		'container-missing',
		/\bcannot join (?:network|PID|IPC) of a non running container|\bNo such container: /i,
		'the container whose namespace it shares does not run',
	),
	row('image-gone', /\bNo such image: /i, 'its image is no longer on the device'),
	row(
		'runtime-missing',
		/\b[Uu]nknown (?:or invalid )?runtime (?:specified|name):? ([^ ]{1,100})/,
		named('the engine has no runtime ', ''),
	),
	row(
		'cpu-limit',
		/\bRange of CPUs is from|\bRequested CPUs are not available/,
		'it asks for more CPUs than the device has',
	),
	row('memory-limit', /\bMinimum memory limit allowed is (\w{1,20})/, named('its memory limit is below ', '')),
	row(
		'user-missing',
		/\bunable to find (user|group) ([^ :]{1,100}):/,
		([what = '', name = '']) => `its image has no ${what} ${name}`,
	),
	row(
		'kernel-setting',
		/\bsysctl "([^"]{1,100})" is not in a separate kernel namespace/,
		named('the kernel setting ', ' cannot be set for a container alone'),
	),
	row('kernel-setting', /\bopen \/proc\/sys\/([\w/.-]{1,100}): no such file/, named('the kernel has no setting ', '')),
	row(
		'cgroup',
		/\bunable to apply cgroup configuration|\bcgroups?: |\bcgroup mountpoint does not exist/,
		'the kernel refuses a limit of the service (cgroup)',
	),
	row(
		'out-of-memory',
		/\bcannot allocate memory\b|\bOOM command not allowed|\bout of memory\b/i,
		'the memory of the device is used up',
	),
] as const satisfies readonly CauseRow[];

/** The cause that a text of the engine, or the last line of a service, names; `undefined`: the text is shown as it is. */
export function findCause(text: string, facts: CauseFacts = {}): FailureCause | undefined {
	for (const { kind, pattern, sentence } of CAUSES) {
		const match = pattern.exec(text);
		if (match !== null) {
			return { kind, sentence: sentence(match.slice(1), facts) };
		}
	}
	return undefined;
}

/** Causes that the output of a service itself can show: all others would be about something of its own. */
const SEEN_IN_OUTPUT: readonly CauseKind[] = [
	'wrong-architecture',
	'command-missing',
	'read-only',
	'disk-full',
	'out-of-memory',
];

/** Why a service ended: by its exit code, and by the last line that it wrote. */
export function describeEnd(exitCode: number, lastLine = ''): string {
	const cause = findCause(lastLine);
	const shown = cause !== undefined && SEEN_IN_OUTPUT.includes(cause.kind) ? cause.sentence : sayExit(exitCode);
	return `exit code ${exitCode}${shown === '' ? '' : `: ${shown}`}`;
}

/** What a code means to shells and to the kernel. */
function sayExit(exitCode: number): string {
	switch (exitCode) {
		case 126:
			return 'a command is not executable';
		case 127:
			return 'a command is missing in the image';
		case 137:
			return 'killed, by hand or because memory was short';
		case 139:
			return 'segmentation fault';
		default:
			return '';
	}
}
