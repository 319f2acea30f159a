import type { CauseKind } from './failure-cause.ts';
import type { HelpTopic } from './help-topic.ts';

interface CauseHelp {
	readonly help: HelpTopic;
	/** What ends it. The step is tried again by itself, so this need not be said. */
	readonly endsWhen: string;
}

const NEW_RELEASE = 'a release corrects it';
const image = (endsWhen: string): CauseHelp => ({ help: 'an-image-is-not-in-the-registry', endsWhen });
const registry = (endsWhen: string): CauseHelp => ({ help: 'the-registry-cannot-be-reached', endsWhen });
const network = (endsWhen: string): CauseHelp => ({ help: 'networks-overlap', endsWhen });
const command = (endsWhen: string): CauseHelp => ({ help: 'a-command-cannot-be-run', endsWhen });
const limit = (endsWhen: string): CauseHelp => ({ help: 'a-limit-or-a-kernel-setting-is-refused', endsWhen });
const driver = (what: string): CauseHelp => ({
	help: 'a-driver-is-missing',
	endsWhen: `${what} is installed on the device; or a release names another one`,
});

/** For each cause: a new one without a row does not compile. */
export const CAUSE_HELP: Readonly<Record<CauseKind, CauseHelp>> = {
	'port-taken': {
		help: 'a-port-is-taken',
		endsWhen: 'what has the port ends or gives it up; or a release uses another port',
	},
	'disk-full': {
		help: 'the-disk-is-full',
		endsWhen: 'there is space again: remove data of services, purge an app, or use smaller images',
	},
	'out-of-memory': { help: 'the-memory-is-used-up', endsWhen: 'services use less memory' },
	'image-missing': image('the image is pushed to the registry; or a release names one that is there'),
	'image-gone': image('the image is downloaded again, which the supervisor does by itself'),
	'registry-unauthorized': {
		help: 'the-registry-refuses-the-device',
		endsWhen: 'the device is allowed to read the image',
	},
	'registry-busy': registry('the registry takes more downloads'),
	'name-not-resolved': registry('the network of the device has a DNS server that knows the name'),
	'registry-certificate': registry('the certificate of the registry and the clock of the device are right'),
	'registry-unreachable': registry('the registry answers'),
	'registry-failed': registry('the registry answers as it should'),
	'address-in-use': network('the other container gives up the address; or a release uses another one'),
	'subnet-overlap': network('the other network is removed; or a release names another subnet'),
	'no-subnet-left': network('a network that is not needed is removed; or a release names a subnet'),
	'network-missing': network('the network exists again, which the supervisor sees to by itself'),
	'no-device': {
		help: 'a-device-or-a-gpu-is-missing',
		endsWhen: 'the device is plugged in or its driver is loaded; or a release does without it',
	},
	'gpu-missing': {
		help: 'a-device-or-a-gpu-is-missing',
		endsWhen: 'the engine has a driver for the GPU; or a release does without it',
	},
	'command-missing': command(NEW_RELEASE),
	'command-not-executable': command(NEW_RELEASE),
	'wrong-architecture': command('a release has an image for the architecture of this device'),
	'user-missing': command(NEW_RELEASE),
	'mount-source': { help: 'a-mount-fails', endsWhen: 'what is mounted exists on the device; or a release corrects it' },
	'read-only': { help: 'a-mount-fails', endsWhen: 'the file system can be written; or a release writes elsewhere' },
	'name-taken': {
		help: 'a-name-is-taken',
		endsWhen: 'the container that has the name is removed',
	},
	'container-missing': {
		help: 'a-service-waits-for-another-one',
		endsWhen: 'the service whose namespace it shares runs',
	},
	'volume-driver-missing': driver('the volume driver'),
	'log-driver-missing': driver('the log driver'),
	'network-driver-missing': driver('the network driver'),
	'runtime-missing': driver('the runtime'),
	'cpu-limit': limit(NEW_RELEASE),
	'memory-limit': limit(NEW_RELEASE),
	'kernel-setting': limit('a release does without the setting, or the kernel has it'),
	cgroup: limit('a release does without the limit, or the kernel supports it'),
};
