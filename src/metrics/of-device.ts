import type { DeviceStatus } from '../domain/status.ts';
import type { Findings } from '../domain/capability.ts';
import type { Reason } from '../domain/reason.ts';
import { bit, countEach, single, type Samples } from './sample.ts';

/** Of the device; what cannot be read is absent. */
interface DeviceMeasures {
	readonly memory?: { readonly totalBytes: number; readonly usedBytes: number };
	readonly storage?: { readonly totalBytes: number; readonly usedBytes: number };
	/** Percent. */
	readonly cpuUsage?: number;
	readonly temperature?: number;
	readonly isUndervolted?: boolean;
}

export function samplesOfDevice(measures: DeviceMeasures, findings: Findings): Samples {
	const { memory, storage, cpuUsage, temperature, isUndervolted } = measures;
	const clock = findings['synchronised clock'];
	return {
		deviceCpu: single(cpuUsage === undefined ? undefined : cpuUsage / 100),
		deviceMemory: single(memory?.totalBytes),
		deviceMemoryUsed: single(memory?.usedBytes),
		temperature: single(temperature),
		storage: single(storage?.totalBytes),
		storageUsed: single(storage?.usedBytes),
		underVoltage: single(isUndervolted === undefined ? undefined : bit(isUndervolted)),
		clock: single(clock && bit(clock.isAvailable)),
	};
}

/** What the loop and the cloud wait for at present. */
export function samplesOfState(status: DeviceStatus | undefined, cloud: readonly Reason[]): Samples {
	return {
		onTarget: single(status === undefined ? undefined : bit(!status.applying)),
		runningSteps: single(status?.running.length),
		waitingSteps: countEach(
			'reason',
			(status?.plan?.waiting ?? []).map(({ because }) => because.kind),
		),
		cloudTroubles: countEach(
			'kind',
			cloud.map(({ kind }) => kind),
		),
	};
}

interface ProcessMeasures {
	readonly residentBytes: number;
	readonly heapBytes: number;
	readonly cpuSeconds: number;
	readonly uptimeSeconds: number;
	readonly loopDelaySeconds: number;
	readonly loopBusySeconds: number;
}

export function samplesOfProcess(process: ProcessMeasures): Samples {
	return {
		memory: single(process.residentBytes),
		heap: single(process.heapBytes),
		cpu: single(process.cpuSeconds),
		uptime: single(process.uptimeSeconds),
		loopDelay: single(process.loopDelaySeconds),
		loopBusy: single(process.loopBusySeconds),
	};
}

interface LogCounts {
	readonly sent: number;
	readonly suppressed: number;
	readonly queueBytes: number;
}

export function samplesOfLogs({ sent, suppressed, queueBytes }: LogCounts): Samples {
	return {
		logLinesSent: single(sent),
		logLinesSuppressed: single(suppressed),
		logQueueBytes: single(queueBytes),
	};
}
