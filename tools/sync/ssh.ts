import { spawn } from 'node:child_process';
import { DeviceError } from '../device/index.ts';

const PORT = '22222';
/** Devices in development mode have no key that anyone knows, and another one after each new image of the OS. */
const OPTIONS = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'ConnectTimeout=10'];

export interface RemoteShell {
	/** Runs a line of sh on the device as root. Resolves to what it prints; an exit code other than 0 rejects. */
	run(line: string, input?: string): Promise<string>;
}

export function sshTo(address: string): RemoteShell {
	const options = OPTIONS.flatMap((option) => ['-o', option]);
	return {
		run: (line, input = '') => {
			const child = spawn('ssh', ['-p', PORT, ...options, `root@${address}`, line], {
				stdio: ['pipe', 'pipe', 'pipe'],
			});
			let printed = '';
			let said = '';
			child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
			child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
			child.stdin.on('error', () => undefined); // it ended without reading; its exit code says why
			child.stdin.end(input);
			return new Promise((resolve, reject) => {
				const fail = (reason: string) => {
					reject(new DeviceError(`ssh to ${address}: ${reason}`, 'The device must be in development mode'));
				};
				child.once('error', (error) => {
					fail(error.message);
				});
				child.once('close', (code) => {
					if (code === 0) resolve(printed);
					else fail(said.trim() === '' ? `exit code ${code ?? 'none'} of ${line}` : said.trim());
				});
			});
		},
	};
}
