/** A release without the release: what the tag's workflow would do, against a registry that is none. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fastify from 'fastify';
import { parse } from 'yaml';

import { childEnvironment, pack, PROJECT } from './pack.mts';

const CHILD_TIMEOUT_MS = 60_000;

const WORKFLOWS = join(PROJECT, '.github', 'workflows');

const textOf = (...path: string[]) => readFileSync(join(PROJECT, ...path), 'utf8');
const manifest = JSON.parse(textOf('package.json')) as {
	name: string;
	version: string;
	repository: { url: string };
	homepage: string;
};

interface Step {
	uses?: string;
	run?: string;
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

	test('publish.yml runs on a version tag, tests first, and publishes with provenance and without a token', () => {
		const { on, jobs } = workflowOf('publish.yml');
		expect(on.push.tags).toEqual(['[0-9]+.[0-9]+.[0-9]+']);
		const [{ permissions, steps }] = Object.values(jobs);
		expect(permissions).toEqual({ contents: 'read', 'id-token': 'write' });
		const commands = steps.flatMap(({ run }) => run ?? []);
		expect(commands.at(-1)).toBe('npm publish --provenance --access public');
		expect(commands).toEqual(expect.arrayContaining(['npm ci', 'npm run lint', 'npm test']));
		expect(textOf('.github', 'workflows', 'publish.yml')).not.toMatch(/secrets\./);
	});

	test('provenance names the repository, so package.json names it too', () => {
		const [, address] = /^git\+(https:\/\/github\.com\/[\w-]+\/[\w-]+)\.git$/.exec(manifest.repository.url) ?? [];
		expect(manifest.homepage).toBe(`${address}#readme`);
	});
});

describe('npm publish', () => {
	interface Published {
		name: string;
		'dist-tags': Record<string, string>;
		versions: Record<string, { readme?: string; dist: { integrity: string } }>;
		_attachments: Record<string, { data: string }>;
	}
	const published: Published[] = [];
	const registry = fastify({ bodyLimit: 10_000_000 });
	let tarball: string;
	let folder: string;
	beforeAll(async () => {
		const packed = pack();
		tarball = packed.tarball;
		folder = dirname(packed.folder);
		registry.get('/*', async (_request, reply) => await reply.code(404).send({}));
		registry.put('/*', async (request) => {
			published.push(request.body as Published);
			return {};
		});
		const address = await registry.listen({ host: '127.0.0.1', port: 0 });
		writeFileSync(join(folder, '.npmrc'), `registry=${address}/\n${address.slice('http:'.length)}/:_authToken=none\n`);
		const args = ['publish', tarball, '--access', 'public', '--ignore-scripts', '--userconfig', join(folder, '.npmrc')];
		await promisify(execFile)('npm', args, { cwd: folder, env: childEnvironment, timeout: CHILD_TIMEOUT_MS });
	}, CHILD_TIMEOUT_MS);
	afterAll(async () => {
		await registry.close();
		rmSync(folder, { recursive: true, force: true });
	});

	test('sends this version as the latest, once', () => {
		const [{ name, versions, 'dist-tags': tags }] = published;
		expect(published).toHaveLength(1);
		expect(name).toBe(manifest.name);
		expect(Object.keys(versions)).toEqual([manifest.version]);
		expect(tags).toEqual({ latest: manifest.version });
	});

	test('sends the tarball that was tested, and the README that npm shows', () => {
		const [{ versions, _attachments: attachments }] = published;
		const [{ data }] = Object.values(attachments);
		const sent = Buffer.from(data, 'base64');
		const integrity = `sha512-${createHash('sha512').update(sent).digest('base64')}`;
		expect(sent.equals(readFileSync(tarball))).toBe(true);
		expect(versions[manifest.version].dist.integrity).toBe(integrity);
		expect(versions[manifest.version].readme).toContain('# n8n-nodes-runcomfy');
	});
});
