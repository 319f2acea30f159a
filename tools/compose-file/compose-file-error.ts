/** A compose file that cannot be used as it is written: what is wrong, and what its author can do. */
export class ComposeFileError extends Error {
	readonly problem: string;
	readonly remedy: string;

	constructor(problem: string, remedy: string, options?: ErrorOptions) {
		super(`${problem}. ${remedy}`, options);
		this.name = 'ComposeFileError';
		this.problem = problem;
		this.remedy = remedy;
	}
}
