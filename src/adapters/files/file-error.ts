import { OperationalError } from '../../ports/operational-error.ts';

type FileErrorCode = 'file-missing' | 'file-unreadable' | 'file-unwritable' | 'program-failed';

export class FileError extends OperationalError {
	declare readonly code: FileErrorCode;

	constructor(code: FileErrorCode, message: string, options: ErrorOptions = {}) {
		super(code, message, options);
	}
}

/** The error code of the system (`ENOENT`), if the system has failed. */
export function systemCodeOf(error: unknown): string | undefined {
	return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A failure of the system gets the name of its file; any other error is a bug and stays as it is. */
export function toFileError(code: FileErrorCode, path: string, error: unknown): unknown {
	const systemCode = systemCodeOf(error);
	if (systemCode === undefined) {
		return error;
	}
	const verb = code === 'file-unwritable' ? 'write' : 'read';
	return systemCode === 'ENOENT' && code !== 'file-unwritable'
		? new FileError('file-missing', `Failed to read file ${path}`, { cause: error })
		: new FileError(code, `Failed to ${verb} file ${path}: ${systemCode}`, { cause: error });
}
