/** A release without the release: what the tag's workflow would do, against a registry that is none. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fastify from 'fastify';
import { parse } from 'yaml';

import { childEnvironment, newFolder, pack, PROJECT } from './pack.mts';

/** A hang ends; a busy machine does not look like one. */
const CHILD_TIMEOUT_MS = 240_000;

const WORKFLOWS = join(PROJECT, '.github', 'workflows');

const textOf = (...path: string[]) => readFileSync(join(PROJECT, ...path), 'utf8');
const manifest = JSON.parse(textOf('package.json')) as {
	name: string;
	version: string;
	repository: { url: string };
	homepage: string;
};

interface Step {
	name?: string;
	uses?: string;
	run?: string;
	env?: Record<string, string>;
}
interface Job {
	permissions?: Record<string, string>;
	steps: Step[];
}
interface GithubWorkflow {
	on: { push: { tags?: string[] } };
	permissions: Record<string, string>;
	jobs: Record<string, Job>;
}

const workflowOf = (name: string) => parse(textOf('.github', 'workflows', name)) as GithubWorkflow;

describe('version and changelog', () => {
	test('the version is a released one, and the newest in the changelog', () => {
		expect(manifest.version).toMatch(/^\d+\.\d+\.\d+$/);
		const [newest] = [...textOf('CHANGELOG.md').matchAll(/^## (\S+)/gm)].map(([, version]) => version);
		expect(newest).toBe(manifest.version);
	});

	test('the lockfile has the same version', () => {
		expect((JSON.parse(textOf('package-lock.json')) as { version: string }).version).toBe(manifest.version);
	});
});

describe("GitHub's workflows", () => {
	test.each(readdirSync(WORKFLOWS))('%s: every action is pinned to a commit, rights are the least', (name) => {
		const { permissions, jobs } = workflowOf(name);
		const uses = Object.values(jobs).flatMap(({ steps }) => steps.flatMap((step) => step.uses ?? []));
		expect(uses.length).toBeGreaterThan(0);
		for (const action of uses) expect(action).toMatch(/^[\w/-]+@[0-9a-f]{40}$/);
		const granted = [permissions, ...Object.values(jobs).map((job) => job.permissions ?? {})];
		const writes = granted.flatMap((rights) => Object.keys(rights).filter((right) => rights[right] === 'write'));
		expect(writes).toEqual(name === 'publish.yml' ? ['id-token'] : []);
	});

	test('publish.yml runs on a version tag, tests first, and publishes with provenance', () => {
		const { on, jobs } = workflowOf('publish.yml');
		expect(on.push.tags).toEqual(['[0-9]+.[0-9]+.[0-9]+']);
		const [{ permissions, steps }] = Object.values(jobs);
		expect(permissions).toEqual({ contents: 'read', 'id-token': 'write' });
		const commands = steps.flatMap(({ run }) => run ?? []);
		expect(commands.at(-1)?.trim().split('\n').at(-1)).toBe('npm publish --provenance --access public');
		expect(commands).toEqual(expect.arrayContaining(['npm ci', 'npm run test:lint', 'npm test']));
	});

	test('no step of publish.yml but the last sees the token', () => {
		const [{ steps }] = Object.values(workflowOf('publish.yml').jobs);
		expect(steps.filter(({ env }) => env !== undefined)).toEqual([steps.at(-1)]);
		expect(textOf('.github', 'workflows', 'publish.yml').match(/secrets\.\w+/g)).toEqual(['secrets.NPM_TOKEN']);
	});

	test('provenance names the repository, so package.json names it too', () => {
		const [, address] = /^git\+(https:\/\/github\.com\/[\w-]+\/[\w-]+)\.git$/.exec(manifest.repository.url) ?? [];
		expect(manifest.homepage).toBe(`${address}#readme`);
	});
});

/** From here on npm can publish without a token. */
const TRUSTING_NPM = [11, 5, 1];

/** The steps of publish.yml that run a shell, in that shell, on the packed package. GitHub and the registry are stand-ins. */
describe('the steps of publish.yml', () => {
	const ID_TOKEN = 'id-token-of-the-workflow';
	const SECRET = 'npm_secret';
	const EXCHANGED = 'npm_exchanged';
	interface Published {
		name: string;
		'dist-tags': Record<string, string>;
		versions: Record<string, { readme?: string }>;
	}
	/** What was published, and who did, by the Authorization that came with it. */
	const published: Published[] = [];
	const publishers: Array<string | undefined> = [];
	/** Whether the package trusts the workflow: never before it exists. */
	let isTrusted = false;
	const service = fastify({ bodyLimit: 10_000_000 });
	service.get('/id-token', async () => ({ value: ID_TOKEN }));
	service.post('/-/npm/v1/oidc/token/exchange/package/*', async ({ headers }, reply) =>
		isTrusted && headers.authorization === `Bearer ${ID_TOKEN}` ? { token: EXCHANGED } : await reply.code(404).send({}),
	);
	service.put('/*', async ({ headers, body }) => {
		publishers.push(headers.authorization);
		published.push(body as Published);
		return {};
	});

	let folder: string;
	let address: string;
	const npm = (childEnvironment.PATH ?? '')
		.split(delimiter)
		.map((one) => join(one, 'npm'))
		.find((file) => existsSync(file));
	beforeAll(async () => {
		folder = pack().folder;
		address = await service.listen({ host: '127.0.0.1', port: 0 });
		// The signature needs GitHub itself; the package in the folder is built already.
		const shim = `#!/usr/bin/env bash
[ "$1" != publish ] || set -- "$@" --ignore-scripts $PUBLISH_FLAGS
exec "${npm}" "$@"
`;
		mkdirSync(join(folder, '..', 'bin'));
		writeFileSync(join(folder, '..', 'bin', 'npm'), shim, { mode: 0o755 });
	}, CHILD_TIMEOUT_MS);
	beforeEach(() => {
		publishers.length = published.length = 0;
		isTrusted = false;
	});
	afterAll(async () => {
		await service.close();
		rmSync(dirname(folder), { recursive: true, force: true });
	});

	interface Ended {
		status: number;
		output: string;
		/** npm's configuration after it. */
		npmrc: string;
	}

	/** Runs the step of that name as GitHub does, with npm's registry and GitHub's tokens played here. */
	async function runStep(name: string, env: Record<string, string>): Promise<Ended> {
		const [{ steps }] = Object.values(workflowOf('publish.yml').jobs);
		const script = steps.find((step) => step.name === name)?.run;
		if (script === undefined) throw new Error(`publish.yml has no step ${name}`);
		const home = newFolder('home');
		const npmrc = join(home, '.npmrc');
		writeFileSync(npmrc, '');
		writeFileSync(join(home, 'step'), script.replaceAll('registry.npmjs.org', address.slice('http://'.length)));
		try {
			const ended = promisify(execFile)('bash', ['-e', join(home, 'step')], {
				cwd: folder,
				timeout: CHILD_TIMEOUT_MS,
				env: {
					...childEnvironment,
					PATH: [join(folder, '..', 'bin'), childEnvironment.PATH].join(delimiter),
					HOME: home,
					npm_config_userconfig: npmrc,
					// What npm was started with is handed down to it here, silence too.
					npm_config_loglevel: 'notice',
					npm_config_registry: `${address}/`,
					GITHUB_ACTIONS: 'true',
					ACTIONS_ID_TOKEN_REQUEST_URL: `${address}/id-token`,
					ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of the job',
					PUBLISH_FLAGS: '--provenance=false',
					...env,
				},
			});
			const { status, stdout, stderr } = await ended.then(
				(texts) => ({ status: 0, ...texts }),
				(error: { code: number; stdout: string; stderr: string }) => ({ ...error, status: error.code }),
			);
			return { status, output: stdout + stderr, npmrc: readFileSync(npmrc, 'utf8') };
		} finally {
			rmSync(home, { recursive: true, force: true });
		}
	}

	const [major, minor, patch] = execFileSync(npm ?? 'npm', ['--version'], { env: childEnvironment, encoding: 'utf8' })
		.split('.')
		.map(Number);
	const isTrusting = [major - TRUSTING_NPM[0], minor - TRUSTING_NPM[1], patch - TRUSTING_NPM[2]].find(Boolean) ?? 0;
	const testTrust = isTrusting >= 0 ? test : test.skip;

	test(
		'the first version: as the latest, with its README, and with the secret, which is written nowhere',
		async () => {
			const { status, output, npmrc } = await runStep('Publish', { NPM_TOKEN: SECRET });
			expect({ status, publishers }).toEqual({ status: 0, publishers: [`Bearer ${SECRET}`] });
			const [{ name, versions, 'dist-tags': tags }] = published;
			const { version } = manifest;
			expect([name, Object.keys(versions), tags]).toEqual([manifest.name, [version], { latest: version }]);
			expect(versions[version].readme).toContain('# n8n-nodes-runcomfy');
			expect(output + npmrc).not.toContain(SECRET);
			expect(npmrc).toContain('_authToken=${NPM_TOKEN}');
		},
		CHILD_TIMEOUT_MS,
	);

	testTrust(
		'later ones: published without a secret, by the trust in the workflow',
		async () => {
			isTrusted = true;
			const { status, npmrc } = await runStep('Publish', { NPM_TOKEN: '' });
			expect({ status, publishers }).toEqual({ status: 0, publishers: [`Bearer ${EXCHANGED}`] });
			expect(npmrc).not.toContain('NPM_TOKEN');
		},
		CHILD_TIMEOUT_MS,
	);

	testTrust(
		'in between, with both: the trust goes first, so that its failure cannot hide behind the secret',
		async () => {
			isTrusted = true;
			await runStep('Publish', { NPM_TOKEN: SECRET });
			expect(publishers).toEqual([`Bearer ${EXCHANGED}`]);
		},
		CHILD_TIMEOUT_MS,
	);

	test(
		'with neither, it fails and publishes nothing',
		async () => {
			const { status, output } = await runStep('Publish', { NPM_TOKEN: '' });
			expect({ status, publishers }).toEqual({ status: 1, publishers: [] });
			expect(output).toContain('ENEEDAUTH');
		},
		CHILD_TIMEOUT_MS,
	);

	test(
		'a dry run takes the whole command, provenance included, and names what it would publish',
		async () => {
			const { status, output } = await runStep('Publish', {
				NPM_TOKEN: SECRET,
				PUBLISH_FLAGS: '--dry-run --loglevel=notice',
			});
			expect({ status, publishers }).toEqual({ status: 0, publishers: [] });
			expect(output).toContain(`+ ${manifest.name}@${manifest.version}`);
			expect(output).toMatch(/public access \(dry-run\)/);
		},
		CHILD_TIMEOUT_MS,
	);

	const [, server, repository] = /^git\+(https:\/\/[^/]+)\/(.*)\.git$/.exec(manifest.repository.url) ?? [];

	test.each([
		["The tag is the package's version", { GITHUB_REF_NAME: manifest.version }, 0],
		["The tag is the package's version", { GITHUB_REF_NAME: '99.0.0' }, 1],
		[
			'The repository is the one that package.json names',
			{ GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository },
			0,
		],
		[
			'The repository is the one that package.json names',
			{ GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: 'somebody/fork' },
			1,
		],
	])('%s: %j ends with %d', async (name, env, status) => {
		expect((await runStep(name, env as Record<string, string>)).status).toBe(status);
	});
});
