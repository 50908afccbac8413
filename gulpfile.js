'use strict';

const { rm } = require('node:fs/promises');
const { dest, src } = require('gulp');

const DIST = 'dist';

/** Else files of modules that were renamed or removed would stay, and be published. */
async function clean() {
	await rm(DIST, { recursive: true, force: true });
}

/** What the compiler does not write. */
function icons() {
	return src('nodes/**/*.svg', { base: '.', encoding: false }).pipe(dest(DIST));
}

exports.clean = clean;
exports.icons = icons;
exports.default = icons;
