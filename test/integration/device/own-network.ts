import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/** A network of a test's own, in which rules may be changed: those of the machine stay as they are. */
export class OwnNetwork {
	readonly name = `test-${randomBytes(4).toString('hex')}`;
	/** A command in front of another one, which then runs in this network. */
	readonly enter: readonly string[] = ['ip', 'netns', 'exec', this.name];

	constructor() {
		execFileSync('ip', ['netns', 'add', this.name]);
		this.run('ip', 'link', 'set', 'lo', 'up');
	}

	run(...command: readonly string[]): string {
		const [program = '', ...args] = [...this.enter, ...command];
		return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
	}

	/** The filter table as `iptables -S` lists it, or one chain of it. */
	rules(program: 'iptables' | 'ip6tables', chain?: string): readonly string[] {
		return this.run(program, '-S', ...(chain === undefined ? [] : [chain]))
			.trim()
			.split('\n')
			.filter((line) => chain === undefined || line.startsWith('-A '))
			.map((line) => (chain === undefined ? line : line.slice(`-A ${chain} `.length)));
	}

	remove(): void {
		spawnSync('ip', ['netns', 'delete', this.name]);
	}
}
