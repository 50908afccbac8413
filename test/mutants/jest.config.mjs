import usual from '../jest.config.mjs';

/** The tests of the room, see rooms.mts: set by main.mts. */
const { MUTANTS_TESTS = '' } = process.env;

export default {
	...usual,
	rootDir: '../..',
	testMatch: MUTANTS_TESTS.split(',').map((file) => `<rootDir>/${file}`),
	// Stryker's copy of the project stands in a folder that jest would otherwise leave out.
	testPathIgnorePatterns: ['/node_modules/'],
	watchman: false,
};
