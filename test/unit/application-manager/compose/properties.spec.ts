import { expect } from 'chai';
import fc from 'fast-check';
import {
	anonymousPathsOf,
	compareService,
	composeApp,
	readContainer,
	readNetwork,
	readVolume,
} from '../../../../src/application-manager/compose/index.ts';
import { splitCommandAsV19 } from '../../../../src/application-manager/compose/legacy-command.ts';
import { splitCommand } from '../../../../src/application-manager/compose/parse-command.ts';
import { foldPorts, portBodies, readPorts } from '../../../../src/application-manager/compose/ports.ts';
import { FIELDS } from '../../../../src/application-manager/compose/field-table.ts';
import type { PortMap } from '../../../../src/domain/service.ts';
import type { ContainerInspection } from '../../../../src/ports/engine.ts';
import { vectorContext } from '../../../vectors/vector-app.ts';
import { composeOne, inspectionOf, specOf } from './compose-one.ts';

const RUNS = 300;
const composeKeys = Object.values(FIELDS).flatMap(({ compose }) => compose ?? []);
const otherKeys = [
	'depends_on',
	'dependsOn',
	'deploy',
	'gpus',
	'profiles',
	'scale',
	'links',
	'volumes_from',
	'__proto__',
	'toString',
];
const key = fc.oneof(fc.constantFrom(...composeKeys, ...otherKeys), fc.string());
/** Values that look right more often than chance would have it. */
const value = fc.oneof(
	fc.jsonValue(),
	fc.constantFrom(
		'1m',
		'64k',
		'80:80',
		'service:db',
		'service:web',
		'service:other',
		'service: ',
		'host',
		'a:/b',
		'/run:size=1m',
		"a 'b' $c # d",
	),
	fc.array(fc.constantFrom('80:80', '81-83:81-83', 'a:/b', '/c', '/c/', '/b', 'K=V', 'dns', '/dev/a:/dev/b'), {
		maxLength: 4,
	}),
	fc.constantFrom([{ type: 'volume', target: '/c' }, '/v/'], ['./c:/c'], ['web:x', 'nope'], { web: null, nope: {} }),
	fc.integer({ min: -5, max: 70000 }),
	fc.constantFrom(
		{ resources: { limits: { memory: '64m', cpus: 1 }, reservations: { devices: [{}] } }, replicas: 2 },
		{ driver: 'local', options: { a: 1 } },
		{ weight: 100, device_read_bps: [{ path: '/dev/a', rate: '1m' }] },
	),
);
const composition = fc.dictionary(key, value, { maxKeys: 8 });

describe('compose: properties', () => {
	it('answers any document with an app or with issues', () => {
		fc.assert(
			fc.property(
				composition,
				composition,
				fc.dictionary(fc.string(), value),
				fc.jsonValue(),
				(web, other, networks, environment) => {
					const { composed } = composeApp(
						{
							appId: 1,
							appUuid: 'abc1',
							appName: 'fleet',
							class: 'fleet',
							isHost: false,
							rejected: false,
							release: {
								releaseId: 7,
								commit: 'c',
								services: Object.fromEntries(
									Object.entries({ web, other }).map(([name, written]) => [
										name,
										{
											serviceId: 5,
											imageId: 6,
											image: 'alpine',
											running: true,
											environment: environment as Record<string, string>,
											labels: environment as Record<string, string>,
											composition: written,
										},
									]),
								),
								networks,
								volumes: networks,
							},
						},
						vectorContext,
						new Map(['web', 'other'].map((name) => [name, { supervisorApiKey: 'k' }])),
					);
					expect(composed.state === 'ready' || composed.issues.length > 0).to.be.true;
					expect(composed.state === 'ready' || composed.issues.every(({ path }) => path.startsWith('apps.abc1'))).to.be
						.true;
				},
			),
			{ numRuns: RUNS },
		);
	});

	it('does not ask objects for their text, which may be no function', () => {
		for (const key of ['memswapLimit', 'memLimit', 'shmSize', 'restart', 'cpus', 'pidsLimit', 'user', 'command']) {
			composeOne({ [key]: { toString: '', valueOf: '' } });
			composeOne({ [key]: [{ toString: '', valueOf: '' }] });
		}
	});

	it('counts a container as equal to the service that it was made from', () => {
		fc.assert(
			fc.property(composition, (web) => {
				const image = { Cmd: ['run'], User: 'app', Volumes: { '/v': {} }, Healthcheck: { Test: ['CMD', 'x'] } };
				const composed = composeOne({ composition: web, image });
				fc.pre(composed.ok);
				// All services that may be named are there; none of them is this one.
				const ids = Object.fromEntries(composed.spec.dependsOn.map(({ service }) => [service, 'f'.repeat(64)]));
				const carried = anonymousPathsOf(composed.spec.config).map(
					(path, n) => [path, String(n % 10).repeat(64)] as const,
				);
				const facts = { anonymousVolumes: new Map(carried) };
				const live = readContainer(inspectionOf(composed.spec, image, ids, facts));
				expect(live.ok).to.be.true;
				const differences = live.ok ? compareService(live.value, composed.spec, new Map(Object.entries(ids))) : [];
				expect(differences).to.deep.equal([]);
			}),
			{ numRuns: RUNS },
		);
	});

	it('reads whatever an engine shows without an exception', () => {
		const inspection = inspectionOf(specOf({}));
		const record = fc.dictionary(fc.constantFrom(...Object.keys(inspection.HostConfig)), fc.jsonValue());
		const config = fc.dictionary(fc.constantFrom(...Object.keys(inspection.Config)), fc.jsonValue());
		fc.assert(
			fc.property(record, config, (HostConfig, Config) => {
				const odd = {
					...inspection,
					HostConfig: { ...inspection.HostConfig, ...HostConfig },
					Config: { ...inspection.Config, ...Config },
				} as ContainerInspection;
				const view = readContainer(odd);
				expect(view.ok || view.issues.length > 0).to.be.true;
			}),
			{ numRuns: RUNS },
		);
		// No text can be made of such a value: found by chance.
		const odd = { toString: 1, valueOf: 1 };
		const host = { Tmpfs: { '/t': odd }, Ulimits: [{ Name: odd, Soft: odd, Hard: odd }] };
		const read = readContainer({
			...inspection,
			HostConfig: { ...inspection.HostConfig, ...host },
			Config: { ...inspection.Config, Env: [odd] },
		});
		expect(read.ok).to.be.true;
		fc.assert(
			fc.property(fc.string(), (Name) => {
				const Labels = { 'io.balena.supervised': 'true' };
				readNetwork({ Id: 'x', Name, Driver: '', EnableIPv6: false, Internal: false, IPAM: {}, Options: null, Labels });
				readVolume({ Name, Driver: 'local', Labels, Options: null });
			}),
		);
	});

	it('folds ports so that they are the same before and after the engine', () => {
		const range = fc
			.record({
				internalStart: fc.integer({ min: 1, max: 12 }),
				length: fc.integer({ min: 0, max: 3 }),
				externalStart: fc.integer({ min: 1, max: 12 }),
				protocol: fc.constantFrom('tcp', 'udp'),
				host: fc.constantFrom('', '127.0.0.1'),
			})
			.map(({ length, ...port }): PortMap => ({
				...port,
				internalEnd: port.internalStart + length,
				externalEnd: port.externalStart + length,
			}));
		// One host port is given out once: everything else the engine cannot start.
		const ports = fc.uniqueArray(range, {
			maxLength: 4,
			comparator: (a, b) =>
				a.externalStart <= b.externalEnd && b.externalStart <= a.externalEnd && a.protocol === b.protocol,
		});
		fc.assert(
			fc.property(ports, (given) => {
				const folded = foldPorts(given);
				expect(readPorts(portBodies(folded).PortBindings)).to.deep.equal(folded);
				expect(readPorts(portBodies(given).PortBindings)).to.deep.equal(folded);
			}),
			{ numRuns: RUNS },
		);
	});

	it('splits plain commands as version 19 did', () => {
		const word = fc.stringMatching(/^[a-z/.=*-]{1,6}$/);
		const part = fc.oneof(word, fc.constantFrom('&&', '|', ';', '>', '"a b"', "'a b'", 'x"y z"', String.raw`a\ b`));
		fc.assert(
			fc.property(fc.array(part), (parts) => {
				const text = parts.join(' ');
				expect(splitCommand(text)).to.deep.equal(splitCommandAsV19(text));
			}),
			{ numRuns: RUNS },
		);
	});
});
