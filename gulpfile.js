'use strict';

const { execFile } = require('node:child_process');
const { rm } = require('node:fs/promises');
const { promisify } = require('node:util');
const { dest, parallel, series, src, watch } = require('gulp');

const DIST = 'dist';
const SOURCES = ['nodes/**/*.ts', 'credentials/**/*.ts', 'package.json'];

/** What the compiler does not carry over: icons, the codex file and the package's entry. */
const ASSETS = ['nodes/**/*.{svg,json}', 'index.js'];

async function clean() {
	await rm(DIST, { recursive: true, force: true });
}

async function compile() {
	const tsc = require.resolve('typescript/bin/tsc');
	try {
		await promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.json']);
	} catch (error) {
		throw new Error(error.stdout || error.message);
	}
}

function assets() {
	return src(ASSETS, { base: '.', encoding: false }).pipe(dest(DIST));
}

const build = series(clean, parallel(compile, assets));

exports.build = build;
exports.watch = series(build, () => watch([...SOURCES, ...ASSETS], build));
exports.default = build;
