import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { listTree, makeRuntimeTree, RuntimeTreeError } from '../../build-utils/runtime-tree.ts';
import { PROJECT } from './sources.ts';

const BUILD = join(PROJECT, 'build-utils/build.ts');
/** As another agent does it in the container of the supervisor (spec: host 14.4). */
const UPSERT = `import sqlite3 from 'sqlite3';
const database = new sqlite3.Database(process.argv[1]);
database.serialize(() => {
	database.run('CREATE TABLE IF NOT EXISTS config (key TEXT UNIQUE, value TEXT)');
	const upsert = 'INSERT INTO config VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value';
	for (const port of ['1', '48480']) database.run(upsert, ['listenPortOverride', port]);
	database.all('SELECT * FROM config', (error, rows) => console.log(JSON.stringify(error ?? rows)));
});`;

describe('the tree that a device runs', function () {
	this.timeout(120_000);
	let folder = '';
	let tree = '';

	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'runtime-tree-'));
		tree = join(folder, 'tree');
		execFileSync(process.execPath, ['--import', 'tsx', BUILD, '--out', join(folder, 'dist')], { cwd: PROJECT });
		makeRuntimeTree({ dist: join(folder, 'dist'), folder: tree });
	});
	after(() => rmSync(folder, { recursive: true }));

	function runNode(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
		const options = { cwd: tree, env: { PATH: '/usr/bin:/bin', ...env }, encoding: 'utf8', timeout: 60_000 } as const;
		const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
		return { status, stdout: stdout.trim(), stderr: stderr.trim() };
	}

	it('starts, and says that there is no config.json', () => {
		const at = (name: string) => join(folder, name);
		mkdirSync(at('data'));
		const run = runNode(['dist/app.js'], {
			ROOT_MOUNTPOINT: at('root'),
			BOOT_MOUNTPOINT: at('boot'),
			STATE_MOUNTPOINT: at('state'),
			DATA_MOUNTPOINT: at('data'),
			CONFIG_MOUNT_POINT: at('boot/config.json'),
			DATABASE_PATH: at('data/database.sqlite'),
			DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${at('no-bus')}`,
			KEEP_FIREWALL: '1',
		});
		expect(`${run.stdout}\n${run.stderr}`).to.include(
			`exiting: ${at('boot/config.json')} is missing, and has no good copy`,
		);
		expect(run.stdout).to.match(/Supervisor v\d+\.\d+\.\d+ starting/);
		expect(run.status).to.equal(1);
	});

	it('dev-tools #5, host #40: lets another agent require sqlite3, or import it and set the override rows', () => {
		const required = runNode(['-e', "console.log(typeof require('sqlite3').Database)"]);
		expect(required).to.deep.equal({ status: 0, stdout: 'function', stderr: '' });
		const imported = runNode(['--input-type=module', '-e', UPSERT, join(folder, 'other.sqlite')]);
		const rows = JSON.stringify([{ key: 'listenPortOverride', value: '48480' }]);
		expect(imported).to.deep.equal({ status: 0, stdout: rows, stderr: '' });
	});

	it('dev-tools #6: has no npm, compilers, sources or other packages', () => {
		const paths = listTree(tree).map(({ path }) => path);
		const packages = new Set(paths.map((path) => /^node_modules\/([^/]+)/.exec(path)?.[1]).filter(Boolean));
		expect([...packages].sort()).to.deep.equal(['bindings', 'file-uri-to-path', 'sqlite3']);
		const tops = new Set(paths.map((path) => path.split('/')[0]));
		expect([...tops].sort()).to.deep.equal([
			...['LICENSE', 'dist', 'entry.sh', 'mount-partitions.sh', 'node_modules', 'package.json', 'update-supervisor.sh'],
		]);
		expect(
			paths.filter((path) => /\.([cm]?ts|map|gypi?|c|cc|h|a|o|tar\.gz)$|\/(src|deps|test)\//.test(path)),
		).to.deep.equal([]);
	});

	it('contains the list of its packages', () => {
		const list = readFileSync(join(tree, 'dist/sbom.cdx.json'), 'utf8');
		const { bomFormat, components } = JSON.parse(list) as Record<string, readonly { readonly name: string }[]>;
		expect(bomFormat).to.equal('CycloneDX');
		expect(components?.map(({ name }) => name)).to.include.members(['bindings', 'file-uri-to-path', 'knex', 'sqlite3']);
	});

	it('is small, and made only from a program that was built, in a folder without other files', () => {
		const bytes = listTree(tree).reduce((sum, file) => sum + file.bytes, 0);
		expect(bytes).to.be.below(12 * 1024 * 1024);
		const dist = join(folder, 'dist');
		expect(() => makeRuntimeTree({ dist: join(folder, 'none'), folder: join(folder, 'new') })).to.throw(
			RuntimeTreeError,
			'npm run build',
		);
		mkdirSync(join(folder, 'used'));
		writeFileSync(join(folder, 'used/file'), '');
		expect(() => makeRuntimeTree({ dist, folder: join(folder, 'used') })).to.throw(RuntimeTreeError, 'is not empty');
	});
});
