import type { DeviceReport } from '../../device-state/report/index.ts';
import { leaveOut, partsWithin, type Fields, type ReportPart, type Suspicion } from './report-parts.ts';

interface NarrowOptions {
	readonly report: DeviceReport;
	/** What the cloud has taken by now. */
	readonly accepted: () => Fields;
	/** Sends it. Resolves to whether the cloud accepted it. */
	readonly send: (report: DeviceReport) => Promise<boolean>;
}

/** Each try is a request, which happens once for each thing that is refused. */
const TRIES_MAX = 12;

/**
 * Finds out what a cloud refuses by leaving out one piece after the other, the finest that is found being the result. The
 * rest of the report has been taken without all of the suspects before.
 */
export async function narrowRefusal(suspicion: Suspicion, options: NarrowOptions): Promise<readonly ReportPart[]> {
	let triesLeft = TRIES_MAX;
	const narrow = async (
		coarse: readonly ReportPart[],
		pieces: readonly ReportPart[],
	): Promise<readonly ReportPart[]> => {
		const [only, ...others] = pieces;
		if (only === undefined) {
			return coarse;
		}
		if (others.length === 0) {
			return narrow([only], partsWithin(only, options.report));
		}
		for (const piece of pieces) {
			triesLeft -= 1;
			if (triesLeft < 0) {
				return coarse;
			}
			if (await options.send(leaveOut(options.report, [piece], options.accepted()))) {
				return narrow([piece], partsWithin(piece, options.report));
			}
		}
		return coarse; // more than one of them
	};
	return narrow(suspicion.all, suspicion.each);
}
