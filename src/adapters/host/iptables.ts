import { PacketFilterError, type IpFamily, type PacketFilter } from '../../ports/packet-filter.ts';
import { systemCodeOf, runProgram } from '../files/index.ts';

const PROGRAM: Readonly<Record<IpFamily, string>> = { v4: 'iptables', v6: 'ip6tables' };
/** The engine changes the same tables, and locks them for a moment only. */
const WAIT = ['--wait', '10'];
/** Rules of other programs stay. */
const RESTORE = ['--noflush', '--verbose'];

/** The variant in the image: the tables of the kernel are those of the host. */
export class Iptables implements PacketFilter {
	readonly #enter: readonly string[];

	/** `enter`: a command that runs another one in another network namespace. */
	constructor(enter: readonly string[] = []) {
		this.#enter = enter;
	}

	async list(family: IpFamily): Promise<readonly string[]> {
		const output = await this.#run(family, { program: PROGRAM[family], args: ['-S'], input: '' });
		return output
			.split('\n')
			.map((line) => line.trim())
			.filter((line) => line !== '');
	}

	async restore(family: IpFamily, text: string): Promise<void> {
		await this.#run(family, { program: `${PROGRAM[family]}-restore`, args: RESTORE, input: text });
	}

	async #run(
		family: IpFamily,
		{ program, args, input }: { readonly program: string; readonly args: readonly string[]; readonly input: string },
	): Promise<string> {
		const [command = '', ...rest] = [...this.#enter, program, ...WAIT, ...args];
		const result = await runProgram(command, rest, input).catch((cause: unknown) => {
			if (systemCodeOf(cause) === undefined) {
				throw cause;
			}
			throw new PacketFilterError('packet-filter-failed', `${program} could not be started`, { cause });
		});
		if (result.state === 'missing') {
			throw new PacketFilterError('packet-filter-missing', `there is no ${program}`);
		}
		if (result.exitCode !== 0) {
			const text = `Error running iptables (${family}): ${result.stderr.trim()} (${args.join(' ')})`;
			throw new PacketFilterError('packet-filter-failed', text);
		}
		return result.stdout;
	}
}
