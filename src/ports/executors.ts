import type { StepKind, StepOf } from '../domain/step.ts';

export interface ExecutionContext {
	readonly signal: AbortSignal;
	/** 0 to 100. */
	readonly progress: (percent: number) => void;
}

/** Carries out one step. Each executor may be repeated and documents why that is safe. */
type Executor<K extends StepKind> = (step: StepOf<K>, context: ExecutionContext) => Promise<void>;

/** A step kind without an executor does not compile. */
export type Executors = { readonly [K in StepKind]: Executor<K> };
