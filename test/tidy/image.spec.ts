import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import { listFiles, PROJECT } from './sources.ts';

/** As much of the package as is used here: dockerode reads the file of a build's context with it, as docker does. */
type IgnoreFile = () => { add(text: string): { ignores(path: string): boolean } };
const readIgnoreFile = createRequire(import.meta.url)('@balena/dockerignore') as IgnoreFile;

const read = (name: string) => readFileSync(join(PROJECT, name), 'utf8');
const packageFile = JSON.parse(read('package.json')) as Readonly<Record<'name' | 'version' | 'license', string>>;

describe('the image', () => {
	for (const name of [
		'entry.sh',
		'mount-partitions.sh',
		'update-supervisor.sh',
		'dindctl',
		...listFiles('build-utils'),
	]) {
		if (!/\.sh$|^dindctl$|\/hooks\//.test(name)) continue;
		it(`has a script that a plain shell can read: ${name}`, () => {
			expect(spawnSync('sh', ['-n', name], { cwd: PROJECT, encoding: 'utf8' }).stderr).to.equal('');
			expect(statSync(join(PROJECT, name)).mode & 0o111, 'may be executed').to.not.equal(0);
		});
	}

	it('sets the paths of the program, without mounting in a test', () => {
		const names = ['ROOT', 'BOOT', 'STATE', 'DATA'].map((name) => `$${name}_MOUNTPOINT`);
		const all = [
			...names,
			'$CONFIG_MOUNT_POINT',
			'$DATABASE_PATH',
			'$HOST_OS_VERSION_PATH',
			'$DBUS_SYSTEM_BUS_ADDRESS',
		];
		const script = `. ./mount-partitions.sh && printf '%s\\n' ${all.map((name) => `"${name}"`).join(' ')}`;
		const env = { PATH: process.env['PATH'], TEST: '1', CONFIG_MOUNT_POINT: '/from/the/os' };
		expect(
			execFileSync('sh', ['-c', script], { cwd: PROJECT, env, encoding: 'utf8' }).trim().split('\n'),
		).to.deep.equal([
			'/mnt/root',
			'/mnt/boot',
			'/mnt/state',
			'/mnt/data',
			'/mnt/boot/config.json',
			'/data/database.sqlite',
			'/mnt/root/etc/os-release',
			'unix:path=/mnt/root/run/dbus/system_bus_socket',
		]);
	});

	/** What the Dockerfile copies from the project. */
	const copied = [...read('Dockerfile.template').matchAll(/^COPY (?!--from)(.*)$/gm)].flatMap(([, args = '']) =>
		args.split(' ').slice(0, -1),
	);

	it('copies only files that are there', () => {
		expect(copied).to.not.be.empty;
		for (const source of copied) expect(() => statSync(join(PROJECT, source)), source).to.not.throw();
	});

	it('dev-tools #4: has the folder, command, health check, environment and labels of the specification', () => {
		const [runtime = '', last = ''] = ['runtime-base', ''].map((name) => {
			const stages = read('Dockerfile.template').split(/^FROM /m);
			return (name === '' ? stages.at(-1) : stages.find((text) => text.includes(` AS ${name}\n`))) ?? '';
		});
		expect(last).to.match(/^runtime-base\n/);
		expect(runtime).to.include('\nWORKDIR /usr/src/app\n');
		expect(last).to.include('\nCMD ["/usr/src/app/entry.sh"]\n').and.not.include('WORKDIR');
		expect(settingsOf(runtime, 'ENV')).to.deep.equal({
			LED_FILE: '/dev/null',
			SUPERVISOR_IMAGE: 'balena/${ARCH}-supervisor',
			VERSION: '${VERSION}',
		});
		expect(/^HEALTHCHECK (.*) \\\n\tCMD (.*)$/m.exec(runtime)?.slice(1)).to.deep.equal([
			'--interval=5m --start-period=1m --timeout=30s --retries=3',
			'wget http://127.0.0.1:${LISTEN_PORT:-48484}/v1/healthy -O - -q',
		]);
		const labels = settingsOf(last, 'LABEL');
		expect(labels).to.deep.include({
			'org.opencontainers.image.title': packageFile.name,
			'org.opencontainers.image.licenses': packageFile.license,
		});
		for (const [name, value] of Object.entries({ version: 'VERSION', revision: 'REVISION', source: 'SOURCE' })) {
			expect(labels[`org.opencontainers.image.${name}`]).to.equal(`\${${value}}`);
			// An argument counts only in the stages that name it.
			expect(last).to.include(`\nARG ${value}\n`);
		}
	});

	it('is built from the files of the project, without what was built or installed on the host', () => {
		const ignored = readIgnoreFile().add(read('.dockerignore'));
		const folders = ['src', 'migrations', 'typings', 'build-utils', 'tools', 'test', 'docs'];
		const files = readdirSync(PROJECT, { withFileTypes: true }).filter((entry) => entry.isFile());
		const wanted = [
			...copied.filter((path) => path !== '.'),
			...folders.flatMap(listFiles),
			...['test/fixtures/targets', 'build-utils/hooks/pre-commit'],
			...files.map(({ name }) => name).filter((name) => !/^\.git$|\.(sqlite|log)$/.test(name)),
		];
		expect(wanted.filter((path) => ignored.ignores(path))).to.deep.equal([]);
		const unwanted = [
			...['node_modules/sqlite3/build/Release/node_sqlite3.node', 'dist/app.js', 'coverage/index.html'],
			...['.git/config', 'database.sqlite', 'tools/dind/config.json'],
		];
		expect(unwanted.filter((path) => !ignored.ignores(path))).to.deep.equal([]);
	});
});

/** Of an instruction such as `ENV A=1 \`, with its values on the lines that follow. */
function settingsOf(stage: string, instruction: string): Readonly<Record<string, string>> {
	const text = new RegExp(`^${instruction} ((?:.*\\\\\n)*.*)$`, 'm').exec(stage)?.[1] ?? '';
	return Object.fromEntries(
		[...text.matchAll(/([\w.]+)="?([^\s"]*)"?/g)].map(([, name = '', value = '']) => [name, value]),
	);
}
