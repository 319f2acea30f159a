import { policyOfError } from '../domain/error-policy.ts';
import { OperationalError } from '../ports/operational-error.ts';

/** What the caller of a failed operation gets; rethrows what is no operational error (spec: device-api 1.7). */
export function describeFailure(
	error: unknown,
	otherwise: number,
): { readonly status: number; readonly message: string } {
	if (!(error instanceof OperationalError)) {
		throw error;
	}
	return { status: policyOfError(error.code).httpStatus ?? otherwise, message: error.message };
}
