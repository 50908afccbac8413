/** n8n's editor in a browser window, in the words of somebody who uses it. */
import type { BrowserContext, Browser, Locator, Page } from './browser.mts';
import { until } from '../lib/until.mts';
import type { N8nRest } from './n8nRest.mts';

/** The editor's panels slide; a click or a picture in the middle of it goes wrong. */
const SLIDE_MS = 700;

/** First load of the editor on busy cores. */
const PATIENCE_MS = 60_000;

export class Editor {
	readonly page: Page;
	readonly #context: BrowserContext;
	readonly #url: string;
	/** Errors that the page threw. */
	readonly errors: string[] = [];

	private constructor(page: Page, context: BrowserContext, url: string) {
		this.page = page;
		this.#context = context;
		this.#url = url;
		page.on('pageerror', (error) => this.errors.push(error.message));
	}

	/** A window in which the owner is signed in. */
	static async open(browser: Browser, rest: N8nRest, colorScheme: 'light' | 'dark' = 'light'): Promise<Editor> {
		const context = await browser.window(colorScheme);
		const [name, ...value] = rest.cookie.split('=');
		await context.addCookies([{ name, value: value.join('='), url: rest.url }]);
		await context.addInitScript({ content: `localStorage.setItem('n8n-browserId', '${rest.browserId}')` });
		const page = await context.newPage();
		page.setDefaultTimeout(PATIENCE_MS);
		return new Editor(page, context, rest.url);
	}

	byId(id: string): Locator {
		return this.page.getByTestId(id);
	}

	/** The opened node's dialog. */
	get node(): Locator {
		return this.byId('ndv');
	}

	get output(): Locator {
		return this.byId('output-panel');
	}

	async settle(): Promise<void> {
		await this.page.waitForTimeout(SLIDE_MS);
	}

	/** A new workflow with a manual trigger, and the list of nodes open beside it. */
	async newWorkflow(): Promise<void> {
		await this.page.goto(`${this.#url}/workflow/new`);
		await this.byId('canvas-plus-button').first().click();
		await this.byId('node-creator-search-bar').fill('manual');
		await this.settle();
		await this.byId('node-creator-item-name').first().click();
		await this.settle();
		await this.byId('node-creator-plus-button').click();
		await this.settle();
	}

	async openWorkflow(id: string): Promise<void> {
		await this.page.goto(`${this.#url}/workflow/${id}`);
		await this.byId('canvas-node').first().waitFor();
		await this.settle();
	}

	/**
	 * ⋯ → Import → From file in a new workflow, then saved; gives its id.
	 * @param file path of the workflow
	 */
	async importFile(file: string): Promise<string> {
		await this.page.goto(`${this.#url}/workflow/new`);
		await this.byId('canvas-plus-button').first().waitFor();
		await this.byId('workflow-menu').first().click();
		await this.settle();
		// n8n 2 has a list below Import.
		const importEntry = this.byId('workflow-menu-item-import');
		if ((await importEntry.count()) > 0) await importEntry.first().hover();
		await this.settle();
		await this.byId('workflow-menu-item-import-from-file').first().click();
		await this.byId('workflow-import-input').first().setInputFiles(file);
		await this.byId('canvas-node').first().waitFor();
		await this.settle();
		await this.page.keyboard.press('Control+s');
		return await until('the saved workflow', async () => {
			const path = await this.page.evaluate<string>('location.pathname');
			const [, id] = /\/workflow\/([^/?]+)/.exec(path) ?? [];
			return id !== undefined && id !== 'new' && (await this.#isSaved(id)) && id;
		});
	}

	/** In newer versions a workflow has its id before it is saved. */
	async #isSaved(id: string): Promise<boolean> {
		const script = `fetch('/rest/workflows/${id}', { headers: { 'browser-id': localStorage['n8n-browserId'] ?? '' } })
			.then(async (answer) => answer.ok && (await answer.json()).data.nodes.length > 0)`;
		return await this.page.evaluate<boolean>(script);
	}

	async openNode(name: string): Promise<void> {
		await this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`).first().dblclick();
		await this.node.waitFor();
		await this.settle();
	}

	async closeNode(): Promise<void> {
		// n8n 1 has a link over the canvas instead of a button in the dialog.
		await this.page.locator('[data-test-id="ndv-close-button"], [data-test-id="back-to-canvas"]').first().click();
		await this.settle();
	}

	/** Opens the form of a new credential from a node that has none. */
	async newCredential(): Promise<void> {
		const button = this.byId('node-credentials-empty-state');
		if ((await button.count()) > 0) return await button.click();
		// n8n 1 and 2.0 have a list in its place.
		await this.byId('node-credentials-select').first().click();
		await this.byId('node-credentials-select-item-new').first().click();
	}

	/** What the list of nodes finds for some words. */
	async search(words: string): Promise<string[]> {
		await this.byId('node-creator-search-bar').fill(words);
		await this.settle();
		return await this.byId('node-creator-item-name').allInnerTexts();
	}

	/** Chooses an entry of the list that is open. */
	async choose(name: string): Promise<void> {
		const visible = ['parameter-input-item', 'collection-parameter-option']
			.map((id) => `[data-test-id="${id}"]:visible`)
			.join(', ');
		await this.page.locator(visible).filter({ hasText: name }).first().click();
		await this.settle();
	}

	/** Chooses in a parameter's list of options. */
	async select(parameter: string, option: string, within: Locator = this.node): Promise<void> {
		await within.getByTestId(`parameter-input-${parameter}`).first().click();
		await this.settle();
		await this.choose(option);
	}

	async fill(parameter: string, text: string, within: Locator = this.node): Promise<void> {
		await within.getByTestId(`parameter-input-${parameter}`).locator('input, textarea').first().fill(text);
	}

	/** Opens the list of a collection ("Add Option") and gives its entries. */
	async openCollection(button: string): Promise<string[]> {
		await this.node.locator(`input[placeholder="${button}"]`).first().click();
		await this.settle();
		return await this.page.locator('[data-test-id="collection-parameter-option"]:visible').allInnerTexts();
	}

	/** The names of all parameters that the opened node shows; of collections, the words on their buttons. */
	async shownParameters(): Promise<string[]> {
		const parameters = this.node.locator('[data-test-id="node-parameters"]');
		const attributes = async (selector: string, name: string) => {
			const found = await parameters.locator(selector).all();
			return await Promise.all(found.map(async (one) => String(await one.getAttribute(name))));
		};
		const ids = await attributes('[data-test-id^="parameter-input-"]:visible', 'data-test-id');
		const lists = await attributes('input[placeholder^="Add "]:visible', 'placeholder');
		// A collection with a single option has a plain button instead of a list.
		const buttons = await parameters.getByRole('button', { name: /^Add .*Option$/ }).allInnerTexts();
		const names = ids.map((id) => id.replace('parameter-input-', '')).filter((name) => name !== 'field');
		return [...new Set([...names, ...lists, ...buttons.map((words) => words.trim())])];
	}

	async execute(): Promise<void> {
		await this.byId('node-execute-button').click();
	}

	/** Stops the execution of the opened node and waits until the editor says so. */
	async stop(): Promise<void> {
		const inNode = this.byId('ndv-stop-execution-button');
		const isInNode = (await inNode.count()) > 0;
		// n8n 1 stops on the canvas only.
		if (!isInNode) await this.closeNode();
		const button = isInNode ? inNode : this.byId('stop-execution-button');
		await button.click();
		await button.waitFor({ state: 'hidden' });
	}

	/** Executes the opened node and waits until its output is there. */
	async executeToEnd(): Promise<void> {
		await this.execute();
		// The mark beside "Output" stays; the message in the corner may have gone before anybody looks for it.
		await this.output.locator('[data-test-id^="node-run-status-"]').first().waitFor();
		await this.settle();
	}

	async picture(path: string): Promise<void> {
		await this.settle();
		await this.page.screenshot({ path });
	}

	/** Takes the small messages in the corner away. */
	async closeMessages(): Promise<void> {
		for (const close of await this.page.locator('.el-notification__closeBtn:visible').all()) await close.click();
		await this.settle();
	}

	async close(): Promise<void> {
		await this.#context.close();
	}
}
