/**
 * What Prometheus is told (spec: v3-api 7): one table of metrics, counters of what happens, and pure views of what is the
 * case. Owns its counters. Must not ask the engine, nor start timers: at rest it costs a few numbers.
 */
export { Activity, type AnsweredRequest, type CloudAnswer, type EndedPass, type EndedStep } from './activity.ts';
export {
	samplesOfDevice,
	samplesOfLogs,
	samplesOfProcess,
	samplesOfState,
	type DeviceMeasures,
	type LogCounts,
	type ProcessMeasures,
} from './of-device.ts';
export { listServices, samplesOfServices, type ContainerUsage, type ServiceSeen } from './of-services.ts';
export { chooseFormat, renderMetrics, type MetricsFormat, type RenderedMetrics } from './render.ts';
export { single, type Samples } from './sample.ts';
