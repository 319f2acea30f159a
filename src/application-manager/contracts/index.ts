/** Whether this device meets the requirements of a release. Pure; never throws for the content of a contract. */
export { applyContracts } from './apply-contracts.ts';
export type { RefusedApp } from './apply-contracts.ts';
export { evaluateContracts, findUnmet } from './evaluate-contracts.ts';
export type { ContractedService, ServiceVerdict } from './evaluate-contracts.ts';
export { parseContract } from './parse-contract.ts';
export { parseKernelFacts, type ContractFacts } from './device-facts.ts';
export type { Contract } from './contract.ts';
