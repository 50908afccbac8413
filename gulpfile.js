'use strict';

const { rm } = require('node:fs/promises');
const { dest, src } = require('gulp');

const DIST = 'dist';

/** What the compiler does not write: the icons and the codex file. */
const ASSETS = ['nodes/**/*.svg', 'nodes/**/*.node.json'];

/** Without it, files of modules that were renamed or removed would stay in dist and be published. */
async function clean() {
	await rm(DIST, { recursive: true, force: true });
}

function assets() {
	return src(ASSETS, { base: '.', encoding: false }).pipe(dest(DIST));
}

exports.clean = clean;
exports.assets = assets;
exports.default = assets;
