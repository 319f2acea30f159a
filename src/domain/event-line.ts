/** Properties that may be logged; keys and values of users never are (spec: cloud-api 18). */
const SHOWN = ['appId', 'force', 'services', 'delay', 'error', 'interval', 'image'] as const;

type EventProperties = Readonly<Partial<Record<(typeof SHOWN)[number], unknown>>>;

/** A line of the process log that support searches for: `Event: Reboot {}`. It stays on the device. */
export function eventLine(name: string, properties: EventProperties = {}): string {
	const shown = SHOWN.filter((key) => properties[key] !== undefined).map((key) => [key, properties[key]] as const);
	return `Event: ${name} ${JSON.stringify(Object.fromEntries(shown))}`;
}
