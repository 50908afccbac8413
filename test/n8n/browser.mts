/** Chromium, driven by playwright-core from the lockfile in test/e2e. It reaches 127.0.0.1 and nothing else. */
import { debianProgram } from '../lib/debianPackages.mts';
import { loadDriver } from '../lib/drivers.mts';

/** A laptop's window; its pictures are sharp in a README at half their width. */
export const WINDOW = { width: 1440, height: 900 };
const PIXEL_RATIO = 1.5;

/** What the tests use of Playwright, which is not installed where types are checked. */
export interface Locator {
	click(options?: { force?: boolean; timeout?: number; position?: { x: number; y: number } }): Promise<void>;
	dblclick(): Promise<void>;
	hover(): Promise<void>;
	fill(text: string): Promise<void>;
	press(key: string): Promise<void>;
	setInputFiles(file: string): Promise<void>;
	waitFor(options?: { state?: 'visible' | 'hidden' | 'attached'; timeout?: number }): Promise<void>;
	isVisible(): Promise<boolean>;
	count(): Promise<number>;
	allInnerTexts(): Promise<string[]>;
	innerText(): Promise<string>;
	inputValue(): Promise<string>;
	getAttribute(name: string): Promise<string | null>;
	/** What the browser tells a screen reader of it, as YAML. */
	ariaSnapshot(): Promise<string>;
	screenshot(options: { path: string }): Promise<unknown>;
	first(): Locator;
	last(): Locator;
	nth(index: number): Locator;
	all(): Promise<Locator[]>;
	locator(selector: string): Locator;
	getByText(text: string | RegExp, options?: { exact?: boolean }): Locator;
	getByRole(role: string, options?: { name?: string | RegExp; exact?: boolean }): Locator;
	getByTestId(id: string): Locator;
	filter(options: { hasText?: string | RegExp; has?: Locator }): Locator;
	evaluate<T>(script: (element: HTMLElementLike) => T): Promise<T>;
}

/** A page's element, as far as a script in the page needs it. */
interface HTMLElementLike {
	complete?: boolean;
	naturalWidth?: number;
	scrollWidth: number;
	clientWidth: number;
}

/** A part of a page, in its pixels. */
export interface Clip {
	x: number;
	y: number;
	width: number;
	height: number;
}

export interface Page {
	goto(url: string): Promise<unknown>;
	evaluate<T>(script: string): Promise<T>;
	locator(selector: string): Locator;
	getByTestId(id: string): Locator;
	getByText(text: string | RegExp, options?: { exact?: boolean }): Locator;
	getByRole(role: string, options?: { name?: string | RegExp; exact?: boolean }): Locator;
	screenshot(options: { path: string; clip?: Clip }): Promise<unknown>;
	setViewportSize(size: { width: number; height: number }): Promise<void>;
	waitForTimeout(ms: number): Promise<void>;
	keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
	setDefaultTimeout(ms: number): void;
	on(event: 'pageerror', listener: (error: Error) => void): void;
	on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void;
}

interface Route {
	request(): { url(): string };
	continue(): Promise<void>;
	abort(): Promise<void>;
}

export interface BrowserContext {
	newPage(): Promise<Page>;
	addCookies(cookies: object[]): Promise<void>;
	addInitScript(script: { content: string }): Promise<void>;
	route(pattern: string, handler: (route: Route) => Promise<void>): Promise<void>;
	close(): Promise<void>;
}

interface Chromium {
	newContext(options: object): Promise<BrowserContext>;
	close(): Promise<void>;
}

interface Playwright {
	chromium: { launch(options: object): Promise<Chromium> };
	selectors: { setTestIdAttribute(name: string): void };
}

export interface Browser {
	/** A fresh window in a colour scheme. */
	window(colorScheme: 'light' | 'dark'): Promise<BrowserContext>;
	/** Addresses outside this machine that pages asked for and did not get. */
	readonly refused: string[];
	close(): Promise<void>;
}

const isLocal = (url: string) =>
	/^(data|blob):/.test(url) || ['127.0.0.1', 'localhost'].includes(new URL(url).hostname);

/** Starts Chromium; installs it and its driver where they are missing. */
export async function openBrowser(): Promise<Browser> {
	const executablePath = await debianProgram('chromium');
	const { chromium, selectors } = await loadDriver<Playwright>('playwright-core');
	selectors.setTestIdAttribute('data-test-id');
	const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
	const refused: string[] = [];
	return {
		refused,
		window: async (colorScheme) => {
			const context = await browser.newContext({
				viewport: WINDOW,
				deviceScaleFactor: PIXEL_RATIO,
				colorScheme,
				locale: 'en-US',
				timezoneId: 'UTC',
			});
			await context.route('**/*', async (route) => {
				const url = route.request().url();
				if (isLocal(url)) return await route.continue();
				refused.push(url);
				await route.abort();
			});
			return context;
		},
		close: async () => await browser.close(),
	};
}
