import { SystemBusError, type SystemBusErrorCode } from '../../ports/system-units.ts';
import type { BusCall } from './bus-call.ts';

/** The error that a service, or the bus in its place, has answered. */
interface ErrorReply {
	readonly type: string;
	readonly text: string;
}

const BUS = 'org.freedesktop.DBus.Error';

export function toBusError(reply: ErrorReply, call: BusCall): SystemBusError {
	const what = `${call.member} of ${call.destination}`;
	return new SystemBusError(
		codeOf(reply.type),
		`the system bus did not carry out ${what}: ${reply.text || reply.type}`,
		{
			cause: reply,
		},
	);
}

function codeOf(type: string): SystemBusErrorCode {
	// The second: the object of a unit that systemd has forgotten.
	if (type === 'org.freedesktop.systemd1.NoSuchUnit' || type === `${BUS}.UnknownObject`) {
		return 'unit-missing';
	}
	if (type === 'org.freedesktop.systemd1.UnitExists') {
		return 'unit-exists';
	}
	// The bus could not start the service.
	if (type === `${BUS}.ServiceUnknown` || type === `${BUS}.NameHasNoOwner` || type.startsWith(`${BUS}.Spawn.`)) {
		return 'bus-service-missing';
	}
	// The service left the bus before it answered, or the bus timed out.
	return [`${BUS}.NoReply`, `${BUS}.Timeout`, `${BUS}.TimedOut`].includes(type) ? 'bus-no-answer' : 'bus-refused';
}
