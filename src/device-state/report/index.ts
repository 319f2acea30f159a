/** The report of this device to the cloud, and its difference from the last one. Pure. */
export { reportApps } from './report-apps.ts';
export { buildReport } from './build-report.ts';
export { diffReport, isMetric, roundMetrics, type ReportDifference } from './diff-report.ts';
export type { DeviceFacts, MetricFields } from './device-facts.ts';
export type { AppReport, DeviceReport, ReleaseReport, StateReport } from './report.ts';
