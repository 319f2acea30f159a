import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { LedFile } from '../../../../src/adapters/host/index.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { makeTempDirectory } from '../sqlite/raw-database.ts';

const NO_CONNECTION = { blinks: 4, pauseMs: 1000 };

describe('the LED', () => {
	let directory: Awaited<ReturnType<typeof makeTempDirectory>>;
	let path: string;
	let clock: RecordingClock;
	let led: LedFile;

	/** Notes what the LED shows while its pattern waits. */
	class RecordingClock extends VirtualClock {
		readonly shown: string[] = [];

		override sleep(ms: number, signal: AbortSignal): Promise<void> {
			if (ms < 15_000 && !signal.aborted) this.shown.push(`${readFileSync(path, 'utf8')} ${ms}`);
			return super.sleep(ms, signal);
		}
	}

	beforeEach(async () => {
		directory = await makeTempDirectory();
		path = `${directory.path}/brightness`;
		await writeFile(path, 'x');
		clock = new RecordingClock();
		led = new LedFile(path, clock);
	});

	afterEach(async () => {
		await led.stop();
		await directory.remove();
	});

	/** The next phases of the pattern. Files take their own time, of which the virtual clock knows nothing. */
	async function phases(count: number): Promise<readonly string[]> {
		const from = clock.shown.length;
		for (let phase = from + 1; phase <= from + count; phase++) {
			if (phase > 1) await clock.advance(Number(clock.shown.at(-1)?.split(' ')[1]));
			await until(() => clock.shown.length >= phase);
		}
		return clock.shown.slice(from);
	}

	async function until(condition: () => boolean): Promise<void> {
		for (let turn = 0; turn < 1000 && !condition(); turn++) await setTimeout(1);
		expect(condition()).to.equal(true);
	}

	/** The pattern ends with this phase. */
	async function expectEnd(): Promise<void> {
		const { length } = clock.shown;
		await clock.advance(200);
		await until(() => readFileSync(path, 'utf8') === '0');
		for (let turn = 0; turn < 20; turn++) await clock.advance(1000);
		expect(clock.shown).to.have.length(length);
		expect(readFileSync(path, 'utf8')).to.equal('0');
	}

	it('device-api #78: blinks every 200 ms, and is dark after 15 s', async () => {
		led.blink();
		const shown = await phases(75);
		expect(shown).to.deep.equal(Array.from({ length: 75 }, (_, at) => (at % 2 === 0 ? '1 200' : '0 200')));
		expect(clock.now()).to.equal(14_800);
		await expectEnd();
	});

	it('device-api #78: a device without one does the same', async () => {
		await led.stop();
		led = new LedFile(`${directory.path}/none`, clock);
		led.blink();
		expect(await phases(75)).to.have.length(75);
		await clock.advance(5000);
		expect(clock.shown).to.have.length(75);
		expect(existsSync(`${directory.path}/none`)).to.equal(false);
	});

	it('host #33: shows four blinks and a pause until it is stopped', async () => {
		led.start(NO_CONNECTION);
		const round = [...Array.from({ length: 4 }, () => ['1 200', '0 200']).flat(), '0 1000'];
		expect(await phases(18)).to.deep.equal([...round, ...round]);
		await phases(1);
		expect(readFileSync(path, 'utf8')).to.equal('1');
		await led.stop();
		expect(readFileSync(path, 'utf8')).to.equal('0');
		await clock.advance(5000);
		expect(clock.shown).to.have.length(19);
	});

	it('shows one pattern at a time', async () => {
		led.start(NO_CONNECTION);
		led.start({ blinks: 1, pauseMs: 3000 });
		expect((await phases(9)).at(-1)).to.equal('0 1000');
	});

	it('device-api #78: a running pattern continues when the device is identified, and ends after 15 s', async () => {
		led.start(NO_CONNECTION);
		led.blink();
		expect((await phases(9)).at(-1)).to.equal('0 1000');
		// Five rounds of 2600 ms; then, after 2000 ms of the sixth, the pause.
		await phases(5 * 9);
		expect(clock.now()).to.equal(14_600);
		await clock.advance(400);
		await expectEnd();
	});

	it('blinks on for another 15 s when it is asked again', async () => {
		led.blink();
		await phases(50);
		led.blink();
		expect(clock.now()).to.equal(9800);
		await phases(74);
		expect(clock.now()).to.equal(24_600);
		await expectEnd();
	});

	it('begins a pattern that follows another at once when the other has ended', async () => {
		led.blink();
		await phases(3);
		void led.stop();
		led.start(NO_CONNECTION);
		expect(await phases(9)).to.deep.equal([...Array.from({ length: 4 }, () => ['1 200', '0 200']).flat(), '0 1000']);
		await clock.advance(1000);
		await phases(20);
		expect(clock.now(), 'it runs on').to.be.greaterThan(5000);
	});
});
