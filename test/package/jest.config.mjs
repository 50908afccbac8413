import usual from '../jest.config.mjs';

/** n8n's linter and scanner: half a minute of other programs' work, which `npm test` leaves out. */
export default {
	...usual,
	rootDir: '../..',
	testMatch: ['<rootDir>/test/package/lint.test.mts'],
	testPathIgnorePatterns: ['/node_modules/'],
};
