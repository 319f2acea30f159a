import type { StepKind, StepOf } from '../domain/step.ts';

export interface ExecutionContext {
	readonly signal: AbortSignal;
	/** 0 to 100. */
	readonly progress: (percent: number) => void;
}

/** Carries out one step. May be repeated: each says by itself why that does no harm. */
type Executor<K extends StepKind> = (step: StepOf<K>, context: ExecutionContext) => Promise<void>;

/** A kind of step without its executor does not compile. */
export type Executors = { readonly [K in StepKind]: Executor<K> };
