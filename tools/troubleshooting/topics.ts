import type { HelpTopic } from '../../src/domain/help-topic.ts';

interface TopicText {
	/** What is going on. */
	readonly why: string;
	/** What to do, in this order. */
	readonly todo: readonly string[];
}

/** For each section of docs/troubleshooting.md, in its order; the compiler asks for a new one. */
export const TOPICS: Readonly<Record<HelpTopic, TopicText>> = {
	'an-update-is-under-way': {
		why: 'The supervisor is busy, and each part of an update waits for those that it needs.',
		todo: ['Wait.', 'If it lasts, read `steps` of `GET /v3/explain`: the step that everything waits for says why.'],
	},
	'updates-are-locked': {
		why: 'A service holds the lock file `/tmp/balena/updates.lock`, so that it is not interrupted. Nothing of its app is changed meanwhile.',
		todo: [
			'Let the service remove its lock file, or end what it protects.',
			'Once and at your own risk: `POST /v1/update` with `{"force": true}`, which removes the lock.',
			'For good: the variable `BALENA_SUPERVISOR_OVERRIDE_LOCK=1` of the device.',
		],
	},
	'a-release-is-refused': {
		why: 'The release has a value that can never work, or requires what this device does not have. What ran before stays.',
		todo: [
			'Correct the value at the path that is named, or the contract of the service, and push a new release.',
			'For a requirement: update the host OS or the supervisor, or pin the device to a release that it can run.',
		],
	},
	'a-service-ends-by-itself': {
		why: 'The program in the container ends. The exit code is its own; 137 means that it was killed, often because memory was short.',
		todo: [
			'Read its log: the last lines before the end say why.',
			'Start it by hand in the container to see the same.',
			'Push a corrected release. A service with `restart: "no"` may end; start it again through the API.',
		],
	},
	'a-health-check-fails': {
		why: 'The service runs, and the command of its `healthcheck` fails.',
		todo: ['Run the command in the container and look at its output.', 'Correct the service, or the check.'],
	},
	'a-service-waits-for-another-one': {
		why: '`depends_on`, or a namespace that it shares, names a service that is not ready. The sentence ends with the reason of that one.',
		todo: ['Look at the service that is named: its own reason says what to do.'],
	},
	'a-step-fails': {
		why: 'The engine, or a program of the host, answers with a text that the supervisor does not know. It is shown as it came.',
		todo: [
			'Read the text; it is the whole answer of the engine.',
			'The step is tried again with growing pauses, so a cause that goes away needs nothing further.',
		],
	},
	'a-change-has-no-effect': {
		why: 'The step succeeds, and the engine still shows something else: it does not honour the field, or another program changes it back.',
		todo: [
			'Leave the field out, or give it a value that this engine takes.',
			'Look for another program that changes containers.',
		],
	},
	'reboots-have-no-effect': {
		why: 'A change of the boot configuration is not in force after several reboots, so no more are made for it.',
		todo: ['Set the variable back, or to a value that this board takes.', 'Look at the boot files by hand.'],
	},
	'a-volume-differs-and-is-kept': {
		why: 'The release asks for another driver, options or labels. A new volume would be empty, so the one that exists stays.',
		todo: [
			'Give the volume another name in the release and copy the data.',
			'Or purge the app: this removes the data.',
		],
	},
	'an-object-on-the-engine-cannot-be-read': {
		why: 'A container, network or volume carries our label, and its other labels are missing or wrong. Its app stays as it is.',
		todo: ['Look at it with the engine: `balena inspect ID`.', 'Remove it by hand if nothing of yours depends on it.'],
	},
	'the-container-engine-does-not-answer': {
		why: 'balenaEngine or Docker is stopped, is starting, or hangs. Services may keep running; nothing is observed or changed.',
		todo: [
			'`systemctl status balena` on the host.',
			'If it hangs: `systemctl restart balena`.',
			'Check the disk: a full one stops engines.',
		],
	},
	'the-cloud-cannot-be-reached': {
		why: 'No answer, an error of the server, or the page of a portal or proxy. The stored target is in force meanwhile, and what changes is reported afterwards.',
		todo: [
			'Check the network, DNS and the clock of the device.',
			'Behind a proxy: set it, see `PATCH /v1/device/host-config`.',
			'Otherwise wait.',
		],
	},
	'the-cloud-refuses-the-device': {
		why: 'The cloud answers, and does not accept this device: it was deleted, or its key or the address of the API is wrong.',
		todo: [
			'Look whether the device still exists in the cloud.',
			'Compare `apiEndpoint` and `uuid` in config.json.',
			'Provision it again with a new config.json.',
		],
	},
	'the-cloud-refuses-reports': {
		why: 'The cloud does not take the state that the device reports, so it shows an old one. Services are not affected.',
		todo: [
			'The answer of the cloud is shown: it names what it does not like.',
			'A cloud of your own: look at its log, and whether it is older than the supervisor.',
		],
	},
	'the-target-of-the-cloud-cannot-be-used': {
		why: 'What the cloud sent has a value of the wrong form, or a contract that cannot be read. The target before it stays in force, as a whole.',
		todo: ['Correct the variable or the contract that is named.'],
	},
	'the-host-os-is-not-updated': {
		why: 'The release of the host OS cannot be installed on this device, or its updater fails. Services are not affected.',
		todo: [
			'Read the message of the updater in the journal of the host.',
			'Force a new round with `POST /v1/update` and `{"force": true}`, or choose another release.',
		],
	},
	'the-supervisor-is-not-updated': {
		why: 'The wanted supervisor was refused by the host, or did not prove itself healthy, and the one before it continues.',
		todo: [
			'Choose another release of the supervisor.',
			'Read the journal of `balena-supervisor` and `update-balena-supervisor`.',
		],
	},
	'a-port-is-taken': {
		why: 'Another service, or a program of the host, listens on this port.',
		todo: ['Use another port, or remove the other user of it.', '`ss -lntup` on the host shows who it is.'],
	},
	'the-disk-is-full': {
		why: 'Images, volumes and logs have used up the data partition.',
		todo: [
			'Remove what services have written, or purge an app.',
			'Remove volumes that nothing needs: `GET /v2/cleanup-volumes`.',
			'Make the images of the release smaller.',
		],
	},
	'the-memory-is-used-up': {
		why: 'The kernel has no memory left for another process.',
		todo: ['Give services a `mem_limit`, or run fewer of them.', 'Look for one that grows: `balena stats`.'],
	},
	'an-image-is-not-in-the-registry': {
		why: 'The registry does not know the name or the digest, or has no image for this architecture.',
		todo: ['Push the image, or correct its name in the release.', 'Build it for the architecture of the device.'],
	},
	'the-registry-refuses-the-device': {
		why: 'The registry asks for a login that the device does not have, or the image is private.',
		todo: ['Use an image that the device may read, or push it to the registry of the cloud.'],
	},
	'the-registry-cannot-be-reached': {
		why: 'DNS, the network, a certificate or the registry itself fails. The download is tried again with growing pauses.',
		todo: [
			'Check network and DNS of the device, and its clock: a wrong one makes certificates invalid.',
			'A registry of your own without TLS has to be among the insecure registries of the engine.',
		],
	},
	'networks-overlap': {
		why: 'A subnet or a fixed address of the release is in use, or the engine has no free one.',
		todo: ['Choose another subnet or address.', 'Remove networks that nothing uses.'],
	},
	'a-device-or-a-gpu-is-missing': {
		why: 'The release names a device file or a GPU that this host does not have.',
		todo: ['Plug it in, or load its driver.', 'Remove it from `devices` or `gpus` of the service.'],
	},
	'a-command-cannot-be-run': {
		why: 'The image has no such program or user, the file is not executable, or it is for another architecture.',
		todo: [
			'Correct `command`, `entrypoint` or `user`, or the Dockerfile.',
			'Build the image for the architecture of the device.',
		],
	},
	'a-mount-fails': {
		why: 'The source of a mount does not exist or has the wrong kind, or a file system is read-only.',
		todo: ['Correct the entry of `volumes`.', 'Check a disk or a share that is to be mounted.'],
	},
	'a-name-is-taken': {
		why: 'A container that the supervisor did not make has the name.',
		todo: ['Remove or rename it: `balena rename ID other`.'],
	},
	'a-driver-is-missing': {
		why: 'The engine has no such plugin or runtime.',
		todo: ['Leave out `driver` or `runtime`, or install the plugin on the host.'],
	},
	'a-limit-or-a-kernel-setting-is-refused': {
		why: 'The kernel or the engine does not take a limit or a setting of the service.',
		todo: ['Correct the field; for a setting of the whole host, set it there.'],
	},
};
