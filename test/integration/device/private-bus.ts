import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as dbus from 'dbus-next';
import { findCommand } from '../../../tools/device/index.ts';
import { newError, pathOf } from './bus-replies.ts';
import { FakeTransientUnits } from './fake-transient-units.ts';

/** A bus of its own for a test: nothing of the machine is asked or changed. */
export class PrivateBus {
	readonly address: string;
	readonly #socket: string;
	readonly #config: string;
	#daemon: ChildProcess | undefined;

	constructor(directory: string) {
		this.#socket = `${directory}/bus`;
		this.#config = `${directory}/bus.conf`;
		this.address = `unix:path=${this.#socket}`;
	}

	/** Ready when it returns. */
	async start(options: { readonly auth?: string; readonly connectionsMax?: number } = {}): Promise<void> {
		const { auth = 'EXTERNAL', connectionsMax = 100 } = options;
		writeFileSync(
			this.#config,
			`<busconfig>
				<type>session</type><listen>${this.address}</listen><auth>${auth}</auth>
				<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
				<limit name="max_completed_connections">${connectionsMax}</limit>
			</busconfig>`,
		);
		const daemon = spawn(
			findCommand('dbus-daemon') ?? 'dbus-daemon',
			[`--config-file=${this.#config}`, '--nofork', '--nopidfile', '--print-address'],
			{ stdio: ['ignore', 'pipe', 'ignore'] },
		);
		this.#daemon = daemon;
		const [said] = (await Promise.race([once(createInterface(daemon.stdout), 'line'), once(daemon, 'exit')])) as [
			unknown,
		];
		if (typeof said !== 'string')
			throw new Error('dbus-daemon has ended: run it with the file of this class to see why');
	}

	async stop(): Promise<void> {
		const daemon = this.#daemon;
		this.#daemon = undefined;
		if (daemon !== undefined) {
			daemon.kill('SIGKILL');
			await once(daemon, 'exit');
			rmSync(this.#socket, { force: true });
		}
	}
}

/** Plays logind and systemd on a bus, and writes down what it is asked. */
export class FakeHostServices {
	/** `Reboot(false)`, `StartUnit("a.service","fail")` … */
	readonly calls: string[] = [];
	/** Of those that are loaded. A call that names `stuck.service` is never answered. */
	readonly activeStates = new Map<string, string>();
	/** Units whose stop also stops others; without an entry, no unit depends on it. */
	readonly partOf = new Map<string, readonly string[]>();
	/** From now on no call is answered. */
	isSilent = false;
	/** What logind answers to a reboot and a shutdown instead of doing it. */
	refusal: { readonly name: string; readonly text: string } | undefined;
	/** Connections that have called. */
	readonly callers = new Set<string>();
	readonly transient: FakeTransientUnits;
	readonly #bus: dbus.MessageBus;

	private constructor(address: string) {
		this.#bus = dbus.sessionBus({ busAddress: address });
		this.transient = new FakeTransientUnits(this.#bus);
		this.#bus.on('error', () => undefined); // the test ends the bus when it likes
		this.#bus.addMethodHandler((message: dbus.Message) => this.#handle(message));
	}

	static async start(address: string): Promise<FakeHostServices> {
		const services = new FakeHostServices(address);
		for (const name of ['org.freedesktop.login1', 'org.freedesktop.systemd1']) {
			await services.#bus.requestName(name, 0);
		}
		return services;
	}

	stop(): void {
		this.#bus.disconnect();
	}

	/** Unique names on the bus: how many are connected, this one included. */
	async countConnections(): Promise<number> {
		const reply = await this.#bus.call(
			new dbus.Message({
				destination: 'org.freedesktop.DBus',
				path: '/org/freedesktop/DBus',
				interface: 'org.freedesktop.DBus',
				member: 'ListNames',
			}),
		);
		const [names] = (reply?.body ?? []) as [readonly string[]];
		return names.filter((name) => name.startsWith(':')).length;
	}

	#handle(message: dbus.Message): boolean {
		const args = message.body.map((each: unknown) => JSON.stringify(each)).join();
		this.calls.push(`${message.member}(${args})`);
		this.callers.add(message.sender);
		const [unit] = message.body as [unknown];
		if (this.isSilent || unit === 'stuck.service') return true;
		if (unit === 'leaving.service') {
			this.stop();
			return true;
		}
		this.#bus.send(this.transient.answer(message) ?? this.#answer(message, String(unit)));
		return true;
	}

	#answer(message: dbus.Message, unit: string): dbus.Message {
		const place = `${message.path} ${message.interface}.${message.member}`;
		switch (place) {
			case '/org/freedesktop/login1 org.freedesktop.login1.Manager.Reboot':
			case '/org/freedesktop/login1 org.freedesktop.login1.Manager.PowerOff':
				return this.refusal === undefined
					? dbus.Message.newMethodReturn(message)
					: newError(message, this.refusal.name, this.refusal.text);
			case '/org/freedesktop/systemd1 org.freedesktop.systemd1.Manager.StartUnit':
			case '/org/freedesktop/systemd1 org.freedesktop.systemd1.Manager.StopUnit':
			case '/org/freedesktop/systemd1 org.freedesktop.systemd1.Manager.RestartUnit':
				return this.#answerForUnit(message, unit, '/org/freedesktop/systemd1/job/1');
			case '/org/freedesktop/systemd1 org.freedesktop.systemd1.Manager.GetUnit':
				return this.#answerForUnit(message, unit, pathOf(unit));
			default:
				return this.#answerProperty(message);
		}
	}

	#answerForUnit(message: dbus.Message, unit: string, path: string): dbus.Message {
		return this.activeStates.has(unit)
			? dbus.Message.newMethodReturn(message, 'o', [path])
			: newError(message, 'org.freedesktop.systemd1.NoSuchUnit', `Unit ${unit} not loaded.`);
	}

	#answerProperty(message: dbus.Message): dbus.Message {
		const [unit, state] = [...this.activeStates].find(([name]) => pathOf(name) === message.path) ?? [];
		const [, property] = message.body as [unknown, unknown];
		if (unit === undefined || message.interface !== 'org.freedesktop.DBus.Properties') {
			return newError(message, 'org.freedesktop.DBus.Error.AccessDenied', `no ${message.member} for you`);
		}
		const variant =
			property === 'ActiveState'
				? new dbus.Variant('s', state)
				: new dbus.Variant('as', [...(this.partOf.get(unit) ?? [`part-of-${unit}`])]);
		return dbus.Message.newMethodReturn(message, 'v', [variant]);
	}
}
