/**
 * Metrics for Prometheus (spec: v3-api 7): one table of metrics, counters of what happens, and pure views of what is the
 * case. Owns its counters. Must not ask the engine, nor start timers: at rest it costs a few numbers.
 */
export { Activity } from './activity.ts';
export { samplesOfDevice, samplesOfLogs, samplesOfProcess, samplesOfState } from './of-device.ts';
export { listServices, samplesOfServices, type ContainerUsage } from './of-services.ts';
export { chooseFormat, renderMetrics } from './render.ts';
export { single, type Samples } from './sample.ts';
