import {
	evaluateContracts,
	type Contract,
	type ContractedService,
	type ContractFacts,
	type ServiceVerdict,
} from '../../src/application-manager/contracts/index.ts';

const REFUSED = { refused: true };

interface ContractsInput {
	readonly device: { readonly [Fact in keyof ContractFacts]: ContractFacts[Fact] | null };
	readonly commit: string;
	readonly services: Readonly<Record<string, ContractedService>>;
}

export function answerContracts({ device, commit, services }: ContractsInput, expected: { readonly error?: string }) {
	const known = Object.fromEntries(Object.entries(device).filter(([, fact]) => fact !== null));
	// Only facts that may be absent are null in a vector.
	const verdict = evaluateContracts(services, known as unknown as ContractFacts);
	const wanted = expected.error === undefined ? expected : REFUSED;
	if (verdict.state === 'malformed') {
		return { actual: REFUSED, expected: wanted };
	}
	const answer = (chosen: (service: ServiceVerdict) => boolean) =>
		verdict.services.filter(chosen).map(({ serviceName, isOptional, contract }) => ({
			serviceName,
			commit,
			contract: contract && asSent(services[serviceName]!.contract as object, contract),
			optional: isOptional,
		}));
	return {
		actual: {
			valid: verdict.state === 'accepted',
			unmetServices: answer(({ unmet }) => unmet.length > 0),
			fulfilledServices: answer(({ unmet }) => unmet.length === 0),
			unmetAndOptional: answer(({ unmet, isOptional }) => unmet.length > 0 && isOptional),
		},
		expected: wanted,
	};
}

/** With what we do not read. */
function asSent(sent: object, { type, requires }: Contract) {
	return { ...sent, type, ...('requires' in sent && { requires }) };
}
