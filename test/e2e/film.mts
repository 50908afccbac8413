/**
 * Films the editor at work: `npm run film`. A short film goes to demo-output/film.mp4, an animated picture for the README to
 * docs/images/film.webp. Everything in it is the real editor; the pictures are the simulator's, and a line on each frame says so.
 */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { openBrowser, type Page } from '../n8n/browser.mts';
import { Editor } from '../n8n/editor.mts';
import { runCommand } from '../lib/command.mts';
import { debianProgram } from '../lib/debianPackages.mts';
import { productPhoto } from '../lib/photos.mts';
import { say } from '../lib/say.mts';
import { openScratch } from '../lib/scratch.mts';
import { World } from './world.mts';

const ROOT = join(import.meta.dirname, '..', '..');
const FILM = join(ROOT, 'demo-output', 'film.mp4');
const ANIMATION = join(ROOT, 'docs', 'images', 'film.webp');

const PHOTO_URL = 'https://www.example.com/photos/mug.jpg';
const PROMPT = 'on a marble table in soft morning light, a blurred kitchen behind';
const MARK = 'Filmed with the simulator in this repository, not with the real model';

/** So long a caption is left alone with what it speaks of. */
const READING_MS = 2_500;

/** A frame is shown until the next one was taken, but no longer: waiting for n8n is nothing to look at. */
const LONGEST_FRAME_SECONDS = 3;

const SHOWN_OF_A_WAIT_MS = 1_500;

/** The last caption says the most, and the film begins again behind it. */
const ENDING_MS = 4_000;

/** Of the animated picture, in pixels. */
const ANIMATION_WIDTH = 800;

/** Takes one picture after the other for as long as the film runs. */
class Camera {
	readonly #page: Page;
	readonly #folder: string;
	readonly #frames: Array<{ file: string; atMs: number }> = [];
	#isOn = true;
	#isPaused = false;
	readonly #filming: Promise<void>;

	constructor(page: Page, folder: string) {
		this.#page = page;
		this.#folder = folder;
		this.#filming = this.#film();
	}

	async #film(): Promise<void> {
		while (this.#isOn) {
			const file = join(this.#folder, `${String(this.#frames.length).padStart(5, '0')}.png`);
			const atMs = performance.now();
			// While a page is being left there is nothing to take.
			const isTaken =
				!this.#isPaused &&
				(await this.#page.screenshot({ path: file }).then(
					() => true,
					() => false,
				));
			if (isTaken) this.#frames.push({ file, atMs });
			await this.#page.waitForTimeout(100).catch(() => {});
		}
	}

	/** Does something that takes time and shows the beginning of it only: on busy cores n8n takes its time. */
	async shorten(work: () => Promise<void>): Promise<void> {
		const pausing = this.#page.waitForTimeout(SHOWN_OF_A_WAIT_MS).then(() => (this.#isPaused = true));
		await Promise.all([pausing, work()]);
		this.#isPaused = false;
	}

	/** Ends the film; gives the list of its frames as ffmpeg reads it. */
	async cut(): Promise<string> {
		this.#isOn = false;
		await this.#filming;
		const lines = this.#frames.map(({ file, atMs }, index) => {
			const nextMs = this.#frames[index + 1]?.atMs ?? atMs + READING_MS;
			return `file '${file}'\nduration ${Math.min((nextMs - atMs) / 1000, LONGEST_FRAME_SECONDS).toFixed(3)}`;
		});
		const list = join(this.#folder, 'frames.txt');
		writeFileSync(list, `${lines.join('\n')}\nfile '${this.#frames.at(-1)?.file}'\n`);
		return list;
	}
}

/** n8n's own messages come up from the bottom, where the captions are. */
const MESSAGES_ABOVE = '<style>.el-notification { margin-bottom: 64px }</style>';

/** A line over the page: what is going on, and what this is not. */
async function caption({ page }: Editor, words: string): Promise<void> {
	const style =
		'position:fixed;left:0;right:0;bottom:0;z-index:2147483647;pointer-events:none;background:#101330ee;color:#fff;' +
		'font:600 22px Liberation Sans,sans-serif;padding:14px 24px;display:flex;justify-content:space-between;align-items:center';
	await page.evaluate(`(() => {
		document.getElementById('film-caption')?.remove();
		const line = document.createElement('div');
		line.id = 'film-caption';
		line.style.cssText = ${JSON.stringify(style)};
		const [left, right] = [document.createElement('span'), document.createElement('span')];
		left.textContent = ${JSON.stringify(words)};
		right.textContent = ${JSON.stringify(MARK)};
		right.style.cssText = 'font-weight:400;font-size:16px;opacity:.8';
		line.append(left, right);
		document.body.append(line);
	})()`);
	say(words);
	await page.waitForTimeout(READING_MS);
}

/** The web server of the photo, as far as the simulator asks it. */
async function playPhoto(): Promise<void> {
	const photo = await productPhoto();
	const { fetch } = globalThis;
	globalThis.fetch = async (input, init) =>
		input === PHOTO_URL ? new Response(new Uint8Array(photo)) : await fetch(input, init);
}

/** ffmpeg gives the last frame of an animated picture no time to be read. */
function holdLastFrame(webp: string): void {
	const bytes = readFileSync(webp);
	// A frame's chunk: name, size, four measures of three bytes each, and then its duration in milliseconds.
	bytes.writeUIntLE(ENDING_MS, bytes.lastIndexOf('ANMF') + 20, 3);
	writeFileSync(webp, bytes);
}

async function play(editor: Editor, camera: Camera, world: World): Promise<void> {
	const { credentialData } = world;
	const execute = async () => await camera.shorten(async () => await editor.executeToEnd());
	await editor.search('runcomfy');
	await editor.byId('node-creator-item-name').filter({ hasText: 'RunComfy' }).first().click();
	await editor.settle();
	await caption(editor, 'The node and its actions');
	await editor.byId('node-creator-item-name').first().click();
	await editor.node.waitFor();
	await editor.settle();

	await editor.newCredential();
	const dialog = editor.byId('editCredential-modal');
	await dialog.waitFor();
	await caption(editor, 'The credential: an API token');
	await editor.fill('apiToken', credentialData.apiToken, dialog);
	await editor.select('environment', 'Custom', dialog);
	await editor.fill('modelApiUrl', credentialData.modelApiUrl, dialog);
	await editor.fill('accountApiUrl', credentialData.accountApiUrl, dialog);
	await editor.byId('credential-save-button').click();
	await dialog.waitFor({ state: 'hidden' });
	await editor.byId('credential-edit-button').click();
	await dialog.getByText('Connection tested successfully').waitFor();
	await caption(editor, 'n8n tests it by reading the balance');
	// Escape would close the node as well.
	await dialog.locator('.el-dialog__headerbtn, [aria-label="Close this dialog"]').first().click();
	await dialog.waitFor({ state: 'hidden' });

	await editor.fill('imageUrl', PHOTO_URL);
	await editor.fill('prompt', PROMPT);
	await editor.openCollection('Add Option');
	await editor.choose('Download Files');
	await caption(editor, 'A photo, a sentence, and the file itself');
	await execute();
	await editor.output.getByTestId('ndv-view-binary-data').first().click();
	await editor.settle();
	await caption(editor, 'The first picture');

	await editor.select('operation', 'Check Inputs');
	await caption(editor, 'Check Inputs: the price and the balance before anything is charged');
	await execute();
	await caption(editor, 'Nothing was submitted');

	await editor.select('operation', 'Replace and Wait');
	await editor.fill('prompt', `${PROMPT}, with flowers`);
	world.emulator.set({ jobOutcome: 'failed' }, { next: 1 });
	await caption(editor, 'And if RunComfy cannot make it?');
	await execute();
	await caption(editor, 'What happened, what it means for your money, and the request ID');
}

await playPhoto();
const ffmpeg = await debianProgram('ffmpeg');
const scratch = openScratch('film-frames');
const world = await World.open({ name: 'film', emulator: { pictures: 'made', queueMs: 500, runMs: 2_000 } });
const browser = await openBrowser();
try {
	const { rest } = await world.start();
	const editor = await Editor.open(browser, rest);
	await editor.newWorkflow();
	await editor.page.evaluate(`document.head.insertAdjacentHTML('beforeend', ${JSON.stringify(MESSAGES_ABOVE)})`);
	await caption(editor, 'A new workflow');
	const camera = new Camera(editor.page, scratch.folder);
	await play(editor, camera, world).catch(async (error: unknown) => {
		await editor.picture(join(ROOT, 'demo-output', 'film-stuck.png')).catch(() => {});
		throw error;
	});
	const frames = await camera.cut();
	await editor.close();
	const from = ['-y', '-loglevel', 'error', '-f', 'concat', '-safe', '0', '-i', frames];
	for (const file of [FILM, ANIMATION]) {
		mkdirSync(join(file, '..'), { recursive: true });
		rmSync(file, { force: true });
	}
	await runCommand(ffmpeg, [
		...from,
		'-vf',
		'fps=12,scale=1440:-2',
		'-pix_fmt',
		'yuv420p',
		'-movflags',
		'+faststart',
		FILM,
	]);
	// Frames that show what the one before showed are left out.
	const small = [
		'-vf',
		`fps=2,scale=${ANIMATION_WIDTH}:-2,mpdecimate`,
		'-fps_mode',
		'vfr',
		'-loop',
		'0',
		'-quality',
		'50',
	];
	await runCommand(ffmpeg, ['-y', '-loglevel', 'error', '-i', FILM, '-c:v', 'libwebp', ...small, ANIMATION]);
	holdLastFrame(ANIMATION);
	for (const file of [FILM, ANIMATION]) say(`${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
} finally {
	await browser.close();
	await world.close();
	scratch.close(false);
}
