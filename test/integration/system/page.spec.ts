import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { findBarriers, openBrowser, PageWatch, tabTo } from '../../support/browser.ts';
import { CleanUp } from '../../support/clean-up.ts';
import { containersByService } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const PICTURES = [
	['device', 'light'],
	['apps', 'dark'],
] as const;
const WAIT_MS = 15_000;
const VIEWS = [
	['device', 'Device'],
	['apps', 'Apps and services'],
	['logs', 'Logs'],
	['history', 'History'],
	['plan', 'Plan'],
] as const;

/** Without a terminal: with one there is but one output. */
const shell = (script: string) => ({ command: ['sh', '-c', script], tty: false });
const COMPOSITIONS = {
	web: shell('n=0; while sleep 0.2; do n=$((n+1)); echo "request $n"; done'),
	till: shell('echo "till is open"; echo "no paper" >&2; sleep 86400'),
};

describe('the page of a device in a browser', function () {
	this.timeout(60_000);
	let scene: Scene;
	const cleanUp = new CleanUp();
	let page: Page;
	let key: string;
	let watch: PageWatch;

	before(async function () {
		const browser = await openBrowser();
		if (browser === undefined) {
			console.log('skipped: this machine has no Chromium (apt-get install chromium)');
			this.skip();
		}
		cleanUp.add(() => browser.close());
		scene = await setScene();
		cleanUp.add(() => scene.dispose());
		const { device, images } = scene;
		await device.start();
		await scene.apply({ web: images[0], till: images[1] }, { compositions: COMPOSITIONS });
		key = await device.apiKey();
		page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
		page.setDefaultTimeout(WAIT_MS);
		watch = new PageWatch(page, { url: device.url, key });
	});
	after(() => cleanUp.run());

	const open = (view: string) => page.locator(`nav a[href="#/${view}"]`).click();
	const service = (name: string) => page.locator(`[data-service="${name}"]`);

	it('v3-api #8: asks for the key, says when it is wrong, and keeps it in the tab only', async () => {
		await page.goto(`${scene.device.url}/`);
		await page.getByLabel('Key').fill('0'.repeat(32));
		await page.keyboard.press('Enter');
		await page.getByRole('alert').filter({ hasText: 'does not know this key' }).waitFor();
		expect(await findBarriers(page)).to.deep.equal([]);
		await page.getByLabel('Key').fill(key);
		await page.keyboard.press('Enter');
		await page.locator('.sentence').waitFor();
		expect(await page.evaluate('[localStorage.length, document.cookie, sessionStorage.length]')).to.deep.equal([
			0,
			'',
			1,
		]);
		await page.reload();
		await page.locator('.sentence').waitFor();
	});

	it('v3-api #8: has views that the keyboard reaches, that a screen reader can read, that fit 320 pixels', async () => {
		for (const [name, title] of VIEWS) {
			await tabTo(page, `nav a[href="#/${name}"]`);
			await page.keyboard.press('Enter');
			await page.getByRole('heading', { level: 1, name: title }).waitFor();
			for (const colorScheme of ['light', 'dark'] as const) {
				await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
				expect(await findBarriers(page), `${name}, ${colorScheme}`).to.deep.equal([]);
			}
			await page.setViewportSize({ width: 320, height: 600 });
			expect(await page.evaluate('document.documentElement.scrollWidth'), name).to.equal(320);
			await page.setViewportSize({ width: 1000, height: 700 });
		}
	});

	it('v3-api #8: shows an update while it happens', async () => {
		await open('apps');
		const release = await scene.release(
			{ web: scene.images[2], till: scene.images[1] },
			{ compositions: COMPOSITIONS },
		);
		await scene.device.update();
		await service('web')
			.filter({ hasText: `release ${release.commit.slice(0, 7)}` })
			.waitFor();
		await service('web').filter({ hasText: 'Running' }).waitFor();
	});

	it('v3-api #8: follows the logs of all services or of one, searches, pauses and downloads them', async () => {
		await open('logs');
		const lines = page.getByRole('log');
		await lines.getByText('request 3', { exact: true }).first().waitFor();
		await lines.locator('.error').getByText('no paper').waitFor();
		await page.getByLabel('Search').fill('TILL is');
		await lines.getByText('request').first().waitFor({ state: 'detached' });
		await page.getByLabel('Search').fill('');
		await page.getByLabel('Service').selectOption({ label: 'web' });
		await lines.getByText('request').first().waitFor();
		expect(await lines.getByText('till is open').count()).to.equal(0);
		await page.getByRole('button', { name: 'Pause' }).click();
		const text = await lines.innerText();
		const [file] = await Promise.all([
			page.waitForEvent('download'),
			page.getByRole('button', { name: 'Download' }).click(),
		]);
		expect(file.suggestedFilename()).to.equal('web.log');
		expect(readFileSync(await file.path(), 'utf8')).to.match(/^\d{4}-.*Z web: request \d+$/m);
		await sleep(500);
		expect(await lines.innerText()).to.equal(text);
		await page.getByRole('button', { name: 'Continue' }).click();
		const last = text.trim().split(' ').at(-1) ?? '';
		await lines
			.getByText(`request ${Number(last) + 2}`, { exact: true })
			.first()
			.waitFor();
	});

	it('v3-api #8: shows what has happened, and what would happen', async () => {
		await open('history');
		await page.getByLabel('Kind').selectOption('release');
		await page
			.locator('.history li')
			.filter({ hasText: /done|runs|release/i })
			.first()
			.waitFor();
		await open('plan');
		await page.getByText('There is nothing to do.').waitFor();
	});

	it('v3-api #8: restarts a service when the question is answered with yes, by keyboard', async () => {
		await open('apps');
		const started = async () => (await containersByService(scene.engine))['till']?.State.StartedAt;
		const before = await started();
		await tabTo(page, '[data-service="till"] button');
		await page.keyboard.press('Enter');
		const question = page.getByRole('dialog', { name: 'Restart till' });
		await question.waitFor();
		expect(await findBarriers(page)).to.deep.equal([]);
		await page.keyboard.press('Escape');
		await question.waitFor({ state: 'detached' });
		expect(await started()).to.equal(before);
		await page.keyboard.press('Enter'); // the focus is on its button again
		await question.getByRole('button', { name: 'Restart till' }).click();
		await service('till').getByText('Restart till: done.').waitFor();
		expect(await started()).not.to.equal(before);
	});

	it('v3-api #8: stops and starts a service', async () => {
		await service('till').getByRole('button', { name: 'Stop till' }).click();
		await page.getByRole('dialog').getByRole('button', { name: 'Stop till' }).click();
		await service('till').getByText('Stop till: done.').waitFor();
		await service('till').getByText('Exited').waitFor();
		await service('till').getByRole('button', { name: 'Start till', exact: true }).click();
		await service('till').getByText('Start till: done.').waitFor();
		await service('till').getByText('Running').waitFor();
	});

	it('v3-api #8: has its picture taken for the documents, when asked', async function () {
		if (process.env['SCREENSHOTS'] === undefined) this.skip();
		// Above what would name the machine of the test.
		await page.setViewportSize({ width: 900, height: 420 });
		for (const [view, colorScheme] of PICTURES) {
			await page.emulateMedia({ colorScheme });
			await open(view);
			await sleep(6000); // two samples make a line
			await page.screenshot({ path: join(PROJECT, `docs/screenshots/page-${view}.png`) });
		}
		await page.setViewportSize({ width: 1000, height: 700 });
	});

	it('v3-api #8: says that the supervisor is away, and connects again by itself', async () => {
		await open('device');
		await scene.device.kill('SIGKILL');
		await page.getByRole('status').filter({ hasText: 'does not answer' }).waitFor();
		await page.locator('.sentence').waitFor(); // what was known stays
		await scene.device.start();
		await page.locator('.banner.live').waitFor({ state: 'attached' });
	});

	it('v3-api #8: asks its device alone, and has the key in no address and no cookie', async () => {
		expect(await watch.problems()).to.deep.equal([]);
	});
});
