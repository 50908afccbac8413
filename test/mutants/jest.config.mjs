import usual from '../jest.config.mjs';

/** The tests of the room, see rooms.mts: set by main.mts. */
const { MUTANTS_TESTS = '' } = process.env;

export default {
	...usual,
	rootDir: '../..',
	// The tests of the rooms need no engine, and Stryker finds no environment by a path.
	testEnvironment: 'node',
	moduleNameMapper: {},
	testMatch: MUTANTS_TESTS.split(',').map((file) => `<rootDir>/${file}`),
	// Stryker's copy of the project stands in a folder that jest would otherwise leave out.
	testPathIgnorePatterns: ['/node_modules/'],
	watchman: false,
};
