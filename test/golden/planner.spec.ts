import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../src/ports/log.ts';
import { World } from '../simulation/world.ts';
import { cases as basicCases, serveImages } from './cases.ts';
import { deviceCases } from './device-cases.ts';
import { driftCases } from './drift-cases.ts';
import { hostOsCases } from './host-os-cases.ts';
import { lockCases } from './lock-cases.ts';
import { rebootCases } from './reboot-cases.ts';
import { requestCases } from './request-cases.ts';
import { strategyCases } from './strategy-cases.ts';
import { supervisorCases } from './supervisor-cases.ts';

const FOLDER = join(import.meta.dirname, 'planner');
const cases = [...basicCases, ...strategyCases, ...lockCases, ...requestCases, ...driftCases, ...deviceCases, ...rebootCases, ...hostOsCases, ...supervisorCases];
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';

/** The steps in the order in which they start, with their reasons, until the device is on target. */
async function stepsOf(golden: (typeof cases)[number]): Promise<string> {
	const lines: string[] = [];
	const world = new World(() => 0.5);
	const log: Log = {
		error: () => undefined,
		warn: (message, fields) => lines.push(`${message}: ${JSON.stringify(fields?.['problem'] ?? fields?.['notice'] ?? fields?.['error'])}`),
		info: () => undefined,
		debug: (message, { step, subject, reason, because, error } = {}) => {
			if (typeof step !== 'string' || error !== undefined) {
				// Reported before: the same failure again.
				lines.push(`(again) ${error === undefined ? message : `${message}: ${JSON.stringify(error)}`}`);
				return;
			}
			const what = `${step} ${String(subject)} (${String(reason)})`;
			lines.push(message === 'step waits' ? `  wait: ${what} ${String(because)}` : what);
		},
		child: () => log,
	};
	for (const document of [golden.before, golden.after]) {
		if (document !== undefined) serveImages(world, document);
	}
	world.systemLog = { write: (message) => lines.push(`  log: ${message}`) };
	golden.setup?.(world);
	world.start(log);
	if (golden.before !== undefined) {
		await world.targets.replace(golden.before);
		await world.clock.advance(60_000);
		lines.length = 0;
	}
	golden.meddle?.(world);
	await world.targets.replace(golden.after);
	await golden.during?.(world);
	await world.clock.advance(120_000);
	await world.crash();
	expect(world.crashes).to.deep.equal([]);
	return `${lines.length === 0 ? 'nothing to do' : lines.join('\n')}\n`.replace(/\b[0-9a-c]{64}\b|sha256:[0-9a-f]{64}/g, (id) => `${id.slice(0, 10)}…`);
}

describe('plans', () => {
	for (const golden of cases) {
		const title = golden.check === undefined ? golden.name : `${golden.check}: ${golden.name}`;
		it(title, async () => {
			const file = join(FOLDER, `${golden.name.replaceAll(' ', '-')}.txt`);
			const steps = await stepsOf(golden);
			if (UPDATE) {
				writeFileSync(file, steps);
			}
			expect(steps).to.equal(existsSync(file) ? readFileSync(file, 'utf8') : `no file ${file}: run with UPDATE_GOLDEN=1`);
		});
	}

	it('has a case for every file', () => {
		const names = new Set(cases.map((golden) => `${golden.name.replaceAll(' ', '-')}.txt`));
		expect(readdirSync(FOLDER).filter((file) => !names.has(file))).to.deep.equal([]);
	});
});
