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
import { productPhoto } from '../lib/productPhoto.mts';
import { say } from '../lib/say.mts';
import { openScratch } from '../lib/scratch.mts';
import { chain, manualTrigger, replaceAndWait, type Workflow } from '../n8n/workflow.mts';

const startedMs = Date.now();
const scratch = openScratch('try-out');
process.on('exit', () => scratch.close(false));

const n8n = await N8nHome.open({ folder: scratch.folder, tarball: await packProject(scratch.folder) });
say('starting n8n: about 15 s …');
const { rest } = await n8n.start();
await rest.signIn();
// With pictures to look at, and as long in making them as fits a first look.
const emulator = await startEmulator({ pictures: 'made', queueMs: 500, runMs: 2_000 });
const credential = await rest.createCredential('RunComfy account (emulator)', 'runComfyApi', {
	apiToken: emulator.token,
	environment: 'custom',
	modelApiUrl: emulator.modelApiUrl,
	accountApiUrl: emulator.accountApiUrl,
});

/** What a user does after an import: choose the credential in our nodes. */
function withCredential(workflow: Workflow): Workflow {
	const nodes = workflow.nodes.map((one) =>
		one.type.startsWith('n8n-nodes-runcomfy.') ? { ...one, credentials: { runComfyApi: credential } } : one,
	);
	return { ...workflow, nodes };
}

for (const name of exampleNames()) await rest.createWorkflow(withCredential(readExample(name)));

const photo = await productPhoto();
// The way in: it signs the browser in (cookies know no ports) and opens the first workflow.
const way = { cookie: await rest.cookieForAnyBrowser(), firstWorkflow: '' };
const door = fastify();
door.get('/photos/mug.jpg', async (_request, reply) => await reply.type('image/jpeg').send(photo));
door.get('/', async (_request, reply) => {
	await reply
		.header('set-cookie', `${way.cookie}; Path=/; HttpOnly; SameSite=Lax`)
		.redirect(`${n8n.url}/workflow/${way.firstWorkflow}`);
});
const address = await door.listen({ host: '127.0.0.1', port: 0 });
way.firstWorkflow = await rest.createWorkflow(
	chain('First picture', [
		manualTrigger(),
		replaceAndWait(credential, {
			parameters: {
				imageUrl: `${address}/photos/mug.jpg`,
				prompt: 'On a wooden table in soft morning light',
				options: { downloadImages: true },
			},
		}),
	]),
);

say(`ready after ${Math.round((Date.now() - startedMs) / 1000)} s

  Open      ${address}/
            It signs you in and opens a workflow: press Execute workflow.
  Login     ${OWNER.email}, password ${OWNER.password} (for ${n8n.url})
  Emulator  ${emulator.modelApiUrl}, token ${emulator.token}
  Log       ${join(scratch.folder, 'n8n.log')}

Ctrl+C ends everything. After a change run it again.`);
