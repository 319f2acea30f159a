import { OperationalError } from './operational-error.ts';

export type IpFamily = 'v4' | 'v6';

/** The filter table of the host's kernel (spec: host 10). Both reject with `PacketFilterError`. */
export interface PacketFilter {
	/** Policies, chains and rules, as `iptables -S` lists them: `-P INPUT ACCEPT`, `-N DOCKER-USER`, `-A INPUT -j …`. */
	list(family: IpFamily): Promise<readonly string[]>;
	/** Input for `iptables-restore`. One transaction: all of it is applied, or nothing. */
	restore(family: IpFamily, text: string): Promise<void>;
}

type PacketFilterErrorCode =
	/** The program is missing. */
	'packet-filter-missing' | 'packet-filter-failed';

export class PacketFilterError extends OperationalError {
	declare readonly code: PacketFilterErrorCode;

	constructor(code: PacketFilterErrorCode, message: string, options: ErrorOptions = {}) {
		super(code, message, options);
	}
}
