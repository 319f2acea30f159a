/** Whether this device can run what a release asks of it. Pure; never throws for what a contract says. */
export { applyContracts } from './apply-contracts.ts';
export type { RefusedApp } from './apply-contracts.ts';
export { evaluateContracts } from './evaluate-contracts.ts';
export type { ContractedService, ServiceVerdict } from './evaluate-contracts.ts';
export { parseContract } from './parse-contract.ts';
export { parseKernelFacts, type ContractFacts } from './device-facts.ts';
export type { Contract } from './contract.ts';
