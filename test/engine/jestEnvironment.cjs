/**
 * Jest's own environment of Node, which also hands out Node's own `require` and `process.env` as `native`. Jest's `require` would
 * load n8n's 1,800 modules again for each test file, and its `process.env` is a copy that n8n would not see.
 */
const { createRequire } = require('node:module');

const { TestEnvironment } = require('jest-environment-node');

module.exports = class extends TestEnvironment {
	constructor(...args) {
		super(...args);
		this.global.native = { createRequire, env: process.env };
	}
};
