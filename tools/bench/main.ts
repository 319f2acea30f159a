import { parseArgs } from 'node:util';
import { measureDevice } from './measure-device.ts';
import { measureDowntime } from './measure-downtime.ts';
import { measureSize } from './measure-size.ts';
import { measureTraffic } from './measure-traffic.ts';
import { measurePlan } from './measure-plan.ts';
import { readNodeFlags } from '../dind/node-flags.ts';
import { isMissed, printTable, type Row } from './table.ts';

const USAGE = `Usage: npm run bench [-- OPTIONS]
Measures the supervisor of dist/app.js next to the bare engine, and prints how it compares with the targets.
  --only size|plan|traffic|downtime|device   one part
  --runs N             applies and floors of each size (3); updates of one service, but five at least
  --idle SECONDS       how long to rest before memory is read (30)
  --counts N,N,…       numbers of services to apply (1,20,50)
  --node-flags TEXT    instead of those of entry.sh
  --strict             status 1 if a target is missed`;
const PLAN_TARGET_MS = 10;

const { values } = parseArgs({
	options: {
		only: { type: 'string' },
		runs: { type: 'string', default: '3' },
		idle: { type: 'string', default: '30' },
		counts: { type: 'string', default: '1,20,50' },
		'node-flags': { type: 'string', default: readNodeFlags() },
		strict: { type: 'boolean', default: false },
		help: { type: 'boolean', default: false },
	},
});

async function main(): Promise<void> {
	if (values.help) {
		console.log(USAGE);
		return;
	}
	const rows: Row[] = [];
	const isWanted = (part: string) => values.only === undefined || values.only === part;
	if (isWanted('size')) {
		rows.push(measureSize());
	}
	if (isWanted('plan')) {
		rows.push(...(await measurePlan(50)), ...(await measurePlan(200, PLAN_TARGET_MS)));
	}
	if (isWanted('traffic')) {
		rows.push(...(await measureTraffic((line) => console.error(line))));
	}
	if (isWanted('downtime')) {
		rows.push(...(await measureDowntime({ ...findEngine(), ...readDeviceOptions() })));
	}
	if (isWanted('device')) {
		rows.push(
			...(await measureDevice({
				...findEngine(),
				...readDeviceOptions(),
				idleMs: Number(values.idle) * 1000,
				counts: values.counts.split(',').map(Number),
			})),
		);
	}
	printTable(rows);
	if (values.strict && rows.some(isMissed)) process.exitCode = 1;
}

function readDeviceOptions() {
	return {
		runs: Number(values.runs),
		nodeFlags: values['node-flags'].split(' ').filter((flag) => flag !== ''),
		log: (line: string) => console.error(line),
	};
}

/** What tools/device/run-inside.ts gives its command. */
function findEngine() {
	const { DOCKER_HOST: host, TEST_REGISTRY: registry, TEST_BASE_IMAGE: baseImage } = process.env;
	if (host?.startsWith('unix://') !== true || registry === undefined || baseImage === undefined) {
		throw new Error('there is no engine for measurements: start with npm run bench');
	}
	return { socketPath: host.slice('unix://'.length), registry, baseImage };
}

await main();
