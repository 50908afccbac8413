'use strict';

const { rm, writeFile } = require('node:fs/promises');
const { dest, parallel, src } = require('gulp');
const { version } = require('./package.json');

const DIST = 'dist';

/** Else files of modules that were renamed or removed would stay, and be published. */
async function clean() {
	await rm(DIST, { recursive: true, force: true });
}

/** The compiler does not copy them. */
function icons() {
	return src('nodes/**/*.svg', { base: '.', encoding: false }).pipe(dest(DIST));
}

/** The compiler copies all of the manifest, of which the node reads the version only. */
async function shortManifest() {
	await writeFile(`${DIST}/package.json`, JSON.stringify({ version }));
}

exports.clean = clean;
exports.assets = parallel(icons, shortManifest);
exports.default = exports.assets;
