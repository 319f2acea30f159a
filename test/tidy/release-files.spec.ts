import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { PROJECT } from './sources.ts';

const read = (name: string) => readFileSync(join(PROJECT, name), 'utf8');

describe('the release of the supervisor', () => {
	it('is one service with the privileges, labels and restart policy of the specification', () => {
		expect(parse(read('docker-compose.yml'))).to.deep.equal({
			version: '2.3',
			services: {
				core: {
					build: '.',
					privileged: true,
					network_mode: 'host',
					tty: false,
					restart: 'always',
					labels: Object.fromEntries(
						['balena-api', 'dbus', 'balena-socket'].map((name) => [`io.balena.features.${name}`, '1']),
					),
				},
			},
		});
	});

	it('is described for the builder of the cloud', () => {
		const { version } = JSON.parse(read('package.json')) as { readonly version: string };
		const { description, ...rest } = parse(read('balena.yml')) as Readonly<Record<string, unknown>>;
		expect(description).to.be.a('string');
		expect(rest).to.deep.equal({
			name: 'balena-supervisor',
			type: 'sw.application',
			joinable: false,
			version,
			provides: [{ slug: 'sw.compose.long-volume-syntax' }],
		});
	});
});

describe('install-dbus.sh', () => {
	let folder = '';
	beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'install-dbus-'))));
	afterEach(() => rmSync(folder, { recursive: true }));

	/** On a machine with these programs, each of which says how it was called. */
	function run(programs: readonly string[], uid = 0) {
		writeFileSync(join(folder, 'id'), `#!/bin/sh\necho ${uid}\n`, { mode: 0o755 });
		for (const name of programs) {
			writeFileSync(join(folder, name), `#!/bin/sh\necho ${name} "$@"\nexit 3\n`, { mode: 0o755 });
		}
		const script = join(PROJECT, 'build-utils/install-dbus.sh');
		const { status, stdout } = spawnSync('/bin/sh', [script], { env: { PATH: folder }, encoding: 'utf8' });
		return { status, stdout: stdout.trim() };
	}

	it('installs the package of the machine, and fails with it', () => {
		expect(run(['apt-get'])).to.deep.equal({ status: 3, stdout: 'apt-get install -y libdbus-1-dev' });
		expect(run(['sudo', 'apt-get'], 1000).stdout).to.equal('sudo apt-get install -y libdbus-1-dev');
		rmSync(join(folder, 'apt-get'));
		expect(run(['brew'], 1000)).to.deep.equal({ status: 3, stdout: 'brew install dbus' });
	});

	it('says what to install elsewhere, which is no failure', () => {
		const { status, stdout } = run([]);
		expect(status).to.equal(0);
		expect(stdout).to.include('libdbus-1-dev');
	});
});
