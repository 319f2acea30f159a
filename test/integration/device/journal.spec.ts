import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const JOURNALD = '/lib/systemd/systemd-journald';
/** A journal in memory, in a view of the file system that ends with it: that of the machine is not touched. */
const SCRIPT = `set -e
mount -t tmpfs tmpfs /run
[ ! -d /var/log/journal ] || mount -t tmpfs tmpfs /var/log/journal
mkdir -p /run/systemd/journal /run/log/journal
echo 0123456789abcdef0123456789abcdef >"$1/machine-id"
mount --bind "$1/machine-id" /etc/machine-id
${JOURNALD} >/dev/null 2>&1 &
journald=$!
trap 'kill $journald' EXIT
until [ -S /run/systemd/journal/socket ]; do sleep 0.1; done
shift
"$@"`;

describe('the journal of a real journald', function () {
	this.timeout(30_000);
	let folder: string | undefined;

	before(function () {
		if (!existsSync(JOURNALD) || process.getuid?.() !== 0) this.skip();
		folder = mkdtempSync(join(tmpdir(), 'journald-'));
	});
	after(() => {
		if (folder !== undefined) rmSync(folder, { recursive: true });
	});

	it('is read from a time on, and exactly from behind an entry on; text with colours is text', async () => {
		const command = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'read-journal.ts')];
		const { stdout } = await promisify(execFile)('unshare', ['--mount', 'sh', '-c', SCRIPT, 'sh', folder!, ...command]);
		expect(JSON.parse(stdout)).to.deep.equal({
			isReadable: true,
			first: ['one', 'two', 'three'],
			behind: [
				['three', 6],
				['\u001b[31mröd\u001b[0m', 3],
			],
			count: 33,
		});
	});
});
