/** Whether this device can run what a release asks of it. Pure; never throws for what a contract says. */
export { applyContracts, explainRejection } from './apply-contracts.ts';
export type { AppliedContracts, ContractMessage, RefusedApp } from './apply-contracts.ts';
export { evaluateContracts } from './evaluate-contracts.ts';
export type {
	ContractedService,
	ContractVerdict,
	MalformedContract,
	ServiceVerdict,
	UnmetRequirement,
} from './evaluate-contracts.ts';
export { parseContract } from './parse-contract.ts';
export { parseKernelFacts, type ContractFacts } from './device-facts.ts';
export type { AnyRequirement, Contract, FactRequirement, Requirement } from './contract.ts';
