import { OperationalError } from '../ports/operational-error.ts';

type ConfigErrorCode =
	| 'config-invalid-value'
	| 'config-immutable-key'
	| 'config-rejected-value'
	| 'config-file-malformed'
	| 'config-file-busy';

export class ConfigError extends OperationalError {
	declare readonly code: ConfigErrorCode;

	constructor(code: ConfigErrorCode, message: string, options: ErrorOptions = {}) {
		super(code, message, options);
	}
}
