/** n8n's editor with a world behind it: what every test file in the editor begins and ends with. */
import { join } from 'node:path';

import { type Browser, openBrowser } from '../n8n/browser.mts';
import { Editor } from '../n8n/editor.mts';
import type { N8nRest } from '../n8n/n8nRest.mts';
import { World } from './world.mts';

/** A folder for pictures of all tests; without it only those that fail leave one. */
const PICTURES = process.env.RUNCOMFY_E2E_PICTURES;

export class EditorScene {
	readonly world: World;
	readonly rest: N8nRest;
	readonly browser: Browser;
	readonly editor: Editor;

	private constructor(world: World, rest: N8nRest, browser: Browser, editor: Editor) {
		this.world = world;
		this.rest = rest;
		this.browser = browser;
		this.editor = editor;
	}

	static async open(options: Parameters<typeof World.open>[0]): Promise<EditorScene> {
		const world = await World.open(options);
		const { rest } = await world.start();
		const browser = await openBrowser();
		return new EditorScene(world, rest, browser, await Editor.open(browser, rest));
	}

	/** Takes a picture, if pictures are wanted, or of a failure. */
	async picture(name: string, isFailure = false): Promise<void> {
		const folder = PICTURES ?? (isFailure ? this.world.folder : undefined);
		if (folder === undefined) return;
		await this.editor.picture(join(folder, `${name.replaceAll(/\W+/g, '-').slice(0, 60)}.png`));
	}

	/** Notes how a test ended. `context`: what node:test gives its hooks. */
	async noteEnd(context: object): Promise<void> {
		const { passed, name } = context as { passed?: boolean; name: string };
		this.world.noticed({ passed });
		await this.picture(`${passed === false ? 'failed-' : ''}${name}`, passed === false);
	}

	async close(): Promise<void> {
		await this.browser.close();
		await this.world.close();
	}
}
