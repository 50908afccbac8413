/**
 * `npm run n8n`: n8n's editor with the node as it is built now, the emulator behind it, a credential for it and the
 * examples. Everything is new each time and gone after Ctrl+C.
 */
import { join } from 'node:path';

import fastify from 'fastify';

import { startEmulator } from '../emulator/emulator.mts';
import { exampleNames, readExample } from './example.mts';
import { N8nHome } from '../n8n/n8nHome.mts';
import { OWNER } from '../n8n/n8nRest.mts';
import { packProject } from '../n8n/packageUnderTest.mts';
import { productPhoto, SAMPLE_PHOTO } from '../lib/photos.mts';
import { say } from '../lib/say.mts';
import { openScratch } from '../lib/scratch.mts';
import { chain, manualTrigger, node, replaceAndWait, type Workflow } from '../n8n/workflow.mts';

/** On the canvas: a run leaves nothing there but a tick. */
const WHERE_THE_PICTURE_IS = `## Your first picture

1. Press **Execute workflow** below. Nothing is charged: a simulator on this computer stands in for RunComfy.
2. When *RunComfy* has a green check mark, **double-click it**. The picture is in its output on the right; **View** shows it large.
3. Change *Prompt* (try *marble* or *a pink studio*) and press **Execute step**.

**Ctrl+C** in the terminal deletes everything here. To keep a workflow, download it first.`;

const startedMs = Date.now();
const scratch = openScratch('try-out');
process.on('exit', () => scratch.close(false));

const n8n = await N8nHome.open({ folder: scratch.folder, tarball: await packProject(scratch.folder) });
say('starting n8n: about 15 s …');
const { rest } = await n8n.start();
await rest.signIn();
// With pictures to look at, and as long in making them as fits a first look.
const emulator = await startEmulator({
	pictures: 'made',
	queueMs: 500,
	runMs: 2_000,
	switches: { generatedModels: 0, testModels: false },
});
const credential = await rest.createCredential('RunComfy account (simulator)', 'runComfyApi', emulator.credential);

// The way in: it signs the browser in (cookies know no ports) and opens the first workflow. It has the photo, too.
const way = { cookie: await rest.cookieForAnyBrowser(), firstWorkflow: '' };
const door = fastify();
const photo = await productPhoto();
door.get('/photos/mug.jpg', async (_request, reply) => await reply.type('image/jpeg').send(photo));
door.get('/', async (_request, reply) => {
	await reply
		.header('set-cookie', `${way.cookie}; Path=/; HttpOnly; SameSite=Lax`)
		.redirect(`${n8n.url}/workflow/${way.firstWorkflow}`);
});
const address = await door.listen({ host: '127.0.0.1', port: 0 });

/** What a user does after an import: choose the credential in our nodes. */
function withCredential(workflow: Workflow): Workflow {
	const nodes = workflow.nodes.map((one) =>
		one.type.startsWith('n8n-nodes-runcomfy.') ? { ...one, credentials: { runComfyApi: credential } } : one,
	);
	return { ...workflow, nodes };
}

/** The examples' photo, RunComfy's public sample, comes from here: it works without the internet. */
function withOwnPhoto(workflow: Workflow): Workflow {
	return JSON.parse(JSON.stringify(workflow).replaceAll(SAMPLE_PHOTO, `${address}/photos/mug.jpg`)) as Workflow;
}

for (const name of exampleNames()) await rest.createWorkflow(withOwnPhoto(withCredential(readExample(name))));

const first = chain('First picture', [
	manualTrigger(),
	replaceAndWait(credential, {
		parameters: {
			imageUrl: `${address}/photos/mug.jpg`,
			prompt: 'On a wooden table in soft morning light',
			options: { downloadImages: true },
		},
	}),
]);
first.nodes.push({
	...node('Note', 'n8n-nodes-base.stickyNote', { content: WHERE_THE_PICTURE_IS, width: 460, height: 240, color: 4 }),
	position: [0, 40],
});
way.firstWorkflow = await rest.createWorkflow(first);

say(`ready after ${Math.round((Date.now() - startedMs) / 1000)} s

  Open      ${address}/
            It signs you in and opens a workflow: press Execute workflow, then double-click RunComfy to see the picture.
  Login     ${OWNER.email}, password ${OWNER.password} (for ${n8n.url})
  Simulator ${emulator.modelApiUrl}, token ${emulator.token}
  Log       ${join(scratch.folder, 'n8n.log')}

Ctrl+C ends n8n and deletes everything in it: download a workflow before that if you want to keep it.
To try a change in the code, run this again.`);
