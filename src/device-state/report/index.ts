/** What the cloud is told about this device, and what of it is news. Pure. */
export { reportApps, type AppsInput } from './report-apps.ts';
export { buildReport, type ReportFacts } from './build-report.ts';
export { diffReport, isMetric, settleMetrics, type ReportDifference } from './diff-report.ts';
export type { AppReport, DeviceReport, ReleaseReport, ServiceReport, StateReport, UpdateStatus } from './report.ts';
