import { CONFIG_MUTANTS } from './config-mutants.ts';
import { HOST_OS_MUTANTS } from './host-os-mutants.ts';
import { LOCAL_MODE_MUTANTS } from './local-mode-mutants.ts';
import { LOOP_MUTANTS } from './loop-mutants.ts';
import type { Mutant } from './mutant.ts';
import { PLANNER_MUTANTS } from './planner-mutants.ts';
import { SUPERVISOR_MUTANTS } from './supervisor-mutants.ts';

/** All mutants. */
export const MUTANTS: readonly Mutant[] = [
	...PLANNER_MUTANTS,
	...LOOP_MUTANTS,
	...CONFIG_MUTANTS,
	...HOST_OS_MUTANTS,
	...LOCAL_MODE_MUTANTS,
	...SUPERVISOR_MUTANTS,
];
