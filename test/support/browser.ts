import axe, { type AxeResults } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { findCommand } from '../../tools/device/index.ts';

const ARGUMENTS = [
	...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
	...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** `undefined`: this machine has no Chromium. */
export async function openBrowser(): Promise<Browser | undefined> {
	const executablePath = findCommand('chromium');
	return executablePath === undefined ? undefined : chromium.launch({ executablePath, args: ARGUMENTS });
}

/** What the page has done that it must not do: errors, requests to elsewhere, keys in addresses, cookies. */
export class PageWatch {
	readonly #page: Page;
	readonly #problems: string[] = [];

	constructor(page: Page, { url, key }: { readonly url: string; readonly key: string }) {
		this.#page = page;
		page.on('pageerror', (error) => this.#problems.push(error.message));
		page.on('console', (message) => {
			// Chromium logs answers of 4xx, and connections that are refused, by itself.
			if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
				this.#problems.push(message.text());
		});
		page.on('request', (request) => {
			const address = request.url();
			if (address.includes(key)) this.#problems.push(`the key is in ${address}`);
			if (!address.startsWith(`${url}/`) && !address.startsWith('blob:')) this.#problems.push(`it asks ${address}`);
		});
	}

	async problems(): Promise<readonly string[]> {
		const cookies = await this.#page.context().cookies();
		return [...this.#problems, ...cookies.map(({ name }) => `cookie ${name}`)];
	}
}

/** What axe-core finds that is serious or worse, as lines. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
	await page.evaluate(axe.source); // as a debugger does it: the policy of the page allows no other script
	const { violations } = await page.evaluate<AxeResults>('axe.run()');
	return violations
		.filter(({ impact }) => impact === 'serious' || impact === 'critical')
		.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`));
}

/** Presses Tab until the element has the focus, as a person without a mouse does. */
export async function tabTo(page: Page, selector: string, presses = 40): Promise<void> {
	for (let press = 0; press < presses; press++) {
		await page.keyboard.press('Tab');
		if ((await page.locator(`${selector}:focus`).count()) > 0) return;
	}
	throw new Error(`${presses} presses of Tab did not reach ${selector}`);
}
