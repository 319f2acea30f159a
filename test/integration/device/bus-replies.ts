import * as dbus from 'dbus-next';

/** As systemd names the object of a unit. */
export function pathOf(unit: string): string {
	return `/org/freedesktop/systemd1/unit/${unit.replace(/[^A-Za-z0-9]/g, (char) => `_${char.charCodeAt(0).toString(16)}`)}`;
}

/** The types of the library take a text where it needs the message. */
export function newError(message: dbus.Message, name: string, text: string): dbus.Message {
	return dbus.Message.newError(message as unknown as string, name, text);
}
