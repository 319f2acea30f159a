import type { SetFields } from './deploy.ts';
import type { Place } from './place.ts';

type Fields = { -readonly [K in keyof SetFields]: SetFields[K] };

/**
 * Drops values for which the engine would refuse the whole container. Only values that version 19 did not know are
 * dropped: it ran the service without them.
 */
export function resolveConflicts(given: { readonly own: SetFields; readonly fromOthers: SetFields }, place: Place) {
	const { own } = given;
	const others: Fields = { ...given.fromOthers };
	const limits = place.key('deploy').key('resources').key('limits');
	if ((own.cpuQuota || own.cpuPeriod) && others.cpus !== undefined && own.cpus === undefined) {
		limits.key('cpus').note('Ignoring cpus: cpu_quota or cpu_period is given');
		delete others.cpus;
	}
	if (isBelow(others.memLimit, own.memReservation) && own.memLimit === undefined) {
		limits.key('memory').note('Ignoring memory: mem_reservation is more');
		delete others.memLimit;
	}
	const fields: Fields = { ...others, ...withoutAbsent(own) };
	if (own.memReservation === undefined && isBelow(fields.memLimit, fields.memReservation)) {
		place.key('deploy').key('resources').key('reservations').key('memory').note('Ignoring memory: the limit is less');
		delete fields.memReservation;
	}
	if (fields.cpus && fields.cpuPeriod !== undefined) {
		place.key('cpu_period').note('Ignoring cpu_period: cpus is given');
		delete fields.cpuPeriod;
	}
	const swap = fields.memswapLimit;
	if (swap !== undefined && swap !== -1 && !(fields.memLimit && fields.memLimit <= swap)) {
		place.key('memswap_limit').note('Ignoring memswap_limit: it needs a mem_limit that is not more');
		delete fields.memswapLimit;
	}
	if (fields.uts !== undefined && (fields.hostname || fields.networkMode === 'host')) {
		place.key('uts').note('Ignoring uts: the container has a hostname of its own');
		delete fields.uts;
	}
	if (fields.cgroup === 'private' && fields.privileged === true) {
		place.key('cgroup').note('Ignoring cgroup: a privileged container has the cgroups of the host');
		delete fields.cgroup;
	}
	return { fields, others };
}

/** Zero is no limit. */
function isBelow(limit: number | undefined, reservation: number | undefined): boolean {
	return !!limit && !!reservation && limit < reservation;
}

function withoutAbsent(fields: SetFields): SetFields {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
