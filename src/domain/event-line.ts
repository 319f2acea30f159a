/** What may be told of an event; keys and values of users are not (spec: cloud-api 18). */
const SHOWN = ['appId', 'force', 'services', 'delay', 'error', 'interval', 'image'] as const;

type EventProperties = Readonly<Partial<Record<(typeof SHOWN)[number], unknown>>>;

/** A line of the process log that support looks for: `Event: Reboot {}`. Nothing of it leaves the device. */
export function eventLine(name: string, properties: EventProperties = {}): string {
	const shown = SHOWN.filter((key) => properties[key] !== undefined).map((key) => [key, properties[key]] as const);
	return `Event: ${name} ${JSON.stringify(Object.fromEntries(shown))}`;
}
