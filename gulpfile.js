'use strict';

const { execFile } = require('node:child_process');
const { rm } = require('node:fs/promises');
const { promisify } = require('node:util');
const { dest, parallel, series, src, watch } = require('gulp');

const DIST = 'dist';
const SOURCES = ['nodes/**/*.ts', 'credentials/**/*.ts', 'package.json'];

/** What no module imports: icons, the codex file and the package's entry. */
const ASSETS = ['nodes/**/*.{svg,json}', 'index.js'];

/** A module of the node; the entries, which n8n loads by name, stay files of their own. */
const MODULE = /[\\/]nodes[\\/].*(?<!\.node)\.ts$/;

const ENTRIES = ['nodes/RunComfy/RunComfy.node', 'credentials/RunComfyApi.credentials'];

/**
 * Two files hold the modules: `description.js` what n8n reads at its start, `run.js` what is loaded at the first run. Packed
 * that is a fifth less than a file for each module, and it loads sooner. Nothing is renamed or squeezed: what is published can
 * be read.
 */
const BUNDLE = {
	input: Object.fromEntries(ENTRIES.map((entry) => [entry, `${entry}.ts`])),
	platform: 'node',
	external: ['n8n-workflow'],
	tsconfig: 'tsconfig.json',
	transform: { target: 'es2022' },
	// Else a line with its path stands above each of 170 modules, 1.4 kB of the packed 90.
	experimental: { attachDebugInfo: 'none' },
	output: {
		dir: DIST,
		format: 'cjs',
		exports: 'named',
		strict: true,
		comments: false,
		entryFileNames: '[name].js',
		chunkFileNames: 'nodes/RunComfy/[name].js',
		codeSplitting: {
			groups: [
				{ name: 'description', test: MODULE, tags: ['$initial'] },
				{ name: 'run', test: MODULE },
			],
		},
	},
};

async function clean() {
	await rm(DIST, { recursive: true, force: true });
}

/** The compiler only checks; a fault of its ends the build. */
async function check() {
	const tsc = require.resolve('typescript/bin/tsc');
	try {
		await promisify(execFile)(process.execPath, [tsc, '--noEmit', '-p', 'tsconfig.json']);
	} catch (error) {
		throw new Error(error.stdout || error.message);
	}
}

async function bundle() {
	const { build } = await import('rolldown');
	await build(BUNDLE);
}

function assets() {
	return src(ASSETS, { base: '.', encoding: false }).pipe(dest(DIST));
}

const build = series(clean, parallel(check, bundle, assets));

exports.build = build;
exports.watch = series(build, () => watch([...SOURCES, ...ASSETS], build));
exports.default = build;
